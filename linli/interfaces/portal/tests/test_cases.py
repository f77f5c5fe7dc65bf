"""A matter as its people read it, as neighbours do, and as nobody may."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image

from linli.interfaces.portal.tests.conftest import Report
from linli.mechanisms.cases import actions
from linli.mechanisms.cases.models import Case, CaseEvent, Follower, Outcome

if TYPE_CHECKING:
    from linli.foundation.people.models import Person

ClientOf = Callable[["Person"], Client]
EVIL = "<script>alert(1)</script>"


def url(name: str, *args: object) -> str:
    return reverse(f"portal:{name}", args=args)


def text(answer: Any) -> str:
    return str(answer.content.decode())


def photo(name: str = "p.jpg") -> SimpleUploadedFile:
    out = io.BytesIO()
    Image.new("RGB", (60, 40), "#586").save(out, "JPEG")
    return SimpleUploadedFile(name, out.getvalue(), "image/jpeg")


@pytest.fixture
def finished(report: Report, property_desk: Person, property_worker: Person) -> Case:
    """A repair said to be done, that waits for its requester's word."""
    case = report()
    actions.act(property_desk, case, "dispatch", worker=property_worker.pk)
    actions.act(property_worker, case, "take")
    return actions.act(property_worker, case, "finish", note="换了皮带", after_photo=1)


@pytest.mark.parametrize(("said", "state"), [("yes", "closed"), ("no", "submitted")])
def test_yes_ends_it_and_no_starts_the_clock_again(
    client_of: ClientOf, resident: Person, finished: Case, said: str, state: str,
) -> None:
    client = client_of(resident)
    page = text(client.get(url("case", finished.number)))
    assert "真修好了吗" in page
    assert "checked" not in page.split('id="answer"')[1].split("</fieldset>")[0]  # nothing chosen for her
    sent = {"solved": said, "satisfied": "5", "note": "谢谢"}
    assert client.post(url("case_answer", finished.number), sent).status_code == 302
    assert client.post(url("case_answer", finished.number), sent).status_code == 422  # sent twice
    finished.refresh_from_db()
    assert finished.state == state
    assert Outcome.objects.get(case=finished, cycle=1).solved is (said == "yes")


def test_an_answer_without_an_answer_is_asked_again_and_keeps_the_words(
    client_of: ClientOf, resident: Person, finished: Case,
) -> None:
    answer = client_of(resident).post(url("case_answer", finished.number), {"note": "楼上还是响", "satisfied": "9"})
    assert answer.status_code == 422
    assert "楼上还是响" in text(answer)
    assert "请选一个" in text(answer)


def test_words_and_photos_are_added(client_of: ClientOf, resident: Person, report: Report) -> None:
    case = report()
    client = client_of(resident)
    answer = client.post(url("case_words", case.number), {"text": "6 层以上才响", "photos": [photo(), photo("q.jpg")]})
    assert answer.status_code == 302
    case.refresh_from_db()
    assert len(case.facts["report_photos"]) == 2
    page = text(client.get(url("case", case.number)))
    assert "6 层以上才响" in page
    assert page.count("报的时候的照片") == 2


def test_what_rested_until_it_had_more_goes_on(
    client_of: ClientOf, resident: Person, worker: Person, report: Report,
) -> None:
    case = report(kind="complaint", title="噪音")
    actions.act(worker, case, "ask_more", note="几点到几点")
    assert client_of(resident).post(url("case_words", case.number), {"text": "十点到十二点"}).status_code == 302
    case.refresh_from_db()
    assert case.state == "working"


@pytest.mark.parametrize("sent", [{"text": ""}, {"text": "长" * 10_000}])
def test_no_words_and_ten_thousand_are_refused_and_kept(
    client_of: ClientOf, resident: Person, report: Report, sent: dict[str, str],
) -> None:
    case = report()
    answer = client_of(resident).post(url("case_words", case.number), sent)
    assert answer.status_code == 422
    assert sent["text"] in text(answer)
    assert CaseEvent.objects.filter(case=case).count() == 1


def test_a_file_that_is_no_photo_is_refused_and_the_words_stay(
    client_of: ClientOf, resident: Person, report: Report,
) -> None:
    case = report()
    bad = SimpleUploadedFile("p.jpg", b"MZ not a photo")
    answer = client_of(resident).post(url("case_words", case.number), {"text": "看这个", "photos": bad})
    assert answer.status_code == 422
    assert "看这个" in text(answer)
    assert CaseEvent.objects.filter(case=case).count() == 1


def test_a_nudge_counts_once_in_a_while(client_of: ClientOf, resident: Person, report: Report) -> None:
    case = report()
    client = client_of(resident)
    assert client.post(url("case_nudge", case.number)).status_code == 302
    again = client.post(url("case_nudge", case.number), follow=True, headers={"referer": "http://testserver" + url(
        "case", case.number)})
    assert "只能催一次" in text(again)
    case.refresh_from_db()
    assert case.nudges == 1


def test_withdrawing_needs_the_present_page_and_keeps_the_reason(
    client_of: ClientOf, resident: Person, property_desk: Person, report: Report,
) -> None:
    case = report()
    actions.send_message(property_desk, case, "下午到")
    client = client_of(resident)
    stale = client.post(url("case_step", case.number, "cancel"), {"seen": "1", "note": "自己好了"})
    assert stale.status_code == 422
    assert 'value="自己好了"' in text(stale)
    assert 'name="seen" value="2"' in text(stale)
    assert client.post(url("case_step", case.number, "cancel"), {"seen": "2", "note": "自己好了"}).status_code == 302
    case.refresh_from_db()
    assert (case.state, case.is_open) == ("cancelled", False)
    assert client.get(url("case", case.number)).status_code == 200


@pytest.mark.parametrize("seen", ["²", "x", "9" * 40, ""])
def test_a_broken_seen_does_no_harm(client_of: ClientOf, resident: Person, report: Report, seen: str) -> None:
    case = report()
    answer = client_of(resident).post(url("case_step", case.number, "cancel"), {"seen": seen})
    assert answer.status_code in (302, 422)


def test_a_resident_makes_no_step_of_the_staff(client_of: ClientOf, resident: Person, report: Report) -> None:
    case = report()
    for name in ("dispatch", "finish", "park", "explode"):
        assert client_of(resident).post(url("case_step", case.number, name)).status_code in (403, 404, 422)
    case.refresh_from_db()
    assert case.state == "submitted"


def test_neighbours_read_the_outline_and_strangers_nothing(
    client_of: ClientOf, resident: Person, neighbour: Person, stranger: Person, property_desk: Person, report: Report,
) -> None:
    case = report(text="密码是 1234", place="3号楼 702", place_public="3号楼")
    actions.send_message(property_desk, case, "林女士，702 下午到")
    page = text(client_of(neighbour).get(url("case", case.number)))
    assert "3号楼" in page
    for private in ("702", "密码", "下午到", resident.shown_name):
        assert private not in page
    assert client_of(stranger).get(url("case", case.number)).status_code == 404
    for who in (neighbour, stranger):
        client = client_of(who)
        for name in ("case_answer", "case_words", "case_nudge", "receipt"):
            method = client.get if name == "receipt" else client.post
            assert method(url(name, case.number)).status_code == 404
        assert client.post(url("case_step", case.number, "cancel")).status_code == 404


@pytest.mark.parametrize("visibility", ["parties", "sealed"])
def test_what_is_private_is_not_there_for_neighbours(
    client_of: ClientOf, neighbour: Person, resident: Person, report: Report, visibility: str,
) -> None:
    case = report(title="说不得的事", visibility=visibility)
    client = client_of(neighbour)
    assert client.get(url("case", case.number)).status_code == 404
    for sent in ({}, {"leave": "1"}):
        assert client.post(url("case_join", case.number), sent).status_code == 404
        assert client.post(url("case_join", "WTL-000000-0000"), sent).status_code == 404  # the same as nothing
    assert "说不得的事" not in text(client.get(url("near")))
    assert "说不得的事" not in text(client.get(url("search"), {"q": "说不得"}))
    assert client_of(resident).get(url("case", case.number)).status_code == 200


def test_me_too_and_its_undo(client_of: ClientOf, neighbour: Person, resident: Person, report: Report) -> None:
    case = report()
    client = client_of(neighbour)
    for _twice in range(2):
        assert client.post(url("case_join", case.number)).status_code == 302
    assert Follower.objects.count() == 1
    assert "每一步都会告诉您" in text(client.get(url("case", case.number)))
    for _twice in range(2):
        assert client.post(url("case_join", case.number), {"leave": "1"}).status_code == 302
    assert not Follower.objects.exists()
    actions.act(resident, case, "cancel")
    page = text(client.get(url("case", case.number)))
    assert "我也遇到了</button>" not in page


def test_a_neighbour_is_not_addressed_as_the_requester(
    client_of: ClientOf, neighbour: Person, finished: Case,
) -> None:
    page = text(client_of(neighbour).get(url("case", finished.number)))
    assert "等您回话" not in page
    assert "等报的人回话" in page


def test_what_people_wrote_is_never_markup(
    client_of: ClientOf, resident: Person, neighbour: Person, property_desk: Person, report: Report,
) -> None:
    case = report(title=EVIL, text=EVIL, place=EVIL, place_public=EVIL)
    actions.send_message(property_desk, case, EVIL)
    actions.nudge(resident, case, words=EVIL)
    for client, addresses in (
        (client_of(resident), ("case", "receipt")), (client_of(neighbour), ("case",)),
    ):
        for name in addresses:
            page = text(client.get(url(name, case.number)))
            assert "alert(1)" in page
            assert EVIL not in page
    for name in ("mine", "matters", "home"):
        assert EVIL not in text(client_of(resident).get(url(name)))
    assert EVIL not in text(client_of(neighbour).get(url("near")))


def test_words_between_colleagues_stay_there(
    client_of: ClientOf, resident: Person, property_desk: Person, property_worker: Person, make_person: Any,
    community: Any, property_company: Any, report: Report,
) -> None:
    mate = make_person("钱师傅", community, "property_worker", at=community, of=property_company)
    case = report(category="door")
    actions.act(property_desk, case, "dispatch", worker=property_worker.pk, internal="带皮带")
    actions.act(property_worker, case, "take")
    actions.act(property_worker, case, "hand_over", worker=mate.pk, reason="这家太难缠")
    actions.add_note(property_desk, case, "内部说一句")
    page = text(client_of(resident).get(url("case", case.number)))
    for inside in ("带皮带", "太难缠", "内部说一句"):
        assert inside not in page
    api = text(client_of(resident).get(f"/api/v1/cases/{case.number}/"))
    for inside in ("带皮带", "太难缠", "内部说一句"):
        assert inside not in api


def test_the_case_page_asks_as_much_for_a_long_story(
    client_of: ClientOf, resident: Person, property_desk: Person, report: Report, monkeypatch: pytest.MonkeyPatch,
) -> None:
    from django.db import connection

    from linli.interfaces.components import shell

    monkeypatch.setattr(shell, "cards", lambda *_about: [])  # what other rooms put there has its own tests
    from django.test.utils import CaptureQueriesContext

    from linli.mechanisms.cases.tests.conftest import photo_of

    case = report()
    actions.attach(resident, case, [photo_of(case, resident)])
    client = client_of(resident)
    client.get(url("case", case.number))

    def cost() -> int:
        with CaptureQueriesContext(connection) as counted:
            assert client.get(url("case", case.number)).status_code == 200
        return len(counted)

    few = cost()
    for n in range(10):
        actions.send_message(resident if n % 2 else property_desk, case, f"第 {n} 句")
        actions.attach(resident, case, [photo_of(case, resident)])
    assert cost() == few


def test_a_case_is_found_without_an_account_by_number_and_phone(
    client: Client, resident: Person, report: Report,
) -> None:
    case = report(text="咔咔响", place="3号楼 702")
    last4 = (resident.phone or "")[-4:]
    page = text(client.post(url("track"), {"number": f" {case.number.lower()} ", "last4": last4}))
    assert "待派人" in page
    for private in ("咔咔响", "702", case.title, resident.shown_name):
        assert private not in page
    wrong = client.post(url("track"), {"number": case.number, "last4": "0000"})
    unknown = client.post(url("track"), {"number": "WTL-000000-0000", "last4": last4})
    assert wrong.status_code == unknown.status_code == 422
    assert "没有找到" in text(wrong)
    sealed = report(visibility="sealed")
    assert client.post(url("track"), {"number": sealed.number, "last4": last4}).status_code == 422


@pytest.mark.parametrize("sent", [{}, {"number": "x" * 400, "last4": "1"}, {"number": "A", "last4": "１２３４"},
                                  {"number": "A", "last4": "1234\n"}])
def test_track_with_nonsense(client: Client, db: None, sent: dict[str, str]) -> None:
    assert client.post(url("track"), sent).status_code in (200, 422)


def test_guessing_is_slowed_by_address_and_by_number_in_the_table(client: Client, report: Report) -> None:
    case = report()
    from django.core.cache import cache

    for n in range(11):
        cache.clear()  # another process, or a restart: the count is not in its memory
        page = text(client.post(url("track"), {"number": case.number, "last4": f"{n:04d}"}))
    assert "查得太勤了" in page
    for n in range(12):
        page = text(client.post(url("track"), {"number": case.number, "last4": f"{n:04d}"},
                                REMOTE_ADDR=f"10.0.0.{n}"))
    assert "查得太勤了" in page
    fresh = text(client.post(url("track"), {"number": "WTL-1", "last4": "0000"}, REMOTE_ADDR="10.9.9.9"))
    assert "没有找到" in fresh


def test_a_merged_case_says_where_it_went(
    client_of: ClientOf, neighbour: Person, worker: Person, report: Report,
) -> None:
    main, child = report(), report(by=neighbour, title="电梯也响")
    actions.merge(worker, child, main)
    page = text(client_of(neighbour).get(url("case", child.number)))
    assert main.number in page
    assert "并在另一件里办" in page


def test_administrators_and_auditors_are_no_neighbours(
    client_of: ClientOf, make_person: Any, community: Any, report: Report,
) -> None:
    case = report()
    for role in ("system_admin", "security_admin", "audit_admin", "auditor", "district_leader"):
        client = client_of(make_person("", None, role, at=community))
        assert client.get(url("case", case.number)).status_code == (200 if role == "district_leader" else 404)
        assert client.get(url("receipt", case.number)).status_code == 404


def test_staff_make_no_step_through_the_residents_pages(
    client_of: ClientOf, worker: Person, property_desk: Person, report: Report,
) -> None:
    case = report()
    for who in (worker, property_desk):
        client = client_of(who)
        assert client.get(url("case", case.number)).status_code == 200
        for name, sent in (("case_words", {"text": "x"}), ("case_answer", {"solved": "yes"}), ("case_nudge", {})):
            assert client.post(url(name, case.number), sent).status_code == 403
        assert client.post(url("case_step", case.number, "dispatch")).status_code == 403
    assert CaseEvent.objects.filter(case=case).count() == 1
