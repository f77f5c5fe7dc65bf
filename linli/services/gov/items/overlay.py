"""What a place may say differently: its `local` part, never the base (四级四同). Pure."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from linli.services.gov.items import shape
from linli.services.gov.items.faults import Fault, Where


def merged(body: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """`body` with `changes` laid over its `local` part: mappings merge, everything else is replaced; None takes away.

    `checked` is laid over as well: who checked the place's own words, and when.
    """
    made: dict[str, Any] = copy.deepcopy(dict(body))
    _lay(made["local"], changes.get("local") or {})
    if changes.get("checked"):
        made["checked"] = dict(changes["checked"])
    return made


def _lay(below: dict[str, Any], above: Mapping[str, Any]) -> None:
    for key, value in above.items():
        if value is None:
            below.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(below.get(key), dict):
            _lay(below[key], value)
        else:
            below[key] = copy.deepcopy(value)


def faults(body: Mapping[str, Any], changes: Mapping[str, Any]) -> list[Fault]:
    """Why these changes may not be laid over: the base is locked, and the result must still be an item."""
    found = [Fault("locked", _("「%(key)s」由基本目录统一定，本地不能改。") % {"key": key}, (key,), "load")
             for key in changes if key not in ("local", "checked")]
    if found:
        return found
    where: Where = ("local",)
    return shape.faults_of(shape.LOCAL, merged(body, changes)["local"], where)


def digest(body: Mapping[str, Any]) -> str:
    """The same for the same content, whatever the order of keys."""
    told = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(told.encode()).hexdigest()


def differences(before: Any, after: Any, where: tuple[str, ...] = ()) -> list[tuple[str, str, str]]:
    """(path, before, after) of everything that differs, in reading order; an entry of a list is named by its key."""
    first, second = _by_name(before), _by_name(after)
    if isinstance(first, Mapping) and isinstance(second, Mapping):
        found: list[tuple[str, str, str]] = []
        for key in dict.fromkeys([*first, *second]):
            found += differences(first.get(key), second.get(key), (*where, str(key)))
        return found
    if before == after:
        return []
    if isinstance(first, Mapping) or isinstance(second, Mapping):
        held = first if isinstance(first, Mapping) else second
        assert isinstance(held, Mapping)
        return [line for key, value in held.items()
                for line in (differences(value, None, (*where, str(key))) if held is first
                             else differences(None, value, (*where, str(key))))]
    return [(".".join(where), _text(before), _text(after))]


def _by_name(value: Any) -> Any:
    if isinstance(value, list) and value and all(isinstance(one, Mapping) for one in value):
        return {str(one.get("key") or one.get("item") or number): {
            name: part for name, part in one.items() if name != "key"} for number, one in enumerate(value)}
    return value


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
