"""What the pages of this room share."""

from __future__ import annotations

from typing import Any

from django.db.models import Model
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from linli.foundation.areas.models import Area
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.web import Denied
from linli.foundation.web.middleware import Request
from linli.services.window.models import Hall


def seen(model: type[Model], person: Person, pk: int, *related: str) -> Any:
    """The row of that number if the person may see it, else 404."""
    rows = model._default_manager.visible_to(person)  # type: ignore[attr-defined]  # a visible model
    return get_object_or_404(rows.select_related(*related) if related else rows, pk=pk)


def own_area(request: Request) -> Area:
    """The community that is being looked at. Raises `Denied` (404) where there is none."""
    area: Any = request.area  # lazy, and None for who belongs to no place
    if not area:
        raise Denied("window")
    found: Area = area
    return found


def working_area(request: Request, verb: str) -> Area:
    """The community whose desk this is. Raises `Denied` for who may not do `verb` there."""
    area = own_area(request)
    permit(request.person, verb, area)
    return area


def hall_of(token: str) -> Hall:
    """The hall of a screen, kiosk or entrance QR code, or 404."""
    found: Hall = get_object_or_404(Hall.objects.select_related("area"), token=token)
    return found


def address_of(request: HttpRequest) -> str:
    """Where a request came from, to be counted, never kept in plain."""
    return str(request.META.get("REMOTE_ADDR", ""))
