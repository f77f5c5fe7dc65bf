"""What is counted and when: extensions, cycles, contacts, call-backs, and clocks that break."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from linli.foundation import calendar
from linli.foundation.calendar import clock
from linli.foundation.web import Refused
from linli.mechanisms.cases import actions, timers
from linli.mechanisms.cases.models import Case, Outcome, Timer
from linli.mechanisms.cases.tests.conftest import Town, give, person

WEDNESDAY = datetime(2026, 11, 25, 10, 0, tzinfo=calendar.SHANGHAI)


def report(town: Town, **more: object) -> Case:
    return actions.open_case(town.resident, "repair", town.area, **{"category": "lift", "title": "电梯", **more})


def test_more_time_survives_a_pause_and_moves_the_rungs_above(town: Town) -> None:
    with clock.at(WEDNESDAY):
        case = report(town)
        until = case.due_at + timedelta(hours=48)
        actions.ask_extension(town.desk, case, until=until, reason="等配件")
        case = actions.decide_extension(town.head, case, agreed=True)
        assert case.due_at == until
        timer = Timer.objects.get(case=case, name="finish")
        assert timer.due_at == until
        actions.act(town.desk, case, "dispatch", worker=town.fitter.pk)
        actions.act(town.fitter, case, "take")
        actions.act(town.fitter, case, "pause", reason="parts")
    with clock.at(WEDNESDAY + timedelta(hours=10)):
        case = actions.act(town.fitter, case, "resume")
        assert case.due_at == until + timedelta(hours=10)
    with clock.at(case.due_at + timedelta(minutes=1)):
        timers.fire_due()
        case.refresh_from_db()
        assert case.level == 2  # the street hears only half the (longer) time later
    with clock.at(case.due_at + timedelta(hours=36, minutes=1)):
        timers.fire_due()
        case.refresh_from_db()
        assert case.level == 3


def test_more_time_is_not_given_to_a_clock_that_has_ended(town: Town) -> None:
    with clock.at(WEDNESDAY):
        case = report(town)
        actions.ask_extension(town.desk, case, until=case.due_at + timedelta(hours=5), reason="等配件")
    with clock.at(case.due_at + timedelta(hours=6)):
        with pytest.raises(Refused, match="too_late"):
            actions.decide_extension(town.head, case, agreed=True)
        actions.decide_extension(town.head, case, agreed=False)


def test_an_extension_of_the_first_cycle_is_not_held_against_the_second(town: Town) -> None:
    with clock.at(WEDNESDAY):
        case = report(town)
        actions.ask_extension(town.desk, case, until=case.due_at + timedelta(hours=5), reason="等配件")
        actions.decide_extension(town.head, case, agreed=True)
    with clock.at(WEDNESDAY + timedelta(hours=20)):
        _through(town, case)
        actions.act(town.resident, case, "not_fixed", solved="no")
    with clock.at(WEDNESDAY + timedelta(hours=30)):  # past the first cycle's first limit, inside the second's
        actions.act(town.resident, _through(town, case), "rate", solved="yes")
    assert Outcome.objects.get(case=case, cycle=2).in_first_limit


def _through(town: Town, case: Case) -> Case:
    actions.act(town.desk, case, "dispatch", worker=town.fitter.pk)
    actions.act(town.fitter, case, "take")
    return actions.act(town.fitter, case, "finish", note="好了", after_photo=1)


def test_the_requesters_own_words_are_no_contact(town: Town) -> None:
    case = actions.open_case(town.resident, "complaint", town.area, category="", title="噪音")
    actions.act(town.worker, case, "dispatch", unit=town.company.pk)
    actions.act(town.worker, case, "assign", worker=town.desk.pk)
    actions.send_message(town.resident, case, "有人吗")
    actions.act(town.desk, case, "finish", note="管了")
    assert Outcome.objects.get(case=case).contacted is None


def test_whoever_had_it_in_hand_does_not_call_back(town: Town) -> None:
    case = actions.open_case(town.resident, "complaint", town.area, category="", title="噪音")
    actions.act(town.worker, case, "take")
    actions.act(town.head, case, "assign", worker=give(person("34", "同事"), "worker", area=town.area).pk)
    actions.act(town.worker, case, "finish", note="好了")
    actions.act(town.resident, case, "rate", solved="yes")
    with pytest.raises(Refused, match="own_case"):
        actions.act(town.worker, case, "call_back", solved="yes")
    assert not actions.act(town.head, case, "call_back", solved="yes").is_open


def test_unreachable_needs_three_calls_in_different_half_days(town: Town) -> None:
    with clock.at(WEDNESDAY):
        case = _through(town, report(town))
        for hours in (0, 1, 5, 24):
            with pytest.raises(Refused, match="too_few_tries"):
                actions.exclude_from_rates(town.head, case, reason="unreachable")
            with clock.at(WEDNESDAY + timedelta(hours=hours)):
                tries = actions.record_call_try(town.worker, case)
        assert tries == 3
        actions.exclude_from_rates(town.head, case, reason="unreachable")


def test_one_clock_that_breaks_does_not_stop_the_others(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    with clock.at(WEDNESDAY):
        broken, sound = report(town), report(town, title="另一件")
    fire = timers.fire
    bad = set(Timer.objects.filter(case=broken).values_list("pk", flat=True))

    def flaky(pk: int, moment: datetime) -> object:
        if pk in bad:
            raise RuntimeError("a clock broke")
        return fire(pk, moment)

    monkeypatch.setattr(timers, "fire", flaky)
    with clock.at(WEDNESDAY + timedelta(days=2)):
        timers.fire_due()
    sound.refresh_from_db()
    assert sound.level > 0
