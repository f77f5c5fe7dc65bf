"""Asking over JSON: the same action, the same rights; the shell adds `Idempotency-Key`."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from ninja import Field, Router, Schema, Status

from linli.foundation.people.models import Organisation
from linli.foundation.people.permit import permit
from linli.foundation.web import Refused
from linli.foundation.web.middleware import Request
from linli.mechanisms.cases import routing
from linli.mechanisms.cases.actions.living import TEXT_MAX
from linli.mechanisms.cases.models import Visibility
from linli.services.requests import actions, classifying, emergencies, places
from linli.services.requests.actions.asking import Asked

router = Router(tags=["requests"])


class Words(Schema):
    """What somebody wrote."""

    text: str = Field(min_length=1, max_length=TEXT_MAX)
    kind: str = Field("complaint", description="complaint or consult")


class Guess(Schema):
    """The suggested category; `category` is the one a request would get, 其他 where nothing was recognised."""

    category: str
    confidence: float
    method: str
    why: str
    alternatives: list[tuple[str, float]]
    unit: str = Field(description="Who would answer by the rules; empty: the community's duty desk.")
    rule: str
    call_first: list[str] = Field(description="Emergency numbers to show before anything else.")


class RequestIn(Words):
    """`where` is `b-…` (building) or `f-…` (facility). `complained_of` is the id of an organisation."""

    category: str = ""
    title: str = Field("", max_length=80)
    where: str = ""
    place: str = Field("", max_length=120)
    complained_of: int | None = None
    is_anonymous: bool = False
    visibility: str = Field(Visibility.PARTIES, description="area or parties")
    once: str = Field("", max_length=60, description="Your own key: sent again, the first answer comes back.")


class RequestOut(Schema):
    """`url` is where its asker reads on; without a name it is the only way back, so keep it."""

    number: str
    kind: str
    state: str
    category: str
    unit: str
    due_at: str
    url: str


@router.post("/suggest", response=Guess, summary="Which category and unit would these words get?")
def suggest(request: Request, body: Words) -> dict[str, Any]:
    permit(request.person, "requests.ask", places.here(request))
    suggestion = classifying.suggest(body.text)
    category = classifying.chosen(suggestion)
    routed = routing.route(area_code=request.area.code, kind_code=body.kind, category=category, text=body.text)
    unit = Organisation.objects.filter(pk=routed.unit_id).first() if routed.unit_id else None
    found = emergencies.found_in(body.text, request.area.code)
    return {
        "category": category, "confidence": float(suggestion.confidence), "method": suggestion.method,
        "why": classifying.why(classifying.told(suggestion)), "alternatives": list(suggestion.alternatives),
        "unit": unit.name if unit else "", "rule": routed.row_text, "call_first": list(found.call) if found else []}


@router.get("/categories", response=list[str], summary="Every category one may choose")
def categories(request: Request) -> list[str]:
    permit(request.person, "requests.ask", places.here(request))
    return list(classifying.codes())


@router.post("/", response={201: RequestOut}, summary="Make a request or ask a question")
def make_request(request: Request, body: RequestIn) -> Status[dict[str, Any]]:
    from linli.services.requests.views import address_of

    permit(request.person, "requests.ask", places.here(request))
    where = places.chosen(request.area, body.where)
    if where is None:
        raise Refused("no_place", "where: b-… or f-… of your community")
    target = None
    if body.complained_of is not None:
        target = next((one for one in places.complained_of(request.area) if one.pk == body.complained_of), None)
        if target is None:
            raise Refused("no_unit", "complained_of: an organisation of your place", field="complained_of")
    suggestion = classifying.suggest(body.text)
    case = actions.ask(request.person, request.area, Asked(
        kind=body.kind, text=body.text, category=body.category or classifying.chosen(suggestion), title=body.title,
        place=body.place or str(where), building=where.building, facility=where.facility, complained_of=target,
        is_anonymous=body.is_anonymous, visibility=body.visibility, once=body.once,
        suggestion=classifying.told(suggestion)))
    return Status(201, {
        "number": case.number, "kind": case.kind_code, "state": case.state, "category": case.category,
        "unit": case.unit.name if case.unit_id and case.unit else "",
        "due_at": case.clock_at.isoformat() if case.clock_at else "",
        "url": address_of(case) if case.is_anonymous else reverse("portal:case", args=[case.number])})
