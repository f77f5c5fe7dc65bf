from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.db.transaction import atomic, set_rollback
from django.test.utils import CaptureQueriesContext

from linli.foundation.calendar import clock
from linli.foundation.events import deliver_all, delivery, emit, known_events
from linli.foundation.events.jobs import forget_told_events
from linli.foundation.events.models import Debt, OutboxEvent
from linli.foundation.jobs.models import PeriodicRun

NOON = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)
HERE = __name__
heard: list[tuple[str, object]] = []
broken: set[str] = set()


def hear(*, number: int) -> None:
    """Takes a part of the payload; writes a row, so that a rollback shows."""
    if "hear" in broken or f"hear {number}" in broken:
        raise RuntimeError("hear")
    heard.append(("hear", number))
    PeriodicRun.objects.create(name=f"hear.{number}", next_at=NOON)


def hear_too(*, number: int, word: str = "none", **more: object) -> None:
    if "hear_too" in broken:
        raise RuntimeError("hear_too")
    heard.append(("hear_too", (number, word, *more)))


def hear_badly(*, number: int) -> None:
    """A foreign key that leads nowhere: noticed by the database only when the transaction ends."""
    from linli.foundation.notices.models import Notice

    if "hear_badly" in broken:
        Notice.objects.create(person_id=1, key="x", sentence="x")
    heard.append(("hear_badly", number))


def hear_and_say(*, number: int) -> None:
    heard.append(("hear_and_say", number))
    if number:
        emit("tests.echo", number=number - 1)


@pytest.fixture(autouse=True)
def nothing_said_before(request: pytest.FixtureRequest) -> None:
    """What `migrate` had to tell when it filled the database is not this test's."""
    if request.node.get_closest_marker("django_db") is not None:
        request.getfixturevalue("transactional_db" if "transactional_db" in request.fixturenames else "db")
        OutboxEvent.objects.all().delete()


@pytest.fixture(autouse=True)
def listening(monkeypatch: pytest.MonkeyPatch) -> None:
    heard.clear()
    broken.clear()
    found = {
        "tests.said": (f"{HERE}.hear", f"{HERE}.hear_too"), "tests.echo": (f"{HERE}.hear_and_say",),
        "tests.bad": (f"{HERE}.hear_badly", f"{HERE}.hear_too"),
    }
    monkeypatch.setattr(delivery, "listeners", lambda: found)


@pytest.mark.django_db
def test_an_event_goes_out_with_its_transaction_and_not_without() -> None:
    with atomic():
        emit("tests.said", number=1)
        set_rollback(True)
    assert deliver_all() == 0
    emit("tests.said", number=2, word="梧桐", day=datetime(2026, 1, 2, tzinfo=UTC))
    assert deliver_all() == 1
    assert heard == [("hear", 2), ("hear_too", (2, "梧桐", "day"))]
    assert deliver_all() == 0


@pytest.mark.django_db
def test_saying_it_costs_one_statement() -> None:
    with CaptureQueriesContext(connection) as statements:
        emit("tests.said", number=1)
    assert len(statements) == 1


@pytest.mark.django_db
def test_what_listeners_say_is_told_too() -> None:
    emit("tests.echo", number=3)
    deliver_all()
    assert [number for _name, number in heard] == [3, 2, 1, 0]


@pytest.mark.django_db
def test_a_late_commit_with_a_lower_id_is_not_missed() -> None:
    emit("tests.said", number=1)
    deliver_all()
    first = OutboxEvent.objects.get()
    OutboxEvent.objects.create(id=first.pk - 1, name="tests.said", payload={"number": 2})
    deliver_all()
    assert ("hear", 2) in heard


@pytest.mark.django_db
def test_one_listeners_failure_is_nobody_elses_and_is_retried() -> None:
    broken.add("hear")
    with clock.at(NOON):
        emit("tests.said", number=1)
        emit("tests.echo", number=0)
        delivery.deliver_batch()
        assert heard == [("hear_too", (1, "none")), ("hear_and_say", 0)]
        assert delivery.deliver_batch() == 0  # not before its pause
    broken.clear()
    with clock.at(NOON + timedelta(seconds=10)):
        assert delivery.deliver_batch() == 1
    assert heard[2:] == [("hear", 1)]  # the other one is not told again
    assert not Debt.objects.exists()


@pytest.mark.django_db
def test_one_bad_event_of_a_group_neither_blocks_nor_doubles_the_others() -> None:
    """What was told beside it is taken back with it and told again: its rows are there once."""
    broken.add("hear 3")
    for number in range(delivery.GROUP + 5):
        emit("tests.said", number=number)
    while delivery.deliver_batch():
        pass
    numbers = set(range(delivery.GROUP + 5)) - {3}
    assert set(PeriodicRun.objects.values_list("name", flat=True)) == {f"hear.{number}" for number in numbers}
    assert {told[0] for name, told in heard if name == "hear_too" and isinstance(told, tuple)} == numbers | {3}
    debt = Debt.objects.get()
    assert (debt.listener, debt.payload) == (f"{HERE}.hear", {"number": 3})
    assert not OutboxEvent.objects.filter(pending=True).exists()


@pytest.mark.django_db
def test_after_enough_tries_it_is_laid_before_staff() -> None:
    broken.add("hear")
    moment = NOON
    with clock.at(moment):
        emit("tests.said", number=1)
        delivery.deliver_batch()
    while (debt := Debt.objects.get()).state == Debt.State.WAITING:
        moment = debt.next_at
        with clock.at(moment):
            delivery.deliver_batch()
    assert debt.tries == delivery.MOST_TRIES
    assert debt.error.startswith("RuntimeError in linli/foundation/events/tests/")
    with clock.at(moment + timedelta(days=9)):
        assert delivery.deliver_batch() == 0


@pytest.mark.django_db
def test_a_failure_while_demonstrating_is_not_hidden() -> None:
    broken.add("hear")
    emit("tests.said", number=1)
    with pytest.raises(RuntimeError):
        deliver_all()


@pytest.mark.django_db(transaction=True)
def test_a_failure_that_shows_only_at_the_commit_holds_up_nobody() -> None:
    broken.add("hear_badly")
    with clock.at(NOON):
        emit("tests.said", number=1)
        emit("tests.bad", number=2)
        for _round in range(3):
            delivery.deliver_batch()
    assert PeriodicRun.objects.filter(name="hear.1").count() == 1
    assert ("hear_too", (2, "none")) in heard
    assert [debt.listener for debt in Debt.objects.all()] == [f"{HERE}.hear_badly"]
    assert not OutboxEvent.objects.filter(pending=True).exists()


@pytest.mark.django_db(transaction=True)
def test_a_process_that_dies_within_a_batch_leaves_all_of_it_to_be_told() -> None:
    emit("tests.said", number=1)

    class Killed(BaseException):
        """As if the process were gone: nothing below catches it."""

    real = delivery.call

    def die_after_one(path: str, payload: dict[str, object]) -> None:
        if path.endswith("hear_too"):
            raise Killed
        real(path, payload)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(delivery, "call", die_after_one)
        with pytest.raises(Killed):
            delivery.deliver_batch()
    assert not PeriodicRun.objects.exists()  # what the first listener wrote went with it
    delivery.deliver_batch()
    assert PeriodicRun.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_five_thousand_events_go_out_in_batches() -> None:
    with atomic():
        for number in range(5000):
            emit("tests.said" if number % 5 == 0 else "tests.nobody_listens", number=number)
    rounds = 0
    while delivery.deliver_batch():
        rounds += 1
    assert len([1 for name, _number in heard if name == "hear"]) == 1000
    assert PeriodicRun.objects.count() == 1000
    assert not OutboxEvent.objects.filter(pending=True).exists()
    assert rounds < 200


@pytest.mark.django_db
def test_told_events_are_forgotten_after_some_days_and_pending_ones_never() -> None:
    with clock.at(NOON):
        emit("tests.said", number=1)
        deliver_all()
        emit("tests.said", number=2)
    with clock.at(NOON + timedelta(days=4)):
        forget_told_events()
    assert [event.payload["number"] for event in OutboxEvent.objects.all()] == [2]


def test_the_names_of_all_events_are_known() -> None:
    assert "policy.overlay_approved" in known_events()
    assert not any(name.startswith("tests.") for name in known_events())
