"""Result documents: issued with the decision, checked by anybody through their code, revoked with a reason."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from dateutil.relativedelta import relativedelta

from linli.foundation.calendar.clock import now, today
from linli.foundation.privacy.masks import mask_name
from linli.services.gov.letters import facts as reading
from linli.services.gov.models.letters import Result

if TYPE_CHECKING:
    from linli.foundation.people.models import Person
    from linli.services.gov.models import Application

TOKEN_BYTES = 16  # 128 random bits: nobody finds a paper by trying


def issue(application: Application, *, by: Person | None) -> list[Result]:
    """A document for every result of the item, valid from today. Called once, in the transaction of the decision."""
    local, name = application.version.body["local"], reading.holder(application)
    return [Result.objects.create(
        application=application, area=application.area, key=given["key"], name=given["name"], kind=given["kind"],
        licence=given.get("licence") or "", number=f"{application.number}-R{place}",
        token=secrets.token_urlsafe(TOKEN_BYTES), holder=name, item_name=application.version.body["base"]["name"],
        issuer=local["department"], valid_from=today(), valid_until=valid_until(today(), given.get("valid_months")),
        issued_by=by, issued_at=now()) for place, given in enumerate(local.get("results") or (), start=1)]


def valid_until(begins: date, months: int | None) -> date | None:
    """The last valid day: the same day of the month in which it ends, or that month's last (民法典 第202条)."""
    return begins + relativedelta(months=months) if months else None


@dataclass(frozen=True)
class Checked:
    """What anybody may know of a result: no more than stands on the page that its code opens."""

    number: str
    name: str
    item: str
    holder: str
    issuer: str
    issued_on: date
    valid_from: date
    valid_until: date | None
    state: str  # valid, expired, revoked
    revoked_on: date | None


def check(token: str) -> Checked | None:
    """The result of that code; None where there is none."""
    row = Result.objects.filter(token=token).first() if 10 < len(token) <= 32 else None
    if row is None:
        return None
    state = "revoked" if row.revoked_at else "valid" if row.is_good else "expired"
    return Checked(
        row.number, row.name, row.item_name, mask_name(row.holder), row.issuer, reading.local_day(row.issued_at),
        row.valid_from, row.valid_until, state, reading.local_day(row.revoked_at) if row.revoked_at else None)
