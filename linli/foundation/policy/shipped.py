"""The values that come with the program: every room's `policy/*.yaml`, dated, each with its source."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import yaml
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured

from linli.foundation.policy.shapes import Misshapen, json_type, require_shape

_NAME = re.compile(r"[a-z][a-z0-9_]*")


class UnknownPolicy(KeyError):  # noqa: N818 - read after "raises"
    """No room declares this key."""


class NoPolicyYet(LookupError):  # noqa: N818
    """The key is declared, but its first value begins after the day asked for."""


@dataclass(frozen=True)
class Entry:
    """One value, from a day on.

    `fixed`: no area may overlay it, because its source leaves no room (a quorum by law), or because the
    room reads it for the whole house (a sign-in limit).
    """

    since: date
    value: Any
    source: str
    note: str = ""
    fixed: bool = False


@dataclass(frozen=True)
class Rule:
    """One key, `room.name`, with its values in the order of their dates."""

    key: str
    room: str
    file: str
    entries: tuple[Entry, ...]

    def on(self, day: date) -> Entry:
        """The entry in force on `day`. Raises `NoPolicyYet`."""
        found = bisect_right(self.entries, day, key=lambda entry: entry.since)
        if not found:
            raise NoPolicyYet(f"{self.key} begins on {self.entries[0].since}, after {day}.")
        return self.entries[found - 1]


def rules() -> Mapping[str, Rule]:
    """Every declared key of every installed room. Raises `ImproperlyConfigured` when a file is wrong."""
    found, problems = _installed()
    if problems:
        raise ImproperlyConfigured(" ".join(problems))
    return found


def rule(key: str) -> Rule:
    """Raises `UnknownPolicy`."""
    try:
        return rules()[key]
    except KeyError:
        raise UnknownPolicy(f"{key!r} is declared in no room's policy/*.yaml.") from None


def problems() -> Sequence[str]:
    """What is wrong with the files, one sentence each; empty when all is well."""
    return _installed()[1]


@cache
def _installed() -> tuple[Mapping[str, Rule], tuple[str, ...]]:
    folders = [(c.label, Path(c.path) / "policy") for c in apps.get_app_configs() if c.name.startswith("linli.")]
    return collect(folders)


def collect(folders: Sequence[tuple[str, Path]]) -> tuple[dict[str, Rule], tuple[str, ...]]:
    """The rules of `(room, folder)` pairs, and a sentence for each thing that is wrong with their files."""
    found: dict[str, Rule] = {}
    wrong: list[str] = []
    for room, folder in folders:
        for path in sorted(folder.glob("*.yaml")):
            where = f"{room}/policy/{path.name}"
            try:
                data = yaml.load(path.read_text(encoding="utf-8"), Loader=_Strict)  # noqa: S506 - a SafeLoader
            except yaml.YAMLError as error:
                wrong.append(f"{where}: {' '.join(str(error).split())}")
                continue
            if not isinstance(data, dict):
                wrong.append(f"{where}: write a mapping of key to list of values.")
                continue
            for name, rows in data.items():
                key = f"{room}.{name}"
                try:
                    if not isinstance(name, str) or not _NAME.fullmatch(name):
                        raise Misshapen("a key is written in lower case letters, digits and _ (quote on, off, yes, no)")
                    if key in found:
                        raise Misshapen(f"is declared in {found[key].file} already")
                    found[key] = Rule(key, room, where, tuple(_entries(rows)))
                except Misshapen as error:
                    wrong.append(f"{where}: {key}: {error}.")
    return found, tuple(wrong)


def _entries(rows: Any) -> Iterator[Entry]:
    if not isinstance(rows, list) or not rows:
        raise Misshapen("write a list of {from, value, source}")
    found = [_entry(row) for row in rows]
    for one, other in pairwise(found):
        if other.since <= one.since:
            raise Misshapen(f"{other.since} does not come after {one.since}: sort by date, one value a day")
        require_shape(one.value, other.value, since=str(other.since))
    yield from found


def _entry(row: Any) -> Entry:
    if not isinstance(row, dict):
        raise Misshapen(f"{row!r} is no entry: write {{from, value, source}}")
    unknown = set(map(str, row)) - {"from", "value", "source", "note", "fixed"}
    if unknown:
        raise Misshapen(f"unknown entry {min(unknown)!r}: write from, value, source, and if needed note, fixed")
    since, source = row.get("from"), row.get("source")
    if not isinstance(since, date) or isinstance(since, datetime):
        raise Misshapen(f"from: {since!r} is no date, write YYYY-MM-DD")
    if "value" not in row:
        raise Misshapen(f"the entry of {since} has no value")
    if not isinstance(source, str) or not source.strip():
        raise Misshapen(f"the entry of {since} names no source")
    json_type(row["value"])
    note, fixed = row.get("note", ""), row.get("fixed", False)
    if not isinstance(note, str) or not isinstance(fixed, bool):
        raise Misshapen(f"the entry of {since}: note is a text, fixed is true or false")
    return Entry(since, row["value"], source.strip(), note.strip(), fixed)


class _Strict(yaml.SafeLoader):
    """YAML keeps the last of a repeated key silently, and reads 22:00 as 1320: a rule must not change like that."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        names = [child.value for child, _ in node.value]
        for name in names:
            if isinstance(name, str) and names.count(name) > 1:
                raise yaml.constructor.ConstructorError(None, None, f"{name!r} is written twice", node.start_mark)
        return super().construct_mapping(node, deep)

    def construct_yaml_int(self, node: yaml.ScalarNode) -> int:
        if ":" in node.value:
            problem = f"{node.value} is no number: quote times"
            raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark)
        return super().construct_yaml_int(node)


_Strict.add_constructor("tag:yaml.org,2002:int", _Strict.construct_yaml_int)
