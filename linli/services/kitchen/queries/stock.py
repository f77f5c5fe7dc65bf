"""The shelf as reads: lots with what is left, what runs out, one lot's history, and both ways of following food."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Q, QuerySet, Sum

from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import today
from linli.foundation.people.models import Person
from linli.foundation.policy import policy
from linli.mechanisms.ledger import queries as reads
from linli.mechanisms.ledger.models import Entry, Phase
from linli.services.kitchen import books, words
from linli.services.kitchen.models import (
    HAD_IT,
    BatchLot,
    Donor,
    Gift,
    GiftState,
    Lot,
    LotState,
    Order,
)


@dataclass(frozen=True)
class OnShelf:
    """A lot, what lies there, how much of it menus keep, and how its date stands: good, soon or past."""

    lot: Lot
    left: int
    kept: int
    state: str

    @property
    def left_words(self) -> str:
        return words.amount(self.lot.ingredient.measure, self.left)

    @property
    def kept_words(self) -> str:
        return words.amount(self.lot.ingredient.measure, self.kept)


def on_shelf(lots: Iterable[Lot]) -> list[OnShelf]:
    """Those lots with what is left; two queries more."""
    rows = list(lots)
    standing, day = books.left_of(rows), today()
    ahead = policy("kitchen.expiry_warn_days", area=rows[0].area if rows else None)
    found = []
    for lot in rows:
        state = "past" if lot.expires_on < day else "soon" if lot.expires_on <= day + timedelta(days=ahead) else "good"
        found.append(OnShelf(lot, standing[lot.pk].posted, standing[lot.pk].pending_out,
                             lot.state if lot.state != LotState.USABLE else state))
    return found


def lots(person: Person, area: Area, *, ingredient_words: str = "") -> QuerySet[Lot]:
    """The lots `person` may see, what expires first on top."""
    rows: QuerySet[Lot] = Lot.objects.visible_to(person).filter(area=area)
    if ingredient_words:
        rows = rows.filter(ingredient__name__icontains=ingredient_words)
    return rows.select_related("ingredient", "area", "gift__donor").order_by("expires_on", "pk")


def running_out(area: Area, on: date) -> list[OnShelf]:
    """Lots with something left whose date is near or past, for the desk and the clock."""
    ahead = policy("kitchen.expiry_warn_days", area=area)
    rows = Lot.objects.filter(area=area, expires_on__lte=on + timedelta(days=ahead)).exclude(
        state=LotState.RECALLED).select_related("ingredient", "area").order_by("expires_on", "pk")
    return [one for one in on_shelf(rows) if one.left]


@dataclass(frozen=True)
class Move:
    """One line of a lot's history. `what` is the account on the other side: given, cooked, wasted, recalled …"""

    at: datetime
    what: str
    reason: str
    amount: int

    @property
    def code(self) -> str:
        return self.reason or self.what


def moves(lot: Lot) -> list[Move]:
    """What happened to the lot by its book, newest first: posted entries only."""
    account = reads.account(books.book(lot.area, lot.ingredient.measure), f"lot.{lot.pk}")
    if account is None:
        return []
    found = []
    rows = Entry.objects.filter(Q(debit=account) | Q(credit=account), phase=Phase.POSTED)
    for entry in rows.select_related("debit", "credit", "transfer").order_by("-id"):
        comes_in = entry.credit_id == account.pk
        other = entry.debit if comes_in else entry.credit
        found.append(Move(entry.at, other.code, str(entry.transfer.known_facts.get("reason", "")),
                          entry.amount if comes_in else -entry.amount))
    return found


@dataclass(frozen=True)
class Trace:
    """A lot forward: where it came from, the pots, the meals."""

    lot: Lot
    pots: Sequence[BatchLot]
    orders: Sequence[Order]
    served: int


def forward(lot: Lot) -> Trace:
    """From a sack to the plates it became."""
    pots = list(BatchLot.objects.filter(lot=lot).select_related("batch__menu").order_by("batch__cooked_at", "pk"))
    orders = list(Order.objects.filter(batch__in=[pot.batch_id for pot in pots]).select_related(
        "menu", "person", "batch").order_by("menu__on", "placed_at", "pk"))
    return Trace(lot, pots, orders, sum(one.portions for one in orders if one.state in HAD_IT))


def back(order: Order) -> list[BatchLot]:
    """From a plate to the sacks it came from."""
    if order.batch_id is None:
        return []
    return list(BatchLot.objects.filter(batch=order.batch_id).select_related(
        "lot__ingredient", "lot__gift__donor", "batch").order_by("lot__expires_on", "pk"))


@dataclass(frozen=True)
class Became:
    """慈善法 第42条: what became of a gift. `meals` is None while too few people ate of it to be shown."""

    lot: Lot
    left: int
    cooked: int
    wasted: int
    recalled: int
    meals: int | None
    pots: int

    def _say(self, number: int) -> str:
        return words.amount(self.lot.ingredient.measure, number)

    @property
    def left_words(self) -> str:
        return self._say(self.left)

    @property
    def cooked_words(self) -> str:
        return self._say(self.cooked)

    @property
    def wasted_words(self) -> str:
        return self._say(self.wasted)

    @property
    def recalled_words(self) -> str:
        return self._say(self.recalled)


def became(gift: Gift) -> list[Became]:
    """Each lot of the gift, from the book; sums only, and none below five people."""
    found = []
    least = policy("kitchen.donor_people_least", area=gift.area)
    for lot in gift.lots.select_related("ingredient", "area").order_by("pk"):
        by: dict[str, int] = {}
        for move in moves(lot):
            by[move.what] = by.get(move.what, 0) - move.amount
        trace = forward(lot)
        eaters = {one.person_id for one in trace.orders if one.state in HAD_IT}
        recall = lot.recalls.first()
        pots = recall.pots if recall else 0
        found.append(Became(
            lot, books.left_of([lot])[lot.pk].posted, by.get("cooked", 0) - pots,
            by.get("wasted", 0) + max(0, by.get("counted", 0)), by.get("recalled", 0) + pots,
            trace.served if len(eaters) >= least else None, len(trace.pots)))
    return found


def gifts(person: Person) -> QuerySet[Gift]:
    """What the person gave, newest first."""
    rows: QuerySet[Gift] = Gift.objects.filter(donor__person=person)
    return rows.select_related("area", "donor").order_by("-offered_at", "-pk")


def waiting_gifts(person: Person, area: Area) -> QuerySet[Gift]:
    """Offers that wait for an answer or a hand-over, the oldest first."""
    rows: QuerySet[Gift] = Gift.objects.visible_to(person).filter(
        area=area, state__in=[GiftState.OFFERED, GiftState.ACCEPTED])
    return rows.select_related("donor", "area").order_by("offered_at", "pk")


@dataclass(frozen=True)
class Thanks:
    """What anybody may read: sums over the last month, each shown only from five people on; names by consent."""

    meals: int | None
    eaters: int | None
    grams: int | None
    donors: Sequence[str]

    @property
    def kilograms(self) -> str:
        return words.amount("gram", self.grams or 0)


def thanks(area: Area) -> Thanks:
    """The sums of the public page."""
    since, least = today() - timedelta(days=30), policy("kitchen.donor_people_least", area=area)
    had = Order.objects.filter(area=area, menu__on__gte=since, state__in=HAD_IT)
    eaters = had.values("person").distinct().count()
    meals = had.aggregate(sum=Sum("portions"))["sum"] or 0
    given = Lot.objects.filter(area=area, received_at__date__gte=since, gift__isnull=False, ingredient__measure="gram")
    givers = Gift.objects.filter(area=area, state=GiftState.RECEIVED).values("donor").distinct().count()
    grams = given.aggregate(sum=Sum("amount"))["sum"] or 0
    named = Donor.objects.filter(area=area, is_named=True, gifts__state=GiftState.RECEIVED,
                                 gifts__is_anonymous=False).distinct()
    return Thanks(meals if eaters >= least else None, eaters if eaters >= least else None,
                  grams if givers >= least else None, [one.name for one in named.order_by("pk")[:30]])
