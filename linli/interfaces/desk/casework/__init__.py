"""The worklist and the case page of the staff."""
