"""What crosses rooms: the walk of every address, browser, faults, docs. A room's own tests live in the room."""
