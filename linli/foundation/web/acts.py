"""Another room's verb, called by its name: no import, the same authorisation, the same audit.

A room declares what others may ask of it in its manifest, `acts={"access.book_interpreter": "dotted.path"}`. The target
is an ordinary action: its first argument is the acting person, it asks `permit` itself, and it writes its own audit
entry. A caller therefore gains nothing that the person could not do on the owner's own page.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from django.utils.module_loading import import_string

from linli.foundation.people.models import Person
from linli.foundation.web.manifest import manifests


class NoSuchAct(LookupError):  # noqa: N818 - reads as a sentence: "raises NoSuchAct"
    """No installed room offers an act of that name."""


def offered(name: str) -> bool:
    """Whether an installed room offers the act, so that a page may leave out a button that leads nowhere."""
    return _target(name) is not None


def perform(name: str, person: Person, /, **facts: Any) -> Any:
    """What the act returns.

    Raises `NoSuchAct` where no room offers it, and whatever the act itself raises (`Refused`, `Denied`).
    """
    target = _target(name)
    if target is None:
        raise NoSuchAct(name)
    return target(person, **facts)


@cache
def _target(name: str) -> Callable[..., Any] | None:
    found = [manifest.acts[name] for manifest in manifests() if name in manifest.acts]
    if len(found) > 1:
        raise LookupError(f"{name} is offered by more than one room: {', '.join(found)}")
    return import_string(found[0]) if found else None
