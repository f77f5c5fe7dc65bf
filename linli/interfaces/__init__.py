"""Floor 4: how people and programs come in. Shells only: pages of a service live in the service."""

ROOMS = ["components", "portal", "desk", "api", "feeds", "cli"]
