"""Claims, corrections, treasury, pool, exchange, leaving, goods, other rooms: whatever happens, the books balance."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from linli.foundation.areas.models import Area
from linli.foundation.calendar import clock
from linli.foundation.people.models import Organisation, Person
from linli.foundation.web import Denied, Refused
from linli.foundation.web.acts import perform
from linli.mechanisms.ledger import queries as books
from linli.services.timebank import fraud, listeners, presets, purses
from linli.services.timebank.actions import claiming, giving, joining, keeping, settling
from linli.services.timebank.actions.joining import Profile
from linli.services.timebank.models import Agreement, Claim, Correction, Leaving, Service, Team, TeamMember, Volunteer
from linli.services.timebank.tests.conftest import NOON, Bank, settled

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _balanced_at_the_end(bank: Bank) -> Any:
    yield
    assert bank.balanced()
    assert bank.clearing() == 0


def test_r14_disputed_minutes_stay_held_until_a_person_decides(bank: Bank) -> None:
    service = bank.served(120)
    made = claiming.claim(bank.mr_l, service, text="只来了一个小时", minutes=60)
    assert made.answer_by == date(2026, 12, 4)
    service.refresh_from_db()
    assert service.state == "held"
    with pytest.raises(Refused, match="under_review"):
        settling.settle(None, service)
    with clock.at(NOON + timedelta(days=9)):
        assert settling.confirm_by_time(service) is False
        assert bank.has(bank.mr_l).held == 135
        decided = claiming.decide_claim(bank.worker, made, minutes=60, answer="双方都说是一个小时。")
        assert bank.has(bank.mr_l).held == 135  # the days of appeal run
        claiming.accept_answer(bank.mr_l, decided)
    service.refresh_from_db()
    assert (service.state, service.credit) == ("settled", 60)
    assert bank.has(bank.aunt).earned == 60
    assert bank.has(bank.mr_l) == purses.Standing(issued=540)


def test_r14_an_appeal_goes_to_another_person_and_is_final(bank: Bank) -> None:
    made = claiming.claim(bank.aunt, bank.served(120), text="多待了半小时", minutes=135)
    decided = claiming.decide_claim(bank.worker, made, minutes=100, answer="按签退的时间算。")
    appealed = claiming.appeal(bank.aunt, decided, text="签退晚按了")
    with pytest.raises(Refused, match="same_decider"):
        claiming.decide_claim(bank.worker, appealed, minutes=100, answer="还是一样的。")
    claiming.decide_claim(bank.second, appealed, minutes=135, answer="邻居可以作证。")
    assert bank.has(bank.aunt).earned == 135
    assert Claim.objects.get().state == "closed"


def test_r14_time_limits(bank: Bank) -> None:
    service = settled(bank)
    with clock.at(NOON + timedelta(days=31)), pytest.raises(Refused, match="too_late_to_claim"):
        claiming.claim(bank.aunt, service, text="少记了半小时")
    made = claiming.decide_claim(bank.worker, claiming.claim(bank.aunt, service, text="少记了半小时"), minutes=120,
                                 answer="没有少记。")
    with clock.at(NOON + timedelta(days=16)):
        with pytest.raises(Refused, match="too_late_to_appeal"):
            claiming.appeal(bank.aunt, made, text="我不同意")
        assert claiming.close_by_time(made)


def test_r13_a_correction_reverses_and_books_anew_by_a_second_person(bank: Bank) -> None:
    service = settled(bank, 120)
    made = claiming.ask_correction(bank.worker, service, minutes=90, reason="签退晚按了半小时")
    with pytest.raises(Refused, match="second_person"):
        claiming.correct(bank.worker, made)
    claiming.correct(bank.second, made)
    service.refresh_from_db()
    assert (service.credit, bank.has(bank.aunt).earned, bank.has(bank.mr_l).issued) == (90, 90, 510)
    assert books.find(f"timebank.settle.{service.pk}") is not None  # nothing is deleted
    assert books.find(f"timebank.settle.{service.pk}:reverse") is not None
    with pytest.raises(Refused, match="not_now"):
        claiming.correct(bank.second, made)


def test_r13_spent_minutes_are_not_taken_below_zero(bank: Bank) -> None:
    service = settled(bank, 120)
    giving.give(bank.aunt, bank.area, bank.mother, 120, once="all")
    made = claiming.ask_correction(bank.worker, service, minutes=0, reason="根本没有去过")
    with pytest.raises(Refused, match="spent"):
        claiming.correct(bank.second, made)
    assert Correction.objects.get().done_at is None
    assert bank.has(bank.mother).gift == 120


def test_r9_over_the_decision_nothing_is_created(bank: Bank) -> None:
    with pytest.raises(Refused, match="person_limit"):
        keeping.issue(bank.worker, bank.decision, bank.mr_l, 3600, once="b")
    with pytest.raises(Refused, match="over_budget"):
        keeping.fund_pool(bank.worker, bank.decision, 5401, once="b")
    keeping.fund_pool(bank.worker, bank.decision, 5340, once="c")
    keeping.fund_pool(bank.worker, bank.decision, 5340, once="c")  # the same press twice
    assert bank.pool() == 5340
    with pytest.raises(Refused, match="not_entitled"):
        keeping.issue(bank.worker, bank.decision, bank.mother, 60, once="d")


def test_r9_a_decision_takes_two(bank: Bank) -> None:
    row = keeping.propose_decision(bank.head, bank.area, number="青街发〔2026〕9号", title="补发", limit_minutes=60,
                                   since=NOON.date())
    with pytest.raises(Refused, match="second_person"):
        keeping.agree_decision(bank.head, row)
    with pytest.raises(Refused, match="closed_decision"):
        keeping.issue(bank.worker, row, bank.mr_l, 60, once="x")
    with pytest.raises(Denied):
        keeping.agree_decision(bank.worker, row)


def test_r18_issued_time_runs_out_to_the_pool(bank: Bank) -> None:
    settled(bank, 120)
    day = NOON.date() + timedelta(days=366)
    with clock.at(NOON + timedelta(days=366)):
        assert keeping.expire_issued(bank.mr_l, bank.area, day) == 480
        assert keeping.expire_issued(bank.mr_l, bank.area, day) == 0
    assert bank.pool() == 480
    assert bank.has(bank.aunt).earned == 120  # earned time does not


def test_r7_what_a_team_earned_is_only_donated(bank: Bank) -> None:
    team = joining.start_team(bank.aunt, bank.area, name="周末队")
    from linli.services.timebank.actions import asking, attending

    service = asking.accept(bank.aunt, bank.published(60), team=team)
    attending.check_in(bank.aunt, service)
    with clock.at(NOON + timedelta(hours=1)):
        attending.check_out(bank.aunt, service)
        settling.confirm(bank.mr_l, service)
    assert bank.has(bank.aunt).total == 0
    with pytest.raises(Refused, match="short"):
        giving.give(bank.aunt, bank.area, bank.mother, 60, once="x")
    giving.donate(bank.aunt, bank.area, 60, to_kind="pool", team=team, once="y")
    assert bank.pool() == 60
    joining.leave_team(bank.aunt, Team.objects.get())
    assert TeamMember.objects.filter(until=None).count() == 0


def test_r8_institutions_only_where_the_city_says(
        bank: Bank, preset: Callable[..., None], property_company: Organisation) -> None:
    settled(bank, 120)
    with pytest.raises(Refused, match="not_to_them"):
        giving.donate(bank.aunt, bank.area, 60, to_kind="institution", institution=property_company, once="a")
    preset("shanghai")
    giving.donate(bank.aunt, bank.area, 60, to_kind="institution", institution=property_company, once="a")
    assert books.balance(purses.institution(purses.book(bank.area), property_company)).posted == 60
    giving.donate(bank.aunt, bank.area, 30, to_kind="hardship_elder", to=bank.mr_l, once="b")
    assert bank.has(bank.mr_l).gift == 30


@pytest.fixture
def agreement(bank: Bank, other_community: Area, make_person: Callable[..., Person]) -> Agreement:
    head = make_person("对方书记", None, "community_head", at=other_community)
    made = giving.propose_exchange(bank.head, bank.area, other_community, limit_minutes=100)
    with pytest.raises(Denied):
        giving.agree_exchange(bank.head, made)
    return giving.agree_exchange(head, made)


def test_r17_hours_cross_by_mirror_accounts_up_to_a_limit(bank: Bank, agreement: Agreement, other_community: Area,
                                                          make_person: Callable[..., Person]) -> None:
    settled(bank, 120)
    sister = make_person("王大姐", other_community, birth_year=1950)
    joining.confirm_kin(bank.worker, joining.claim_kin(bank.aunt, bank.area, sister, "grandparent"))
    giving.cross(bank.aunt, agreement, 90, to=sister, once="a")
    giving.cross(bank.aunt, agreement, 90, to=sister, once="a")
    theirs = purses.book(other_community)
    assert purses.standing(theirs, sister).gift == 90
    assert bank.has(bank.aunt).earned == 30
    assert giving.owed(agreement) == 90
    assert books.trial_balance(theirs).is_balanced
    assert books.balance(purses.mirror(theirs, bank.area)).posted == -90
    with pytest.raises(Refused, match=r"full|short"):
        giving.cross(bank.aunt, agreement, 20, to=sister, once="b")
    assert books.trial_balance(theirs).is_balanced
    assert purses.standing(theirs, sister).gift == 90


def test_r17_without_agreement_nothing_crosses(bank: Bank, other_community: Area, stranger: Person) -> None:
    settled(bank, 120)
    made = giving.propose_exchange(bank.head, bank.area, other_community, limit_minutes=100)
    with pytest.raises(Refused, match="no_agreement"):
        giving.cross(bank.aunt, made, 30, to=stranger, once="a")
    with pytest.raises(Refused, match="limit"):
        giving.propose_exchange(bank.head, bank.area, bank.area, limit_minutes=10)


def test_r19_relatives_first_then_the_pool(bank: Bank) -> None:
    settled(bank, 120)
    row = keeping.record_leaving(bank.worker, bank.area, bank.aunt, why="died", left_on=NOON.date())
    with pytest.raises(Refused, match="not_kin"):
        keeping.hand_to_kin(bank.worker, row, bank.mr_l)
    keeping.hand_to_kin(bank.worker, row, bank.mother)
    assert bank.has(bank.mother).earned == 120
    other = keeping.record_leaving(bank.worker, bank.area, bank.mr_l, why="left", left_on=NOON.date())
    with clock.at(NOON + timedelta(days=180)):
        assert not keeping.pool_what_is_left(other)
    with clock.at(NOON + timedelta(days=181)):
        assert keeping.pool_what_is_left(other)
    assert bank.pool() == 480
    assert Leaving.objects.filter(closed_at=None).count() == 0


def test_r20_goods_only_where_the_city_allows_and_never_back(bank: Bank, preset: Callable[..., None]) -> None:
    settled(bank, 120)
    with pytest.raises(Refused, match="no_goods_here"):
        keeping.give_goods(bank.worker, bank.area, bank.aunt, what="大米", minutes=60, once="a")
    preset("guangzhou")
    keeping.give_goods(bank.worker, bank.area, bank.aunt, what="大米", minutes=60, once="a")
    keeping.give_goods(bank.worker, bank.area, bank.aunt, what="大米", minutes=60, once="a")
    assert bank.has(bank.aunt).earned == 60
    points = purses.goods_book(bank.area)
    assert books.trial_balance(points).is_balanced
    assert books.balance(purses.purse(points, bank.aunt, "points")).posted == 60


def test_other_rooms_helpers_are_recorded_once_by_the_policy(bank: Bank) -> None:
    for _again in range(3):
        listeners.on_access_helped(bank.aunt.pk, 90, "trip 7")
    assert bank.has(bank.aunt).earned == 90  # from the treasury's open decision (R9)
    assert keeping.issued_under(bank.decision) == 690
    listeners.on_kitchen_shift_done(bank.aunt.pk, 9999, "shift 1")  # impossible: left alone
    listeners.on_learning_helped(bank.mother.pk, 60, "lesson 1")  # no volunteer: nothing is kept
    assert Service.objects.count() == 1


def test_without_treasury_and_pool_it_counts_for_honour(bank: Bank) -> None:
    bank.decision.until = NOON.date() - timedelta(days=1)
    bank.decision.save()
    listeners.on_learning_helped(bank.aunt.pk, 45, "lesson 1")
    assert bank.has(bank.aunt).total == 0
    honours = purses.honour_book(bank.area)
    assert books.balance(purses.purse(honours, bank.aunt, "honour")).posted == 45
    assert Service.objects.get().to_honour == 45


def test_the_act_for_other_rooms_asks_the_same_right(bank: Bank) -> None:
    with pytest.raises(Denied):
        perform("timebank.record_service", bank.mother, area=bank.area, helper=bank.aunt, minutes=30, item="kitchen",
                about="shift 3")
    done = perform("timebank.record_service", bank.worker, area=bank.area, helper=bank.aunt, minutes=30, item="kitchen",
                   about="shift 3")
    assert done.credit == 30
    with pytest.raises(Refused, match="own_confirm"):
        perform("timebank.record_service", bank.worker, area=bank.area, helper=bank.worker, minutes=30, item="kitchen",
                about="shift 3")


def test_r16_records_move_with_the_volunteers_yes_only(bank: Bank, property_company: Organisation) -> None:
    volunteer = Volunteer.objects.get(person=bank.aunt)
    move = joining.ask_move(bank.worker, volunteer, property_company)
    with pytest.raises(Denied):
        joining.answer_move(bank.worker, move, agree=True)
    joining.answer_move(bank.aunt, move, agree=False)
    volunteer.refresh_from_db()
    assert volunteer.organisation_id is None
    joining.answer_move(bank.aunt, joining.ask_move(bank.worker, volunteer, property_company), agree=True)
    volunteer.refresh_from_db()
    assert volunteer.organisation == property_company


def test_r4_a_guardian_agrees_for_a_minor(bank: Bank, make_person: Callable[..., Person]) -> None:
    boy = make_person("小王", bank.area, birth_year=2010)
    row = joining.register(boy, bank.area, Profile(birth_date=date(2010, 5, 1)), guardian=bank.aunt)
    with pytest.raises(Denied):
        joining.agree_as_guardian(boy, row)
    joining.certify_volunteer(bank.worker, row, trained_on=date(2026, 1, 1), insured_until=None)
    from linli.services.timebank.actions import asking

    need = bank.published(60)
    with pytest.raises(Refused, match="minor_needs_guardian"):
        asking.accept(boy, need)
    joining.agree_as_guardian(bank.aunt, row)
    asking.step_back(boy, asking.accept(boy, need))


def test_r22_the_sample_is_kept_with_its_seed(bank: Bank) -> None:
    service = settled(bank, 120)
    row = keeping.draw_sample(bank.worker, bank.area, date(2026, 11, 20), seed="双色球 2026135")
    assert row.drawn == [service.pk]
    assert row.drawn == fraud.sample(row.ids, row.seed, presets.terms_on(bank.area, NOON.date()).fraud)
    done = keeping.note_sample(bank.worker, row, service.pk, is_fine=True, note="电话核实过")
    assert done.is_closed
    with pytest.raises(Refused, match="already"):
        keeping.draw_sample(bank.worker, bank.area, date(2026, 11, 2), seed="再抽一次")


def test_a_persons_copy_and_erasure(bank: Bank) -> None:
    from linli.services.timebank import privacy

    service = settled(bank, 120)
    claiming.claim(bank.aunt, service, text="少记了半小时")
    copy = privacy.copy_of(bank.aunt)
    assert copy["volunteer"]["birth_date"] == "1968-03-02"
    assert copy["services"][0]["minutes"] == 120
    assert privacy.erase(bank.aunt)
    assert privacy.copy_of(bank.aunt)["volunteer"]["birth_date"] == ""
    assert privacy.copy_of(bank.aunt)["claims"][0]["text"] == ""
    assert privacy.erase(bank.mr_l) == []
