"""What every page of this room asks first."""

from __future__ import annotations

import secrets
from hashlib import blake2b
from typing import Any

from django.conf import settings
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse

from linli.foundation.areas.models import Area
from linli.foundation.people.models import Person
from linli.foundation.web import Denied
from linli.foundation.web.middleware import Request
from linli.services.timebank.purses import community
from linli.services.timebank.sentences import refuse

COOKIE = "linli_timebank_device"


def area_of(request: Request) -> Area:
    """The community whose bank the page is about. Raises `Denied` for who has none yet."""
    area: Area | None = request.area  # lazy: None for who has no community yet
    if area is None or len(area.code) < 12:
        raise Denied("timebank.area", visible=True)
    return community(area)


def seen(rows: QuerySet[Any], pk: int) -> Any:
    """The row if it is among `rows`, else 404."""
    found = rows.filter(pk=pk).first()
    if found is None:
        raise Http404
    return found


def neighbour_by_phone(area: Area, phone: str, *, anywhere: bool = False) -> Person:
    """Who has that number, of this community (or of any). Raises `Refused("not_found")`."""
    rows = Person.objects.by_phone(phone).filter(is_active=True).select_related("community") if phone else None
    found = rows.first() if rows is not None else None
    if found is None or not (anywhere or found.area_code.startswith(area.code)):
        refuse("not_found", field="phone")
    return found


def device_of(request: HttpRequest) -> str:
    """A sign for "the same device" (R22): the keyed hash of a random cookie of these pages; "" where none is set yet.

    In the demo everybody plays all parts in one browser, so it would say nothing there.
    """
    token = request.COOKIES.get(COOKIE, "")
    if not token or settings.LINLI_DEMO:
        return ""
    return blake2b(token.encode(), key=settings.SECRET_KEY.encode()[:64], digest_size=12).hexdigest()


def remember_device(request: HttpRequest, answer: HttpResponse) -> HttpResponse:
    """Give the device its random mark, for half a year, for these pages alone."""
    if COOKIE not in request.COOKIES:
        answer.set_cookie(COOKIE, secrets.token_urlsafe(18), max_age=180 * 86_400, path="/timebank/", httponly=True,
                          secure=request.is_secure(), samesite="Lax")
    return answer
