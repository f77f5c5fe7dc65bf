"""Pages of the time bank: residents', volunteers', the desk's, and the papers."""
