"""The reads that pages, cards and other rooms' acts share."""
