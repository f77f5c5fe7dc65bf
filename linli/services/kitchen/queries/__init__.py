"""The reads that pages, jobs and papers share, each in the file of its subject."""
