"""Facts, outages, guides and interpreters: who may, what is refused, and what two at once cannot do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from linli.foundation import audit
from linli.foundation.areas.models import Area, Facility
from linli.foundation.calendar.clock import now
from linli.foundation.events import deliver_all
from linli.foundation.events.models import OutboxEvent
from linli.foundation.people.models import Mandate, Person
from linli.foundation.web import Denied, Refused
from linli.foundation.web.acts import perform
from linli.mechanisms.cases.models import Case
from linli.services.access.actions import facts, guiding, network as net, outages, signing
from linli.services.access.listeners import on_case_moved
from linli.services.access.models import FactState, Interpreter, OutageState, PathEdge
from linli.services.access.queries import facts as fact_reads, network

pytestmark = pytest.mark.django_db
MakePerson = Callable[..., Person]


def test_a_proposal_counts_only_when_somebody_looked(resident: Person, worker: Person, toilet: Facility) -> None:
    row = facts.propose_fact(resident, toilet, key="toilets:wheelchair", value="no", note="门太窄")
    known = fact_reads.facts_of([toilet]).get(toilet.pk, [])
    assert fact_reads.judged("manual", toilet, known).answer == "unknown"
    facts.confirm_fact(worker, row)
    known = fact_reads.facts_of([toilet])[toilet.pk]
    assert fact_reads.judged("manual", toilet, known).answer == "no"
    facts.record_fact(worker, toilet, key="toilets:wheelchair", value="yes")
    row.refresh_from_db()
    assert row.state == FactState.REPLACED
    assert fact_reads.judged("manual", toilet, fact_reads.facts_of([toilet])[toilet.pk]).answer == "yes"
    assert audit.verbs(row) == ["access.propose", "access.confirm"]


def test_who_proposes_is_told_what_came_of_it(resident: Person, worker: Person, toilet: Facility) -> None:
    from linli.foundation.notices.models import Notice

    row = facts.propose_fact(resident, toilet, key="width_cm", value="70")
    facts.refuse_fact(worker, row, answer="量过是 90 厘米")
    deliver_all()
    assert "量过是 90 厘米" in Notice.objects.get(person=resident).sentence


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("width_cm", "五十", "bad_value"),
        ("width_cm", "5", "bad_value"),
        ("width_cm", "nan", "bad_value"),
        ("wheelchair", "maybe", "bad_value"),
        ("nonsense", "1", "no_such_key"),
    ],
)
def test_what_cannot_be_is_refused(resident: Person, toilet: Facility, key: str, value: str, code: str) -> None:
    with pytest.raises(Refused, match=code):
        facts.propose_fact(resident, toilet, key=key, value=value)


def test_a_stranger_proposes_and_reports_nothing(
    stranger: Person, other_worker: Person, resident: Person, toilet: Facility, community: Area
) -> None:
    with pytest.raises(Denied):
        facts.propose_fact(stranger, toilet, key="width_cm", value="90")
    with pytest.raises(Denied):
        outages.report_outage(stranger, community, facility=toilet, kind="out")
    row = facts.propose_fact(resident, toilet, key="width_cm", value="90")
    with pytest.raises(Denied):
        facts.confirm_fact(other_worker, row)
    with pytest.raises(Denied):
        facts.confirm_fact(resident, row)


def test_an_outage_closes_the_way_at_once_and_opens_it_again(
    resident: Person, worker: Person, community: Area, lift: Facility, paths: dict[str, PathEdge]
) -> None:
    spots = {spot.title: spot.key for spot in network.spots(community)}
    door = next(key for title, key in spots.items() if title.endswith("3号楼"))

    def walked() -> list[str]:
        found = network.answer(community, "manual", spots["东门"], door)
        assert found is not None
        assert found.plan.best is not None
        return [leg.link.name for leg in found.plan.best.legs]

    assert walked() == ["3号楼电梯"]
    row = outages.report_outage(resident, community, facility=lift, kind="out", note="不动了")
    assert walked() == ["梧桐路", "中庭小路"]
    found = network.answer(community, "manual", spots["东门"], door)
    assert found is not None
    assert [one.pk for one in found.avoided] == [row.pk]
    outages.end_outage(resident, row)
    assert walked() == ["3号楼电梯"]
    assert audit.verbs(row) == ["access.report_outage", "access.end_outage"]


def test_two_neighbours_report_one_outage(resident: Person, neighbour: Person, community: Area, lift: Facility) -> None:
    one = outages.report_outage(resident, community, facility=lift, kind="out")
    assert outages.report_outage(neighbour, community, facility=lift, kind="out") == one
    with pytest.raises(Denied):
        outages.end_outage(neighbour, one)
    with pytest.raises(Refused, match="backwards"):
        outages.report_outage(resident, community, facility=lift, kind="works", until=now() - timedelta(hours=1))


def test_a_planned_outage_counts_from_its_hour(resident: Person, community: Area, lift: Facility) -> None:
    row = outages.report_outage(
        resident,
        community,
        facility=lift,
        kind="works",
        starts=now() + timedelta(hours=2),
        until=now() + timedelta(hours=4),
    )
    assert [row.holds_at(now() + timedelta(hours=hour)) for hour in (0, 2, 3, 4)] == [False, True, True, False]


def test_the_repair_it_asked_for_ends_it(resident: Person, community: Area, lift: Facility) -> None:
    row = outages.report_outage(resident, community, facility=lift, kind="out", ask_repair=True)
    assert row.case is not None
    assert row.case.kind_code == "repair"
    assert Case.objects.get(pk=row.case.pk).requester == resident
    on_case_moved(case=row.case.pk, state="done")
    row.refresh_from_db()
    assert row.state == OutageState.REPORTED  # said to be done is not yet accepted
    on_case_moved(case=row.case.pk, state="closed")
    on_case_moved(case=row.case.pk, state="closed")
    row.refresh_from_db()
    assert row.state == OutageState.OVER


def test_a_measured_stretch_counts_at_once(
    worker: Person, resident: Person, community: Area, paths: dict[str, PathEdge]
) -> None:
    before = network.graph_of(community).links[paths["long"].pk]
    with pytest.raises(Denied):
        net.measure_edge(resident, paths["long"], {"incline": 20.0})
    net.measure_edge(worker, paths["long"], {"incline": 20.0})
    assert before.incline == 0.0
    assert network.graph_of(community).links[paths["long"].pk].incline == 20.0


def test_the_nearest_toilet_is_one_she_can_use(
    worker: Person, community: Area, toilet: Facility, paths: dict[str, PathEdge]
) -> None:
    near = Facility.objects.create(
        area=community, kind="toilet", name="东门厕所", lon=120.0, lat=30.0, access={"wheelchair": "no"}
    )
    gate = next(spot.key for spot in network.spots(community) if spot.title == "东门")
    facts.record_fact(worker, toilet, key="toilets:wheelchair", value="yes")
    found = network.answer(community, "manual", gate, "kind:toilet")
    assert found is not None
    assert found.goal is not None
    assert found.goal.title == "河边公共厕所"
    facts.record_fact(worker, near, key="width_cm", value="85")
    assert near not in found.asked


def test_a_guide_is_checked_matched_and_her_hours_are_announced_once(
    resident: Person, neighbour: Person, worker: Person, community: Area
) -> None:
    guide = guiding.offer_guide(neighbour, community, kinds=["push"], when="周末")
    request = guiding.ask_guide(
        resident,
        community,
        kind="push",
        starts=now() + timedelta(hours=2),
        ends=now() + timedelta(hours=4),
        place="3号楼门口",
    )
    with pytest.raises(Refused, match="not_checked"):
        guiding.match_guide(worker, request, guide)
    guide = guiding.check_guide(worker, guide)
    request = guiding.match_guide(worker, request, guide)
    with pytest.raises(Refused, match="too_early"):
        guiding.report_guiding(neighbour, request, minutes=90)
    from linli.foundation.calendar import clock

    with clock.at(now() + timedelta(hours=4)):
        request = guiding.report_guiding(neighbour, request, minutes=90)
        with pytest.raises(Denied):
            guiding.confirm_guiding(neighbour, request)
        guiding.confirm_guiding(resident, request)
        with pytest.raises(Refused, match="not_open"):
            guiding.confirm_guiding(resident, request)
    told = OutboxEvent.objects.filter(name="access.helped")
    assert [event.payload["minutes"] for event in told] == [90]
    assert told[0].payload["helper"] == neighbour.pk


def test_one_guide_is_not_given_to_two_at_once(
    resident: Person, neighbour: Person, worker: Person, community: Area, make_person: MakePerson
) -> None:
    guide = guiding.check_guide(worker, guiding.offer_guide(neighbour, community, kinds=["read"]))
    starts = now() + timedelta(hours=1)
    first = guiding.ask_guide(
        resident, community, kind="read", starts=starts, ends=starts + timedelta(hours=2), place="家"
    )
    other = guiding.ask_guide(
        make_person("孙先生", community),
        community,
        kind="read",
        starts=starts + timedelta(hours=1),
        ends=starts + timedelta(hours=3),
        place="家",
    )
    guiding.match_guide(worker, first, guide)
    with pytest.raises(Refused, match="not_free"):
        guiding.match_guide(worker, other, guide)


@pytest.fixture
def interpreters(worker: Person, community: Area, make_person: MakePerson) -> list[Interpreter]:
    return [
        signing.add_interpreter(
            worker, community, make_person(name, community), level=level, is_deaf=is_deaf, on_site=on_site
        )
        for name, level, is_deaf, on_site in (
            ("杨老师", "expert", False, True),
            ("谢老师", "skilled", False, True),
            ("丁老师", "skilled", True, True),
            ("潘老师", "basic", False, False),
        )
    ]


def names(row: object) -> list[str]:
    return sorted(str(one) for one in row.interpreters.all())  # type: ignore[attr-defined]


@pytest.mark.parametrize(("minutes", "expected"), [(90, 1), (91, 2), (180, 2)])
def test_two_take_turns_when_it_is_long(
    resident: Person, interpreters: list[Interpreter], minutes: int, expected: int
) -> None:
    starts = now() + timedelta(days=2)
    row = perform(
        "access.book_interpreter",
        resident,
        starts=starts,
        ends=starts + timedelta(minutes=minutes),
        place="窗口",
        about="办医保",
    )
    assert row.interpreters.count() == expected
    assert audit.verbs(row) == ["access.book_interpreter"]


def test_nobody_interprets_two_sessions_at_once(
    resident: Person, neighbour: Person, interpreters: list[Interpreter]
) -> None:
    starts = now() + timedelta(days=2)
    hour = {"starts": starts, "ends": starts + timedelta(hours=1)}
    expert = signing.book_interpreter(resident, place="医院", level="expert", **hour)
    assert names(expert) == ["杨老师"]
    with pytest.raises(Refused, match="none_free"):
        signing.book_interpreter(neighbour, place="医院", level="expert", **hour)
    assert names(signing.book_interpreter(neighbour, place="窗口", level="skilled", **hour)) == ["谢老师"]
    soon = starts + timedelta(minutes=75)
    with pytest.raises(Refused, match="none_free"):  # half an hour on the way is kept free
        signing.book_interpreter(neighbour, place="医院", level="expert", starts=soon, ends=soon + timedelta(hours=1))
    signing.cancel_signing(resident, expert)
    assert names(signing.book_interpreter(neighbour, place="医院", level="expert", **hour)) == ["杨老师"]


def test_a_deaf_interpreter_comes_with_a_hearing_one(resident: Person, interpreters: list[Interpreter]) -> None:
    starts = now() + timedelta(days=2)
    row = signing.book_interpreter(
        resident, starts=starts, ends=starts + timedelta(hours=1), place="法庭", wants_deaf=True
    )
    assert names(row) == sorted(["杨老师", "丁老师"])


def test_a_confidential_subject_is_read_by_the_two_it_concerns(
    resident: Person, worker: Person, interpreters: list[Interpreter]
) -> None:
    starts = now() + timedelta(days=2)
    row = signing.book_interpreter(
        resident, starts=starts, ends=starts + timedelta(hours=1), place="201 室", about="家里的事", confidential=True
    )
    chosen = row.interpreters.get().person
    assert row.about_for(resident) == "家里的事"
    assert row.about_for(chosen) == row.about_for(worker) == "已预约（保密）"


def test_who_may_book_for_whom(
    resident: Person, neighbour: Person, worker: Person, other_worker: Person, interpreters: list[Interpreter]
) -> None:
    starts = now() + timedelta(days=2)
    booking = {"starts": starts, "ends": starts + timedelta(hours=1), "place": "窗口"}
    for actor in (neighbour, other_worker):
        with pytest.raises(Denied):
            perform("access.book_interpreter", actor, person=resident, **booking)
    mandate = Mandate.objects.create(subject=resident, agent=neighbour, scope=["access"], agreed_at=now())
    assert perform("access.book_interpreter", neighbour, person=resident, **booking).person == resident
    mandate.withdrawn = now()
    mandate.save()
    later = {**booking, "starts": starts + timedelta(days=1), "ends": starts + timedelta(days=1, hours=1)}
    with pytest.raises(Denied):
        perform("access.book_interpreter", neighbour, person=resident, **later)
    row = perform("access.book_interpreter", worker, person=resident, once="gov.application.7", **later)
    assert perform("access.book_interpreter", worker, person=resident, once="gov.application.7", **later) == row
    with pytest.raises(Denied):
        perform("access.cancel_interpreter", other_worker, signing=row.pk)
    perform("access.cancel_interpreter", resident, signing=row.pk)


def test_too_soon_is_said_with_the_way_out(resident: Person, interpreters: list[Interpreter]) -> None:
    with pytest.raises(Refused, match="too_soon"):
        signing.book_interpreter(
            resident, starts=now() + timedelta(hours=3), ends=now() + timedelta(hours=4), place="窗口"
        )


def test_property_staff_answer_for_their_own_compounds(
    property_desk: Person, make_person: MakePerson, community: Area, other_community: Area, lift: Facility
) -> None:
    lift.compound = lift.building.compound if lift.building else None
    lift.save()
    row = outages.report_outage(property_desk, community, facility=lift, kind="works")
    outages.confirm_outage(property_desk, row)
    from linli.foundation.people.models import Organisation

    company = Organisation.objects.create(name="隔壁物业", kind="property_company", area=other_community)
    other = make_person("隔壁前台", None, "property_desk", at=other_community, of=company)
    with pytest.raises(Denied):
        outages.end_outage(other, row)
    elsewhere = make_person("外来前台", None, "property_desk", at=community, of=company)
    with pytest.raises(Denied):  # its company has no compound here
        outages.report_outage(elsewhere, community, facility=lift, kind="out")
    with pytest.raises(Denied):
        outages.end_outage(elsewhere, row)
