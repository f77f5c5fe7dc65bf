"""The reads that pages, exports, the assistant and the window share."""
