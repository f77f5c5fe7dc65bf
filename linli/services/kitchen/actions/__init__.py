"""The verbs of the room, each in the file of its subject; the only code that writes."""
