"""Classes: never more learners than can be taught; for family and for who has no phone; offered, looked over; hours."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar import clock
from linli.foundation.events import deliver_all
from linli.foundation.events.models import OutboxEvent
from linli.foundation.notices.models import Notice
from linli.foundation.people.models import Person
from linli.foundation.web import Denied, Refused
from linli.mechanisms.bookings import actions as bookings, queries as booked
from linli.mechanisms.bookings.models import Attendance, Session
from linli.services.learning import catalogue, jobs
from linli.services.learning.actions import courses, hours, progress, proving
from linli.services.learning.models import Certificate, Course, CourseState, Helping, Progress
from linli.services.learning.queries import courses as reads, progress as standings
from linli.services.learning.tests.conftest import NOON, at

pytestmark = pytest.mark.django_db
SAFETY = [skill.code for skill in catalogue.load()["safety"].skills]


def refused(code: str) -> Any:
    return pytest.raises(Refused, match=f"^{code}$")


def test_eight_learners_to_each_who_teaches(worker: Person, teacher: Person, neighbour: Person, course: Course) -> None:
    with refused("too_many_learners"):
        courses.add_time(teacher, course, starts=at(27, 9), minutes=90, capacity=9)
    one = courses.add_helper(worker, course, neighbour)
    session = courses.add_time(teacher, course, starts=at(27, 9), minutes=90, capacity=16)
    with refused("too_many_learners"):
        courses.drop_helper(worker, one)
    courses.resize_time(teacher, course, session, capacity=8)
    courses.drop_helper(worker, one)
    with refused("too_many_learners"):
        courses.resize_time(teacher, course, session, capacity=9)


def test_a_full_class_is_a_queue(course: Course, teacher: Person, make_person: Any, community: Area) -> None:
    session = courses.add_time(teacher, course, starts=at(27, 9), minutes=60, capacity=2)
    people = [make_person("", community) for _n in range(3)]
    assert [courses.join(one, course, session) for one in people] == [True, True, False]
    courses.leave(people[0], course, session)
    assert booked.reservation_of(people[2], session) is not None or booked.my_offers(people[2]).exists()


def test_twice_is_once(elder: Person, course: Course, class_time: Session) -> None:
    for _tap in range(2):
        assert courses.join(elder, course, class_time, key="k1")
    assert Attendance.objects.filter(session=class_time, is_active=True).count() == 1


def test_a_daughter_signs_her_mother_up(daughter: Person, elder: Person, neighbour: Person, course: Course,
                                        class_time: Session) -> None:
    assert courses.join(daughter, course, class_time, learner=elder)
    held = booked.reservation_of(elder, class_time)
    assert held is not None
    assert held.party.agent_id == daughter.pk
    with pytest.raises(Denied):
        courses.join(neighbour, course, class_time, learner=elder)
    courses.leave(daughter, course, class_time, learner=elder)
    assert booked.reservation_of(elder, class_time) is None


def test_the_desk_signs_up_who_has_no_phone(worker: Person, other_worker: Person, course: Course, class_time: Session,
                                            client_of: Any) -> None:
    from django.urls import reverse

    url = reverse("learning:sign_up", args=[course.pk, class_time.pk])
    assert client_of(worker).post(url, {"name": "周奶奶", "birth_year": "1944"}).status_code == 302
    assert client_of(worker).post(url, {"name": "周奶奶"}).status_code == 422  # found by name: she has her place
    found = Person.objects.get(phone_index=None)
    assert found.birth_year == 1944
    held = booked.reservation_of(found, class_time)
    assert held is not None
    assert held.party.channel == "window"
    assert client_of(other_worker).post(url, {"name": "周奶奶"}).status_code == 404
    assert client_of(worker).post(url, {"name": ""}).status_code == 422


def test_who_does_not_come_is_never_punished(elder: Person, teacher: Person, course: Course,
                                             class_time: Session) -> None:
    courses.join(elder, course, class_time)
    with clock.at(class_time.ends + timedelta(hours=1)):
        held = booked.reservation_of(elder, class_time)
        assert held is not None
        bookings.mark_absent(teacher, held)
        assert not booked.strikes_of(elder).exists()


def test_next_door_has_nothing_to_do_here(stranger: Person, other_worker: Person, course: Course,
                                          class_time: Session) -> None:
    assert not Course.objects.visible_to(stranger).filter(pk=course.pk).exists()
    with pytest.raises(Denied):
        courses.join(stranger, course, class_time)
    with pytest.raises(Denied):
        courses.add_time(other_worker, course, starts=at(28, 9), minutes=60, capacity=4)
    with pytest.raises(Denied):
        courses.join(other_worker, course, class_time, learner=stranger)


@pytest.fixture
def offered(neighbour: Person, community: Area) -> Callable[..., Course]:
    def make(**more: Any) -> Course:
        return courses.offer_course(neighbour, community, **{"title": "拉伸", "text": "坐着就能做的拉伸", **more})

    return make


def test_what_a_neighbour_offers_is_looked_over_first(worker: Person, neighbour: Person, resident: Person,
                                                      offered: Callable[..., Course]) -> None:
    row = offered()
    assert not Course.objects.visible_to(resident).filter(pk=row.pk).exists()
    with refused("not_open"):
        courses.join(resident, row, Session(pk=1))
    with pytest.raises(Denied):
        courses.publish_course(neighbour, row, title=row.title, text=row.text)
    deliver_all()
    assert Notice.objects.filter(person=worker, key=f"learning.offered.{row.pk}").exists()
    row = courses.publish_course(worker, row, title=row.title, text=row.text)
    assert Course.objects.visible_to(resident).filter(pk=row.pk).exists()
    deliver_all()
    assert Notice.objects.filter(person=neighbour, key=f"learning.decided.{row.pk}").count() == 1
    with refused("not_waiting"):
        courses.refuse_course(worker, row, answer="来不及了")


def test_health_claims_do_not_pass(worker: Person, offered: Callable[..., Course]) -> None:
    row = offered(touches_health=True, text="每天一碗，根治高血压")
    with refused("health_claim"):
        courses.publish_course(worker, row, title=row.title, text=row.text, health_read=True)
    with refused("health_unread"):
        courses.publish_course(worker, row, title=row.title, text="每天一碗汤")
    assert courses.publish_course(worker, row, title=row.title, text="每天一碗汤", health_read=True).state == "open"


@pytest.mark.parametrize(("vetted_on", "is_fine"), [
    (None, False), (date(2025, 11, 24), False), (date(2026, 11, 26), False), (date(2025, 11, 25), True)])
def test_who_is_with_minors_was_looked_up(worker: Person, offered: Callable[..., Course], vetted_on: date | None,
                                          is_fine: bool) -> None:
    row = offered(for_minors=True)
    if is_fine:
        assert courses.publish_course(worker, row, title=row.title, text=row.text, vetted_on=vetted_on).state == "open"
    else:
        with refused("not_vetted"):
            courses.publish_course(worker, row, title=row.title, text=row.text, vetted_on=vetted_on)


def test_nobody_opens_their_own(worker: Person, community: Area) -> None:
    own = Course.objects.create(area=community, title="我的课", host=worker, proposed_by=worker)
    with refused("own"):
        courses.publish_course(worker, own, title="我的课", text="教一教")


def test_a_course_ends_when_nothing_is_ahead(worker: Person, teacher: Person, course: Course,
                                             class_time: Session) -> None:
    with refused("still_times"):
        courses.end_course(worker, course)
    courses.cancel_time(teacher, course, class_time, reason="老师病了")
    assert courses.end_course(worker, course).state == CourseState.ENDED


def test_both_eyes_are_kept_apart(elder: Person, teacher: Person, stranger: Person, course: Course) -> None:
    progress.say_of_myself(elder, {"safety.spot": "alone"})
    progress.mark(teacher, course, elder, {"safety.spot": "help"})
    row = Progress.objects.get(person=elder)
    assert (row.own, row.taught, row.taught_by_id) == ("alone", "help", teacher.pk)
    assert not Progress.objects.visible_to(stranger).exists()
    with pytest.raises(Denied):
        progress.mark(stranger, course, elder, {"safety.spot": "alone"})
    with refused("oneself"):
        progress.mark(teacher, course, teacher, {"safety.spot": "alone"})
    with refused("no_level"):
        progress.say_of_myself(elder, {"safety.spot": "expert"})


def test_asked_again_after_thirty_days_once(elder: Person) -> None:
    progress.say_of_myself(elder, {"safety.spot": "alone", "safety.pause": "help", "safety.report": "not_yet"})
    with clock.at(NOON + timedelta(days=29)):
        assert jobs.ask_again.function() == 0
    with clock.at(NOON + timedelta(days=30)):
        assert jobs.ask_again.function() == 2
        assert jobs.ask_again.function() == 0
        assert Notice.objects.filter(person=elder).count() == 1  # one word, not one a skill
        assert {row.skill for row in standings.asked_again(elder)} == {"safety.spot", "safety.pause"}
        progress.say_of_myself(elder, {"safety.spot": "alone", "safety.pause": "help"})
        assert not standings.asked_again(elder)
    with clock.at(NOON + timedelta(days=61)):
        assert jobs.ask_again.function() == 1  # who does it alone, twice, is left in peace


def test_a_certificate_is_earned_checked_and_revoked(elder: Person, teacher: Person, community_head: Person,
                                                     worker: Person, course: Course, client: Any) -> None:
    from django.urls import reverse

    progress.say_of_myself(elder, dict.fromkeys(SAFETY, "alone"))
    with refused("not_yet"):
        proving.issue_certificate(elder, elder, "safety")  # one's own eyes do not make a certificate
    progress.mark(teacher, course, elder, dict.fromkeys(SAFETY, "alone"))
    row = proving.issue_certificate(elder, elder, "safety")
    assert proving.issue_certificate(worker, elder, "safety") == row
    assert row.number == "WTL-L2026-000001"
    page = client.get(reverse("learning:verify", args=[row.token])).content.decode()
    assert "现在有效" in page
    assert row.number in page
    assert elder.name not in page
    Certificate.objects.filter(pk=row.pk).update(skills=["safety.spot"])
    assert "对不上" in client.get(reverse("learning:verify", args=[row.token])).content.decode()
    with pytest.raises(Denied):
        proving.revoke_certificate(worker, row, why="记错了人")
    proving.revoke_certificate(community_head, row, why="记错了人")
    assert "记错了人" in client.get(reverse("learning:verify", args=[row.token])).content.decode()
    assert audit.verbs(row) == ["learning.certificate", "learning.revoke"]
    assert client.get(reverse("learning:verify", args=["nothing"])).status_code == 404
    assert proving.issue_certificate(elder, elder, "safety").number == "WTL-L2026-000002"


def test_the_paper_is_a_tagged_pdf_with_its_number(elder: Person, teacher: Person, course: Course) -> None:
    import io

    from pypdf import PdfReader

    from linli.services.learning import papers

    progress.mark(teacher, course, elder, dict.fromkeys(SAFETY, "alone"))
    row = proving.issue_certificate(elder, elder, "safety")
    reader = PdfReader(io.BytesIO(papers.certificate(row)))
    text = reader.pages[0].extract_text()
    assert row.number in text
    assert row.digest in text
    assert "/StructTreeRoot" in reader.trailer["/Root"]


def test_hours_in_a_class_are_told_once_and_by_another(worker: Person, teacher: Person, neighbour: Person,
                                                       resident: Person, course: Course, class_time: Session) -> None:
    courses.add_helper(worker, course, neighbour)
    with pytest.raises(Denied):
        hours.check_in(resident, course, class_time)
    with refused("not_now"):
        hours.check_in(neighbour, course, class_time)
    with clock.at(class_time.starts - timedelta(minutes=10)):
        helping = hours.check_in(neighbour, course, class_time)
        assert hours.check_in(neighbour, course, class_time) == helping
        with refused("not_out"):
            hours.confirm(teacher, helping)
    with clock.at(class_time.ends + timedelta(hours=9)):  # forgotten until the evening
        helping = hours.check_out(neighbour, helping)
        assert helping.minutes == 10 + 90 + 60
        with pytest.raises(Denied):
            hours.confirm(neighbour, helping)
        for _tap in range(2):
            hours.confirm(teacher, helping)
    told = list(OutboxEvent.objects.filter(name="learning.helped").values_list("payload", flat=True))
    assert told == [{"person": neighbour.pk, "minutes": 160, "about": f"learning.class:{class_time.pk}"}]
    assert Helping.objects.get().confirmed_by_id == teacher.pk


def test_the_teacher_does_not_confirm_their_own(teacher: Person, worker: Person, course: Course,
                                                class_time: Session) -> None:
    with clock.at(class_time.starts):
        helping = hours.check_in(teacher, course, class_time)
    with clock.at(class_time.ends):
        helping = hours.check_out(teacher, helping)
        with refused("own_hours"):
            hours.confirm(teacher, helping)
        assert hours.confirm(worker, helping).minutes == 90


def test_the_roll(teacher: Person, elder: Person, course: Course, class_time: Session) -> None:
    courses.join(elder, course, class_time)
    held = booked.reservation_of(elder, class_time)
    assert held is not None
    with clock.at(class_time.starts):
        bookings.check_in(teacher, class_time, held)
        progress.mark(teacher, course, elder, {"safety.pause": "help"})
    (line,) = reads.roll(course, class_time)
    assert (line.person, line.came) == (elder, True)
    assert {skill.code: level for skill, level in line.marks}["safety.pause"] == "help"
