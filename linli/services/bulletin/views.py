"""The residents' pages: the list, one announcement, its paper."""

from __future__ import annotations

from typing import Any

import segno
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from linli.foundation.files import link, may_see
from linli.foundation.files.queries import files_of
from linli.foundation.people.models import Person
from linli.foundation.web.middleware import Request, not_found
from linli.foundation.web.views import Page, keyset_page, signed_in
from linli.services.bulletin import actions, queries
from linli.services.bulletin.models import LOOKS, Announcement, Kind


@signed_in
@require_safe
def list_page(request: Request) -> HttpResponse:
    """What concerns me, or everything of my place; by kind and words."""
    only_mine = request.GET.get("tab") != "all"
    kind = request.GET.get("kind", "")
    words = request.GET.get("q", "").strip()[:60]
    kind = kind if kind in Kind.values else ""
    page = keyset_page(queries.board(request.person, only_mine=only_mine, kind=kind, words=words), request, size=20)
    shown = queries.as_shown(request.person, list(page.rows))
    return render(request, "bulletin/list.html", {
        "page": Page(shown, page.after, page.is_first), "only_mine": only_mine, "kind": kind, "words": words,
        "kinds": [(value, label, LOOKS[Kind(value)][0]) for value, label in Kind.choices]})


@require_safe
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """One announcement, with why it is seen. Public ones open without signing in (the QR code leads here)."""
    person: Person | None = request.person or None  # type: ignore[attr-defined]  # set by PersonMiddleware
    row = queries.readable(person, pk)
    if row is None:
        return not_found(request)
    if row.published_at is None or row.is_waiting:
        return redirect("bulletin:desk_page", row.pk)  # only who keeps the board has it at all
    if person and request.method == "GET" and "@reader" in row.relations_to(person):
        actions.mark_read(person, row)
    return render(request, "bulletin/page.html", {
        "row": row, "why": queries.why(person, row) if person else [], "files": attachments(person, row),
        "for_whom": queries.for_whom(row), "uses_age": bool(row.ages)})


@require_safe
def print_page(request: HttpRequest, pk: int) -> HttpResponse:
    """The paper for the notice board of the entrance: large type, a code that leads to the page."""
    row = queries.readable(request.person or None, pk)  # type: ignore[attr-defined]  # set by PersonMiddleware
    return not_found(request) if row is None else paper(request, row)


def paper(request: HttpRequest, row: Announcement) -> HttpResponse:
    url = f"{settings.LINLI_BASE_URL}{reverse('bulletin:page', args=[row.pk])}"
    drawn = segno.make(url, error="m").svg_inline(
        scale=4, border=2, omitsize=True, title=_("扫码看这条公告"), svgclass="code", lineclass=None)
    return render(request, "bulletin/print.html", {
        "row": row, "url": url, "for_whom": queries.for_whom(row),
        "code": mark_safe(drawn)})  # noqa: S308 - drawn by segno from our own address


def attachments(person: Person | None, row: Announcement) -> list[dict[str, Any]]:
    """The files of `row` with links for `person`."""
    return [
        {"file": stored, "url": link(stored, person),
         "thumb": link(stored, person, thumb=True) if stored.is_photo else ""}
        for stored in files_of(row) if may_see(person, stored)]
