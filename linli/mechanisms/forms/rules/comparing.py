"""How two values stand to each other when either may not be known. Pure functions."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import Any


class Unknown:
    """A value that cannot be had yet, and what it waits for."""

    __slots__ = ("missing", "unsettled")

    def __init__(self, missing: Iterable[str] = (), unsettled: Iterable[str] = ()) -> None:
        self.missing, self.unsettled = tuple(missing), tuple(unsettled)


def as_date(value: Any) -> date | None:
    """A day from ISO text; None for what is none."""
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, date):
        return value
    if isinstance(value, str) and len(value) >= 10:
        try:
            return date.fromisoformat(value[:10])
        except ValueError:
            return None
    return None


def is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    return list(value) if isinstance(value, tuple) else value


def is_nothing(value: Any) -> bool:
    return value is None or value == "" or value == [] or value == ()


def unless_unknown(values: Iterable[Any], judge: Any) -> bool | None:
    return None if any(isinstance(value, Unknown) for value in values) else judge()


def compared(left: Any, op: str, right: Any) -> bool | None:
    if op == "!=":
        same = compared(left, "==", right)
        return None if same is None else not same
    if op == "in":
        among = right if isinstance(right, list | tuple) else [right]
        return broadcast(left, lambda one: _among(one, among))
    if isinstance(right, list | tuple) and not isinstance(left, list | tuple):
        return broadcast(right, lambda one: _one_compared(left, op, one))
    if isinstance(right, list | tuple):
        return bool(list(left) == list(right)) if op == "==" else None
    return broadcast(left, lambda one: _one_compared(one, op, right))


def _among(one: Any, among: Sequence[Any]) -> bool | None:
    """Is it one of these? A member that is not known leaves a no open."""
    answers = [_one_compared(one, "==", other) for other in among]
    if any(answers):
        return True
    return None if None in answers else False


def broadcast(value: Any, judge: Any) -> bool | None:
    """One member is enough; a member that is not known leaves a no open."""
    if not isinstance(value, list | tuple):
        return judge(value)  # type: ignore[no-any-return]  # every judge of this file answers bool | None
    answers = [judge(one) if not is_nothing(one) else None for one in value]
    if any(answers):
        return True
    return None if None in answers else False


def _one_compared(left: Any, op: str, right: Any) -> bool | None:
    if op == "==":
        if is_nothing(left) or is_nothing(right):
            return None
        if isinstance(left, bool) or isinstance(right, bool):
            return left is right
        if is_number(left) and is_number(right):
            return bool(left == right)
        return str(left) == str(right)
    return ordered(left, op, right)


def ordered(left: Any, op: str, right: Any) -> bool | None:
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return None
    if is_number(left) and is_number(right):
        first, second = left, right
    else:
        first, second = as_date(left), as_date(right)
        if first is None or second is None:
            return None
    if op == "<":
        return bool(first < second)
    if op == "<=":
        return bool(first <= second)
    return bool(first > second) if op == ">" else bool(first >= second)


def years_between(born: date, on: date) -> int:
    """Full years from `born` to `on`; who was born on 29 February is a year older on 1 March."""
    return on.year - born.year - ((on.month, on.day) < (born.month, born.day))
