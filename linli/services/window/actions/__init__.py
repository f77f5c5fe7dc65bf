"""The verbs of the window: tickets, counters, filing for a person, PINs, home visits."""
