"""What a transfer, a hold and a correction do, and what they refuse."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar import clock
from linli.foundation.calendar.clock import now
from linli.foundation.events.models import OutboxEvent
from linli.foundation.people.models import Person
from linli.foundation.web import Denied, Refused
from linli.mechanisms.ledger import actions, queries
from linli.mechanisms.ledger.models import Account, Balance, Book, Entry, OpenHold, Transfer
from linli.mechanisms.ledger.tests.conftest import MakeAccount

pytestmark = pytest.mark.django_db
Move = Callable[..., Transfer]
SYSTEM: dict[str, Any] = {"verb": "test.move", "system": True}


def standing(account: Account) -> tuple[int, int, int]:
    found = queries.balance(account)
    return found.posted, found.pending_in, found.pending_out


def test_value_moves_and_the_book_stays_at_zero(make_account: MakeAccount, move: Move, book: Book) -> None:
    a, b = make_account("a", funds=100), make_account("b")
    moved = move("t.1", a, b, 40)
    assert (queries.balance(a).available, queries.balance(b).available) == (60, 40)
    assert queries.find("t.1") == moved
    assert queries.trial_balance(book).is_balanced
    assert audit.trail(audit.Ref("ledger.transfer", moved.pk))[0].verb == "test.move"


def test_the_same_id_twice_is_one_transfer(make_account: MakeAccount, move: Move) -> None:
    a, b = make_account("a", funds=100), make_account("b")
    first = move("t.1", a, b, 40, memo="谢谢", facts={"n": 1})
    again = move("t.1", a, b, 40, memo="谢谢", facts={"n": 1})
    assert (again.pk, queries.balance(b).posted) == (first.pk, 40)
    for other in ({"amount": 41}, {"memo": "不同"}, {"facts": {"n": 2}}, {"debit": b, "credit": a}):
        asked: dict[str, Any] = {"debit": a, "credit": b, "amount": 40, "memo": "谢谢", "facts": {"n": 1}, **other}
        with pytest.raises(Refused, match="same_id"):
            actions.transfer(None, id="t.1", **asked, **SYSTEM)
    with pytest.raises(Refused, match="same_id"):
        actions.pend(None, id="t.1", debit=a, credit=b, amount=40, memo="谢谢", facts={"n": 1}, timeout=None, **SYSTEM)
    assert (queries.balance(b).posted, Transfer.objects.filter(key="t.1").count()) == (40, 1)


def test_a_floor_and_a_ceiling_hold(make_account: MakeAccount, move: Move) -> None:
    a, b = make_account("a", funds=100), make_account("b", ceiling=50)
    with pytest.raises(Refused, match="short") as short:
        move("t.1", a, b, 101)
    assert (short.value.data["available"], short.value.data["amount"]) == (100, 101)
    assert "1 小时 40 分" in str(short.value.sentence)
    with pytest.raises(Refused, match="full") as full:
        move("t.2", a, b, 51)
    assert full.value.data["room_left"] == 50
    move("t.3", a, b, 50)
    assert (standing(a), standing(b)) == ((50, 0, 0), (50, 0, 0))
    assert not Transfer.objects.filter(key__in=["t.1", "t.2"]).exists()


def test_a_treasury_has_a_budget(make_account: MakeAccount, move: Move) -> None:
    treasury, b = make_account("treasury", kind="treasury", floor=-600), make_account("b")
    move("t.1", treasury, b, 600)
    with pytest.raises(Refused, match="short"):
        move("t.2", treasury, b, 1)
    actions.set_limits(None, treasury, floor=-900, ceiling=None, **SYSTEM)
    move("t.2", treasury, b, 300)
    assert queries.balance(treasury).posted == -900


def test_linked_lines_succeed_or_fail_together(make_account: MakeAccount, book: Book) -> None:
    a, b, c = make_account("a", funds=100), make_account("b", funds=10), make_account("c")
    with pytest.raises(Refused, match="short"):
        actions.transfer(None, id="t.1", lines=[(a, c, 50), (b, c, 11)], **SYSTEM)
    assert (standing(a), standing(c)) == ((100, 0, 0), (0, 0, 0))
    actions.transfer(None, id="t.1", lines=[(a, c, 50), (b, c, 10), (c, b, 60)], **SYSTEM)
    assert [standing(one)[0] for one in (a, b, c)] == [50, 60, 0]
    assert queries.trial_balance(book).is_balanced


def test_a_refusal_leaves_the_callers_transaction_whole(make_account: MakeAccount, move: Move) -> None:
    a, b = make_account("a", funds=100), make_account("b")
    with transaction.atomic():
        move("t.1", a, b, 60)
        with pytest.raises(Refused):
            move("t.2", a, b, 60)
        move("t.3", a, b, 40)
    assert standing(b) == (100, 0, 0)


def test_a_hold_counts_at_once_and_arrives_when_posted(make_account: MakeAccount, move: Move, book: Book) -> None:
    a, b = make_account("a", funds=100), make_account("b", ceiling=80)
    hold = actions.pend(None, id="h.1", debit=a, credit=b, amount=80, timeout=timedelta(days=1), **SYSTEM)
    assert (standing(a), standing(b)) == ((100, 0, 80), (0, 80, 0))
    assert (queries.balance(a).available, queries.balance(b).available, queries.balance(b).room_left) == (20, 0, 0)
    with pytest.raises(Refused, match="short"):
        move("t.1", a, b, 21)
    with pytest.raises(Refused, match="full"):
        move("t.1", a, b, 1)
    assert [entry.amount for entry in queries.open_holds(b)] == [80]
    posted = actions.post(None, hold, amount=70, **SYSTEM)
    assert (standing(a), standing(b)) == ((30, 0, 0), (70, 0, 0))
    assert queries.ended_by(hold) == posted
    assert not OpenHold.objects.exists()
    assert queries.trial_balance(book).is_balanced


def test_a_hold_ends_once(make_account: MakeAccount) -> None:
    a, b = make_account("a", funds=100), make_account("b")
    hold = actions.pend(None, id="h.1", debit=a, credit=b, amount=80, timeout=None, **SYSTEM)
    first = actions.post(None, "h.1", amount=70, **SYSTEM)
    assert actions.post(None, hold, amount=70, **SYSTEM).pk == first.pk
    with pytest.raises(Refused, match="same_id"):
        actions.post(None, hold, **SYSTEM)
    with pytest.raises(Refused, match="resolved") as refusal:
        actions.void(None, hold, **SYSTEM)
    assert refusal.value.data["by"] == "post"
    other = actions.pend(None, id="h.2", debit=a, credit=b, amount=30, timeout=None, **SYSTEM)
    actions.void(None, other, reason="取消", **SYSTEM)
    actions.void(None, other, reason="取消", **SYSTEM)
    with pytest.raises(Refused, match="resolved"):
        actions.post(None, other, **SYSTEM)
    assert (standing(a), standing(b)) == ((30, 0, 0), (70, 0, 0))


def test_time_ends_a_hold_once(make_account: MakeAccount) -> None:
    a, b = make_account("a", funds=100), make_account("b")
    hold = actions.pend(None, id="h.1", debit=a, credit=b, amount=80, timeout=timedelta(hours=1), **SYSTEM)
    actions.pend(None, id="h.2", debit=a, credit=b, amount=5, timeout=None, **SYSTEM)
    assert actions.expire_due() == 0
    with clock.at(now() + timedelta(hours=2)):
        with pytest.raises(Refused, match="expired"):
            actions.post(None, hold, **SYSTEM)
        assert (actions.expire_due(), actions.expire_due(), actions.expire(hold.pk)) == (1, 0, False)
        with pytest.raises(Refused, match="resolved"):
            actions.post(None, hold, **SYSTEM)
    assert standing(a) == (100, 0, 5)
    told = OutboxEvent.objects.get(name="ledger.expired")
    assert told.payload == {"transfer": hold.pk, "key": "h.1", "room": "test"}


def test_a_correction_is_a_reversing_entry(make_account: MakeAccount, move: Move, book: Book) -> None:
    a, b, c = make_account("a", funds=100), make_account("b"), make_account("c")
    wrong = move("t.1", a, b, 60)
    mended = actions.reverse(None, wrong, reason="录错了人", **SYSTEM)
    assert (standing(a)[0], standing(b)[0], mended.of) == (100, 0, wrong)
    assert actions.reverse(None, wrong, reason="录错了人", **SYSTEM).pk == mended.pk
    with pytest.raises(Refused, match="same_id"):
        actions.reverse(None, wrong, reason="别的原因", **SYSTEM)
    with pytest.raises(Refused, match="not_posted"):
        actions.reverse(None, mended, reason="再来", **SYSTEM)
    spent = move("t.2", a, b, 60)
    move("t.3", b, c, 50)
    with pytest.raises(Refused, match="short"):
        actions.reverse(None, spent, reason="误记", **SYSTEM)
    beyond = actions.reverse(None, spent, reason="误记", beyond=True, **SYSTEM)
    assert queries.balance(b).posted == -50
    assert '"beyond":true' in audit.trail(audit.Ref("ledger.transfer", beyond.pk))[0].facts
    assert queries.trial_balance(book).is_balanced


@pytest.mark.parametrize("amount", [0, -1, 1.5, True, "5", 10**15 + 1, None])
def test_an_amount_is_a_whole_number_above_zero(make_account: MakeAccount, amount: Any) -> None:
    a, b = make_account("a", funds=100), make_account("b")
    with pytest.raises(ValueError, match="amount"):
        actions.transfer(None, id="t.1", debit=a, credit=b, amount=amount, **SYSTEM)


def test_what_only_a_programmer_can_mend(make_account: MakeAccount, community: Area) -> None:
    a, b = make_account("a", funds=100), make_account("b")
    meals = actions.open_book(None, "meals", unit="meal", title="餐", room="test", area=community, **SYSTEM)
    stranger = make_account("a", of=meals)
    hold = actions.pend(None, id="h.1", lines=[(a, b, 1), (a, b, 2)], timeout=None, **SYSTEM)
    for call in (
        lambda: actions.transfer(None, id="t.1", debit=a, credit=a, amount=1, **SYSTEM),
        lambda: actions.transfer(None, id="t.1", debit=a, credit=stranger, amount=1, **SYSTEM),
        lambda: actions.transfer(None, id="t.1", lines=[], **SYSTEM),
        lambda: actions.transfer(None, id="t.1", lines=[(a, b, 1)], amount=1, **SYSTEM),
        lambda: actions.transfer(None, id="x" * 113, debit=a, credit=b, amount=1, **SYSTEM),
        lambda: actions.transfer(None, id="", debit=a, credit=b, amount=1, **SYSTEM),
        lambda: actions.post(None, hold, amount=1, **SYSTEM),
        lambda: actions.post(None, "test.funds." + str(a.pk), **SYSTEM),
        lambda: actions.open_book(None, "meals", unit="gram", title="餐", room="test", area=community, **SYSTEM),
    ):
        with pytest.raises(ValueError):
            call()


def test_who_is_not_allowed_moves_nothing(make_account: MakeAccount, book: Book, resident: Person,
                                          worker: Person) -> None:
    a, b = make_account("a", funds=100), make_account("b")
    with pytest.raises(Denied):
        actions.transfer(resident, id="t.1", debit=a, credit=b, amount=1, verb="ledger.read")
    assert actions.transfer(worker, id="t.1", debit=a, credit=b, amount=1, verb="ledger.read").person_id == worker.pk


def test_opening_twice_gives_the_same(make_account: MakeAccount, book: Book, owner: Person, neighbour: Person) -> None:
    first = make_account("p", owner=owner)
    assert make_account("p", owner=owner).pk == first.pk
    assert queries.account_of(book, owner) == first
    assert queries.account(book, "p") == first
    assert queries.account_of(book, neighbour) is None
    with pytest.raises(ValueError, match="another owner"):
        make_account("p", owner=neighbour)


def test_a_closed_account_takes_nothing(make_account: MakeAccount, move: Move) -> None:
    a, b = make_account("a", funds=10), make_account("b")
    with pytest.raises(Refused, match="not_empty"):
        actions.close_account(None, a, **SYSTEM)
    hold = actions.pend(None, id="h.1", debit=a, credit=b, amount=10, timeout=None, **SYSTEM)
    with pytest.raises(Refused, match="not_empty"):
        actions.close_account(None, b, **SYSTEM)
    actions.post(None, hold, **SYSTEM)
    actions.close_account(None, a, **SYSTEM)
    with pytest.raises(Refused, match="closed"):
        move("t.1", b, a, 1)
    assert standing(b) == (10, 0, 0)


class TestParts:
    """A hot account whose balance lies in several rows keeps its limits to the unit."""

    def test_all_of_it_can_be_spent_and_no_more(self, make_account: MakeAccount, move: Move, book: Book) -> None:
        pool = make_account("pool", kind="pool", hot=True, parts=7, funds=100)
        b = make_account("b")
        for number in range(9):
            move(f"t.{number}", pool, b, 11)
        assert queries.balance(pool).available == 1
        with pytest.raises(Refused, match="short") as refusal:
            move("t.10", pool, b, 2)
        assert refusal.value.data["available"] == 1
        move("t.11", pool, b, 1)
        assert (queries.balance(pool).posted, Balance.objects.filter(account=pool).count()) == (0, 7)
        assert queries.trial_balance(book).is_balanced

    def test_its_ceiling_and_its_holds(self, make_account: MakeAccount, move: Move) -> None:
        a, pool = make_account("a", funds=1000), make_account("pool", hot=True, parts=5, ceiling=23)
        hold = actions.pend(None, id="h.1", debit=a, credit=pool, amount=20, timeout=None, **SYSTEM)
        with pytest.raises(Refused, match="full") as refusal:
            move("t.1", a, pool, 4)
        assert refusal.value.data["room_left"] == 3
        move("t.2", a, pool, 3)
        actions.post(None, hold, amount=19, **SYSTEM)
        assert standing(pool) == (22, 0, 0)
        back = actions.pend(None, id="h.2", debit=pool, credit=a, amount=22, timeout=None, **SYSTEM)
        with pytest.raises(Refused, match="short"):
            move("t.3", pool, a, 1)
        actions.void(None, back, **SYSTEM)
        move("t.3", pool, a, 22)
        assert standing(pool) == (0, 0, 0)


@pytest.mark.parametrize("table", ["ledger_transfer", "ledger_entry"])
def test_the_database_refuses_to_change_what_is_booked(make_account: MakeAccount, table: str) -> None:
    make_account("a", funds=100)
    column = "memo = 'x'" if table == "ledger_transfer" else "amount = 1"
    statements = [f"UPDATE {table} SET {column}", f"DELETE FROM {table}"]
    if connection.vendor == "sqlite":
        statements.append(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}")
    else:
        statements.append(f"TRUNCATE {table} CASCADE")
    before = Entry.objects.count()
    for statement in statements:
        with (pytest.raises(DatabaseError, match="append-only"), transaction.atomic(),
              connection.cursor() as cursor):
            cursor.execute(statement)
    assert Entry.objects.count() == before
