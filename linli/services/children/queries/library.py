"""Reads about the small library. None of them can say what somebody read before: it is not kept."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import today
from linli.foundation.people.models import Person
from linli.services.children import isbns
from linli.services.children.models import (
    Copy,
    CopyState,
    Hold,
    HoldState,
    Loan,
    ReaderCard,
    StockTake,
    Title,
)


def catalogue(
    person: Person, area: Area, *, words: str = "", age: int | None = None, here: bool = False,
) -> QuerySet[Title]:
    """Titles by name, author, ISBN or call number, with `all_copies` and `free_copies`. One query."""
    rows: QuerySet[Title] = Title.objects.visible_to(person).filter(area__code=area.code[:12])
    words = words.replace("\0", "").strip()[:60]
    if words:
        found = Q(name__icontains=words) | Q(authors__icontains=words) | Q(call_number__iexact=words)
        if isbns.is_isbn(words):
            found |= Q(isbn=isbns.clean(words))
        rows = rows.filter(found)
    if age is not None:
        rows = rows.filter(Q(age_from=None) | Q(age_from__lte=age))
    living = ~Q(copies__state=CopyState.WITHDRAWN)
    rows = rows.annotate(
        all_copies=Count("copies", filter=living & Q(copies__isnull=False), distinct=True),
        free_copies=Count("copies", filter=Q(copies__state=CopyState.SHELF), distinct=True),
        waiting=Count("holds", filter=Q(holds__state=HoldState.WAITING), distinct=True))
    if here:
        rows = rows.filter(free_copies__gt=0)
    return rows.order_by("name", "id")


def copies_of(title: Title) -> QuerySet[Copy]:
    """The copies that are not withdrawn."""
    return title.copies.exclude(state=CopyState.WITHDRAWN).order_by("shelf", "barcode")


def loans_of(person: Person) -> list[Loan]:
    """What the person has now; the past is not kept. One query."""
    rows = Loan.objects.filter(reader=person, returned_at=None)
    return list(rows.select_related("copy__title", "area").order_by("due_on", "pk"))


@dataclass(frozen=True)
class Standing:
    """A hold and how many wait before it (0: next)."""

    hold: Hold
    before: int


def standing(person: Person) -> list[Standing]:
    """The person's holds with their turn."""
    rows = Hold.objects.filter(reader=person, state__in=[HoldState.WAITING, HoldState.READY]).select_related(
        "title", "copy").order_by("asked_at", "pk")
    return [
        Standing(one, 0 if one.state == HoldState.READY else Hold.objects.filter(
            Q(asked_at__lt=one.asked_at) | Q(asked_at=one.asked_at, pk__lt=one.pk), title=one.title_id,
            state=HoldState.WAITING).count())
        for one in rows]


def overdue(area: Area) -> QuerySet[Loan]:
    """What should be back by now; for the desk."""
    return Loan.objects.filter(area__code=area.code[:12], returned_at=None, due_on__lt=today()).select_related(
        "reader", "copy__title").order_by("due_on", "id")


def shelves(area: Area) -> list[str]:
    """The names of the shelves."""
    rows = Copy.objects.filter(area__code=area.code[:12]).exclude(shelf="").exclude(state=CopyState.WITHDRAWN)
    return sorted(rows.values_list("shelf", flat=True).distinct())


def card_held(person: Person) -> ReaderCard | None:
    """The card this person has, if one was made."""
    found: ReaderCard | None = ReaderCard.objects.filter(person=person).first()
    return found


def card(number: str) -> ReaderCard | None:
    """The card of that number, as scanned."""
    return ReaderCard.objects.select_related("person__community").filter(number=number.strip()[:10]).first()


@dataclass(frozen=True)
class Progress:
    """How a stock-take stands."""

    wanted: int
    seen: int
    strange: list[str]
    missing: list[Copy]


def take_progress(take: StockTake) -> Progress:
    """What should be on the shelves, what was seen, what was seen and is not known. Three queries."""
    codes = set(take.scans.values_list("barcode", flat=True))
    copies = Copy.objects.filter(area=take.area_id, state=CopyState.SHELF).select_related("title")
    if take.shelf:
        copies = copies.filter(shelf=take.shelf)
    rows = list(copies)
    known = set(Copy.objects.filter(area=take.area_id, barcode__in=codes).values_list("barcode", flat=True))
    return Progress(
        len(rows), sum(one.barcode in codes for one in rows), sorted(codes - known)[:50],
        [one for one in rows if one.barcode not in codes][:200])
