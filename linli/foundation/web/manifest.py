"""What a room declares: menus, grants, listeners, commands are found from here, not registered by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.util import find_spec

from django.apps import apps
from django.utils.functional import Promise


@dataclass(frozen=True)
class Menu:
    """One entry of a shell's menu. `shell` is "portal" or "desk"; `verb` hides it from who may not."""

    shell: str
    url_name: str
    title: str | Promise
    icon: str = ""
    verb: str = ""
    tone: str = ""
    order: int = 50


@dataclass(frozen=True)
class Command:
    """`linli VERB NAME`: `target` is the dotted path of a module with `add_arguments` and `run`."""

    verb: str
    name: str
    target: str
    help: str = ""


@dataclass(frozen=True)
class Purpose:
    """Why personal data is kept (个人信息保护法 第5–6条, 第13条, 第19条).

    `basis` is one of consent, contract, duty, emergency; `keep_days` counts from the row's end of use.
    """

    code: str
    title: str | Promise
    basis: str
    keep_days: int
    source: str
    sensitive: bool = False
    fields: str | Promise = ""


@dataclass(frozen=True)
class Card:
    """What a room puts into a slot of a shell: a template with its own context."""

    template: str
    context: Mapping[str, object]
    order: int = 50


@dataclass(frozen=True)
class Manifest:
    """A room's declaration. `permissions`: verb → who may; an entry is a role or `@relation` to the object."""

    name: str
    title: str | Promise = ""
    icon: str = ""
    menu: Sequence[Menu] = ()
    permissions: Mapping[str, Sequence[str]] = field(default_factory=dict)
    listens: Mapping[str, str] = field(default_factory=dict)
    acts: Mapping[str, str] = field(default_factory=dict)
    commands: Sequence[Command] = ()
    purposes: Sequence[Purpose] = ()
    case_kinds: Sequence[str] = ()  # paths of kind files
    # slot → dotted path of `f(request) -> Sequence[Card]`. Slots: portal.mine (what waits for me),
    # portal.news, portal.side, portal.matters (my matters), elder.mine, desk.side
    cards: Mapping[str, str] = field(default_factory=dict)
    search: str = ""  # dotted path of `f(person, area, words) -> Sequence[tuple[title, sub, url, icon]]`
    knows: str = ""  # dotted path of `units() -> Iterable[Unit]`: what the room can answer in public (knowledge)
    demo: str = ""  # dotted path of `f(demo) -> None`, its part of the demo community


@cache
def manifests() -> tuple[Manifest, ...]:
    """The manifest of every installed room, in the order of the floors."""
    found = []
    for config in apps.get_app_configs():
        name = f"{config.name}.manifest"
        if config.name.startswith("linli.") and find_spec(name):
            declared = getattr(import_module(name), "manifest", None)  # this very module declares none
            if declared is not None:
                found.append(declared)
    return tuple(found)


@cache
def grants() -> Mapping[str, frozenset[str]]:
    """`room.verb` → the roles and relations that may; the one table `permit` reads."""
    return {
        f"{manifest.name}.{verb}": frozenset(who)
        for manifest in manifests()
        for verb, who in manifest.permissions.items()
    }


def menu_entries(shell: str) -> Iterator[Menu]:
    """Every menu entry declared for `shell`, by its order."""
    entries = [entry for manifest in manifests() for entry in manifest.menu if entry.shell == shell]
    yield from sorted(entries, key=lambda entry: entry.order)
