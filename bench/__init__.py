"""Side-by-side measurements: one module a bench (`NAME`, `add_arguments(parser)`, `run(args) -> Result`)."""
