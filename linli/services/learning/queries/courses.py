"""Classes: what is open, one's own places, the roll, and what waits for the desk."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.foundation.people.queries import subjects_for
from linli.mechanisms.bookings import queries as booked
from linli.mechanisms.bookings.models import Reservation, Session, SessionState, WaitEntry
from linli.services.learning import catalogue
from linli.services.learning.catalogue import Skill
from linli.services.learning.models import STAFF, Course, CourseState, Helping, Progress


@dataclass(frozen=True)
class Held:
    """What somebody has of a time: a place, or a turn (1: next)."""

    who: Person
    reservation: Reservation | None
    entry: WaitEntry | None
    position: int


@dataclass(frozen=True)
class Time:
    """One time of a course, and what the reader and those they act for have of it."""

    session: Session
    held: Sequence[Held]
    may_join: bool


def open_courses(person: Person, area: Area) -> QuerySet[Course]:
    rows: QuerySet[Course] = Course.objects.visible_to(person).filter(
        area__code__startswith=area.code[:12], state=CourseState.OPEN)
    return rows.select_related("host", "area").order_by("-created", "-id")


def at_desk(person: Person, *, state: str = "") -> QuerySet[Course]:
    """Those of the places where the person is staff; what waits to be looked over first comes by its state."""
    rows: QuerySet[Course] = Course.objects.filter(person.scope_q("area__code", roles=STAFF))
    rows = rows.filter(state=state) if state in CourseState.values else rows
    return rows.select_related("host", "area").order_by("-created", "-id")


def next_times(rows: Sequence[Course]) -> dict[int, Session]:
    """offer id → its next time that is not over. One query."""
    found: dict[int, Session] = {}
    sessions = Session.objects.filter(offer__in=[row.offer_id for row in rows if row.offer_id], ends__gt=now())
    for session in sessions.exclude(state=SessionState.CANCELLED).order_by("-starts", "-id"):
        found[session.offer_id] = session
    return found


def with_next(rows: Sequence[Course]) -> list[tuple[Course, Session | None]]:
    """Each with its next time."""
    soon = next_times(rows)
    return [(row, soon.get(row.offer_id or 0)) for row in rows]


def family(person: Person) -> list[Person]:
    """Oneself, and those one may act for here."""
    return [person, *subjects_for(person, "learning")]


def times(person: Person, course: Course) -> list[Time]:
    """The times still to come, with what the reader and their family have of each."""
    rows = Session.objects.filter(offer=course.offer_id, ends__gt=now()).exclude(state=SessionState.CANCELLED)
    people, found = family(person), []
    for session in rows.select_related("offer__area").order_by("starts", "id")[:20]:
        held = [one for one in (held_by(who, session) for who in people) if one]
        found.append(Time(session, held, session.takes_registrations(now()) and len(held) < len(people)))
    return found


def held_by(who: Person, session: Session) -> Held | None:
    reservation = booked.reservation_of(who, session)
    entry = None if reservation else booked.entry_of(who, session)
    if reservation is None and entry is None:
        return None
    return Held(who, reservation, entry, booked.position(entry, session) if entry else 0)


def my_places(person: Person) -> list[Reservation]:
    """What somebody and those they act for have booked of classes, next first."""
    rows = booked.mine(person).filter(session__offer__category="learning.class")
    return list(rows[:20])


@dataclass(frozen=True)
class Line:
    """One learner on the roll."""

    person: Person
    reservation: Reservation
    came: bool
    marks: Sequence[tuple[Skill, str]]


def roll(course: Course, session: Session) -> list[Line]:
    """Who is in a class, whether they came, and what the teacher saw of the module's skills. Three queries."""
    module = catalogue.load().get(course.module)
    skills = module.skills if module else ()
    rows = [(row, row.party.booker) for row in booked.roster(session) if row.party.booker is not None]
    people = [who.pk for _row, who in rows]
    seen = {(row.person_id, row.skill): row.taught for row in Progress.objects.filter(
        person__in=people, skill__in=[skill.code for skill in skills])}
    return [
        Line(who, row, any(one.came_at for one in row.attendances.all()),
             [(skill, seen.get((who.pk, skill.code), "")) for skill in skills])
        for row, who in rows]


def in_class(course: Course, session: Session, pk: int) -> Person | None:
    """The learner of that number, if they are on the roll."""
    return next((line.person for line in roll(course, session) if line.person.pk == pk), None)


def helping_of(course: Course) -> QuerySet[Helping]:
    """Helping time in a course, newest first."""
    return Helping.objects.filter(course=course).select_related("person", "confirmed_by").order_by("-in_at", "-id")


def hours_waiting(person: Person) -> QuerySet[Helping]:
    """Helping time in classes that nobody has confirmed yet, in the places where the person is staff."""
    rows: QuerySet[Helping] = Helping.objects.filter(
        person.scope_q("area__code", roles=STAFF), confirmed_at=None, visit=None)
    return rows.select_related("person", "course").order_by("in_at", "id")


def waiting(area: Area) -> int:
    """How many neighbours' offers wait to be looked over."""
    return Course.objects.filter(area__code__startswith=area.code, state=CourseState.PROPOSED).count()


def find(person: Person, area: Area, words: str) -> list[tuple[str, str, str, str]]:
    """For the search box: lessons, exercises and open courses with those words."""
    from django.urls import reverse
    from django.utils.translation import gettext as _

    from linli.services.learning.sandbox import tasks

    found = [
        (str(module.title), str(module.about), reverse("learning:module", args=[module.code]), module.icon)
        for module in catalogue.load().values()
        if words in module.title.zh or words in module.about.zh or words.lower() in module.title.en.lower()]
    found += [
        (_("练习：%(what)s") % {"what": task.title}, str(task.about),
         reverse("learning:practice_task", args=[task.code]), task.icon)
        for task in tasks.load().values() if words in task.title.zh or words.lower() in task.title.en.lower()]
    rows = open_courses(person, area).filter(Q(title__icontains=words) | Q(text__icontains=words))
    found += [(row.title, row.place, reverse("learning:course", args=[row.pk]), row.icon) for row in rows[:5]]
    return found[:8]
