"""A table for every rule R1–R24: no database."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, strategies as st

from linli.services.timebank import fraud, matching, rules, terms as t
from linli.services.timebank.rules import Who

NINE = datetime(2026, 11, 25, 9, 0)


@pytest.mark.parametrize(("step", "minutes", "expected"), [
    (None, 61, 61), (1, 61, 61), (15, 61, 60), (15, 74, 60), (15, 75, 75), (60, 119, 60), (60, 59, 0)])
def test_r1_rounds_down_once_when_earned(step: int | None, minutes: int, expected: int) -> None:
    assert rules.rounded(minutes, t.Unit(step, "hours")) == expected


@pytest.mark.parametrize(("stayed", "agreed", "tolerance", "travel", "expected"), [
    (120, 120, 15, 0, 120), (110, 120, 15, 0, 110), (130, 120, 15, 0, 130), (200, 120, 15, 0, 135),
    (200, 120, None, 0, 120), (120, 120, 15, 20, 100), (10, 120, 15, 30, 0), (-5, 120, 15, 0, 0)])
def test_r2_credit(stayed: int, agreed: int, tolerance: int | None, travel: int, expected: int) -> None:
    out = NINE + timedelta(minutes=stayed)
    assert rules.credit(NINE, out, agreed, t.Credit(tolerance, "excluded"), travel_minutes=travel) == expected


def test_r2_seconds_never_make_a_minute() -> None:
    assert rules.credit(NINE, NINE + timedelta(minutes=59, seconds=59), 60, t.Credit(15, "excluded")) == 59


@pytest.mark.parametrize(("mode", "table", "item", "expected"), [
    ("one_to_one", {}, "legal", 120), ("table", {"legal": 90}, "legal", 180), ("table", {"legal": 90}, "company", 120)])
def test_r3_price(mode: str, table: dict[str, int], item: str, expected: int) -> None:
    assert rules.priced(120, item, t.Price(mode, table)) == expected


ADULTS = t.Earning(18, "guardian", 16, training=True, residence=True)


@pytest.mark.parametrize(("who", "terms", "expected"), [
    (Who(30, is_trained=True), ADULTS, []),
    (Who(30), ADULTS, ["not_trained"]),
    (Who(30, is_registered=False, is_trained=True), ADULTS, ["not_registered"]),
    (Who(30, is_trained=True, is_resident=False), ADULTS, ["not_resident"]),
    (Who(None, is_trained=True), ADULTS, ["age_unknown"]),
    (Who(17, is_trained=True), ADULTS, ["minor_needs_guardian"]),
    (Who(17, is_trained=True, has_guardian_consent=True), ADULTS, []),
    (Who(15, is_trained=True, has_guardian_consent=True), ADULTS, ["too_young"]),
    (Who(18, is_trained=True), ADULTS, []),
    (Who(16, is_trained=True), t.Earning(18, "group", None, True, False), ["minor_needs_group"]),
    (Who(16, is_trained=True, in_group=True), t.Earning(18, "group", None, True, False), []),
    (Who(16), t.Earning(18, "no", None, False, False), ["too_young"]),
    (Who(None), t.Earning(None, "no", None, False, False), [])])
def test_r4_who_may_earn(who: Who, terms: t.Earning, expected: list[str]) -> None:
    assert rules.earn_obstacles(who, terms) == expected


SIXTY = t.Redeeming(60, 60, ("self", "spouse"), None)
SHANGHAI = t.Redeeming(65, 60, ("self",), None)


@pytest.mark.parametrize(("who", "terms", "expected"), [
    (Who(60), SIXTY, []), (Who(59), SIXTY, ["not_old_enough"]), (Who(50, spouse_age=60), SIXTY, []),
    (Who(50, spouse_age=70), SHANGHAI, ["not_old_enough"]), (Who(64), SHANGHAI, ["not_old_enough"]),
    (Who(60, in_hardship=True), SHANGHAI, []), (Who(59, in_hardship=True), SHANGHAI, ["not_old_enough"]),
    (Who(None), SIXTY, ["age_unknown"]), (Who(None, is_key_empty_nest=True), SIXTY, []),
    (Who(30, earned_minutes=5999), t.Redeeming(None, None, ("self",), 6000), ["earn_more_first"]),
    (Who(30, earned_minutes=6000), t.Redeeming(None, None, ("self",), 6000), [])])
def test_r5_who_may_redeem(who: Who, terms: t.Redeeming, expected: list[str]) -> None:
    assert rules.redeem_obstacles(who, terms) == expected


@pytest.mark.parametrize(("caps", "used", "group", "expected"), [
    (t.Caps(None, None, None, "pool"), (0, 0, 0), False, (150, 0, 0)),
    (t.Caps(120, None, None, "pool"), (0, 0, 0), False, (120, 30, 0)),
    (t.Caps(120, None, None, "honour"), (60, 0, 0), False, (60, 0, 90)),
    (t.Caps(None, 36_000, None, "pool"), (0, 35_900, 0), False, (100, 50, 0)),
    (t.Caps(None, None, 90_000, "pool"), (0, 0, 90_000), False, (0, 150, 0)),
    (t.Caps(120, 36_000, None, "pool"), (120, 0, 0), True, (150, 0, 0))])
def test_r6_caps(caps: t.Caps, used: tuple[int, int, int], group: bool, expected: tuple[int, int, int]) -> None:
    found = rules.split_by_caps(150, caps, today_minutes=used[0], balance_minutes=used[1], lifetime_minutes=used[2],
                                is_group=group)
    assert (found.person, found.pool, found.honour) == expected


spans = st.none() | st.integers(0, 100_000)


@given(st.integers(0, 10_000), spans, spans, spans, st.sampled_from(["pool", "honour"]),
       st.tuples(*[st.integers(0, 120_000)] * 3))
def test_r6_never_loses_a_minute(minutes: int, day: int | None, balance: int | None, lifetime: int | None, to: str,
                                 used: tuple[int, int, int]) -> None:
    found = rules.split_by_caps(minutes, t.Caps(day, balance, lifetime, to), today_minutes=used[0],
                                balance_minutes=used[1], lifetime_minutes=used[2])
    assert found.total == minutes
    assert min(found.person, found.pool, found.honour) >= 0


KIN = t.Gift(("spouse", "parent"), False, 60, 600, ("pool", "hardship_elder"), onward=False)
FRIENDS = t.Gift(("parent",), True, None, None, ("pool", "institution"), onward=False)


@pytest.mark.parametrize(("terms", "facts", "expected"), [
    (KIN, {"relation": "parent", "recipient_age": 70}, []),
    (KIN, {"relation": "parent", "recipient_age": 59}, ["recipient_too_young"]),
    (KIN, {"relation": "parent", "recipient_age": None}, ["recipient_age_unknown"]),
    (KIN, {"relation": "friend", "recipient_age": 70}, ["no_relation"]),
    (FRIENDS, {"relation": "friend", "recipient_age": 30}, []),
    (FRIENDS, {"relation": "", "recipient_age": 30}, ["no_relation"]),
    (t.Gift((), False, None, None, ("pool",), False), {"relation": "parent", "recipient_age": 70}, ["no_gifts_here"]),
    (KIN, {"relation": "parent", "recipient_age": 70, "is_gifted": True}, ["no_onward_gift"]),
    (KIN, {"relation": "parent", "recipient_age": 70, "given_this_year": 541}, ["gift_limit"]),
    (KIN, {"relation": "parent", "recipient_age": 70, "given_this_year": 540}, []),
    (KIN, {"relation": "parent", "recipient_age": 70, "is_group": True}, ["group_donates_only"])])  # R7
def test_r7_r8_gifts(terms: t.Gift, facts: dict[str, Any], expected: list[str]) -> None:
    assert rules.gift_obstacles(60, terms, **{"given_this_year": 0, **facts}) == expected


@pytest.mark.parametrize(("terms", "to", "expected"), [
    (KIN, "pool", []), (KIN, "hardship_elder", []), (KIN, "institution", ["not_to_them"]),
    (FRIENDS, "institution", [])])
def test_r7_r8_donations(terms: t.Gift, to: str, expected: list[str]) -> None:
    assert rules.donate_obstacles(60, terms, to=to) == expected


ISSUE = t.Treasury(("hardship",), 600, ("treasury",))
POOR = Who(80, in_hardship=True)


@pytest.mark.parametrize(("minutes", "who", "facts", "expected"), [
    (60, POOR, {}, []), (60, POOR, {"number": " "}, ["no_decision_number"]), (0, POOR, {}, ["no_minutes"]),
    (60, POOR, {"issued_minutes": 941}, ["over_budget"]), (60, POOR, {"issued_minutes": 940}, []),
    (60, Who(80), {}, ["not_entitled"]), (60, Who(80, is_key_empty_nest=True), {}, ["not_entitled"]),
    (60, POOR, {"person_year_minutes": 541}, ["person_limit"])])
def test_r9_time_is_created_by_decision_only(minutes: int, who: Who, facts: dict[str, Any], expected: list[str],
                                             ) -> None:
    given = {"number": "青街发〔2026〕3号", "limit_minutes": 1000, "issued_minutes": 0, "person_year_minutes": 0}
    given |= facts
    assert rules.issue_obstacles(minutes, ISSUE, who, **given) == expected


@pytest.mark.parametrize(("pool", "outstanding", "percent", "low"), [
    (0, 0, None, False), (100, 1000, 10, True), (200, 1000, 20, False), (1500, 1000, 150, False)])
def test_r10_coverage(pool: int, outstanding: int, percent: int | None, low: bool) -> None:
    found = rules.coverage(pool, outstanding, t.Cover(20))
    assert (found.percent, found.is_low) == (percent, low)


PROOF = t.Proof(("times", "recipient_code", "staff", "geofence", "photo"),
                (frozenset({"recipient_code"}), frozenset({"geofence", "photo"})), 300, 100)


@pytest.mark.parametrize(("coming", "going", "strong"), [
    (["recipient_code"], ["recipient_code"], True), (["recipient_code"], ["times"], False),
    (["geofence", "photo"], ["recipient_code"], True), (["geofence"], ["geofence"], False),
    (["times"], ["times"], False), ([], [], False), (["paper"], ["paper"], False)])
def test_r12_what_is_strong(coming: list[str], going: list[str], strong: bool) -> None:
    assert rules.is_strong(coming, going, PROOF) is strong


@pytest.mark.parametrize(("after_days", "strong", "held", "auto", "expected"), [
    (3, True, False, 3, True), (2, True, False, 3, False), (30, False, False, 3, False), (30, True, True, 3, False),
    (30, True, False, None, False)])
def test_r11_confirms_itself_only_on_strong_evidence(after_days: int, strong: bool, held: bool, auto: int | None,
                                                     expected: bool) -> None:
    at = NINE + timedelta(days=after_days)
    assert rules.may_confirm_itself(NINE, at, t.Confirming(auto, 90), strong=strong, held=held) is expected


@pytest.mark.parametrize(("at", "accuracy", "inside"), [
    ((120.118, 30.279), 10, True), ((120.120, 30.279), 10, True), ((120.130, 30.279), 10, False),
    ((120.118, 30.279), 500, None)])
def test_r12_keeps_in_or_out_and_never_the_position(at: tuple[float, float], accuracy: float, inside: bool | None,
                                                    ) -> None:
    assert rules.fence_facts((120.118, 30.279), at, accuracy, PROOF) == {"inside": inside, "accuracy_m": accuracy}


def test_r12_hash_chain_notices_a_change() -> None:
    first = rules.evidence_hash("", {"kind": "times", "at": "09:00"})
    second = rules.evidence_hash(first, {"kind": "staff", "at": "11:00"})
    assert rules.evidence_hash(rules.evidence_hash("", {"at": "09:00", "kind": "times"}), {
        "at": "11:00", "kind": "staff"}) == second
    assert rules.evidence_hash(rules.evidence_hash("", {"kind": "times", "at": "08:00"}), {
        "kind": "staff", "at": "11:00"}) != second


@pytest.mark.parametrize(("reason", "by", "asked_by", "expected"), [
    ("录错了人", 1, 2, []), ("错", 1, 2, ["no_reason"]), ("录错了人", 1, 1, ["second_person"]),
    ("录错了人", 1, None, ["second_person"])])
def test_r13_corrections(reason: str, by: int, asked_by: int | None, expected: list[str]) -> None:
    assert rules.correction_obstacles(t.Correcting(True, True), reason=reason, by=by, asked_by=asked_by) == expected


def test_r14_days() -> None:
    terms, day = t.Claims(30, 10, 15), date(2026, 11, 25)
    assert rules.claim_open_until(day, terms) == date(2026, 12, 25)
    assert rules.answer_by(day, terms) == date(2026, 12, 5)
    assert rules.appeal_until(day, terms) == date(2026, 12, 10)
    assert rules.claim_open_until(day, t.Claims(None, None, None)) is None


@pytest.mark.parametrize(("hours", "stars", "missing"), [
    (99, 0, 1), (100, 1, 200), (300, 2, 300), (600, 3, 400), (1000, 4, 500), (1500, 5, None), (9000, 5, None)])
def test_r15_stars(hours: int, stars: int, missing: int | None) -> None:
    terms = t.Certifying((6000, 18_000, 36_000, 60_000, 90_000), True)
    assert rules.stars(hours * 60, terms) == stars
    assert rules.next_star(hours * 60, terms) == (None if missing is None else missing * 60)


@pytest.mark.parametrize(("consented", "same", "expected"), [
    (True, False, []), (False, False, ["no_consent"]), (True, True, ["same_organisation"])])
def test_r16_moves_with_consent(consented: bool, same: bool, expected: list[str]) -> None:
    assert rules.move_obstacles(t.Moving(True), consented=consented, same=same) == expected


@pytest.mark.parametrize(("limit", "owed", "room"), [(600, 0, 600), (600, 590, 10), (600, -100, 700), (600, 700, 0),
                                                     (None, 0, 0)])
def test_r17_room_of_an_exchange(limit: int | None, owed: int, room: int) -> None:
    assert rules.exchange_room(t.Exchanging(limit), owed_minutes=owed) == room


@pytest.mark.parametrize(("available", "valid", "expired"), [
    (100, [100], 0), (100, [], 100), (100, [40], 60), (30, [40], 0), (0, [], 0)])
def test_r18_issued_time_runs_out_first_in_first_out(available: int, valid: list[int], expired: int) -> None:
    assert rules.expired_issued(available, valid) == expired


def test_r18_earned_time_never_expires_by_default() -> None:
    terms = t.Expiring(None, 365)
    assert rules.expires_on(date(2026, 1, 1), terms, issued=False) is None
    assert rules.expires_on(date(2026, 1, 1), terms, issued=True) == date(2027, 1, 1)


def test_r19_relatives_first_then_the_pool() -> None:
    assert rules.leaving_until(date(2026, 1, 1), t.Leaving(180, "pool")) == date(2026, 6, 30)
    assert rules.leaving_until(date(2026, 1, 1), t.Leaving(None, "pool")) is None


@pytest.mark.parametrize(("allowed", "back", "expected"), [
    (True, False, []), (False, False, ["no_goods_here"]), (True, True, ["never_back"])])
def test_r20_goods(allowed: bool, back: bool, expected: list[str]) -> None:
    assert rules.goods_obstacles(t.Goods(allowed), back_to_time=back) == expected


SAFETY = t.Safety(("risky", "professional"), ("risky", "professional"), ("professional",))
TODAY = date(2026, 11, 25)


@pytest.mark.parametrize(("ready", "risk", "expected"), [
    (fraud.Ready(False, None, frozenset()), "low", []),
    (fraud.Ready(False, None, frozenset()), "risky", ["risk_not_read", "not_insured"]),
    (fraud.Ready(True, TODAY, frozenset()), "risky", []),
    (fraud.Ready(True, TODAY - timedelta(days=1), frozenset()), "risky", ["not_insured"]),
    (fraud.Ready(True, TODAY, frozenset()), "professional", ["no_skill"]),
    (fraud.Ready(True, TODAY, frozenset({"haircut"})), "professional", []),
    (fraud.Ready(True, TODAY, frozenset(), frozenset({"trim"})), "low", ["not_fit"])])
def test_r21_before_risky_help(ready: fraud.Ready, risk: str, expected: list[str]) -> None:
    assert fraud.safety_obstacles(ready, SAFETY, item="trim", risk=risk, skill="haircut", on=TODAY) == expected


FRAUD = t.Fraud(6, 30, 60, 5, 10, 5, 5)


def _done(pk: int, helper: int, helped: int, hour: float, **more: Any) -> fraud.Done:
    began = NINE.replace(hour=0) + timedelta(hours=hour)
    return fraud.Done(pk, helper, helped, began, began + timedelta(hours=1), **more)


@pytest.mark.parametrize(("one", "others", "expected"), [
    (_done(1, 1, 2, 9), [], []),
    (_done(1, 1, 2, 9), [_done(n, 2, 1, 9 - 24 * n) for n in range(2, 7)], ["reciprocal"]),
    (_done(1, 1, 2, 9), [_done(n, 1, 2, 9 - 24 * n) for n in range(2, 9)], []),  # one way is devotion, not a trick
    (_done(1, 1, 2, 9), [_done(2, 1, 3, 9.5)], ["overlap"]),
    (_done(1, 1, 2, 9), [_done(2, 1, 3, 10)], []),
    (_done(1, 1, 2, 9, place=(120.0, 30.0)), [_done(2, 1, 3, 10.1, place=(121.0, 30.0))], ["travel"]),
    (_done(1, 1, 2, 9, place=(120.0, 30.0)), [_done(2, 1, 3, 14, place=(121.0, 30.0))], []),
    (_done(1, 1, 2, 9, helper_device="a", helped_device="a"), [], ["device"]),
    (_done(1, 1, 2, 9, confirmed=NINE, confirmed_by=7),
     [_done(n, n, 2, 9 - n, confirmed=NINE, confirmed_by=7) for n in range(2, 6)], ["bulk"])])
def test_r22_signals(one: fraud.Done, others: list[fraud.Done], expected: list[str]) -> None:
    assert fraud.signals(one, others, FRAUD) == expected


def test_r22_the_sample_can_be_drawn_again_by_anybody() -> None:
    ids = list(range(1000, 1400))
    first = fraud.sample(ids, "2026-11|彩票 25091", FRAUD)
    assert first == fraud.sample(list(reversed(ids)) + ids, "2026-11|彩票 25091", FRAUD)
    assert len(first) == 20
    assert first != fraud.sample(ids, "2026-12|彩票 25091", FRAUD)
    assert fraud.sample([5, 6], "s", FRAUD) in ([5, 6], [6, 5])


@pytest.mark.parametrize(("actor", "subject", "proxy", "expected"), [
    (1, 1, False, []), (1, 2, True, []), (1, 2, False, ["no_proxy_here"])])
def test_r23_proxy(actor: int, subject: int, proxy: bool, expected: list[str]) -> None:
    assert rules.proxy_obstacles(t.Paper(True, proxy), actor=actor, subject=subject) == expected


@pytest.mark.parametrize(("on", "born", "expected"), [
    (date(2026, 11, 25), date(2008, 11, 25), 18), (date(2026, 11, 24), date(2008, 11, 25), 17),
    (date(2026, 2, 28), date(2008, 2, 29), 17), (date(2026, 3, 1), date(2008, 2, 29), 18)])
def test_full_years(on: date, born: date, expected: int) -> None:
    assert rules.age(on, None, born) == expected


def test_r11_a_match_is_explained_and_never_an_order() -> None:
    wish = matching.Wish("haircut", "haircut", "2am", language="wu", gender="f", place=(120.118, 30.279))
    near = matching.Helper(
        1, frozenset({"haircut"}), frozenset({"wu"}), "f", frozenset({"2am"}), frozenset({"haircut"}),
        (120.118, 30.279), times_together=3)
    far = matching.Helper(2, gender="f", place=(120.140, 30.279))
    busy = matching.Helper(3, gender="f", is_busy=True)
    man = matching.Helper(4, gender="m", place=(120.118, 30.279))
    found = matching.ranked(wish, [man, busy, far, near], radius_m=3000)
    assert [one.helper for one in found] == [1, 2, 4, 3]
    assert dict(found[0].reasons) == {
        "near": 40, "free_then": 25, "skilled": 15, "know_each_other": 8, "speaks": 5, "likes": 5}
    assert found[0].points == sum(points for _name, points in found[0].reasons)
    assert [one.cannot for one in found] == [(), (), ("gender_wish",), ("busy_then",)]
