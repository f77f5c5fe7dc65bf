"""The reads that the pages of the window share."""
