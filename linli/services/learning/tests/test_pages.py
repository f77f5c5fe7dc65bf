"""The pages as people meet them: they open, they refuse in words and keep what was typed, and next door gets 404."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from linli.foundation.calendar import clock
from linli.foundation.people.models import Person
from linli.mechanisms.bookings import queries as booked
from linli.mechanisms.bookings.models import Session
from linli.services.learning import catalogue
from linli.services.learning.actions import courses, devices, drilling, pairing, progress, proving, visits
from linli.services.learning.models import Course, Device, HelpAsk, Helper, Match, Progress, Stuck, Visit
from linli.services.learning.tests.conftest import at, taught

pytestmark = pytest.mark.django_db
Open = Callable[[Person], Client]
SAFETY = [skill.code for skill in catalogue.load()["safety"].skills]
RESIDENT = ("home", "modules", "mine", "practice", "courses", "offer", "tutoring", "ask", "offer_help", "devices",
            "drills")
DESK = ("desk", "plan", "desk_pairs", "desk_devices", "desk_drills", "desk_certificates", "desk_report")


@pytest.mark.parametrize("mode", ["", "elder"])
def test_residents_pages_open(mode: str, elder: Person, client_of: Open, course: Course, class_time: Session) -> None:
    Person.objects.filter(pk=elder.pk).update(look={"mode": mode})
    client = client_of(elder)
    for name in RESIDENT:
        assert client.get(reverse(f"learning:{name}")).status_code == 200, name
    for module in catalogue.load().values():
        assert client.get(reverse("learning:module", args=[module.code])).status_code == 200
        assert client.get(reverse("learning:say", args=[module.code])).status_code == 200
        for lesson in module.lessons:
            url = reverse("learning:lesson", args=[module.code, lesson.code])
            assert lesson.text[0].zh in client.get(url).content.decode()
            assert lesson.easy[0].zh in client.get(f"{url}?easy=1").content.decode()
    assert client.get(reverse("learning:course", args=[course.pk])).status_code == 200
    assert client.get(reverse("learning:module", args=["cooking"])).status_code == 404


def test_english_is_english(elder: Person, client_of: Open) -> None:
    client = client_of(elder)
    url = reverse("learning:lesson", args=["safety", "pause"])
    page = client.get(url, headers={"accept-language": "en"}).content.decode()
    assert "call 96110" in page
    assert "Read it to me" in page or "读给我听" not in page


def test_desk_pages_open_for_the_desk_alone(worker: Person, elder: Person, grid_worker: Person, client_of: Open,
                                            course: Course, class_time: Session, tablet: Device, pair: Match) -> None:
    pages = [reverse(f"learning:{name}") for name in DESK]
    pages += [reverse("learning:desk_course", args=[course.pk]), reverse("learning:desk_device", args=[tablet.pk]),
              reverse("learning:roll", args=[course.pk, class_time.pk]),
              reverse("learning:export", args=["report"]), reverse("learning:export", args=["courses"]),
              reverse("learning:add_time", args=[course.pk]),
              reverse("learning:cancel_time", args=[course.pk, class_time.pk])]
    for url in pages:
        assert client_of(worker).get(url).status_code == 200, url
        assert client_of(elder).get(url).status_code in (403, 404), url
        assert client_of(grid_worker).get(url).status_code in (403, 404), url


def test_next_door_finds_nothing(stranger: Person, other_worker: Person, client_of: Open, course: Course,
                                 class_time: Session, tablet: Device, make_visit: Callable[..., Visit],
                                 pair: Match) -> None:
    visit = make_visit()
    pages = [("course", [course.pk]), ("visit", [visit.pk]), ("book", [pair.pk]), ("desk_course", [course.pk]),
             ("desk_device", [tablet.pk]), ("roll", [course.pk, class_time.pk]), ("add_time", [course.pk]),
             ("cancel_time", [course.pk, class_time.pk])]
    for who in (stranger, other_worker):
        for name, args in pages:
            assert client_of(who).get(reverse(f"learning:{name}", args=args)).status_code == 404, name
    for name, args in (("join", [course.pk, class_time.pk]), ("visit_step", [visit.pk, "begin"]),
                       ("answer", [pair.pk, "part"]), ("withdraw", [pair.ask_id])):
        assert client_of(stranger).post(reverse(f"learning:{name}", args=args)).status_code == 404, name


def test_who_may_see_but_not_do_hears_403(elder: Person, neighbour: Person, client_of: Open, course: Course,
                                          class_time: Session, pair: Match, helper: Helper) -> None:
    assert client_of(neighbour).get(reverse("learning:roll", args=[course.pk, class_time.pk])).status_code == 403
    assert client_of(neighbour).get(reverse("learning:add_time", args=[course.pk])).status_code == 403
    assert client_of(helper.person).get(reverse("learning:book", args=[pair.pk])).status_code == 403


def test_joining_and_leaving_by_button(elder: Person, client_of: Open, course: Course, class_time: Session) -> None:
    client = client_of(elder)
    client.post(reverse("learning:join", args=[course.pk, class_time.pk]), {"key": "a"})
    assert "王阿姨 报上了" in client.get(reverse("learning:course", args=[course.pk])).content.decode()
    client.post(reverse("learning:leave", args=[course.pk, class_time.pk]), {"who": str(elder.pk)})
    assert booked.reservation_of(elder, class_time) is None


def test_a_daughter_chooses_for_whom(daughter: Person, elder: Person, client_of: Open, course: Course,
                                     class_time: Session) -> None:
    client, url = client_of(daughter), reverse("learning:join", args=[course.pk, class_time.pk])
    assert "给谁报" in client.get(reverse("learning:course", args=[course.pk])).content.decode()
    answer = client.post(url, {"who": "12345"})
    assert answer.status_code == 422
    assert "请选给谁报" in answer.content.decode()
    client.post(url, {"who": str(elder.pk)})
    assert booked.reservation_of(elder, class_time) is not None


@pytest.mark.parametrize(("name", "sent", "stays"), [
    ("offer", {"title": "拍花草", "text": ""}, "拍花草"),
    ("ask", {"topics": ["pay"], "note": "耳朵背"}, "耳朵背"),
    ("offer_help", {"topics": ["pay"], "goes_home": "on"}, "checked"),
])
def test_what_was_typed_survives(name: str, sent: dict[str, Any], stays: str, elder: Person, client_of: Open) -> None:
    answer = client_of(elder).post(reverse(f"learning:{name}"), sent)
    assert answer.status_code == 422
    body = answer.content.decode()
    assert stays in body
    assert "error-summary" in body


def test_a_helpers_whole_way_by_pages(client_of: Open, elder: Person, helper: Helper, pair: Match) -> None:
    """Times, a lesson, the rules, in and out, marks; then the elder's word."""
    teach, learn = client_of(helper.person), client_of(elder)
    late = teach.post(reverse("learning:times"), {"starts": "2020-01-01T10:00", "minutes": "60", "place": "驿站"})
    assert late.status_code == 422
    teach.post(reverse("learning:times"), {"starts": "2026-11-27T10:00", "minutes": "60", "place": "驿站"})
    session = Session.objects.get(starts=at(27, 10))
    assert learn.post(reverse("learning:book", args=[pair.pk]), {}).status_code == 422
    learn.post(reverse("learning:book", args=[pair.pk]), {"session": str(session.pk)})
    visit = Visit.objects.select_related("match__ask", "area").get()
    page = reverse("learning:visit", args=[visit.pk])
    step = {verb: reverse("learning:visit_step", args=[visit.pk, verb]) for verb in ("begin", "end", "confirm")}
    with clock.at(visit.starts):
        assert "密码只由本人打" in learn.get(page).content.decode()
        assert teach.post(step["begin"], {"rules": ["password"]}).status_code == 422
        teach.post(step["begin"], {"rules": [rule["code"] for rule in visits.rules_for(visit)]})
    with clock.at(visit.ends):
        teach.post(step["end"])
        mark = reverse("learning:visit_mark", args=[visit.pk, "pay"])
        teach.post(mark, {"pay.shop": "alone"})
        assert learn.get(mark).status_code == 404
        learn.post(step["confirm"])
        assert "确认了" in learn.get(page).content.decode()
    assert Progress.objects.get(person=elder).taught == "alone"


def test_yes_and_no_by_button(client_of: Open, worker: Person, elder: Person, ask: HelpAsk, helper: Helper) -> None:
    client_of(worker).post(reverse("learning:propose", args=[ask.pk]), {"helper": str(helper.pk)})
    match = Match.objects.get()
    assert "说不合适没有任何影响" in client_of(elder).get(reverse("learning:tutoring")).content.decode()
    client_of(helper.person).post(reverse("learning:answer", args=[match.pk, "yes"]))
    client_of(worker).post(reverse("learning:answer", args=[match.pk, "yes"]), {"desk": "1"})  # the elder, by phone
    match.refresh_from_db()
    assert match.state == "agreed"


def test_the_board_shows_points_and_reasons(client_of: Open, worker: Person, ask: HelpAsk, helper: Helper) -> None:
    page = client_of(worker).get(reverse("learning:desk_pairs")).content.decode()
    assert "想学的会教 40" in page
    assert "李同学" in page
    assert client_of(worker).post(reverse("learning:propose", args=[ask.pk]), {"helper": "7"}).status_code == 404


def test_the_second_helper_by_pages(client_of: Open, worker: Person, second: Helper,
                                    make_visit: Callable[..., Visit]) -> None:
    visit = make_visit(at_home=True, place="3号楼1单元301", agrees=True)
    assert "还缺第二位" in client_of(worker).get(reverse("learning:desk_pairs")).content.decode()
    client_of(worker).post(reverse("learning:name_second", args=[visit.pk]), {"helper": str(second.pk)})
    page = client_of(second.person).get(reverse("learning:visit", args=[visit.pk])).content.decode()
    assert "想请您一起去" in page
    client_of(second.person).post(reverse("learning:visit_step", args=[visit.pk, "come"]))
    visit.refresh_from_db()
    assert visit.second_yes


def test_a_device_from_hand_to_hand(client_of: Open, worker: Person, elder: Person, tablet: Device) -> None:
    client, url = client_of(worker), reverse("learning:desk_device", args=[tablet.pk])
    answer = client.post(url, {"phone": "13900001111", "condition": "没有划痕"})
    assert answer.status_code == 422
    assert "没有划痕" in answer.content.decode()
    client.post(url, {"phone": elder.phone or "", "condition": "没有划痕"})
    assert "您借着" in client_of(elder).get(reverse("learning:devices")).content.decode()
    client.post(url, {"condition": "没有划痕"})
    assert client.post(url, {"signed_out": "on"}).status_code == 422
    client.post(url, {"signed_out": "on", "photos_erased": "on", "code_reset": "on"})
    tablet.refresh_from_db()
    assert tablet.state == "ready"
    assert "王阿姨" not in client.get(url).content.decode()


def test_waiting_for_a_device(client_of: Open, worker: Person, elder: Person, neighbour: Person,
                              tablet: Device) -> None:
    devices.lend(worker, tablet, elder, condition="没有划痕")
    client, url = client_of(neighbour), reverse("learning:device_queue", args=["tablet"])
    client.post(url)
    assert "不借了" in client.get(reverse("learning:devices")).content.decode()
    client.post(url, {"leave": "1"})
    assert "我想借" in client.get(reverse("learning:devices")).content.decode()
    assert client.post(url, {"leave": "1"}).status_code == 404


def test_the_report_and_its_table(client_of: Open, worker: Person, street_leader: Person) -> None:
    client, url = client_of(worker), reverse("learning:desk_report")
    answer = client.post(url, {"page": "repairs:report", "step": "", "band": "unknown"})
    assert answer.status_code == 422
    client.post(url, {"page": "repairs:report", "step": "=上传照片", "band": "70_79"})
    assert Stuck.objects.get().noted_by_id == worker.pk
    assert "=上传照片" in client.get(url).content.decode()
    table = client.get(reverse("learning:export", args=["report"])).content.decode()
    assert "'=上传照片" in table  # no cell begins like a formula
    assert "不到 5" in table
    assert client_of(street_leader).get(url).status_code == 200
    sent = {"page": "other", "step": "收不到验证码", "band": "unknown"}
    assert client_of(street_leader).post(url, sent).status_code == 403  # reading is theirs, noting is the desk's


def test_the_certificate_is_fetched_and_looked_up(client_of: Open, elder: Person, teacher: Person, neighbour: Person,
                                                  community_head: Person, worker: Person, course: Course) -> None:
    client = client_of(elder)
    assert client.post(reverse("learning:take_certificate", args=["safety"])).status_code == 302
    progress.mark(teacher, course, elder, dict.fromkeys(SAFETY, "alone"))
    assert "领证书" in client.get(reverse("learning:mine")).content.decode()
    answer = client.post(reverse("learning:take_certificate", args=["safety"]))
    paper = client.get(answer["Location"])
    assert paper["Content-Type"] == "application/pdf"
    assert client_of(neighbour).get(answer["Location"]).status_code == 404
    row = proving.issue_certificate(elder, elder, "safety")
    url = reverse("learning:revoke", args=[row.pk])
    assert client_of(worker).post(url, {"why": "记错了"}).status_code == 403
    assert client_of(community_head).post(url, {"why": ""}).status_code == 422
    client_of(community_head).post(url, {"why": "记错了人"})
    assert "已撤销" in client_of(worker).get(reverse("learning:desk_certificates")).content.decode()


def test_an_offered_course_by_pages(client_of: Open, worker: Person, neighbour: Person) -> None:
    sent = {"title": "拉伸", "text": "十分钟，坐着就能做", "touches_health": "on", "once": "x"}
    for _tap in range(2):
        client_of(neighbour).post(reverse("learning:offer"), sent)
    row = Course.objects.get()
    client, url = client_of(worker), reverse("learning:decide", args=[row.pk, "publish"])
    assert "邻居想开的课" in client.get(reverse("learning:desk")).content.decode()
    answer = client.post(url, {"title": "拉伸", "text": "包治腰痛", "health_read": "on"})
    assert answer.status_code == 422
    assert "包治" in answer.content.decode()
    client.post(url, {"title": "拉伸", "text": "坐着就能做", "health_read": "on"})
    row.refresh_from_db()
    assert row.state == "open"


def test_the_card_asks_for_one_thing(client_of: Open, worker: Person, elder: Person, ask: HelpAsk,
                                     helper: Helper) -> None:
    home = reverse("portal:home")
    pairing.propose(worker, ask, helper)
    assert "一对一教手机：看看合不合适" in client_of(elder).get(home).content.decode()
    pairing.answer(helper.person, Match.objects.get(), yes=False)
    assert "一对一教手机：看看合不合适" not in client_of(elder).get(home).content.decode()


def test_after_a_lesson_the_home_page_asks_about_the_time(client_of: Open, elder: Person,
                                                          make_visit: Callable[..., Visit]) -> None:
    visit = taught(make_visit)
    with clock.at(visit.ends + timedelta(hours=1)):
        assert "课上完了，时长对不对" in client_of(elder).get(reverse("portal:home")).content.decode()


def test_a_get_writes_nothing(client_of: Open, elder: Person, worker: Person, course: Course, class_time: Session,
                              make_visit: Callable[..., Visit]) -> None:
    from linli.foundation.audit.models import AuditEntry

    visit = make_visit()
    drilling.sign_up(elder, elder.community, agrees=True)  # type: ignore[arg-type]  # she lives somewhere
    drill = drilling.start(worker, course.area, "prize")
    courses.join(elder, course, class_time)
    before = AuditEntry.objects.count()
    for name, args in (("home", []), ("mine", []), ("course", [course.pk]), ("visit", [visit.pk]),
                       ("drill", [drill.pk]), ("tutoring", []), ("devices", []), ("drills", [])):
        assert client_of(elder).get(reverse(f"learning:{name}", args=args)).status_code == 200
    assert AuditEntry.objects.count() == before


def test_who_has_no_account_reads_the_certificate_page_and_practises(client: Client, elder: Person) -> None:
    assert client.get(reverse("learning:practice")).status_code == 200
    for name in ("home", "mine", "tutoring", "desk"):
        assert client.get(reverse(f"learning:{name}")).status_code == 302, name

