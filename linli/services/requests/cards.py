"""What requests put on the pages of a case: the receipt's words, and the desk's view of how it found its unit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from linli.foundation.people.models import Organisation
from linli.foundation.web.manifest import Card
from linli.foundation.web.middleware import Request
from linli.mechanisms.cases.models import Case, CaseEvent, RoutingRow, Timer
from linli.mechanisms.cases.reach import may_on
from linli.services.requests import classifying, emergencies
from linli.services.requests.actions.asking import KINDS, WITHOUT_NAME


def on_receipt(request: Request, case: Case) -> Sequence[Card]:
    if case.kind_code not in KINDS:
        return []
    target = Organisation.objects.filter(pk=case.complained_of).first() if case.complained_of else None
    return [Card("requests/receipt_card.html", {
        "case": case, "target": target,
        "emergency": emergencies.found_in(f"{case.title} {case.text}", case.area_code)}, order=10)]


def on_desk(request: Request, case: Case) -> Sequence[Card]:
    """The suggestion with its reason and the others, the rule that found the unit, and what came with an import."""
    if case.kind_code not in KINDS:
        return []
    kept: dict[str, Any] = case.facts.get("suggestion") or {}
    others = [(code, share) for code, share in kept.get("alternatives", []) if code != case.category]
    if kept.get("category") and kept["category"] != case.category:
        others.insert(0, (kept["category"], kept.get("confidence", 0)))
    hard = Timer.objects.filter(case=case, name="hard_limit", cycle=case.cycle).order_by("-id").first()
    target = Organisation.objects.filter(pk=case.complained_of).first() if case.complained_of else None
    return [Card("requests/desk_card.html", {
        "case": case, "suggestion": kept, "others": others[:3], "routed": _routed(case),
        "may_change": may_on(request.person, "cases.edit", case), "codes": classifying.codes(),
        "emergency": case.facts.get("emergency"), "target": target,
        "imported": case.source and case.source not in (WITHOUT_NAME, "desk"),
        "hard": hard if hard is not None and hard.state != Timer.State.STOPPED else None}, order=20)]


def _routed(case: Case) -> dict[str, Any]:
    """The last word of the rules on this case: row hit, rows tried, version, fault. Two statements."""
    event = CaseEvent.objects.filter(case=case, name__in=["open", "route"]).order_by("-seq").first()
    told: dict[str, Any] = dict((event.data if event else {}).get("route") or {})
    ids = [pk for pk in (told.get("row"), *told.get("tried", [])) if pk]
    rows = {row.pk: row for row in RoutingRow.objects.filter(pk__in=ids).select_related("unit", "table")} if ids else {}
    told["row_shown"] = rows.get(int(told.get("row") or 0))
    told["tried_shown"] = [rows[pk] for pk in told.get("tried", []) if pk in rows]
    return told
