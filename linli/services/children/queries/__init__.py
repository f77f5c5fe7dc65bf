"""The reads that pages share. Each starts from what the person may see."""

from linli.services.children.queries.care import (
    children_of,
    day_of,
    enrolments_of,
    groups_for,
    papers_due,
    places_of,
    position_of,
    roll,
    staffing,
)
from linli.services.children.queries.library import (
    card,
    card_held,
    catalogue,
    copies_of,
    loans_of,
    overdue,
    shelves,
    standing,
    take_progress,
)
from linli.services.children.queries.places import (
    checks_due,
    hazards_of,
    keepers,
    map_features,
    open_hazards,
    routes,
    scored,
    spots,
)
from linli.services.children.queries.searching import search

__all__ = [
    "card", "card_held", "catalogue", "checks_due", "children_of", "copies_of", "day_of", "enrolments_of", "groups_for",
    "hazards_of", "keepers", "loans_of", "map_features", "open_hazards", "overdue", "papers_due", "places_of",
    "position_of", "roll", "routes", "scored", "search", "shelves", "spots", "staffing", "standing", "take_progress",
]
