"""What the pages of this room share."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest
from django.utils.translation import get_language

from linli.foundation.areas.models import Area
from linli.foundation.people.permit import permit
from linli.foundation.web import Denied
from linli.foundation.web.middleware import Request
from linli.services.gov.items.reading import MANNERS, translated
from linli.services.gov.models import Publication, ServiceItem
from linli.services.gov.queries import items


def area_of(request: HttpRequest) -> Area | None:
    """The community being looked at; None for who has none, or has not signed in."""
    area: Any = request.area  # type: ignore[attr-defined]  # lazy, and falsy where there is none
    found: Area | None = area or None
    return found


def working_area(request: Request, verb: str) -> Area:
    """The community whose desk this is. Raises `Denied` (404) for who may not do `verb` there."""
    area = area_of(request)
    if area is None or len(area.code) < 12:
        raise Denied("gov.desk")
    found: Area = area if len(area.code) == 12 else Area.objects.get(code=area.community_code)
    permit(request.person, verb, found)
    return found


def manner_of(request: HttpRequest, body: dict[str, Any]) -> str:
    """official, easy or en: what was asked for, else the language of the page. Only what the item really has."""
    asked = request.GET.get("words", "")
    if asked not in MANNERS:
        asked = "en" if (get_language() or "").startswith("en") else "official"
    return asked if translated(body, asked) else "official"


def public(slug: str, area: Area | None) -> Publication:
    """What counts of an item here, taken off or not; else 404."""
    found = items.anyhow(slug, area)
    if found is None:
        raise Http404
    return found


def item_of(slug: str) -> ServiceItem:
    found = ServiceItem.objects.filter(slug=slug).first()
    if found is None:
        raise Http404
    return found
