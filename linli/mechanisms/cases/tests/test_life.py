"""The life of a case, as its people meet it."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, connection
from django.db.transaction import atomic

from linli.foundation import audit, calendar
from linli.foundation.calendar import clock
from linli.foundation.web import Denied, Refused
from linli.mechanisms.cases import actions, queries, timers
from linli.mechanisms.cases.actions.living import rebuild_projection
from linli.mechanisms.cases.models import Case, CaseEvent, Outcome, Timer, TimerFiring
from linli.mechanisms.cases.tests.conftest import Town, photo_of

WEDNESDAY = datetime(2026, 11, 25, 10, 0, tzinfo=calendar.SHANGHAI)


def report(town: Town, **more: object) -> Case:
    given: dict[str, object] = {"category": "lift.noise", "title": "3号楼电梯异响", "text": "咔咔响，停在 2 层不开门"}
    return actions.open_case(town.resident, "repair", town.area, **{**given, **more})  # type: ignore[arg-type]


def test_from_the_report_to_the_rating(town: Town) -> None:
    with clock.at(WEDNESDAY):
        case = report(town)
        assert (case.number, case.state, case.unit_id) == ("WTL-261125-0001", "submitted", town.company.pk)
        assert case.clock_at == WEDNESDAY + timedelta(hours=24)  # 急修 24 h
        actions.act(town.desk, case, "dispatch", worker=town.fitter.pk)
        actions.act(town.fitter, case, "take")
        actions.act(town.fitter, case, "arrive")
        actions.act(town.fitter, case, "finish", note="换了门机皮带", after_photo=1)
        case.refresh_from_db()
        assert (case.state, queries.waiting_for_me(town.resident)) == ("done", [case])
        case = actions.act(town.resident, case, "rate", solved="yes", satisfied=5)
    assert (case.state, case.is_open, case.clock_at) == ("closed", False, None)
    assert audit.verbs(case) == [
        "cases.open", "cases.dispatch", "cases.take", "cases.arrive", "cases.finish", "cases.rate"]
    outcome = Outcome.objects.get(case=case)
    assert (outcome.solved, outcome.satisfied, outcome.answered_by) == (True, 5, "requester")
    assert outcome.in_first_limit
    assert not Timer.objects.filter(case=case).exclude(state="stopped").exists()


def test_not_fixed_starts_a_new_cycle_and_keeps_the_old_result(town: Town) -> None:
    case = finished(town)
    case = actions.act(town.resident, case, "not_fixed", solved="no")
    assert (case.state, case.cycle, case.is_open) == ("submitted", 2, True)
    assert Outcome.objects.get(case=case, cycle=1).solved is False
    assert Timer.objects.filter(case=case, name="finish", cycle=2, state="running").count() == 1


def finished(town: Town) -> Case:
    case = report(town)
    actions.act(town.desk, case, "dispatch", worker=town.fitter.pk)
    actions.act(town.fitter, case, "take")
    return actions.act(town.fitter, case, "finish", note="好了", after_photo=1)


@pytest.mark.parametrize(("who", "step"), [
    ("stranger", "dispatch"), ("resident", "dispatch"), ("neighbour", "cancel"), ("fitter", "dispatch"),
    ("mate", "take"), ("leader", "take"),
])
def test_what_is_not_granted_is_denied(town: Town, who: str, step: str) -> None:
    case = report(town)
    with pytest.raises(Denied):
        actions.act(getattr(town, who), case, step, worker=town.fitter.pk)


def test_another_community_sees_nothing(town: Town) -> None:
    case = report(town)
    assert case not in Case.objects.visible_to(town.stranger)
    assert case not in queries.queue(town.stranger, "open")
    with pytest.raises(Denied):
        actions.open_case(town.stranger, "repair", town.area, category="lift", title="借道报修")


def test_a_replayed_submission_is_one_case(town: Town) -> None:
    first, second = report(town, once="abc"), report(town, once="abc")
    assert first.pk == second.pk
    assert Case.objects.count() == 1


def test_two_fitters_pick_one_job(town: Town) -> None:
    case = report(town)
    actions.act(town.desk, case, "offer")
    actions.act(town.fitter, case, "pick")
    with pytest.raises(Refused, match="moved_on"):
        actions.act(town.mate, case, "pick")


def test_the_second_editor_hears_what_changed(town: Town) -> None:
    case = report(town)
    actions.act(town.desk, case, "dispatch", seen=1, worker=town.fitter.pk)
    with pytest.raises(Refused, match="changed") as refusal:
        actions.act(town.desk, case, "dispatch", seen=1, worker=town.mate.pk)
    assert "指派" in str(refusal.value.sentence)


def test_a_hand_over_leaves_the_first_responsible_until_accepted(town: Town) -> None:
    case = report(town)
    actions.act(town.desk, case, "dispatch", worker=town.fitter.pk)
    case = actions.act(town.fitter, case, "hand_over", worker=town.mate.pk, reason="同楼")
    assert (case.assignee_id, case.offered_to_id) == (town.fitter.pk, town.mate.pk)
    case = actions.act(town.mate, case, "accept_over")
    assert (case.assignee_id, case.offered_to_id) == (town.mate.pk, None)


def test_words_never_move_a_clock(town: Town) -> None:
    case = report(town)
    due = case.due_at
    actions.add_note(town.desk, case, "先看看")
    actions.send_message(town.resident, case, "老人下不了楼")
    actions.follow(town.neighbour, case)
    actions.nudge(town.resident, case)
    actions.attach(town.resident, case, [photo_of(case, town.resident)])
    case.refresh_from_db()
    assert (case.due_at, case.nudges, case.followers) == (due, 1, 1)
    assert [e.text_internal for e in queries.timeline(case, town.resident) if e.name == "note"] == []
    assert [e.text_internal for e in queries.timeline(case, town.desk) if e.name == "note"] == ["先看看"]


def test_a_nudge_rests_four_hours_and_the_third_reaches_the_head(town: Town) -> None:
    case = report(town)
    with clock.at(WEDNESDAY + timedelta(days=400)):
        actions.nudge(town.resident, case)
        with pytest.raises(Refused, match="too_soon"):
            actions.nudge(town.resident, case)


def test_history_cannot_be_changed_even_by_the_database_owner(town: Town) -> None:
    case = report(town)
    for statement in ("UPDATE cases_caseevent SET name = 'x'", "DELETE FROM cases_caseevent"):
        with pytest.raises(DatabaseError, match="append-only"), atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    assert CaseEvent.objects.filter(case=case, name="open").exists()


def test_the_row_is_the_fold_of_its_events(town: Town) -> None:
    case = finished(town)
    assert rebuild_projection(case) == {}
    Case.objects.filter(pk=case.pk).update(state="closed", nudges=7)
    assert set(rebuild_projection(case)) == {"state", "nudges"}
    case.refresh_from_db()
    assert (case.state, case.nudges) == ("done", 0)


def test_a_pause_gives_its_time_back(town: Town) -> None:
    with clock.at(WEDNESDAY):
        case = report(town)
        actions.act(town.desk, case, "dispatch", worker=town.fitter.pk)
        actions.act(town.fitter, case, "take")
        before = Case.objects.get(pk=case.pk).due_at
    with clock.at(WEDNESDAY + timedelta(hours=1)):
        case = actions.act(town.fitter, case, "pause", reason="parts")
        assert case.clock_at is not None
        assert case.due_name == "hold_review"
    with clock.at(WEDNESDAY + timedelta(hours=4)):
        case = actions.act(town.fitter, case, "resume")
    assert case.due_at == before + timedelta(hours=3)


def test_every_rung_is_recorded_in_order_after_three_days_of_downtime(town: Town) -> None:
    with clock.at(WEDNESDAY):
        case = report(town)
    with clock.at(WEDNESDAY + timedelta(days=3)):
        timers.fire_due()
        timers.fire_due()
    levels = list(TimerFiring.objects.filter(timer__case=case, timer__name="finish").order_by("level").values_list(
        "level", flat=True))
    assert levels == [1, 2, 3, 4]
    case.refresh_from_db()
    assert (case.level, case.state) == (4, "submitted")  # told, never moved


def test_nobody_answers_and_the_case_still_ends(town: Town) -> None:
    with clock.at(WEDNESDAY):
        case = finished(town)
    with clock.at(WEDNESDAY + timedelta(days=8)):
        timers.fire_due()
    case.refresh_from_db()
    assert case.state == "call_back"
    with clock.at(WEDNESDAY + timedelta(days=30)):
        timers.fire_due()
    case.refresh_from_db()
    assert (case.state, Outcome.objects.get(case=case).answered_by) == ("closed", "no_answer")


def test_who_handled_it_never_calls_back(town: Town) -> None:
    case = finished(town)
    Case.objects.filter(pk=case.pk).update(assignee=town.worker)
    with pytest.raises(Refused, match="own_case"):
        actions.act(town.worker, case, "call_back", solved="yes")
    assert actions.act(town.head, case, "call_back", solved="yes").state == "closed"


def test_merge_and_unmerge_restore_state_and_clock(town: Town) -> None:
    with clock.at(WEDNESDAY):
        main, child = report(town), actions.open_case(
            town.neighbour, "repair", town.area, category="lift", title="电梯坏了")
        due, state = child.due_at, child.state
        child = actions.merge(town.worker, child, main)
        assert (child.is_open, child.clock_at) == (False, None)
        assert Case.objects.get(pk=main.pk).followers == 1
        child = actions.unmerge(town.worker, child)
    assert (child.state, child.is_open, child.due_at) == (state, True, due)
    assert rebuild_projection(child) == {}


def test_an_extension_is_agreed_by_another_and_told(town: Town) -> None:
    with clock.at(WEDNESDAY):
        case = report(town)
        until = WEDNESDAY + timedelta(days=3)
        actions.ask_extension(town.desk, case, until=until, reason="等配件")
        case = actions.decide_extension(town.head, case, agreed=True)
    assert case.due_at == until


def test_statements_of_a_list_do_not_grow(town: Town, django_assert_num_queries: object) -> None:
    for _n in range(3):
        report(town)
    with django_assert_num_queries(3):  # type: ignore[operator]  # the standings, the counts, the page
        queries.counts(town.desk)
        list(queries.with_people(queries.queue(town.desk, "open"))[:50])


def test_a_worker_of_no_unit_has_queues_too(town: Town) -> None:
    report(town)
    told = queries.counts(town.worker)
    assert (told["open"], told["helping"], told["mine"]) == (1, 0, 0)
