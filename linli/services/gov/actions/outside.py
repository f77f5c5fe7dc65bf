"""Booking in another house's book, and keeping the houses: their pages, their systems.

An appointment is written down here first, with its key; then they are asked. When nobody answers, they are asked again
under the same key for a bounded time, first whether they have it. Only what they confirmed is shown as booked.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.db import IntegrityError
from django.db.transaction import atomic
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _, gettext_lazy

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now, today
from linli.foundation.events import emit
from linli.foundation.jobs.backoff import wait_after
from linli.foundation.notices import tell
from linli.foundation.people.models import Organisation, OrganisationKind, Person
from linli.foundation.people.permit import permit
from linli.foundation.people.queries import mandate_for
from linli.foundation.policy import policy
from linli.foundation.privacy.actions import give_consent
from linli.foundation.privacy.models import Consent
from linli.foundation.privacy.retention import start_retention
from linli.foundation.web import Refused
from linli.services.gov.models.outside import (
    ALIVE,
    BookingState,
    Endpoint,
    OutsideBooking,
    OutsidePlace,
    OutsideService,
)
from linli.services.gov.outside.adapters import Adapter, Confirmation, Slot, adapter_of
from linli.services.gov.outside.http import NoAnswer, TurnedDown, is_safe

PURPOSE = "gov.outside"
KINDS = {OrganisationKind.CLINIC: (OutsideService.CLINIC, OutsideService.FAMILY_DOCTOR, OutsideService.VACCINATION),
         OrganisationKind.SCHOOL: (OutsideService.SCHOOL,)}
_WAITING = (BookingState.ASKING, BookingState.CANCELLING)


def book(person: Person, place: OutsidePlace, *, service: str, slot: str, starts_at: str, with_whom: str = "",
         subject: Person | None = None, name: str = "", phone: str = "", agreed: bool = False,
         once: str) -> OutsideBooking:
    """Book a time at `place` for oneself, or by mandate for `subject`. The same `once` is the same appointment.

    `name` and `phone` count only where the account of the subject has none. Not inside a transaction: they are asked
    between two. Raises `Denied`, `Refused`: not_online, consent_missing, no_name, too_many, slot_over, same_slot.
    """
    who = subject or person
    if mandate_for(person, who, "gov") is None:
        permit(person, "gov.book_outside", who)
    adapter = adapter_of(place)
    if adapter is None or service not in place.services:
        raise Refused("not_online", _("这里还不能网上约。请打电话，或者自己去一趟。"))
    row, is_new = _written(person, place, who, service=service, slot=slot, starts_at=starts_at, with_whom=with_whom,
                           name=name, phone=phone, agreed=agreed, once=once)
    if is_new:
        settle(row.pk, adapter)
        row.refresh_from_db()
    return row


@atomic
def _written(person: Person, place: OutsidePlace, who: Person, *, service: str, slot: str, starts_at: str,
             with_whom: str, name: str, phone: str, agreed: bool, once: str) -> tuple[OutsideBooking, bool]:
    Person.objects.select_for_update().get(pk=who.pk)
    earlier = OutsideBooking.objects.filter(actor=person, once=once).first()
    if earlier is not None:
        return earlier, False
    try:
        moment = parse_datetime(starts_at)
    except ValueError:
        moment = None
    if not 0 < len(slot) <= 80 or moment is None or moment.tzinfo is None or moment <= now():
        raise Refused("slot_over", _("这个时间已经过了。请另选一个。"), field="slot")
    alive = OutsideBooking.objects.filter(subject=who, state__in=ALIVE, starts_at__gt=now())
    if alive.count() >= int(policy("gov.booking_alive_most")):
        raise Refused("too_many", _("同时约得太多了。先取消一个不去的，再约。"))
    told = {"name": who.name or name.strip()[:60], "phone": who.phone or phone.strip()[:20]}
    if not all(told.values()):
        raise Refused("no_name", _("对方要知道姓名和电话才能留号。"), field="name" if not told["name"] else "phone")
    consent = _consent(person, who, agreed=agreed)
    row = OutsideBooking(
        area=place.area, place=place, service=service, subject=who, actor=person, consent=consent,
        mandate=mandate_for(person, who, "gov") if who.pk != person.pk else None, slot=slot, starts_at=moment,
        with_whom=with_whom.strip()[:120], key=f"linli-{uuid4().hex}", sent=json.dumps(told, ensure_ascii=False),
        once=once, made_at=now(), next_at=now() + timedelta(seconds=int(policy("gov.booking_first_wait_s"))))
    try:
        with atomic():
            row.save(force_insert=True)
    except IntegrityError:
        raise Refused("same_slot", _("这个时间您已经约过了，在「我的预约」里看。"), field="slot") from None
    audit.record(person, "gov.book_outside", row, acting_for=who if who.pk != person.pk else None, service=service,
                 to=place.organisation_id, shared=sorted(told), consent=str(consent.pk))
    return row, True


def _consent(person: Person, who: Person, *, agreed: bool) -> Consent:
    """The consent of who is told about. Raises `Refused("consent_missing")`."""
    if agreed:
        return give_consent(person, PURPOSE, person=who)
    found = Consent.objects.filter(person=who, purpose=PURPOSE, withdrawn_at=None).first()
    if found is None:
        raise Refused(
            "consent_missing", _("要先同意把姓名和电话告诉对方，才能约。不同意可以打电话约。"), field="agreed")
    return found


def settle_due(limit: int = 3) -> int:
    """Ask again for what nobody answered; gives how many."""
    due = OutsideBooking.objects.filter(state__in=_WAITING, next_at__lte=now()).order_by("next_at", "id")
    return sum(settle(pk) for pk in list(due.values_list("pk", flat=True)[:limit]))


def settle(pk: int, adapter: Adapter | None = None) -> bool:
    """Ask the other house once about one appointment. False where there is nothing to ask."""
    row = _claimed(pk, is_first=adapter is not None)
    if row is None:
        return False
    adapter = adapter or adapter_of(row.place)
    try:
        if adapter is None:
            raise NoAnswer("switched_off")
        if row.state == BookingState.CANCELLING:
            adapter.cancel(row.key)
            _note(row, BookingState.CANCELLED)
        else:
            found = adapter.look_up(row.key) if row.attempts > 1 else None
            if found is None and row.starts_at <= now():
                raise TurnedDown("slot_over")
            told = found or adapter.book(row.key, row.service, row.slot, json.loads(row.sent))
            _note(row, BookingState.CANCELLED if told.is_cancelled else BookingState.BOOKED, told)
    except NoAnswer as none:
        _note_silence(row, none.code)
    except TurnedDown as no:
        _note_no(row, no)
    return True


@atomic
def _claimed(pk: int, *, is_first: bool) -> OutsideBooking | None:
    rows = OutsideBooking.objects.select_for_update(of=("self",)).select_related("place__organisation")
    row: OutsideBooking | None = rows.filter(pk=pk, state__in=_WAITING).first()
    if row is None or (not is_first and row.next_at > now()):
        return None
    row.attempts += 1
    row.next_at = now() + _pause(row.attempts)
    row.save(update_fields=["attempts", "next_at"])
    return row


def _pause(attempts: int) -> timedelta:
    return wait_after(attempts, first_s=int(policy("gov.booking_first_wait_s")))


@atomic
def _note(claimed: OutsideBooking, state: str, told: Confirmation | None = None) -> None:
    row = _still(claimed)
    if row is None:
        return
    row.state, row.fault = state, ""
    if told is not None:
        row.their_number, row.said = told.number, told.said
    row.save(update_fields=["state", "fault", "their_number", "said"])
    _finish(row)
    if state == BookingState.BOOKED and row.attempts > 1:
        _tell(row, gettext_lazy("对方答复了，约好了。预约号在「我的预约」里。"))
    elif state == BookingState.CANCELLED and row.attempts > 1:
        _tell(row, gettext_lazy("对方答复了，预约取消了。"))


@atomic
def _note_silence(claimed: OutsideBooking, code: str) -> None:
    row = _still(claimed)
    if row is None:
        return
    row.fault = code[:40]
    if row.attempts >= int(policy("gov.booking_attempts_most")):
        row.state = BookingState.UNCLEAR
        _tell(row, gettext_lazy("对方一直没有答复，不知道成没成。请打电话问一问，电话在「我的预约」里。"))
    row.save(update_fields=["fault", "state"])
    _finish(row)


@atomic
def _note_no(claimed: OutsideBooking, no: TurnedDown) -> None:
    row = _still(claimed)
    if row is None:
        return
    row.fault, row.said = no.code[:40], no.sentence
    # They will not cancel: then it stands, as far as anybody knows.
    row.state = BookingState.BOOKED if row.state == BookingState.CANCELLING else BookingState.REFUSED
    if row.state == BookingState.BOOKED and not row.their_number:
        row.state = BookingState.UNCLEAR
    row.save(update_fields=["fault", "said", "state"])
    _finish(row)
    if row.attempts > 1:
        _tell(row, gettext_lazy("对方答复了，这次没办成。原因在「我的预约」里。"))


def _still(claimed: OutsideBooking) -> OutsideBooking | None:
    """The row as it is, if nobody else has asked or cancelled since."""
    rows = OutsideBooking.objects.select_for_update(of=("self",)).select_related("subject", "actor", "area")
    found: OutsideBooking | None = rows.filter(
        pk=claimed.pk, state=claimed.state, attempts=claimed.attempts).first()
    return found


def _finish(row: OutsideBooking) -> None:
    audit.record(None, "gov.settle_outside", row, state=str(row.state), fault=row.fault)
    emit("gov.outside_settled", booking=row.pk)
    if row.state not in _WAITING:
        start_retention(row, PURPOSE, max(timezone.localtime(row.starts_at).date(), today()))


def _tell(row: OutsideBooking, sentence: Any) -> None:
    """Who it is for, and who did it for them. No service and no house is named: it may be about health."""
    for person in {row.subject_id: row.subject, row.actor_id: row.actor}.values():
        tell(person, sentence, about=row, key=f"gov.booking.{row.pk}.{row.state}.{row.attempts}",
             url=reverse("gov:outside_booking", args=[row.pk]), title=gettext_lazy("您的预约"))


def cancel(person: Person, booking: OutsideBooking) -> OutsideBooking:
    """Take it back: asked of the other house; cancelled when they say so. Twice is once. Raises `Denied`, `Refused`."""
    row, is_new = _cancelling(person, booking)
    if is_new:
        adapter = adapter_of(row.place)
        if adapter is not None:
            settle(row.pk, adapter)
        row.refresh_from_db()
    return row


@atomic
def _cancelling(person: Person, booking: OutsideBooking) -> tuple[OutsideBooking, bool]:
    permit(person, "gov.cancel_outside", booking)
    rows = OutsideBooking.objects.select_for_update(of=("self",)).select_related("place__organisation", "subject")
    row: OutsideBooking = rows.get(pk=booking.pk)
    if row.state in (BookingState.CANCELLING, BookingState.CANCELLED):
        return row, False
    if row.state not in (BookingState.BOOKED, BookingState.ASKING) or row.starts_at <= now():
        raise Refused("not_booked", _("这个预约已经不能取消了。要改请打对方的电话。"))
    row.state, row.attempts, row.fault = BookingState.CANCELLING, 0, ""
    row.next_at = now()
    row.save(update_fields=["state", "attempts", "fault", "next_at"])
    audit.record(person, "gov.cancel_outside", row, acting_for=row.subject if row.subject_id != person.pk else None)
    return row, True


def free_slots(place: OutsidePlace, service: str) -> tuple[list[Slot], str]:
    """(the times that can be had in the next days, "") or ([], why not): none of it is kept here."""
    adapter = adapter_of(place)
    if adapter is None or service not in place.services:
        return [], "not_online"
    try:
        found = adapter.slots(service, today(), int(policy("gov.booking_days_ahead")))
    except (NoAnswer, TurnedDown) as error:
        return [], error.code
    return [one for one in found if one.starts_at > now()], ""


@atomic
def keep_place(person: Person, area: Area, organisation: Organisation, *, services: Sequence[str], address: str,
               hours: str, note: str = "", is_shown: bool = True) -> OutsidePlace:
    """Write down how one goes to a clinic or school. Who saves it has checked it today. Raises `Denied`, `Refused`."""
    permit(person, "gov.keep_outside", area)
    allowed = KINDS.get(OrganisationKind(organisation.kind), ())
    wanted = [code for code in OutsideService.values if code in services and code in allowed]
    if not wanted:
        raise Refused("no_service", _("请选这家能办的事：医院和学校能办的不一样。"), field="services")
    if not area.code.startswith(organisation.area.code) and not organisation.area.code.startswith(area.code):
        raise Refused("not_here", _("这家不在本社区的范围里。"), field="organisation")
    told: Mapping[str, Any] = {
        "services": wanted, "address": address.strip(), "hours": hours.strip(), "note": note.strip(),
        "is_shown": is_shown, "checked_by": person, "checked_on": today()}
    row, _made = OutsidePlace.objects.update_or_create(organisation=organisation, defaults=told,
                                                       create_defaults={**told, "area": area})
    audit.record(person, "gov.keep_outside", row, services=wanted)
    return row


@atomic
def keep_endpoint(person: Person, area: Area, *, url: str, key_id: str, secret: str = "", department: str = "",
                  organisation: Organisation | None = None, is_on: bool = True) -> Endpoint:
    """Say where a system is and what is signed with; an empty `secret` keeps the former. Raises `Denied`, `Refused`."""
    permit(person, "gov.connect", area)
    if not is_safe(url.strip()):
        raise Refused("unsafe_address", _("地址要以 https:// 开头，不带账号和参数。"), field="url")
    if bool(department.strip()) == (organisation is not None):
        raise Refused("one_of_two", _("部门和单位填一样。"), field="department")
    rows = Endpoint.objects.select_for_update().filter(area=area, department=department.strip(),
                                                       organisation=organisation)
    row = rows.first() or Endpoint(area=area, department=department.strip(), organisation=organisation)
    if len(secret or row.secret or "") < 16:
        raise Refused("short_secret", _("密钥至少 16 位。"), field="secret")
    row.url, row.key_id, row.is_on = url.strip(), key_id.strip(), is_on
    row.secret = secret or row.secret
    row.changed_by, row.changed_at = person, now()
    row.save()
    audit.record(person, "gov.connect", row, on=is_on)
    return row
