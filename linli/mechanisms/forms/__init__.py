"""Forms as data: a dictionary of data elements, rules in three-valued logic, versions, and sheets people fill in."""
