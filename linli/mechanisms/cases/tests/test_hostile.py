"""What somebody would try: the unit complained of, foreign files, claimed photos, other people's cases, two at once."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.utils.functional import lazy
from django.utils.translation import get_language

from linli.foundation import calendar
from linli.foundation.notices.models import Notice
from linli.foundation.people.models import Organisation, Person
from linli.foundation.web import Denied, Refused
from linli.mechanisms.cases import actions, engine, listeners, queries, similar
from linli.mechanisms.cases.kinds import current
from linli.mechanisms.cases.models import Case, CaseEvent, Follower, KindVersion
from linli.mechanisms.cases.tests.conftest import Town, give, person, photo_of

WEDNESDAY = datetime(2026, 11, 25, 10, 0, tzinfo=calendar.SHANGHAI)


def report(town: Town, **more: object) -> Case:
    return actions.open_case(town.resident, "repair", town.area, **{"category": "lift", "title": "电梯", **more})


@pytest.fixture
def committee(town: Town) -> Organisation:
    return Organisation.objects.create(name="居委会", kind="residents_committee", area=town.area)


@pytest.fixture
def insider(town: Town, committee: Organisation) -> Person:
    """A community worker who also works for the body that is complained of."""
    return give(person("31", "里面人"), "worker", area=town.area, organisation=committee)


@pytest.fixture
def complaint(town: Town, committee: Organisation) -> Case:
    return actions.open_case(
        town.resident, "complaint", town.area, category="", title="居委会不开门", facts={"complained_of": committee.pk})


def test_the_body_complained_of_finds_the_complaint_nowhere(town: Town, insider: Person, complaint: Case) -> None:
    assert not Case.objects.visible_to(insider).filter(pk=complaint.pk).exists()
    for code in ("open", "unassigned", "catch_all", "overdue", "today", "closed", "helping"):
        assert complaint not in queries.queue(insider, code)
    assert queries.counts(insider)["open"] == 0
    assert not queries.is_hand(insider, complaint)
    assert not queries.shows_requester(insider, complaint)
    assert Case.objects.visible_to(town.worker).filter(pk=complaint.pk).exists()


@pytest.mark.parametrize("value", [None, "", "x", 0])
def test_a_complaint_about_nobody_is_seen_by_all_hands(town: Town, insider: Person, value: object) -> None:
    case = actions.open_case(town.resident, "complaint", town.area, category="", title="噪音",
                             facts={} if value == "x" else {"complained_of": value})
    assert case in queries.queue(insider, "open")
    assert Case.objects.visible_to(insider).filter(pk=case.pk).exists()


def test_the_body_complained_of_can_do_nothing_with_it(town: Town, insider: Person, complaint: Case) -> None:
    for step in complaint.kind.transitions.values():
        assert not engine.may_move(insider, complaint, step)
    for forbidden in (
        lambda: actions.add_note(insider, complaint, "看看"),
        lambda: actions.send_message(insider, complaint, "谁说的"),
        lambda: actions.change_field(insider, complaint, title="没事"),
        lambda: actions.whistle(insider, complaint, town.company, reason="一起"),
    ):
        with pytest.raises(Denied):
            forbidden()
    with pytest.raises(Refused, match="not_theirs"):
        actions.act(town.worker, actions.act(town.worker, complaint, "take"), "assign", worker=insider.pk)


def test_no_notice_of_the_complaint_reaches_the_body_complained_of(
    town: Town, insider: Person, complaint: Case,
) -> None:
    listeners.on_opened(case=complaint.pk)
    assert insider not in listeners.audience(complaint, "worker")
    assert town.worker in listeners.audience(complaint, "worker")
    assert not Notice.objects.filter(person=insider).exists()


def test_an_objection_cannot_hand_the_complaint_to_its_target(
    town: Town, committee: Organisation, complaint: Case,
) -> None:
    with pytest.raises(Refused, match="own_unit"):
        actions.file_objection(town.worker, complaint, reason="归他们", unit=committee)
    filed = actions.file_objection(town.worker, complaint, reason="归物业", unit=town.second)
    Case.objects.filter(pk=complaint.pk).update(facts={"complained_of": town.second.pk})  # learnt meanwhile
    assert filed.data["proposed"] == town.second.pk
    assert actions.decide_objection(town.head, complaint, upheld=True, reason="是").unit_id is None


def test_a_party_reads_their_own_complaint_wherever_they_work(town: Town, committee: Organisation) -> None:
    own = give(person("32", "自己人", town.area), "worker", area=town.area, organisation=committee)
    case = actions.open_case(own, "complaint", town.area, category="", title="单位欠薪",
                             facts={"complained_of": committee.pk})
    assert Case.objects.visible_to(own).filter(pk=case.pk).exists()
    actions.send_message(own, case, "补一句")


def test_a_helper_unit_helps_and_does_not_run_the_case(town: Town) -> None:
    case = report(town)
    actions.whistle(town.worker, case, town.second, reason="看水泵")
    helper = give(person("33", "许前台"), "property_desk", area=town.area, organisation=town.second)
    case = queries.by_number(helper, case.number)
    assert queries.is_hand(helper, case)
    assert engine.transitions_for(helper, case) == []
    actions.add_note(helper, case, "下午去")
    for forbidden in (
        lambda: actions.change_field(helper, case, title="没事"),
        lambda: actions.ask_extension(helper, case, until=case.due_at + timedelta(days=1), reason="慢慢来"),
        lambda: actions.file_objection(helper, case, reason="不归", unit=None),
        lambda: actions.merge(helper, case, case),
    ):
        with pytest.raises(Denied):
            forbidden()


def test_files_of_somewhere_else_cannot_be_put_on_a_case(town: Town) -> None:
    case, other = report(town), report(town, title="另一件")
    foreign = photo_of(other, town.resident)
    for files in ([foreign], [12345], [], [foreign, photo_of(case, town.resident)]):
        with pytest.raises(Refused, match="no_such_file"):
            actions.attach(town.resident, case, files)
    own = photo_of(case, town.resident)
    actions.attach(town.resident, case, [own, own])
    case.refresh_from_db()
    assert case.facts["report_photos"] == [own]


def test_only_its_hands_show_the_work_and_a_program_cannot_claim_a_photo(town: Town) -> None:
    case = report(town)
    with pytest.raises(Denied):
        actions.attach(town.resident, case, [photo_of(case, town.resident)], when="after")
    actions.act(town.desk, case, "dispatch", worker=town.fitter.pk)
    actions.act(town.fitter, case, "take")
    with pytest.raises(Refused, match="no_photo"):
        actions.act(town.fitter, case, "finish", note="好了", channel="api", after_photo=1)
    actions.attach(town.fitter, case, [photo_of(case, town.fitter)], when="after")
    assert actions.act(town.fitter, case, "finish", note="好了", channel="api").state == "done"


@pytest.mark.parametrize("worker", ["stranger", "neighbour", "head"])
def test_a_case_is_given_only_to_people_of_its_unit(town: Town, worker: str) -> None:
    case = report(town)
    with pytest.raises(Refused, match="not_theirs"):
        actions.act(town.desk, case, "dispatch", worker=getattr(town, worker).pk)


@pytest.mark.parametrize("value", ["²", "", "0", "-1", "9" * 40, "1 OR 1=1", "x"])
def test_nonsense_for_a_worker_or_a_unit_is_refused_in_words(town: Town, value: str) -> None:
    with pytest.raises(Refused):
        actions.act(town.desk, report(town), "dispatch", worker=value)
    with pytest.raises(Refused):
        actions.act(town.desk, report(town), "transfer", unit=value, reason="错了")


@pytest.mark.parametrize("filters", [
    {"days": "9" * 30}, {"days": "²"}, {"unit": "9" * 30}, {"unit": "x"}, {"building": "٣"}, {"area": "3" * 25},
    {"q": "\0"}, {"q": "x" * 5000}, {"state": "nowhere"}, {"kind": "'"},
])
def test_filters_nobody_can_mean_do_no_harm(town: Town, filters: dict[str, str]) -> None:
    report(town)
    list(queries.narrowed(queries.queue(town.desk, "open"), filters))


def test_a_neighbour_joins_what_is_shared_and_nothing_else(town: Town) -> None:
    case = report(town)
    actions.follow(town.neighbour, case)
    actions.follow(town.neighbour, case)
    case.refresh_from_db()
    assert (case.followers, Follower.objects.count()) == (1, 1)
    for hidden in (report(town, visibility="parties"), report(town, visibility="sealed")):
        for verb in (actions.follow, actions.unfollow):
            with pytest.raises(Denied):
                verb(town.neighbour, hidden)
    for verb in (actions.follow, actions.unfollow):
        with pytest.raises(Denied):
            verb(town.stranger, case)
    assert not Case.objects.visible_to(town.neighbour).filter(pk=case.pk).exists()  # told, not let in


def test_what_neighbours_are_shown_leaves_out_homes_and_what_is_private(town: Town, home: object) -> None:
    shared = report(town, lon=120.1, lat=30.2)
    for more in ({"home": home}, {"visibility": "parties"}, {"visibility": "sealed"}):
        report(town, lon=120.1, lat=30.2, **more)
    assert list(queries.near(town.neighbour, town.area.code)) == [shared]
    found = similar.candidates(current("repair"), town.area.code, category="lift", text="电梯", lon=120.1, lat=30.2)
    assert [like.case for like in found] == [shared]


@pytest.fixture
def home(town: Town) -> object:
    from linli.foundation.areas.models import Building, Compound, Home

    compound = Compound.objects.create(area=town.area, name="梧桐苑")
    building = Building.objects.create(area=town.area, compound=compound, name="3号楼", number=3, floors=9, entrances=1)
    return Home.objects.create(area=town.area, building=building, entrance="1", floor=7, number="702",
                               exclusive_area="89.60", area_source="register")


def test_nobody_seals_or_unseals_a_case_at_the_desk(town: Town) -> None:
    case = report(town)
    with pytest.raises(Refused, match="sealed"):
        actions.change_field(town.desk, case, visibility="sealed")
    sealed = report(town, visibility="sealed")
    with pytest.raises(Denied):
        actions.change_field(town.desk, sealed, visibility="area")


def test_a_sealed_case_is_told_by_its_number(town: Town) -> None:
    sealed = report(town, visibility="sealed", title="说不得的事")
    actions.nudge(town.resident, sealed)
    listeners.on_nudged(case=sealed.pk, nudges=1)
    told = Notice.objects.get(person=town.desk)
    assert "说不得" not in told.sentence + told.title
    assert sealed.number in told.sentence


def test_a_resident_reports_for_nobody_else_without_a_mandate(town: Town) -> None:
    with pytest.raises(Denied):
        report(town, requester=town.neighbour)
    case = report(town, requester=town.neighbour, agent=town.resident)
    assert case.events.get(seq=1).acting_for == town.neighbour
    actions.open_case(town.worker, "repair", town.area, category="lift", title="代报", requester=town.neighbour)


def test_the_same_words_sent_twice_are_said_once(town: Town) -> None:
    case = report(town)
    for _again in range(2):
        actions.send_message(town.resident, case, "还在响")
        actions.add_note(town.desk, case, "还在响")
    assert CaseEvent.objects.filter(case=case, name="message").count() == 2  # a note came between
    actions.send_message(town.resident, case, "好一点")
    actions.send_message(town.resident, case, "好一点")
    assert CaseEvent.objects.filter(case=case, text_public="好一点").count() == 1


def test_a_reply_to_the_requester_is_not_read_by_neighbours(town: Town) -> None:
    case = report(town)
    actions.follow(town.neighbour, case)
    event = actions.send_message(town.desk, case, "林女士，您家 702 下午去")
    listeners.on_said(case=case.pk, event=event.pk, by=town.desk.pk)
    assert Notice.objects.filter(person=town.resident).count() == 1
    assert not Notice.objects.filter(person=town.neighbour).exists()
    with pytest.raises(Denied):
        actions.broadcast(town.resident, case, "大家好")


def test_notices_are_in_the_language_of_who_reads_them(town: Town) -> None:
    Person.objects.filter(pk=town.resident.pk).update(language="en")
    case = report(town, title="100% broken")
    tongue = lazy(lambda: f"{get_language()}: %(title)s", str)
    listeners._tell(case, [Person.objects.get(pk=town.resident.pk)], tongue(), key="tongue", desk=False)
    assert Notice.objects.get(person=town.resident).sentence == "en: 100% broken"


def test_a_step_says_the_unit_by_its_name(town: Town) -> None:
    case = actions.open_case(town.resident, "complaint", town.area, category="", title="噪音")
    case = actions.act(town.worker, case, "dispatch", unit=town.second.pk)
    assert engine.words_for(case, {"unit": town.second.pk, "worker": 7})["unit"] == town.second.name


def test_a_grid_worker_reaches_the_cases_of_the_cell_and_no_others(town: Town, home: object) -> None:
    from linli.foundation.areas.models import Area, Building, Level

    cell = Area.objects.create(code=town.area.code + "005", name="第五网格", level=Level.GRID)
    cells = give(person("35", "网格员"), "grid_worker", area=cell)
    Building.objects.update(grid=cell)
    inside = report(town, building=Building.objects.get())
    outside = report(town, title="别处")
    assert list(queries.queue(cells, "open")) == [inside]
    assert queries.by_number(cells, inside.number) == inside
    assert queries.is_hand(cells, inside)
    actions.add_note(cells, inside, "看过")
    assert not Case.objects.visible_to(cells).filter(pk=outside.pk).exists()
    with pytest.raises(Denied):
        actions.add_note(cells, outside, "看过")


def test_a_department_that_leads_reads_its_case(town: Town) -> None:
    bureau = Organisation.objects.create(name="城管中队", kind="department", area=town.street)
    clerk = give(person("36", "经办"), "department_desk", area=town.street, organisation=bureau)
    case = report(town)
    Case.objects.filter(pk=case.pk).update(unit=bureau)
    assert queries.is_hand(clerk, queries.by_number(clerk, case.number))


def test_tying_is_one_level_deep_and_only_while_both_are_open(town: Town) -> None:
    main, child, third = report(town), report(town, title="二"), report(town, title="三")
    with pytest.raises(Refused, match="not_tied"):
        actions.untie(town.worker, child)
    actions.tie(town.worker, child, main)
    for pair in ((main, third), (third, child), (main, main)):
        with pytest.raises(Refused, match="nested"):
            actions.tie(town.worker, *pair)
    actions.act(town.resident, third, "cancel")
    with pytest.raises(Refused, match="over"):
        actions.tie(town.worker, third, main)
    with pytest.raises(Refused, match="too_long"):
        actions.broadcast(town.worker, main, "停" * 2001)


def test_reviewers_and_askers_hear_of_each_other(town: Town) -> None:
    case = report(town)
    actions.file_objection(town.desk, case, reason="不归我们", unit=town.second)
    asked = actions.ask_extension(town.desk, case, until=case.due_at + timedelta(hours=5), reason="等配件")
    actions.decide_objection(town.head, case, upheld=False, reason="归您")
    actions.decide_extension(town.head, case, agreed=False)
    filed = CaseEvent.objects.get(case=case, name="object")
    listeners.on_contested(case=case.pk, event=filed.pk)
    listeners.on_extension_asked(case=case.pk, event=asked.pk)
    listeners.on_objection_decided(case=case.pk, objection=filed.pk, upheld=False)
    for _twice in range(2):
        listeners.on_extension_refused(case=case.pk, asked=asked.pk)
    assert Notice.objects.filter(person=town.head).count() == 2
    assert Notice.objects.filter(person=town.desk).count() == 2


def test_every_event_that_cases_emit_is_heard_or_known_to_be_heard_by_none() -> None:
    import re
    from pathlib import Path

    from linli.mechanisms.cases import manifest

    room = Path(manifest.__file__).parent
    emitted = {name for file in room.rglob("*.py") if "tests" not in file.parts
               for name in re.findall(r'emit\("(case\.[a-z_]+)"', file.read_text())}
    unheard = emitted - manifest.manifest.listens.keys()
    assert unheard == {"case.attached", "case.edited", "case.erased", "case.joined"}


def test_kinds_are_published_with_the_tables(db: None) -> None:
    assert {"repair", "complaint", "consult"} <= set(KindVersion.objects.values_list("code", flat=True))
