"""What other rooms (the window, the assistant) ask of this one, by name: `linli.foundation.web.acts.perform`.

Every act is an ordinary verb: the acting person comes first, the actions authorise and write their own audit entries,
and `Denied` and `Refused` are raised as everywhere. `application` is the id of an application or of a bundle's filing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.transaction import atomic
from django.urls import reverse
from django.utils.translation import get_language, gettext as _

from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import today
from linli.foundation.files import StoredFile, keep
from linli.foundation.people.models import Mandate, Person
from linli.foundation.web import Denied, Refused
from linli.mechanisms.forms import actions as forms, known, values as kept, walk
from linli.mechanisms.forms.definition import Field
from linli.mechanisms.forms.models import Sheet, SheetState
from linli.services.gov import letters, papers_needed
from linli.services.gov.actions import applying
from linli.services.gov.models import Application, Filing
from linli.services.gov.queries import applications, items

PURPOSE = "gov.application"
Thing = Application | Filing


def find(person: Person, *, words: str = "", limit: int = 8, area: Area | None = None) -> list[dict[str, Any]]:
    """Items and bundles by everyday words, the best first, as they count in `area` (default: the person's own)."""
    hits = items.find(words, area=area or person.community, limit=limit) if words.strip() else []
    return [{"slug": hit.slug, "name": hit.name, "bundle": hit.is_bundle, "url": hit.url, "summary": hit.summary}
            for hit in hits]


def begin(person: Person, *, item: str, subject: Person | None = None,
          contact: tuple[str, str] | Mapping[str, str] | None = None, mandate: Mandate | None = None,
          channel: str = "app", once: str = "", area: Area | None = None) -> dict[str, Any]:
    """Begin an item or a bundle, or go on with what was begun. `contact`: (name, phone) of who has no account."""
    pair = (contact.get("name", ""), contact.get("phone", "")) if isinstance(contact, Mapping) else contact
    thing = applying.begin(person, item=item, area=area, subject=subject, contact=pair, mandate=mandate,
                           channel=channel, once=once)
    sheet = _sheet(person, thing)
    return {"application": thing.pk, "number": getattr(thing, "number", ""), "fill_url": applying.fill_url(thing),
            "pages": [{"page": step.token, "title": step.title}
                      for step in walk.steps(sheet.definition, sheet.values, on=today())]}


def page(person: Person, *, application: int, page: str) -> dict[str, Any]:
    """One page of the form: its questions as they are now, with what was answered or is known."""
    sheet = _sheet(person, _thing(person, application))
    form, on = sheet.definition, today()
    step = walk.step_of(form, sheet.values, page, on=on)
    if step is None:
        raise Refused("no_step", _("这一页现在不用填了，请从核对页接着填。"))
    facts = walk.facts_at(form, step, sheet.values, on=on)
    given = known.values_for(sheet.subject, form)
    fields = []
    for one in walk.shown_fields(form, step, sheet.values, on=on):
        if not isinstance(one, Field) or one.computed is not None:
            continue
        kind = form.element(one.element)
        value = facts.get(one.element)
        if value is None and one.element in given:
            value = given[one.element].value
        fields.append({
            "element": one.element, "title": kind.label, "type": kind.type,
            "options": [{"value": option.value, "title": _said(option)} for option in kind.options],
            "required": walk.is_required(form, one, facts, on=on),
            "value": value if kind.is_file or value is None else kept.typed(kind, value)})
    return {"title": step.title, "fields": fields, "seen": sheet.seen}


def _said(option: Any) -> str:
    return str((option.title_en if (get_language() or "").startswith("en") else "") or option.title)


def save_page(person: Person, *, application: int, page: str, values: Mapping[str, Any], seen: int) -> dict[str, Any]:
    """Save one page. `errors`: element → sentence, then nothing was saved; `next`: the page after it, "" at the end."""
    sheet = _sheet(person, _thing(person, application))
    try:
        sheet = forms.save_page(person, sheet, page, values, seen=seen)
    except Refused as refusal:
        if refusal.code != "invalid":
            raise
        return {"errors": dict(refusal.data.get("errors") or {}), "next": page, "seen": sheet.seen}
    following = walk.next_step(sheet.definition, sheet.values, page, on=today())
    return {"errors": {}, "next": following.token if following else "", "seen": sheet.seen}


@atomic
def hand_in(person: Person, *, application: int, signed_name: str = "", agreed: bool = True) -> dict[str, Any]:
    """Sign and hand in; pressed ten times it has one number. `missing`: papers that are still to come.

    At a counter the name is that of who it is for, who signed the paper in front of the person. Raises
    `Refused("incomplete", data={"steps"})` while something required is not answered.
    """
    thing = _thing(person, application)
    sheet = _sheet(person, thing)
    if sheet.state == SheetState.DRAFT:
        forms.submit(person, sheet, signed_name=signed_name or thing.for_whom, agreed=agreed,
                     agreed_sensitive=agreed, seen=sheet.seen)
    rows = applying.hand_in(person, thing)
    first = next((row for row in rows if row.number), rows[0])
    return {"number": first.number, "numbers": [row.number for row in rows if row.number],
            "due_at": first.due_at, "receipt_url": reverse("gov:mine_receipt", args=[first.number]),
            "missing": [need.name for row in rows for need in papers_needed.unsettled(row)]}


def where(person: Person, *, number: str) -> dict[str, Any]:
    """Where one application stands. Raises `Denied` where it is not the person's to see."""
    row = applications.by_number(person, number.strip().upper())
    if row is None:
        raise Denied("gov.where")
    told = applications.where(row)
    return {"number": row.number, "item": applications.name_of(row), "state": row.state,
            "state_title": str(row.get_state_display()), "due_at": told.until_at, "who": told.who,
            "missing": [one.name for one in told.missing if not one.is_there], "next": told.following,
            "url": applications.one_url(row)}


def papers(person: Person, *, application: int) -> list[dict[str, Any]]:
    """Every paper that these answers want. `need`: required or later; `offered`: it lies in the wallet."""
    english = "en" if (get_language() or "").startswith("en") else "official"
    return [{"key": line.need.key, "name": line.need.name, "item": row.slug, "ways": list(line.need.ways),
             "need": "required" if line.need.is_required else "optional", "brought": line.is_settled,
             "offered": line.offered is not None}
            for row in applications.members(_thing(person, application))
            for line in papers_needed.lines(row, person, english)]


def paper_form(person: Person, *, item: str, large: bool = True, area: Area | None = None) -> bytes:
    """The item's form as a paper to write on; its code begins, or goes on with, one draft."""
    here = area or person.community
    row = items.published(item, here)
    if row is None:
        raise Refused("off", _("这件事现在不能在这里申请。去之前请先打电话问清楚。"))
    return letters.paper_form(row.version, area=here, large=large)


def read_paper(person: Person, *, code: str) -> dict[str, str] | None:
    """What stands behind the code on a paper form: the item, its name, and the key of its one draft; None for a code
    that was not printed here. `code`: what the scanner gave, an address or its last part."""
    read = letters.read_paper(code.strip().rstrip("/").rpartition("/")[2])
    if read is None:
        return None
    slug, once, place = read
    row = items.published(slug, Area.objects.filter(code=place).first() or person.community)
    return None if row is None else {"item": slug, "title": row.item.name, "once": once}


@atomic
def attach(person: Person, *, application: int, material: str, file: Any, way: str = "file") -> dict[str, Any]:
    """Bring one paper: a photograph or PDF, or (`way`) that it was seen at the counter."""
    thing = _thing(person, application)
    rows = [row for row in applications.members(thing)
            if any(need.key == material for need in papers_needed.needed(row))]
    if not rows:
        raise Refused("unknown", _("这件事不要这份材料。"))
    for row in rows:
        files: Sequence[StoredFile] = [keep(person, file, purpose=PURPOSE)] if file is not None else []
        applying.bring(person, row, material, way=way, files=files)
        if file is not None and hasattr(file, "seek"):
            file.seek(0)
    return {"material": material, "way": way}


def _thing(person: Person, pk: int) -> Thing:
    found = applications.thing_of(person, int(pk))
    if found is None:
        raise Denied("gov.own")
    return found


def _sheet(person: Person, thing: Thing) -> Sheet:
    """The sheet of `thing`, taken up by `person` where somebody else of the family began it. Raises `Denied`."""
    applying.take_up(person, thing)
    held = applications.sheet_of(thing)
    assert held is not None, "a draft is begun with its sheet"
    return Sheet.objects.select_related("version", "subject", "inquiry").get(pk=held.pk)
