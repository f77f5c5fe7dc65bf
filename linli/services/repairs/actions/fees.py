"""Fees in the books: an agreed quote is a hold, what is paid at the door settles it, a withdrawn report releases it.

Each company has a book of cents for each community it works in. The money itself changes hands outside: the book says
what was agreed to, what was paid and what is still owed, and adds up to zero.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.transaction import atomic

from linli.foundation.people.models import Person
from linli.mechanisms.cases import engine
from linli.mechanisms.cases.models import Case
from linli.mechanisms.ledger import actions as ledger, queries as books
from linli.mechanisms.ledger.models import Account
from linli.services.repairs.models import Payment, Quote, QuoteState

_CENTS = 100


def promise(person: Person | None, row: Quote, *, verb: str, system: bool = False) -> None:
    """Hold what was agreed to; nothing for a quote of 0. The quote's row is saved."""
    row.hold = ""
    if row.total > 0:
        residents, fees = accounts_of(row)
        row.hold = f"repairs.quote.{row.pk}"
        ledger.pend(person, id=row.hold, debit=residents, credit=fees, amount=cents(row.total), timeout=None,
                    memo=row.case.number, about=row, verb=verb, system=system)
    row.save(update_fields=["hold"])


def owed(case: Case) -> Decimal:
    """What was agreed to and is neither paid nor released, in yuan, as the books say."""
    return sum((_held(row.hold) for row in _open(case)), Decimal(0)) / _CENTS


def take(person: Person | None, payment: Payment, *, verb: str, system: bool = False) -> None:
    """Settle holds of the payment's case, the oldest first; what is left of the last one is held on."""
    left, booked = cents(payment.amount), ""
    for row in _open(payment.case):
        if not left:
            break
        assert row.hold is not None
        held = int(_held(row.hold))
        now_paid = min(left, held)
        given: dict[str, Any] = {"about": row, "verb": verb, "system": system, "memo": payment.case.number}
        done = ledger.post(person, row.hold, amount=now_paid, **given)
        booked, left, rest = booked or done.key, left - now_paid, held - now_paid
        row.hold = _next(row) if rest else ""
        if rest:
            residents, fees = accounts_of(row)
            ledger.pend(person, id=row.hold, debit=residents, credit=fees, amount=rest, timeout=None, **given)
        row.save(update_fields=["hold"])
    if left:
        raise ValueError(f"payment {payment.pk} is {left} cents more than what is held")
    payment.booked = booked
    payment.save(update_fields=["booked"])


@atomic
def release(case: Case) -> int:
    """The report was withdrawn: nothing more is owed. How many holds were released."""
    locked = engine.lock(case.pk)
    bring(locked)
    released = 0
    for row in _open(locked):
        assert row.hold is not None
        ledger.void(None, row.hold, reason=locked.number, about=row, verb="repairs.release", system=True)
        if row.hold == f"repairs.quote.{row.pk}":  # nothing of it was paid
            row.state = QuoteState.WITHDRAWN
        row.hold = ""
        row.save(update_fields=["hold", "state"])
        released += 1
    return released


def bring(case: Case) -> None:
    """Put what was agreed and paid before there were books into them, once. The case is locked."""
    for row in Quote.objects.filter(case=case, state=QuoteState.AGREED, hold=None).order_by("pk"):
        row.case = case
        promise(row.answered_by, row, verb="repairs.agree_quote", system=True)
    for payment in Payment.objects.filter(case=case, booked="").order_by("pk"):
        payment.case = case
        take(payment.by, payment, verb="repairs.pay", system=True)


def catch_up(limit: int = 200) -> int:
    """`bring` for the cases that need it, one transaction each; how many. For the worker."""
    waiting = [*Quote.objects.filter(state=QuoteState.AGREED, hold=None).values_list("case", flat=True)[:limit],
               *Payment.objects.filter(booked="").values_list("case", flat=True)[:limit]]
    for pk in dict.fromkeys(waiting):
        with atomic():
            bring(engine.lock(pk))
    return len(set(waiting))


def accounts_of(row: Quote) -> tuple[Account, Account]:
    """The residents' side and the company's fees, in the book of the company and community the quote belongs to."""
    compound = row.price_list.compound
    company = compound.property_company
    system: dict[str, Any] = {"verb": "repairs.open_book", "system": True}
    code = f"repairs.{company.pk if company else 0}.{compound.area.code}"
    book = books.book(code) or ledger.open_book(
        None, code, unit="cent", title=f"{company.name if company else compound.name} · 维修费", room="repairs",
        area=compound.area, organisation=company, **system)
    residents = books.account(book, "residents") or ledger.open_account(
        None, book, "residents", kind="outside", title="住户", floor=None, **system)
    fees = books.account(book, "fees") or ledger.open_account(
        None, book, "fees", kind="income", title="维修费", organisation=company, **system)
    return residents, fees


def cents(amount: Decimal) -> int:
    """Yuan with two decimals as whole cents."""
    return int((amount * _CENTS).to_integral_exact())


def _open(case: Case) -> list[Quote]:
    rows = Quote.objects.filter(case=case, state=QuoteState.AGREED).exclude(hold=None).exclude(hold="").order_by("pk")
    found = list(rows.select_related("price_list__compound__area", "price_list__compound__property_company"))
    for row in found:
        row.case = case
    return found


def _held(key: str | None) -> Decimal:
    hold = books.find(key or "")
    return Decimal(sum(line.amount for line in ledger.lines_of(hold))) if hold else Decimal(0)


def _next(row: Quote) -> str:
    """The id of the next hold of a quote that is paid in parts."""
    first = f"repairs.quote.{row.pk}"
    assert row.hold is not None
    number = int(row.hold.removeprefix(first).lstrip(".") or 0)
    return f"{first}.{number + 1}"
