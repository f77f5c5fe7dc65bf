"""What a place may say differently: its `local` part, never the base (四级四同). Pure."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from linli.services.gov.items import shape
from linli.services.gov.items.faults import Fault, Where

# How an entry of a list is named by what is laid over it: the list's entries then merge one by one.
_NAMES = {"fees": "name"}
_NEED = {"promised": 1, "tolerated": 1, "conditional": 2, "required": 3}
_SOURCE = {"shared": 0, "generated": 1, "e_licence": 1, "applicant": 2}


def merged(body: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """`body` with `changes` laid over its `local` part: mappings merge, everything else is replaced; None takes away.

    A mapping over a list goes to its entries: papers by their key, fees by their name; who is not there is put at the
    end, so that what the base asks anew one day is asked here too. `checked` is laid over as well: who checked the
    place's own words, and when. The questions in `faq` come before everybody's.
    """
    made: dict[str, Any] = copy.deepcopy(dict(body))
    _lay(made["local"], changes.get("local") or {})
    if changes.get("checked"):
        made["checked"] = dict(changes["checked"])
    if changes.get("faq"):
        for place in (made, *(one for one in (made.get("texts") or {}).values() if "faq" in one)):
            place["faq"] = [*copy.deepcopy(list(changes["faq"])), *(place.get("faq") or [])]
    return made


def _lay(below: dict[str, Any], above: Mapping[str, Any]) -> None:
    for key, value in above.items():
        if value is None:
            below.pop(key, None)
        elif isinstance(value, Mapping) and isinstance(below.get(key), dict):
            _lay(below[key], value)
        elif isinstance(value, Mapping) and (isinstance(below.get(key), list) or key in ("materials", "fees")):
            _lay_entries(below.setdefault(key, []), value, _NAMES.get(key, "key"))
        else:
            below[key] = copy.deepcopy(value)


def _lay_entries(below: list[Any], above: Mapping[str, Any], ident: str) -> None:
    for name, change in above.items():
        at = next((n for n, one in enumerate(below) if isinstance(one, dict) and one.get(ident) == name), -1)
        if at >= 0:
            if change is None:
                del below[at]
            else:
                _lay(below[at], change)
        elif change is not None and ("name" in change or (ident == "name" and "basis" in change)):
            below.append({ident: name, **copy.deepcopy(dict(change))})  # else: of an entry that the base gave up


def faults(body: Mapping[str, Any], changes: Mapping[str, Any]) -> list[Fault]:
    """Why these changes may not be laid over: the base is locked, the result must still be an item, and a place asks
    for no more than everybody does, or names its own basis."""
    found = [Fault("locked", _("「%(key)s」由基本目录统一定，本地不能改。") % {"key": key}, (key,), "load")
             for key in changes if key not in ("local", "checked", "faq")]
    if found:
        return found
    where: Where = ("local",)
    made = merged(body, changes)["local"]
    return [*shape.faults_of(shape.LOCAL, made, where), *shape.faults_of(shape.QUESTIONS, changes.get("faq") or [], (
        "faq",))] or [*_papers_asked(body["local"], made), *_fees_asked(body["local"], made)]


def _papers_asked(base: Mapping[str, Any], here: Mapping[str, Any]) -> Iterator[Fault]:
    known = {one["key"]: one for one in base["materials"]}
    for number, one in enumerate(here["materials"]):
        where: Where = ("local", "materials", number)
        before = known.get(one["key"])
        if before is not None and before["name"] != one["name"]:
            yield Fault("locked", _("「%(key)s」由基本目录统一定，本地不能改。") % {"key": before["name"]}, where,
                        "load")
        elif _is_unfounded(one, before) and (before is None or _burden(one) > _burden(before) or any(
                _copies(one)[n] > _copies(before)[n] for n in (0, 1))):
            yield Fault("asks_more", _("「%(name)s」比各处要得多，请写本地自己的依据；没有依据就只能少要。") % {
                "name": one["name"]}, where, "load")


def _fees_asked(base: Mapping[str, Any], here: Mapping[str, Any]) -> Iterator[Fault]:
    known = {one["name"]: one for one in base.get("fees") or []}
    for number, one in enumerate(here.get("fees") or []):
        before = known.get(one["name"])
        if _is_unfounded(one, before) and (before is None or one["amount_cents"] > before["amount_cents"]):
            yield Fault("asks_more", _("「%(name)s」比各处收得多，请写本地自己的依据；没有依据就只能少收。") % {
                "name": one["name"]}, ("local", "fees", number), "load")


def _is_unfounded(one: Mapping[str, Any], before: Mapping[str, Any] | None) -> bool:
    """Without a basis of the place's own: none at all, or only the one that everybody has."""
    basis = str(one.get("basis") or "").strip()
    return not basis or (before is not None and basis == str(before.get("basis") or "").strip())


def _burden(one: Mapping[str, Any]) -> int:
    """How much a paper asks of people, to compare: whether it must be there, times who brings it."""
    return _NEED.get(str(one.get("need")), 3) * _SOURCE.get(str(one.get("source")), 2)


def _copies(one: Mapping[str, Any]) -> tuple[int, int]:
    given = one.get("copies") or {}
    return int(given.get("original") or 0), int(given.get("copy") or 0)


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
        return {str(one.get("key") or one.get("item") or one.get("name") or number): {
            name: part for name, part in one.items() if name != "key"} for number, one in enumerate(value)}
    return value


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
