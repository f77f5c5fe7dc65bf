"""The tables of bookings, each noun in the file of its kin."""

from linli.mechanisms.bookings.models.feeds import CalendarFeed
from linli.mechanisms.bookings.models.offers import Offer, OfferState, Series, Session, SessionState, Share
from linli.mechanisms.bookings.models.parties import (
    Attendance,
    Party,
    PartyMember,
    Reservation,
    State,
    Strike,
    StrikeState,
)
from linli.mechanisms.bookings.models.resources import Claim, Loan, LoanHold, LoanHoldState, Quantum, Resource
from linli.mechanisms.bookings.models.waiting import (
    Draw,
    EntryState,
    PlaceOffer,
    PlaceOfferState,
    WaitEntry,
    WaitFor,
)

__all__ = [
    "Attendance", "CalendarFeed", "Claim", "Draw", "EntryState", "Loan", "LoanHold", "LoanHoldState", "Offer",
    "OfferState", "Party", "PartyMember", "PlaceOffer", "PlaceOfferState", "Quantum", "Reservation", "Resource",
    "Series", "Session", "SessionState", "Share", "State", "Strike", "StrikeState", "WaitEntry", "WaitFor",
]
