"""The same deadlines by living through every day: slow, plain, and written apart from what it checks.

Each day its events are read in the order of their moments; when it is over it is counted, or not, in every period
that runs, and a period whose days are used up is due on that day, if the day is worked and lies in no pause.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from linli.services.gov.procedure.days import Term
from linli.services.gov.procedure.events import NEVER, Event
from linli.services.gov.procedure.rule import Rule

DAY = timedelta(days=1)
ZONE = ZoneInfo("Asia/Shanghai")
HORIZON = 900  # days ahead in which every period must end
IsWorked = Callable[[date], bool]


@dataclass
class Period:
    """Days that are counted one by one; `due` is set when they are used up."""

    start: date
    days: int
    working: bool
    counted: int = 0
    due: date | None = None
    late: int = 0

    def live(self, day: date, is_worked: bool, paused: bool) -> None:
        """`day` is over."""
        counts = day > self.start and (is_worked or not self.working)
        if self.due:
            self.late += counts
            return
        if paused:
            return
        self.counted += counts
        if self.counted >= self.days and is_worked and (self.days == 0 or day > self.start):
            self.due = day


class Life:
    """One application, day after day."""

    def __init__(self, rule: Rule, is_worked: IsWorked) -> None:
        self.rule, self.is_worked = rule, is_worked
        self.phase = "nothing"
        self.received: date | None = None
        self.ready: date | None = None  # received, or the corrections came
        self.runs_from: date | None = None
        self.decided: date | None = None
        self.expires: date | None = None
        self.ended: date | None = None
        self.granted: bool | None = None
        self.periods: dict[str, Period] = {}
        self.first_level = rule.first_review is not None
        self.open: dict[str, dict[str, Any]] = {}
        self.told: dict[str, date] = {}
        self.untold: set[str] = set()
        self.paused_days: set[date] = set()
        self.extended: int | None = None
        self.accepted_on: date | None = None
        self.tacit: list[tuple[str, date]] = []
        self.missed: list[tuple[str, date, date | None]] = []

    # ── an event ──
    def read(self, event: Event, day: date) -> None:
        kind, waiting = event.kind.code, self.phase in ("received", "correcting", "corrected")
        if kind == "received" and self.phase == "nothing":
            self.receive(day)
            left = (event.expires_on - day).days
            if event.expires_on != NEVER and self.rule.renew and left >= self.rule.renew.days:
                self.expires = event.expires_on
        elif kind == "corrections_asked" and self.phase == "received":
            self.phase = "correcting"
            del self.periods["accept"]
        elif kind == "corrections_received" and self.phase == "correcting":
            self.phase, self.ready = "corrected", day
            self.begin("accept", self.rule.accept, day)
        elif kind == "accepted":
            if self.phase == "nothing":
                self.receive(day)
                waiting = True
            if waiting:
                self.run(day)
            elif self.phase == "reviewing" and self.tacit and self.accepted_on is None:
                self.accepted_on = day
        elif kind == "refused" and waiting:
            self.end("refused", day)
        elif kind == "withdrawn" and (waiting or self.phase == "reviewing"):
            self.end("withdrawn", day)
        elif kind == "transferred" and (waiting or self.phase == "reviewing"):
            if self.first_level and self.phase == "nothing":
                return
            if self.first_level and self.phase == "reviewing":
                self.judge("first_review", day)
                self.close_all(day)
                self.first_level = False
                self.periods.pop("first_review")
                if self.rule.statutory:
                    self.begin("statutory", self.rule.statutory, day)
            elif not self.first_level or waiting:
                self.end("transferred", day)
        elif kind == "decided":
            if waiting and not self.first_level:
                self.run(day)
            if self.phase == "reviewing" and not self.first_level:
                self.close_all(day)
                self.decide(day, event.granted, day)
        elif kind == "issued" and self.phase == "decided" and self.granted:
            self.phase = "issued"
        elif kind == "delivered" and self.phase in ("decided", "issued"):
            self.judge("deliver", day)
            self.end("delivered", day)
        elif self.phase == "reviewing":
            self.read_in_review(kind, event, day)

    def read_in_review(self, kind: str, event: Event, day: date) -> None:
        name, may = event.pause, self.rule.extension
        if kind == "pause_told":
            if name in self.open:
                self.open[name].setdefault("told", day)
            elif name in self.untold:
                self.untold.remove(name)
            else:
                self.told.setdefault(name, day)
        elif kind == "pause_begun" and name not in self.open:
            self.open[name] = {"begun": day}
            if name in self.told:
                self.told.pop(name)
                self.open[name]["told"] = day
        elif kind == "pause_ended" and name in self.open:
            if "told" not in self.open[name] and name in self.rule.pausable:
                self.untold.add(name)
            self.close(name, day)
        elif kind == "extension_approved" and may and not self.extended and not self.first_level:
            law, promise = self.periods.get("statutory"), self.periods.get("promised")
            limit = law or promise
            if event.by and event.reasons and event.office == may.approver and limit and not limit.due:
                self.extended = may.days
                for period in (law, promise):
                    if period and not period.due:
                        period.days += may.days

    # ── what follows ──
    def receive(self, day: date) -> None:
        self.phase, self.received, self.ready = "received", day, day
        self.begin("accept", self.rule.accept, day)

    def begin(self, name: str, term: Term, day: date) -> None:
        self.periods[name] = Period(day, term.days, term.working)

    def run(self, day: date) -> None:
        self.phase, self.runs_from = "reviewing", day
        self.periods.pop("accept", None)
        if self.rule.promised:
            self.begin("promised", self.rule.promised, day)
        if self.rule.first_review:
            self.begin("first_review", self.rule.first_review, day)
        elif self.rule.statutory:
            self.begin("statutory", self.rule.statutory, day)

    def counts_from(self, name: str) -> date | None:
        if name not in self.rule.pausable or "told" not in self.open[name]:
            return None
        return max(self.open[name]["begun"], self.open[name]["told"])

    def close(self, name: str, day: date) -> None:
        since = self.counts_from(name)
        if since is not None and since < day:
            self.paused_days.add(day)
        del self.open[name]

    def close_all(self, day: date) -> None:
        for name in list(self.open):
            self.close(name, day)

    def judge(self, name: str, day: date, late_on: date | None = NEVER) -> None:
        due = self.periods[name].due if name in self.periods else None
        if self.expires and name in ("promised", "statutory", "first_review") and name in self.periods:
            due = min(due or self.expires, self.expires)
        if due and day > due:
            self.missed.append((name, due, day if late_on == NEVER else late_on))

    def decide(self, day: date, granted: bool, late_on: date | None) -> None:
        self.judge("promised", day, late_on)
        self.judge("statutory", day, late_on)
        self.phase, self.decided, self.granted = "decided", day, granted
        if granted and self.rule.deliver:
            self.begin("deliver", self.rule.deliver, day)

    def end(self, phase: str, day: date) -> None:
        self.close_all(day)
        self.phase, self.ended = phase, day

    def is_paused(self, day: date) -> bool:
        return day in self.paused_days or self.stands_still(day)

    def stands_still(self, day: date) -> bool:
        """Does a pause that has not ended take this day, and so every later one?"""
        return any((since := self.counts_from(name)) is not None and since < day for name in self.open)

    def night(self, day: date) -> None:
        """`day` is over: count it, and let silence speak."""
        paused, worked = self.phase == "reviewing" and self.is_paused(day), self.is_worked(day)
        if paused:
            self.paused_days.add(day)
        for name, period in self.periods.items():
            period.live(day, worked, paused and name in ("promised", "statutory", "first_review"))
        if self.phase in ("received", "corrected") and self.periods["accept"].due == day:
            self.tacit.append(("accepted", self.ready))
            self.missed.append(("accept", day, None))
            self.run(self.ready)
            self.live_again(self.ready, day)
            if self.expires and day >= self.expires:  # the licence ended while nobody said whether it was accepted
                self.grant(self.expires)
                self.live_again(self.expires, day)
        elif self.phase == "reviewing":
            law = self.periods.get("statutory")
            silent = self.rule.tacit_grant and not self.first_level and law is not None and law.due == day
            if silent or day == self.expires:
                self.grant(day)

    def live_again(self, since: date, day: date) -> None:
        """The days since then count now."""
        while since <= day:
            for period in self.periods.values():
                period.live(since, self.is_worked(since), False)
            since += DAY

    def grant(self, day: date) -> None:
        """Nothing was said until the end of `day`."""
        self.tacit.append(("granted", day))
        self.close_all(day)
        if self.first_level:
            self.periods.pop("first_review", None)
        self.judge("promised", day + DAY, None)
        self.judge_statutory_of_grant(day)
        self.phase, self.decided, self.granted = "decided", day, True
        if self.rule.deliver:
            self.begin("deliver", self.rule.deliver, day)

    def judge_statutory_of_grant(self, day: date) -> None:
        if "statutory" in self.periods:
            self.judge("statutory", day + DAY, None)
        elif self.rule.statutory:  # the licence ended while a lower level still had it
            self.missed.append(("statutory", min(day, self.expires), None))


def live(events: Iterable[Event], rule: Rule, now: datetime, is_worked: IsWorked) -> dict[str, Any]:
    """The facts of `State` that this knows, by name."""
    rows = sorted((event for event in set(events) if event.at <= now), key=lambda event: (event.at, event.kind, event))
    life, today = Life(rule, is_worked), now.astimezone(ZONE).date()
    dated = [(event.at.astimezone(ZONE).date(), event) for event in rows]
    day = dated[0][0] if dated else today
    while day <= today:
        while dated and dated[0][0] == day:
            life.read(dated.pop(0)[1], day)
        if day < today:
            life.night(day)
        day += DAY
    return _facts(life, today)


def due(start: datetime, term: Term, is_worked: IsWorked) -> datetime:
    """A bare deadline, day by day."""
    day = start.astimezone(ZONE).date()
    period = Period(day, term.days, term.working)
    while not period.due:
        period.live(day, is_worked(day), False)
        day += DAY
    return datetime(day.year, day.month, day.day, tzinfo=ZONE)


def _facts(life: Life, today: date) -> dict[str, Any]:
    known: dict[str, Any] = {
        "phase": life.phase, "received": life.received, "runs_from": life.runs_from, "decided": life.decided,
        "granted": life.granted, "ended": life.ended, "tacit": life.tacit, "due": None, "promised": None,
        "statutory": None, "left": None, "stands": False, "extended": life.extended}
    missed = [(name, day, life.accepted_on if name == "accept" else late) for name, day, late in life.missed]
    names = {"received": ["accept"], "corrected": ["accept"], "decided": ["deliver"], "issued": ["deliver"],
             "reviewing": ["promised", "first_review" if life.first_level else "statutory"]}.get(life.phase, [])
    for name in names:
        period = life.periods.get(name)
        if period is None:
            continue
        spent, last = _look_ahead(life, period, today, pauses=life.phase == "reviewing")
        if life.phase == "reviewing" and life.expires:
            last = min(last or life.expires, life.expires)
        if life.phase != "reviewing":
            known["due"], known["left"] = last, period.days - spent
        else:
            known["promised" if name == "promised" else "statutory"] = last
        if name not in ("accept",) and last and today > last:
            missed.append((name, last, None))
        if (name == "promised" and not life.first_level) or name == "first_review" or (
                name == "statutory" and "promised" not in life.periods):
            known["due"] = last
            known["left"] = None if life.expires else period.days - spent
            known["stands"] = period.due is None and any(
                (since := life.counts_from(kind)) is not None and (since < today or not _ends_on(life, period, today))
                for kind in life.open)
    known["missed"] = sorted(missed, key=str)
    return known


def _ends_on(life: Life, period: Period, day: date) -> bool:
    """Would the period be over on `day`, the last one before it stands still?"""
    copy = Period(**vars(period))
    copy.live(day, life.is_worked(day), day in life.paused_days)
    return copy.due is not None


def _look_ahead(life: Life, period: Period, today: date, *, pauses: bool) -> tuple[int, date | None]:
    """How many days are spent today; the day on which the period ends if nothing more happens."""
    copy = Period(**vars(period))
    copy.live(today, life.is_worked(today), pauses and life.is_paused(today))
    was_over = period.due is not None
    spent = period.days + max(1, copy.late) if was_over else min(copy.counted, copy.days)
    copy, day = Period(**vars(period)), today
    for _day in range(HORIZON):
        if copy.due or (pauses and life.stands_still(day)):
            break
        copy.live(day, life.is_worked(day), pauses and life.is_paused(day))
        day += DAY
    return spent, copy.due
