"""From a half-made report to a case."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.areas.models import Area, Building, Facility, Home
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.files import StoredFile, attach, drop
from linli.foundation.people.models import Organisation, Person
from linli.foundation.people.permit import permit
from linli.foundation.people.queries import mandate_for
from linli.foundation.prepared import Prepared
from linli.foundation.web import Denied, Refused
from linli.mechanisms.cases import actions as cases
from linli.mechanisms.cases.models import Case, Visibility
from linli.services.repairs import queries
from linli.services.repairs.models import ReportDraft
from linli.services.repairs.texts import danger_line

TEXT_MAX = 2000
PHOTOS_MAX = 6


@dataclass
class Report:
    """A repair as its reporter told it. `slot` is the wished visit as ISO moments (starts, ends)."""

    text: str
    category: str = ""
    urgency: str = ""
    building: Building | None = None
    home: Home | None = None
    facility: Facility | None = None
    lon: float | None = None
    lat: float | None = None
    detail: str = ""
    slot: tuple[str, str] | None = None
    entry: str = ""
    at_home: Sequence[str] = ()
    contact: tuple[str, str] | None = None
    is_private: bool = False
    photos: Sequence[int] = ()
    once: str = ""
    channel: str = "app"
    danger_told: bool = False
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def place(self) -> str:
        """For those who handle it: as exact as it was told."""
        where = str(self.home or self.facility or self.building or "")
        if self.facility is not None and self.facility.code:
            where = f"{where} {self.facility.code}"
        return " · ".join(part for part in (where, self.detail.strip()) if part)[:120]

    @property
    def place_public(self) -> str:
        """For neighbours: the building at most; a thing of the common part by its name."""
        if self.home is None and self.facility is not None:
            return self.facility.name[:120]
        return str(self.building)[:120] if self.building else ""

    @property
    def title(self) -> str:
        """The first sentence, in the reporter's words."""
        first = self.text.strip().splitlines()[0] if self.text.strip() else ""
        for sign in "。；;！!？?":
            first = first.partition(sign)[0]
        return first.strip()[:40]


@atomic
def keep_draft(person: Person, data: dict[str, Any], *, photos: Sequence[int] | None = None) -> ReportDraft:
    """Keep what one step was told; the first step makes the draft and its idempotency key."""
    row = ReportDraft.objects.select_for_update().filter(person=person).first()
    if row is None:
        row = ReportDraft(person=person, once=uuid4().hex)
    row.words = json.dumps({**row.data, **data}, ensure_ascii=False)
    if photos is not None:
        row.photos = list(dict.fromkeys(photos))[:PHOTOS_MAX]
    row.updated = now()
    row.save()
    return row


@atomic
def drop_draft(person: Person) -> None:
    """The person does not want to go on with it."""
    for row in ReportDraft.objects.filter(person=person):
        permit(person, "repairs.drop_draft", row)
        audit.record(person, "repairs.drop_draft", row)
        for stored in StoredFile.objects.filter(pk__in=row.photos, owner=person, about_type=""):
            drop(person, stored)
        row.delete()


def sent_before(person: Person, once: str) -> Case | None:
    """The case this very report became before, if it was sent already."""
    if not once:
        return None
    return next(iter([*_own_once.all(person.pk, once), *_others_once.all(person.pk, once)]), None)


# A key is one within a requester's cases, and no index knows it alone. `exclude` is the condition of that index.
_own_once = Prepared(lambda person, once: Case.objects.filter(
    requester=person, once=once, kind_code="repair").exclude(once=""))
_others_once = Prepared(lambda agent, once: Case.objects.filter(
    agent=agent, once=once, kind_code="repair").exclude(once=""))


@atomic
def report(person: Person, area: Area, told: Report, *, subject: Person | None = None) -> Case:
    """A resident reports, for themselves or for who gave them a mandate. The same `once` twice is one case.

    Raises `Denied`, `Refused("no_text" | "too_long" | "no_place" | "file_gone")`.
    """
    requester, agent = person, None
    if subject is not None and subject.pk != person.pk:
        if mandate_for(person, subject, "repairs") is None:
            raise Denied("repairs.report")
        requester, agent = subject, person
        area = subject.community or area
    else:
        permit(person, "repairs.report", area)
    earlier = cases.sent_before(requester, told.once)
    if earlier is not None:
        return earlier
    case = _open(person, area, told, requester=requester, agent=agent)
    ReportDraft.objects.filter(person=person, once=told.once).delete()
    return case


@atomic
def report_at_desk(person: Person, area: Area, told: Report, *, requester: Person | None = None,
                   company: Organisation | None = None) -> Case:
    """Staff write down what somebody says by telephone, at the window or on paper.

    Raises `Denied`, `Refused` as `report`, and `Refused("no_contact")` where nobody could be called back.
    """
    permit(person, "repairs.report_at_desk", company or area)
    if requester is None and not (told.contact and told.contact[1]):
        raise Refused("no_contact", _("请填来人的电话，好给人回话。"), field="phone")
    earlier = cases.sent_before(requester, told.once)
    if earlier is not None:
        return earlier
    return _open(person, area, told, requester=requester, agent=None)


def _open(person: Person, area: Area, told: Report, *, requester: Person | None, agent: Person | None) -> Case:
    text = told.text.strip()
    if not text:
        raise Refused("no_text", _("请写一句哪里不对。"), field="text")
    if len(text) > TEXT_MAX:
        raise Refused("too_long", _("说明最多 %(most)s 个字，现在有 %(now)s 个字。请删短一些，要紧的留下。") % {
            "most": TEXT_MAX, "now": len(text)}, field="text")
    if not (told.building or told.facility or told.home or told.lon is not None or told.detail.strip()):
        raise Refused("no_place", _("请说一下在哪里。"), field="place")
    _check_place(area, told)
    kind = queries.kind()
    category = kind.categories.get(told.category) or queries.guess(text)
    code = category.code if category else "other"
    facts: dict[str, Any] = dict(told.facts)
    if told.photos:
        facts["report_photos"] = [int(pk) for pk in told.photos]
    if told.slot:
        facts["wish"] = list(told.slot)
    if told.entry:
        facts["entry"], facts["at_home"] = told.entry, list(told.at_home)
    if danger_line(code):
        facts["danger_told"] = told.danger_told
    urgency = category.urgency if category and category.urgency == "danger" else told.urgency
    private = told.is_private or told.home is not None
    case = cases.open_case(
        person, "repair", area, system=True, category=code, title=told.title, text=text, place=told.place,
        place_public=told.place_public, building=told.building, home=told.home, facility=told.facility,
        lon=told.lon, lat=told.lat, requester=requester, agent=agent, channel=told.channel, urgency=urgency,
        visibility=Visibility.PARTIES if private else "", contact=told.contact, facts=facts, once=told.once)
    if told.photos:
        attach(person, list(told.photos), case)
    again = queries.warranties(case)
    if again:
        first = again[0][0].quote.case.number
        _note_rework(case, first)
    audit.record(person, "repairs.report", case, acting_for=requester if agent else None, channel=told.channel)
    emit("repairs.reported", case=case.pk)
    return case


def _note_rework(case: Case, number: str) -> None:
    """返修: the same fault inside its warranty is linked to the first case, free, and counted."""
    from linli.mechanisms.cases import engine

    locked = engine.lock(case.pk)
    engine.append(locked, None, "payer", channel="system", changes={"facts": {**locked.facts, "rework_of": number}},
                  data={"rework_of": number}, text_public=_("上次修的还在保修期内（单号 %(number)s），这次免费。") % {
                      "number": number})
    case.facts, case.seq = locked.facts, locked.seq


def _check_place(area: Area, told: Report) -> None:
    """A forged id of another community is nobody's place here. Raises `Denied`."""
    for thing in (told.building, told.home, told.facility):
        if thing is not None and not thing.area.code.startswith(area.code[:12]):
            raise Denied("repairs.report")
    if (told.lon is None) != (told.lat is None):
        raise Refused("no_place", _("经度和纬度要一起填。"), field="lon")
    if told.lon is not None and told.lat is not None and not (-180 <= told.lon <= 180 and -90 <= told.lat <= 90):
        raise Refused("no_place", _("这个位置不在地图上，请重填。"), field="lon")


@atomic
def join(person: Person, case: Case) -> Case:
    """我也遇到 instead of a second report: the draft is done with. Raises `Denied`."""
    followed = cases.follow(person, case)
    ReportDraft.objects.filter(person=person).delete()
    return followed
