"""What the pages of this room share."""

from __future__ import annotations

from typing import Any

from django.db.models import Model
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from linli.foundation.areas.models import Area
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.web import Denied, Refused
from linli.foundation.web.middleware import Request


def seen(model: type[Model], person: Person, pk: int, *related: str) -> Any:
    """The row of that number if the person may see it, else 404."""
    rows = model._default_manager.visible_to(person)  # type: ignore[attr-defined]  # a visible model
    return get_object_or_404(rows.select_related(*related) if related else rows, pk=pk)


def working_area(request: Request, verb: str) -> Area:
    """The community whose desk this is. Raises `Denied` (404) for who may not do `verb` there."""
    area = own_area(request)
    permit(request.person, verb, area)
    return area


def own_area(request: Request) -> Area:
    """The community that is being looked at. Raises `Denied` (404) where there is none."""
    area: Any = request.area  # lazy, and None for who belongs to no place
    if not area:
        raise Denied("children")
    found: Area = area
    return found


def by_phone(typed: str) -> Person:
    """The account of that number. Raises `Refused("no_account")`."""
    digits = "".join(sign for sign in typed if sign.isdigit() or sign == "+")
    number = digits if digits.startswith("+") else f"+86{digits}"
    found = Person.objects.by_phone(number).filter(is_active=True).first()
    if found is None:
        raise Refused("no_account", _("没有这个手机号的账号。请先让他登录一次。"), field="phone")
    return found


def age_of(request: Request) -> int | None:
    """`?age=6`, or nothing."""
    typed = request.GET.get("age", "")
    return int(typed) if typed.isdecimal() and int(typed) <= 18 else None


def words_of(request: Request) -> str:
    """`?q=…`, without what no database takes."""
    return request.GET.get("q", "").replace("\0", "").strip()[:60]
