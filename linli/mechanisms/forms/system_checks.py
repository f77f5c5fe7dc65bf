"""The dictionary of every installed room is checked when the program starts."""

from __future__ import annotations

from typing import Any

from django.core.checks import Error, register

from linli.mechanisms.forms import dictionary


@register()
def dictionary_is_sound(**_kwargs: Any) -> list[Error]:
    """One error for each entry that cannot be used, with its file and line."""
    return [Error(str(fault), id="forms.E001") for fault in dictionary.faults()]
