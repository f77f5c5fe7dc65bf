"""What is known about the deadlines of one application at one moment."""

from __future__ import annotations

from datetime import date, datetime
from enum import IntEnum
from typing import NamedTuple

from linli.services.gov.procedure.days import midnight_after
from linli.services.gov.procedure.events import Kind


class Phase(IntEnum):
    """Where an application stands. `REVIEWING` may stand still: see `State.paused_since`."""

    NOTHING = 0
    RECEIVED = 1
    CORRECTING = 2
    CORRECTED = 3
    REVIEWING = 4
    DECIDED = 5
    ISSUED = 6
    DELIVERED = 7
    REFUSED = 8
    WITHDRAWN = 9
    TRANSFERRED = 10

    @property
    def code(self) -> str:
        return self.name.lower()


class Pause(NamedTuple):
    """A stretch of a special procedure. `not_counted`: days of the calendar it takes out of the limit so far."""

    kind: str
    begun: date
    told: date | None
    ended: date | None
    counts_from: date | None  # the first day of it that is known to the applicant; None: all of it counts


class Extended(NamedTuple):
    """An extension that holds."""

    on: date
    days: int
    by: str
    office: str
    reasons: str


class Tacit(NamedTuple):
    """What the law makes of silence. `effect` (`accepted`, `granted`) is its key: each happens once in a life.

    `since`: the day from which it holds. `at`: the moment at which the silence was complete.
    """

    effect: str
    since: date
    at: datetime


class Missed(NamedTuple):
    """A limit that was not kept: `accept`, `first_review`, `promised`, `statutory` or `deliver`; `late_on` the day
    on which it was done at last, None while it is not."""

    limit: str
    due: date
    late_on: date | None


class Problem(NamedTuple):
    """An event that cannot be, or that does not have the effect it was meant to have."""

    code: str
    at: datetime
    kind: Kind
    pause: str = ""


class State(NamedTuple):
    """The clock of one application.

    `duty`: what is to be done next (`accept`, `correct`, `review`, `decide`, `end_pause`, `deliver`, or nothing), by
    `who` (`receives`, `reviews`, `decides`, `delivers`: roles of steps; `applicant`), until the end of `due`: the
    promised day if there is a promise, else the statutory one; None where no day is set or the clock stands still.
    `resumes_by`: in a pause, the day on which it should end; `expected`: what `due` becomes if it does.
    `limit_days`, `used_days`, `left_days` (negative: late) are of the limit behind `due`, in `unit`.
    """

    phase: Phase = Phase.NOTHING
    duty: str = ""
    who: str = ""
    due: date | None = None
    promised: date | None = None
    statutory: date | None = None
    unit: str = "working_day"
    limit_days: int | None = None
    used_days: int = 0
    left_days: int | None = None
    received: date | None = None
    runs_from: date | None = None
    decided: date | None = None
    granted: bool | None = None
    extended: Extended | None = None
    paused_since: date | None = None
    resumes_by: date | None = None
    expected: date | None = None
    pauses: tuple[Pause, ...] = ()
    tacit: tuple[Tacit, ...] = ()
    missed: tuple[Missed, ...] = ()
    problems: tuple[Problem, ...] = ()
    provisional: bool = False
    ended: date | None = None
    expires_on: date | None = None

    @property
    def due_at(self) -> datetime | None:
        """The midnight that ends `due`, in Shanghai."""
        return midnight_after(self.due) if self.due else None

    @property
    def is_paused(self) -> bool:
        return self.paused_since is not None

    @property
    def is_over(self) -> bool:
        """Does nothing more happen?"""
        return self.phase >= Phase.DELIVERED
