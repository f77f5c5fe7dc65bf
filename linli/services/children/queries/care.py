"""Reads about children, groups and days in care."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date

from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import today
from linli.foundation.people.models import Person
from linli.foundation.policy import policy
from linli.mechanisms.bookings import queries as bookings
from linli.mechanisms.bookings.models import Session, WaitEntry
from linli.services.children import papers
from linli.services.children.models import (
    CareAlarm,
    CareGroup,
    CareSite,
    CareStaff,
    Child,
    Collector,
    CollectorState,
    CustodyBlock,
    DayEntry,
    DayState,
    Enrolment,
    EnrolmentState,
    Guardianship,
    GuardState,
)
from linli.services.children.vetting import vetted_among


def children_of(person: Person) -> list[tuple[Child, Guardianship]]:
    """The children the person is, or says to be, a guardian of; never one from whom a court keeps them."""
    away = CustodyBlock.current().filter(person=person).values("child")
    rows = Guardianship.objects.filter(person=person, state__in=[GuardState.CLAIMED, GuardState.VERIFIED]).exclude(
        child__in=away).filter(child__is_active=True)
    return [(row.child, row) for row in rows.select_related("child__school", "child__area").order_by("pk")]


def enrolments_of(child: Child) -> list[Enrolment]:
    """In care, or waiting."""
    rows = child.enrolments.exclude(state=EnrolmentState.ENDED)
    return list(rows.select_related("group__site", "group__school", "group__area").order_by("pk"))


def day_of(enrolment: Enrolment, on: date) -> DayEntry | None:
    """The child's row of that day."""
    return DayEntry.objects.filter(enrolment=enrolment, on=on).select_related("group", "child").first()


@dataclass(frozen=True)
class Places:
    """The places of a group as a parent reads them."""

    capacity: int
    taken: int
    waiting: int

    @property
    def free(self) -> int:
        return max(0, self.capacity - self.taken)


def places_of(group: CareGroup) -> Places | None:
    """What bookings counts for the group; None before it was opened."""
    session = Session.objects.filter(pk=group.session_id).first() if group.session_id else None
    return Places(session.capacity, session.taken, session.waiting) if session else None


def groups_for(person: Person, area: Area) -> list[tuple[CareGroup, Places | None]]:
    """Groups of the area whose term is not over."""
    rows = CareGroup.objects.visible_to(person).filter(area__code__startswith=area.code[:12], ends_on__gte=today())
    found = list(rows.select_related("site", "school", "area").order_by("starts_on", "name", "pk"))
    sessions = Session.objects.in_bulk([group.session_id for group in found if group.session_id])
    return [
        (group, Places(s.capacity, s.taken, s.waiting) if (s := sessions.get(group.session_id or 0)) else None)
        for group in found]


def position_of(enrolment: Enrolment) -> int:
    """The turn of a waiting child, from 1; 0 for one that has a place."""
    entry = WaitEntry.objects.filter(pk=enrolment.entry_id).first() if enrolment.entry_id else None
    return bookings.position(entry) if entry and enrolment.state == EnrolmentState.WAITING else 0


@dataclass(frozen=True)
class Row:
    """One child of today's list, with everything the tablet needs beside it."""

    entry: DayEntry
    collectors: list[Collector]
    alarm: CareAlarm | None
    is_blocked: bool  # somebody must not collect: the staff read who, on the hand-over page
    changes: list[object] = field(default_factory=list)


@dataclass(frozen=True)
class Staffing:
    """How many are here for how many children."""

    staff: int
    vetted: int
    children: int
    most: int

    @property
    def is_short(self) -> bool:
        return self.children > self.most


def roll(group: CareGroup, on: date) -> list[Row]:
    """Today's list, those who are late first. Five queries, however many children."""
    entries = list(DayEntry.objects.filter(group=group, on=on).select_related("child", "group__site", "enrolment"))
    ids = [entry.child_id for entry in entries]
    collectors: dict[int, list[Collector]] = {}
    for one in Collector.objects.filter(child__in=ids, state=CollectorState.ACTIVE).order_by("pk"):
        collectors.setdefault(one.child_id, []).append(one)
    alarms = {one.entry_id: one for one in CareAlarm.objects.filter(
        entry__in=entries, ended_at=None).select_related("taken_by")}
    blocked = set(CustodyBlock.current().filter(child__in=ids).values_list("child", flat=True))
    order = {DayState.EXPECTED: 0, DayState.ARRIVED: 1, DayState.COLLECTED: 2, DayState.ABSENT: 3}
    rows = [Row(entry, collectors.get(entry.child_id, []), alarms.get(entry.pk), entry.child_id in blocked)
            for entry in entries]
    return sorted(rows, key=lambda row: (row.alarm is None, order[DayState(row.entry.state)], row.entry.child.name))


def staffing(group: CareGroup, on: date) -> Staffing:
    """The ratio of the day."""
    staff = [row.person_id for row in CareStaff.current().filter(group=group)]
    vetted = len(vetted_among(staff, on))
    here = DayEntry.objects.filter(group=group, on=on, state=DayState.ARRIVED).count()
    return Staffing(len(staff), vetted, here, vetted * policy("children.care_ratio"))


def papers_due(day: date) -> Iterator[tuple[CareSite, papers.PaperState]]:
    """Care papers that are past, or soon will be."""
    for site in CareSite.objects.select_related("area"):
        meals = site.groups.filter(has_meal=True, ends_on__gte=day).exists()
        for state in papers.states_of(site, day, has_meal=meals):
            if state.state in {"past", "soon"}:
                yield site, state
