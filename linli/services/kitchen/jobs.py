"""What runs by the clock: dates that run out, cut-offs, standing orders, alerts nobody took; and the solver's look."""

from __future__ import annotations

from datetime import timedelta

from django.db.transaction import atomic
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now, today
from linli.foundation.jobs import job, periodic
from linli.foundation.notices import tell
from linli.foundation.policy import policy
from linli.services.kitchen.actions import delivering, ordering, planning, stocking
from linli.services.kitchen.models import (
    AlertState,
    Certificate,
    Lot,
    LotState,
    Menu,
    MenuState,
    WelfareAlert,
)
from linli.services.kitchen.queries import orders, stock

BATCH = 200


@job(retries=3)
def improve_rounds(*, menu: int) -> bool:
    """Let the solver look at rounds that nobody has begun."""
    row = Menu.objects.filter(pk=menu).first()
    return delivering.reorder(row) if row is not None else False


@periodic(every_s=3600)
def watch_dates() -> int:
    """Keepers hear of what runs out within days, once for each lot; what is past its date is blocked."""
    done = 0
    past = Lot.objects.filter(state=LotState.USABLE, expires_on__lt=today()).order_by("expires_on", "pk")
    for lot in past[:BATCH]:
        done += stocking.block_expired(lot)
    near = Lot.objects.exclude(state=LotState.RECALLED).filter(
        expires_on__range=(today() - timedelta(days=30), today() + timedelta(days=30)))
    for area in Area.objects.filter(pk__in=near.values("area")):
        for one in stock.running_out(area, today()):
            with atomic():
                for keeper in stocking.keepers_of(area):
                    tell(keeper, _("%(lot)s 还剩 %(left)s，%(on)s 到期，请先排进菜单。") if one.state == "soon" else _(
                        "%(lot)s 过期了，还剩 %(left)s，已经停用，请处理。"), about=one.lot,
                        key=f"kitchen.date.{one.lot.pk}.{one.state}", url=reverse("kitchen:lot", args=[one.lot.pk]),
                        values={"lot": str(one.lot), "left": one.left_words, "on": f"{one.lot.expires_on:%m-%d}"})
            done += 1
    return done


@periodic(every_s=60)
def lock_orders() -> int:
    """At the cut-off the day's orders stand."""
    due = Menu.objects.filter(state=MenuState.OPEN, cutoff_at__lte=now()).order_by("cutoff_at", "pk")
    return sum(planning.lock_menu(menu) for menu in due[:BATCH])


@periodic(every_s=900)
def make_standing_orders() -> int:
    """The orders that standing orders ask for, as soon as a menu of the next days is open."""
    made = 0
    last = today() + timedelta(days=policy("kitchen.standing_days_ahead"))
    menus = Menu.objects.filter(state=MenuState.OPEN, cutoff_at__gt=now(), on__lte=last).select_related("area")
    for menu in menus.order_by("on", "pk"):
        for standing in ordering.standing_for(menu)[:BATCH]:
            if menu.on.isoweekday() in standing.weekdays:
                made += ordering.place_standing(standing, menu) is not None
    return made


@periodic(every_s=60)
def watch_alerts() -> int:
    """An alert that nobody took in time is said to the heads of the place once more."""
    told = 0
    for alert in WelfareAlert.objects.filter(state=AlertState.OPEN, taken_by=None, is_told_again=False).select_related(
            "area", "order__person").order_by("raised_at")[:BATCH]:
        if now() < alert.raised_at + timedelta(minutes=policy("kitchen.alert_head_min", area=alert.area)):
            continue
        with atomic():
            WelfareAlert.objects.filter(pk=alert.pk).update(is_told_again=True)
            for keeper in stocking.keepers_of(alert.area):
                tell(keeper, _("还没有人去看：%(who)s 送餐两次没开门。请现在派人。"), about=alert, urgent=True,
                     key=f"kitchen.alert.{alert.pk}.again", values={"who": alert.order.shown_name},
                     url=reverse("kitchen:alert", args=[alert.pk]))
        told += 1
    return told


@periodic(every_s=86_400, at="08:10")
def watch_certificates() -> int:
    """Who cooks, and the keepers, hear of a health certificate that runs out, once."""
    told = 0
    for area in Area.objects.filter(pk__in=Certificate.objects.values("area")):
        ahead = policy("kitchen.certificate_ahead_days", area=area)
        for keeper in stocking.keepers_of(area)[:1]:
            for row in orders.certificates(keeper, area):
                if not today() <= row.valid_until <= today() + timedelta(days=ahead):
                    continue
                for person in [row.person, *stocking.keepers_of(area)]:
                    tell(person, _("%(who)s 的健康证 %(on)s 到期，过期就不能报做饭的班。"), about=row,
                         key=f"kitchen.certificate.{row.pk}", url=reverse("kitchen:shifts"),
                         values={"who": row.person.shown_name, "on": row.valid_until.isoformat()})
                told += 1
    return told
