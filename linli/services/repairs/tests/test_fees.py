"""What was agreed is held in the company's book, what is paid settles it, and the book always says what pages say."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings, strategies as st

from linli.foundation.events import deliver_all
from linli.foundation.people.models import Person
from linli.foundation.web import Refused
from linli.mechanisms.cases import actions as cases
from linli.mechanisms.cases.models import Case
from linli.mechanisms.ledger import checking, queries as books, triggers
from linli.mechanisms.ledger.models import Book, Transfer
from linli.services.repairs import actions, queries
from linli.services.repairs.actions import fees
from linli.services.repairs.models import Payment, PriceItem, Quote, QuoteState
from linli.services.repairs.tests.test_money import line

pytestmark = pytest.mark.django_db


def standing() -> tuple[int, int]:
    """Paid and still held, in cents, of the one book there is."""
    account = books.account(Book.objects.get(), "fees")
    assert account is not None
    found = books.balance(account)
    return found.posted, found.pending_in


def test_from_the_yes_to_the_last_cent(leak: Case, property_worker: Person, resident: Person, tap: PriceItem) -> None:
    row = actions.quote(property_worker, leak, [line(tap)])
    assert not Book.objects.exists()
    actions.agree_quote(resident, row)
    assert (standing(), fees.owed(leak)) == ((0, 9000), Decimal(90))
    actions.pay(property_worker, leak, amount=Decimal("40.50"), how="cash")
    assert (standing(), fees.owed(leak)) == ((4050, 4950), Decimal("49.5"))
    actions.pay(property_worker, leak, amount=Decimal("49.50"), how="transfer")
    assert (standing(), fees.owed(leak)) == ((9000, 0), Decimal(0))
    with pytest.raises(Refused, match="over_agreed"):
        actions.pay(property_worker, leak, amount=Decimal("0.01"), how="cash")
    assert checking.check().problems == []
    assert {t.memo for t in Transfer.objects.all()} == {leak.number}


def test_one_payment_for_two_quotes(leak: Case, property_worker: Person, resident: Person, tap: PriceItem) -> None:
    for _ in range(2):
        actions.agree_quote(resident, actions.quote(property_worker, leak, [line(tap)]))
    actions.pay(property_worker, leak, amount=Decimal(100), how="cash")
    assert (standing(), fees.owed(leak)) == ((10000, 8000), Decimal(80))
    assert Payment.objects.get().booked == f"repairs.quote.{Quote.objects.order_by('pk')[0].pk}:post"


def test_a_declined_quote_is_in_no_book(leak: Case, property_worker: Person, resident: Person, tap: PriceItem) -> None:
    actions.decline_quote(resident, actions.quote(property_worker, leak, [line(tap)]))
    assert not Transfer.objects.exists()


def test_a_withdrawn_report_owes_nothing(leak: Case, property_worker: Person, resident: Person,
                                         tap: PriceItem) -> None:
    actions.agree_quote(resident, actions.quote(property_worker, leak, [line(tap)]))
    cases.act(resident, leak, "cancel")
    deliver_all()
    deliver_all()
    assert (standing(), fees.owed(leak)) == ((0, 0), Decimal(0))
    assert Quote.objects.get().state == QuoteState.WITHDRAWN
    assert queries.agreed_total(leak) == 0
    assert fees.release(leak) == 0


def test_what_was_agreed_before_there_were_books_comes_into_them(
    leak: Case, property_worker: Person, resident: Person, tap: PriceItem,
) -> None:
    actions.agree_quote(resident, actions.quote(property_worker, leak, [line(tap)]))
    actions.pay(property_worker, leak, amount=Decimal(30), how="cash")
    # As a database from before looks: the rows, and nothing in the books.
    Quote.objects.update(hold=None)
    Payment.objects.update(booked="")
    with triggers.lifted(), connection.cursor() as cursor:
        for table in ("openhold", "entry", "transfer", "balance", "account", "book"):
            cursor.execute(f"DELETE FROM ledger_{table}")
    assert fees.catch_up() == 1
    assert (standing(), fees.owed(leak)) == ((3000, 6000), Decimal(60))
    assert fees.catch_up() == 0
    actions.pay(property_worker, leak, amount=Decimal(60), how="cash")
    assert standing() == (9000, 0)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(parts=st.lists(st.decimals("0.01", "60", places=2), max_size=6))
def test_the_book_says_what_the_pages_say(leak: Case, property_worker: Person, resident: Person, tap: PriceItem,
                                          parts: list[Any]) -> None:
    actions.agree_quote(resident, actions.quote(property_worker, leak, [line(tap)]))
    for amount in parts:
        try:
            actions.pay(property_worker, leak, amount=amount, how="cash")
        except Refused as refusal:
            assert refusal.code == "over_agreed"  # noqa: PT017 - the only refusal there may be
    due = queries.agreed_total(leak) - queries.paid(leak)
    assert (fees.owed(leak), standing()[1]) == (due, fees.cents(due))
    assert standing()[0] == fees.cents(queries.paid(leak))
