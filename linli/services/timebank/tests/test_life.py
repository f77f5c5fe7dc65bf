"""From the asking to the minutes, and on to her mother: the books balance after every step."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from linli.foundation import audit
from linli.foundation.calendar import clock
from linli.foundation.people.models import Mandate, Person
from linli.foundation.web import Denied, Refused
from linli.mechanisms.ledger import queries as books
from linli.services.timebank import purses
from linli.services.timebank.actions import asking, attending, giving, joining, settling
from linli.services.timebank.actions.asking import Wanted
from linli.services.timebank.actions.joining import Profile
from linli.services.timebank.models import Gift, Invitation, Need, Review, Service
from linli.services.timebank.tests.conftest import NOON, Bank, settled

pytestmark = pytest.mark.django_db


def test_aunt_w_gives_two_hours_and_one_of_them_goes_to_her_mother(bank: Bank) -> None:
    assert bank.has(bank.mr_l).issued == 600
    assert bank.balanced()
    need = bank.published(120)
    service = asking.accept(bank.aunt, need)
    assert bank.has(bank.mr_l) == purses.Standing(issued=465, held=135)  # two hours and the tolerance
    assert bank.balanced()
    attending.check_in(bank.aunt, service, code=service.code_in)
    with clock.at(NOON + timedelta(hours=2)):
        service = attending.check_out(bank.aunt, service, code=service.code_out)
        assert bank.has(bank.aunt).total == 0
        service = settling.confirm(bank.mr_l, service, thanks="谢谢您")
    assert (service.state, service.credit, service.to_person) == ("settled", 120, 120)
    assert bank.has(bank.mr_l) == purses.Standing(issued=480)
    assert bank.has(bank.aunt) == purses.Standing(earned=120)
    assert bank.clearing() == 0
    assert bank.balanced()
    giving.give(bank.aunt, bank.area, bank.mother, 60, once="a")
    assert bank.has(bank.aunt) == purses.Standing(earned=60)
    assert bank.has(bank.mother) == purses.Standing(gift=60)
    assert bank.balanced()
    assert "timebank.settle" in audit.verbs(service)


def test_a_gift_is_spent_and_never_given_on(bank: Bank) -> None:
    settled(bank)
    giving.give(bank.aunt, bank.area, bank.mother, 60, once="a")
    with pytest.raises(Refused, match="short"):
        giving.give(bank.mother, bank.area, bank.aunt, 60, once="b")
    need = asking.ask(bank.mother, bank.area, Wanted("reading", clock.now(), 60, place="梧桐苑"))
    assert need.state == "requested"


def test_the_same_gift_sent_twice_is_one(bank: Bank) -> None:
    settled(bank)
    first = giving.give(bank.aunt, bank.area, bank.mother, 60, once="a")
    assert giving.give(bank.aunt, bank.area, bank.mother, 60, once="a") == first
    assert Gift.objects.count() == 1
    assert bank.has(bank.mother).gift == 60


@pytest.mark.parametrize(("stayed", "credit"), [(120, 120), (100, 100), (134, 134), (180, 135), (0, 0)])
def test_r2_no_more_than_agreed_and_tolerance(bank: Bank, stayed: int, credit: int) -> None:
    service = settled(bank, stayed, agreed=120)
    assert service.credit == credit
    assert bank.has(bank.mr_l).issued == 600 - credit
    assert bank.balanced()
    assert bank.clearing() == 0


def test_r2_travel_is_not_counted(bank: Bank) -> None:
    need = bank.published(120)
    service = asking.accept(bank.aunt, need)
    attending.check_in(bank.aunt, service, code=service.code_in)
    with clock.at(NOON + timedelta(hours=2)):
        attending.check_out(bank.aunt, service, code=service.code_out, travel_minutes=30)
        assert settling.confirm(bank.mr_l, service).credit == 90


def test_r6_what_is_above_the_ceiling_goes_to_the_pool(bank: Bank, preset: Callable[..., None]) -> None:
    preset("shanghai")  # two coins a day
    Person.objects.filter(pk=bank.mr_l.pk).update(birth_year=1946)
    service = settled(bank, 180)
    assert (service.credit, service.to_person, service.to_pool) == (180, 120, 60)
    assert bank.has(bank.aunt).earned == 120
    assert bank.pool() == 60
    assert bank.has(bank.mr_l).issued == 420
    assert bank.balanced()


def test_the_rule_at_the_time_of_service_counts_when_policy_changes_at_midnight(
        bank: Bank, preset: Callable[..., None]) -> None:
    preset("shanghai", since=date(2026, 11, 25))
    before = datetime(2026, 11, 24, 22, 30, tzinfo=NOON.tzinfo)
    old = bank.served(180, begins=before)  # begins under Beijing's rules, ends after midnight under Shanghai's
    new = bank.served(180, begins=datetime(2026, 11, 25, 8, 0, tzinfo=NOON.tzinfo))
    with clock.at(datetime(2026, 11, 26, 9, 0, tzinfo=NOON.tzinfo)):
        old, new = settling.confirm(bank.mr_l, old), settling.confirm(bank.mr_l, new)
    assert (old.rule_day, old.to_person, old.to_pool) == (date(2026, 11, 24), 180, 0)
    assert (new.rule_day, new.to_person, new.to_pool) == (date(2026, 11, 25), 120, 60)
    assert bank.balanced()


def test_what_the_hold_cannot_cover_counts_for_honour(bank: Bank) -> None:
    bank_book = purses.book(bank.area)
    service = settled(bank, 610, agreed=480)
    assert (service.credit, service.to_person, service.to_honour) == (495, 495, 0)
    again = bank.served(118, begins=NOON + timedelta(days=1), agreed=105)  # 105 left: no tolerance can be held
    with clock.at(NOON + timedelta(days=1, hours=3)):
        again = settling.confirm(bank.mr_l, again)
    assert (again.credit, again.to_person, again.to_honour) == (118, 105, 13)
    honours = purses.honour_book(bank.area)
    assert books.balance(purses.purse(honours, bank.aunt, "honour")).posted == 13
    assert books.trial_balance(honours).is_balanced
    assert books.trial_balance(bank_book).is_balanced


def test_declining_costs_nothing_and_nobody_asks_again(bank: Bank) -> None:
    need = bank.published()
    asking.decline(bank.aunt, need)
    assert Invitation.objects.get(need=need, person=bank.aunt).declined_at is not None
    assert asking.accept(bank.aunt, need).state == "accepted"  # and may think again


def test_stepping_back_frees_the_minutes_and_looks_on(bank: Bank, neighbour: Person) -> None:
    need = bank.published()
    service = asking.accept(bank.aunt, need)
    asking.step_back(bank.aunt, service, why="孩子发烧")
    need.refresh_from_db()
    assert need.state == "published"
    assert bank.has(bank.mr_l) == purses.Standing(issued=600)
    assert asking.accept(bank.aunt, need).pk != service.pk


def test_only_one_says_yes(bank: Bank, make_person: Any) -> None:
    other = make_person("孙姐", bank.area, birth_year=1970)
    joining.certify_volunteer(bank.worker, joining.register(other, bank.area, Profile(birth_date=date(1970, 1, 1))),
                              trained_on=date(2026, 1, 1), insured_until=None)
    need = bank.published()
    asking.accept(bank.aunt, need)
    with pytest.raises((Refused, Denied)):
        asking.accept(other, Need.objects.get(pk=need.pk))
    assert Service.objects.filter(need=need).count() == 1


def test_nobody_is_in_two_places(bank: Bank) -> None:
    asking.accept(bank.aunt, bank.published(120))
    with pytest.raises(Refused, match="busy_then"):
        asking.accept(bank.aunt, bank.published(60, begins=NOON + timedelta(minutes=90)))
    asking.accept(bank.aunt, bank.published(60, begins=NOON + timedelta(minutes=120)))


@pytest.mark.parametrize(("change", "code"), [
    ({"trained_on": None}, "not_trained"), ({"birth_date": "2012-01-01"}, "minor_needs_guardian"),
    ({"gender": "m"}, "gender_wish"), ({"unfit_for": ["company"]}, "not_fit")])
def test_r4_r21_who_may_say_yes(bank: Bank, change: dict[str, Any], code: str) -> None:
    from linli.services.timebank.standing import volunteer_of

    row = volunteer_of(bank.aunt)
    assert row is not None
    for name, value in change.items():
        setattr(row, name, value)
    row.save()
    with pytest.raises(Refused, match=code):
        asking.accept(bank.aunt, bank.published(gender="f"))
    assert bank.has(bank.mr_l).held == 0


def test_r21_risky_help_wants_the_risk_read_and_insurance(bank: Bank) -> None:
    need = asking.publish(bank.worker, asking.ask(bank.mr_l, bank.area, Wanted(
        "hospital", clock.now(), 180, place="区医院")), risk_told="出门乘车，老人走路不稳。")
    with pytest.raises(Refused, match="risk_not_read"):
        asking.accept(bank.aunt, need)
    service = asking.accept(bank.aunt, need, risk_read=True)
    assert service.risk_read_at is not None


def test_r12_a_position_leaves_in_or_out_and_nothing_else(bank: Bank, building: Any) -> None:
    building.lon, building.lat = 120.118, 30.279
    building.save()
    service = asking.accept(bank.aunt, bank.published(building=building))
    service = attending.check_in(bank.aunt, service, position=(120.1181, 30.2791, 20.0))
    kinds = {one.kind: one.facts for one in service.evidence.all()}
    assert kinds["geofence"] == {"inside": True, "accuracy_m": 20}
    assert "120.118" not in str([one.facts for one in service.evidence.all()])
    assert attending.chain_holds(service)
    one = service.evidence.last()
    assert one is not None
    one.facts = {"inside": True, "accuracy_m": 5}
    one.save()
    assert not attending.chain_holds(service)


def test_a_wrong_code_is_no_proof(bank: Bank) -> None:
    service = asking.accept(bank.aunt, bank.published())
    wrong = "000000" if service.code_in != "000000" else "111111"
    with pytest.raises(Refused, match="wrong_code"):
        attending.check_in(bank.aunt, service, code=wrong)
    for _try in range(5):
        attending.count_wrong_code(service.pk)
    with pytest.raises(Refused, match="too_many_codes"):
        attending.check_in(bank.aunt, service, code=service.code_in)


@pytest.mark.parametrize(("strong", "days", "state"), [(True, 3, "settled"), (True, 2, "done"), (False, 30, "done")])
def test_r11_only_strong_evidence_confirms_by_itself(bank: Bank, strong: bool, days: int, state: str) -> None:
    service = asking.accept(bank.aunt, bank.published())
    attending.check_in(bank.aunt, service, code=service.code_in if strong else "")
    with clock.at(NOON + timedelta(hours=2)):
        attending.check_out(bank.aunt, service, code=service.code_out if strong else "")
    with clock.at(NOON + timedelta(hours=2, days=days)):
        settling.confirm_by_time(service)
    service.refresh_from_db()
    assert service.state == state
    assert bank.has(bank.mr_l).held == (0 if state == "settled" else 135)


def test_nobody_confirms_their_own_hours(bank: Bank) -> None:
    service = bank.served()
    with pytest.raises(Denied):
        settling.confirm(bank.aunt, service)
    Mandate.objects.create(subject=bank.mr_l, agent=bank.aunt, scope=["timebank"], agreed_at=clock.now(),
                           since=clock.now() - timedelta(days=1))
    with pytest.raises(Refused, match="own_confirm"):
        settling.confirm(bank.aunt, service)


def test_family_asks_and_confirms_by_mandate(bank: Bank, neighbour: Person) -> None:
    with pytest.raises(Denied):
        asking.ask(neighbour, bank.area, Wanted("company", clock.now(), 60, place="梧桐苑"), subject=bank.mr_l)
    Mandate.objects.create(subject=bank.mr_l, agent=neighbour, scope=["timebank"], agreed_at=clock.now(),
                           since=clock.now() - timedelta(days=1))
    need = asking.ask(neighbour, bank.area, Wanted("company", clock.now(), 60, place="梧桐苑"), subject=bank.mr_l)
    assert (need.channel, need.person, need.asked_by) == ("family", bank.mr_l, neighbour)
    service = asking.accept(bank.aunt, asking.publish(bank.worker, need))
    attending.check_in(bank.aunt, service)
    with clock.at(NOON + timedelta(hours=1)):
        attending.check_out(bank.aunt, service)
        assert settling.confirm(neighbour, service).confirm_way == "family"


def test_r23_paper_from_beginning_to_end_shows_who_acted(bank: Bank) -> None:
    need = asking.ask(bank.worker, bank.area, Wanted("company", clock.now(), 60, place="梧桐苑"), subject=bank.mr_l,
                      channel="paper")
    assert (need.channel, need.asked_by) == ("paper", bank.worker)
    service = asking.accept(bank.aunt, asking.publish(bank.second, need))
    with clock.at(NOON + timedelta(hours=2)):
        service = attending.enter_times(bank.worker, service, came=NOON, went=NOON + timedelta(hours=1))
        service = settling.confirm(bank.worker, service, way="paper")
    assert (service.credit, service.confirm_way, service.confirmed_by) == (60, "paper", bank.worker)


def test_r5_too_young_to_redeem(bank: Bank) -> None:
    with pytest.raises(Refused, match="not_old_enough"):
        asking.ask(bank.aunt, bank.area, Wanted("company", clock.now(), 60, place="梧桐苑"))


def test_the_pool_pays_for_those_in_hardship_only(bank: Bank) -> None:
    from linli.services.timebank.actions import keeping

    keeping.fund_pool(bank.worker, bank.decision, 120, once="a")
    need = bank.published(120, funding="pool")
    service = asking.accept(bank.aunt, need)
    assert service.held_minutes == 120
    with pytest.raises(Refused, match="pool_for_entitled"):
        asking.ask(bank.mother, bank.area, Wanted("company", clock.now(), 60, place="梧桐苑", funding="pool"))
    with pytest.raises(Refused, match="pool_short"):
        bank.published(60, funding="pool")
    assert bank.balanced()


def test_another_community_sees_and_does_nothing(bank: Bank, stranger: Person, other_worker: Person) -> None:
    need = bank.published()
    assert need not in Need.objects.visible_to(stranger)
    for act in (lambda: asking.accept(stranger, need), lambda: asking.decline(stranger, need),
                lambda: asking.publish(other_worker, need), lambda: asking.withdraw(stranger, need)):
        with pytest.raises(Denied):
            act()
    service = bank.served(begins=NOON + timedelta(hours=5))
    assert service not in Service.objects.visible_to(stranger)
    assert service not in Service.objects.visible_to(other_worker)
    with pytest.raises(Denied):
        settling.confirm(other_worker, service)


def test_r22_signals_hold_and_a_person_decides(bank: Bank) -> None:
    service = bank.served()
    service = settling.confirm(bank.mr_l, service)
    assert service.state == "settled"
    overlapping = asking.accept(bank.aunt, bank.published(60, begins=NOON + timedelta(hours=3)))
    with clock.at(NOON + timedelta(hours=3)):
        attending.check_in(bank.aunt, overlapping, device="d1")
    with clock.at(NOON + timedelta(hours=4)):
        attending.check_out(bank.aunt, overlapping, device="d1")
        held = settling.confirm(bank.mr_l, overlapping, device="d1")
    assert held.state == "held"
    review = Review.objects.get(service=held)
    assert review.signals == ["device"]
    assert bank.has(bank.mr_l).held == 75
    assert bank.balanced()
    with pytest.raises(Refused, match="no_reason"):
        settling.decide_review(bank.worker, review, is_fine=True, note="")
    done = settling.decide_review(bank.worker, review, is_fine=True, note="老人没有手机，用的是她的。")
    assert (done.state, done.credit) == ("settled", 60)
    assert bank.balanced()


def test_r22_not_fine_gives_the_held_minutes_back(bank: Bank) -> None:
    service = bank.served()
    Service.objects.filter(pk=service.pk).update(helper_device="x", helped_device="x")
    held = settling.confirm(bank.mr_l, Service.objects.get(pk=service.pk))
    done = settling.decide_review(bank.worker, Review.objects.get(service=held), is_fine=False, note="没有人来过。")
    assert done.state == "void"
    assert bank.has(bank.mr_l) == purses.Standing(issued=600)
    assert bank.has(bank.aunt).total == 0
    assert bank.balanced()


def test_confirming_again_moves_nothing(bank: Bank) -> None:
    service = settled(bank)
    assert settling.confirm(bank.mr_l, service).pk == service.pk
    assert settling.settle(None, service).pk == service.pk
    assert bank.has(bank.aunt).earned == 120
    assert clock.now().astimezone(UTC) == NOON.astimezone(UTC)
