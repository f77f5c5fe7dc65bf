"""The tables of the window."""

from linli.services.window.models.helping import Help, HelpChannel, Pin
from linli.services.window.models.queue import OPEN, Counter, Hall, Ticket, TicketState
from linli.services.window.models.visits import Visit, VisitReport, VisitState

__all__ = [
    "OPEN", "Counter", "Hall", "Help", "HelpChannel", "Pin", "Ticket", "TicketState", "Visit", "VisitReport",
    "VisitState",
]
