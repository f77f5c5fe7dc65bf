"""Lending: one thing to one person until a day; who waits for a title gets the next copy that comes back."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

from django.db import IntegrityError
from django.db.transaction import atomic
from django.utils.translation import gettext as _, gettext_lazy

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now, today
from linli.foundation.events import emit
from linli.foundation.notices import tell
from linli.foundation.people.models import Person
from linli.foundation.people.permit import may, permit
from linli.foundation.policy import policy
from linli.foundation.web import Refused
from linli.mechanisms.bookings.models import Loan, LoanHold, LoanHoldState, Resource


@atomic
def lend(
    person: Person, resource: Resource, borrower: Person, *, days: int | None = None, most: int | None = None,
    facts: dict[str, Any] | None = None,
) -> Loan:
    """Hand it out. `most`: how many of this kind one person may have (default: policy). A copy kept for somebody goes
    to them alone. Raises `Denied`, `Refused("lent" | "too_many" | "kept" | "not_lendable")`.
    """
    permit(person, resource.manage_verb, resource)
    row = Resource.objects.select_for_update(of=("self",)).select_related("area").get(pk=resource.pk)
    if not row.is_active:
        raise Refused("not_lendable", _("%(what)s停用了，请换一件。") % {"what": row.name})
    list(Person.objects.select_for_update().filter(pk=borrower.pk))  # two desks must not pass the limit together
    limit = most if most is not None else policy("bookings.loan_most", area=row.area)
    if Loan.objects.filter(person=borrower, returned_at=None, resource__kind=row.kind).count() >= limit:
        raise Refused("too_many", _("已经借了 %(most)s 件，请先还一件。") % {"most": limit})
    kept = LoanHold.objects.filter(resource=row, state=LoanHoldState.READY).first()
    if kept is not None and kept.person_id != borrower.pk:
        raise Refused("kept", _("这一件留给预约的人了，请换一件。"))
    span = days if days is not None else policy("bookings.loan_days", area=row.area)
    try:
        with atomic():
            loan = Loan.objects.create(resource=row, person=borrower, lent_by=person, facts=facts or {},
                                       due_on=today() + timedelta(days=int(span)))
    except IntegrityError:
        raise Refused("lent", _("%(what)s已经借出去了。") % {"what": row.name}) from None
    holds = LoanHold.objects.filter(person=borrower, state__in=[LoanHoldState.WAITING, LoanHoldState.READY])
    mine = holds.filter(resource=row) | (holds.filter(title_key=row.title_key) if row.title_key else holds.none())
    mine.update(state=LoanHoldState.TAKEN)
    audit.record(person, "bookings.lend", row, due_on=loan.due_on)
    emit("bookings.lent", loan=loan.pk, resource=row.pk, owner=f"{row.owner_type}:{row.owner_id}")
    return loan


@atomic
def renew(person: Person, loan: Loan) -> Loan:
    """Keep it longer, unless somebody waits for it. Raises `Denied`, `Refused("waited_for" | "too_often" | "back")`."""
    if not may(person, loan.resource.manage_verb, loan.resource):
        permit(person, "bookings.borrow", loan)
    row = Loan.objects.select_for_update(of=("self",)).select_related("resource__area").get(pk=loan.pk)
    thing = row.resource
    if row.returned_at is not None:
        raise Refused("back", _("这一件已经还了。"))
    if thing.title_key and waiting_for(thing.title_key, thing.area_code).exists():
        raise Refused("waited_for", _("有人在等这一本，请按时还，谢谢。"))
    if row.renewed >= policy("bookings.loan_renewals", area=thing.area):
        raise Refused("too_often", _("不能再续借了，请先还，再借一次。"))
    row.renewed += 1
    row.due_on = max(row.due_on, today()) + timedelta(days=int(policy("bookings.loan_days", area=thing.area)))
    row.reminded_on = None
    row.save(update_fields=["renewed", "due_on", "reminded_on"])
    audit.record(person, "bookings.renew", thing, due_on=row.due_on)
    return row


@atomic
def give_back(person: Person, loan: Loan, *, facts: dict[str, Any] | None = None) -> LoanHold | None:
    """It is back; the person is cut from the row (公共图书馆法 第43条). The next who waits is told and may fetch it.

    Returns the hold it is now kept for, if any. Twice is once. Raises `Denied`.
    """
    permit(person, loan.resource.manage_verb, loan.resource)
    row = Loan.objects.select_for_update(of=("self",)).select_related("resource__area").get(pk=loan.pk)
    if row.returned_at is not None:
        return None
    row.returned_at, row.person, row.facts = now(), None, {**row.facts, **(facts or {})}
    row.save(update_fields=["returned_at", "person", "facts"])
    audit.record(person, "bookings.give_back", row.resource)
    emit("bookings.given_back", loan=row.pk, resource=row.resource_id,
         owner=f"{row.resource.owner_type}:{row.resource.owner_id}")
    return _keep_for_next(row.resource)


@atomic
def hold_loan(person: Person, area: Area, title_key: str, *, borrower: Person | None = None) -> LoanHold:
    """Wait for any copy of a title; if one stands there it is kept at once. Twice is once.

    Raises `Denied`, `Refused("no_copy" | "has_it")`.
    """
    wanted = borrower or person
    copies = Resource.objects.filter(area__code=area.code, title_key=title_key, is_active=True)
    copy = copies.select_related("area").first()
    if copy is None:
        raise Refused("no_copy", _("这里没有这一件，请问工作人员。"))
    if wanted == person:
        permit(person, "bookings.book", area)
    else:
        permit(person, copy.manage_verb, copy)
    list(Resource.objects.select_for_update().filter(pk__in=copies.values("pk")).order_by("pk"))
    if Loan.objects.filter(person=wanted, resource__in=copies, returned_at=None).exists():
        raise Refused("has_it", _("您手上就有一件。"))
    found, is_new = LoanHold.objects.get_or_create(
        title_key=title_key, area_code=area.code, person=wanted,
        state__in=[LoanHoldState.WAITING, LoanHoldState.READY],
        defaults={"state": LoanHoldState.WAITING, "rank": time.time_ns() // 1000})
    if is_new:
        audit.record(person, "bookings.hold_loan", found)
        free = free_copies(title_key, area.code)
        if free:
            _keep_for_next(free[0])
            found.refresh_from_db()
    return found


@atomic
def leave_hold(person: Person, hold: LoanHold) -> LoanHold:
    """No longer wanted; a kept copy goes to the next. Raises `Denied`."""
    permit(person, "bookings.borrow", hold)
    return _end_hold(hold, LoanHoldState.LEFT)


def _end_hold(hold: LoanHold, state: str) -> LoanHold:
    row = LoanHold.objects.select_for_update().get(pk=hold.pk)
    if row.state not in (LoanHoldState.WAITING, LoanHoldState.READY):
        return row
    copy = Resource.objects.filter(pk=row.resource_id).select_related("area").first() if row.resource_id else None
    row.state, row.resource = state, None
    row.save(update_fields=["state", "resource"])
    if copy is not None:
        _keep_for_next(copy)
    return row


def _keep_for_next(copy: Resource) -> LoanHold | None:
    if not copy.title_key or not copy.is_active:
        return None
    nxt: LoanHold | None = waiting_for(copy.title_key, copy.area_code).select_for_update().first()
    if nxt is None:
        return None
    nxt.state, nxt.resource = LoanHoldState.READY, copy
    nxt.pick_up_by = today() + timedelta(days=int(policy("bookings.loan_pick_up_days", area=copy.area)))
    nxt.save(update_fields=["state", "resource", "pick_up_by"])
    tell(nxt.person, gettext_lazy("您等的“%(what)s”到了，请在 %(day)s 前来取。"), about=nxt,
         key=f"bookings.ready.{nxt.pk}.{copy.pk}.{nxt.pick_up_by}",
         values={"what": copy.name, "day": f"{nxt.pick_up_by:%m-%d}"})
    emit("bookings.loan_ready", hold=nxt.pk, resource=copy.pk)
    return nxt


def waiting_for(title_key: str, area_code: str) -> Any:
    """Who waits for a title, in order."""
    return LoanHold.objects.filter(title_key=title_key, area_code=area_code, state=LoanHoldState.WAITING).order_by(
        "rank", "id")


def free_copies(title_key: str, area_code: str) -> list[Resource]:
    """Copies that stand there: neither lent nor kept for somebody."""
    rows = Resource.objects.filter(title_key=title_key, area__code=area_code, is_active=True)
    rows = rows.exclude(loans__in=Loan.objects.filter(returned_at=None))
    kept = LoanHold.objects.filter(state=LoanHoldState.READY, resource__isnull=False).values("resource")
    return list(rows.exclude(pk__in=kept).select_related("area").order_by("id"))


def overdue(day: date) -> Sequence[int]:
    """Loans to be reminded of: due, and not told within a week."""
    rows = Loan.objects.filter(returned_at=None, due_on__lt=day, person__isnull=False).exclude(
        reminded_on__gt=day - timedelta(days=7))
    return list(rows.values_list("pk", flat=True))


@atomic
def remind_overdue(pk: int) -> None:
    """A friendly word, no money (公共图书馆法 第44条 asks return in time)."""
    row = Loan.objects.select_for_update(of=("self",)).select_related("resource", "person").get(pk=pk)
    if row.returned_at is not None or row.person is None or row.reminded_on == today():
        return
    row.reminded_on = today()
    row.save(update_fields=["reminded_on"])
    tell(row.person, gettext_lazy("“%(what)s”该还了（%(day)s 到期），有空请带来。"), about=row,
         key=f"bookings.overdue.{row.pk}.{row.reminded_on}",
         values={"what": row.resource.name, "day": f"{row.due_on:%m-%d}"})


def not_fetched(day: date) -> Sequence[int]:
    return list(LoanHold.objects.filter(state=LoanHoldState.READY, pick_up_by__lt=day).values_list("pk", flat=True))


@atomic
def pass_on(pk: int) -> None:
    """Kept and not fetched: the next has it."""
    _end_hold(LoanHold.objects.get(pk=pk), LoanHoldState.LAPSED)
