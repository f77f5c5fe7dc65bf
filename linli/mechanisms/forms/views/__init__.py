"""Pages: mine (a resident's), desk (forms and what was sent round), designer."""
