"""One settlement, whoever sends it and how often: 50 times by 8 at once is one (a tenth of the faults' weight)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import close_old_connections, connection

from linli.foundation.calendar import clock
from linli.mechanisms.ledger.models import Transfer
from linli.services.timebank.actions import giving, settling
from linli.services.timebank.models import Gift, Service
from linli.services.timebank.tests.conftest import NOON, Bank

pytestmark = pytest.mark.django_db(transaction=True)


def _together(do: Callable[[], Any], *, times: int, hands: int = 8) -> list[Any]:
    def one(_number: int) -> Any:
        close_old_connections()
        try:
            with clock.at(NOON):
                return do()
        finally:
            connection.close()

    with ThreadPoolExecutor(hands) as crowd:
        return list(crowd.map(one, range(times)))


def test_the_same_settlement_fifty_times_by_eight_is_one(bank: Bank) -> None:
    service = bank.served(120)
    done = _together(lambda: settling.confirm(bank.mr_l, service).state, times=50)
    assert done == ["settled"] * 50
    assert bank.has(bank.aunt).earned == 120
    assert Transfer.objects.filter(key=f"timebank.settle.{service.pk}").count() == 1
    assert Transfer.objects.filter(key=f"{service.hold_key}:post").count() == 1
    assert (bank.balanced(), bank.clearing()) == (True, 0)


def test_the_same_gift_by_eight_at_once_is_one(bank: Bank) -> None:
    settling.confirm(bank.mr_l, bank.served(120))

    def give() -> int:
        try:
            return giving.give(bank.aunt, bank.area, bank.mother, 60, once="tap").pk
        except Exception as error:
            return 0 if type(error).__name__ == "IntegrityError" else -1

    found = set(_together(give, times=16)) - {0}
    assert -1 not in found
    assert Gift.objects.count() == 1
    assert bank.has(bank.mother).gift == 60
    assert bank.balanced()
    assert Service.objects.count() == 1
