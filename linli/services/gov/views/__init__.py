"""Pages of this room: thin, no rule."""
