"""Floor 3: one folder for each thing a resident or a staff member would name."""

ROOMS = [
    "repairs", "requests", "bulletin", "access", "timebank", "children", "kitchen", "activities",
    "learning", "gov", "assistant", "window",
]
