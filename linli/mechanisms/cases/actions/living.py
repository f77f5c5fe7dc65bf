"""Opening a case and moving it on."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, connection
from django.db.transaction import atomic
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.areas.models import Area, Building, Facility, Home
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.prepared import Prepared, insert
from linli.foundation.privacy.masks import mask_door, mask_text
from linli.foundation.records import new_id
from linli.foundation.web import Denied, Refused
from linli.mechanisms.cases import engine, routing, timers
from linli.mechanisms.cases.actions.talking import send_message
from linli.mechanisms.cases.kinds import Kind, current, say
from linli.mechanisms.cases.models import Case, CaseEvent, Contact, Visibility, jsonable

TEXT_MAX = 5000


@dataclass
class Opening:
    """What is known of a matter when it arrives. `contact` is (name, phone) of a person without an account;
    `once` makes a replayed submission return the first case; `source_number` makes an import idempotent."""

    category: str
    title: str
    text: str = ""
    place: str = ""
    place_public: str = ""
    building: Building | None = None
    home: Home | None = None
    facility: Facility | None = None
    lon: float | None = None
    lat: float | None = None
    requester: Person | None = None
    agent: Person | None = None
    channel: str = "app"
    urgency: str = ""
    visibility: str = ""
    is_anonymous: bool = False
    contact: tuple[str, str] | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    source: str = ""
    source_number: str = ""
    once: str = ""
    opened_at: datetime | None = None


def open_case(
    person: Person | None, kind_code: str, area: Area, *, verb: str = "cases.open", system: bool = False, **known: Any,
) -> Case:
    """Open a case: number, row, first event, its timers, audit entry and outbox message, in one transaction.

    `known` are the fields of `Opening`. `system` is for imports and devices that their own action authorised.
    Raises `Denied`, `Refused("too_long" | "no_text")`.
    """
    opening = Opening(**known)
    if opening.requester is None and not opening.contact and not opening.is_anonymous and not opening.source:
        opening.requester = person
    earlier = sent_before(opening.requester, opening.once)
    if earlier is not None:
        return earlier
    try:
        with atomic():
            if not system:
                permit(person, verb, area)
                _for_whom(person, opening)
            return _write(person, current(kind_code), area, opening)
    except IntegrityError:
        # Two taps at once: the first one's case is the answer to both.
        again = sent_before(opening.requester, opening.once)
        if again is None:
            raise
        return again


def _for_whom(person: Person | None, opening: Opening) -> None:
    """A resident reports for themselves, or as the agent their room's mandate made them; staff for whoever calls."""
    if person is None or person.is_staff or opening.requester in (None, person) or opening.agent == person:
        return
    raise Denied("cases.open_for")


def sent_before(requester: Person | None, once: str) -> Case | None:
    """The case that this very submission became already; None for one without a key."""
    if not once:
        return None
    return _once.first(requester.pk, once) if requester else _once_nobody.first(once)


# `exclude` is the condition of the index: without it in the query, no database would use it.
_once = Prepared(lambda requester, once: Case.objects.filter(requester=requester, once=once).exclude(once=""))
_once_nobody = Prepared(lambda once: Case.objects.filter(requester=None, once=once).exclude(once="").order_by("pk")[:1])


def _write(person: Person | None, kind: Kind, area: Area, opening: Opening) -> Case:
    text = opening.text.strip()
    title = mask_text(opening.title.strip())[:80]  # lists show it: no phone or identity number in it
    if not title and not text:
        raise Refused("no_text", _("请写一句哪里不对。"), field="text")
    if len(text) > TEXT_MAX:
        raise Refused("too_long", _("说明最多 %(most)s 个字，现在有 %(now)s 个字。请删短一些，要紧的留下。") % {
            "most": TEXT_MAX, "now": len(text)}, field="text")
    category = kind.category(opening.category)
    moment = opening.opened_at or now()
    urgency = opening.urgency or (category.urgency if category else "") or "normal"
    building = opening.building
    grid = area.code if len(area.code) == 15 else _grid_of(building)
    routed = routing.route(
        area_code=grid or area.code, kind_code=kind.code, category=opening.category, source=opening.source,
        text=f"{title} {text}", compound_id=building.compound_id if building else None,
        not_unit=opening.facts.get("complained_of"))
    if routed.urgency and urgency == "normal":
        urgency = routed.urgency
    visibility = opening.visibility or (category.visibility if category else "") or kind.visibility
    if visibility in (Visibility.AREA, Visibility.PUBLIC):
        title = mask_door(title)  # neighbours read it: the building at most
    case = Case(
        id=new_id(), kind_code=kind.code, kind_version=kind.version, state=kind.first,
        area_code=area.code[:12], grid_code=grid,
        category=opening.category, title=title or mask_text(text)[:40], text=text, place=opening.place[:120],
        place_public=opening.place_public[:120], building=building, home=opening.home, facility=opening.facility,
        lon=opening.lon, lat=opening.lat, requester=opening.requester, agent=opening.agent, channel=opening.channel,
        urgency=urgency, visibility=visibility,
        is_anonymous=opening.is_anonymous, facts=opening.facts, source=opening.source,
        source_number=opening.source_number, once=opening.once, unit_id=routed.unit_id,
        created=moment, updated=moment, seq=1, number=take_number(area, moment))
    running = [timers.start(case, rule, moment) for rule in kind.timers.values() if "open" in rule.starts]
    shown = [timer for timer in running if kind.timers[timer.name].shown]
    if shown:
        first = min(shown, key=lambda timer: timer.due_at)
        case.due_at, case.due_name, case.is_provisional = first.due_at, first.name, first.is_provisional
    insert(case)
    acting_for = opening.requester if opening.agent else None
    insert(CaseEvent(
        case=case, seq=1, at=moment, actor=person, acting_for=acting_for, channel=case.channel, name="open",
        to_state=case.state, text_public=say(kind.opened.text), data={"route": routed.told()},
        changes=_columns(case)))
    insert(*running)
    if opening.contact:
        Contact.objects.create(case=case, name=opening.contact[0], phone=opening.contact[1])
    audit.record(person, "cases.open", case, acting_for=acting_for, kind=kind.code, number=case.number)
    emit("case.opened", case=case.pk, kind=kind.code, state=case.state, by=person.pk if person else None)
    return case


_FOLDED = (
    "number", "kind_code", "kind_version", "state", "is_open", "area_code", "grid_code", "category", "title", "place",
    "place_public", "building", "home", "facility", "lon", "lat", "unit", "assignee", "offered_to", "requester",
    "agent", "channel", "urgency", "visibility", "is_anonymous", "facts", "due_at", "due_name", "is_provisional",
    "level", "cycle", "nudges", "followers", "source", "source_number", "once",
)


def _columns(case: Case) -> dict[str, Any]:
    """Every folded column of a fresh row, foreign keys by their ids."""
    return {
        name: jsonable(getattr(case, Case._meta.get_field(name).attname)) for name in _FOLDED  # type: ignore[union-attr]
    }


def _grid_of(building: Building | None) -> str:
    return building.grid.code if building is not None and building.grid_id and building.grid else ""


def take_number(area: Area, moment: datetime) -> str:
    """`WTL-261124-0031`: letters of the community, local date, sequence of the day. One statement."""
    day = timezone.localtime(moment).date()
    code = area.code[:12]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO cases_numbering (id, area_code, day, last) VALUES (%s, %s, %s, 1) "
            "ON CONFLICT (area_code, day) DO UPDATE SET last = cases_numbering.last + 1 RETURNING last",
            [new_id(), code, day])
        last = cursor.fetchone()[0]
    return f"{letters_of(area)}-{day:%y%m%d}-{last:04d}"


def letters_of(area: Area) -> str:
    """The letters in front of a place's numbers; made unique by its code where none were given."""
    return area.short or f"C{area.code[6:12]}"


@atomic
def act(
    person: Person | None, case: Case, name: str, *, note: str = "", internal: str = "", seen: int | None = None,
    channel: str = "app", acting_for: Person | None = None, system: bool = False, **data: Any,
) -> Case:
    """Make transition `name` of the case's kind; the only way a state changes.

    `seen` is the event number the person's page showed. Raises `Denied`,
    `Refused("moved_on" | "changed" | "missing" | …)`.
    """
    if channel == "api":  # a program sends a photo, it does not say that there is one
        data = {key: value for key, value in data.items() if not key.endswith("_photo")}
    locked = engine.lock(case.pk)
    transition = locked.kind.transitions.get(name)
    if transition is None:
        raise Refused("no_such_step", _("没有这一步，请刷新后再看。"))
    engine.check_version(locked, seen)
    engine.move(person, locked, transition, channel=channel, note=note, internal=internal, acting_for=acting_for,
                data=data, system=system)
    return locked


@atomic
def supply(person: Person, case: Case, text: str, *, channel: str = "app") -> Case:
    """Words of the requester; a case that rested until it had them goes on (补上就接着办).

    Raises `Denied`, `Refused("no_text" | "too_long")`.
    """
    send_message(person, case, text, channel=channel)
    locked = engine.lock(case.pk)
    resting = locked.now_state.clock == "pause" and locked.now_state.waits_for == "requester"
    steps = engine.transitions_for(person, locked) if resting else []
    onward = next((step for step in steps if "@requester" in step.who and step.button == "main"), None)
    if onward is not None and not onward.required:
        engine.move(person, locked, onward, channel=channel)
    return locked


def visibility_choices() -> list[tuple[str, str]]:
    """What a requester may choose: seen by neighbours in outline, or only by who handles it."""
    return [(Visibility.AREA, str(Visibility.AREA.label)), (Visibility.PARTIES, str(Visibility.PARTIES.label))]


@atomic
def rebuild_projection(case: Case) -> dict[str, tuple[Any, Any]]:
    """Fold the events again and mend the row. Returns the columns that differed: name → (row, events)."""
    locked = engine.lock(case.pk)
    differing: dict[str, tuple[Any, Any]] = {}
    for name, value in engine.fold(locked).items():
        column = Case._meta.get_field(name)
        attname = column.attname  # type: ignore[union-attr]
        mine, theirs = getattr(locked, attname), engine.as_column(Case, name, value)
        if mine != theirs:
            differing[name] = (mine, theirs)
            setattr(locked, attname, theirs)
    if differing:
        locked.save(update_fields=list(differing))
    return differing
