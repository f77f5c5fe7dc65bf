"""What a place does with an item: say its own words with two people, take it off, put it back, check it again."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now, today
from linli.foundation.events import emit
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.web import Refused
from linli.services.gov.actions.loading import LOCAL_CHECKS, next_version, note_check
from linli.services.gov.items import checks, overlay
from linli.services.gov.items.faults import Fault
from linli.services.gov.models import (
    DraftState,
    ItemKind,
    ItemVersion,
    LocalDraft,
    Publication,
    PublicState,
    ServiceItem,
)


@atomic
def propose_local(person: Person, area: Area, item: ServiceItem, *, changes: Mapping[str, Any], note: str,
                  once: str = "") -> LocalDraft:
    """Write down what the place says differently; a colleague looks before anybody reads it.

    Raises `Denied`, `Refused`: not_here (an imported item has no local words), no_note, nothing_changed, waiting,
    invalid (the sentence names the first fault).
    """
    permit(person, "gov.edit_local", area)
    if once:
        sent = LocalDraft.objects.filter(prepared_by=person, once=once).first()
        if sent is not None:
            earlier: LocalDraft = sent
            return earlier
    if item.kind != ItemKind.SHIPPED:
        raise Refused("not_here", _("导入的目录只列出，不在这里改。要办这件事，请先做成完整的事项。"))
    if len(note.strip()) < 4:
        raise Refused("no_note", _("请写一句改了什么、为什么。"), field="note")
    ServiceItem.objects.select_for_update().get(pk=item.pk)
    if LocalDraft.objects.filter(item=item, area=area, state=DraftState.WAITING).exists():
        raise Refused("waiting", _("上一份改动还等同事看。先请他看完，或者退回重写。"))
    base = base_version(item)
    clean = {"local": dict(changes.get("local") or {}), **{k: v for k, v in changes.items() if k != "local"}}
    may_be_said(base.body, clean)
    current = publication_for(item, area)
    made = overlay.merged(base.body, clean)
    if current is not None and all(made.get(part) == current.version.body.get(part) for part in ("local", "faq")):
        raise Refused("nothing_changed", _("和现在公布的一样，没有要改的。"))
    draft: LocalDraft = LocalDraft.objects.create(
        item=item, area=area, changes=clean, note=note.strip()[:200], prepared_by=person, once=once)
    audit.record(person, "gov.edit_local", draft)
    return draft


def may_be_said(base: Mapping[str, Any], changes: Mapping[str, Any]) -> None:
    """Whether a place may lay that over the base. Raises `Refused("invalid")`: the sentence names the first fault."""
    faults = overlay.faults(base, changes) or checks.failing(
        overlay.merged(base, changes), checks.World(today()), only=LOCAL_CHECKS)
    if faults:
        raise Refused("invalid", _("还差一点：%(first)s") % {"first": faults[0].sentence})


@atomic
def publish_local(person: Person, draft: LocalDraft) -> ItemVersion:
    """The second of four eyes: what a colleague prepared becomes the place's next version.

    Raises `Denied`, `Refused`: own, not_waiting, invalid (the base changed meanwhile).
    """
    permit(person, "gov.publish", draft)
    row = _waiting(draft)
    if row.prepared_by_id == person.pk:
        raise Refused("own", _("自己写的要请另一位同事来发布。"))
    base = base_version(row.item)
    changes = {**row.changes, "checked": {
        "by": f"{row.area.name} {person.shown_name}"[:80], "on": today().isoformat(),
        "months": int((base.body.get("checked") or {}).get("months") or checks.CHECK_MONTHS)}}
    may_be_said(base.body, changes)
    version = next_version(row.item, overlay.merged(base.body, changes), area=row.area, changes=changes,
                           made_by=row.prepared_by, checked_by=person, note=row.note)
    row.state, row.decided_by, row.decided_at = DraftState.PUBLISHED, person, now()
    row.save(update_fields=["state", "decided_by", "decided_at"])
    here = _own_publication(row.item, row.area, version)
    here.version, here.state, here.reason = version, PublicState.PUBLISHED, ""
    here.changed_by, here.changed_at = person, now()
    note_check(here, version.body)
    here.save()
    audit.record(person, "gov.publish", here, version=version.number)
    emit("knowledge.changed", room="gov")
    return version


@atomic
def send_back(person: Person, draft: LocalDraft, *, answer: str) -> LocalDraft:
    """Not like this; the author may send their own back. Raises `Denied`, `Refused`: not_waiting, no_answer."""
    permit(person, "gov.edit_local", draft)
    row = _waiting(draft)
    if len(answer.strip()) < 4:
        raise Refused("no_answer", _("请写一句要改什么。"), field="answer")
    row.state, row.decided_by, row.decided_at = DraftState.SENT_BACK, person, now()
    row.answer = answer.strip()[:200]
    row.save(update_fields=["state", "decided_by", "decided_at", "answer"])
    audit.record(person, "gov.send_back", row)
    return row


@atomic
def take_off(person: Person, area: Area, item: ServiceItem, *, reason: str) -> Publication:
    """The place's people no longer find it, and who opens it reads why. Twice is once. Raises `Denied`, `Refused`:
    no_reason."""
    permit(person, "gov.publish", area)
    if len(reason.strip()) < 4:
        raise Refused("no_reason", _("请写一句为什么下架，居民会看到。"), field="reason")
    row = _here(item, area)
    if row.state == PublicState.OFF:
        return row
    row.state, row.reason = PublicState.OFF, reason.strip()[:200]
    return _changed(person, row, "gov.take_off")


@atomic
def put_back(person: Person, area: Area, item: ServiceItem) -> Publication:
    """Public again: published where every check passes, else listed. Raises `Denied`."""
    permit(person, "gov.publish", area)
    row = _here(item, area)
    if row.state != PublicState.OFF:
        return row
    row.state, row.reason = _state_of(item, row), ""
    return _changed(person, row, "gov.put_back")


@atomic
def renew_check(person: Person, area: Area, item: ServiceItem, *, note: str) -> Publication:
    """Somebody read it against the rules in force and the window's own practice: the months begin anew.

    Raises `Denied`, `Refused`: no_note (what was compared with), not_here.
    """
    permit(person, "gov.check", area)
    if item.kind != ItemKind.SHIPPED:
        raise Refused("not_here", _("导入的目录只列出，不在这里改。要办这件事，请先做成完整的事项。"))
    if len(note.strip()) < 4:
        raise Refused("no_note", _("请写一句对照了什么，例如哪份文件、问了哪个窗口。"), field="note")
    row = _here(item, area)
    row.checked_by, row.checked_on = f"{area.name} {person.shown_name}"[:80], today()
    if row.state == PublicState.LISTED:
        row.state = _state_of(item, row)
    return _changed(person, row, "gov.check", note=note.strip()[:200])


def _changed(person: Person, row: Publication, verb: str, note: str = "") -> Publication:
    row.changed_by, row.changed_at = person, now()
    row.save()
    audit.record(person, verb, row, item=row.item.slug, note=note)
    emit("knowledge.changed", room="gov")
    return row


def _state_of(item: ServiceItem, row: Publication) -> PublicState:
    """Published where every check passes today, with the place's own date of checking; imported ones are listed."""
    if item.kind == ItemKind.IMPORTED:
        return PublicState.LISTED
    return PublicState.LISTED if failing(row) else PublicState.PUBLISHED


_JUDGED_MOST = 2_000
_judged: dict[tuple[object, ...], list[Fault]] = {}  # a version never changes, nor what was found wrong with it


def failing(row: Publication) -> list[Fault]:
    """What stands in the way of publishing a version for a place, by the day and the search of now."""
    from linli.services.gov.queries.finding import slugs_for, stamp

    checked = {"by": row.checked_by, "on": row.checked_on.isoformat() if row.checked_on else "",
               "months": row.checked_months}
    key = (row.version_id, stamp(), today(), *checked.values())
    if key not in _judged:
        if len(_judged) >= _JUDGED_MOST:
            _judged.clear()
        _judged[key] = checks.failing({**row.version.body, "checked": checked}, checks.World(today(), slugs_for))
    return _judged[key]


def base_version(item: ServiceItem) -> ItemVersion:
    """The newest version that is everybody's."""
    found: ItemVersion = ItemVersion.objects.filter(item=item, area=None).order_by("-number")[:1].get()
    return found


def publication_for(item: ServiceItem, area: Area | None) -> Publication | None:
    """What counts in a place: its own row, else that of the nearest place above it, else everybody's."""
    rows = Publication.objects.filter(item=item).select_related("item", "area", "version")
    fitting = [row for row in rows if row.area is None or (area is not None and area.code.startswith(row.area.code))]
    return max(fitting, key=lambda row: len(row.area.code) if row.area else 0, default=None)


def _here(item: ServiceItem, area: Area) -> Publication:
    ServiceItem.objects.select_for_update().get(pk=item.pk)
    current = publication_for(item, area)
    if current is None:
        raise Refused("not_public", _("这件事还没有公布过。"))
    if current.area_id == area.pk:
        return current
    return Publication(item=item, area=area, version=current.version, state=current.state,
                       checked_by=current.checked_by, checked_on=current.checked_on,
                       checked_months=current.checked_months, reason=current.reason)


def _own_publication(item: ServiceItem, area: Area, version: ItemVersion) -> Publication:
    found = Publication.objects.filter(item=item, area=area).first()
    return found or Publication(item=item, area=area, version=version)


def _waiting(draft: LocalDraft) -> LocalDraft:
    row: LocalDraft = LocalDraft.objects.select_for_update().select_related("item", "area", "prepared_by").get(
        pk=draft.pk)
    if row.state != DraftState.WAITING:
        raise Refused("not_waiting", _("这份改动已经处理过了。"))
    return row


def is_overdue(row: Publication, on: date) -> bool:
    """Whether it should have been checked again."""
    return row.is_published and row.due_on is not None and row.due_on <= on
