"""Pages: thin; they parse, call and render."""
