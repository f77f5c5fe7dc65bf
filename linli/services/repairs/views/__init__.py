"""Pages of repairs: the report, the resident's pages, the desk's, and those about money on one case."""
