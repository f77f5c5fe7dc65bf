"""What repairs put on the shells' pages: the unfinished report, and blocks about money, time and history of a case."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.foundation.people.permit import may
from linli.foundation.policy import policy
from linli.foundation.web.manifest import Card
from linli.foundation.web.middleware import Request
from linli.mechanisms.cases.models import Case
from linli.mechanisms.cases.parties import is_party
from linli.services.repairs import queries, slots
from linli.services.repairs.actions.visits import grace
from linli.services.repairs.forms import span
from linli.services.repairs.models import QuoteState, Visit
from linli.services.repairs.texts import AT_HOME, ENTRY, PAYER_NOTES, PAYERS, danger_line


def unfinished(request: Request) -> Sequence[Card]:
    """A quote that waits for this person's word; a report that was begun: go on with it, or drop it."""
    person: Person | None = request.person or None  # type: ignore[truthy-bool]  # lazy: nobody is falsy
    if person is None:
        return []
    found = [Card("repairs/quote_asked.html", {"quote": row, "case": row.case}, order=8)
             for row in queries.quotes_for(person)]
    draft = queries.draft_of(person)
    if draft is not None:
        found.append(Card("repairs/unfinished.html", {"words": draft.data.get("text", "")[:40]}, order=30))
    return found


def receipt(request: Request, case: Case) -> Sequence[Card]:
    """On the receipt: the device's draft is done with; danger lines once more; the wished time."""
    if case.kind_code != "repair":
        return []
    line = danger_line(case.category) if case.urgency == "danger" else None
    book = policy("repairs.phones", area=case.area_code) if line else {}
    return [Card("repairs/receipt_card.html", {
        "case": case, "line": line, "wish": _wish(case),
        "phones": [(book.get(key, key), str(title)) for key, title in line.phones] if line else [],
        "rework": case.facts.get("rework_of", "")}, order=20)]


def _wish(case: Case) -> str:
    from datetime import datetime

    wish = case.facts.get("wish")
    return span(datetime.fromisoformat(wish[0]), datetime.fromisoformat(wish[1])) if wish else ""


def _shared(case: Case) -> dict[str, Any]:
    quotes = queries.quotes_of(case)
    visit = slots.visit_of(case)
    told = case.facts.get("payer", {})
    proposed = queries.payer_of(case)
    agreed = sum((q.total for q in quotes if q.state == QuoteState.AGREED), start=Decimal("0.00"))
    return {
        "case": case, "quotes": quotes, "open_quote": next((q for q in quotes if q.state == QuoteState.PROPOSED), None),
        "agreed": agreed, "paid": queries.paid(case) if agreed else Decimal("0.00"), "visit": visit,
        "visit_words": span(visit.starts, visit.ends) if visit else "", "visit_is_open": bool(
            visit and visit.state == Visit.State.AGREED), "missed": bool(visit and visit.state == Visit.State.MISSED),
        "failed": bool(visit and visit.state == Visit.State.FAILED), "did_not_come": bool(
            visit and visit.state == Visit.State.AGREED and now() >= visit.ends + grace(case)),
        "payer": PAYERS[told.get("code") or proposed.code],
        "payer_source": told.get("source") if told else proposed.source,
        "payer_reason": told.get("reason", ""), "payer_confirmed": bool(told),
        "payer_note": PAYER_NOTES.get(proposed.also, ""), "disputed": case.facts.get("payer_disputed", False),
        "wish": _wish(case), "rework": case.facts.get("rework_of", ""),
    }


def case_side(request: Request, case: Case) -> Sequence[Card]:
    """On the requester's page: the quote to answer, who pays and why, when somebody comes."""
    if case.kind_code != "repair" or not is_party(request.person, case):
        return []
    rows = _shared(case)
    too_early_or_late = ("done", "call_back", "submitted", "offered", "parked")
    can_book = case.is_open and case.unit_id is not None and case.state not in too_early_or_late
    rows["too_late"] = case.state == "closed" and case.closed_at is not None and (
        now() - case.closed_at > timedelta(days=case.kind.reopen_days))
    rows["windows"] = [(w.key, span(w.starts, w.ends)) for w in slots.free_windows(
        case.area_code, case.unit_id, case)] if can_book else []
    return [Card("repairs/side_card.html", rows, order=10)]


def desk_case(request: Request, case: Case) -> Sequence[Card]:
    """On the desk's page: what must be known before going there, and the verbs of money and time."""
    if case.kind_code != "repair":
        return []
    person = request.person
    rows = _shared(case)
    days, count = queries.history(case)
    verbs = {name: may(person, f"repairs.{verb}", case) and case.is_open for name, verb in (
        ("quote", "quote"), ("agreement", "take_agreement"), ("payer", "confirm_payer"), ("visit", "agree_visit"),
        ("missed", "miss_visit"), ("failed", "fail_visit"), ("material", "use_material"), ("before", "quote"))}
    verbs["payment"] = may(person, "repairs.record_payment", case) and rows["agreed"] > rows["paid"]
    rows |= {
        "verbs": verbs, "materials": queries.materials_of(case), "days": days, "count": count,
        "warranties": queries.warranties(case) if case.is_open else [],
        "entry": queries.words_of(case.facts.get("entry", ""), ENTRY),
        "at_home": [queries.words_of(code, AT_HOME) for code in case.facts.get("at_home", [])],
        "danger": danger_line(case.category), "danger_told": case.facts.get("danger_told"),
        "make_safe": case.facts.get("make_safe", False), "relates_to": case.facts.get("relates_to", ""),
    }
    return [Card("repairs/desk_card.html", rows, order=10)]


def search(person: Person | None, area: Area | None, words: str) -> Sequence[tuple[str, str, str, str]]:
    """报修 and 价目表 by the words people look for them with."""
    found = []
    if any(word in words.lower() for word in ("修", "坏", "漏", "堵", "报修", "repair", "fix", "broken", "leak")):
        found.append((_("报修"), _("拍张照，选地点，说一句"), reverse("repairs:report"), "wrench"))
    if any(word in words.lower() for word in ("价", "收费", "多少钱", "price", "fee", "cost")):
        found.append((_("维修价目表"), _("物业只能按公布的收"), reverse("repairs:prices"), "list"))
    return found
