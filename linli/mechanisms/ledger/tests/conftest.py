"""A book of minutes with three people, a pool and a treasury; every verb granted, since a room grants its own."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from linli.foundation.areas.models import Area
from linli.foundation.people.models import Person
from linli.mechanisms.ledger import actions
from linli.mechanisms.ledger.models import Account, Book

MakeAccount = Callable[..., Account]


@pytest.fixture
def book(community: Area) -> Book:
    return actions.open_book(
        None, f"test.{community.code}", unit="minute", title="测试账本", room="test", area=community, verb="test.keep",
        system=True)


@pytest.fixture
def make_account(book: Book) -> MakeAccount:
    """`make_account("a", funds=60)`: an account, furnished from outside."""

    def make(code: str, *, funds: int = 0, of: Book | None = None, **more: Any) -> Account:
        more.setdefault("kind", "person")
        account = actions.open_account(None, of or book, code, verb="test.keep", system=True, **more)
        if funds:
            outside = actions.open_account(
                None, of or book, "outside", kind="outside", floor=None, verb="test.keep", system=True)
            actions.transfer(None, id=f"test.funds.{account.pk}", debit=outside, credit=account, amount=funds,
                             verb="test.fund", system=True)
        return account

    return make


@pytest.fixture
def move() -> Callable[..., Any]:
    """`move("id", a, b, 60)`: a transfer by the system."""

    def made(key: str, debit: Account, credit: Account, amount: int, **more: Any) -> Any:
        return actions.transfer(None, id=key, debit=debit, credit=credit, amount=amount, verb="test.move", system=True,
                                **more)

    return made


@pytest.fixture
def owner(make_person: Callable[..., Person], community: Area) -> Person:
    return make_person("王阿姨", community)
