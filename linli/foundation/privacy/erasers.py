"""How a room takes part in a person's rights, and in retention: by a module `privacy.py` in its folder.

    def copy_of(person: Person) -> dict[str, object]: ...   # everything tied to the person, ready for JSON
    def erase(person: Person) -> list[str]: ...             # what was erased, or kept and why; a sentence each

    @eraser("repairs.case")
    def erase_case(case: Case, purpose: str) -> str: ...    # a term ended: delete or anonymise; says which

All three are optional and idempotent: a job may call them twice. `erase` never deletes the row of the person itself:
the account is emptied, last of all, by this room.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType
from typing import Any

from django.apps import apps

Eraser = Callable[[Any, str], str]
_erasers: dict[str, Eraser] = {}


def eraser(label: str) -> Callable[[Eraser], Eraser]:
    """Register who deletes or anonymises a row of `label` ("app.model", lower case) when its term ends."""

    def registered(function: Eraser) -> Eraser:
        _erasers[label.lower()] = function
        return function

    return registered


def eraser_of(label: str) -> Eraser | None:
    """The eraser of that model, where a room has one."""
    rooms()
    return _erasers.get(label)


@cache
def rooms() -> tuple[tuple[str, ModuleType], ...]:
    """`(room, its privacy module)` of every installed room that has one."""
    found = []
    for config in apps.get_app_configs():
        name = f"{config.name}.privacy"
        if config.name.startswith("linli.") and find_spec(name):
            found.append((config.label, import_module(name)))
    return tuple(found)


def copies_of(person: Any) -> Iterator[tuple[str, dict[str, Any]]]:
    """What each room holds about `person`."""
    for room, module in rooms():
        if hasattr(module, "copy_of"):
            yield room, module.copy_of(person)


def erase_everywhere(person: Any) -> list[str]:
    """Every room erases what it may; the sentences that say what was erased or kept.

    This room goes last: the others may need the account to find their own.
    """
    sentences: list[str] = []
    for _room, module in sorted(rooms(), key=lambda pair: pair[0] == "privacy"):
        if hasattr(module, "erase"):
            sentences += module.erase(person)
    return sentences
