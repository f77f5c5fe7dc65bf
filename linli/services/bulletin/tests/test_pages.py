"""The pages: who gets in, what is escaped, what survives a mistake, what goes on paper and into the sheet."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from openpyxl import load_workbook

from linli.foundation.areas.models import Area, Building, Compound
from linli.foundation.calendar import clock
from linli.foundation.people.models import Organisation, Person
from linli.interfaces.components import shell
from linli.services.bulletin import actions, queries
from linli.services.bulletin.actions import Text
from linli.services.bulletin.models import Announcement, Kind, Read, State
from linli.services.bulletin.tests.conftest import NOON, Publish

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Person], Client]
SCRIPT = "<script>alert('邻里')</script><img src=x onerror=alert(1)>"


def _written(**more: Any) -> dict[str, Any]:
    return {"kind": "outage", "title": "明天停水", "body": "请提前接水。", "is_public": "on", **more}


def _board_key(person: Person) -> str:
    return queries.boards(person)[0].key


def test_from_the_desk_to_the_resident(
        client_of: ClientOf, worker: Person, community_head: Person, resident: Person, building: Building) -> None:
    desk = client_of(worker)
    answer = desk.post("/bulletin/desk/new/", _written(board=_board_key(worker), places=[f"b-{building.pk}"]))
    row = Announcement.objects.get()
    assert answer["Location"] == f"/bulletin/desk/{row.pk}/"
    assert "请提前接水。" in desk.get(answer["Location"]).content.decode()
    assert desk.post(f"/bulletin/desk/{row.pk}/submit/").status_code == 302
    own = desk.get(f"/bulletin/desk/{row.pk}/").content.decode()
    assert "要请另一位同事审核" in own
    assert "看过了，发布" not in own
    head = client_of(community_head)
    assert "看过了，发布" in head.get(f"/bulletin/desk/{row.pk}/").content.decode()
    assert head.post(f"/bulletin/desk/{row.pk}/approve/", {"version": "1"}).status_code == 302
    lin = client_of(resident)
    assert "明天停水" in lin.get("/bulletin/").content.decode()
    page = lin.get(f"/bulletin/{row.pk}/").content.decode()
    assert "为什么我会看到" in page
    assert "您家在梧桐苑 3号楼" in page
    assert Read.objects.filter(person=resident).count() == 1
    lin.get(f"/bulletin/{row.pk}/")
    assert Read.objects.count() == 1


def test_the_form_as_it_is_shown_can_be_sent(
        client_of: ClientOf, worker: Person, property_desk: Person, street_leader: Person, compound: Compound,
        other_community: Area) -> None:
    """What the browser sends is what the page offered: one board is a hidden field, several are a choice."""
    for person in (worker, property_desk, street_leader):
        client = client_of(person)
        page = client.get("/bulletin/desk/new/")
        form = page.context["form"]
        sent = {field.name: field.value() for field in form if field.value() not in (None, False, "")}
        assert sent["board"] in page.content.decode()
        answer = client.post("/bulletin/desk/new/", {**sent, "title": "停水", "body": person.title})
        assert answer.status_code == 302, form.errors
        row = Announcement.objects.get(body=person.title)
        edit = client.get(f"/bulletin/desk/{row.pk}/edit/").context["form"]
        again = {field.name: field.value() for field in edit if field.value() not in (None, False, "")}
        for name in ("publish_at", "expires_at"):
            if name in again:
                again[name] = f"{again[name]:%Y-%m-%dT%H:%M}"
        assert client.post(f"/bulletin/desk/{row.pk}/edit/", {**again, "title": "改了"}).status_code == 302
        row.refresh_from_db()
        assert row.title == "改了"
        assert len(queries.boards(Person.objects.get(pk=street_leader.pk))) == 3


def test_a_mistake_keeps_what_was_typed(client_of: ClientOf, worker: Person, community: Area) -> None:
    answer = client_of(worker).post("/bulletin/desk/new/", _written(
        board=_board_key(worker), title="", body="写了很久的正文", age_from="60"))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "写了很久的正文" in page
    assert "请写标题。" in page
    refused = client_of(worker).post("/bulletin/desk/new/", _written(board=_board_key(worker), age_from="60"))
    assert refused.status_code == 422
    assert "要写依据" in refused.content.decode()
    assert not Announcement.objects.exists()


def test_a_renamed_program_is_refused_in_the_form(client_of: ClientOf, worker: Person, community: Area) -> None:
    evil = SimpleUploadedFile("通知.pdf", b"MZ\x90\x00" + b"\0" * 400, content_type="application/pdf")
    answer = client_of(worker).post("/bulletin/desk/new/", _written(board=_board_key(worker), files=evil))
    assert answer.status_code == 422
    assert "其实是程序" in answer.content.decode()
    assert "请提前接水。" in answer.content.decode()


def test_an_attachment_opens_for_who_may_read_it(
        client_of: ClientOf, worker: Person, community_head: Person, resident: Person, stranger: Person) -> None:
    paper = SimpleUploadedFile("停水范围.pdf", b"%PDF-1.7\nfine", content_type="application/pdf")
    client_of(worker).post("/bulletin/desk/new/", _written(board=_board_key(worker), files=paper, is_public=""))
    row = Announcement.objects.get()
    actions.submit(worker, row)
    actions.approve(community_head, row, version=1)
    url = client_of(resident).get(f"/bulletin/{row.pk}/").context["files"][0]["url"]
    assert client_of(resident).get(url).status_code == 200
    assert client_of(stranger).get(url).status_code == 404
    assert Client().get(url).status_code == 404


@pytest.mark.parametrize("where", ["/bulletin/{}/", "/bulletin/{}/print/"])
def test_only_what_is_public_opens_without_signing_in(publish: Publish, where: str) -> None:
    assert Client().get(where.format(publish(is_public=True).pk)).status_code == 200
    assert Client().get(where.format(publish(is_public=False).pk)).status_code == 404
    later = publish(publish_at=NOON + timedelta(days=1))
    assert Client().get(where.format(later.pk)).status_code == 404
    with clock.at(NOON + timedelta(days=1, minutes=1)):
        assert Client().get(where.format(later.pk)).status_code == 200


def test_the_community_next_door_gets_nothing(
        client_of: ClientOf, publish: Publish, worker: Person, community: Area, stranger: Person,
        other_worker: Person) -> None:
    row = publish("水管爆裂", is_public=False)
    draft = actions.draft(worker, community, Text(title="水管草稿", body="x"))
    for person in (stranger, other_worker):
        client = client_of(person)
        for path in (f"/bulletin/{row.pk}/", f"/bulletin/{row.pk}/print/", f"/bulletin/desk/{row.pk}/",
                     f"/bulletin/desk/{row.pk}/edit/", f"/bulletin/desk/{draft.pk}/print/"):
            assert client.get(path).status_code == 404, path
        for verb in ("submit", "approve", "send_back", "withdraw"):
            assert client.post(f"/bulletin/desk/{row.pk}/{verb}/", {"note": "不行", "version": 1}).status_code == 404
        assert "水管" not in client.get("/bulletin/?tab=all").content.decode()
        assert queries.search(person, None, "水管") == []
    assert queries.search(None, community, "水管") == []
    assert Client().get(f"/feeds/{community.code}/announcements.atom").content.decode().count("<entry>") == 0
    sheet = load_workbook(io.BytesIO(client_of(other_worker).get("/bulletin/desk/counts.xlsx").content)).active
    assert sheet is not None
    assert sheet.max_row == 1
    assert client_of(stranger).get("/bulletin/desk/counts.xlsx").status_code in {403, 404}
    row.refresh_from_db()
    assert row.state == State.PUBLISHED


def test_a_resident_has_no_desk(client_of: ClientOf, publish: Publish, resident: Person) -> None:
    row = publish()
    for path in ("", "new/", f"{row.pk}/", f"{row.pk}/edit/"):
        assert client_of(resident).get(f"/bulletin/desk/{path}").status_code == 404, path


def test_a_script_in_every_field_stays_text(
        client_of: ClientOf, worker: Person, community_head: Person, resident: Person, publish: Publish,
        community: Area, building: Building) -> None:
    Area.objects.filter(pk=community.pk).update(name=SCRIPT[:60])
    Building.objects.filter(pk=building.pk).update(name="<i>3</i>号楼")
    Organisation.objects.update(name=SCRIPT[:80])
    worker.title = "<b>周敏</b>"
    worker.save(update_fields=["title"])
    row = publish("<script>x</script>", f"{SCRIPT}\n\njavascript:alert(1) http://a.cn/?\"><script>y</script>",
                  places=[building], age_from=0, age_basis="<u>依据</u>办法")
    actions.revise(worker, row, Text(title="<script>x</script>", body=f"改{SCRIPT}"))
    actions.send_back(community_head, row, note="<em>退回</em>")
    resident.birth_year = 1950
    resident.save(update_fields=["birth_year"])
    pages = [client_of(resident).get(path) for path in (
        "/", "/bulletin/", f"/bulletin/{row.pk}/", f"/bulletin/{row.pk}/print/")]
    pages += [client_of(worker).get(path) for path in (
        "/bulletin/desk/", "/bulletin/desk/?q=<script>x", f"/bulletin/desk/{row.pk}/", f"/bulletin/desk/{row.pk}/edit/",
        f"/bulletin/desk/{row.pk}/print/")]
    pages.append(client_of(community_head).get(f"/bulletin/desk/{row.pk}/"))
    for answer in pages:
        text = answer.content.decode()
        assert answer.status_code == 200, answer.request["PATH_INFO"]
        for evil in ("<script>x", "<script>alert", "<script>y", "<img src=x", "<i>3", "<b>周敏", "<u>依据", "<em>退回"):
            assert evil not in text, (evil, answer.request["PATH_INFO"])
        assert 'href="javascript' not in text


def test_words_that_look_like_a_formula_stay_words(client_of: ClientOf, publish: Publish, worker: Person) -> None:
    publish("=HYPERLINK(\"http://a.cn\",\"x\")")
    sheet = load_workbook(io.BytesIO(client_of(worker).get("/bulletin/desk/counts.xlsx").content)).active
    assert sheet is not None
    cell = sheet.cell(2, 1)
    assert (cell.data_type, cell.value) == ("s", "=HYPERLINK(\"http://a.cn\",\"x\")")


def test_few_readers_are_not_counted_on_paper(
        client_of: ClientOf, publish: Publish, worker: Person, make_person: Any, community: Area) -> None:
    row = publish()
    for count, said in ((4, "不足 5 人看过"), (5, "5 人看过")):
        while Read.objects.count() < count:
            actions.mark_read(make_person("", community), row)
        sheet = load_workbook(io.BytesIO(client_of(worker).get("/bulletin/desk/counts.xlsx").content)).active
        assert sheet is not None
        assert sheet.cell(2, 8).value == said
        assert said in client_of(worker).get(f"/bulletin/desk/{row.pk}/").content.decode()


def test_the_paper_is_large_and_leads_back(client_of: ClientOf, publish: Publish, resident: Person) -> None:
    row = publish("明天停水", "第一段\n\n第二段 https://www.gov.cn/x")
    page = client_of(resident).get(f"/bulletin/{row.pk}/print/").content.decode()
    assert "<svg" in page
    assert 'class="code"' in page
    assert "@page { size: A4" in page
    assert "<p>第一段</p>" in page
    assert 'href="https://www.gov.cn/x"' in page
    assert "<script" not in page, "a paper needs no script"


def test_the_home_page_shows_ones_own_home_first(
        client_of: ClientOf, publish: Publish, resident: Person, building: Building, other_building: Building) -> None:
    publish("三号楼停水", places=[building])
    for number in range(4):
        publish(f"全社区 {number}")
    publish("五号楼停水", places=[other_building])
    titles = [one.announcement.title for one in queries.for_home(resident)]
    assert titles[0] == "三号楼停水"
    assert len(titles) == 3
    page = client_of(resident).get("/").content.decode()
    assert "与您家有关" in page
    assert "五号楼停水" not in page
    answers = [found.title for found in shell.find(resident, None, "五号楼停水")]
    assert "五号楼停水" in answers, "who looks for it finds it"


def test_a_hundred_rows_page_by_page_with_the_same_number_of_queries(
        client_of: ClientOf, publish: Publish, resident: Person, worker: Person, community_head: Person,
        django_assert_max_num_queries: Any) -> None:
    for number in range(45):
        with clock.at(NOON + timedelta(minutes=number)):
            publish(f"公告 {number}", kind=Kind.values[number % len(Kind.values)])
    with clock.at(NOON + timedelta(hours=2)):
        client, seen, path = client_of(resident), [], "/bulletin/?tab=all"
        while path:
            with django_assert_max_num_queries(16):
                page = client.get(path).context["page"]
            seen += [one.announcement.title for one in page]
            path = f"/bulletin/?tab=all&after={page.after}" if page.after else ""
        assert seen == [f"公告 {number}" for number in reversed(range(45))]
        desk = client_of(worker)
        with django_assert_max_num_queries(16):
            assert len(desk.get("/bulletin/desk/").context["page"]) == 45
