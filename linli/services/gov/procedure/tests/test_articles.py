"""The periods of 行政许可法, article by article, across the holidays and worked weekends of 2026.

Days off in 2026: 02-15 to 02-23, 04-04 to 04-06, 09-25 to 09-27, 10-01 to 10-07; worked: 02-14, 02-28, 09-20, 10-10.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from linli.foundation.calendar import SHANGHAI, Unannounced
from linli.foundation.calendar.current import loaded, using
from linli.foundation.calendar.holidays import Holidays, Notice
from linli.services.gov import procedure
from linli.services.gov.procedure import (
    BadRule,
    Event,
    Kind,
    Missed,
    Phase,
    Rule,
    State,
    announced,
    clock,
    clock_or_provisional,
    explain,
    read,
)
from linli.services.gov.procedure.tests.sequences import NOTICE

LICENCE: dict[str, Any] = {"procedure": "licence", "promised": None}
TEN = {"days": 10, "unit": "working_day"}


def moment(text: str) -> datetime:
    """`10-13 17:00` of 2026, or with its year."""
    text = text if text.startswith("20") else f"2026-{text}"
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI)


def day(text: str) -> date:
    return moment(text).date()


def happened(text: str, kind: Kind, pause: str = "", **more: Any) -> Event:
    return Event(moment(text if " " in text else f"{text} 10:00"), kind, pause, **more)


def extension(text: str, **more: Any) -> Event:
    facts = {"by": "局长", "office": "head", "reasons": "要等上级答复", **more}
    return happened(text, Kind.EXTENSION_APPROVED, **facts)


def state(now: str, *events: Event, rule: Rule | None = None) -> State:
    return clock(events, rule or read(LICENCE), announced(), moment(now if " " in now else f"{now} 12:00"))


def accepted(text: str) -> tuple[Event, Event]:
    return happened(text, Kind.RECEIVED), happened(text, Kind.ACCEPTED)


def codes(found: State) -> list[str]:
    return [problem.code for problem in found.problems]


# ── 第32条: whether to accept ──
@pytest.mark.parametrize(("received", "accept_by"), [
    ("09-30", "10-13"),  # 国庆 with the worked Saturday 10-10
    ("02-13", "02-27"),  # 春节 with the worked Saturday 02-14
    ("04-03 23:59", "04-13"),  # received at a minute to midnight: that day does not count
    ("10-03", "10-13"),  # handed in online in the holidays
])
def test_five_working_days_to_ask_for_corrections(received: str, accept_by: str) -> None:
    found = state(received[:5] + " 23:59", happened(received, Kind.RECEIVED))
    assert (found.phase, found.duty, found.who, found.due) == (Phase.RECEIVED, "accept", "receives", day(accept_by))
    assert (found.used_days, found.left_days) == (0, 5)


def test_not_asked_in_time_is_accepted_from_the_day_received() -> None:
    received = happened("09-30", Kind.RECEIVED)
    assert state("10-13 23:59", received).tacit == ()
    found = state("10-14 00:00", received)
    assert (found.phase, found.runs_from) == (Phase.REVIEWING, day("09-30"))
    assert [(t.effect, t.since, t.at) for t in found.tacit] == [("accepted", day("09-30"), moment("10-14 00:00"))]
    assert found.statutory == day("11-03")  # twenty working days after 09-30, not after 10-13
    late = state("10-20", received, happened("10-15", Kind.ACCEPTED))
    assert (late.runs_from, codes(late)) == (day("09-30"), ["accepted_late"])
    assert late.missed == (Missed("accept", day("10-13"), day("10-15")),)


@pytest.mark.parametrize(("asked", "phase", "problems"), [
    ("10-13 23:59", Phase.CORRECTING, []), ("10-14 00:00", Phase.REVIEWING, ["asked_too_late"])])
def test_corrections_asked_on_the_last_day_are_in_time(asked: str, phase: Phase, problems: list[str]) -> None:
    found = state("10-14 12:00", happened("09-30", Kind.RECEIVED), happened(asked, Kind.CORRECTIONS_ASKED))
    assert (found.phase, codes(found)) == (phase, problems)


def test_corrections_are_asked_once_and_no_time_runs_meanwhile() -> None:
    events = [happened("09-30", Kind.RECEIVED), happened("10-08", Kind.CORRECTIONS_ASKED)]
    waiting = state("12-01", *events)
    assert (waiting.phase, waiting.who, waiting.due, waiting.left_days) == (Phase.CORRECTING, "applicant", None, None)
    events.append(happened("10-12", Kind.CORRECTIONS_RECEIVED))
    assert state("10-12", *events).due == day("10-19")
    again = state("10-14", *events, happened("10-13", Kind.CORRECTIONS_ASKED))
    assert (again.phase, codes(again)) == (Phase.CORRECTED, ["asked_twice"])
    silent = state("10-20", *events)
    assert (silent.phase, silent.runs_from) == (Phase.REVIEWING, day("10-12"))


def test_refusal_after_tacit_acceptance_has_no_effect() -> None:
    found = state("10-20", happened("09-30", Kind.RECEIVED), happened("10-15", Kind.REFUSED, reasons="不属于本机关"))
    assert (found.phase, codes(found)) == (Phase.REVIEWING, ["refused_too_late"])
    in_time = state("10-20", happened("09-30", Kind.RECEIVED), happened("10-09", Kind.REFUSED, reasons="不属于本机关"))
    assert (in_time.phase, in_time.is_over, in_time.ended) == (Phase.REFUSED, True, day("10-09"))


# ── 第42条: the decision ──
@pytest.mark.parametrize(("procedure", "accepted_on", "due", "extended_due"), [
    ("licence", "09-08", "10-12", "10-26"),
    ("licence", "02-02", "03-06", "03-20"),
    ("licence_joint", "01-05", "03-13", "04-03"),
])
def test_twenty_and_ten_or_forty_five_and_fifteen(procedure: str, accepted_on: str, due: str,
                                                  extended_due: str) -> None:
    rule = read({"procedure": procedure, "promised": None})
    events = accepted(accepted_on)
    found = state(accepted_on, *events, rule=rule)
    assert (found.due, found.statutory, found.promised, found.duty) == (day(due), day(due), None, "decide")
    office = "head" if procedure == "licence" else "government"
    assert state(due, *events, extension(due, office=office), rule=rule).statutory == day(extended_due)


@pytest.mark.parametrize(("event", "code"), [
    (extension("09-20", by=""), "extension_without_approver"),
    (extension("09-20", office="clerk"), "extension_without_approver"),
    (extension("09-20", reasons=""), "extension_without_reasons"),
    (extension("10-13"), "extension_late"),
])
def test_an_extension_needs_the_head_reasons_and_to_be_in_time(event: Event, code: str) -> None:
    found = state("10-14", *accepted("09-08"), event)
    assert (found.statutory, codes(found), found.extended) == (day("10-12"), [code], None)


def test_it_is_extended_once() -> None:
    found = state("10-20", *accepted("09-08"), extension("09-20"), extension("09-21"))
    assert (found.statutory, codes(found)) == (day("10-26"), ["extended_twice"])


def test_a_broken_promise_is_not_mended_by_a_later_extension() -> None:
    rule = read({**LICENCE, "promised": TEN})
    kept = state("09-21", *accepted("09-08"), extension("09-21"), rule=rule)  # the tenth day
    assert (kept.promised, kept.statutory, kept.limit_days) == (day("10-12"), day("10-26"), 20)
    broken = state("09-22", *accepted("09-08"), extension("09-22"), rule=rule)
    assert (broken.promised, broken.statutory, broken.due) == (day("09-21"), day("10-26"), day("09-21"))
    assert broken.missed == (Missed("promised", day("09-21"), None),)


def test_decided_on_the_spot_is_accepted_and_decided_in_one() -> None:
    found = state("09-30", happened("09-30", Kind.RECEIVED), happened("09-30 10:05", Kind.DECIDED))
    assert (found.phase, found.runs_from, found.granted, found.missed) == (Phase.DECIDED, day("09-30"), True, ())


# ── 第43条: a lower level reviews first ──
def test_twenty_days_to_review_then_twenty_to_decide() -> None:
    rule = read(LICENCE, first_review=True)
    below = state("09-10", *accepted("09-08"), rule=rule)
    assert (below.duty, below.who, below.due) == ("review", "reviews", day("10-12"))
    above = state("09-29", *accepted("09-08"), happened("09-28", Kind.TRANSFERRED), rule=rule)
    assert (above.duty, above.statutory, above.missed) == ("decide", day("10-30"), ())
    late = state("10-14", *accepted("09-08"), happened("10-13", Kind.TRANSFERRED), rule=rule)
    assert late.missed == (Missed("first_review", day("10-12"), day("10-13")),)
    assert codes(state("09-10", *accepted("09-08"), happened("09-09", Kind.DECIDED), rule=rule)) == ["out_of_turn"]


# ── 第44条: delivery ──
def test_ten_days_to_deliver_what_was_granted() -> None:
    decided = (*accepted("09-08"), happened("09-29", Kind.DECIDED))
    found = state("09-29", *decided)
    assert (found.duty, found.due, found.left_days) == ("deliver", day("10-19"), 10)
    assert state("10-19", *decided, happened("10-12", Kind.ISSUED)).due == day("10-19")
    done = state("10-20", *decided, happened("10-20", Kind.DELIVERED))
    assert (done.phase, done.missed) == (Phase.DELIVERED, (Missed("deliver", day("10-19"), day("10-20")),))
    denied = state("09-29", *accepted("09-08"), happened("09-29", Kind.DECIDED, granted=False))
    assert (denied.due, codes(denied)) == (None, ["no_reasons"])
    assert codes(state("10-09", *accepted("09-08"), happened("09-29", Kind.DECIDED, granted=False, reasons="缺条件"),
                       happened("10-08", Kind.ISSUED))) == ["issued_without_grant"]


# ── 第45条: what does not count ──
def hearing(begun: str, told: str | None, ended: str | None, kind: str = "hearing", days: int = 0) -> list[Event]:
    events = [happened(begun, Kind.PAUSE_BEGUN, kind)]
    events += [happened(told, Kind.PAUSE_TOLD, kind, days=days)] if told else []
    return events + ([happened(ended, Kind.PAUSE_ENDED, kind)] if ended else [])


@pytest.mark.parametrize(("begun", "told", "ended", "due", "problems"), [
    ("09-14", "09-10", "09-22", "10-21", []),  # 15, 16, 17, 18, 20 (worked Sunday), 21, 22 do not count
    ("09-14", "09-14", "09-22", "10-21", []),
    ("09-14", None, "09-22", "10-12", ["pause_not_told"]),
    ("09-14", "09-17", "09-22", "10-16", ["pause_told_late"]),
    ("09-14", "09-23", "09-22", "10-12", ["pause_not_told", "pause_told_after"]),
    ("09-14 09:00", "09-14 09:00", "09-14 17:00", "10-12", []),  # over on the day it began
    ("10-12", "10-12", "10-20", "10-12", []),  # the last day counts still
    ("10-13", "10-13", "10-20", "10-12", []),  # too late to save anything
    ("09-25", "09-25", "09-27", "10-12", []),  # nobody works in it anyway
])
def test_a_hearing_does_not_count_if_it_was_told_in_writing(begun: str, told: str | None, ended: str, due: str,
                                                            problems: list[str]) -> None:
    found = state("10-12 23:00", *accepted("09-08"), *hearing(begun, told, ended))
    later = state("10-21", *accepted("09-08"), *hearing(begun, told, ended))
    assert (found.statutory or later.statutory, codes(later)) == (day(due), problems)


def test_overlapping_pauses_are_taken_out_once() -> None:
    found = state("09-24", *accepted("09-08"), *hearing("09-14", "09-14", "09-22"),
                  *hearing("09-16", "09-16", "09-18", "expert_review"))
    assert found.statutory == day("10-21")


def test_the_clock_stands_still_and_says_until_when() -> None:
    found = state("09-24", *accepted("09-08"), *hearing("09-14", "09-14", None, days=8))
    assert (found.duty, found.due, found.paused_since, found.is_paused) == ("end_pause", None, day("09-14"), True)
    assert (found.used_days, found.left_days) == (4, 16)
    assert (found.resumes_by, found.expected) == (day("09-23"), day("10-23"))  # it should have ended yesterday


def test_only_what_law_or_item_names_is_left_out() -> None:
    sleep = hearing("09-14", "09-14", "09-22", "notice")
    assert codes(state("10-12", *accepted("09-08"), *sleep)) == ["pause_without_basis"]
    with_notice = read({**LICENCE, "special": [NOTICE]})
    assert state("09-24", *accepted("09-08"), *sleep, rule=with_notice).statutory == day("10-21")
    other = read({"procedure": "promised", "promised": TEN})  # 第45条 is about licences
    assert state("09-30", *accepted("09-08"), *hearing("09-14", "09-14", "09-18"), rule=other).due == day("09-21")


# ── 第50条: renewal ──
def renewal(received: str, expires: str) -> tuple[Event, ...]:
    return (happened(received, Kind.RECEIVED, expires_on=day(expires)), happened(received, Kind.ACCEPTED))


def test_no_decision_before_the_licence_ends_is_a_renewal() -> None:
    events = renewal("08-20", "10-05")
    assert state("09-01", *events).due == day("09-17")
    waiting = state("10-05 23:59", *events)
    assert (waiting.tacit, waiting.missed) == ((), (Missed("statutory", day("09-17"), None),))
    found = state("10-06 00:00", *events)
    assert (found.phase, found.granted, found.decided) == (Phase.DECIDED, True, day("10-05"))
    assert [(t.effect, t.at) for t in found.tacit] == [("granted", moment("10-06 00:00"))]
    refused = state("10-12", *events, happened("10-09", Kind.DECIDED, granted=False, reasons="迟了"))
    assert (refused.granted, codes(refused)) == (True, ["decided_after_grant"])


@pytest.mark.parametrize(("received", "granted", "problems"), [
    ("09-05", True, []), ("09-06", None, ["renewal_late"]), ("10-06", None, ["expired_already"])])
def test_a_renewal_is_asked_for_thirty_days_before(received: str, granted: bool | None, problems: list[str]) -> None:
    found = state("10-14", *renewal(received, "10-05"))
    assert (found.granted, codes(found)) == (granted, problems)


def test_no_hearing_and_no_extension_outlasts_the_licence() -> None:
    found = state("09-24", *renewal("09-04", "10-05"), *hearing("09-07", "09-07", "09-22"), extension("09-23"))
    assert (found.statutory, found.due) == (day("10-05"), day("10-05"))
    paused = state("10-06", *renewal("09-04", "10-05"), *hearing("09-07", "09-07", None))
    assert paused.granted is True


def test_silence_after_a_hearing_counts_by_the_period_and_not_by_the_end_of_the_licence() -> None:
    rule = read({**LICENCE, "tacit": "granted", "statutory": {"days": 20, "unit": "working_day", "basis": "某条例"}})
    life = (*renewal("09-04", "12-31"), *hearing("09-07", "09-07", "10-12"))
    found = state("12-01", *life, rule=rule)
    assert (found.granted, found.decided) == (True, state("10-13", *life, rule=rule).statutory)


def test_an_acceptance_by_silence_that_outlasts_the_licence_is_its_renewal() -> None:
    received = happened("09-01", Kind.RECEIVED, expires_on=day("10-05"))
    asked = (happened("09-03", Kind.CORRECTIONS_ASKED), happened("09-30", Kind.CORRECTIONS_RECEIVED))
    found = state("10-16", received, *asked)
    assert [(one.effect, one.since) for one in found.tacit] == [("accepted", day("09-30")), ("granted", day("10-05"))]


def test_a_tacit_grant_where_the_item_says_so() -> None:
    rule = read({"procedure": "promised", "promised": None, "tacit": "granted", "special": [NOTICE],
                 "statutory": {**TEN, "basis": "某条例第九条"}})
    assert state("09-21", *accepted("09-08"), rule=rule).granted is None
    assert state("09-22", *accepted("09-08"), rule=rule).granted is True
    paused = state("12-01", *accepted("09-08"), *hearing("09-14", "09-14", None, "notice"), rule=rule)
    assert (paused.granted, paused.phase) == (None, Phase.REVIEWING)


# ── 民法典 第201、203条: calendar days ──
@pytest.mark.parametrize(("accepted_on", "due"), [
    ("09-28", "10-08"), ("02-10", "02-24"), ("09-13", "09-20"), ("09-01", "09-08")])
def test_a_last_day_off_moves_to_the_next_working_day(accepted_on: str, due: str) -> None:
    rule = read({"procedure": "promised", "promised": {"days": 7, "unit": "calendar_day"}})
    assert state(accepted_on, *accepted(accepted_on), rule=rule).due == day(due)


# ── years that nobody has announced ──
def test_an_unannounced_year_is_an_error_here_and_provisional_there() -> None:
    events = accepted("12-15")
    with pytest.raises(Unannounced):
        state("12-16", *events)
    found = clock_or_provisional(events, read(LICENCE), moment("12-16"))
    assert (found.statutory, found.provisional) == (day("2027-01-12"), True)
    assert clock_or_provisional(accepted("09-08"), read(LICENCE), moment("09-09")).provisional is False
    with pytest.raises(Unannounced):
        state("2027-02-01", *accepted("09-08"))
    with pytest.raises(Unannounced):
        state("09-09", *accepted("2023-12-20"))


def test_a_new_notice_makes_it_firm() -> None:
    known = loaded().holidays
    new_year = {date(2027, 1, n): "元旦" for n in (1, 2, 3)}
    with using(Holidays((*known.notices, Notice(2027, "通知", new_year, frozenset())), "with 2027")):
        found = clock_or_provisional(accepted("12-15"), read(LICENCE), moment("12-16"))
    assert (found.statutory, found.provisional) == (day("2027-01-13"), False)  # 01-01 is off after all


# ── rules ──
def test_the_clock_of_every_shipped_item_can_be_read() -> None:
    catalogue = Path(procedure.__file__).parents[1] / "catalogue"
    for path in catalogue.glob("*/item.yaml"):
        local = yaml.safe_load(path.read_text("utf-8"))["local"]
        rule = read(local["clock"], steps=local.get("steps", ()))  # raises BadRule
        found = state("09-09", *accepted("09-08"), rule=rule)
        assert found.due is not None, path
        assert [line for line in explain(found, rule) if line.key == "promised"] != [], path


@pytest.mark.parametrize(("clock_of", "where"), [
    ({"procedure": "licence", "promised": {"days": 21, "unit": "working_day"}}, "promised"),
    ({"procedure": "promised", "promised": {**TEN, "days": 11}, "statutory": TEN}, "promised"),
    ({"procedure": "promised", "promised": {"days": 5, "unit": "calendar_day"}, "statutory": TEN}, "promised"),
    ({"procedure": "promised", "promised": None, "statutory": None}, "promised"),
    ({"procedure": "licence", "promised": None, "statutory": {"days": 30, "unit": "working_day"}}, "statutory"),
    ({"procedure": "licence", "promised": None, "extension": {"days": 20, "approver": "head"}}, "extension"),
    ({"procedure": "promised", "promised": TEN, "extension": {"days": 20, "approver": ""}}, "extension"),
    ({"procedure": "promised", "promised": TEN, "tacit": "granted"}, "tacit"),
    ({"procedure": "promised", "promised": {"days": 2, "unit": "month"}}, "promised"),
    ({"procedure": "promised", "promised": {"days": -1, "unit": "working_day"}}, "promised"),
    ({"procedure": "promised", "promised": TEN, "special": [{**NOTICE, "unit": "hour"}]}, "special.notice"),
    ({"procedure": "whatever", "promised": TEN}, "procedure"),
])
def test_a_clock_that_contradicts_itself_or_the_law_is_refused(clock_of: dict[str, Any], where: str) -> None:
    with pytest.raises(BadRule) as refused:
        read(clock_of)
    assert [place for place, _sentence in refused.value.faults] == [where]


def test_a_longer_limit_needs_the_law_that_allows_it() -> None:
    rule = read({"procedure": "licence", "promised": None, "tacit": "none",
                 "statutory": {"days": 30, "unit": "working_day", "basis": "某条例第九条"},
                 "extension": {"days": 20, "approver": "head", "basis": "某条例第九条"}})
    assert (rule.statutory and rule.statutory.days, rule.extension and rule.extension.days) == (30, 20)
    assert rule.deliver is not None
    assert rule.deliver.basis == "《行政许可法》第四十四条"
