"""What every template may rely on. Nothing here is read from the database before a template asks for it."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject
from django.utils.translation import get_language

from linli.foundation.people.queries import mandate_rooms
from linli.interfaces.components import look
from linli.interfaces.components.shell import Menus, address

_OTHER = {"zh-hans": ("en", "English", "en"), "en": ("zh-hans", "简体中文", "zh-CN")}


def shell(request: HttpRequest) -> dict[str, Any]:
    """`person`, `area`, `menus`, `unread`, `inbox_url`, `sign_in_url`, `look`,
    `demo`, `page_language`, `other_language`."""
    person = getattr(request, "person", None)
    code, name, html = _OTHER["en" if (get_language() or "").startswith("en") else "zh-hans"]
    return {
        "person": person,
        "area": getattr(request, "area", None),
        "menus": Menus(request),
        "unread": SimpleLazyObject(lambda: _unread(person)),
        "inbox_url": SimpleLazyObject(lambda: address("notices:inbox")),
        "sign_in_url": SimpleLazyObject(lambda: address("people:sign_in")),
        "look": SimpleLazyObject(lambda: look.of(request)),
        "page_language": "en" if code == "zh-hans" else "zh-CN",
        "other_language": {"code": code, "name": name, "html": html},
        "demo": settings.LINLI_DEMO,
        "acting_rooms": SimpleLazyObject(lambda: _acting_rooms(person)),
    }


def _acting_rooms(person: Any) -> list[Any]:
    """The titles of the rooms in which the person acts for somebody just now."""
    acting = person.acting if person else None
    return [title for name, title in mandate_rooms() if acting and name in acting.rooms]


def _unread(person: Any) -> int:
    """Unread notices; none while the notices room keeps no count."""
    count = getattr(import_module("linli.foundation.notices"), "unread_count", None)
    return int(count(person)) if person and count else 0
