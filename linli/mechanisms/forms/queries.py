"""Reads that the pages share."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from linli.foundation.areas.models import Area, Level
from linli.foundation.calendar.clock import today
from linli.foundation.people.models import Person
from linli.mechanisms.forms.definition import Definition
from linli.mechanisms.forms.elements import CHOOSING
from linli.mechanisms.forms.models import Form, Inquiry, Sheet, SheetState
from linli.mechanisms.forms.settings import KEEPERS

_FULL = ("version__form", "inquiry", "subject", "area")


@dataclass(frozen=True)
class Tally:
    """How a question that can be counted was answered: (answer, how many, share in percent)."""

    label: str
    rows: tuple[tuple[str, int, int], ...]
    total: int


def areas_kept(person: Person) -> QuerySet[Area]:
    """The communities in which this person keeps forms."""
    return Area.objects.filter(
        person.scope_q("code", roles=frozenset(KEEPERS)), level=Level.COMMUNITY).order_by("code")


def desk_forms(person: Person, words: str = "") -> QuerySet[Form]:
    """The forms of the person's places, newest first."""
    rows = Form.objects.visible_to(person).select_related("area").annotate(
        version_count=Count("versions", distinct=True)).order_by("-created", "-pk")
    return rows.filter(title__icontains=words) if words else rows


def desk_inquiries(person: Person, *, state: str = "") -> QuerySet[Inquiry]:
    """What was sent round, newest first, with how many handed in and how many only began."""
    rows = Inquiry.objects.filter(person.scope_q("area__code", roles=frozenset(KEEPERS))).select_related(
        "area", "version__form").annotate(
        answered=Count("sheets", filter=Q(sheets__state=SheetState.SUBMITTED)),
        begun=Count("sheets", filter=Q(sheets__state=SheetState.DRAFT))).order_by("-opened_at", "-pk")
    if state == "open":
        return rows.filter(closed_at=None, closes_on__gte=today())
    return rows.exclude(closed_at=None, closes_on__gte=today()) if state == "closed" else rows


def open_for(person: Person) -> QuerySet[Inquiry]:
    """The open inquiries of the person's own community, the one that closes first on top."""
    return Inquiry.objects.filter(area=person.community, closed_at=None, closes_on__gte=today()).select_related(
        "area").order_by("closes_on", "pk")


def sheets_of(person: Person) -> QuerySet[Sheet]:
    """The person's own sheets of inquiries, newest first."""
    return Sheet.objects.filter(subject=person, erased_at=None, inquiry__isnull=False).select_related(
        *_FULL).order_by("-saved_at", "-pk")


def waiting_for(person: Person) -> list[tuple[Inquiry, Sheet | None]]:
    """Open inquiries that the person has not handed in, with what was begun."""
    asked = list(open_for(person))
    if not asked:
        return []
    begun = {sheet.inquiry_id: sheet for sheet in sheets_of(person)}
    found = [(inquiry, begun.get(inquiry.pk)) for inquiry in asked]
    return [(inquiry, sheet) for inquiry, sheet in found if sheet is None or sheet.state == SheetState.DRAFT]


def own_sheet(person: Person, pk: int) -> Sheet | None:
    """A sheet the person fills in, for themselves or for whom they act."""
    return Sheet.objects.filter(Q(subject=person) | Q(actor=person), pk=pk, erased_at=None).select_related(
        *_FULL).first()


def answers(inquiry: Inquiry) -> QuerySet[Sheet]:
    """What was handed in, newest first."""
    return Sheet.objects.filter(inquiry=inquiry, state=SheetState.SUBMITTED).select_related(
        "subject", "version", "area").order_by("-submitted_at", "-pk")


def tallies(form: Definition, sheets: Iterable[Sheet]) -> list[Tally]:
    """The questions with answers to choose from, counted; what was left open is not counted."""
    kinds = {name: form.element(name) for name in form.element_ids
             if form.element(name).type in (*CHOOSING, "yes_no") and not form.element(name).is_sensitive}
    counted: dict[str, Counter[Any]] = {name: Counter() for name in kinds}
    answered: Counter[str] = Counter()
    for sheet in sheets:
        values = sheet.values
        for name in kinds:
            given = values.get(name)
            if given is None or given == []:
                continue
            answered[name] += 1
            counted[name].update(given if isinstance(given, list) else [given])
    return [Tally(kind.label, tuple(
        (label, counted[name][value], round(100 * counted[name][value] / answered[name]) if answered[name] else 0)
        for value, label in _answers_of(kind)), answered[name]) for name, kind in kinds.items()]


def _answers_of(kind: Any) -> list[tuple[Any, str]]:
    if kind.type == "yes_no":
        return [(True, _("是")), (False, _("否"))]
    return [(option.value, option.label) for option in kind.options]


def running_on_older(form: Form) -> int:
    """Unfinished sheets of versions before the newest."""
    newest = form.published
    if newest is None:
        return 0
    return Sheet.objects.filter(
        version__form=form, version__number__lt=newest.number, state=SheetState.DRAFT).count()
