"""The verbs of the room, each subject in its own file. The only code that writes."""
