"""The verbs of this room: the only code that writes, but for the sandbox, which has its own."""
