"""Verbs of the stove: what was cooked of which lots, the sample, what goes into which box, what is left over."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.db.models import Sum
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.policy import policy
from linli.foundation.web import Refused
from linli.mechanisms.ledger import actions as ledger, queries as reads
from linli.services.kitchen import books, rules
from linli.services.kitchen.actions import ordering
from linli.services.kitchen.actions.planning import drop_plans, locked
from linli.services.kitchen.models import Batch, BatchLot, Menu, MenuLot, MenuState, Order, OrderState, Serving
from linli.services.kitchen.queries import menus as queries


@atomic
def cook(person: Person, menu: Menu, *, portions: int, celsius: Decimal, sample_grams: int) -> Batch:
    """A pot is done: its share of what was planned has left the shelf, and a sample of it is kept.

    Half the portions use half of what was planned; the rest stays planned for the next pot. Raises `Denied`, `Refused`:
    still_open, over, short, bad_lot, too_many, too_cold, no_sample.
    """
    permit(person, "kitchen.plan", menu)
    row = locked(menu)
    if row.state == MenuState.OPEN:
        raise Refused("still_open", _("还在接单，截止以后再做。"))
    if row.state not in (MenuState.LOCKED, MenuState.COOKED):
        raise Refused("over", _("这一餐现在不能做：%(state)s。") % {"state": row.get_state_display()})
    short = queries.missing(row)
    if short:
        raise Refused("short", _("用料不齐，先点「按到期日配料」。"))
    done = row.batches.aggregate(sum=Sum("portions"))["sum"] or 0
    if not 1 <= portions <= row.portions - done:
        raise Refused("too_many", _("还可以做 %(left)s 份。") % {"left": row.portions - done}, field="portions")
    tenths = int(celsius * 10)
    if tenths < policy("kitchen.core_tenths_least", area=row.area):
        raise Refused("too_cold", _("中心温度不够 %(least)s ℃，再烧一会儿。") % {
            "least": policy("kitchen.core_tenths_least", area=row.area) // 10}, field="celsius")
    if sample_grams < policy("kitchen.sample_grams_least", area=row.area):
        raise Refused("no_sample", _("留样不少于 %(least)s 克。") % {
            "least": policy("kitchen.sample_grams_least", area=row.area)}, field="sample_grams")
    meal = "L" if row.serving == Serving.LUNCH else "D"
    batch = Batch(
        area=row.area, menu=row, code=f"{row.on:%y%m%d}-{meal}{row.batches.count() + 1}",
        portions=portions, cooked_at=now(), tenths=tenths, sample_grams=sample_grams, by=person,
        sample_until=now() + timedelta(hours=policy("kitchen.sample_hours", area=row.area)))
    batch.save(force_insert=True)
    _use(person, row, batch, of=row.portions - done)
    row.state = MenuState.COOKED
    row.save(update_fields=["state"])
    audit.record(person, "kitchen.cook", batch, portions=portions, tenths=tenths)
    emit("kitchen.cooked", batch=batch.pk)
    return batch


def _use(person: Person, menu: Menu, batch: Batch, *, of: int) -> None:
    """Take the pot's share of every planned lot; what is left of it is planned anew."""
    used: dict[int, BatchLot] = {}
    rows = menu.lots.filter(is_used=False).select_related("menu__area", "lot__area", "lot__ingredient")
    for planned in list(rows.order_by("lot", "pk")):
        if not planned.lot.is_good_on(menu.on):
            raise Refused("bad_lot", _("%(lot)s 过期或停用了，先重新配料。") % {"lot": str(planned.lot)})
        taken = planned.amount if batch.portions == of else rules.share_of(planned.amount, batch.portions, of)
        rest = planned.amount - taken
        if taken:
            ledger.post(person, planned.hold, amount=taken, verb="kitchen.plan", about=batch, system=True)
            planned.amount, planned.is_used = taken, True
            planned.save(update_fields=["amount", "is_used"])
            row = used.setdefault(planned.lot_id, BatchLot(batch=batch, lot=planned.lot, amount=0))
            row.amount += taken
            if rest:
                again = MenuLot(menu=menu, lot=planned.lot, recipe_id=planned.recipe_id, amount=rest)
                again.save(force_insert=True)
                books.plan_with(person, again)
    BatchLot.objects.bulk_create([used[lot] for lot in sorted(used)])


@atomic
def drop_sample(person: Person, batch: Batch) -> Batch:
    """The kept sample is thrown away, after its time. Twice is once. Raises `Denied`, `Refused("too_early")`."""
    permit(person, "kitchen.plan", batch)
    row: Batch = Batch.objects.select_for_update(of=("self",)).select_related("area").get(pk=batch.pk)
    if row.sample_gone_at is not None:
        return row
    if now() < row.sample_until:
        raise Refused("too_early", _("留样还没到时间，不能倒。"))
    row.sample_gone_at = now()
    row.save(update_fields=["sample_gone_at"])
    audit.record(person, "kitchen.drop_sample", row)
    return row


@dataclass(frozen=True)
class Packed:
    """What was put into boxes, and what was left out: `allergic` orders, and those for which no pot is left."""

    orders: Sequence[Order]
    allergic: Sequence[Order]
    without: Sequence[Order]


@atomic
def pack(person: Person, menu: Menu) -> Packed:
    """Give each order a pot, in the order of ordering; a meal that its person may not eat is left out. Repeatable.

    Raises `Denied`, `Refused("not_cooked")`.
    """
    permit(person, "kitchen.plan", menu)
    row = locked(menu)
    if row.state != MenuState.COOKED:
        raise Refused("not_cooked", _("还没做好，做好登记了锅次再装。"))
    wrong = {order.pk for order, _codes in ordering.conflicts(row)}
    pots = list(row.batches.filter(is_stopped=False).order_by("cooked_at", "pk"))
    taken = dict(Order.objects.filter(menu=row, batch__isnull=False).exclude(
        state__in=[OrderState.CANCELLED, OrderState.STOPPED]).values_list("batch").annotate(Sum("portions")))
    packed, allergic, without = [], [], []
    for order in Order.objects.select_related("area", "person", "menu__area").filter(
            menu=row, state=OrderState.PLACED).order_by("placed_at", "pk"):
        if order.pk in wrong:
            allergic.append(order)
            continue
        pot = next((one for one in pots if one.portions - taken.get(one.pk, 0) >= order.portions), None)
        if pot is None:
            without.append(order)
            continue
        taken[pot.pk] = taken.get(pot.pk, 0) + order.portions
        order.batch, order.state = pot, OrderState.PACKED
        order.save(update_fields=["batch", "state"])
        packed.append(order)
    if packed:
        audit.record(person, "kitchen.pack", row, meals=len(packed), left_out=len(allergic) + len(without))
    return Packed(packed, allergic, without)


@atomic
def close_menu(person: Person, menu: Menu) -> Menu:
    """The meal is over: what was cooked and nobody ate is written off as left over. Twice is once.

    Raises `Denied`, `Refused("not_yet")` while a meal is still on its way or waits to be fetched.
    """
    permit(person, "kitchen.plan", menu)
    row = locked(menu)
    if row.state == MenuState.CLOSED:
        return row
    if row.state != MenuState.COOKED:
        raise Refused("not_yet", _("还没做好，没有可以收尾的。"))
    if Order.objects.filter(menu=row, state__in=[OrderState.PLACED, OrderState.PACKED]).exists():
        raise Refused("not_yet", _("还有没送到、没来取的，先处理完。"))
    drop_plans(person, row)
    account = books.portions(row)
    done = row.batches.aggregate(sum=Sum("portions"))["sum"] or 0
    rest, uncooked = reads.balance(account).available, row.portions - done
    if uncooked and rest:
        books.move(person, f"kitchen.menu.{row.pk}.uncooked", account, books.side(account.book, "planned"),
                   min(uncooked, rest), verb="kitchen.plan", about=row)
    if rest > uncooked:
        books.move(person, f"kitchen.menu.{row.pk}.rest", account, books.side(account.book, "wasted"),
                   rest - uncooked, verb="kitchen.plan", about=row, reason="leftover")
    row.state = MenuState.CLOSED
    row.save(update_fields=["state"])
    audit.record(person, "kitchen.close_menu", row, rest=max(0, rest - uncooked))
    return row
