"""What a place asks for differently: less as it likes, more with a basis of its own; seen before it is said."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from linli.foundation.areas.models import Area
from linli.foundation.people.models import Person
from linli.services.gov.actions import loading, publishing
from linli.services.gov.items import overlay
from linli.services.gov.models import ItemVersion, LocalDraft, Publication, ServiceItem
from linli.services.gov.tests.conftest import ITEM, Write

FEE = {"name": "工本费", "amount_cents": 2000, "basis": "测试收费办法"}
PAPER: dict[str, Any] = {
    "name": "房主的同意书", "need": "required", "source": "applicant", "copies": {"original": 1, "copy": 0},
    "medium": ["paper"], "basis": "区里 2026 年第 3 号通知", "sample": "有签名"}
LOCAL, ADDRESS = reverse("gov:local", args=["test-allowance"]), "/gov/items/test-allowance/"


def with_fee(item: dict[str, Any]) -> None:
    item["local"]["fees"] = [FEE]


@pytest.fixture
def charged(catalogue: Path, write_item: Write) -> ServiceItem:
    """The item, for which everybody charges 20 yuan."""
    write_item(change=with_fee)
    loading.load(catalogue)
    return ServiceItem.objects.get(slug="test-allowance")


def typed(**changed: Any) -> dict[str, Any]:
    """The page as it stands, and what was changed on it."""
    contact = ITEM["local"]["contact"]
    return {"department": "测试局", **contact, "promised_days": "8", "channels": ["online", "window", "phone"],
            "complaint": "打 12345", "note": "本地要得少一些", "fee_0_amount": "20.00", **changed}


OWN = {"own_0_name": "房主的同意书", "own_0_basis": "区里 2026 年第 3 号通知", "own_0_sample": "有签名",
       "own_0_original": "1", "own_0_medium": ["paper"]}


def at_desk(client: Client, person: Person) -> Client:
    client.force_login(person)
    return client


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_two_people_change_papers_fees_and_questions(
        client: Client, clerk: Person, head: Person, charged: ServiceItem, other_community: Area) -> None:
    changed = typed(paper_id_card="later", paper_proof="none", **OWN, fee_0_amount="5", ownfee_0_name="快递费",
                    ownfee_0_amount="12.50", ownfee_0_basis="快递公司公布的价", ownfee_0_reductions="自取免收",
                    faq_0_q="周六办吗", faq_0_a="办，上午。")
    assert at_desk(client, clerk).post(LOCAL, changed).status_code == 302
    draft = LocalDraft.objects.get()
    assert draft.changes == {"faq": [{"q": "周六办吗", "a": "办，上午。"}], "local": {
        "materials": {"id_card": {"need": "tolerated"}, "proof": None, "here_1": PAPER},
        "fees": {"工本费": {"amount_cents": 500}, "快递费": {
            "amount_cents": 1250, "basis": "快递公司公布的价", "reductions": "自取免收"}}}}
    diff = text(at_desk(client, head), f"/gov/desk/items/test-allowance/diff/2/0/?draft={draft.pk}")
    for words in ("local.materials.here_1.name", "local.fees.工本费.amount_cents", "居民会看到", "周六办吗"):
        assert words in diff, words
    assert client.post(reverse("gov:decide", args=["test-allowance", draft.pk, "publish"])).status_code == 302
    page = text(client, ADDRESS)
    for words in ("房主的同意书", "可以后补", "工本费：5 元", "快递费：12.50 元", "自取免收", "周六办吗",
                  "测试津贴多久到账"):
        assert words in page, words
    assert "测试证明" not in page
    assert page.index("周六办吗") < page.index("测试津贴多久到账")
    again = text(client, LOCAL)  # the page shows what counts here now
    for shown in ('value="later" selected', 'value="none" selected', 'value="房主的同意书"', 'value="5.00"',
                  'value="快递费"', 'value="周六办吗"'):
        assert shown in again, shown
    client.cookies["django_language"] = "en"
    assert "周六办吗" in text(client, ADDRESS)
    elsewhere = publishing.publication_for(charged, other_community)
    assert elsewhere is not None
    assert elsewhere.version.body["local"]["fees"] == [FEE]
    assert len(elsewhere.version.body["local"]["materials"]) == 2


def test_looked_at_first_and_nothing_is_written(client: Client, clerk: Person, charged: ServiceItem) -> None:
    answer = at_desk(client, clerk).post(LOCAL, typed(paper_proof="none", **OWN, note="", look="1"))
    page = answer.content.decode()
    assert answer.status_code == 200
    look = page[page.index('id="look"'):page.index("<form method=\"post\"", page.index('id="look"'))]
    assert "房主的同意书" in look
    assert "测试证明 ·" not in look
    assert "local.materials.proof" in look
    assert 'value="房主的同意书"' in page
    assert not LocalDraft.objects.exists()
    assert client.post(LOCAL, typed(note="", look="1", promised_days="21")).status_code == 422


@pytest.mark.parametrize(("wrong", "words"), [
    ({**OWN, "own_0_basis": ""}, "要写本地的依据"),
    ({**OWN, "own_0_name": ""}, "请写材料名称"),
    ({**OWN, "own_0_original": "", "own_0_copy": "0"}, "请写要几份"),
    ({**OWN, "own_0_medium": []}, "请选电子还是纸质"),
    ({**OWN, "own_0_name": "其他材料"}, "说不清要带什么"),
    ({"fee_0_amount": "30"}, "比各处收得多，请写本地自己的依据"),
    ({"fee_0_amount": "30", "fee_0_basis": "测试收费办法"}, "比各处收得多，请写本地自己的依据"),
    ({"fee_0_amount": "-1"}, "0"),
    ({"ownfee_0_name": "快递费", "ownfee_0_amount": "12"}, "没有依据就不能收"),
    ({"ownfee_0_name": "工本费", "ownfee_0_amount": "1", "ownfee_0_basis": "本地办法"}, "已经有这项收费了"),
    ({"ownfee_0_amount": "x"}, "请写收费名称"),
    ({"faq_0_q": "周六办吗"}, "请写回答"),
    ({"note": ""}, "还差一点"),
    ({}, "没有要改的"),
])
def test_what_is_not_founded_or_not_finished_stays_typed(
        client: Client, clerk: Person, charged: ServiceItem, wrong: dict[str, Any], words: str) -> None:
    sent = {**typed(faq_1_q="留着的", faq_1_a="留着"), **wrong} if wrong else typed()
    answer = at_desk(client, clerk).post(LOCAL, sent)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert not wrong or 'value="留着的"' in page
    for name, value in wrong.items():
        if isinstance(value, str) and value:
            assert f'value="{value}"' in page, name
    assert not LocalDraft.objects.exists()


def test_more_is_charged_with_a_basis_of_its_own(client: Client, clerk: Person, charged: ServiceItem) -> None:
    changed = typed(fee_0_amount="30", fee_0_basis="区价 2026 第 1 号")
    assert at_desk(client, clerk).post(LOCAL, changed).status_code == 302
    assert LocalDraft.objects.get().changes["local"] == {
        "fees": {"工本费": {"amount_cents": 3000, "basis": "区价 2026 第 1 号"}}}


BODY: dict[str, Any] = {**copy.deepcopy(ITEM), "texts": {}}
with_fee(BODY)


@pytest.mark.parametrize(("local", "codes"), [
    ({"materials": {"id_card": {"need": "tolerated"}}}, []),
    ({"materials": {"id_card": {"source": "shared"}}}, []),
    ({"materials": {"id_card": None}}, []),
    ({"materials": {"proof": {"source": "applicant"}}}, ["asks_more"]),
    ({"materials": {"proof": {"source": "applicant", "basis": "测试办法"}}}, ["asks_more"]),
    ({"materials": {"proof": {"source": "applicant", "basis": "区里的办法"}}}, []),
    ({"materials": {"id_card": {"copies": {"copy": 2}}}}, ["asks_more"]),
    ({"materials": {"id_card": {"copies": {"copy": 2}, "basis": "区里的办法"}}}, []),
    ({"materials": {"id_card": {"name": "户口簿"}}}, ["locked"]),
    ({"materials": {"here_1": {**PAPER, "basis": " "}}}, ["shape"]),
    ({"materials": {"here_1": {name: value for name, value in PAPER.items() if name != "basis"}}}, ["asks_more"]),
    ({"materials": {"here_1": PAPER}}, []),
    ({"materials": {"gone": {"need": "tolerated"}, "gone_too": None}}, []),
    ({"materials": [*ITEM["local"]["materials"], {"key": "x", "name": "更多", "need": "required"}]}, ["asks_more"]),
    ({"fees": {"工本费": {"amount_cents": 0}}}, []),
    ({"fees": {"工本费": {"amount_cents": 2001}}}, ["asks_more"]),
    ({"fees": {"快递费": {"amount_cents": 100, "basis": "公布的价"}}}, []),
    ({"fees": {"不在了": {"amount_cents": 0}}}, []),
])
def test_a_place_asks_for_no_more_than_everybody_without_its_own_basis(local: dict[str, Any], codes: list[str]) -> None:
    assert [fault.code for fault in overlay.faults(BODY, {"local": local})] == codes


def test_questions_of_a_place_are_whole() -> None:
    assert overlay.faults(BODY, {"faq": [{"q": "周六办吗", "a": "办。"}]}) == []
    assert [fault.code for fault in overlay.faults(BODY, {"faq": [{"q": "周六办吗"}]})] == ["missing"]


def test_what_the_base_asks_anew_is_asked_in_the_place_too(
        charged: ServiceItem, catalogue: Path, write_item: Write, clerk: Person, head: Person, community: Area) -> None:
    draft = publishing.propose_local(clerk, community, charged, note="少要一样，多要一样", changes={"local": {
        "materials": {"id_card": None, "here_1": PAPER}, "fees": {"工本费": {"amount_cents": 0}}}})
    publishing.publish_local(head, draft)

    def other(item: dict[str, Any]) -> None:
        item["local"]["fees"] = [{**FEE, "name": "新费"}]
        item["local"]["materials"] = [item["local"]["materials"][1], {
            **item["local"]["materials"][0], "key": "photo", "name": "照片"}]

    write_item(change=other)
    loading.load(catalogue)
    here = Publication.objects.get(item=charged, area=community).version
    assert here.number == ItemVersion.objects.filter(item=charged).count()
    assert [one["key"] for one in here.body["local"]["materials"]] == ["proof", "photo", "here_1"]
    assert [one["name"] for one in here.body["local"]["fees"]] == ["新费"]
