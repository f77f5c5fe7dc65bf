"""The demo community is furnished through the actions, the same each time, with every state in it."""

from __future__ import annotations

from collections import Counter

import pytest

from linli.interfaces.cli.demo_town import build
from linli.mechanisms.cases.models import Case, CaseEvent, Leg, Outcome
from linli.services.requests import demo

pytestmark = pytest.mark.django_db


def test_the_small_demo_holds_every_kind_of_end() -> None:
    demo.furnish(build(2026, small=True))
    rows = Case.objects.filter(kind_code__in=["complaint", "consult"])
    assert rows.count() >= 45
    assert len({case.text for case in rows}) >= 36
    assert set(Counter(rows.values_list("state", flat=True))) >= {"submitted", "working", "closed", "done"}
    assert rows.filter(incident__isnull=False).count() == 6
    assert rows.filter(merged_into__isnull=False).count() == 1
    assert rows.filter(facts__has_key="complained_of").count() == 3
    assert not rows.filter(category="").exists()
    assert Outcome.objects.filter(answered_at__isnull=False).exists()


@pytest.mark.slow
def test_the_demo_holds_all_there_is_and_is_the_same_each_time() -> None:
    demo.furnish(build(2026))
    rows = Case.objects.filter(kind_code__in=["complaint", "consult"])
    assert rows.count() >= 350
    assert len({case.text for case in rows}) >= 80
    states = Counter(rows.filter(kind_code="complaint").values_list("state", flat=True))
    assert set(states) >= {"submitted", "dispatched", "working", "paused", "done", "call_back", "parked", "closed",
                           "redirected", "cancelled"}
    names = Counter(CaseEvent.objects.values_list("name", flat=True))
    for name in ("object", "decide_objection", "ask_extension", "extend", "whistle", "arrive_leg", "report_leg",
                 "park", "redirect", "contest", "call_back", "not_fixed", "merge", "tie", "broadcast", "exclude",
                 "try_call", "nudge", "join", "answer_published"):
        assert names[name], name
    assert Leg.objects.exists()
    assert Outcome.objects.filter(excluded_second__isnull=False).exists()
