"""Cases as JSON: one's own, the desk's, and the steps of both."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from ninja import Field, Router, Schema

from linli.foundation.people.permit import permit
from linli.foundation.web import Denied
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page
from linli.interfaces.portal.casepages import may_read_own, story
from linli.mechanisms.cases import actions, engine, queries
from linli.mechanisms.cases.models import Case

router = Router(tags=["cases"])


class StepOut(Schema):
    name: str
    title: str
    required: list[str]


class CaseOut(Schema):
    """What a list shows: nobody's name or phone."""

    number: str
    kind: str
    state: str
    state_title: str
    is_open: bool
    category: str
    title: str
    place: str = Field(description="building at most")
    urgency: str
    unit: str
    due_at: datetime | None
    created: datetime
    closed_at: datetime | None
    followers: int
    seq: int = Field(description="give it back as `seen` with a step: a second editor is told what changed")


class EventOut(Schema):
    name: str
    title: str
    at: datetime
    who: str
    text: str
    reason: str


class CaseFull(CaseOut):
    text: str
    exact_place: str
    events: list[EventOut]
    steps: list[StepOut]


class CasePage(Schema):
    items: list[CaseOut]
    after: str = Field("", description="Give it back as `after` for the next page; empty on the last.")


class StepIn(Schema):
    note: str = Field("", max_length=500)
    seen: int | None = None
    data: dict[str, str | int | bool | None] = Field(default_factory=dict, description="what the step requires")


class WordsIn(Schema):
    text: str = Field(min_length=1, max_length=2000)


@router.get("/", response=CasePage, summary="Cases I asked for")
def my_cases(request: Request, after: str = "") -> dict[str, Any]:
    page = keyset_page(queries.mine(request.person).select_related("unit"), request)
    return {"items": [_out(case) for case in page.rows], "after": page.after}


@router.get("/desk/", response=CasePage, summary="A queue of my desk")
def desk_cases(
    request: Request, queue: str = "open", kind: str = "", state: str = "", q: str = "", after: str = "",
) -> dict[str, Any]:
    permit(request.person, "cases.worklist")
    rows = queries.narrowed(queries.queue(request.person, queue), {"kind": kind, "state": state, "q": q[:60]})
    page = keyset_page(queries.with_people(rows), request)
    return {"items": [_out(case) for case in page.rows], "after": page.after}


@router.get("/{number}/", response=CaseFull, summary="One case with its story")
def one_case(request: Request, number: str) -> dict[str, Any]:
    return _full(request, _case(request, number))


@router.post("/{number}/steps/{name}/", response=CaseFull, summary="Make a step of the case's kind")
def make_step(request: Request, number: str, name: str, body: StepIn) -> dict[str, Any]:
    case = _case(request, number)
    allowed = {"unit", "worker", "reason", "until", "target", "solved", "contacted", "satisfied", "after_photo"}
    data: dict[str, Any] = {key: value for key, value in body.data.items() if key in allowed and value is not None}
    actions.act(request.person, case, name, note=body.note, seen=body.seen, channel="api", **data)
    return _full(request, _case(request, number))


@router.post("/{number}/messages/", response=CaseFull, summary="Write to the other side")
def write(request: Request, number: str, body: WordsIn) -> dict[str, Any]:
    case = _case(request, number)
    actions.send_message(request.person, case, body.text, channel="api")
    return _full(request, _case(request, number))


@router.post("/{number}/nudge/", response=CaseFull, summary="Nudge (催单)")
def nudge(request: Request, number: str) -> dict[str, Any]:
    actions.nudge(request.person, _case(request, number))
    return _full(request, _case(request, number))


def _case(request: Request, number: str) -> Case:
    try:
        case = queries.by_number(request.person, number)
    except (Case.DoesNotExist, ValueError):
        raise Denied("cases.see") from None
    if not (may_read_own(request.person, case) or queries.is_hand(request.person, case)):
        raise Denied("cases.see")
    return case


def _out(case: Case) -> dict[str, Any]:
    return {
        "number": case.number, "kind": case.kind_code, "state": case.state, "state_title": str(case.now_state),
        "is_open": case.is_open, "category": case.category, "title": case.title, "place": case.place_public,
        "urgency": case.urgency, "unit": case.unit.name if case.unit else "", "due_at": case.clock_at,
        "created": case.created, "closed_at": case.closed_at, "followers": case.followers, "seq": case.seq,
    }


def _full(request: Request, case: Case) -> dict[str, Any]:
    events = [{key: event[key] for key in ("name", "title", "at", "who", "text", "reason")}
              for event in reversed(story(case, request.person))]
    steps = [{"name": step.name, "title": str(step), "required": list(step.required)}
             for step in engine.transitions_for(request.person, case)]
    return {**_out(case), "text": case.text, "exact_place": case.place, "events": events, "steps": steps}
