"""Where minutes lie: the book of an area, its accounts, and in which order a person's purses pay.

Three purses for each person, because the rules tell them apart: `earned` (may be given, R8), `gift` (may be spent, not
given on, R8), `issued` (spent first, runs out to the pool, R18). Between the yes and the confirmation minutes lie held
on their way to `clearing`, which is empty whenever nothing is being settled.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from linli.foundation.areas.models import Area
from linli.foundation.people.models import Organisation, Person
from linli.mechanisms.ledger import actions as ledger, queries as books
from linli.mechanisms.ledger.models import Account, Book
from linli.services.timebank.models import Decision, Team

KEEP = "timebank.keep"
PURSES = ("issued", "gift", "earned")
Lines = list[tuple[Account, Account, int]]


def community(area: Area) -> Area:
    """The community a grid lies in; the area itself above that."""
    return area if len(area.code) <= 12 else Area.objects.get(code=area.code[:12])


def book(area: Area) -> Book:
    """The book of minutes of `area`, opened when it is first asked for."""
    code = f"timebank.{area.code}"
    return books.book(code) or ledger.open_book(
        None, code, unit="minute", title="时间银行", room="timebank", area=area, verb=KEEP, system=True)


def opened(area: Area) -> Book | None:
    """The book of `area` if there is one: a page that only reads opens nothing."""
    return books.book(f"timebank.{area.code}")


def peek(area: Area, code: str) -> books.AccountBalance:
    """Where the account of that code stands; all zero where it was never opened."""
    book = opened(area)
    account = books.account(book, code) if book else None
    return books.balance(account) if account else books.AccountBalance()


def honour_book(area: Area) -> Book:
    """R6: minutes that count for honour only; nothing in it can ever be spent."""
    code = f"timebank.honour.{area.code}"
    return books.book(code) or ledger.open_book(
        None, code, unit="minute", title="荣誉时间", room="timebank", area=area, verb=KEEP, system=True)


def goods_book(area: Area) -> Book:
    """R20: points for goods, a book of their own that never converts back."""
    code = f"timebank.goods.{area.code}"
    return books.book(code) or ledger.open_book(
        None, code, unit="piece", title="公益物品积分", room="timebank", area=area, verb=KEEP, system=True)


def _account(of: Book, code: str, kind: str, *, owner: Person | None = None, title: str = "", floor: int | None = 0,
             hot: bool = False, organisation: Organisation | None = None) -> Account:
    found = books.account(of, code)
    return found or ledger.open_account(
        None, of, code, kind=kind, owner=owner, title=title, floor=floor, hot=hot, organisation=organisation,
        verb=KEEP, system=True)


def purse(of: Book, person: Person, which: str) -> Account:
    """A person's purse in that book: earned, gift or issued."""
    return _account(of, f"{which}.{person.pk}", "person", owner=person)


def pool(of: Book) -> Account:
    return _account(of, "pool", "pool", title="公益池", hot=True)


def clearing(of: Book) -> Account:
    return _account(of, "clearing", "outside", title="结算过渡", hot=True)


def treasury(of: Book, decision: Decision) -> Account:
    """R9: the only account minutes are created from; its floor is the decision's limit."""
    return _account(of, f"treasury.{decision.pk}", "treasury", title=decision.number, floor=-decision.limit_minutes)


def team_purse(of: Book, team: Team) -> Account:
    return _account(of, f"team.{team.pk}", "organisation", title=team.name)


def institution(of: Book, organisation: Organisation) -> Account:
    return _account(of, f"institution.{organisation.pk}", "organisation", title=organisation.name,
                    organisation=organisation)


def mirror(of: Book, partner: Area) -> Account:
    """R17: how the book stands with the partner's: above zero we owe them service, below zero they owe us."""
    return _account(of, f"mirror.{partner.code}", "mirror", title=partner.name, floor=None)


def goods_sink(of: Book) -> Account:
    return _account(of, "goods", "expense", title="换成物品")


def honour_source(of: Book) -> Account:
    return _account(of, "source", "outside", title="荣誉来源", floor=None, hot=True)


@dataclass(frozen=True)
class Standing:
    """What a person has in one book, in minutes. `available` leaves out what is held."""

    earned: int = 0
    gift: int = 0
    issued: int = 0
    held: int = 0

    @property
    def available(self) -> int:
        return self.earned + self.gift + self.issued

    @property
    def total(self) -> int:
        return self.available + self.held


def standing(of: Book, person: Person) -> Standing:
    """A person's three purses. Two queries; opens nothing."""
    codes = {f"{which}.{person.pk}": which for which in PURSES}
    accounts = list(Account.objects.filter(book=of, code__in=codes))
    found = books.balances([one.pk for one in accounts])
    parts = {codes[one.code]: found[one.pk] for one in accounts}
    free = {which: parts[which].available if which in parts else 0 for which in PURSES}
    return Standing(**free, held=sum(one.pending_out for one in parts.values()))


def payers(of: Book, person: Person, minutes: int) -> Lines | None:
    """Lines that take `minutes` from the person's purses into clearing: issued first, then gifts, then what they
    earned. None where all together are not enough."""
    has, left = standing(of, person), minutes
    lines: Lines = []
    for which in PURSES:
        take = min(left, getattr(has, which))
        if take > 0:
            lines.append((purse(of, person, which), clearing(of), take))
            left -= take
    return lines if left == 0 else None


def refund(of: Book, paid: Sequence[Sequence[object]], back: int) -> Lines:
    """Lines that give `back` minutes from clearing to the purses that paid, the last payer first."""
    lines: Lines = []
    for code, amount in reversed(list(paid)):
        give = min(back, int(str(amount)))
        if give > 0:
            lines.append((clearing(of), Account.objects.select_related("book").get(book=of, code=str(code)), give))
            back -= give
    return lines
