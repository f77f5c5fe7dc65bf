"""Floor 1: what every room stands on. Imports nothing from the floors above."""

ROOMS = ["privacy", "areas", "people", "audit", "calendar", "policy", "events", "jobs", "notices", "files", "web"]
