"""Floor 2: how things are done; no service, city, law or amount is named here."""

ROOMS = ["cases", "bookings", "ledger", "forms", "knowledge"]
