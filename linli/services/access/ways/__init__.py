"""Finding a way on foot or on wheels: pure functions over a graph, no database, no clock, no request."""
