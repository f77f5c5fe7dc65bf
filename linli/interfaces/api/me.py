"""Who am I, and what may I."""

from __future__ import annotations

from typing import Any

from ninja import Router, Schema

from linli.foundation.web.middleware import Request

router = Router(tags=["me"])


class StandingOut(Schema):
    role: str
    area: str
    organisation: str


class MeOut(Schema):
    name: str
    community: str
    community_code: str
    language: str
    standings: list[StandingOut]


@router.get("/", response=MeOut, summary="The person behind the key")
def me(request: Request) -> dict[str, Any]:
    person = request.person
    return {
        "name": person.shown_name, "community": str(person.community or ""), "community_code": person.area_code,
        "language": person.language, "standings": [
            {"role": s.role, "area": s.area_code, "organisation": str(s.organisation_id or "")}
            for s in person.standings],
    }
