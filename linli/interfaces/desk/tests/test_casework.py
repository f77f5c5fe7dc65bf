"""The staff's worklist and case page, as they are used."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from linli.foundation import audit
from linli.interfaces.desk.casework.reports import plain
from linli.interfaces.desk.tests.conftest import Report
from linli.mechanisms.cases import actions
from linli.mechanisms.cases.models import Case, CaseEvent, SavedView

if TYPE_CHECKING:
    from linli.foundation.people.models import Organisation, Person

ClientOf = Callable[["Person"], Client]
EVIL = "<script>alert(1)</script>"


def url(name: str, *args: object) -> str:
    return reverse(f"desk:{name}", args=args)


def text(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.mark.parametrize("code", [
    "mine", "offered", "today", "overdue", "unassigned", "catch_all", "call_back", "helping", "open", "closed",
    "nowhere", "", "<i>x"])
def test_every_queue_opens_and_an_unknown_one_does_no_harm(
    client_of: ClientOf, report: Report, property_desk: Person, code: str,
) -> None:
    report()
    page = client_of(property_desk).get(url("worklist"), {"queue": code})
    assert page.status_code == 200
    assert "<i>x" not in text(page)


@pytest.mark.parametrize("filters", [
    {"kind": "repair"}, {"kind": "nothing"}, {"kind": "repair", "state": "submitted"}, {"state": "'"},
    {"days": "9" * 40}, {"days": "²"}, {"unit": "x"}, {"unit": "9" * 30}, {"building": "-1"}, {"q": "%"}, {"q": EVIL},
    {"urgency": "danger"}, {"channel": "moon"}, {"category": "lift"}, {"after": "not-a-token"},
])
def test_filters_nobody_can_mean_do_no_harm(
    client_of: ClientOf, report: Report, property_desk: Person, filters: dict[str, str],
) -> None:
    report()
    client = client_of(property_desk)
    for name in ("worklist", "map", "export"):
        page = client.get(url(name), filters)
        assert page.status_code == 200
        if name == "worklist":
            assert EVIL not in text(page)


def test_filters_narrow_and_say_so(client_of: ClientOf, report: Report, property_desk: Person) -> None:
    report(title="电梯异响")
    report(title="楼道灯不亮", category="power.light")
    page = text(client_of(property_desk).get(url("worklist"), {"queue": "open", "q": "楼道"}))
    assert "楼道灯不亮" in page
    assert "电梯异响" not in page
    assert "筛选（1）" in page
    empty = text(client_of(property_desk).get(url("worklist"), {"queue": "open", "q": "没有的事"}))
    assert "去掉一个条件再看" in empty


def test_the_list_goes_on_by_keyset_and_a_case_keeps_its_place(
    client_of: ClientOf, report: Report, property_desk: Person,
) -> None:
    for n in range(55):
        report(title=f"第{n}件")
    client = client_of(property_desk)
    first = client.get(url("worklist"), {"queue": "open"})
    after = first.context["page"].after
    assert after
    second = client.get(url("worklist"), {"queue": "open", "after": after})
    seen = [row.pk for row in first.context["page"]] + [row.pk for row in second.context["page"]]
    assert len(seen) == len(set(seen)) == 55
    row = second.context["page"].rows[0]
    assert "after=" in second.context["kept_here"]
    beside = client.get(f"{url('case', row.number)}?{second.context['kept_here']}")
    assert row in list(beside.context["page"])


def test_the_worklist_asks_as_much_with_sixty_cases_as_with_three(
    client_of: ClientOf, report: Report, property_desk: Person, django_assert_num_queries: Any,
) -> None:
    client = client_of(property_desk)
    for n in range(3):
        report(title=f"第{n}件")
    client.get(url("worklist"), {"queue": "open"})  # what a process reads once
    few = _queries(client, url("worklist") + "?queue=open")
    for n in range(57):
        report(title=f"又{n}件")
    with django_assert_num_queries(few):
        client.get(url("worklist"), {"queue": "open"})


def _queries(client: Client, address: str) -> int:
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as counted:
        assert client.get(address).status_code == 200
    return len(counted)


def test_the_case_page_asks_as_much_for_a_long_story_with_photos(
    client_of: ClientOf, report: Report, property_desk: Person, resident: Person, worker: Person,
    department: Organisation, monkeypatch: pytest.MonkeyPatch,
) -> None:
    from linli.interfaces.components import shell
    from linli.mechanisms.cases.tests.conftest import photo_of

    monkeypatch.setattr(shell, "cards", lambda *_about: [])  # what other rooms put there has its own tests
    case = report()
    actions.attach(resident, case, [photo_of(case, resident)])
    actions.whistle(worker, case, department, reason="一起看")
    client = client_of(property_desk)
    address = url("case", case.number)
    client.get(address)
    few = _queries(client, address)
    for n in range(12):
        actions.send_message(resident if n % 2 else property_desk, case, f"第 {n} 句")
        actions.attach(resident, case, [photo_of(case, resident)])
    assert _queries(client, address) == few


def test_saved_views_are_ones_own_and_can_be_dropped(
    client_of: ClientOf, report: Report, property_desk: Person, worker: Person,
) -> None:
    client = client_of(property_desk)
    client.post(url("save_view"), {"name": EVIL, "query": "queue=open&q=电梯"})
    page = text(client.get(url("worklist")))
    assert "alert(1)" in page
    assert EVIL not in page
    assert "alert(1)" not in text(client_of(worker).get(url("worklist")))
    client.post(url("save_view"), {"name": EVIL, "drop": "1"})
    assert not SavedView.objects.exists()
    assert client.post(url("save_view"), {"name": " "}).status_code == 302  # said in a message


def test_bulk_does_each_on_its_own_and_names_what_failed(
    client_of: ClientOf, report: Report, property_desk: Person, property_worker: Person, resident: Person,
) -> None:
    good, over, foreign = report(), report(title="撤回的"), report(kind="complaint", title="别家的")
    actions.act(resident, over, "cancel")
    client = client_of(property_desk)
    numbers = [foreign.number, over.number, "WTL-000000-0000", good.number, good.number]
    page = client.post(url("bulk"), {"number": numbers, "verb": "dispatch", "worker": property_worker.pk,
                                     "kept": "queue=mine&q=电梯"}, follow=True)
    told = text(page)
    good.refresh_from_db()
    assert good.assignee == property_worker
    assert "办了 1 件" in told
    assert over.number in told
    assert foreign.number in told
    assert "queue=mine" in page.redirect_chain[0][0]
    assert CaseEvent.objects.filter(case=good, name="dispatch").count() == 1


@pytest.mark.parametrize("sent", [
    {}, {"verb": "explode"}, {"verb": "dispatch", "worker": "x"}, {"verb": "message", "text": " "},
    {"verb": "message", "text": "长" * 3000}])
def test_bulk_without_sense_changes_nothing(
    client_of: ClientOf, report: Report, property_desk: Person, sent: dict[str, str],
) -> None:
    case = report()
    page = client_of(property_desk).post(url("bulk"), {"number": case.number, **sent}, follow=True)
    assert page.status_code == 200
    assert 'role="alert"' in text(page)
    assert CaseEvent.objects.filter(case=case).count() == 1


def test_the_bulk_page_offers_one_worker_only_where_one_unit_has_them_all(
    client_of: ClientOf, report: Report, property_worker: Person, worker: Person,
) -> None:
    mine, loose = report(), report(kind="complaint", title="噪音")
    client = client_of(worker)
    assert property_worker.shown_name in text(client.get(url("bulk_form"), {"number": [mine.number]}))
    assert "归不同单位" in text(client.get(url("bulk_form"), {"number": [mine.number, loose.number]}))
    assert client.get(url("bulk_form")).status_code == 200


def test_the_workbook_is_masked_holds_no_formula_and_is_written_down(
    client_of: ClientOf, report: Report, property_desk: Person,
) -> None:
    report(title="=HYPERLINK(\"http://x\")", place="3号楼 702", place_public="3号楼")
    report(title="打 13912345678 \x07 找我", place_public="+cmd")
    answer = client_of(property_desk).get(url("export"), {"queue": "open"})
    rows = list(openpyxl.load_workbook(io.BytesIO(answer.content)).active.iter_rows(values_only=True))
    cells = [str(value) for row in rows for value in row if value is not None]
    assert len(rows) == 3
    assert "13912345678" not in "".join(cells)
    assert "702" not in "".join(cells)
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]
    assert "cases.export" in audit.verbs(property_desk)


@pytest.mark.parametrize("value", ["=1+1", "+1", "-1", "@x", "\t=1", "\r=1", "\n=1", "＝1"])
def test_no_cell_begins_like_a_formula(value: str) -> None:
    assert plain(value).startswith("'")


def test_who_is_no_staff_or_from_next_door_finds_nothing(
    client_of: ClientOf, report: Report, resident: Person, stranger: Person, other_worker: Person,
) -> None:
    case = report()
    for who, outside in ((resident, True), (stranger, True), (other_worker, False)):
        client = client_of(who)
        assert client.get(url("worklist")).status_code == (404 if outside else 200)
        for name in ("case", "case_edit"):
            assert client.get(url(name, case.number)).status_code == 404
        assert client.get(url("case_step", case.number, "dispatch")).status_code == 404
        assert client.post(url("case_words", case.number), {"text": "x", "to": "inside"}).status_code == 404
        assert client.get(url("case_more", case.number, "merge")).status_code == 404


@pytest.mark.parametrize("role", [
    "worker", "grid_worker", "community_head", "property_desk", "street_leader"])
def test_the_case_page_of_each_role(
    request: pytest.FixtureRequest, client_of: ClientOf, report: Report, role: str,
) -> None:
    case = report(text="咔咔响", place="3号楼 702")
    page = text(client_of(request.getfixturevalue(role)).get(url("case", case.number)))
    assert "咔咔响" in page
    assert "+86" not in page  # masked until a reason is given


def test_a_sealed_case_is_nowhere_on_the_desk(
    client_of: ClientOf, report: Report, worker: Person, property_desk: Person,
) -> None:
    case = report(title="说不得的事", visibility="sealed")
    for who in (worker, property_desk):
        client = client_of(who)
        assert client.get(url("case", case.number)).status_code == 404
        for name in ("worklist", "shift", "map", "search"):
            assert "说不得的事" not in text(client.get(url(name), {"q": "说不得", "queue": "open"}))


def test_what_people_wrote_is_never_markup(
    client_of: ClientOf, report: Report, property_desk: Person, resident: Person, community_head: Person,
) -> None:
    case = report(title=EVIL, text=EVIL, place=EVIL, place_public=EVIL)
    actions.send_message(resident, case, EVIL)
    actions.add_note(property_desk, case, EVIL + "2")
    client = client_of(property_desk)
    for address in (url("worklist"), url("case", case.number), url("case_step", case.number, "dispatch"),
                    url("case_edit", case.number), url("shift"), url("map"), url("case_more", case.number, "object"),
                    url("bulk_form") + f"?number={case.number}"):
        page = text(client.get(address, follow=True))
        assert "alert(1)" in page, address
        assert EVIL not in page, address
    assert client_of(community_head).get(url("case", case.number)).status_code == 200


def test_a_step_that_lacks_something_keeps_what_was_typed(
    client_of: ClientOf, report: Report, property_desk: Person,
) -> None:
    case = report()
    answer = client_of(property_desk).post(url("case_step", case.number, "dispatch"), {
        "seen": case.seq, "note": "下午两点前到", "internal": "带上皮带"})
    page = text(answer)
    assert answer.status_code == 422
    assert "下午两点前到" in page
    assert "带上皮带" in page
    assert "请选由谁去办" in page


def test_who_comes_second_reads_what_changed_and_the_next_click_goes_through(
    client_of: ClientOf, report: Report, property_desk: Person, property_worker: Person, resident: Person,
) -> None:
    case = report()
    actions.send_message(resident, case, "更响了")
    client = client_of(property_desk)
    sent = {"seen": 1, "worker": property_worker.pk, "note": "两点到"}
    answer = client.post(url("case_step", case.number, "dispatch"), sent)
    page = text(answer)
    assert answer.status_code == 422
    assert "留言" in page
    assert "两点到" in page
    assert 'name="seen" value="2"' in page
    done = client.post(url("case_step", case.number, "dispatch"), {**sent, "seen": 2})
    assert done.status_code == 302
    replay = client.post(url("case_step", case.number, "dispatch"), {**sent, "seen": 2})
    assert replay.status_code == 422  # sent twice: the first one counted
    assert CaseEvent.objects.filter(case=case, name="dispatch").count() == 1


def test_an_edit_by_two_tells_the_second_and_keeps_the_words(
    client_of: ClientOf, report: Report, property_desk: Person,
) -> None:
    case = report()
    client = client_of(property_desk)
    sent = {"seen": 1, "category": "lift.door", "title": "电梯门关不上", "urgency": "urgent", "visibility": "area",
            "reason": "看过现场"}
    assert client.post(url("case_edit", case.number), sent).status_code == 302
    again = client.post(url("case_edit", case.number), {**sent, "title": "电梯门坏了"})
    assert again.status_code == 422
    assert "电梯门坏了" in text(again)
    assert client.post(url("case_edit", case.number), {**sent, "visibility": "sealed"}).status_code == 422
    case.refresh_from_db()
    assert (case.title, case.visibility) == ("电梯门关不上", "area")


@pytest.mark.parametrize("to", ["requester", "inside"])
def test_ten_thousand_letters_are_refused_and_kept(
    client_of: ClientOf, report: Report, property_desk: Person, to: str,
) -> None:
    case = report()
    answer = client_of(property_desk).post(url("case_words", case.number), {"text": "长" * 10_000, "to": to})
    assert answer.status_code == 422
    assert "长" * 10_000 in text(answer)
    assert CaseEvent.objects.filter(case=case).count() == 1


def test_words_sent_twice_are_said_once(client_of: ClientOf, report: Report, property_desk: Person) -> None:
    case = report()
    client = client_of(property_desk)
    for _twice in range(2):
        assert client.post(url("case_words", case.number), {"text": "下午到", "to": "requester"}).status_code == 302
    assert CaseEvent.objects.filter(case=case, name="message").count() == 1


def test_the_shift_hands_over_what_can_be_and_says_how_much(
    client_of: ClientOf, report: Report, property_desk: Person, property_worker: Person, make_person: Any,
    community: Any, property_company: Organisation,
) -> None:
    mate = make_person("钱师傅", community, "property_worker", at=community, of=property_company)
    case = report(category="door")
    actions.act(property_desk, case, "dispatch", worker=property_worker.pk)
    actions.act(property_worker, case, "take")
    client = client_of(property_worker)
    assert client.get(url("shift")).status_code == 200
    page = client.post(url("hand_over"), {"colleague": mate.pk}, follow=True)
    assert "转出 1 件" in text(page)
    case.refresh_from_db()
    assert (case.offered_to, case.assignee) == (mate, property_worker)
    assert client.post(url("hand_over"), {"colleague": "²"}, follow=True).status_code == 200


@pytest.mark.parametrize("days", ["", "7", "999", "x"])
def test_the_rates_page(client_of: ClientOf, report: Report, community_head: Person, days: str) -> None:
    report()
    assert client_of(community_head).get(url("rates"), {"days": days}).status_code == 200


def test_the_complaint_about_ones_own_unit_is_nowhere(
    client_of: ClientOf, report: Report, property_desk: Person, property_company: Organisation, worker: Person,
) -> None:
    case = report(kind="complaint", title="物业收费不公开", facts={"complained_of": property_company.pk})
    Case.objects.filter(pk=case.pk).update(unit=property_company)  # however it came there
    client = client_of(property_desk)
    assert client.get(url("case", case.number)).status_code == 404
    for name in ("worklist", "shift", "map", "search"):
        assert "收费不公开" not in text(client.get(url(name), {"queue": "open", "q": "收费"}))
    rows = openpyxl.load_workbook(io.BytesIO(client.get(url("export")).content)).active
    assert "收费不公开" not in str(list(rows.iter_rows(values_only=True)))
    assert client.get(f"/api/v1/cases/{case.number}/").status_code == 404
    assert "收费不公开" not in text(client.get("/api/v1/cases/desk/"))
    assert client_of(worker).get(url("case", case.number)).status_code == 200


def test_the_desk_speaks_english_to_the_last_word(
    client_of: ClientOf, report: Report, property_desk: Person, property_worker: Person,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import re

    from linli.interfaces.components import shell

    monkeypatch.setattr(shell, "cards", lambda *_about: [])  # what other rooms put there is theirs to translate
    case = report(title="Lift", text="It rattles", place="Building 3", place_public="Building 3")
    for who in type(property_desk).objects.all():
        who.name, who.title, who.language = "Lin", "Ms Lin", "en"
        who.save(update_fields=["name", "title", "language"])
    actions.act(property_desk, case, "dispatch", worker=property_worker.pk)
    client = client_of(type(property_desk).objects.get(pk=property_desk.pk))
    names = {"安居物业", "梧桐里社区", "中文", "简体中文", "邻里"}
    for address in (url("worklist"), url("case", case.number), url("case_step", case.number, "pause"), url("shift"),
                    url("case_more", case.number, "extend"), url("case_edit", case.number), url("rates"), url("map")):
        with override("en"):
            page = text(client.get(address, headers={"accept-language": "en"}))
        left = set(re.findall(r"[一-鿿，。、]+", page.partition("</header>")[2])) - names
        assert not left, (address, left)
