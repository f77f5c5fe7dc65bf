"""Devices: taken in, handed out, taken back, wiped. The loan and the queue are the bookings mechanism's."""

from __future__ import annotations

from datetime import datetime, time, timedelta

from django.db import IntegrityError
from django.db.models import Q
from django.db.transaction import atomic
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now, today
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.policy import policy
from linli.foundation.web import Denied, Refused
from linli.mechanisms.bookings import actions as bookings
from linli.mechanisms.bookings.models import Claim, Loan, LoanHold
from linli.services.learning.models import Device, DeviceKind, DeviceState, Wipe

RESOURCE = "learning.device"


@atomic
def add_device(person: Person, area: Area, *, kind: str, label: str, accessories: str = "", condition: str = "",
               ) -> Device:
    """One more device. Raises `Denied`, `Refused`: no_kind, no_label, label_taken."""
    permit(person, "learning.lend", area)
    if kind not in DeviceKind.values:
        raise Refused("no_kind", _("请选是手机还是平板。"), field="kind")
    if not label.strip():
        raise Refused("no_label", _("请写贴在上面的编号。"), field="label")
    resource = bookings.add_resource(
        person, area, kind=RESOURCE, name=f"{DeviceKind(kind).label} {label.strip()}"[:80], owner="learning.device",
        verb="learning.lend", manage_verb="learning.lend", title_key=Device.title_key(kind))
    try:
        with atomic():
            row: Device = Device.objects.create(
                area=area, resource=resource, kind=kind, label=label.strip()[:30],
                accessories=accessories.strip()[:100], condition=condition.strip()[:200])
    except IntegrityError:
        raise Refused("label_taken", _("这个编号已经有了，请换一个。"), field="label") from None
    audit.record(person, "learning.add_device", row)
    return row


@atomic
def lend(person: Person, device: Device, borrower: Person, *, condition: str) -> Loan:
    """Hand it out, wiped, with its condition written down. Raises `Denied`, `Refused`: not_wiped, no_condition,
    promised, and those of bookings (too_many, kept, lent)."""
    permit(person, "learning.lend", device)
    if borrower.area_code[:12] != device.area_code[:12]:
        raise Denied("learning.lend")
    row = _locked(device)
    if row.state == DeviceState.TO_WIPE:
        raise Refused("not_wiped", _("上一位用完还没清干净。请先照清单清，再借出去。"))
    if row.state != DeviceState.READY:
        raise Refused("not_here", _("%(what)s现在是「%(state)s」，借不了。") % {
            "what": row, "state": row.get_state_display()})
    words = _condition(condition)
    days = policy("learning.device_days", area=row.area)
    until = timezone.make_aware(datetime.combine(today() + timedelta(days=days), time.max))
    if Claim.objects.filter(Q(ends__gt=now()), resource=row.resource, starts__lt=until).exists():
        raise Refused("promised", _("%(what)s这几天要在课上用，请换一台。") % {"what": row})
    loan = bookings.lend(person, row.resource, borrower, days=days, facts={"out": words},
                         most=policy("learning.devices_most", area=row.area))
    row.state, row.condition = DeviceState.LENT, words
    row.save(update_fields=["state", "condition"])
    audit.record(person, "learning.lend", row)
    return loan


@atomic
def take_back(person: Person, device: Device, *, condition: str) -> LoanHold | None:
    """It is back: who had it is cut from the loan, its condition written down, and it is to be wiped before the next.

    Returns the hold it is now kept for, if any. Raises `Denied`, `Refused`: not_lent, no_condition.
    """
    permit(person, "learning.lend", device)
    row = _locked(device)
    loan = Loan.objects.filter(resource=row.resource, returned_at=None).select_related("resource__area").first()
    if loan is None or row.state != DeviceState.LENT:
        raise Refused("not_lent", _("这一台没有登记借出。"))
    words = _condition(condition)
    row.state, row.condition = DeviceState.TO_WIPE, words
    row.save(update_fields=["state", "condition"])
    kept = bookings.give_back(person, loan, facts={"in": words})
    audit.record(person, "learning.take_back", row, kept=kept is not None)
    return kept


@atomic
def wipe(person: Person, device: Device, *, signed_out: bool, photos_erased: bool, code_reset: bool) -> Device:
    """Every trace of the last borrower is gone; only then it may be handed out. Raises `Denied`, `Refused`: not_back,
    not_whole."""
    permit(person, "learning.lend", device)
    row = _locked(device)
    if row.state != DeviceState.TO_WIPE:
        raise Refused("not_back", _("这一台不用清。"))
    if not (signed_out and photos_erased and code_reset):
        raise Refused("not_whole", _("三样都做完、都勾上，才能借给下一位。"), field="signed_out")
    loan = Loan.objects.filter(resource=row.resource).exclude(returned_at=None).order_by("-returned_at", "-id").first()
    assert loan is not None
    Wipe.objects.create(device=row, loan_id=loan.pk, by=person, signed_out=True, photos_erased=True, code_reset=True)
    row.state = DeviceState.READY
    row.save(update_fields=["state"])
    audit.record(person, "learning.wipe", row)
    return row


@atomic
def rest(person: Person, device: Device, *, resting: bool) -> Device:
    """Out of use for a while, or back. Raises `Denied`, `Refused`: is_out."""
    permit(person, "learning.lend", device)
    row = _locked(device)
    if row.state not in (DeviceState.READY, DeviceState.RESTING):
        raise Refused("is_out", _("这一台还借着，或者还没清干净。"))
    row.state = DeviceState.RESTING if resting else DeviceState.READY
    row.save(update_fields=["state"])
    row.resource.is_active = not resting
    row.resource.save(update_fields=["is_active"])
    audit.record(person, "learning.rest_device", row, resting=resting)
    return row


@atomic
def queue(person: Person, area: Area, kind: str, *, borrower: Person | None = None) -> LoanHold:
    """Wait for any device of a kind; one that stands there is kept at once. Raises `Denied`, `Refused`: no_copy,
    has_it."""
    if kind not in DeviceKind.values:
        raise Refused("no_kind", _("请选是手机还是平板。"), field="kind")
    hold = bookings.hold_loan(person, area, Device.title_key(kind), borrower=borrower)
    audit.record(person, "learning.queue", hold, acting_for=borrower if borrower and borrower != person else None)
    return hold


@atomic
def leave_queue(person: Person, hold: LoanHold) -> None:
    """No longer wanted; a kept one goes to the next. Raises `Denied`."""
    if not hold.title_key.startswith("learning.device:"):
        raise Denied("learning.queue")
    bookings.leave_hold(person, hold)
    audit.record(person, "learning.leave_queue", hold)


def _condition(words: str) -> str:
    if len(words.strip()) < 2:
        raise Refused("no_condition", _("请写一句现在什么样子，例如：屏幕没有划痕，充电线齐全。"), field="condition")
    return words.strip()[:200]


def _locked(device: Device) -> Device:
    row: Device = Device.objects.select_for_update(of=("self",)).select_related("area", "resource__area").get(
        pk=device.pk)
    return row
