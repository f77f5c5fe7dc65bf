"""The whole journey over the pages: made at the desk, agreed to, sent round, filled in, read, exported."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from openpyxl import load_workbook

from linli.foundation.areas.models import Area
from linli.foundation.calendar import clock
from linli.foundation.jobs import run_all
from linli.foundation.notices.models import Notice
from linli.foundation.people.models import Person
from linli.foundation.privacy.models import Reveal
from linli.mechanisms.forms import actions
from linli.mechanisms.forms.jobs import tell_neighbours
from linli.mechanisms.forms.models import Form, FormDraft, Inquiry, Sheet
from linli.mechanisms.forms.tests.conftest import NOON

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Person], Client]
Ask = Callable[..., Inquiry]
SCRIPT = "<script>alert('邻里')</script>"


ENGLISH = {"title_en": "Chargers: yes or no?", "why_en": "We publish the result on the notice board."}


def _hidden(answer: Any) -> dict[str, Any]:
    """What the page itself would send: its number, and which fields stood on it."""
    page = answer.content.decode()
    found = re.search(r'name="seen" value="(\d+)"', page)
    assert found, page
    return {"seen": found[1], "asked": re.findall(r'name="asked" value="([^"]+)"', page)}


def _fill(client: Client, url: str, **given: Any) -> Any:
    return client.post(url, {**_hidden(client.get(url)), **given})


def _begun(client: Client, inquiry: Inquiry) -> str:
    first: str = client.post(f"/forms/i/{inquiry.pk}/begin/")["Location"]
    return first


def _handed_in(client: Client, inquiry: Inquiry, **given: Any) -> Sheet:
    words = _fill(client, _begun(client, inquiry), opinion__stance="agree", own__q1="a1")["Location"]
    review = _fill(client, words, opinion__text="尽快装", person__phone="13800008000", **given)["Location"]
    signed = {**_hidden(client.get(review)), "signed_name": "林小满", "agreed": "on"}
    assert client.post(review, signed).status_code == 302
    return Sheet.objects.latest("pk")


def test_an_inquiry_is_read_in_english_where_it_has_english(
        client_of: ClientOf, worker: Person, resident: Person, ask: Ask, at_noon: Any) -> None:
    form = ask().version.form
    send = {"kind": "opinion", "title": "装不装", "why": "汇总后在公告栏公布", "closes_on": "2026-11-16", **ENGLISH}
    desk = client_of(worker)
    wrong = desk.post(f"/forms/desk/{form.pk}/send/", {**send, "title": ""})
    assert wrong.status_code == 422
    assert ENGLISH["title_en"] in wrong.content.decode()
    assert ENGLISH["why_en"] in wrong.content.decode()
    desk.post(f"/forms/desk/{form.pk}/send/", send)
    inquiry = Inquiry.objects.get(title="装不装")
    url, lin = f"/forms/i/{inquiry.pk}/", client_of(resident)
    assert "装不装" in lin.get(url).content.decode()
    lin.cookies["django_language"] = "en"
    page = lin.get(url).content.decode()
    assert ENGLISH["title_en"] in page
    assert ENGLISH["why_en"] in page
    assert "装不装" not in page
    listed = lin.get("/forms/").content.decode()
    assert ENGLISH["title_en"] in listed
    assert "装充电桩" in listed  # the one without English stays readable
    resident.language = "en"
    resident.save(update_fields=["language"])
    actions.announce(worker, inquiry)
    tell_neighbours(inquiry=inquiry.pk)
    assert ENGLISH["title_en"] in Notice.objects.get(person=resident).sentence


def test_from_the_desk_to_the_residents_answer(
        client_of: ClientOf, worker: Person, community_head: Person, resident: Person, community: Area,
        at_noon: Any) -> None:
    desk = client_of(worker)
    draft_url = desk.post("/forms/desk/new/", {"title": "充电桩", "area": community.pk})["Location"]
    form = Form.objects.get(room="forms")
    change = f"/forms/desk/{form.pk}/draft/change/"

    def step(verb: str, **given: Any) -> Any:
        return desk.post(change, {"verb": verb, "page": "page-1", "seen": FormDraft.objects.get().seen, **given})

    assert "还没有问题" in desk.get(draft_url).content.decode()
    step("question_add", title="同意装吗", type="choice", options="同意 | Yes\n不同意 | No", required="on")
    step("field_add", element="person.phone")
    step("note_add", note="不写别人的电话")
    step("page_add", title="第二页")
    step("field_add", element="opinion.text", page="page-2")
    step("field_set", page="page-2", place="0", when="own.q1=a2")
    page = desk.get(draft_url).content.decode()
    assert "居民看到的样子" in page
    assert 'id="preview_own__q1_0"' in page
    asked = desk.post(f"/forms/desk/{form.pk}/draft/ask/", {"seen": FormDraft.objects.get().seen, "note": ""})
    assert asked.status_code == 302
    own = desk.post(f"/forms/desk/{form.pk}/draft/publish/", {"seen": FormDraft.objects.get().seen})
    assert own.status_code == 422
    assert "要请另一位同事看过再发布" in own.content.decode()
    head = client_of(community_head)
    assert "看过了，发布" in head.get(draft_url).content.decode()
    assert head.post(f"/forms/desk/{form.pk}/draft/publish/", {"seen": FormDraft.objects.get().seen}).status_code == 302
    send = {"kind": "opinion", "title": "装不装", "why": "汇总后在公告栏公布", "closes_on": "2026-11-16", "once": "1"}
    assert desk.post(f"/forms/desk/{form.pk}/send/", {**send, "why": "短"}).status_code == 422
    desk.post(f"/forms/desk/{form.pk}/send/", send)
    answers_url = desk.post(f"/forms/desk/{form.pk}/send/", send)["Location"]
    inquiry = Inquiry.objects.get()
    lin = client_of(resident)
    assert "装不装" in lin.get("/forms/").content.decode()
    assert "汇总后在公告栏公布" in lin.get(f"/forms/i/{inquiry.pk}/").content.decode()
    first = _begun(lin, inquiry)
    page = lin.get(first).content.decode()
    assert "已经替您填上（来自您的资料）" in page
    second = _fill(lin, first, own__q1="a2", person__phone="13800008000")["Location"]
    assert second.endswith("/p/page-2/")
    review = _fill(lin, second, opinion__text="先听消防的")["Location"]
    assert "先听消防的" in lin.get(review).content.decode()
    for _time in range(10):
        done = lin.post(review, {**_hidden_review(lin, review), "signed_name": "林小满", "agreed": "on"})
        assert done["Location"] == f"/forms/i/{inquiry.pk}/"
    assert Sheet.objects.get().state == "submitted"
    assert "您交了" in lin.get(f"/forms/i/{inquiry.pk}/").content.decode()
    counted = desk.get(answers_url).content.decode()
    assert "交了 1 份" in counted
    assert "<td>不同意</td><td class=\"num nowrap\">1</td>" in counted


def _hidden_review(client: Client, url: str) -> dict[str, Any]:
    answer = client.get(url)
    return {"seen": "0"} if answer.status_code == 302 else _hidden(answer)


def test_a_mistake_keeps_what_was_typed(client_of: ClientOf, resident: Person, ask: Ask) -> None:
    client = client_of(resident)
    words = _fill(client, _begun(client, ask()), opinion__stance="agree")["Location"]
    answer = _fill(client, words, opinion__text=SCRIPT + "写了很久", person__phone="12")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "请修改：" in page
    assert "写了很久" in page
    assert SCRIPT not in page
    assert 'href="#id_person__phone"' in page
    assert "手机号要 11 位" in page
    assert Sheet.objects.get().values["opinion.stance"] == "agree"
    empty = _fill(client, words.replace("words", "opinion"), opinion__stance="")
    assert empty.status_code == 422
    assert "请选一个" in empty.content.decode()


def test_the_other_window_is_told_and_keeps_its_words(client_of: ClientOf, resident: Person, ask: Ask) -> None:
    client = client_of(resident)
    url = _begun(client, ask()).replace("opinion", "words")
    old = _hidden(client.get(url))
    _fill(client, url, opinion__text="第一个窗口")
    late = client.post(url, {**old, "opinion__text": "第二个窗口"})
    page = late.content.decode()
    assert late.status_code == 422
    assert "第二个窗口</textarea>" in page
    assert "另一个窗口存的是：第一个窗口" in page
    assert client.post(url, {**_hidden(late), "opinion__text": "第二个窗口"}).status_code == 302
    assert Sheet.objects.get().values["opinion.text"] == "第二个窗口"


def test_resumed_elsewhere_where_it_stopped(client_of: ClientOf, resident: Person, ask: Ask) -> None:
    inquiry = ask()
    client = client_of(resident)
    _fill(client, _begun(client, inquiry), opinion__stance="agree", move="later")
    other = client_of(resident)
    assert "接着填" in other.get(f"/forms/i/{inquiry.pk}/").content.decode()
    assert _begun(other, inquiry).endswith("/p/words/")


def test_the_last_page_after_the_session_has_expired(client_of: ClientOf, resident: Person, ask: Ask) -> None:
    client = client_of(resident)
    words = _fill(client, _begun(client, ask()), opinion__stance="agree")["Location"]
    review = _fill(client, words, opinion__text="x")["Location"]
    sent = {**_hidden(client.get(review)), "signed_name": "林小满", "agreed": "on"}
    assert "sign" in Client().post(review, sent)["Location"]
    assert Sheet.objects.get().state == "draft"
    assert client_of(resident).post(review, sent).status_code == 302
    assert Sheet.objects.get().state == "submitted"


def test_who_is_let_in(client_of: ClientOf, resident: Person, neighbour: Person, worker: Person, stranger: Person,
                       other_worker: Person, grid_worker: Person, ask: Ask) -> None:
    inquiry = ask()
    sheet = _handed_in(client_of(resident), inquiry)
    form, fill = inquiry.version.form, f"/forms/s/{sheet.pk}/p/opinion/"
    desk = (f"/forms/desk/{form.pk}/", f"/forms/desk/inquiries/{inquiry.pk}/", f"/forms/desk/sheets/{sheet.pk}/",
            f"/forms/desk/inquiries/{inquiry.pk}/answers.xlsx")
    for person in (stranger, other_worker):
        for url in (f"/forms/i/{inquiry.pk}/", fill, *desk):
            assert client_of(person).get(url).status_code == 404, url
    for url in (fill, desk[0], desk[2]):
        assert client_of(neighbour).get(url).status_code == 404, url
    assert client_of(neighbour).get(f"/forms/i/{inquiry.pk}/").status_code == 200
    for person in (neighbour, grid_worker):
        assert client_of(person).get(desk[1]).status_code == 403
        assert client_of(person).get(desk[3]).status_code == 403
    assert client_of(worker).get(fill).status_code == 403
    assert Client().get(fill).status_code == 302
    assert client_of(neighbour).get("/forms/desk/").status_code == 404


def test_what_staff_read_is_masked_until_a_reason(
        client_of: ClientOf, resident: Person, worker: Person, ask: Ask) -> None:
    sheet = _handed_in(client_of(resident), ask())
    url = f"/forms/desk/sheets/{sheet.pk}/"
    desk = client_of(worker)
    page = desk.get(url).content.decode()
    assert "138****8000" in page
    assert "13800008000" not in page
    assert desk.post(url, {"reason": "看"}).status_code == 422
    whole = desk.post(url, {"reason": "打电话核对托管人数"})
    if whole.status_code == 200:
        assert "13800008000" in whole.content.decode()
        assert Reveal.objects.get().subject_id == resident.pk


def test_the_sheet_that_leaves_is_masked_and_no_formula(
        client_of: ClientOf, resident: Person, worker: Person, ask: Ask) -> None:
    inquiry = ask()
    client = client_of(resident)
    words = _fill(client, _begun(client, inquiry), opinion__stance="agree", own__q1="a2")["Location"]
    review = _fill(client, words, opinion__text="=1+1 打 13800008000", person__phone="13800008000")["Location"]
    client.post(review, {**_hidden(client.get(review)), "signed_name": "林小满", "agreed": "on"})
    answer = client_of(worker).get(f"/forms/desk/inquiries/{inquiry.pk}/answers.xlsx")
    page = load_workbook(io.BytesIO(answer.content)).active
    assert page is not None
    rows = list(page.iter_rows(values_only=True))
    assert rows[0][:3] == ("序号", "谁", "交的时间")
    assert rows[1][1] == "林**"
    assert rows[1][3:] == ("同意", "北侧", "=1+1 打 138****8000", "138****8000")
    assert page["F2"].data_type == "s"


def test_everybody_is_told_once(
        worker: Person, resident: Person, neighbour: Person, stranger: Person, ask: Ask) -> None:
    inquiry = ask()
    for _time in range(2):
        actions.announce(worker, inquiry)
        tell_neighbours(inquiry=inquiry.pk)
        run_all()
    for person in (resident, neighbour):
        assert Notice.objects.filter(person=person, key=f"forms.inquiry.{inquiry.pk}").count() == 1
    assert not Notice.objects.filter(person=stranger, key=f"forms.inquiry.{inquiry.pk}").exists()


def test_taken_back_and_forgotten(client_of: ClientOf, resident: Person, ask: Ask) -> None:
    inquiry = ask()
    client = client_of(resident)
    sheet = _handed_in(client, inquiry)
    assert client.post(f"/forms/s/{sheet.pk}/take-back/").status_code == 302
    assert "接着填" in client.get(f"/forms/i/{inquiry.pk}/").content.decode()
    assert client.post(f"/forms/s/{sheet.pk}/forget/").status_code == 302
    assert "开始填" in client.get(f"/forms/i/{inquiry.pk}/").content.decode()
    assert _begun(client, inquiry)


def test_a_closed_inquiry_can_be_read_not_answered(client_of: ClientOf, resident: Person, ask: Ask) -> None:
    inquiry = ask()
    client = client_of(resident)
    url = _begun(client, inquiry)
    with clock.at(NOON + timedelta(days=20)):
        assert "已经截止" in client.get(f"/forms/i/{inquiry.pk}/").content.decode()
        late = _fill(client, url, opinion__stance="agree")
        assert late.status_code == 422
        assert "已经截止" in late.content.decode()


def test_english(client_of: ClientOf, resident: Person, ask: Ask) -> None:
    client = client_of(resident)
    page = client.get(_begun(client, ask()), headers={"accept-language": "en"}).content.decode()
    assert "Your opinion" in page
    assert "Save, next page" in page
