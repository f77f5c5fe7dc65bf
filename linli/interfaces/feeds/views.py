"""Atom feeds. What is in them is declared by the rooms: `Manifest.acts["feeds.announcements"]`, `f(area) -> entries`.

An entry is a mapping with `id`, `url` (absolute), `title`, `text`, `author`, `category`, `published`, `updated`
(aware). Only what everybody may read without signing in belongs there: a feed reader has no account.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.feedgenerator import Atom1Feed
from django.utils.html import linebreaks, urlize
from django.utils.http import http_date
from django.utils.module_loading import import_string
from django.utils.translation import get_language, gettext as _
from django.views.decorators.http import require_safe

from linli.foundation.areas.models import Area
from linli.foundation.web.manifest import manifests

MOST = 50


@require_safe
def announcements(request: HttpRequest, code: str) -> HttpResponse:
    """The public announcements that hang in `code` and in the places above it, newest first, RFC 4287."""
    area = get_object_or_404(Area, code=code)
    entries = _entries("feeds.announcements", area)
    own = f"{settings.LINLI_BASE_URL}{reverse('feeds:announcements', args=[area.code])}"
    feed = Atom1Feed(
        title=_("%(place)s公告") % {"place": area.name}, link=f"{settings.LINLI_BASE_URL}/",
        feed_url=own, feed_guid=own, description="", language=get_language(), author_name=area.name)
    for entry in entries:
        feed.add_item(
            title=entry["title"], link=entry["url"], unique_id=entry["id"], author_name=entry["author"],
            description=linebreaks(urlize(entry["text"], autoescape=True, nofollow=True)),
            categories=[entry["category"]], pubdate=entry["published"], updateddate=entry["updated"])
    response = HttpResponse(feed.writeString("utf-8"), content_type="application/atom+xml; charset=utf-8")
    response["Cache-Control"] = "public, max-age=300"
    if entries:
        response["Last-Modified"] = http_date(max(entry["updated"] for entry in entries).timestamp())
    return response


def _entries(act: str, area: Area) -> list[Mapping[str, Any]]:
    found: list[Mapping[str, Any]] = []
    for manifest in manifests():
        if act in manifest.acts:
            found += import_string(manifest.acts[act])(area)
    return sorted(found, key=lambda entry: entry["published"], reverse=True)[:MOST]
