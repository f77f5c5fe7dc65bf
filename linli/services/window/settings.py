"""The room's policy as values."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils.translation import get_language

from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import today
from linli.foundation.policy import policy
from linli.services.window.rules import Terms


@dataclass(frozen=True)
class Word:
    """A code of the policy with its title in the reader's language."""

    code: str
    title: str
    letter: str = ""
    bring: str = ""


def number(key: str, area: Area) -> int:
    """`window.<key>` in force here today."""
    return int(value(key, area))


def value(key: str, area: Area) -> Any:
    return policy(f"window.{key}", on=today(), area=area)


def topics(area: Area) -> dict[str, Word]:
    return _words("topics", area)


def classes(area: Area) -> dict[str, Word]:
    return _words("classes", area)


def checks(area: Area) -> dict[str, Word]:
    return _words("checks", area)


def _words(key: str, area: Area) -> dict[str, Word]:
    end = "en" if (get_language() or "").startswith("en") else "zh"
    return {row["code"]: Word(row["code"], row[end], row.get("letter", ""), row.get(f"bring_{end}", ""))
            for row in value(key, area)}


def terms(area: Area, first: frozenset[str] = frozenset()) -> Terms:
    return Terms(
        in_a_row=number("priority_in_a_row", area), early=timedelta(minutes=number("early_minutes", area)),
        late=timedelta(minutes=number("late_minutes", area)), first=first)
