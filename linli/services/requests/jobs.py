"""What runs after an import: the dense model looks again at what the sparse one was not sure of."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.transaction import atomic

from linli.foundation import audit
from linli.foundation.jobs import job
from linli.mechanisms.cases import engine
from linli.mechanisms.cases.models import Case
from linli.services.requests import classifying

if TYPE_CHECKING:
    from linli.services.requests.classify import Suggestion

SURE = 0.9


@job(retries=3)
def refine(*, cases: list[str]) -> None:
    """Look again, with the dense embedding, at open cases nobody has taken yet and whose suggestion was not sure."""
    rows = [case for case in Case.objects.filter(pk__in=[int(pk) for pk in cases], is_open=True, assignee=None)
            if case.facts.get("suggestion", {}).get("confidence", 1) < SURE]
    if not rows:
        return
    first = classifying.suggest_many([f"{case.title}\n{case.text}" for case in rows])
    again = classifying.classifier().refine_dense([f"{case.title}\n{case.text}" for case in rows], first)
    for case, suggestion in zip(rows, again, strict=True):
        if suggestion.category_code and suggestion.confidence > case.facts.get("suggestion", {}).get("confidence", 0):
            _apply(case, suggestion)


@atomic
def _apply(case: Case, suggestion: Suggestion) -> None:
    locked = engine.lock(case.pk)
    if locked.assignee_id or not locked.is_open:
        return
    facts = {**locked.facts, "suggestion": classifying.told(suggestion)}
    changes: dict[str, object] = {"facts": facts}
    if suggestion.category_code != locked.category:
        changes["category"] = suggestion.category_code
    engine.append(locked, None, "field", channel="system", changes=changes, data={"by": "dense"})
    audit.record(None, "requests.refine", locked, category=suggestion.category_code)
