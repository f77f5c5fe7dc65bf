"""Repairs as JSON: report one, see mine, the price list, quotes. Steps and messages are the cases API's own."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.http import Http404
from ninja import Field, Router, Schema, Status

from linli.foundation.areas.models import Compound, Home
from linli.foundation.web import Refused
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page
from linli.mechanisms.cases import actions as cases, queries as case_queries
from linli.mechanisms.cases.models import Case
from linli.mechanisms.cases.parties import is_party
from linli.services.repairs import actions, queries
from linli.services.repairs.actions.reporting import TEXT_MAX
from linli.services.repairs.models import Quote

router = Router(tags=["repairs"])


class RepairOut(Schema):
    """One repair as its requester or its desk lists it: nobody's name, phone or door."""

    number: str
    state: str
    state_title: str
    is_open: bool
    category: str
    title: str
    place: str
    urgency: str
    unit: str
    due_at: datetime | None
    created: datetime


class LineOut(Schema):
    name: str
    unit: str
    quantity: str
    labour: str
    material: str
    amount: str
    warranty_months: int


class QuoteOut(Schema):
    """Amounts in yuan, as text with two decimals."""

    id: str
    state: str
    total: str
    valid_until: date
    lines: list[LineOut]


class RepairFull(RepairOut):
    text: str
    exact_place: str
    payer: str
    payer_source: str
    payer_confirmed: bool
    quotes: list[QuoteOut]


class RepairPage(Schema):
    items: list[RepairOut]
    after: str = Field("", description="Give it back as `after` for the next page; empty on the last.")


class RepairIn(Schema):
    """A report. `once` is its idempotency key: the same one twice is one case. One of the places must be given."""

    text: str = Field(min_length=1, max_length=TEXT_MAX)
    once: str = Field(min_length=8, max_length=64)
    category: str = ""
    urgency: str = Field("", pattern="^(|normal|urgent)$")
    home: str = Field("", description="id of one of my homes", max_length=20)
    building: str = Field("", description="id of a building of the community", max_length=20)
    facility: str = Field("", description="the code on the sticker", max_length=20)
    lon: float | None = None
    lat: float | None = None
    detail: str = Field("", max_length=60)
    private: bool = False
    subject: str = Field("", description="id of who gave me a mandate", max_length=20)


class AnswerIn(Schema):
    agree: bool
    reason: str = Field("", max_length=200)


class StepIn(Schema):
    note: str = Field("", max_length=500)
    seen: int | None = None
    data: dict[str, str | int | bool | None] = {}


class PriceOut(Schema):
    name: str
    unit: str
    category: str
    labour_min: str
    labour_max: str
    material_min: str
    material_max: str
    warranty_months: int


class PriceListOut(Schema):
    compound: str
    version: int
    posted_at: datetime | None
    items: list[PriceOut]


@router.get("/", response=RepairPage, summary="Repairs I reported")
def my_repairs(request: Request, after: str = "") -> dict[str, Any]:
    rows = case_queries.mine(request.person).filter(kind_code="repair").select_related("unit")
    page = keyset_page(rows, request)
    return {"items": [_out(case) for case in page.rows], "after": page.after}


@router.post("/", response={201: RepairFull}, summary="Report a repair")
def report(request: Request, body: RepairIn) -> Status[dict[str, Any]]:
    subject = next((p for p in queries.subjects(request.person) if str(p.pk) == body.subject), None)
    if body.subject and subject is None:
        raise Http404
    who = subject or request.person
    area = who.community
    if area is None:
        raise Refused("no_community", "Choose a community on the page 我的 first.")
    home = next((h for h in queries.homes_of(who) if str(h.pk) == body.home), None)
    building = queries.buildings(area).filter(pk=body.building).first() if body.building.isdecimal() else None
    facility = queries.facility_by_code(area, body.facility) if body.facility else None
    if (body.home and home is None) or (body.building and building is None) or (body.facility and facility is None):
        raise Http404
    found: Home | None = home
    case = actions.report(request.person, area, actions.Report(
        text=body.text, category=body.category, urgency=body.urgency, home=found,
        building=found.building if found else building or (facility.building if facility else None),
        facility=facility, lon=body.lon, lat=body.lat, detail=body.detail, is_private=body.private, once=body.once,
        channel="api", danger_told=False), subject=subject)
    return Status(201, _full(_case(request, case.number)))


@router.get("/prices/", response=list[PriceListOut], summary="The posted price lists of my community")
def prices(request: Request) -> list[dict[str, Any]]:
    code = request.person.area_code
    found = []
    for compound in Compound.objects.filter(area__code=code[:12]).order_by("name") if code else []:
        posted = queries.posted_list(compound)
        if posted is not None:
            found.append({
                "compound": compound.name, "version": posted.version, "posted_at": posted.posted_at,
                "items": [{name: _plain(getattr(item, name)) for name in PriceOut.model_fields}
                          for item in posted.items.all()]})
    return found


def _plain(value: Any) -> Any:
    return value if isinstance(value, int | str) else str(value)


@router.get("/desk/", response=RepairPage, summary="Repairs of my desk")
def desk_repairs(request: Request, queue: str = "open", after: str = "") -> dict[str, Any]:
    from linli.foundation.people.permit import permit

    permit(request.person, "cases.worklist")
    rows = case_queries.queue(request.person, queue).filter(kind_code="repair")
    page = keyset_page(case_queries.with_people(rows), request)
    return {"items": [_out(case) for case in page.rows], "after": page.after}


@router.get("/{number}/", response=RepairFull, summary="One repair with its quotes")
def one_repair(request: Request, number: str) -> dict[str, Any]:
    return _full(_case(request, number))


@router.post("/{number}/steps/{name}/", response=RepairFull, summary="Make a step of a repair")
def step(request: Request, number: str, name: str, body: StepIn) -> dict[str, Any]:
    case = _case(request, number)
    allowed = {"unit", "worker", "reason", "until", "solved", "contacted", "satisfied"}
    data: dict[str, Any] = {k: v for k, v in body.data.items() if k in allowed and v is not None}
    cases.act(request.person, case, name, note=body.note, seen=body.seen, channel="api", **data)
    return _full(_case(request, number))


@router.post("/{number}/quotes/{int:quote}/answer/", response=RepairFull, summary="Agree to a quote, or not")
def answer(request: Request, number: str, quote: int, body: AnswerIn) -> dict[str, Any]:
    case = _case(request, number)
    row = Quote.objects.visible_to(request.person).filter(pk=quote, case=case).select_related("case").first()
    if row is None:
        raise Http404
    if body.agree:
        actions.agree_quote(request.person, row)
    else:
        actions.decline_quote(request.person, row, reason=body.reason)
    return _full(_case(request, number))


def _case(request: Request, number: str) -> Case:
    """A repair of this person's own or of their desk; to anybody else it is not there."""
    try:
        case = case_queries.by_number(request.person, number)
    except (Case.DoesNotExist, ValueError):
        raise Http404 from None
    party = is_party(request.person, case)
    if case.kind_code != "repair" or not (party or case_queries.is_hand(request.person, case)):
        raise Http404
    return case


def _out(case: Case) -> dict[str, Any]:
    return {
        "number": case.number, "state": case.state, "state_title": str(case.now_state), "is_open": case.is_open,
        "category": case.category, "title": case.title, "place": case.place_public, "urgency": case.urgency,
        "unit": case.unit.name if case.unit else "", "due_at": case.clock_at, "created": case.created}


def _full(case: Case) -> dict[str, Any]:
    told = case.facts.get("payer", {})
    proposed = queries.payer_of(case)
    quotes = [{
        "id": str(row.pk), "state": row.state, "total": str(row.total), "valid_until": row.valid_until,
        "lines": [{"name": line.name, "unit": line.unit, "quantity": str(line.quantity), "labour": str(line.labour),
                   "material": str(line.material), "amount": str(line.amount),
                   "warranty_months": line.warranty_months} for line in row.lines.all()],
    } for row in queries.quotes_of(case)]
    return {**_out(case), "text": case.text, "exact_place": case.place, "quotes": quotes,
            "payer": told.get("code") or proposed.code, "payer_confirmed": bool(told),
            "payer_source": told.get("source", "") if told else proposed.source}
