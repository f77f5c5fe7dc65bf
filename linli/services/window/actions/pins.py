"""The PIN of a matter: set at the counter or by its applicant, told to nobody, tried a few times only."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from django.contrib.auth.hashers import check_password, make_password
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now
from linli.foundation.people import limits
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.web import Denied, Refused
from linli.foundation.web.acts import perform
from linli.services.window import settings
from linli.services.window.models import Pin


@atomic
def set_pin(person: Person, area: Area, number: str) -> str:
    """A new PIN of the matter; only the answer holds it, in plain, once. It replaces an earlier one.

    Who may see the matter may set it: gov is asked. Raises `Denied`, `Refused` as gov.where.
    """
    permit(person, "window.set_pin", area)
    told = perform("gov.where", person, number=number)
    digits = settings.number("pin_digits", area)
    plain = "".join(secrets.choice("0123456789") for _n in range(digits))
    row, _new = Pin.objects.update_or_create(number=str(told["number"]), defaults={
        "area": area, "hash": make_password(plain), "opened_by": person, "set_at": now()})
    audit.record(person, "window.set_pin", row)
    return plain


def told_by_pin(person: Person | None, number: str, pin: str) -> Mapping[str, Any]:
    """How the matter stands, for who knows its number and PIN: staff on the telephone, or anybody at the kiosk.

    Unknown number and wrong PIN get the same sentence; after a few tries the number is shut for a while, also for the
    right PIN. What is told is what the opener of the PIN sees. Raises `Refused("wrong_pin" | "locked")`.
    """
    number = number.strip().upper()
    row = Pin.objects.select_related("area", "opened_by").filter(number=number).first()
    if person is not None:
        permit(person, "window.look_up", row or person)
    most, window = _tries(row)
    if not limits.count("window.pin", number, most, window):
        raise Refused("locked", _("这个单号试得太多了。请过半小时再试，或者到窗口。"), field="pin")
    right = check_password(pin.strip(), row.hash if row else _NOBODY)
    if row is None or not right:
        raise Refused("wrong_pin", _("单号或密码不对，请再看一遍小票。"), field="pin")
    limits.forget("window.pin", number)
    try:
        told: Mapping[str, Any] = perform("gov.where", row.opened_by, number=row.number)
    except Denied:
        raise Refused("ask_at_window", _("这件事要到窗口或打电话问。"), field="number") from None
    audit.record(person, "window.look_up", row)
    return told


def _tries(row: Pin | None) -> tuple[int, timedelta]:
    from linli.foundation.calendar.clock import today
    from linli.foundation.policy import policy

    told = policy("window.pin_tries", on=today(), area=row.area if row else None)
    return int(told["most"]), timedelta(minutes=int(told["minutes"]))


_NOBODY = make_password(None)
