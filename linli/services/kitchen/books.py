"""Where grams, pieces and meals lie: three books of a community, and what their accounts mean.

In the books of grams and of pieces: `given` → `lot.<id>` → `cooked`, `wasted` or `recalled`; a count of the shelves is
put right against `counted`. What a menu plans with is held on its way from the lot to `cooked`, so no other menu plans
with it. In the book of meals: `planned` → `menu.<id>` → `served`, `wasted` or `recalled`; an order is held on its way
to `served`. Lots and menus cannot go below zero: the ledger refuses it, and so does the database under it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from linli.foundation.areas.models import Area
from linli.foundation.people.models import Person
from linli.mechanisms.ledger import actions as ledger, queries as reads
from linli.mechanisms.ledger.models import Account, Book
from linli.mechanisms.ledger.queries import AccountBalance
from linli.services.kitchen.models import Lot, Menu, MenuLot, Order

KEEP = "kitchen.keep"
MEAL = "meal"
_TITLES = {"gram": "爱心厨房食材（克）", "piece": "爱心厨房食材（个）", MEAL: "爱心厨房餐食"}
_SIDES = {  # code: what the account stands for, and how staff read it in the books
    "given": ("income", "捐入和采购"), "planned": ("income", "计划的份数"), "cooked": ("expense", "做进餐里"),
    "served": ("expense", "送到人手里"), "wasted": ("expense", "扔掉"), "recalled": ("expense", "召回"),
    "counted": ("outside", "盘点差额")}
_BOTTOMLESS = frozenset({"given", "planned", "counted"})


def book(area: Area, unit: str) -> Book:
    """The book of `unit` (gram, piece, meal) of a community, opened when it is first asked for."""
    code = f"kitchen.{unit}.{area.code}"
    return reads.book(code) or ledger.open_book(
        None, code, unit=unit, title=_TITLES[unit], room="kitchen", area=area, verb=KEEP, system=True)


def side(of: Book, name: str) -> Account:
    """One of the accounts that every lot or menu is booked against."""
    kind, title = _SIDES[name]
    return reads.account(of, name) or ledger.open_account(
        None, of, name, kind=kind, floor=None if name in _BOTTOMLESS else 0, hot=True, title=title, verb=KEEP,
        system=True)


def shelf(lot: Lot) -> Account:
    """The lot's own account."""
    of = book(lot.area, lot.ingredient.measure)
    return reads.account(of, f"lot.{lot.pk}") or ledger.open_account(
        None, of, f"lot.{lot.pk}", kind="stock", title=lot.code, verb=KEEP, system=True)


def portions(menu: Menu) -> Account:
    """The menu's own account: portions planned, not yet with anybody."""
    of = book(menu.area, MEAL)
    return reads.account(of, f"menu.{menu.pk}") or ledger.open_account(
        None, of, f"menu.{menu.pk}", kind="stock", title=f"{menu.on:%Y-%m-%d} {menu.serving}", verb=KEEP, system=True)


def left_of(lots: Iterable[Lot]) -> dict[int, AccountBalance]:
    """Where each of those lots stands, by its id; two queries. A lot without an account stands at nothing."""
    return _standing({f"lot.{lot.pk}": lot.pk for lot in lots}, ("gram", "piece"))


def left_to_order(menus: Iterable[Menu]) -> dict[int, AccountBalance]:
    """Where each of those menus stands, by its id; two queries."""
    return _standing({f"menu.{menu.pk}": menu.pk for menu in menus}, (MEAL,))


def _standing(codes: dict[str, int], units: Sequence[str]) -> dict[int, AccountBalance]:
    rows = Account.objects.filter(code__in=list(codes), book__room="kitchen", book__unit__in=units)
    keys = {pk: codes[code] for pk, code in rows.values_list("pk", "code")}
    found = reads.balances(list(keys)) if keys else {}
    nothing = AccountBalance()
    return dict.fromkeys(codes.values(), nothing) | {keys[pk]: one for pk, one in found.items()}


def move(person: Person | None, key: str, debit: Account, credit: Account, amount: int, *, verb: str,
         about: object, reason: str = "") -> None:
    """Book `amount` once under `key`. The action that calls has asked for the right."""
    ledger.transfer(person, id=key, debit=debit, credit=credit, amount=amount, verb=verb, about=about,
                    facts={"reason": reason} if reason else None, system=True)


def plan_with(person: Person | None, row: MenuLot) -> None:
    """Keep what the menu needs of a lot. Raises `Refused("short")` where others planned with it meanwhile."""
    account = shelf(row.lot)
    ledger.pend(person, id=row.hold, debit=account, credit=side(account.book, "cooked"), amount=row.amount,
                timeout=None, verb="kitchen.plan", about=row.menu, system=True)


def plan_no_more(person: Person | None, row: MenuLot) -> None:
    """Give back what was kept."""
    ledger.void(person, row.hold, verb="kitchen.plan", about=row.menu, system=True)


def keep_meal(person: Person | None, order: Order) -> None:
    """Hold the portions of an order. Raises `Refused("short")` where fewer are left."""
    account = portions(order.menu)
    ledger.pend(person, id=order.hold, debit=account, credit=side(account.book, "served"), amount=order.portions,
                timeout=None, verb="kitchen.order", about=order, system=True)


def serve_meal(person: Person | None, order: Order) -> None:
    """The portions are with the person."""
    ledger.post(person, order.hold, verb="kitchen.deliver", about=order, system=True)


def free_meal(person: Person | None, order: Order, *, verb: str = "kitchen.order") -> None:
    """The portions are free again."""
    ledger.void(person, order.hold, verb=verb, about=order, system=True)


def lose_meal(person: Person | None, order: Order, to: str, *, verb: str) -> None:
    """The portions were cooked and are eaten by nobody: to `wasted` or `recalled`, in one transaction."""
    free_meal(person, order, verb=verb)
    account = portions(order.menu)
    move(person, f"{order.hold}.{to}", account, side(account.book, to), order.portions, verb=verb, about=order)
