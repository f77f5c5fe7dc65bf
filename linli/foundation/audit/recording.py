"""Writing down what was done: one INSERT in the transaction of the change itself."""

from __future__ import annotations

import hmac
import json
import os
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from hashlib import sha256
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection
from django.utils.functional import Promise

from linli.foundation.calendar.clock import now

if TYPE_CHECKING:
    from linli.foundation.audit.models import AuditEntry
    from linli.foundation.people.models import Person

_COLUMNS = (
    "id", "at", "actor_id", "acting_for_id", "subject_id", "verb", "thing_type", "thing_id", "area_code", "facts",
    "salt")
_INSERT = (
    f"INSERT INTO audit_auditentry ({', '.join(_COLUMNS)}) "
    f"VALUES ({', '.join(['%s'] * len(_COLUMNS))})")
_SAFE_INTEGER = 2**53 - 1
_codes: dict[int, str] = {}


class Ref(NamedTuple):
    """A thing that is no row, or a row no longer: what `record` needs to know of it."""

    kind: str
    pk: Any
    area_code: str = ""


def record(
    person: Person | None, verb: str, thing: Any, *, acting_for: Person | None = None,
    personal: Mapping[str, str] | None = None, subject: int | None = None, **facts: Any,
) -> None:
    """Write down that `person` did `verb` to `thing` (a row, or a `Ref`), in the transaction of the change itself.

    `facts` hold no personal value. `personal` may: of each value only a salted commitment is kept, for `prove`.
    `subject` is the id of whose data it is (by default the thing's `data_subject_id`, the person it is, or the actor);
    when that person is erased the salt is dropped, and the entry proves nothing about them any more.
    One INSERT and no other query: the ORM's way costs five times as much, and every change of the house pays it.
    """
    if isinstance(thing, Ref):
        kind, area_code = thing.kind, thing.area_code
    else:
        kind, area_code = thing._meta.label_lower, _area_code(thing)
    salt = None
    if personal:
        salt = os.urandom(16).hex()
        facts["personal"] = {name: commitment(salt, name, value) for name, value in personal.items()}
        subject = subject or _subject(thing, kind) or (person.pk if person else None)
    from linli.foundation.prepared import fixed_cursor
    from linli.foundation.records import new_id

    with fixed_cursor() as cursor:
        cursor.execute(_INSERT, (
            new_id(), connection.ops.adapt_datetimefield_value(now()), person.pk if person else None,
            acting_for.pk if acting_for else None, subject, verb, kind, str(thing.pk), area_code,
            canonical(facts) if facts else "{}", salt))


def verbs(thing: Any) -> list[str]:
    """The verbs recorded for `thing`, oldest first (for tests and for the trail on a page)."""
    return [entry.verb for entry in trail(thing)]


def trail(thing: Any) -> list[AuditEntry]:
    """The entries about `thing`, oldest first."""
    from linli.foundation.audit.models import AuditEntry

    kind = thing.kind if isinstance(thing, Ref) else thing._meta.label_lower
    return list(AuditEntry.objects.filter(thing_type=kind, thing_id=str(thing.pk)).order_by("id"))


def commitment(salt: str, name: str, value: str) -> str:
    """HMAC-SHA-256 of a personal value by the entry's salt, hex."""
    return hmac.new(bytes.fromhex(salt), f"{name}|{value}".encode(), sha256).hexdigest()


def prove(entry: AuditEntry, name: str, value: str) -> bool:
    """Was `value` the personal value `name` of `entry`? Always False once its salt is dropped."""
    kept = json.loads(entry.facts).get("personal", {}).get(name)
    return bool(entry.salt and kept) and hmac.compare_digest(kept, commitment(str(entry.salt), name, value))


def drop_salts(person_id: int) -> int:
    """Erase the personal values of everything the log holds about that person; proofs of the tree stay valid."""
    from linli.foundation.audit.models import AuditEntry

    return AuditEntry.objects.filter(subject_id=person_id, salt__isnull=False).update(salt=None)


def canonical(value: Any) -> str:
    """RFC 8785 JSON of `value`. Integers beyond 2^53, dates, decimals and sentences become text first."""
    plain, simple = _plain(value)
    if simple:
        # Without floats and without letters beyond the BMP in keys, Python's own writer gives the same bytes 8× faster.
        return json.dumps(plain, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    import rfc8785

    return rfc8785.dumps(plain).decode()


def _plain(value: Any) -> tuple[Any, bool]:
    """`value` as JSON knows it, and whether the fast writer may write it."""
    if value is None or isinstance(value, bool):
        return value, True
    if isinstance(value, Enum):
        return _plain(value.value)
    if isinstance(value, str):
        # An exact str: a lone surrogate cannot be written in UTF-8, and must not stop the change it speaks of.
        return str(value).encode("utf-8", "replace").decode(), True
    if isinstance(value, int):
        return (value if abs(value) <= _SAFE_INTEGER else str(value)), True
    if isinstance(value, float):
        return (value, False) if value == value and abs(value) != float("inf") else (str(value), True)
    if isinstance(value, datetime | date):
        return value.isoformat(), True
    if isinstance(value, Decimal | Promise):
        return str(value), True
    if isinstance(value, Mapping):
        pairs = {str(key): _plain(inner) for key, inner in value.items()}
        simple = all(ok for _inner, ok in pairs.values()) and all(key.isascii() for key in pairs)
        return {key: inner for key, (inner, _ok) in pairs.items()}, simple
    if isinstance(value, set | frozenset):
        value = sorted(value, key=str)
    if isinstance(value, list | tuple):
        parts = [_plain(inner) for inner in value]
        return [inner for inner, _ok in parts], all(ok for _inner, ok in parts)
    pk = getattr(value, "pk", None)
    if pk is None:
        raise TypeError(f"{type(value).__name__} cannot be written into the audit log")
    return str(pk), True


def _area_code(thing: Any) -> str:
    """The place of `thing` without asking the database twice: an area's code never changes."""
    for name in ("area", "community"):
        key = getattr(thing, f"{name}_id", None)
        if key is None:
            continue
        if name in thing._state.fields_cache:
            return str(getattr(thing, name).code)
        code = _codes.get(key)
        if code is None:
            if len(_codes) > 100_000:
                _codes.clear()
            code = _codes[key] = str(getattr(thing, name).code)
        return code
    return str(getattr(thing, "area_code", "") or "")


def _subject(thing: Any, kind: str) -> int | None:
    found = getattr(thing, "data_subject_id", None)
    return found if found is not None else (thing.pk if kind == "people.person" else None)
