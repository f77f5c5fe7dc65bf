"""Items as data: read from folders, checked, put into words. Nothing here needs a database."""
