"""Verbs of giving: offer, answer, agree in writing, hand over, receipt (慈善法 第36、38、39、42、54、82条)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any

from django.db.transaction import atomic
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now, today
from linli.foundation.events import emit
from linli.foundation.notices import tell
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.policy import policy
from linli.foundation.privacy.retention import start_retention, stop_retention
from linli.foundation.web import Refused
from linli.services.kitchen.actions import stocking
from linli.services.kitchen.models import Donor, Gift, GiftState, Ingredient, Lot, Receipt, ReceiptKind


@atomic
def donor_of(person: Person, area: Area, *, name: str) -> Donor:
    """The person's own row as a donor here, made at their first gift. Raises `Denied`."""
    permit(person, "kitchen.give", area)
    row: Donor | None = Donor.objects.filter(area=area, person=person).first()
    if row is None:
        row = Donor(area=area, person=person, name=name.strip()[:40], phone=person.phone or "")
        row.save(force_insert=True)
        audit.record(person, "kitchen.become_donor", row)
    elif row.name != name.strip():
        row.name = name.strip()[:40]
        row.save(update_fields=["name"])
    return row


@atomic
def enter_donor(person: Person, area: Area, *, name: str, phone: str = "", is_body: bool = False) -> Donor:
    """The desk writes down a donor without an account: a shop, a factory, somebody at the door.

    The same name and number again is the same donor. Raises `Denied`, `Refused("no_name")`.
    """
    permit(person, "kitchen.keep", area)
    if not name.strip():
        raise Refused("no_name", _("请写捐赠人。"), field="name")
    for known in Donor.objects.filter(area=area, person=None):
        if (known.name, known.phone) == (name.strip()[:40], phone.strip()[:20]):
            return known
    row = Donor(area=area, name=name.strip()[:40], phone=phone.strip()[:20], is_body=is_body)
    row.save(force_insert=True)
    audit.record(person, "kitchen.enter_donor", row)
    return row


@atomic
def offer_gift(person: Person, donor: Donor, *, what: str, measure: str, amount: int, expires_on: date, storage: str,
               once: str, none_refused: bool, allergens: Iterable[str] = (), is_packaged: bool = False,
               licence: str = "", label: str = "", wants_agreement: bool = False, wants_receipt: bool = True,
               is_anonymous: bool = False) -> Gift:
    """Offer something to the kitchen; the same `once` is the same offer.

    慈善法 第36条: usable, safe, clean; so nothing past or about to pass its date, nothing called back, nothing of the
    list nobody can vouch for, and packaged food with its licence (食品安全法 第35条).
    Raises `Denied`, `Refused`: nothing, refused_food, too_old, no_licence, recalled.
    """
    if donor.person_id == person.pk:
        permit(person, "kitchen.give", donor)
    else:
        permit(person, "kitchen.keep", donor)
    found: Gift | None = Gift.objects.filter(donor=donor, once=once[:40]).first()
    if found is not None:
        return found
    if amount <= 0 or not what.strip():
        raise Refused("nothing", _("请写捐什么、有多少。"), field="what")
    if not none_refused:
        raise Refused("refused_food", _("上面列的几样我们不敢收。没有这些，就打个勾。"), field="none_refused")
    least = today() + timedelta(days=policy("kitchen.least_days_left", area=donor.area))
    if expires_on < least:
        raise Refused("too_old", _("到期日太近，来不及做。我们收 %(on)s 以后到期的。") % {"on": least.isoformat()},
                      field="expires_on")
    if is_packaged and not licence.strip():
        raise Refused("no_licence", _("包装食品要写包装上的生产许可证号（SC 开头）。自己家做的不能收。"),
                      field="licence")
    stocking.refuse_recalled(donor.area, label)
    gift = Gift.objects.create(
        area=donor.area, donor=donor, what=what.strip()[:60], measure=measure, amount=amount, expires_on=expires_on,
        storage=storage, allergens=sorted(set(allergens)), is_packaged=is_packaged, licence=licence.strip()[:40],
        label=label.strip()[:40], wants_agreement=wants_agreement, wants_receipt=wants_receipt,
        is_anonymous=is_anonymous, once=once[:40])
    stop_retention(donor, "kitchen.donor")
    audit.record(person, "kitchen.offer", gift, amount=amount, measure=measure)
    emit("kitchen.offered", gift=gift.pk)
    return gift


@atomic
def accept_gift(person: Person, gift: Gift, *, collect_at: datetime, collect_where: str) -> Gift:
    """Take it, and say when and where. Raises `Denied`, `Refused`: answered, past, no_place, after_date."""
    permit(person, "kitchen.keep", gift)
    row = _locked(gift)
    if row.state != GiftState.OFFERED:
        raise Refused("answered", _("这一件已经答复过了，请刷新看看。"))
    if collect_at <= now():
        raise Refused("past", _("交接时间要在现在以后。"), field="collect_at")
    if timezone.localtime(collect_at).date() > row.expires_on:
        raise Refused("after_date", _("那时已经过期了，请约早一点。"), field="collect_at")
    if not collect_where.strip():
        raise Refused("no_place", _("请写在哪里交接。"), field="collect_where")
    row.state, row.answered_at, row.answered_by = GiftState.ACCEPTED, now(), person
    row.collect_at, row.collect_where = collect_at, collect_where.strip()[:80]
    row.save()
    audit.record(person, "kitchen.accept", row)
    _tell(row, gettext_lazy("您捐的「%(what)s」厨房收，交接时间地点在这里。"), "accepted")
    return row


@atomic
def decline_gift(person: Person, gift: Gift, *, why: str) -> Gift:
    """Do not take it, and say why; also at the door. Raises `Denied`, `Refused`: answered, no_reason."""
    permit(person, "kitchen.keep", gift)
    row = _locked(gift)
    if row.state not in (GiftState.OFFERED, GiftState.ACCEPTED):
        raise Refused("answered", _("这一件已经答复过了，请刷新看看。"))
    if len(why.strip()) < 2:
        raise Refused("no_reason", _("请写一句为什么不收，捐赠人会看到。"), field="why")
    row.state, row.answered_at, row.answered_by, row.why_not = GiftState.DECLINED, now(), person, why.strip()[:120]
    row.save()
    audit.record(person, "kitchen.decline", row)
    _tell(row, gettext_lazy("您捐的「%(what)s」这次没有收：%(why)s"), "declined")
    return row


@atomic
def withdraw_gift(person: Person, gift: Gift) -> Gift:
    """The donor changed their mind; nobody asks why. Raises `Denied`, `Refused("answered")`."""
    permit(person, "kitchen.own_gift", gift)
    row = _locked(gift)
    if row.state == GiftState.WITHDRAWN:
        return row
    if row.state not in (GiftState.OFFERED, GiftState.ACCEPTED):
        raise Refused("answered", _("厨房已经收下了，不能撤回。有事请打厨房的电话。"))
    row.state = GiftState.WITHDRAWN
    row.save(update_fields=["state"])
    audit.record(person, "kitchen.withdraw", row)
    return row


@atomic
def sign_agreement(person: Person, gift: Gift) -> Gift:
    """慈善法 第39条: the written agreement is agreed to: by the donor here, or on paper before staff. Twice is once.

    Raises `Denied`, `Refused("not_accepted")`.
    """
    permit(person, "kitchen.sign", gift)
    row = _locked(gift)
    if row.state != GiftState.ACCEPTED:
        raise Refused("not_accepted", _("厨房答应收了，才签协议。"))
    if row.agreed_at is None:
        row.agreed_at = now()
        row.save(update_fields=["agreed_at"])
        audit.record(person, "kitchen.sign", row)
    return row


@atomic
def receive_gift(person: Person, gift: Gift, *, ingredient: Ingredient, counted: int, condition: str,
                 expires_on: date, storage: str, not_recalled: bool, allergens: Iterable[str] = (),
                 ticket: str = "") -> Lot:
    """Counted at the door, looked at, put on the shelf; the receipt is made, or it is written that none was wanted.

    Raises `Denied`, `Refused`: not_accepted, no_agreement, not_usable, not_checked, no_ticket, and those of `shelve`.
    """
    permit(person, "kitchen.keep", gift)
    row = _locked(gift)
    if row.state != GiftState.ACCEPTED:
        raise Refused("not_accepted", _("先答应收，约好时间，再点收。"))
    if row.waits_for_agreement:
        raise Refused("no_agreement", _("捐赠人要签书面协议（慈善法 第39条），签了再收。"))
    if condition == Gift.Condition.BAD:
        raise Refused("not_usable", _("不能用的不收。请选「不收」，写明原因。"), field="condition")
    if not not_recalled:
        raise Refused("not_checked", _("请先查过没有被召回，再打勾。"), field="not_recalled")
    lot = stocking.shelve(
        person, row.area, ingredient=ingredient, amount=counted, expires_on=expires_on, storage=storage,
        allergens={*allergens, *row.allergens}, label=row.label, gift=row)
    row.state, row.received_at, row.received_by = GiftState.RECEIVED, now(), person
    row.ingredient, row.counted, row.condition, row.measure = ingredient, counted, condition, ingredient.measure
    row.save()
    receipt = _receipt(person, row, ticket)
    start_retention(row.donor, "kitchen.donor")
    audit.record(person, "kitchen.receive", row, counted=counted, receipt=str(receipt.kind))
    emit("kitchen.received", gift=row.pk, lot=lot.pk)
    _tell(row, gettext_lazy("「%(what)s」收到了，谢谢您。收据和去向在这里看。"), "received")
    return lot


def _receipt(person: Person, gift: Gift, ticket: str) -> Receipt:
    """慈善法 第38条: anonymous or waived is recorded as such; a body without the right acknowledges, and says so."""
    site = stocking.locked_site(gift.area)
    kind: str = policy("kitchen.receipt", area=gift.area)
    if gift.is_anonymous:
        kind = ReceiptKind.ANONYMOUS
    elif not gift.wants_receipt:
        kind = ReceiptKind.WAIVED
    if kind == ReceiptKind.OFFICIAL and not ticket.strip():
        raise Refused("no_ticket", _("请写财政部门监制的捐赠票据号码（慈善法 第38条）。"), field="ticket")
    count = Receipt.objects.filter(area=gift.area, on__year=today().year).count()
    return Receipt.objects.create(
        area=gift.area, gift=gift, kind=kind, number=f"JZ{today().year}-{count + 1:04d}",
        ticket=ticket.strip()[:40] if kind == ReceiptKind.OFFICIAL else "", body=site.body, handler=person, on=today())


@atomic
def allow_name(person: Person, donor: Donor, *, is_named: bool) -> Donor:
    """慈善法 第82条: whether the donor's name may be public; taken back as easily. Raises `Denied`."""
    permit(person, "kitchen.own_gift", donor)
    row: Donor = Donor.objects.select_for_update(of=("self",)).select_related("area").get(pk=donor.pk)
    row.is_named = is_named
    row.save(update_fields=["is_named"])
    audit.record(person, "kitchen.allow_name", row, allowed=is_named)
    return row


def _locked(gift: Gift) -> Gift:
    rows = Gift.objects.select_for_update(of=("self",)).select_related("area", "donor__area", "donor__person")
    found: Gift = rows.get(pk=gift.pk)
    return found


def _tell(gift: Gift, sentence: Any, step: str) -> None:
    if gift.donor.person is not None:
        tell(gift.donor.person, sentence, about=gift, key=f"kitchen.gift.{gift.pk}.{step}",
             values={"what": gift.what, "why": gift.why_not}, url=reverse("kitchen:gift", args=[gift.pk]))
