"""Verbs of the way: rounds, doors, who fetches a meal; and the door that stays shut twice."""

from __future__ import annotations

from django.db.models import Max
from django.db.transaction import atomic
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from linli.foundation import audit
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.notices import tell
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.privacy.retention import start_retention
from linli.foundation.web import Refused
from linli.services.kitchen import books
from linli.services.kitchen.actions import ordering
from linli.services.kitchen.actions.stocking import keepers_of
from linli.services.kitchen.models import (
    AlertState,
    Eater,
    Found,
    Menu,
    Order,
    OrderState,
    Round,
    RoundState,
    Stop,
    StopState,
    Way,
    WelfareAlert,
)
from linli.services.kitchen.queries import rounds as queries
from linli.services.kitchen.routing import Routes

REPORTS = ("delivered", "left", "absent")


@atomic
def make_rounds(person: Person, menu: Menu, *, carriers: int) -> list[Round]:
    """Put the packed meals that go to a door into bags, by the plain rule; the solver looks at it right after.

    Meals packed since the last time are put into new rounds; rounds that are there stay as they are.
    Raises `Denied`, `Refused`: nothing, no_kitchen.
    """
    permit(person, "kitchen.plan", menu)
    row: Menu = Menu.objects.select_for_update(of=("self",)).select_related("area").get(pk=menu.pk)
    orders = queries.to_carry(row)
    if not orders:
        raise Refused("nothing", _("没有装好的、要送上门的餐。先装餐。"))
    routes, _by_solver = queries.first_routes(row, orders, carriers=max(1, min(carriers, 20)))
    made = _write_rounds(row, routes)
    audit.record(person, "kitchen.make_rounds", row, rounds=len(made), doors=len(orders))
    from linli.services.kitchen.jobs import improve_rounds

    improve_rounds.enqueue(menu=row.pk)
    return made


def _write_rounds(menu: Menu, routes: Routes) -> list[Round]:
    number = Round.objects.filter(menu=menu).aggregate(most=Max("number"))["most"] or 0
    orders = {one.pk: one for one in queries.to_carry(menu)}
    where = queries.positions(menu, list(orders.values()))
    made = []
    for route in routes:
        number += 1
        row = Round(area=menu.area, menu=menu, number=number, starts_at=menu.serves_from)
        row.metres = queries.length_of(menu, [where.get(pk) for pk in route])
        row.save(force_insert=True)
        Stop.objects.bulk_create([
            Stop(round=row, order=orders[pk], position=place, lon=(where.get(pk) or (None, None))[0],
                 lat=(where.get(pk) or (None, None))[1]) for place, pk in enumerate(route, start=1)])
        made.append(row)
    return made


@atomic
def reorder(menu: Menu) -> bool:
    """By the job: the solver's order, where it is better and nobody of these rounds has left or been named yet."""
    row: Menu = Menu.objects.select_for_update(of=("self",)).select_related("area").get(pk=menu.pk)
    rounds = list(Round.objects.select_for_update(of=("self",)).select_related("area").filter(
        menu=row, state=RoundState.PLANNED, carrier=None).order_by("number"))
    if not rounds or Round.objects.filter(menu=row).exclude(pk__in=[one.pk for one in rounds]).exists():
        return False
    stops = list(Stop.objects.filter(round__in=rounds, state=StopState.WAITING).select_related("order__person"))
    given: Routes = tuple(tuple(stop.order_id for stop in stops if stop.round_id == one.pk) for one in rounds)
    routes, by_solver = queries.best_routes(row, [stop.order for stop in stops], given)
    if not by_solver or routes == given:
        return False
    by_order = {stop.order_id: stop for stop in stops}
    for one, route in zip(rounds, routes, strict=False):
        for place, pk in enumerate(route, start=1):
            stop = by_order[pk]
            stop.round, stop.position = one, place
        one.metres = queries.length_of(row, [_at(by_order[pk]) for pk in route])
        one.by_solver = True
    Stop.objects.bulk_update(stops, ["round", "position"])
    for one in rounds[len(routes):]:
        one.delete()
    Round.objects.bulk_update(rounds[:len(routes)], ["metres", "by_solver"])
    audit.record(None, "kitchen.reorder", row, rounds=len(routes))
    return True


def _at(stop: Stop) -> tuple[float, float] | None:
    return (stop.lon, stop.lat) if stop.lon is not None and stop.lat is not None else None


@atomic
def name_carrier(person: Person, row: Round, carrier: Person) -> Round:
    """Who carries the bag; they read the doors from now on. Raises `Denied`, `Refused`: over, not_here."""
    permit(person, "kitchen.plan", row)
    found: Round = Round.objects.select_for_update(of=("self",)).select_related("area", "menu").get(pk=row.pk)
    if found.state == RoundState.DONE:
        raise Refused("over", _("这一路已经送完了。"))
    if not carrier.area_code.startswith(found.area.code) and not any(
            standing.covers(found.area.code, ()) for standing in carrier.standings):
        raise Refused("not_here", _("这位不是本社区的人。"), field="phone")
    found.carrier = carrier
    found.save(update_fields=["carrier"])
    audit.record(person, "kitchen.name_carrier", found, carrier=carrier.pk)
    tell(carrier, gettext_lazy("请您送 %(menu)s 的餐，共 %(doors)s 家。路线在这里。"), about=found,
         key=f"kitchen.carrier.{found.pk}.{carrier.pk}", url=reverse("kitchen:round", args=[found.pk]),
         values={"menu": found.menu.said, "doors": found.stops.count()})
    return found


@atomic
def set_out(person: Person, row: Round) -> Round:
    """The carrier leaves. Twice is once. Raises `Denied`."""
    permit(person, "kitchen.deliver", row)
    found: Round = Round.objects.select_for_update(of=("self",)).select_related("area", "menu").get(pk=row.pk)
    if found.state == RoundState.PLANNED:
        found.state, found.left_at = RoundState.OUT, now()
        found.save(update_fields=["state", "left_at"])
        audit.record(person, "kitchen.set_out", found)
    return found


@atomic
def report(person: Person, stop: Stop, *, what: str, once: str) -> Stop:
    """What happened at a door: delivered, left with the neighbour the eater named, or nobody opened.

    The same `once` again changes nothing: a telephone that sends late may send twice. The first shut door moves the
    stop to the end of the round; the second one raises the welfare alert.
    Raises `Denied`, `Refused`: no_report, stopped, over, no_neighbour.
    """
    permit(person, "kitchen.deliver", stop)
    if what not in REPORTS:
        raise Refused("no_report", _("请选一个：送到了、放邻居家、没人开门。"))
    menu = Menu.objects.select_for_update(of=("self",)).get(pk=stop.round.menu_id)
    row: Stop = Stop.objects.select_for_update(of=("self",)).select_related(
        "round__area", "order__person", "order__menu__area", "order__area").get(pk=stop.pk)
    if once and row.once == once[:40]:
        return row
    if row.state == StopState.STOPPED:
        raise Refused("stopped", _("这份停送了，别给出去，带回厨房。"))
    if not row.is_open:
        raise Refused("over", _("这一家已经报过了：%(state)s。报错了请打厨房电话。") % {
            "state": row.get_state_display()})
    row.once, row.at, row.tries = once[:40], now(), row.tries + 1
    order = row.order
    if what == "absent":
        _shut(person, row)
    else:
        if what == "left" and not _neighbour_of(order):
            raise Refused("no_neighbour", _("这位没有同意放邻居家。没人开门就选「没人开门」。"))
        row.state = StopState.DELIVERED if what == "delivered" else StopState.LEFT
        books.serve_meal(person, order)
        ordering.end(order, OrderState.DELIVERED if what == "delivered" else OrderState.LEFT)
        if what == "left" and order.person is not None:
            tell(order.person, gettext_lazy("您的餐按您说的放在邻居家了，请去拿。"), about=order,
                 key=f"kitchen.left.{order.pk}", url=reverse("kitchen:mine"), urgent=True)
    row.save()
    audit.record(person, "kitchen.report", row, what=what, tries=row.tries, menu=menu.pk)
    _finish(row.round)
    return row


def _neighbour_of(order: Order) -> str:
    profile = Eater.objects.filter(area=order.area, person=order.person).first() if order.person_id else None
    return profile.neighbour if profile else ""


def _shut(person: Person, stop: Stop) -> None:
    """Nobody opened: once, it is tried again last of all; twice, somebody looks whether all is well."""
    if stop.tries < 2:
        last = stop.round.stops.aggregate(most=Max("position"))["most"] or 0
        stop.state, stop.position = StopState.AGAIN, last + 1
        return
    order = stop.order
    stop.state = StopState.ABSENT
    books.lose_meal(person, order, "wasted", verb="kitchen.deliver")
    ordering.end(order, OrderState.ABSENT)
    raise_alert(person, order)


def raise_alert(person: Person, order: Order) -> WelfareAlert:
    """An eater does not open: everybody who looks after the place hears of it at once, and it stays until settled."""
    alert, made = WelfareAlert.objects.get_or_create(order=order, defaults={
        "area": order.area, "person": order.person, "raised_by": person})
    if made:
        audit.record(person, "kitchen.alert", alert)
        emit("kitchen.welfare_alert", person=order.person_id, order=order.pk, when=alert.raised_at.isoformat())
        for keeper in keepers_of(order.area):
            tell(keeper, gettext_lazy("送餐两次没人开门，请马上去看看：%(who)s。"), about=alert, urgent=True,
                 key=f"kitchen.alert.{alert.pk}", values={"who": order.shown_name},
                 url=reverse("kitchen:alert", args=[alert.pk]))
    return alert


def _finish(row: Round) -> None:
    if row.state != RoundState.DONE and not row.stops.filter(state__in=[StopState.WAITING, StopState.AGAIN]).exists():
        row.state, row.back_at = RoundState.DONE, now()
        row.left_at = row.left_at or now()
        row.save(update_fields=["state", "back_at", "left_at"])


@atomic
def hand_out(person: Person, order: Order, *, came: bool = True) -> Order:
    """A meal that its eater fetches: given at the counter, or not fetched. Twice is once.

    Raises `Denied`, `Refused`: not_here, over.
    """
    permit(person, "kitchen.plan", order)
    Menu.objects.select_for_update(of=("self",)).get(pk=order.menu_id)
    row: Order = Order.objects.select_for_update(of=("self",)).select_related("menu__area", "area", "person").get(
        pk=order.pk)
    if row.state in (OrderState.DELIVERED, OrderState.ABSENT):
        return row
    if row.way != Way.PICK_UP or row.state != OrderState.PACKED:
        raise Refused("not_here", _("这份不是等着来取的。"))
    if came:
        books.serve_meal(person, row)
    else:
        books.lose_meal(person, row, "wasted", verb="kitchen.deliver")
    ordering.end(row, OrderState.DELIVERED if came else OrderState.ABSENT)
    audit.record(person, "kitchen.hand_out", row, came=came)
    return row


@atomic
def take_alert(person: Person, alert: WelfareAlert) -> WelfareAlert:
    """I go and look. The first one counts. Raises `Denied`."""
    permit(person, "kitchen.look", alert)
    row = _locked_alert(alert)
    if row.taken_by_id is None:
        row.taken_by, row.taken_at = person, now()
        row.save(update_fields=["taken_by", "taken_at"])
        audit.record(person, "kitchen.take_alert", row)
    return row


@atomic
def settle_alert(person: Person, alert: WelfareAlert, *, found: str, words: str) -> WelfareAlert:
    """What was found: only this ends an alert. Raises `Denied`, `Refused`: no_finding, no_words, settled."""
    permit(person, "kitchen.look", alert)
    row = _locked_alert(alert)
    if row.state == AlertState.SETTLED:
        raise Refused("settled", _("已经有人写了结果，请刷新看看。"))
    if found not in Found.values:
        raise Refused("no_finding", _("请选看到什么。"), field="found")
    if len(words.strip()) < 2:
        raise Refused("no_words", _("请写一句：见到谁、怎么样。"), field="words")
    row.state, row.found, row.words = AlertState.SETTLED, found, words.strip()[:300]
    row.settled_by, row.settled_at = person, now()
    row.taken_by, row.taken_at = row.taken_by or person, row.taken_at or now()
    row.save()
    start_retention(row, "kitchen.alert")
    audit.record(person, "kitchen.settle_alert", row, found=found)
    emit("kitchen.alert_settled", alert=row.pk, person=row.person_id, found=found)
    return row


def _locked_alert(alert: WelfareAlert) -> WelfareAlert:
    rows = WelfareAlert.objects.select_for_update(of=("self",)).select_related("area", "person")
    found: WelfareAlert = rows.get(pk=alert.pk)
    return found
