"""召回: one bad lot, in one action: shelf, pots, plates, people, books."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import QuerySet, Sum
from django.db.transaction import atomic
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from linli.foundation import audit
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.notices import tell
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.web import Refused
from linli.mechanisms.ledger import queries as reads
from linli.services.kitchen import books, rules
from linli.services.kitchen.actions import ordering, stocking
from linli.services.kitchen.models import (
    HAD_IT,
    LIVE,
    Batch,
    BatchLot,
    Lot,
    LotState,
    Menu,
    Order,
    OrderState,
    Recall,
    RecallCall,
    Stop,
    StopState,
)


@dataclass(frozen=True)
class Reach:
    """Whom a recall of a lot concerns now: pots, meals not handed over, meals with people."""

    pots: Sequence[BatchLot]
    stops: Sequence[Order]
    eaten: Sequence[Order]


def reach(lot: Lot) -> Reach:
    """What the lot became, by now. Meals not yet packed are stopped only where no good pot, and none still to be
    cooked, is left for them."""
    pots = list(BatchLot.objects.filter(lot=lot).select_related("batch__menu__area").order_by("batch", "pk"))
    bad = [pot.batch_id for pot in pots]
    orders: QuerySet[Order] = Order.objects.select_related("menu__area", "area", "person").order_by("placed_at", "pk")
    packed = orders.filter(batch__in=bad)
    stops = list(packed.filter(state__in=LIVE))
    for menu in {pot.batch.menu_id: pot.batch.menu for pot in pots}.values():
        stops += _without_a_pot(menu, orders, bad)
    return Reach(pots, sorted(stops, key=lambda one: one.pk), list(packed.filter(state__in=HAD_IT)))


def _without_a_pot(menu: Menu, orders: QuerySet[Order], bad: Sequence[int]) -> list[Order]:
    """Unpacked orders of the menu that the good pots and what may still be cooked cannot serve, the last come first."""
    cooked = menu.batches.aggregate(sum=Sum("portions"))["sum"] or 0
    good = menu.batches.exclude(pk__in=bad).filter(is_stopped=False)
    held = Order.objects.filter(batch__in=good).exclude(state__in=[OrderState.CANCELLED, OrderState.STOPPED])
    free = menu.portions - cooked + sum(good.values_list("portions", flat=True)) - (
        held.aggregate(sum=Sum("portions"))["sum"] or 0)
    without = []
    for order in orders.filter(menu=menu, batch=None, state__in=LIVE):
        if order.portions <= free:
            free -= order.portions
        else:
            without.append(order)
    return without


@atomic
def recall(person: Person, lot: Lot, *, reason: str, advice: str) -> Recall:
    """Call a lot back: blocked; what is left leaves the shelf; meals of it that are not handed over are stopped; who
    has one is told at once, and who no notice reaches is on a list to ring. Asked again, the first recall is given.

    Books: the rest of the lot, and its share in the stopped and spare portions (rounded down), go to `recalled`; what
    was eaten stays `cooked`. Stopped and spare meals go to `recalled`.
    Raises `Denied`, `Refused`: no_reason, no_advice.
    """
    permit(person, "kitchen.recall", lot)
    row: Lot = Lot.objects.select_for_update(of=("self",)).select_related("area", "ingredient").get(pk=lot.pk)
    found: Recall | None = Recall.objects.filter(lot=row).first()
    if found is not None:
        return found
    if len(reason.strip()) < 2:
        raise Refused("no_reason", _("请写为什么召回。"), field="reason")
    if len(advice.strip()) < 2:
        raise Refused("no_advice", _("请写吃过的人怎么办，他们会原样看到。"), field="advice")
    # the menus first, so that no meal is handed over, ordered or packed meanwhile
    menus = set(BatchLot.objects.filter(lot=row).values_list("batch__menu", flat=True))
    list(Menu.objects.select_for_update(of=("self",)).filter(pk__in=menus).order_by("pk"))
    what = reach(row)
    row.state = LotState.RECALLED
    row.save(update_fields=["state"])
    made = Recall(area=row.area, lot=row, reason=reason.strip()[:200], advice=advice.strip()[:200], by=person)
    made.save(force_insert=True)
    stocking.drop_plans(person, row)
    made.shelf = _clear_shelf(person, made)
    Batch.objects.filter(pk__in=[pot.batch_id for pot in what.pots]).update(is_stopped=True)
    for order in what.stops:
        _stop(person, made, order)
    made.stopped = sum(order.portions for order in what.stops)
    made.eaten = sum(order.portions for order in what.eaten)
    touched = {pot.batch.menu_id: pot.batch.menu for pot in what.pots}
    made.spare = sum(_spare(person, made, touched[pk], what) for pk in sorted(touched))
    made.pots = _clear_pots(person, made, what)
    made.save()
    for order in what.eaten:
        _tell(made, order, had_it=True)
    audit.record(person, "kitchen.recall", made, shelf=made.shelf, stopped=made.stopped, eaten=made.eaten)
    emit("kitchen.recalled", recall=made.pk, lot=row.pk)
    return made


def _clear_shelf(person: Person, made: Recall) -> int:
    account = books.shelf(made.lot)
    left = reads.balance(account).available
    if left:
        books.move(person, f"kitchen.recall.{made.pk}.shelf", account, books.side(account.book, "recalled"), left,
                   verb="kitchen.recall", about=made)
    return left


def _stop(person: Person, made: Recall, order: Order) -> None:
    """A meal that is not handed over: it stays here, and its person hears why."""
    books.lose_meal(person, order, "recalled", verb="kitchen.recall")
    ordering.end(order, OrderState.STOPPED)
    Stop.objects.filter(order=order).update(state=StopState.STOPPED, at=now())
    _tell(made, order, had_it=False)


def _spare(person: Person, made: Recall, menu: Menu, what: Reach) -> int:
    """Cooked portions of the bad pots that nobody had ordered: they must not be ordered or eaten either."""
    bad = {pot.batch_id: pot.batch for pot in what.pots if pot.batch.menu_id == menu.pk}
    gone = sum(order.portions for order in what.eaten if order.batch_id in bad)
    gone += sum(order.portions for order in what.stops if order.menu_id == menu.pk)
    gone += Order.objects.filter(batch__in=list(bad), state=OrderState.ABSENT).aggregate(
        sum=Sum("portions"))["sum"] or 0
    account = books.portions(menu)
    spare = min(sum(batch.portions for batch in bad.values()) - gone, reads.balance(account).available)
    if spare <= 0:
        return 0
    books.move(person, f"kitchen.recall.{made.pk}.spare.{menu.pk}", account, books.side(account.book, "recalled"),
               spare, verb="kitchen.recall", about=made)
    return spare


def _clear_pots(person: Person, made: Recall, what: Reach) -> int:
    """The lot's share in what was cooked and is not eaten, out of `cooked`."""
    total = 0
    for pot in what.pots:
        eaten = sum(order.portions for order in what.eaten if order.batch_id == pot.batch_id)
        lost = sum(order.portions for order in pot.batch.orders.filter(state=OrderState.ABSENT))
        total += rules.share_of(pot.amount, max(0, pot.batch.portions - eaten - lost), pot.batch.portions)
    if total:
        account = books.shelf(made.lot)
        books.move(person, f"kitchen.recall.{made.pk}.pots", books.side(account.book, "cooked"),
                   books.side(account.book, "recalled"), total, verb="kitchen.recall", about=made)
    return total


def _tell(made: Recall, order: Order, *, had_it: bool) -> None:
    eater = order.person
    if eater is None:
        return
    RecallCall.objects.create(recall=made, order=order, person=eater, had_it=had_it, by_phone=not eater.phone)
    sentence = gettext_lazy("%(menu)s 的餐今天停送：有一样食材要召回（%(reason)s）。厨房会打电话和您商量。")
    if had_it:
        sentence = gettext_lazy("%(menu)s 您吃的餐里有一样食材要召回：%(reason)s。请照这样做：%(advice)s")
    tell(eater, sentence, about=order, key=f"kitchen.recall.{made.pk}.{order.pk}", urgent=True,
         url=reverse("kitchen:mine"),
         values={"menu": order.menu.said, "reason": made.reason, "advice": made.advice})


@atomic
def called(person: Person, call: RecallCall, *, answer: str = "") -> RecallCall:
    """Somebody rang, or stood at the door. The first call counts. Raises `Denied`."""
    permit(person, "kitchen.recall", call)
    row: RecallCall = RecallCall.objects.select_for_update(of=("self",)).select_related("recall__area").get(pk=call.pk)
    if row.called_at is None:
        row.called_at, row.called_by, row.answer = now(), person, answer.strip()[:80]
        row.save(update_fields=["called_at", "called_by", "answer"])
        audit.record(person, "kitchen.recall_called", row)
    return row
