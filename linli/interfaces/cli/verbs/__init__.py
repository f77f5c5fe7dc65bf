"""One file a verb: `HELP`, `add_arguments(parser)`, `run(args) -> int`; `ENVIRONMENT` and `NEEDS_DJANGO` if it must."""
