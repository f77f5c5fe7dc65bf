"""What the staff see of applications: whose turn it is, sorted by the clock; and one of them with all that is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import DateTimeField, Q, QuerySet, Value
from django.db.models.functions import Coalesce

from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now, today
from linli.foundation.files import StoredFile, link
from linli.foundation.people.models import Person
from linli.foundation.people.permit import may, reaches
from linli.mechanisms.cases.models import FAR
from linli.mechanisms.forms import union, walk
from linli.mechanisms.forms.definition import Definition
from linli.services.gov.actions.stepping import DECIDING, done_steps, may_decide, next_review, steps_of
from linli.services.gov.letters.forms import form_of
from linli.services.gov.models import AnsweredSheet, Application, ItemVersion
from linli.services.gov.papers_needed import Line, lines

OPEN = ("submitted", "correcting", "accepted", "decided")
QUEUES = ("mine", "open", "late", "submitted", "correcting", "accepted", "decided", "over")
_OVER = ("delivered", "refused", "withdrawn")
_FULL = ("version__item", "area", "case", "subject", "actor")


def queue(person: Person, area: Area, code: str, *, slug: str = "", words: str = "") -> QuerySet[Application]:
    """The applications of a place in one queue, the nearest deadline first; those without a clock last."""
    rows: QuerySet[Application] = Application.objects.visible_to(person).filter(area__code=area.code).exclude(
        number="").select_related(*_FULL)
    if code == "mine":
        rows = rows.filter(turn_q(person, area)).exclude(actor=person).exclude(subject=person)
    elif code == "late":
        rows = rows.filter(state__in=OPEN, due_at__lt=now())
    elif code == "over":
        rows = rows.filter(state__in=_OVER)
    elif code in OPEN:
        rows = rows.filter(state=code)
    else:
        rows = rows.filter(state__in=OPEN)
    if slug:
        rows = rows.filter(version__item__slug=slug)
    if words.strip():
        rows = rows.filter(number__icontains=words.strip()[:40])
    return rows.annotate(clock=Coalesce("due_at", Value(FAR), output_field=DateTimeField())).order_by("clock", "pk")


def turn_q(person: Person, area: Area) -> Q:
    """Those whose next step is `person`'s, by the roles held in that place."""
    found = Q(pk__in=[])
    if may(person, "gov.receive", area):
        found |= Q(state="submitted")
    if may(person, "gov.deliver", area):
        found |= Q(state="decided")
    reviews = may(person, "gov.review", area)
    if not reviews and not may(person, "gov.decide", area):
        return found
    # Which step an application stands at is a key of its version; a place has few versions running at a time.
    running = Application.objects.filter(area__code=area.code, state="accepted")
    for version, step in running.order_by().values_list("version", "step").distinct():
        body = _body(version)
        role = next((one.get("role") for one in body["local"].get("steps") or () if one["key"] == step), "decides")
        deciding = reaches(person, DECIDING.get(body["local"]["level"], DECIDING[""]), area)
        if (role == "reviews" and reviews) or (role != "reviews" and deciding):
            found |= Q(state="accepted", version=version, step=step)
    return found


_bodies: dict[int, Mapping[str, Any]] = {}  # a version never changes
_BODIES_MOST = 500


def _body(version: int) -> Mapping[str, Any]:
    if version not in _bodies:
        if len(_bodies) >= _BODIES_MOST:
            _bodies.clear()
        _bodies[version] = ItemVersion.objects.values_list("body", flat=True).get(pk=version)
    return _bodies[version]


def items_in(person: Person, area: Area) -> list[tuple[str, str]]:
    """(slug, name) of the items that were applied for there, for the filter."""
    rows = Application.objects.visible_to(person).filter(area__code=area.code).exclude(number="")
    found = set(rows.order_by().values_list("version__item__slug", "version__item__name"))
    return sorted(found, key=lambda one: one[1])


@dataclass(frozen=True)
class Turn:
    """What is to be done next: `verb` (accept, advance, decide, deliver, resume, wait, over), the item's step where
    there is one, and whether it is this reader's to do."""

    verb: str
    step: str = ""
    name: str = ""
    is_mine: bool = False
    is_own: bool = False  # filed by, or about, this reader: somebody else has to


def turn_of(person: Person, row: Application, *, is_paused: bool) -> Turn:
    """Whose turn it is, and with what."""
    own = person.pk in (row.actor_id, row.subject_id)
    if row.state == "submitted":
        return _turn("accept", "", "", may(person, "gov.receive", row), own)
    if row.state == "correcting":
        return Turn("wait")
    if row.state == "decided":
        return _turn("deliver", "", "", may(person, "gov.deliver", row), own)
    if row.state != "accepted":
        return Turn("over")
    if is_paused:
        return _turn("resume", "", "", may(person, "gov.review", row), own)
    step = next_review(row, done_steps(row))
    if step is not None:
        return _turn("advance", str(step["key"]), str(step["name"]), may(person, "gov.review", row), own)
    name = next((str(one["name"]) for one in steps_of(row, "decides")), "")
    return _turn("decide", "", name, may(person, "gov.decide", row) and may_decide(person, row), own)


def _turn(verb: str, step: str, name: str, granted: bool, own: bool) -> Turn:
    return Turn(verb, step, name, granted and not own, granted and own)


def answered(row: Application) -> AnsweredSheet | None:
    """The sheet behind an application: its own, or the one of the filing it belongs to."""
    pk = row.sheet_id or (row.filing.sheet_id if row.filing_id and row.filing else None)
    if pk is None:
        return None
    found: AnsweredSheet | None = AnsweredSheet.objects.filter(pk=pk).select_related("version", "area").first()
    return found


def definition_of(row: Application) -> Definition | None:
    """The questions of the pinned version."""
    return form_of(row.version)


def sections(row: Application, sheet: AnsweredSheet | None, audience: str) -> list[walk.Section]:
    """The answers of this application read back, as `audience` may read them."""
    definition = definition_of(row)
    if sheet is None or definition is None:
        return []
    values = sheet.values if row.sheet_id else union.values_for(definition, sheet.values)
    return walk.sections(definition, values, audience, on=today())


SHEET_LABEL = "forms.sheet"  # a proxy has a label of its own; its files lie under the table's


def files(person: Person, sheet: AnsweredSheet | None) -> list[tuple[str, str, str]]:
    """(name, address, thumbnail) of the files among the answers."""
    if sheet is None:
        return []
    found = StoredFile.objects.filter(about_type=SHEET_LABEL, about_id=str(sheet.pk)).order_by("pk")
    return [(one.name, link(one, person), link(one, person, thumb=True) if one.is_photo else "") for one in found]


def papers(row: Application, person: Person) -> list[tuple[Line, list[tuple[str, str, str]]]]:
    """Every paper the answers want, with (name, address, thumbnail) of the files that were handed in for it."""
    return [(line, [(one.name, link(one, person), link(one, person, thumb=True) if one.is_photo else "")
                    for one in line.files]) for line in lines(row, person)]


def by_number(person: Person, number: str) -> Application | None:
    """An application that was handed in and that `person` sees; None where it is not there for them."""
    found: Application | None = Application.objects.visible_to(person).filter(number=number).exclude(
        number="").select_related(*_FULL, "filing").first()
    return found


def rows_for_export(rows: QuerySet[Application]) -> Sequence[Application]:
    return list(rows[:20_000])
