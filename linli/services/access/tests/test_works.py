"""A barrier-free work from request to measured acceptance; the owners' consent as 民法典 第278条 counts it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from linli.foundation.areas.models import Area, Building
from linli.foundation.calendar.clock import today
from linli.foundation.people.models import Person
from linli.foundation.policy.shipped import rule
from linli.foundation.web import Denied, Refused
from linli.mechanisms.cases import actions as cases
from linli.mechanisms.cases.models import Case
from linli.services.access.actions import works
from linli.services.access.queries import works as reads
from linli.services.access.rules import Asked, consent, interpreters_needed, usable, within

RULES = {entry["code"]: entry for entry in rule("access.consent_rules").entries[-1].value}
ITEMS = {entry["code"]: entry for entry in rule("access.acceptance").entries[-1].value}
USABLE = {entry["need"]: entry for entry in rule("access.usable").entries[-1].value}


def asked(owners: tuple[int, int, int], m2: tuple[str, str, str]) -> Asked:
    return Asked(*owners, *(Decimal(one) for one in m2))


@pytest.mark.parametrize(
    ("code", "heads", "areas", "reached"),
    [
        # of 30 owners 20 take part, exactly two thirds
        ("ordinary", (30, 20, 11), ("3000", "2000", "1001"), True),
        ("ordinary", (30, 20, 10), ("3000", "2000", "1001"), False),  # half is not more than half
        ("ordinary", (30, 19, 19), ("3000", "2000", "2000"), False),
        ("ordinary", (30, 20, 20), ("3000", "1999.99", "1999.99"), False),
        ("rebuild", (30, 20, 15), ("3000", "2000", "1500"), True),  # exactly three quarters
        ("rebuild", (30, 20, 14), ("3000", "2000", "1500"), False),
        ("rebuild", (30, 20, 15), ("3000", "2000", "1499.99"), False),
        ("rebuild", (3, 2, 2), ("300.03", "200.02", "200.02"), True),  # no rounding decides
        ("ordinary", (0, 0, 0), ("0", "0", "0"), False),
    ],
)
def test_consent_of_article_278(
    code: str, heads: tuple[int, int, int], areas: tuple[str, str, str], reached: bool
) -> None:
    assert consent(RULES[code], asked(heads, areas)).is_reached is reached


@pytest.mark.parametrize(
    ("item", "value", "good"),
    [
        ("ramp_gradient", "8.33", True),
        ("ramp_gradient", "8.40", False),
        ("ramp_width", "120", True),
        ("ramp_width", "119.9", False),
        ("threshold", "1.5", True),
        ("threshold", "1.6", False),
        ("door_width", "80", True),
        ("door_width", "79.99", False),
        ("works", "1", True),
        ("works", "0", False),
    ],
)
def test_what_is_measured_is_judged_by_its_source(item: str, value: str, good: bool) -> None:
    assert within(ITEMS[item], Decimal(value)) is good
    assert ITEMS[item]["source"]


@pytest.mark.parametrize(
    ("need", "facts", "answer"),
    [
        ("manual", {}, "unknown"),
        ("manual", {"wheelchair": "yes"}, "yes"),
        ("manual", {"wheelchair": "yes", "width_cm": "79"}, "no"),
        ("manual", {"wheelchair": "yes", "step_count": "2"}, "no"),
        ("manual", {"wheelchair": "yes", "step_count": "2", "ramp": "yes"}, "yes"),
        ("electric", {"wheelchair": "limited"}, "unknown"),
        ("blind", {"braille": "yes"}, "yes"),
        ("blind", {"braille": "no"}, "unknown"),
        ("deaf", {"hearing_loop": "yes"}, "yes"),
        ("pram", {"wheelchair": "limited"}, "yes"),
        ("tired", {"step_count": "13"}, "no"),
        ("manual", {"width_cm": "not a number", "wheelchair": "yes"}, "yes"),
    ],
)
def test_who_can_use_what(need: str, facts: dict[str, str], answer: str) -> None:
    assert usable(USABLE[need], facts).answer == answer


def test_one_interpreter_up_to_the_limit() -> None:
    assert [interpreters_needed(minutes, 90) for minutes in (1, 90, 90.5, 240)] == [1, 1, 2, 2]


CONSENT: dict[str, Any] = {
    "owners": 12,
    "owners_took_part": 10,
    "owners_agreed": 8,
    "m2": Decimal(1000),
    "m2_took_part": Decimal(800),
    "m2_agreed": Decimal(640),
    "paper": "书面意见 10 份，存社区",
}


@pytest.mark.django_db
def test_from_request_to_measured_acceptance(
    resident: Person, worker: Person, community_head: Person, grid_worker: Person, community: Area, building: Building
) -> None:
    case = works.ask_work(resident, community, category="ramp", building=building, text="轮椅上不去")
    assert case.title == "梧桐苑 3号楼：坡道"
    case = cases.act(worker, case, "take")
    with pytest.raises(Refused, match="no_survey"):
        cases.act(worker, case, "surveyed")
    works.keep_survey(worker, case, found="台阶 4 级", surveyed_on=today())
    case = cases.act(worker, case, "surveyed")
    with pytest.raises(Refused, match="no_plan"):
        cases.act(worker, case, "ask_owners")
    with pytest.raises(Refused, match="no_rule"):
        works.keep_plan(worker, case, text="坡道", consent_rule="own_home", responsible="安居物业")
    works.keep_plan(worker, case, text="1:12 坡道", consent_rule="ordinary", responsible="安居物业")
    case = cases.act(worker, case, "ask_owners")
    with pytest.raises(Refused, match="no_consent"):
        cases.act(worker, case, "build")
    works.keep_consent(worker, case, **{**CONSENT, "owners_agreed": 5}, held_on=today())
    with pytest.raises(Refused, match="no_consent"):
        cases.act(worker, case, "build")
    works.keep_consent(worker, case, **CONSENT, held_on=today())
    case = cases.act(worker, case, "build")
    case = cases.act(worker, case, "built")
    with pytest.raises(Refused, match="not_measured"):
        cases.act(community_head, case, "accept", note="好")
    for item, value in (
        ("ramp_gradient", "9.1"),
        ("ramp_width", "122"),
        ("ramp_cross", "1"),
        ("handrail_height", "86"),
        ("handrail_height_top", "86"),
        ("works", "1"),
    ):
        works.keep_measurement(worker, case, item=item, value=Decimal(value))
    with pytest.raises(Refused, match="not_good"):
        cases.act(community_head, case, "accept", note="好")
    works.keep_measurement(worker, case, item="ramp_gradient", value=Decimal("8.2"))
    with pytest.raises(Refused, match="own_work"):
        cases.act(worker, case, "accept", note="好")
    case = cases.act(community_head, case, "accept", note="量过，合格")
    case = cases.act(resident, case, "rate", solved="yes")
    case = cases.act(grid_worker, case, "call_back", solved="yes")
    assert case.state == "closed"


@pytest.mark.django_db
def test_a_refused_plan_needs_a_new_one_and_new_measurements_after_rework(
    resident: Person, worker: Person, community: Area, building: Building
) -> None:
    case = works.ask_work(resident, community, category="handrail", building=building, text="没有扶手")
    works.keep_survey(worker, case, found="看过", surveyed_on=today())
    case = cases.act(worker, case, "surveyed")
    works.keep_plan(worker, case, text="装扶手", consent_rule="public", responsible="物业")
    case = cases.act(worker, case, "ask_owners")
    case = cases.act(worker, case, "replan", note="邻居说挡路")
    assert reads.plan_of(case) is None
    with pytest.raises(Refused, match="no_plan"):
        cases.act(worker, case, "ask_owners")


@pytest.mark.django_db
def test_what_cannot_be_done_gets_another_way(
    resident: Person, worker: Person, community_head: Person, community: Area, building: Building
) -> None:
    case = works.ask_work(resident, community, category="lift", building=building, text="六楼下不来")
    works.keep_survey(worker, case, found="没有空地", surveyed_on=today(), can_be_done=False)
    case = cases.act(worker, case, "surveyed")
    works.keep_plan(worker, case, text="无", consent_rule="rebuild", responsible="业主")
    with pytest.raises(Refused, match="cannot_be_done"):
        cases.act(worker, case, "ask_owners")
    with pytest.raises(Refused):  # the substitute itself must be written down
        cases.act(community_head, case, "substitute", reason="structure")
    case = cases.act(community_head, case, "substitute", reason="structure", note="每周两次请人背下楼，装爬楼机")
    assert case.state == "replaced"


@pytest.mark.django_db
def test_who_may_write_the_papers(
    resident: Person, neighbour: Person, other_worker: Person, worker: Person, community: Area, building: Building
) -> None:
    case = works.ask_work(resident, community, category="home", place="浴室", text="浴缸进不去")
    assert case.visibility == "parties"
    assert not Case.objects.visible_to(neighbour).filter(pk=case.pk).exists()
    for person in (resident, neighbour, other_worker):
        with pytest.raises(Denied):
            works.keep_survey(person, case, found="看过", surveyed_on=today())
    works.keep_survey(worker, case, found="看过", surveyed_on=today())
    with pytest.raises(Refused, match="not_now"):
        works.keep_measurement(worker, case, item="works", value=Decimal(1))
    with pytest.raises(Refused, match="no_place"):
        works.ask_work(resident, community, category="ramp", text="哪里都行")
