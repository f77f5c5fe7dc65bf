"""The reads that pages, cards and papers share."""

from linli.services.activities.queries.browsing import (
    Listed,
    MyPlace,
    Window,
    listed,
    my_places,
    place_of,
    sessions_of,
    upcoming,
    window_of,
)
from linli.services.activities.queries.desk import Sums, keepers, kept, sums_of
from linli.services.activities.queries.programme import Grid, grid_of, items_of, shifts_of
from linli.services.activities.queries.searching import search

__all__ = [
    "Grid", "Listed", "MyPlace", "Sums", "Window", "grid_of", "items_of", "keepers", "kept", "listed", "my_places",
    "place_of", "search", "sessions_of", "shifts_of", "sums_of", "upcoming", "window_of",
]
