"""The reads that page and API share. The number of statements never depends on how many cases there are."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person, Standing, prefix_q
from linli.foundation.prepared import Blank, Prepared, filled
from linli.mechanisms.cases.models import (
    FAR,
    PLACE_ROLES,
    Case,
    CaseEvent,
    Leg,
    Visibility,
    unit_ids,
)
from linli.mechanisms.cases.parties import is_party, own_q
from linli.mechanisms.cases.reach import helping_units, not_about_own, reaches_case, sees, works_for

COUNT_LIMIT = 100
DAYS_MAX = 3650
DIGITS_MAX = 18
WORDS_MAX = 60


@dataclass(frozen=True)
class Queue:
    """A list of the desk: what is in it for this person. `tone` colours its count."""

    code: str
    title: Any
    icon: str
    tone: str = ""
    group: str = "mine"


QUEUES: tuple[Queue, ...] = (
    Queue("mine", _("等我办"), "person"),
    Queue("offered", _("转给我的"), "send"),
    Queue("today", _("今天到期"), "clock", "warn"),
    Queue("overdue", _("已超时"), "alert", "bad"),
    Queue("unassigned", _("待接单"), "list", group="place"),
    Queue("catch_all", _("没有负责单位"), "filter", "warn", group="place"),
    Queue("call_back", _("待回访"), "phone", group="place"),
    Queue("helping", _("请我们协办"), "hands", group="place"),
    Queue("open", _("全部在办"), "grid", group="place"),
    Queue("closed", _("已办结"), "done", group="place"),
)


def desk_q(person: Person) -> Q:
    """What the person's desk reaches: their units' cases and, for the staff of a place, all of the place."""
    units = unit_ids(person)
    found = Q(unit__in=units) if units else Q(pk__in=[])
    for code in _place_codes(person):
        if len(code) > 12:
            found |= Q(grid_code=code)
        else:
            found |= Q(area_code=code) if len(code) == 12 else prefix_q("area_code", code)
    return found & ~Q(visibility=Visibility.SEALED) & not_about_own(person)


def _place_codes(person: Person) -> list[str]:
    codes = sorted({s.area_code for s in person.standings if s.area_code and s.role in PLACE_ROLES}, key=len)
    return [c for i, c in enumerate(codes) if not any(c.startswith(shorter) for shorter in codes[:i])]


def queue(person: Person, code: str) -> QuerySet[Case]:
    """The cases of one queue, nearest deadline first, ready for `keyset_page`."""
    moment = now()
    end = timezone.localtime(moment).replace(hour=23, minute=59, second=59)
    return _queue(person, code, moment, end)


def _queue(person: Person | _Desk, code: str, moment: Any, end: Any) -> QuerySet[Case]:
    """The queue of who holds these standings; `moment` is now, and `end` the last of today."""
    rows: QuerySet[Case] = Case.objects.all()
    desk = desk_q(person)  # type: ignore[arg-type]  # of a person it asks the standings
    if code == "closed":
        return rows.filter(desk, is_open=False, merged_into=None).order_by("-created", "-id")
    rows = rows.filter(is_open=True)
    if code == "mine":
        rows = rows.filter(assignee=person.pk)
    elif code == "offered":
        rows = rows.filter(offered_to=person.pk)
    elif code == "today":
        rows = rows.filter(desk, due_at__gte=moment, due_at__lte=end)
    elif code == "overdue":
        rows = rows.filter(desk, due_at__lt=moment)
    elif code == "unassigned":
        rows = rows.filter(desk, assignee=None)
    elif code == "catch_all":
        rows = rows.filter(desk, unit=None)
    elif code == "call_back":
        rows = rows.filter(desk, state="call_back")
    elif code == "helping":
        helped = Leg.objects.filter(unit__in=unit_ids(person), closed_at=None).values("case")  # type: ignore[arg-type]
        rows = rows.filter(~Q(visibility=Visibility.SEALED) & not_about_own(person), pk__in=helped)  # type: ignore[arg-type]
    else:
        rows = rows.filter(desk)
    return rows.order_by("due_at", "id")


def counts(person: Person, codes: Iterable[str] | None = None) -> dict[str, int]:
    """How many cases each queue holds, counted up to 100: one statement whatever their number."""
    wanted = tuple(q.code for q in QUEUES if q.code != "closed") if codes is None else tuple(codes)
    sql, params = _counting(connection.vendor, _Desk(person.pk, person.standings), wanted)
    found = dict.fromkeys(wanted, 0)
    if sql:
        moment = now()
        end = timezone.localtime(moment).replace(hour=23, minute=59, second=59)
        with connection.cursor() as cursor:
            cursor.execute(sql, filled(params, moment, end))
            found.update(cursor.fetchall())
    return found


@dataclass(frozen=True)
class _Desk:
    """Of a person, all that the queues ask: two with the same are shown the same."""

    pk: int
    standings: tuple[Standing, ...]


@lru_cache(maxsize=1000)
def _counting(vendor: str, who: _Desk, codes: tuple[str, ...]) -> tuple[str, tuple[Any, ...]]:
    """The statement that counts these queues, to be filled with the moment and the end of the day.

    Nine queries make it, and every page of the worklist asks it: written once while the roles stay what they are.
    """
    parts: list[str] = []
    params: list[Any] = []
    for code in codes:
        rows = _queue(who, code, Blank(0), Blank(1)).order_by().values("pk")[:COUNT_LIMIT]
        try:
            sql, args = rows.query.sql_with_params()
        except EmptyResultSet:  # a queue that nothing can be in, for this person
            continue
        parts.append(f"SELECT '{code}', COUNT(*) FROM ({sql}) AS q")
        params += args
    return " UNION ALL ".join(parts), tuple(params)


def narrowed(rows: QuerySet[Case], filters: Mapping[str, str]) -> QuerySet[Case]:
    """Filters of the worklist: kind, state, category (with what is below it), urgency, unit, days, words."""
    for name, column in (("kind", "kind_code"), ("state", "state"), ("urgency", "urgency"), ("channel", "channel")):
        if filters.get(name):
            rows = rows.filter(**{column: filters[name]})
    if filters.get("category"):
        code = filters["category"]
        rows = rows.filter(Q(category=code) | Q(category__startswith=code + "."))
    unit, building, area, days = (whole(filters.get(name)) for name in ("unit", "building", "area", "days"))
    if unit is not None:
        rows = rows.filter(unit_id=unit)
    if building is not None:
        rows = rows.filter(building_id=building)
    if area is not None:
        rows = rows.filter(prefix_q("area_code", str(area)))
    if days is not None:
        rows = rows.filter(created__gte=now() - timedelta(days=min(days, DAYS_MAX)))
    words = filters.get("q", "").replace("\0", "").strip()[:WORDS_MAX]
    if words:
        rows = rows.filter(Q(number__iexact=words) | Q(title__icontains=words) | Q(place__icontains=words))
    return rows


def whole(value: object) -> int | None:
    """A whole number that a column can hold, however it was sent; None for anything else."""
    text = str(value if value is not None else "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= DIGITS_MAX else None


def with_people(rows: QuerySet[Case]) -> QuerySet[Case]:
    """What a list row shows, fetched with it."""
    return rows.select_related("unit", "assignee", "building", "requester").defer("text", "facts")


def as_lines(rows: QuerySet[Case]) -> QuerySet[Case]:
    """What one line of the worklist shows, and nothing more: a case has three times as many columns."""
    return rows.select_related("unit", "assignee").only(
        "number", "title", "kind_code", "kind_version", "state", "is_open", "urgency", "nudges", "place_public",
        "due_at", "created", "unit__name", "assignee__title", "assignee__name")


def mine(person: Person) -> QuerySet[Case]:
    """What the person asked for, or asked for on somebody's behalf; while acting for somebody, theirs. Newest first."""
    return Case.objects.filter(own_q(person)).order_by("-created", "-id")


def waiting_for_me(person: Person) -> list[Case]:
    """The person's own cases that wait for their word (看是不是真好了), oldest first, at most five."""
    own = own_q(person) if person.acting is not None else Q(requester=person)
    rows = Case.objects.filter(own, is_open=True).order_by("due_at")[:30]
    return [case for case in rows if case.now_state.waits_for == "requester"][:5]


def near(person: Person, area_code: str) -> QuerySet[Case]:
    """What neighbours may read in outline: open to the area or public, not merged, not of somebody's home."""
    return Case.objects.filter(shared_q(), area_code=area_code[:12]).order_by("-created", "-id")


def shared_q() -> Q:
    """What is shared with the neighbours: never what lies inside one household's door."""
    return Q(visibility__in=[Visibility.AREA, Visibility.PUBLIC], merged_into=None, home=None, erased_at=None)


def timeline(case: Case, person: Person) -> list[CaseEvent]:
    """The story, oldest first; who is not of the desk never reads internal words or notes."""
    if is_hand(person, case):
        return list(CaseEvent.objects.filter(case=case).select_related("actor", "acting_for").order_by("seq"))
    return as_read_by_parties(case)


# What is between those who handle the case.
INSIDE = frozenset({"note", "rung", "recomputed", "reaimed", "try_call", "exclude", "object", "decide_objection",
                    "ask_extension", "refuse_extension", "field", "leave", "route", "remind"})


def as_read_by_parties(case: Case) -> list[CaseEvent]:
    """The story without what is internal, oldest first."""
    events = CaseEvent.objects.filter(case=case).exclude(name__in=INSIDE)
    shown = list(events.select_related("actor", "acting_for").order_by("seq"))
    for event in shown:
        event.text_internal = ""
        step = case.kind.transitions.get(event.name)
        reason = event.data.get("reason")
        if step and reason and reason not in step.reasons:  # free words between colleagues; listed reasons are told
            event.data = {key: value for key, value in event.data.items() if key != "reason"}
    return shown


def is_hand(person: Person, case: Case) -> bool:
    """Is the person one of those who handle the case (and not merely its requester or a neighbour)?

    The hands its kind names, whoever has it, and the desks of the unit that answers for it or was called in.
    """
    if reaches_case(person, case.kind.hands | {"@assignee", "@offered"}, case, helpers=True):
        return True
    units = set(unit_ids(person)) - {case.complained_of}
    return bool(units) and not works_for(person, case.complained_of) and (
        case.unit_id in units or not units.isdisjoint(helping_units(case)))


def shows_requester(person: Person, case: Case) -> bool:
    """May the person learn who asked? Staff of the unit complained of never do (信访工作条例 第30条)."""
    if is_party(person, case):
        return True
    return not case.is_anonymous and is_hand(person, case)  # which nobody is who works for the body complained of


def stuck(person: Person, *, limit: int = 20) -> Sequence[Case]:
    """Who is overdue, worst first, for the page of the shift and its hand-over."""
    return list(with_people(queue(person, "overdue"))[:limit])


def load_of(workers: Sequence[Person]) -> dict[int, int]:
    """Open cases each worker holds. One statement."""
    rows = Case.objects.filter(assignee__in=[w.pk for w in workers], is_open=True)
    return dict(rows.order_by().values_list("assignee").annotate(n=Count("pk")))


def deadline_text(case: Case, moment: datetime | None = None) -> tuple[str, int]:
    """("left" | "late" | "none", seconds) of the running clock."""
    if case.due_at >= FAR:
        return "none", 0
    left = (case.due_at - (moment or now())).total_seconds()
    return ("left", int(left)) if left >= 0 else ("late", int(-left))


def by_number(person: Person, number: str) -> Case:
    """The case with that number, if the person may see it. Raises `Case.DoesNotExist`."""
    found = _numbered.first(number)
    if found is None or not sees(person, found):
        raise Case.DoesNotExist(number)
    return found


_numbered = Prepared(lambda number: Case.objects.select_related(
    "unit", "assignee", "requester", "building", "facility", "offered_to").filter(number=number))
