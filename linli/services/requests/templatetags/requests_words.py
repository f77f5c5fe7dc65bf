"""The few words that templates of requests need of the classifier's answers."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template

from linli.services.requests import classifying

register = template.Library()


@register.filter
def category_path(code: str) -> str:
    """公共设施 › 路灯."""
    return classifying.shown(str(code))


@register.filter
def joined(words: Iterable[str]) -> str:
    return "、".join(str(word) for word in words)


@register.filter
def percent(share: Any) -> int:
    return round(100 * float(share or 0))


@register.filter
def why(suggestion: Any) -> str:
    """How the guess was made; a suggestion of the classifier, or one kept with a case."""
    return classifying.why(suggestion if isinstance(suggestion, dict) else classifying.told(suggestion))
