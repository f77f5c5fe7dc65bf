"""Routing, likeness, rates, and what units do to each other."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from linli.foundation import calendar
from linli.foundation.calendar import clock
from linli.foundation.people.models import Organisation, Person
from linli.foundation.web import Denied, Refused
from linli.mechanisms.cases import actions, queries, rates, routing, similar
from linli.mechanisms.cases.kinds import current
from linli.mechanisms.cases.models import Case, Outcome, RoutingRow, RoutingTable, Timer
from linli.mechanisms.cases.tests.conftest import Town, give, person, photo_of

WEDNESDAY = datetime(2026, 11, 25, 10, 0, tzinfo=calendar.SHANGHAI)


def table(town: Town, *rows: dict[str, object], version: int = 2) -> None:
    made = RoutingTable.objects.create(area_code=town.area.code, version=version, state="published")
    for order, row in enumerate(rows):
        RoutingRow.objects.create(**{"table": made, "order": order, "area_prefix": town.area.code, **row})
    routing.forget()


@pytest.mark.parametrize(("facts", "hit"), [
    ({"category": "lift.noise"}, "电梯"), ({"category": "lift"}, "电梯"), ({"category": "liftoff"}, "兜底"),
    ({"category": "water", "text": "楼上漏水"}, "漏水"), ({"category": "water", "text": "水压低"}, "水"),
    ({"category": "", "text": "别的"}, "兜底"), ({"category": "lift", "kind_code": "consult"}, "兜底"),
    ({"category": "lift", "area_code": "330106001001005"}, "第五网格"),
])
def test_longest_area_then_most_specific_category_then_order(town: Town, facts: dict[str, str], hit: str) -> None:
    table(town, {"note": "兜底"}, {"category": "lift", "kind_code": "repair", "note": "电梯", "unit": town.company},
          {"category": "water", "note": "水"}, {"category": "water", "words": ["漏水"], "note": "漏水"},
          {"area_prefix": town.area.code + "005", "note": "第五网格"})
    given = {"area_code": town.area.code, "kind_code": "repair", "category": "", "text": "", **facts}
    assert routing.route(**given).row_text == hit


def test_a_dead_unit_falls_to_the_catch_all_with_a_visible_fault(town: Town) -> None:
    Organisation.objects.filter(pk=town.company.pk).update(is_active=False)
    routing.forget()
    case = actions.open_case(town.resident, "repair", town.area, category="lift", title="电梯")
    assert case.unit_id is None
    assert case.events.get(seq=1).data["route"]["fault"] == "dead_unit"
    assert case in queries.queue(town.worker, "catch_all")


def test_the_unit_complained_of_is_passed_over_and_never_learns_who_asked(town: Town) -> None:
    table(town, {"kind_code": "complaint", "unit": town.company, "note": "物业"}, {"note": "兜底"})
    case = actions.open_case(town.resident, "complaint", town.area, category="", title="物业不作为",
                             facts={"complained_of": town.company.pk})
    assert case.unit_id is None
    with pytest.raises(Refused, match="complained_of"):
        actions.act(town.worker, case, "dispatch", unit=town.company.pk)
    Case.objects.filter(pk=case.pk).update(unit=town.company)
    case.refresh_from_db()
    assert not queries.shows_requester(town.desk, case)
    with pytest.raises(Denied):
        actions.act(town.desk, case, "take")


def test_the_same_lift_is_shown_before_sending_and_another_home_is_not(town: Town) -> None:
    actions.open_case(town.neighbour, "repair", town.area, category="lift.noise", title="电梯异响", lon=120.1, lat=30.2)
    kind = current("repair")
    near = similar.candidates(kind, town.area.code, category="lift.door", text="电梯咔咔响", lon=120.1001, lat=30.2)
    far = similar.candidates(kind, town.area.code, category="lift.door", text="电梯咔咔响", lon=120.2, lat=30.2)
    other = similar.candidates(kind, town.area.code, category="water", text="电梯咔咔响", lon=120.1, lat=30.2)
    assert ([like.same for like in near], far, other) == (["near"], [], [])


def test_a_whistle_keeps_one_lead_and_counts_the_helpers_own_time(town: Town) -> None:
    case = actions.open_case(town.resident, "repair", town.area, category="lift", title="电梯")
    with clock.at(WEDNESDAY):
        leg = actions.whistle(town.worker, case, town.second, reason="一起看地下室")
    helper = give(person("20", "许前台"), "property_desk", area=town.area, organisation=town.second)
    assert case in queries.queue(helper, "helping")
    with clock.at(WEDNESDAY + timedelta(hours=1)):
        leg = actions.report_leg(helper, leg, report="水泵好了")
    assert leg.closed_at == WEDNESDAY + timedelta(hours=1)
    case.refresh_from_db()
    assert case.unit_id == town.company.pk
    with pytest.raises(Refused, match="own_unit"):
        actions.whistle(town.worker, case, town.company, reason="自己")


def test_an_objection_is_decided_by_neither_side_and_moves_no_clock(town: Town) -> None:
    case = actions.open_case(town.resident, "repair", town.area, category="lift", title="电梯")
    due = case.due_at
    actions.file_objection(town.desk, case, reason="不归我们", unit=town.second)
    with pytest.raises(Refused, match="already"):
        actions.file_objection(town.desk, case, reason="再说一次", unit=None)
    case = actions.decide_objection(town.head, case, upheld=True, reason="确实")
    assert (case.unit_id, case.due_at) == (town.second.pk, due)


@pytest.mark.parametrize(("hours", "code"), [(24 * 40, "bad_date"), (1, "bad_date"), (72, None)])
def test_an_extension_has_limits(town: Town, hours: int, code: str | None) -> None:
    with clock.at(WEDNESDAY):
        case = actions.open_case(town.resident, "repair", town.area, category="lift", title="电梯")
        asked = {"until": WEDNESDAY + timedelta(hours=hours), "reason": "等配件"}
        if code:
            with pytest.raises(Refused, match=code):
                actions.ask_extension(town.desk, case, **asked)
        else:
            actions.ask_extension(town.desk, case, **asked)
            with pytest.raises(Denied):
                actions.decide_extension(town.desk, case, agreed=True)
            case = actions.decide_extension(town.head, case, agreed=False)
            assert case.due_at == WEDNESDAY + timedelta(hours=24)


def outcomes(town: Town, solved: int, unsolved: int, silent: int) -> None:
    for n in range(solved + unsolved + silent):
        case = actions.open_case(town.resident, "repair", town.area, category="lift", title=f"第 {n} 件")
        Outcome.objects.create(
            case=case, area_code=town.area.code, kind_code="repair", proposed_at=WEDNESDAY, contacted=True,
            solved=None if n >= solved + unsolved else n < solved, satisfied=5 if n < solved else None,
            answered_at=WEDNESDAY, answered_by="no_answer" if n >= solved + unsolved else "requester")


def test_rates_show_numerator_denominator_and_what_was_left_out(town: Town) -> None:
    outcomes(town, solved=6, unsolved=2, silent=3)
    case = Case.objects.order_by("id")[6]  # an unsolved one
    span = (WEDNESDAY - timedelta(days=1), WEDNESDAY + timedelta(days=1))
    told = rates.rates(town.area.code, *span)
    assert (told.solved.counted, told.solved.of) == (6, 8)
    assert (told.response.counted, told.response.of) == (11, 11)
    assert (told.ranks, told.score) == (False, None)  # fewer than 30: no rank, no score
    actions.exclude_from_rates(town.head, case, reason="unreasonable")
    assert rates.rates(town.area.code, *span).excluded == {}  # one person is not enough
    with pytest.raises(Refused, match="other_reason"):
        actions.exclude_from_rates(town.leader, case, reason="outside_duty")
    actions.exclude_from_rates(town.leader, case, reason="unreasonable")
    told = rates.rates(town.area.code, *span)
    assert (told.excluded, told.solved.of) == ({"unreasonable": 1}, 7)


@pytest.mark.parametrize(("counted", "of", "low", "high"), [
    (0, 0, 0.0, 0.0), (10, 10, 72.2, 100.0), (0, 10, 0.0, 27.8), (50, 100, 40.4, 59.6)])
def test_the_interval_is_wilsons(counted: int, of: int, low: float, high: float) -> None:
    assert rates.wilson(counted, of) == (low, high)


def test_a_comment_a_photo_a_nudge_or_an_edit_leaves_every_timer_as_it_was(town: Town) -> None:
    case = actions.open_case(town.resident, "repair", town.area, category="lift", title="电梯")
    before = list(Timer.objects.filter(case=case).order_by("id").values())
    actions.change_field(town.desk, case, urgency="normal", category="water", reason="选错了")
    actions.add_note(town.desk, case, "看过")
    actions.attach(town.resident, case, [photo_of(case, town.resident)])
    assert list(Timer.objects.filter(case=case).order_by("id").values()) == before


def test_sealed_hides_its_existence(town: Town) -> None:
    case = actions.open_case(town.resident, "repair", town.area, category="lift", title="密", visibility="sealed")
    outsiders: list[Person] = [town.worker, town.head, town.leader, town.neighbour]
    assert not any(Case.objects.visible_to(who).filter(pk=case.pk).exists() for who in outsiders)
    assert case not in queries.queue(town.worker, "open")
    assert case in Case.objects.visible_to(town.resident)


def test_tied_cases_hear_the_same_words(town: Town) -> None:
    main = actions.open_case(town.resident, "repair", town.area, category="lift", title="停水")
    child = actions.open_case(town.neighbour, "repair", town.area, category="lift", title="我家也停水")
    actions.tie(town.worker, child, main)
    assert actions.broadcast(town.worker, main, "今晚 8 点来水") == 2
    assert [e.text_public for e in queries.timeline(child, town.neighbour)][-1] == "今晚 8 点来水"
