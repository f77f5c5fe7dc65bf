"""A resident asks: for oneself, for one's father, or without a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.areas.models import Area, Building, Facility
from linli.foundation.files import attach
from linli.foundation.people.models import Organisation, Person
from linli.foundation.people.permit import permit
from linli.foundation.people.queries import mandate_for
from linli.foundation.privacy.masks import mask_text
from linli.foundation.web import Denied, Refused
from linli.mechanisms.cases import actions as cases
from linli.mechanisms.cases.actions.living import TEXT_MAX
from linli.mechanisms.cases.models import Case, Urgency, Visibility
from linli.services.requests import classifying, emergencies

KINDS = ("complaint", "consult")
CHOOSABLE = (Visibility.AREA, Visibility.PARTIES)
HEADLINE = 40
WITHOUT_NAME = "anonymous"


@dataclass(frozen=True)
class Asked:
    """What a person asks. `files` are the numbers of their own files that wait; `once` makes a replay harmless."""

    kind: str
    text: str
    category: str
    title: str = ""
    place: str = ""
    building: Building | None = None
    facility: Facility | None = None
    complained_of: Organisation | None = None
    is_anonymous: bool = False
    visibility: str = Visibility.PARTIES
    suggestion: Mapping[str, Any] = field(default_factory=dict)
    files: Sequence[int] = ()
    once: str = ""


def sent_before(person: Person, once: str, *, subject: Person | None = None) -> Case | None:
    """The case that a submission with this `once` made already, if it did."""
    if not once:
        return None
    own = Case.objects.filter(requester=subject or person, once=once).first()
    found = own or Case.objects.filter(source=WITHOUT_NAME, source_number=once).first()
    return found if isinstance(found, Case) else None


@atomic
def ask(person: Person, area: Area, asked: Asked, *, subject: Person | None = None) -> Case:
    """Open a request or an enquiry, with its category, its unit by the rules, and its clock.

    `subject` is the person asked for, by a mandate. What complains of a unit is seen by its parties alone,
    and never by that unit (信访工作条例 第30条). Without a name nothing in the case leads back to the asker.
    Raises `Denied`, `Refused`: no_kind, no_category, no_unit, no_text, too_long, not_both, file_gone.
    """
    mandate = mandate_for(person, subject, "requests") if subject is not None else None
    if subject is not None:
        if mandate is None:
            raise Denied("requests.ask_for")
        permit(person, "requests.ask_for", mandate)
    else:
        permit(person, "requests.ask", area)
    earlier = sent_before(person, asked.once, subject=subject)
    if earlier is not None:
        return earlier
    check_asked(asked, area, for_another=subject is not None)
    return _open(person, area, asked, subject)


def check_asked(asked: Asked, area: Area, *, for_another: bool) -> None:
    if asked.kind not in KINDS:
        raise Refused("no_kind", _("请选是反映问题还是打听事情。"), field="kind")
    if len(asked.text.strip()) > TEXT_MAX:
        raise Refused("too_long", _("最多写 %(most)s 个字，现在有 %(now)s 个字。请删短一些，要紧的留下。") % {
            "most": TEXT_MAX, "now": len(asked.text.strip())}, field="text")
    if not classifying.is_known(asked.category):
        raise Refused("no_category", _("没有这个种类，请在列出的里面选一个。"), field="category")
    if asked.visibility not in CHOOSABLE:
        raise Refused("no_visibility", _("请选谁看得到。"), field="visibility")
    if asked.is_anonymous and for_another:
        raise Refused("not_both", _("替家人提的，要写家人是谁，不能不留名。"), field="anonymous")
    unit = asked.complained_of
    if unit is not None and not (unit.is_active and area.code.startswith(unit.area_code)):
        raise Refused("no_unit", _("没有这个单位，请重选。"), field="complained_of")
    place = asked.building or asked.facility
    if place is not None and place.area_code[:12] != area.code[:12]:
        raise Refused("no_place", _("没有这个地方，请重选。"), field="where")


def _open(person: Person, area: Area, asked: Asked, subject: Person | None) -> Case:
    found = emergencies.found_in(f"{asked.title} {asked.text}", area.code)
    facts: dict[str, Any] = {"suggestion": dict(asked.suggestion)} if asked.suggestion else {}
    if found is not None:
        facts["emergency"] = found.told()
    if asked.complained_of is not None:
        facts["complained_of"] = asked.complained_of.pk
    if asked.files:
        facts["report_photos"] = [int(pk) for pk in asked.files]
    private = asked.complained_of is not None or (found is not None and found.private)
    nameless = asked.is_anonymous
    actor = None if nameless else person
    case = cases.open_case(
        actor, asked.kind, area, system=True, category=asked.category, title=asked.title or headline(asked.text),
        text=asked.text, place=asked.place, place_public=public_place(asked), building=_building(asked),
        facility=asked.facility, requester=None if nameless else (subject or person),
        agent=person if subject is not None else None, channel="app", facts=facts,
        urgency=Urgency.DANGER if found is not None else "", is_anonymous=nameless,
        visibility=Visibility.PARTIES if private else asked.visibility, once=asked.once,
        source=WITHOUT_NAME if nameless else "", source_number=asked.once if nameless else "")
    if asked.files:
        attach(person, asked.files, case)
    audit.record(actor, "requests.ask", case, acting_for=subject, anonymous=nameless, kind=asked.kind)
    return case


def headline(text: str) -> str:
    """The first sentence of what was written, short, without numbers that lead to a person."""
    first = text.strip().replace("\r", "").split("\n", 1)[0]
    for sign in "。！？!?；;":
        first = first.split(sign, 1)[0]
    first = mask_text(first.strip())
    return first if len(first) <= HEADLINE else first[:HEADLINE - 1] + "…"


def public_place(asked: Asked) -> str:
    """What neighbours may read of the place: the building at most."""
    building = _building(asked)
    if building is not None:
        return str(building)
    return asked.facility.name if asked.facility is not None else ""


def _building(asked: Asked) -> Building | None:
    return asked.building or (asked.facility.building if asked.facility is not None else None)
