from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.db import connections

from linli.foundation.people import actions, limits
from linli.foundation.people.models import Meter, SignInCode
from linli.foundation.web import Refused


def at_once(work: object, count: int = 8) -> list[object]:
    """Run `work(number)` in `count` threads that start together, each on a connection of its own."""
    start, found = threading.Barrier(count), []

    def one(number: int) -> None:
        start.wait()
        try:
            found.append(work(number))  # type: ignore[operator]
        except Refused as refused:
            found.append(refused.code)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return found


@pytest.mark.django_db(transaction=True)
def test_a_limit_holds_when_everybody_comes_at_once() -> None:
    allowed = at_once(lambda number: limits.count("codes.phone", "+8613800000001", 3, timedelta(hours=1)))
    assert allowed.count(True) == 3
    assert Meter.objects.get().count == 3


@pytest.mark.django_db(transaction=True)
def test_guesses_in_parallel_get_no_more_than_five_tries() -> None:
    code = actions.ask_code("+8613800000001")
    wrong = "000000" if code.unsent != "000000" else "111111"
    found = at_once(lambda number: actions.try_code(code.pk, wrong), 12)
    assert len(found) == 12
    assert SignInCode.objects.get().tries == 5


@pytest.mark.django_db(transaction=True)
def test_one_code_opens_one_door_when_sent_twice_at_once() -> None:
    code = actions.ask_code("+8613800000001")
    plain = code.unsent
    found = at_once(lambda number: actions.try_code(code.pk, plain), 6)
    assert sum(isinstance(one, SignInCode) for one in found) == 1
