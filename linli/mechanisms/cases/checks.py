"""Every kind that a room ships is checked when the program starts."""

from __future__ import annotations

from typing import Any

from django.core.checks import Error, register

from linli.mechanisms.cases.kinds import BadKind, parse, shipped


@register()
def kinds_are_sound(**_kwargs: Any) -> list[Error]:
    """One error for each kind in which a case could be forgotten."""
    found = []
    for code, data in shipped().items():
        try:
            parse(data)
        except (BadKind, KeyError, TypeError) as error:
            found.append(Error(f"case kind {code}: {error}", id="cases.E001"))
    return found
