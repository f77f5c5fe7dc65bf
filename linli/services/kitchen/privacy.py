"""This room's part in a person's rights, and what goes when a term of keeping ends."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.foundation.privacy.erasers import eraser
from linli.services.kitchen.models import (
    LIVE,
    Attending,
    Certificate,
    Donor,
    Eater,
    Gift,
    GiftState,
    Order,
    OrderState,
    RecallCall,
    Standing,
    WelfareAlert,
)


def copy_of(person: Person) -> dict[str, Any]:
    """All that is tied to the person: what they may not eat, their door, meals, gifts, shifts, alerts."""
    return {
        "eater": [{"diets": one.diets, "allergies": one.allergies, "building": str(one.building or ""),
                   "door": one.door, "door_words": one.door_words, "neighbour": one.neighbour,
                   "contact": [one.contact, one.contact_phone], "subsidy": one.subsidy,
                   "subsidy_source": one.subsidy_source}
                  for one in Eater.objects.filter(person=person).select_related("building__compound")],
        "orders": [{"on": one.menu.on.isoformat(), "meal": one.menu.serving, "portions": one.portions,
                    "state": one.state, "price_cents": one.price, "subsidy_cents": one.subsidy, "note": one.note,
                    "taste": one.taste, "words": one.words}
                   for one in Order.objects.filter(person=person).select_related("menu").order_by("placed_at")],
        "standing": [{"weekdays": one.weekdays, "meal": one.serving, "portions": one.portions}
                     for one in Standing.objects.filter(person=person, ended_at=None)],
        "gifts": [{"what": one.what, "amount": one.amount, "measure": one.measure, "state": one.state,
                   "offered": one.offered_at.isoformat()}
                  for one in Gift.objects.filter(donor__person=person).order_by("offered_at")],
        "shifts": [{"came": one.came_at.isoformat(), "minutes": one.minutes}
                   for one in Attending.objects.filter(person=person).order_by("came_at")],
        "certificates": [{"number": one.number, "valid_until": one.valid_until.isoformat()}
                         for one in Certificate.objects.filter(person=person)],
        "alerts": [{"at": one.raised_at.isoformat(), "found": one.found, "words": one.words}
                   for one in WelfareAlert.objects.filter(person=person)],
        "recalls": [{"reason": one.recall.reason, "advice": one.recall.advice, "had_it": one.had_it}
                    for one in RecallCall.objects.filter(person=person).select_related("recall")],
    }


def erase(person: Person) -> list[str]:
    """Meals still to come are cancelled, and what is not needed to find people in a recall goes at once."""
    from linli.services.kitchen.actions import ordering

    said = []
    for order in Order.objects.filter(person=person, state__in=[OrderState.PLACED, OrderState.WAITING]).select_related(
            "menu__area", "area", "person"):
        if order.menu.takes_orders(now()):
            ordering.cancel(person, order)
    Standing.objects.filter(person=person, ended_at=None).update(ended_at=now())
    if Order.objects.filter(person=person, state__in=LIVE).exists():
        said.append(_("还有一份餐在做或者在送，送完以后再删门牌。"))
    else:
        count, _rows = Eater.objects.filter(person=person).delete()
        said += [_("您的饮食、过敏、门牌和联系人已删除。")] if count else []
    if Order.objects.filter(person=person).exists():
        said.append(_("订过的餐再留 180 天，食材要召回时好找您，到期自动和您断开。"))
    for donor in Donor.objects.filter(person=person):
        if donor.gifts.filter(state=GiftState.RECEIVED).exists():
            donor.is_named = False
            donor.save(update_fields=["is_named"])
            said.append(_("您捐赠的登记要依法留存（慈善法 第54条），名字不再公开。"))
        elif not donor.gifts.exists():
            donor.delete()
    return said


@eraser("kitchen.order")
def erase_order(order: Order, purpose: str) -> str:
    """The meal is counted; whose it was is not known any more."""
    if order.state in LIVE:
        return "in use"
    order.note = order.words = ""
    order.person = order.by = None
    order.save(update_fields=["note", "words", "person", "by"])
    RecallCall.objects.filter(order=order).update(person=None)
    return "anonymised"


@eraser("kitchen.welfarealert")
def erase_alert(alert: WelfareAlert, purpose: str) -> str:
    """What was found behind the door is forgotten; that somebody went stays."""
    alert.words, alert.person = "", None
    alert.save(update_fields=["words", "person"])
    return "anonymised"


@eraser("kitchen.donor")
def erase_donor(donor: Donor, purpose: str) -> str:
    """The register keeps what was given, not by whom."""
    donor.name = donor.phone = ""
    donor.person, donor.is_named = None, False
    donor.save()
    return "anonymised"


@eraser("kitchen.certificate")
def erase_certificate(row: Certificate, purpose: str) -> str:
    """A certificate that a newer one replaced."""
    row.delete()
    return "deleted"


@eraser("kitchen.eater")
def erase_eater(row: Eater, purpose: str) -> str:
    """Who no longer eats here."""
    if Order.objects.filter(person=row.person, state__in=LIVE).exists():
        return "in use"
    row.delete()
    return "deleted"
