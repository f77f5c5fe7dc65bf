"""After-school care: who may be enrolled, who may collect, what is written down, who is told when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, time, timedelta
from typing import Any

import pytest

from linli.foundation import audit
from linli.foundation.calendar import clock
from linli.foundation.events.delivery import deliver_all
from linli.foundation.notices.models import Notice
from linli.foundation.people.models import Person
from linli.foundation.web import Denied, Refused
from linli.services.children import ladder, queries
from linli.services.children.actions import care, days, people
from linli.services.children.models import (
    AlarmRung,
    CareAlarm,
    CareGroup,
    CarePaper,
    CareSite,
    Child,
    Collector,
    DayEntry,
    DayState,
    Enrolment,
    HandOver,
    PickupCode,
    Vetting,
)
from linli.services.children.tests.conftest import at, picture

pytestmark = pytest.mark.django_db


@pytest.fixture
def entry(resident: Person, group: CareGroup, child: Child) -> DayEntry:
    care.enrol(resident, group, child)
    days.prepare_day(group, date(2026, 11, 23))
    return DayEntry.objects.get(child=child)


def arrived(entry: DayEntry, carer: Person, moment: Any = None) -> DayEntry:
    with clock.at(moment or at(15, 35)):
        days.take_in(carer, entry, teacher="方老师")
    entry.refresh_from_db()
    return entry


def test_only_a_verified_guardian_enrols(group: CareGroup, make_child: Callable[..., Child], resident: Person,
                                         neighbour: Person) -> None:
    mine = make_child(resident, verified=False)
    with pytest.raises(Denied):
        care.enrol(resident, group, mine)
    with pytest.raises(Denied):
        care.enrol(neighbour, group, make_child(resident, "林小雪"))


def test_nobody_verifies_themselves(make_child: Callable[..., Child], make_person: Any, community: Any) -> None:
    both = make_person("两头", community, "worker", at=community)
    child = people.add_child(both, community, name="王一", born_on=date(2018, 1, 1), bond="father", agrees=True)
    with pytest.raises(Denied):
        people.verify_guardian(both, child.guardianships.get(), agree=True, evidence="户口本")


def test_without_consent_nothing_of_a_child_is_kept(resident: Person, community: Any) -> None:
    with pytest.raises(Refused, match="no_consent"):
        people.add_child(resident, community, name="林小满", born_on=date(2018, 5, 4), bond="mother", agrees=False)
    with pytest.raises(Refused, match="no_health_consent"):
        people.add_child(resident, community, name="林小满", born_on=date(2018, 5, 4), bond="mother", agrees=True,
                         health="花生过敏")
    assert not Child.objects.exists()


def test_a_collector_needs_a_photograph_before_enrolling(resident: Person, group: CareGroup,
                                                         make_child: Callable[..., Child]) -> None:
    child = make_child(resident, collector=False)
    with pytest.raises(Refused, match="no_collector"):
        care.enrol(resident, group, child)
    with pytest.raises(Refused, match="no_photo"):
        people.add_collector(resident, child, name="周桂英", relation="外婆")


@pytest.mark.parametrize("kind", ["licence", "fire"])
def test_a_paper_that_ran_out_blocks_enrolling_and_opening(kind: str, worker: Person, resident: Person,
                                                           group: CareGroup, site: CareSite, child: Child) -> None:
    CarePaper.objects.filter(site=site, kind=kind).update(valid_until=date(2026, 11, 22))
    with pytest.raises(Refused, match="papers"):
        care.enrol(resident, group, child)
    with pytest.raises(Refused, match="papers"):
        care.open_group(worker, group)


def test_meals_need_the_food_paper(worker: Person, make_group: Callable[..., CareGroup], site: CareSite) -> None:
    site.meals = 20
    site.save()
    group = make_group(opened=False, has_meal=True)
    with pytest.raises(Refused, match="papers"):
        care.open_group(worker, group)
    care.record_paper(worker, site, kind="food", number="JY-1", valid_until=date(2027, 8, 31))
    assert care.open_group(worker, group).is_open


def test_the_look_up_blocks_who_has_none_and_stops_counting_when_old(
        worker: Person, group: CareGroup, neighbour: Person, carer: Person, entry: DayEntry) -> None:
    with pytest.raises(Refused, match="not_vetted"):
        care.add_staff(worker, group, neighbour)
    Vetting.objects.update(checked_on=date(2025, 9, 1))
    assert care.capacity_of(group).children == 0
    with pytest.raises(Refused, match="not_vetted"):
        days.take_in(carer, entry, teacher="方老师")


def test_the_ratio_is_asked_again_when_enrolling(resident: Person, group: CareGroup, child: Child) -> None:
    Vetting.objects.update(checked_on=date(2025, 9, 1))  # the only carer's look-up ran out after the group was opened
    with pytest.raises(Refused, match="too_few_staff"):
        care.enrol(resident, group, child)


def test_a_full_group_queues_and_the_freed_place_goes_on(worker: Person, make_group: Callable[..., CareGroup],
                                                         site: CareSite, make_child: Callable[..., Child],
                                                         resident: Person, neighbour: Person) -> None:
    site.seats = 1
    site.save()
    group = make_group()
    first = care.enrol(resident, group, make_child(resident))
    second = care.enrol(neighbour, group, make_child(neighbour, "赵小树"))
    assert (first.state, second.state) == ("active", "waiting")
    assert queries.position_of(second) == 1
    care.leave(resident, first)
    deliver_all()
    second.refresh_from_db()
    assert second.state == "active"
    assert Notice.objects.filter(person=neighbour, key=f"children.placed.{second.pk}").count() == 1
    assert queries.places_of(group).taken == 1  # type: ignore[union-attr]  # it is open


def test_more_staff_makes_places_that_go_to_who_waits(worker: Person, make_group: Callable[..., CareGroup],
                                                      site: CareSite, make_child: Callable[..., Child],
                                                      resident: Person, neighbour: Person) -> None:
    site.seats = 1
    site.save()
    group = make_group()
    care.enrol(resident, group, make_child(resident))
    waits = care.enrol(neighbour, group, make_child(neighbour, "赵小树"))
    care.save_site(worker, site.area, site, seats=2)
    deliver_all()
    waits.refresh_from_db()
    assert waits.state == "active"


def test_hand_over_with_photo_and_code(resident: Person, carer: Person, entry: DayEntry,
                                       grandmother: Collector) -> None:
    arrived(entry, carer)
    with clock.at(at(17, 40)):
        code = days.make_code(resident, grandmother)
        with pytest.raises(Refused, match="not_looked"):
            days.hand_out(carer, entry, grandmother, code=code, looked=False)
        made = days.hand_out(carer, entry, grandmother, code=code, looked=True)
    entry.refresh_from_db()
    assert entry.state == DayState.COLLECTED
    assert (made.staff, made.other, made.how, made.at) == (carer, "周桂英", "code", at(17, 40))
    told = Notice.objects.get(person=resident, key=f"children.out.{entry.pk}")
    assert "17:40" in told.sentence
    assert audit.verbs(entry)[-2:] == ["children.take_in", "children.hand_out"]


def test_a_code_opens_one_child_on_one_day_once(resident: Person, carer: Person, entry: DayEntry,
                                                grandmother: Collector) -> None:
    arrived(entry, carer)
    code = days.make_code(resident, grandmother)
    days.hand_out(carer, entry, grandmother, code=code, looked=True)
    with pytest.raises(Refused, match="code_spent"):
        days.hand_out(carer, entry, grandmother, code=code, looked=True)
    assert HandOver.objects.filter(direction="out").count() == 1
    assert code not in PickupCode.objects.get().digest


def test_yesterdays_code_is_worth_nothing(resident: Person, carer: Person, group: CareGroup, entry: DayEntry,
                                          grandmother: Collector) -> None:
    code = days.make_code(resident, grandmother)
    with clock.at(at(15, 40, day=24)):
        days.prepare_day(group, date(2026, 11, 24))
        tomorrow = DayEntry.objects.get(on=date(2026, 11, 24))
        days.take_in(carer, tomorrow, teacher="方老师")
        with pytest.raises(Refused, match="no_code"):
            days.hand_out(carer, tomorrow, grandmother, code=code, looked=True)


@pytest.mark.django_db(transaction=True)
def test_guessing_a_code_ends_after_five_tries(resident: Person, carer: Person, entry: DayEntry,
                                               grandmother: Collector) -> None:
    arrived(entry, carer)
    code = days.make_code(resident, grandmother)
    wrong = f"{(int(code) + 1) % 1_000_000:06d}"
    for _try in range(5):
        with pytest.raises(Refused, match="bad_code"):
            days.hand_out(carer, entry, grandmother, code=wrong, looked=True)
    with pytest.raises(Refused, match="too_many_tries"):
        days.hand_out(carer, entry, grandmother, code=code, looked=True)
    fresh = days.make_code(resident, grandmother)
    assert days.hand_out(carer, entry, grandmother, code=fresh, looked=True)


def test_a_collector_of_another_child_gets_nobody(resident: Person, carer: Person, entry: DayEntry, group: CareGroup,
                                                  make_child: Callable[..., Child], neighbour: Person) -> None:
    other = make_child(neighbour, "赵小树").collectors.get()
    arrived(entry, carer)
    with pytest.raises(Denied):
        days.hand_out(carer, entry, other, code=days.make_code(neighbour, other), looked=True)


def test_custody_keeps_a_father_away_everywhere(worker: Person, resident: Person, neighbour: Person, carer: Person,
                                                child: Child, group: CareGroup, entry: DayEntry) -> None:
    people.name_guardian(resident, child, neighbour, "father")
    people.verify_guardian(worker, child.guardianships.get(person=neighbour), agree=True, evidence="出生证明")
    his = people.add_collector(neighbour, child, name="赵先生", relation="爸爸", photo=picture(), is_me=True)
    assert Child.objects.visible_to(neighbour).filter(pk=child.pk).exists()
    people.block(worker, child, name="赵 先生", source="(2026)示民保令1号", other=neighbour)
    his.refresh_from_db()
    assert his.state == "ended"
    assert not Child.objects.visible_to(neighbour).filter(pk=child.pk).exists()
    assert not DayEntry.objects.visible_to(neighbour).exists()
    assert neighbour not in people.guardians_of(child)
    with pytest.raises(Denied):
        days.make_code(neighbour, his)
    with pytest.raises(Refused, match="blocked"):
        people.add_collector(resident, child, name="赵先生", relation="爸爸", photo=picture())
    arrived(entry, carer)
    assert queries.roll(group, date(2026, 11, 23))[0].is_blocked


def test_what_staff_write_down_counts_when_the_guardian_says_so(resident: Person, carer: Person, child: Child,
                                                                entry: DayEntry) -> None:
    uncle = people.add_collector(carer, child, name="林大树", relation="舅舅", photo=picture())
    assert uncle.state == "proposed"
    arrived(entry, carer)
    with pytest.raises(Refused, match="not_active"):
        days.hand_out(carer, entry, uncle, code="000000", looked=True)
    with pytest.raises(Denied):
        people.confirm_collector(carer, uncle)
    people.confirm_collector(resident, uncle)
    assert days.hand_out(carer, entry, uncle, code=days.make_code(resident, uncle), looked=True)


def test_a_change_by_telephone_waits_for_the_guardian(resident: Person, carer: Person, entry: DayEntry) -> None:
    change = days.ask_change(carer, entry, what="absent", told_by="自称爸爸")
    entry.refresh_from_db()
    assert entry.state == DayState.EXPECTED
    with pytest.raises(Denied):
        days.answer_change(carer, change, agree=True)
    days.answer_change(resident, change, agree=True)
    entry.refresh_from_db()
    assert entry.state == DayState.ABSENT


def test_the_schools_roll(teacher: Person, group: CareGroup, entry: DayEntry, resident: Person) -> None:
    with pytest.raises(Denied):
        days.say_roll(resident, group, date(2026, 11, 23), {entry.pk})
    days.say_roll(teacher, group, date(2026, 11, 23), {entry.pk})
    entry.refresh_from_db()
    assert (entry.state, entry.school_said) == (DayState.ABSENT, "away")
    assert Notice.objects.filter(person=resident, key=f"children.away.{entry.pk}").exists()
    days.say_roll(teacher, group, date(2026, 11, 23), set())
    entry.refresh_from_db()
    assert entry.state == DayState.EXPECTED


def test_early_closing_reaches_every_family_and_moves_the_alarm(worker: Person, resident: Person, carer: Person,
                                                                group: CareGroup, entry: DayEntry) -> None:
    care.change_day(worker, group, date(2026, 11, 23), closes=time(17, 0), reason="台风")
    entry.refresh_from_db()
    assert entry.closes_at == at(17)
    told = [notice.sentence for notice in Notice.objects.filter(person=resident)]
    assert sum("17:00" in sentence and "台风" in sentence for sentence in told) == 1
    arrived(entry, carer)
    with clock.at(at(17, 14)):
        assert ladder.watch() == 0
    with clock.at(at(17, 15)):
        assert ladder.watch() == 1


def test_the_term_calendar(worker: Person, group: CareGroup) -> None:
    assert group.runs_on(date(2026, 11, 27))
    assert not group.runs_on(date(2026, 11, 28))  # Saturday
    assert not group.runs_on(date(2027, 1, 25))  # after the term
    care.change_day(worker, group, date(2026, 11, 27), is_closed=True, reason="停电检修")
    assert not group.runs_on(date(2026, 11, 27))
    assert days.prepare_day(group, date(2026, 11, 27)) == 0


def test_not_arrived_climbs_and_ends(teacher: Person, resident: Person, carer: Person, worker: Person,
                                     entry: DayEntry) -> None:
    for minute, climbed in ((39, 0), (40, 1), (41, 0), (46, 1), (56, 1), (59, 0)):
        with clock.at(at(15, minute)):
            assert ladder.watch() == climbed, minute
    alarm = CareAlarm.objects.get()
    told = {notice.person_id for notice in Notice.objects.filter(key=f"children.alarm.{alarm.pk}")}
    assert told == {carer.pk, teacher.pk, resident.pk, worker.pk}
    arrived(entry, carer, at(16, 5))
    alarm.refresh_from_db()
    assert alarm.ended_at == at(16, 5)
    with clock.at(at(17, 0)):
        assert ladder.watch() == 0


def test_an_absent_child_raises_no_alarm(resident: Person, entry: DayEntry) -> None:
    days.say_absent(resident, entry, reason="发烧")
    with clock.at(at(17, 0)):
        assert ladder.watch() == 0


def test_after_downtime_each_rung_fires_once(resident: Person, carer: Person, worker: Person, entry: DayEntry) -> None:
    """The worker was away from before closing until two hours after: every rung is due, nobody is rung twice."""
    arrived(entry, carer)
    with clock.at(at(20, 0)):
        assert ladder.watch() == 3
        assert ladder.watch() == 0
        assert ladder.watch() == 0
    alarm = CareAlarm.objects.get(kind="not_collected")
    assert list(AlarmRung.objects.values_list("number", flat=True)) == [0, 1, 2]
    for person in (resident, carer, worker):
        assert Notice.objects.filter(person=person, key=f"children.alarm.{alarm.pk}").count() == 1
    with clock.at(at(20, 30)):
        days.hand_out(carer, entry, entry.child.collectors.get(), looked=True,
                      code=days.make_code(resident, entry.child.collectors.get()))
        assert ladder.watch() == 0
    alarm.refresh_from_db()
    assert alarm.ended_at == at(20, 30)


def test_a_guardian_without_a_telephone_needs_the_head(worker: Person, resident: Person, carer: Person, child: Child,
                                                       entry: DayEntry, grandmother: Collector) -> None:
    arrived(entry, carer)
    with pytest.raises(Denied):
        days.hand_out_without_code(carer, entry, grandmother, note="看过身份证，手机没电")
    with pytest.raises(Refused, match="not_guardian"):
        days.hand_out_without_code(worker, entry, grandmother, note="看过身份证，手机没电")
    me = people.add_collector(resident, child, name="林女士", relation="妈妈", photo=picture(), is_me=True)
    made = days.hand_out_without_code(worker, entry, me, note="看过身份证，手机没电")
    assert made.how == "exception"


def test_next_door_sees_no_child(child: Child, entry: DayEntry, stranger: Person, other_worker: Person,
                                 neighbour: Person) -> None:
    for person in (stranger, other_worker, neighbour):
        assert not Child.objects.visible_to(person).exists()
        assert not DayEntry.objects.visible_to(person).exists()
        assert not Enrolment.objects.visible_to(person).exists()


def test_staff_past_their_time_see_nothing(worker: Person, carer: Person, group: CareGroup, child: Child,
                                           entry: DayEntry) -> None:
    assert Child.objects.visible_to(carer).exists()
    care.remove_staff(worker, group.staff.get())
    assert not Child.objects.visible_to(carer).exists()
    with pytest.raises(Denied):
        days.take_in(carer, entry, teacher="方老师")


def test_names_of_children_are_sealed(child: Child, entry: DayEntry, carer: Person) -> None:
    from django.db import connection

    arrived(entry, carer)
    with connection.cursor() as cursor:
        for table in ("children_child", "children_collector", "children_handover", "bookings_partymember"):
            cursor.execute(f"SELECT * FROM {table}")
            text = repr(cursor.fetchall())
            assert "林小满" not in text
            assert "周桂英" not in text


def test_when_the_term_of_keeping_ends(resident: Person, child: Child, entry: DayEntry, carer: Person,
                                       grandmother: Collector) -> None:
    from linli.foundation.privacy.retention import delete_due

    arrived(entry, carer)
    days.hand_out(carer, entry, grandmother, code=days.make_code(resident, grandmother), looked=True)
    care.leave(resident, Enrolment.objects.get())
    with clock.at(at(12) + timedelta(days=200)):
        delete_due()
    child.refresh_from_db()
    assert (child.name, child.born_on, child.is_active) == ("", "", False)
    assert not Collector.objects.filter(child=child).exists()
    assert [made.other for made in HandOver.objects.all()] == ["", ""]
