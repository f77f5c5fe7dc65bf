"""Staff take in what comes by telephone, at the window or on a sheet of 12345; and correct a category."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.people.models import Organisation, Person
from linli.foundation.people.permit import permit
from linli.foundation.web import Refused
from linli.foundation.web.manifest import grants
from linli.mechanisms.cases import actions as cases, engine, routing
from linli.mechanisms.cases.models import Case, Urgency, Visibility
from linli.mechanisms.cases.reach import reaches_case
from linli.services.requests import classifying, emergencies
from linli.services.requests.actions.asking import Asked, check_asked, headline, public_place

CHANNELS = ("phone", "window", "12345", "letter")
OUTCOMES = ("keep", "redirect", "answer")


@dataclass(frozen=True)
class Taken:
    """What came to the desk. `outcome`: keep (by the rules), redirect (`reason`, `note`), answer (`note`, `target`)."""

    asked: Asked
    channel: str
    requester: Person | None = None
    contact: tuple[str, str] | None = None
    source_number: str = ""
    outcome: str = "keep"
    reason: str = ""
    note: str = ""
    target: str = ""
    urgency: str = ""
    facts: Mapping[str, Any] = field(default_factory=dict)


@atomic
def take_in(person: Person, area: Area, taken: Taken) -> Case:
    """Open the case and, where the outcome is known at once, make that step too: both or neither.

    Idempotent by the sheet's own number (`source_number`) and by `asked.once`.
    Raises `Denied`, `Refused`: no_channel, no_contact, no_outcome, not_consult, and as `ask` and `act` do.
    """
    permit(person, "requests.take_in", area)
    asked = taken.asked
    if taken.channel not in CHANNELS:
        raise Refused("no_channel", _("请选是怎么来的。"), field="channel")
    if taken.outcome not in OUTCOMES:
        raise Refused("no_outcome", _("请选怎么办。"), field="outcome")
    if taken.outcome == "answer" and asked.kind != "consult":
        raise Refused("not_consult", _("只有咨询能当场答复了结。诉求请派单，或选不予派单的原因。"), field="outcome")
    known = _known(taken)
    if known is not None:
        return known
    if not asked.is_anonymous and taken.requester is None and not (taken.contact and taken.contact[1]):
        raise Refused("no_contact", _("请填手机号，或勾「不留名」。没有电话就没法回访。"), field="phone")
    check_asked(asked, area, for_another=False)
    case = _open(person, area, taken)
    if taken.outcome == "redirect":
        case = cases.act(person, case, "redirect", note=taken.note, channel=taken.channel, reason=taken.reason,
                         target=taken.target)
    elif taken.outcome == "answer":
        case = cases.act(person, case, "answer_published", note=taken.note, channel=taken.channel, target=taken.target)
    audit.record(person, "requests.take_in", case, channel=taken.channel, outcome=taken.outcome, kind=asked.kind)
    return case


def _source(taken: Taken) -> tuple[str, str]:
    """Where the case is unique by: the sheet's number; without one, this form's own `once`."""
    if taken.source_number:
        return taken.channel, taken.source_number
    return ("desk", taken.asked.once) if taken.asked.once else ("", "")


def _known(taken: Taken) -> Case | None:
    source, number = _source(taken)
    found = Case.objects.filter(source=source, source_number=number).first() if number else None
    return found if isinstance(found, Case) else None


def _open(person: Person, area: Area, taken: Taken) -> Case:
    asked = taken.asked
    found = emergencies.found_in(f"{asked.title} {asked.text}", area.code)
    facts: dict[str, Any] = {**taken.facts}
    if asked.suggestion:
        facts["suggestion"] = dict(asked.suggestion)
    if found is not None:
        facts["emergency"] = found.told()
    if asked.complained_of is not None:
        facts["complained_of"] = asked.complained_of.pk
    private = asked.complained_of is not None or (found is not None and found.private)
    nameless = asked.is_anonymous
    source, number = _source(taken)
    return cases.open_case(
        person, asked.kind, area, system=True, category=asked.category, title=asked.title or headline(asked.text),
        text=asked.text, place=asked.place, place_public=public_place(asked),
        building=asked.building or (asked.facility.building if asked.facility else None), facility=asked.facility,
        requester=None if nameless else taken.requester,
        contact=None if nameless or taken.requester is not None else taken.contact, is_anonymous=nameless,
        channel=taken.channel, urgency=taken.urgency or (Urgency.DANGER if found is not None else ""),
        visibility=Visibility.PARTIES if private else asked.visibility, facts=facts, source=source,
        source_number=number)


@atomic
def recategorise(person: Person, case: Case, category: str, *, seen: int | None = None) -> routing.Routed | None:
    """Correct the category; while nobody works on the case, the rules then say anew who answers for it.

    Returns what the rules said, or None where the case stays with who has it (somebody works on it, or the person may
    correct the category and no more).
    Raises `Denied`, `Refused("no_category" | "changed")`.
    """
    if not classifying.is_known(category):
        raise Refused("no_category", _("没有这个种类，请在列出的里面选一个。"), field="category")
    locked = cases.change_field(person, case, seen=seen, category=category, reason=_("改种类"))
    begun = locked.assignee_id or not locked.is_open or locked.state != locked.kind.first
    if begun or not reaches_case(person, grants()["requests.reroute"], locked):
        return None
    routed = routed_now(locked)
    if routed.unit_id != locked.unit_id:
        unit = Organisation.objects.get(pk=routed.unit_id) if routed.unit_id else None
        engine.append(locked, person, "route", channel="desk", changes={"unit": unit},
                      data={"route": routed.told()}, text_internal=routed.row_text)
        audit.record(person, "requests.reroute", locked, unit=str(routed.unit_id or ""))
        case.unit = locked.unit
    return routed


def routed_now(case: Case) -> routing.Routed:
    """What the rules in force say of a case as it stands."""
    return routing.route(
        area_code=case.grid_code or case.area_code, kind_code=case.kind_code, category=case.category,
        source=case.source, text=f"{case.title} {case.text}",
        compound_id=case.building.compound_id if case.building else None, not_unit=case.complained_of)


