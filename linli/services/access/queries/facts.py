"""What is known of facilities: facts in force, what waits to be checked, and who can use what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from linli.foundation.areas.models import Area, Facility, FacilityKind
from linli.foundation.calendar.clock import today
from linli.foundation.people.models import Person
from linli.foundation.policy import policy
from linli.mechanisms.cases.kinds import say
from linli.services.access.models import Fact, FactState, Outage, OutageState
from linli.services.access.rules import NO, UNKNOWN, YES, Usable, usable

# Keys of `areas.Facility.access` → ours: what was written down with the facility, before anybody checked.
_OF_AREAS = {
    "wheelchair": "wheelchair",
    "door_width_cm": "width_cm",
    "handrail": "handrail",
    "steps": "step_count",
    "tactile": "braille",
    "braille": "braille",
    "speech": "speech_output",
    "toilet": "toilets:wheelchair",
    "incline_percent": "incline_percent",
}
CLINIC_WORDS = ("卫生", "诊所", "医")


@dataclass(frozen=True)
class Line:
    """One fact as a page shows it: title, words, who looked and when; `is_stale` asks to look again."""

    key: str
    title: str
    words: str
    value: str
    by: str = ""
    checked_on: date | None = None
    is_checked: bool = False
    is_stale: bool = False


@dataclass(frozen=True)
class Row:
    """A facility in the list for one need."""

    facility: Facility
    answer: str
    because: Sequence[tuple[str, str]]
    lines: Sequence[Line]
    outage: Outage | None


def entries_of_keys(area: Area | None = None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = policy("access.keys", area=area)
    return found


def title_of(key: str) -> str:
    return next((say(entry["title"]) for entry in entries_of_keys() if entry["key"] == key), key)


def words_of(key: str, value: str) -> str:
    """The value in the reader's language, with its unit."""
    for entry in entries_of_keys():
        if entry["key"] == key:
            for code, zh, en in entry["choices"]:
                if code == value:
                    return say({"zh": zh, "en": en})
            unit = say({"zh": entry["unit"], "en": {"级": "steps"}.get(entry["unit"], entry["unit"])})
            return f"{value} {unit}".strip()
    return value


def written(facility: Facility) -> dict[str, str]:
    """What was written down with the facility itself, in our keys."""
    found = {}
    for theirs, ours in _OF_AREAS.items():
        value = facility.access.get(theirs)
        if value not in (None, ""):
            found[ours] = str(value)
    if facility.kind == FacilityKind.RAMP:
        found.setdefault("ramp", "yes")
    if facility.kind == FacilityKind.LIFT:
        found.setdefault("elevator", "yes")
    return found


def facts_of(facilities: Iterable[Facility]) -> dict[int, list[Fact]]:
    """Facility → its facts in force. One query."""
    found: dict[int, list[Fact]] = {}
    rows = Fact.objects.filter(facility__in=[one.pk for one in facilities], state=FactState.CONFIRMED).select_related(
        "checked_by"
    )
    for row in rows.order_by("key"):
        found.setdefault(row.facility_id, []).append(row)
    return found


def merged(facility: Facility, facts: Sequence[Fact]) -> dict[str, str]:
    """Key → value: what was checked wins over what was only written down."""
    return {**written(facility), **{fact.key: fact.value for fact in facts}}


def lines_of(facility: Facility, facts: Sequence[Fact]) -> list[Line]:
    """Every known fact in the order of the keys."""
    checked = {fact.key: fact for fact in facts}
    values = merged(facility, facts)
    old = today() - timedelta(days=policy("access.fact_stale_days"))
    found = []
    for entry in entries_of_keys():
        key = entry["key"]
        if key not in values:
            continue
        fact = checked.get(key)
        found.append(
            Line(
                key,
                say(entry["title"]),
                words_of(key, values[key]),
                values[key],
                by=fact.checked_by.shown_name if fact and fact.checked_by else "",
                checked_on=fact.checked_on if fact else None,
                is_checked=fact is not None,
                is_stale=fact is None or (fact.checked_on or old) < old,
            )
        )
    return found


def judged(need: str, facility: Facility, facts: Sequence[Fact]) -> Usable:
    """Can `need` use it, by what is known?"""
    rule = next((rule for rule in policy("access.usable") if rule["need"] == need), None)
    return usable(rule, merged(facility, facts)) if rule else Usable(UNKNOWN)


def rows(
    person: Person,
    area: Area,
    *,
    need: str = "",
    kind: str = "",
    words: str = "",
    only_usable: bool = False,
    outages: Sequence[Outage] = (),
) -> list[Row]:
    """The facilities of a community for a need, usable ones first. Two queries."""
    found = Facility.objects.visible_to(person).filter(area=area).select_related("compound", "building")
    if kind == "clinic":
        found = found.filter(_clinic())
    elif kind:
        found = found.filter(kind=kind)
    if words:
        found = found.filter(Q(name__icontains=words) | Q(code__icontains=words) | Q(compound__name__icontains=words))
    facilities = list(found.order_by("kind", "name", "pk"))
    facts = facts_of(facilities)
    out = {row.facility_id: row for row in outages if row.facility_id}
    answered = []
    for one in facilities:
        known = facts.get(one.pk, [])
        verdict = judged(need, one, known) if need else Usable("")
        answered.append(Row(one, verdict.answer, verdict.because, lines_of(one, known), out.get(one.pk)))
    if only_usable:
        answered = [row for row in answered if row.answer == YES and row.outage is None]
    order = {YES: 0, UNKNOWN: 1, NO: 2, "": 0}
    return sorted(answered, key=lambda row: (order[row.answer], row.outage is not None))


def _clinic() -> Q:
    found = Q()
    for word in CLINIC_WORDS:
        found |= Q(name__contains=word)
    return found


def usable_of_kind(area: Area, kind: str, need: str, outages: Sequence[Outage]) -> list[Facility]:
    """The facilities of `kind` that nothing known speaks against and that are not out; if any is surely usable, those.

    A wheelchair user is never sent to a toilet nobody has looked at while one is known to be good.
    """
    found = Facility.objects.filter(area=area).select_related("building")
    found = found.filter(_clinic()) if kind == "clinic" else found.filter(kind=kind)
    facilities = list(found.order_by("pk"))
    facts = facts_of(facilities)
    out = {row.facility_id for row in outages if row.facility_id}
    answers = {one.pk: judged(need, one, facts.get(one.pk, [])).answer for one in facilities if one.pk not in out}
    sure = [one for one in facilities if answers.get(one.pk) == YES]
    return sure or [one for one in facilities if answers.get(one.pk) == UNKNOWN]


def to_check(person: Person) -> QuerySet[Fact]:
    """Proposals that wait, oldest first, of the places where the person may confirm."""
    return (
        Fact.objects.filter(
            person.scope_q("area__code", roles=frozenset({"worker", "community_head", "grid_worker"})),
            state=FactState.PROPOSED,
        )
        .select_related("facility", "recorded_by", "area")
        .order_by("recorded_at", "pk")
    )


def own_proposals(person: Person, facility: Facility) -> Sequence[Fact]:
    return list(
        Fact.objects.filter(facility=facility, recorded_by=person)
        .exclude(state__in=[FactState.CONFIRMED, FactState.REPLACED])
        .order_by("-recorded_at")[:10]
    )


def outages_for_desk(person: Person, *, state: str = "") -> QuerySet[Outage]:
    """Outages of the person's places; newest first."""
    found = Outage.objects.visible_to(person).select_related(
        "facility__compound", "edge", "reported_by", "case", "area"
    )
    if state == "open":
        found = found.filter(state__in=[OutageState.REPORTED, OutageState.CONFIRMED])
    elif state:
        found = found.filter(state=state)
    return found.order_by("-reported_at", "-pk")


def in_words(facts: Mapping[str, str] | Sequence[tuple[str, str]]) -> str:
    """「轮椅进出 进不去、坡道 没有」."""
    pairs = facts.items() if isinstance(facts, Mapping) else facts
    return _("、").join(f"{title_of(key)} {words_of(key, value)}" for key, value in pairs)
