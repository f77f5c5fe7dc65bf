"""Verbs of ordering: a meal for oneself, for family, at the desk; waiting, cancelling, standing orders, how it was."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

from django.db.models import QuerySet, Sum
from django.db.transaction import atomic
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _, gettext_lazy

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now, today
from linli.foundation.notices import tell
from linli.foundation.people.models import Person
from linli.foundation.people.permit import may, permit
from linli.foundation.people.queries import mandate_for
from linli.foundation.policy import policy
from linli.foundation.privacy.retention import start_retention
from linli.foundation.web import Denied, Refused
from linli.mechanisms.ledger import queries as reads
from linli.services.kitchen import books, rules, words
from linli.services.kitchen.models import (
    HAD_IT,
    LIVE,
    Channel,
    Eater,
    Menu,
    MenuState,
    Order,
    OrderState,
    Standing,
    Way,
)
from linli.services.kitchen.queries import menus as queries


@atomic
def place(person: Person, menu: Menu, eater: Person, *, portions: int = 1, way: str = Way.DELIVER,
          channel: str = Channel.APP, once: str, note: str = "", knows_diet: bool = False) -> Order:
    """Order a meal, or join the queue where nothing is left. The same `once` is the same order.

    Oneself; whoever gave the person a mandate for this room; or, at the desk, anybody of the community.
    Raises `Denied`, `Refused`: cut_off, already, too_many, allergy, diet, diet_soft, no_door.
    """
    channel = _channel(person, menu, eater, channel)
    row: Menu = Menu.objects.select_for_update(of=("self",)).select_related("area").get(pk=menu.pk)
    order = _put(person, row, eater, portions=portions, way=way, channel=channel, once=once, note=note,
                 knows_diet=knows_diet)
    audit.record(person, "kitchen.order", order, acting_for=eater if eater.pk != person.pk else None,
                 portions=order.portions, channel=str(order.channel), state=str(order.state))
    return order


def _channel(person: Person, menu: Menu, eater: Person, channel: str) -> str:
    """By which way the order comes, and whether it may. Raises `Denied`."""
    if eater.pk == person.pk:
        permit(person, "kitchen.order", menu)
        return Channel.APP
    if may(person, "kitchen.order_for", menu):
        if not eater.area_code.startswith(menu.area.code):
            raise Denied("kitchen.order_for")
        return channel if channel in (Channel.PHONE, Channel.DESK) else Channel.DESK
    if mandate_for(person, eater, "kitchen") is None or not may(eater, "kitchen.order", menu):
        raise Denied("kitchen.order")
    return Channel.FAMILY


def _put(person: Person | None, menu: Menu, eater: Person, *, portions: int, way: str, channel: str, once: str,
         note: str = "", knows_diet: bool = False, standing: Standing | None = None) -> Order:
    """The order on a locked menu: every rule is asked here, whoever orders."""
    key = f"{eater.pk}.{once}"[:60]
    again: Order | None = Order.objects.select_related("menu__area", "area").filter(menu=menu, once=key).first()
    if again is not None:
        return again
    if not menu.takes_orders(now()):
        raise Refused("cut_off", _("这一餐已经截止了。请看看后面几天的，或者打厨房电话。"))
    if Order.objects.filter(menu=menu, person=eater).exclude(
            state__in=[OrderState.CANCELLED, OrderState.UNSERVED]).exists():
        raise Refused("already", _("这一餐已经订过了，要改请先取消。"))
    most = policy("kitchen.portions_most", area=menu.area)
    if not 1 <= portions <= most:
        raise Refused("too_many", _("一人一餐最多 %(most)s 份。") % {"most": most}, field="portions")
    profile: Eater | None = Eater.objects.filter(area=menu.area, person=eater).first()
    refuse_unfit(menu, profile, knows_diet=knows_diet)
    if way == Way.DELIVER and (profile is None or not profile.door):
        raise Refused("no_door", _("送上门要先写门牌，在「门牌和忌口」里写一次就行。也可以选自己来取。"), field="way")
    share = share_for(profile, menu.area, menu.on)
    price = menu.price * portions
    subsidy = rules.subsidy_cents(menu.price, portions, share, had_this_month(eater, menu.on)) if share.percent else 0
    free = reads.balance(books.portions(menu)).available
    order = Order(
        area=menu.area, menu=menu, person=eater, by=person, channel=channel, standing=standing, portions=portions,
        way=way, price=price, subsidy=subsidy, subsidy_class=share.code if subsidy else "", once=key, note=note[:200],
        state=OrderState.PLACED if free >= portions else OrderState.WAITING)
    order.save(force_insert=True)
    if order.state == OrderState.PLACED:
        books.keep_meal(person, order)
    return order


def refuse_unfit(menu: Menu, profile: Eater | None, *, knows_diet: bool) -> None:
    """Raises `Refused`: allergy and diet always, diet_soft until the person says they know."""
    found = fit_of(queries.card(menu), profile)
    if found.allergens:
        raise Refused("allergy", _("这一餐含有%(what)s，您对它过敏，不能订。") % {
            "what": words.say("allergens", found.allergens, menu.area)})
    if found.strict:
        raise Refused("diet", _("这一餐不是%(what)s的，不能订。") % {
            "what": words.say("diets", found.strict, menu.area)})
    if found.soft and not knows_diet:
        raise Refused("diet_soft", _("这一餐不是%(what)s的。还要订，请勾上「我知道」再提交。") % {
            "what": words.say("diets", found.soft, menu.area)}, field="knows_diet")


def fit_of(card: queries.Card, profile: Eater | None) -> rules.Fit:
    """How that menu suits that person."""
    if profile is None:
        return rules.Fit()
    strict = frozenset(one["code"] for one in words.entries("diets", card.menu.area) if one["strict"])
    return rules.fit(menu_allergens=card.allergens, menu_diets=card.diets, allergies=profile.allergy_codes,
                     diets=profile.diets, strict=strict)


def conflicts(menu: Menu) -> Iterator[tuple[Order, frozenset[str]]]:
    """Orders of people who may not eat what is in the menu now, and the allergens."""
    card = queries.card(menu)
    if not card.allergens:
        return
    living = list(Order.objects.filter(menu=menu, state__in=LIVE).select_related("person", "area").order_by("pk"))
    profiles = {one.person_id: one for one in Eater.objects.filter(
        area=menu.area, person__in=[order.person_id for order in living])}
    for order in living:
        profile = profiles.get(order.person_id or 0)
        codes = card.allergens & profile.allergy_codes if profile else frozenset()
        if codes:
            yield order, codes


def share_for(profile: Eater | None, area: Area, on: date) -> rules.Share:
    """The line of the subsidy policy of that day that holds for the person: the one staff wrote down, or none."""
    table = {one["code"]: one for one in policy("kitchen.subsidy", on=on, area=area)}
    line = table.get(profile.subsidy if profile and profile.subsidy else "none")
    return rules.Share(line["code"], line["percent"], line["meals"]) if line else rules.Share("none", 0, 0)


def had_this_month(eater: Person, on: date) -> int:
    """Subsidised portions of that month so far: ordered or handed over."""
    first = on.replace(day=1)
    after = (first + timedelta(days=32)).replace(day=1)
    rows = Order.objects.filter(person=eater, menu__on__gte=first, menu__on__lt=after, subsidy__gt=0, state__in=[
        *LIVE, *HAD_IT, OrderState.ABSENT])
    return rows.aggregate(sum=Sum("portions"))["sum"] or 0


@atomic
def cancel(person: Person, order: Order) -> Order:
    """Not this time. Until the cut-off by the eater or family, at the desk until it is packed; twice is once.

    Who waits moves up in the same transaction. Raises `Denied`, `Refused`: cut_off, too_late.
    """
    permit(person, "kitchen.own", order)
    menu: Menu = Menu.objects.select_for_update(of=("self",)).select_related("area").get(pk=order.menu_id)
    row: Order = Order.objects.select_for_update(of=("self",)).select_related("menu__area", "area", "person").get(
        pk=order.pk)
    if row.state == OrderState.CANCELLED:
        return row
    if row.state not in (OrderState.PLACED, OrderState.WAITING):
        raise Refused("too_late", _("已经装好、送出或者结束了，不能取消。有事请打厨房电话。"))
    if not menu.takes_orders(now()) and not may(person, "kitchen.order_for", menu):
        raise Refused("cut_off", _("过了截止时间，菜已经备了。来不了请打厨房电话，别人还能吃。"))
    if row.state == OrderState.PLACED:
        books.free_meal(person, row)
    end(row, OrderState.CANCELLED)
    audit.record(person, "kitchen.cancel", row)
    promote(menu)
    return row


def end(order: Order, state: str) -> None:
    """The order is over, and its term of keeping begins."""
    order.state, order.ended_at = state, now()
    order.save(update_fields=["state", "ended_at"])
    day = max(order.menu.on, today())
    start_retention(order, "kitchen.order", day)
    for profile in Eater.objects.filter(area=order.area, person=order.person_id):
        start_retention(profile, "kitchen.delivery", day)  # runs anew with each meal


def promote(menu: Menu) -> int:
    """Meals that came free go to who waits, in their order; who wants more than is free keeps their place.

    Call while holding the lock on the menu's row. How many moved up.
    """
    if menu.state not in (MenuState.OPEN, MenuState.LOCKED):
        return 0
    free, moved = reads.balance(books.portions(menu)).available, 0
    waiting = Order.objects.select_related("menu__area", "area", "person").filter(menu=menu, state=OrderState.WAITING)
    for order in waiting.order_by("placed_at", "pk"):
        if order.portions > free or free <= 0:
            continue
        books.keep_meal(None, order)
        order.state = OrderState.PLACED
        order.save(update_fields=["state"])
        free, moved = free - order.portions, moved + 1
        audit.record(None, "kitchen.promote", order)
        if order.person is not None:
            tell(order.person, gettext_lazy("%(menu)s 有空出来的，您的餐订上了。"), about=order,
                 key=f"kitchen.promoted.{order.pk}", values={"menu": menu.said}, url=reverse("kitchen:mine"))
    return moved


def end_waiting(menu: Menu) -> int:
    """At the cut-off nothing came free: who still waits is told. Call while holding the lock on the menu's row."""
    rows = list(Order.objects.select_related("menu__area", "area", "person").filter(
        menu=menu, state=OrderState.WAITING).order_by("pk"))
    for order in rows:
        end(order, OrderState.UNSERVED)
        if order.person is not None:
            tell(order.person, gettext_lazy("%(menu)s 没有空出来的，这次没排上。后面几天还可以订。"), about=order,
                 key=f"kitchen.unserved.{order.pk}", values={"menu": menu.said}, url=reverse("kitchen:home"))
    return len(rows)


@atomic
def save_standing(person: Person, area: Area, eater: Person, *, weekdays: Sequence[int], serving: str, portions: int,
                  way: str, until: date | None = None) -> Standing:
    """Every so many weekdays a meal; a new one takes the place of the former.

    Raises `Denied`, `Refused`: no_days, too_many, past.
    """
    _may_speak_for(person, area, eater)
    days = sorted({day for day in weekdays if 1 <= day <= 7})
    if not days:
        raise Refused("no_days", _("请选星期几。"), field="weekdays")
    most = policy("kitchen.portions_most", area=area)
    if not 1 <= portions <= most:
        raise Refused("too_many", _("一人一餐最多 %(most)s 份。") % {"most": most}, field="portions")
    if until is not None and until < today():
        raise Refused("past", _("这一天已经过去了。"), field="until")
    Standing.objects.filter(area=area, person=eater, serving=serving, ended_at=None).update(ended_at=now())
    row = Standing.objects.create(area=area, person=eater, by=person, weekdays=days, serving=serving,
                                  portions=portions, way=way, until=until)
    audit.record(person, "kitchen.stand", row, acting_for=eater if eater.pk != person.pk else None, days=days)
    return row


def _may_speak_for(person: Person, area: Area, eater: Person) -> None:
    if eater.pk == person.pk:
        permit(person, "kitchen.order", area)
    elif not (may(person, "kitchen.order_for", area) and eater.area_code.startswith(area.code)) and (
            mandate_for(person, eater, "kitchen") is None):
        raise Denied("kitchen.order")


@atomic
def end_standing(person: Person, standing: Standing) -> Standing:
    """No more from now on; orders that were made stay and are cancelled one by one. Raises `Denied`."""
    permit(person, "kitchen.own", standing)
    row: Standing = Standing.objects.select_for_update(of=("self",)).select_related("area", "person").get(
        pk=standing.pk)
    if row.ended_at is None:
        row.ended_at = now()
        row.save(update_fields=["ended_at"])
        audit.record(person, "kitchen.end_standing", row)
    return row


def standing_for(menu: Menu) -> QuerySet[Standing]:
    """Standing orders that want this menu and have no order of it yet; who moved away has none any more."""
    rows: QuerySet[Standing] = Standing.objects.filter(
        area=menu.area, serving=menu.serving, ended_at=None, since__lte=menu.on, person__is_active=True,
        person__community__code__startswith=menu.area.code).exclude(until__lt=menu.on).exclude(orders__menu=menu)
    return rows.select_related("person", "by").order_by("since", "pk")


@atomic
def place_standing(standing: Standing, menu: Menu) -> Order | None:
    """By the clock: the order a standing order asks for; what it may not have is said once, and why."""
    row: Menu = Menu.objects.select_for_update(of=("self",)).select_related("area").get(pk=menu.pk)
    try:
        with atomic(), translation.override(standing.person.language):
            order = _put(None, row, standing.person, portions=standing.portions, way=standing.way,
                         channel=Channel.STANDING, once=f"standing.{standing.pk}", knows_diet=True, standing=standing)
    except Refused as refusal:
        if refusal.code not in ("already", "cut_off"):
            tell(standing.person, gettext_lazy("%(menu)s 没有照长期订下单：%(why)s"), about=standing,
                 key=f"kitchen.standing.{standing.pk}.{menu.pk}", url=reverse("kitchen:mine"),
                 values={"menu": menu.said, "why": str(refusal.sentence)})
        return None
    audit.record(None, "kitchen.order", order, portions=order.portions, channel=str(Channel.STANDING))
    return order


@atomic
def say_how(person: Person, order: Order, *, taste: str, words_said: str = "") -> Order:
    """How it was, within a week; said again, it replaces. Raises `Denied`, `Refused`: not_had, too_late, no_taste."""
    permit(person, "kitchen.own", order)
    row: Order = Order.objects.select_for_update(of=("self",)).select_related("menu", "area", "person").get(pk=order.pk)
    if row.state not in HAD_IT:
        raise Refused("not_had", _("餐还没到您手里，吃了再说。"))
    if taste not in Order.Taste.values:
        raise Refused("no_taste", _("请选一个：好吃、还行、不合口味。"), field="taste")
    if today() > row.menu.on + timedelta(days=policy("kitchen.handed_over_days", area=row.area)):
        raise Refused("too_late", _("过了一周，不收评价了。有话请直接打厨房电话。"))
    row.taste, row.words = taste, words_said.strip()[:200]
    row.save(update_fields=["taste", "words"])
    audit.record(person, "kitchen.say_how", row)
    return row
