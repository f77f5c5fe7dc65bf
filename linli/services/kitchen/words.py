"""Codes of the policy in the reader's words: allergens, diets, reasons, subsidies; amounts, money, doors."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils.translation import get_language, gettext as _

from linli.foundation.areas.models import Area
from linli.foundation.policy import policy
from linli.mechanisms.ledger.amounts import amount_words
from linli.mechanisms.ledger.models import Book


def entries(key: str, area: Area | None = None) -> list[dict[str, Any]]:
    """The list of a policy of this room."""
    found: list[dict[str, Any]] = policy(f"kitchen.{key}", area=area)
    return found


def choices(key: str, area: Area | None = None) -> list[tuple[str, str]]:
    """(code, word) of every entry."""
    return [(one["code"], _word(one)) for one in entries(key, area)]


def say(key: str, codes: Iterable[str], area: Area | None = None) -> str:
    """Those of the codes that the policy knows, in its order, as a list in a sentence."""
    wanted = set(codes)
    return _("、").join(word for code, word in choices(key, area) if code in wanted)


def _word(entry: dict[str, Any]) -> str:
    return str(entry["en" if (get_language() or "").startswith("en") else "zh"])


def amount(measure: str, number: int) -> str:
    """ "3.2 公斤", "12 个"."""
    return amount_words(Book(unit=measure), number)


def money(cents: int) -> str:
    """ "¥12.50"."""
    return amount_words(Book(unit="cent"), cents)
