"""Devices and who has them; and what one borrows or waits for."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from linli.foundation.areas.models import Area
from linli.foundation.people.models import Person
from linli.mechanisms.bookings.actions import loans
from linli.mechanisms.bookings.models import Loan, LoanHold, LoanHoldState
from linli.services.learning.models import STAFF, Device, DeviceKind, DeviceState

KEY = "learning.device:"


@dataclass(frozen=True)
class KindLine:
    """One kind of device here: how many stand there, how many wait, and the reader's own turn."""

    code: str
    title: str
    all: int
    free: int
    waiting: int
    hold: LoanHold | None


def kinds(person: Person, area: Area) -> list[KindLine]:
    """What can be borrowed here."""
    mine = {row.title_key: row for row in holds_of(person)}
    found = []
    for code, title in DeviceKind.choices:
        key = Device.title_key(code)
        rows = Device.objects.filter(area=area, kind=code).exclude(state=DeviceState.RESTING)
        ready = set(rows.filter(state=DeviceState.READY).values_list("resource", flat=True))
        found.append(KindLine(
            code, str(title), rows.count(), sum(one.pk in ready for one in loans.free_copies(key, area.code)),
            loans.waiting_for(key, area.code).count(), mine.get(key)))
    return found


def loans_of(person: Person) -> list[Loan]:
    """The devices somebody has."""
    rows = Loan.objects.filter(person=person, returned_at=None, resource__kind="learning.device")
    return list(rows.select_related("resource").order_by("due_on", "id"))


def holds_of(person: Person) -> list[LoanHold]:
    rows = LoanHold.objects.filter(person=person, title_key__startswith=KEY, state__in=[
        LoanHoldState.WAITING, LoanHoldState.READY])
    return list(rows.select_related("resource").order_by("rank", "id"))


def at_desk(person: Person, *, state: str = "") -> QuerySet[Device]:
    rows: QuerySet[Device] = Device.objects.filter(person.scope_q("area__code", roles=STAFF))
    rows = rows.filter(state=state) if state in DeviceState.values else rows
    return rows.select_related("area", "resource").order_by("label", "id")


def with_loans(rows: list[Device]) -> list[tuple[Device, Loan | None, LoanHold | None]]:
    """Each with its open loan and the hold it is kept for. Two queries."""
    resources = [row.resource_id for row in rows]
    out = {loan.resource_id: loan for loan in Loan.objects.filter(
        resource__in=resources, returned_at=None).select_related("person")}
    kept = {hold.resource_id: hold for hold in LoanHold.objects.filter(
        resource__in=resources, state=LoanHoldState.READY).select_related("person")}
    return [(row, out.get(row.resource_id), kept.get(row.resource_id)) for row in rows]


def history(device: Device) -> list[Loan]:
    """Past loans with their condition out and in; who had it is not in them any more."""
    return list(Loan.objects.filter(resource=device.resource_id).exclude(returned_at=None).order_by(
        "-returned_at", "-id")[:20])


def ready_for_class(area: Area) -> list[Device]:
    """Devices that may be used in a class."""
    return list(Device.objects.filter(area=area).exclude(state=DeviceState.RESTING).select_related("resource", "area"))
