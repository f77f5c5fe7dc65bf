"""The reads of this room. Each starts from what the person may see."""
