"""The same queries and actions as JSON. The API shell mounts `router` and says who asks (`request.person`)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import Http404
from django.urls import reverse
from ninja import Field, Router, Schema, Status

from linli.foundation.web import Refused
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page
from linli.services.bulletin import actions, queries
from linli.services.bulletin.forms import place_key
from linli.services.bulletin.models import BODY_MAX, Announcement, Kind

router = Router(tags=["bulletin"])


class AnnouncementOut(Schema):
    """What leaves the house: no author, no reader, no draft of others."""

    id: str
    kind: str
    title: str
    body: str
    issuer: str
    area: str
    for_whom: str
    is_pinned: bool
    is_urgent: bool
    state: str
    version: int
    shown_from: datetime
    expires_at: datetime
    concerns_me: bool
    why: list[str]
    url: str


class AnnouncementPage(Schema):
    items: list[AnnouncementOut]
    after: str = Field("", description="Give it back as `after` for the next page; empty on the last.")


class AnnouncementIn(Schema):
    """A draft. `board` is a key of `GET /boards`, `places` are keys of its `places`.

    `a-1` is an area, `c-2` a compound, `b-3` a building.
    """

    board: str
    kind: str = "other"
    title: str = Field(max_length=60)
    body: str = Field(max_length=BODY_MAX)
    places: list[str] = []
    age_from: int | None = Field(None, ge=0, le=120)
    age_to: int | None = Field(None, ge=0, le=120)
    age_basis: str = Field("", max_length=120)
    publish_at: datetime | None = None
    expires_at: datetime | None = None
    is_pinned: bool = False
    is_urgent: bool = False
    is_public: bool = True


class BoardOut(Schema):
    key: str
    name: str
    places: dict[str, str]


@router.get("/", response=AnnouncementPage, summary="Announcements on my boards")
def list_announcements(
    request: Request, mine: bool = True, kind: str = "", q: str = "", after: str = "",
) -> dict[str, Any]:
    rows = queries.board(request.person, only_mine=mine, kind=kind if kind in Kind.values else "", words=q[:60])
    page = keyset_page(rows, request)  # reads `after` from the query itself
    shown = queries.as_shown(request.person, list(page.rows))
    return {"items": [_out(request, one.announcement, one.concerns) for one in shown], "after": page.after}


@router.get("/boards", response=list[BoardOut], summary="Where I may write")
def list_boards(request: Request) -> list[dict[str, Any]]:
    return [{"key": board.key, "name": str(board), "places": {place_key(p): str(p) for p in queries.places_of(board)}}
            for board in queries.boards(request.person)]


@router.get("/{int:announcement}", response=AnnouncementOut, summary="One announcement")
def read_announcement(request: Request, announcement: int) -> dict[str, Any]:
    row = queries.readable(request.person, announcement)
    if row is None:
        raise Http404
    shown = queries.as_shown(request.person, [row])[0]
    return _out(request, row, shown.concerns)


@router.post("/", response={201: AnnouncementOut}, summary="Draft an announcement")
def draft_announcement(request: Request, body: AnnouncementIn) -> Status[dict[str, Any]]:
    board = next((one for one in queries.boards(request.person) if one.key == body.board), None)
    if board is None:
        raise Http404
    offered = {place_key(place): place for place in queries.places_of(board)}
    if set(body.places) - set(offered) or body.kind not in Kind.values:
        raise Refused("bad_choice", "places: one of GET /boards; kind: " + ", ".join(Kind.values))
    data = body.dict(exclude={"board", "places"})
    text = actions.Text(**data, places=[offered[key] for key in body.places])
    row = actions.draft(request.person, board.area, text, organisation=board.organisation)
    return Status(201, _out(request, row, False))


def _out(request: Request, row: Announcement, concerns: bool) -> dict[str, Any]:
    return {
        "id": str(row.pk), "kind": row.kind, "title": row.title, "body": row.body, "issuer": row.issuer,
        "area": row.area.code, "for_whom": queries.for_whom(row),
        "is_pinned": row.is_pinned, "is_urgent": row.is_urgent,
        "state": "expired" if row.is_expired() else row.state, "version": row.version, "shown_from": row.shown_from,
        "expires_at": row.expires_at, "concerns_me": concerns,
        "why": queries.why(request.person, row) if row.published_at else [],
        "url": reverse("bulletin:page", args=[row.pk])}
