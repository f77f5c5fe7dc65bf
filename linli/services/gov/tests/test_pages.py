"""What residents and staff see and may do, page by page."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import openpyxl
import pypdf
import pytest
from django.test import Client
from django.urls import reverse

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.people.models import Person
from linli.foundation.web import Denied, Refused
from linli.services.gov.actions import publishing
from linli.services.gov.actions.importing import import_records
from linli.services.gov.items import records
from linli.services.gov.models import ItemVersion, LocalDraft, Publication, ServiceItem
from linli.services.gov.queries import items
from linli.services.gov.tests.test_loading import RECORD

ADDRESS = "/gov/items/test-allowance/"
pytestmark = pytest.mark.usefixtures("catalogue")


@pytest.fixture
def sign_in(client: Client) -> Any:
    def enter(person: Person) -> Client:
        client.force_login(person)
        return client

    return enter


def text(client: Client, address: str, **query: str) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200, (address, answer.status_code)
    return answer.content.decode()


def test_the_door_names_bundles_topics_and_moments(client: Client) -> None:
    page = text(client, reverse("gov:home"))
    assert "测试一件事" in page
    assert "老年人" in page
    assert "生孩子" in page


def test_found_in_a_residents_own_words(client: Client) -> None:
    page = text(client, reverse("gov:found"), q="给妈妈办测试津贴")
    assert page.index("测试津贴发放") > 0
    assert "没找到" in text(client, reverse("gov:found"), q="qqqqzz")
    assert "测试公证" in text(client, reverse("gov:found"), topic="identity")
    assert "测试公证" not in text(client, reverse("gov:found"), topic="elders")


def test_found_in_english_by_who_reads_english(client: Client) -> None:
    client.cookies["django_language"] = "en"
    page = text(client, reverse("gov:found"), q="how do I get the allowances for people over eighty")
    assert "Test allowance" in page
    assert "Both tests" in text(client, reverse("gov:found"), q="both test")
    assert "Not found" in text(client, reverse("gov:found"), q="zzzzqqqq")
    assert "Test allowance" in text(client, reverse("gov:found"), q="测试津贴怎么领")


def test_an_item_says_everything_and_promises_nothing_online(client: Client) -> None:
    page = text(client, ADDRESS)
    for words in ("8 个工作日", "法定最长 20 个工作日", "不收费", "测试身份证", "不用您交", "年满 80 周岁",
                  "测试路 1 号", "0571-00000000", "测试法 第一条", "已核对", "未核对", "本地编号",
                  "测试津贴多久到账", "金额各地不同"):
        assert words in page, words
    assert "立即办理" not in page
    assert "在线申请" not in page
    start = page.index('<script type="application/ld+json">') + 35
    assert json.loads(page[start:page.index("</script>", start)])["@type"] == "GovernmentService"


def test_the_easy_version_and_english(client: Client) -> None:
    assert "八十岁了，每月领钱。" in text(client, ADDRESS, words="easy")
    page = text(client, ADDRESS, words="en")
    assert "A test allowance for people of eighty and over." in page
    assert "80 or older" in page
    client.cookies["django_language"] = "en"
    assert "Test allowance" in text(client, ADDRESS)


def test_step_by_step_asks_only_what_is_missing_and_keeps_nothing(client: Client) -> None:
    address = reverse("gov:entitled", args=["test-allowance"])
    page = text(client, address)
    assert 'name="asked" value="person.birth_date"' in page
    empty = client.post(address, {"asked": "person.birth_date", "answer": ""})
    assert empty.status_code == 422
    yes = client.post(address, {"asked": "person.birth_date", "answer": "1946-11-25"})
    assert "看来您能办" in yes.content.decode()
    assert yes["Cache-Control"] == "no-store"
    no = client.post(address, {"asked": "person.birth_date", "answer": "1990-01-01"}).content.decode()
    assert "现在还不能办" in no
    assert "年满 80 周岁" in no
    carried = client.post(address, {"had.person.birth_date": "1946-11-25", "had.person.shoe": "1"})
    assert "看来您能办" in carried.content.decode()
    assert "1946" not in text(client, address)


def test_the_paper_is_tagged_and_in_large_type(client: Client) -> None:
    answer = client.get(reverse("gov:notice", args=["test-allowance"]))
    assert answer["Content-Type"] == "application/pdf"
    reader = pypdf.PdfReader(io.BytesIO(answer.content))
    assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
    told = "".join(page.extract_text() for page in reader.pages)
    for words in ("测试津贴发放", "测试身份证", "12345", "0571-00000000"):
        assert words in told, words


def test_a_bundle_names_every_paper_once(client: Client) -> None:
    page = text(client, reverse("gov:bundle", args=["test-together"]))
    assert page.count("测试身份证") == 1
    assert "要等：测试津贴发放" in page


def test_a_bundle_says_where_to_go_and_what_is_often_asked(client: Client) -> None:
    page = text(client, reverse("gov:bundle", args=["test-together"]))
    for words in ("测试专窗", 'href="tel:057100000061"', "要跑几趟", "一趟。"):
        assert words in page, words
    client.cookies["django_language"] = "en"
    page = text(client, reverse("gov:bundle", args=["test-together"]))
    for words in ("Both tests", "One-test counter", "0571-00000061", "How many trips?"):
        assert words in page, words


def test_an_imported_item_wears_its_mark(client: Client) -> None:
    import_records([json.dumps(RECORD), json.dumps({**RECORD, "TASK_CODE": "1" * 33, "TASK_NAME": "坏编码测试"})])
    page = text(client, f"/gov/items/{records.slug_of(RECORD['TASK_CODE'])}/")
    assert "未经本地核对" in page
    assert "广东政务服务网" in page
    assert "7 个工作日" in page
    assert "现在是 33 位" in text(client, f"/gov/items/{records.slug_of('1' * 33)}/")
    assert client.get(reverse("gov:entitled", args=[records.slug_of("1" * 33)])).status_code == 404


def test_the_catalogue_is_one_file(client: Client) -> None:
    import_records([json.dumps(RECORD)])
    answer = client.get(reverse("gov:catalogue"))
    assert answer["Content-Type"] == "application/ld+json"
    names = {one["dct:identifier"] for one in answer.json()["dcat:service"]}
    assert {"990000009901", "990000009902"} <= names
    assert RECORD["TASK_CODE"] not in names
    every = client.get(reverse("gov:catalogue"), {"all": "1"}).json()["dcat:service"]
    assert RECORD["TASK_CODE"] in {one["dct:identifier"] for one in every}


@pytest.mark.parametrize("address", ["/gov/items/nowhere/", "/gov/bundles/nowhere/", "/gov/items/nowhere/notice.pdf",
                                     "/gov/items/nowhere/data.jsonld", "/gov/items/nowhere/entitled/"])
def test_what_is_not_there(client: Client, address: str) -> None:
    assert client.get(address).status_code == 404


def test_the_desk_is_for_staff(sign_in: Any, resident: Person, clerk: Person, make_person: Any,
                               other_community: Area) -> None:
    for name, arguments in (("desk", []), ("desk_item", ["test-allowance"]), ("local", ["test-allowance"]),
                            ("export", []), ("diff", ["test-allowance", 1, 1])):
        address = reverse(f"gov:{name}", args=arguments)
        assert sign_in(resident).get(address).status_code == 404, name
        assert sign_in(clerk).get(address).status_code == 200, name
    property_desk = make_person("物业", clerk.community, "property_desk")
    assert sign_in(property_desk).get(reverse("gov:desk")).status_code in (403, 404)


def _typed(**changed: Any) -> dict[str, Any]:
    return {"department": "测试局", "window": "梧桐里 2 号窗口", "address": "测试路 1 号", "phone": "0571-2",
            "hours": "周一至周六", "complaints": "12345", "promised_days": "6",
            "channels": ["online", "window", "phone"],
            "complaint": "打 12345", "note": "窗口搬了", **changed}


def test_the_desk_leaves_the_frame_its_own_words(sign_in: Any, clerk: Person) -> None:
    answer = sign_in(clerk).get(reverse("gov:desk"), {"q": "津贴"})
    assert "words" not in answer.context or not answer.context["words"]
    assert not isinstance(answer.context["unread"], tuple)
    assert "测试津贴发放" in answer.content.decode()


def test_two_people_change_a_places_words(sign_in: Any, clerk: Person, head: Person, community: Area,
                                          other_community: Area, client: Client) -> None:
    address = reverse("gov:local", args=["test-allowance"])
    assert sign_in(clerk).post(address, _typed()).status_code == 302
    draft = LocalDraft.objects.get()
    assert draft.changes == {"local": {
        "contact": {"window": "梧桐里 2 号窗口", "phone": "0571-2", "hours": "周一至周六"},
        "clock": {"promised": {"days": 6}}}}
    assert "0571-2" not in text(client, ADDRESS)  # nobody reads it before the second pair of eyes
    publish = reverse("gov:decide", args=["test-allowance", draft.pk, "publish"])
    assert sign_in(clerk).post(publish).status_code in (403, 404)  # may prepare, may not publish
    shown = text(sign_in(head), f"/gov/desk/items/test-allowance/diff/1/0/?draft={draft.pk}")
    assert "local.contact.phone" in shown
    assert client.post(publish).status_code == 302
    page = text(client, ADDRESS)
    assert "0571-2" in page
    assert "6 个工作日" in page
    elsewhere = items.published("test-allowance", other_community)
    assert elsewhere is not None
    assert elsewhere.version.number == 1
    assert {"gov.edit_local"} <= set(audit.verbs(draft))


def test_nobody_publishes_their_own_words(head: Person, community: Area) -> None:
    item = ServiceItem.objects.get(slug="test-allowance")
    draft = publishing.propose_local(head, community, item, note="自己改的", changes={
        "local": {"contact": {"phone": "0571-3"}}})
    with pytest.raises(Refused) as refusal:
        publishing.publish_local(head, draft)
    assert refusal.value.code == "own"
    again = publishing.send_back(head, draft, answer="先不改了")
    assert again.state == "sent_back"


@pytest.mark.parametrize(("typed", "words"), [
    ({"promised_days": "21"}, "比法定 20 还长"),
    ({"channels": ["online"]}, "至少留一个有人的渠道"),
    ({"code": "11440000006939757B2990000009901"}, "校验位"),
])
def test_a_places_words_pass_the_checks_or_stay_typed(sign_in: Any, clerk: Person, typed: dict[str, Any],
                                                      words: str) -> None:
    answer = sign_in(clerk).post(reverse("gov:local", args=["test-allowance"]), _typed(**typed))
    assert answer.status_code == 422
    page = answer.content.decode()
    assert words in page
    assert "梧桐里 2 号窗口" in page
    assert not LocalDraft.objects.exists()


def test_pressed_twice_it_is_one_draft(clerk: Person, community: Area) -> None:
    item = ServiceItem.objects.get(slug="test-allowance")
    changes = {"local": {"contact": {"phone": "0571-3"}}}
    first = publishing.propose_local(clerk, community, item, note="电话改了", changes=changes, once="a")
    assert publishing.propose_local(clerk, community, item, note="电话改了", changes=changes, once="a") == first
    with pytest.raises(Refused) as refusal:
        publishing.propose_local(clerk, community, item, note="再改一次", changes=changes, once="b")
    assert refusal.value.code == "waiting"


def test_the_base_is_locked(clerk: Person, community: Area) -> None:
    item = ServiceItem.objects.get(slug="test-allowance")
    with pytest.raises(Refused) as refusal:
        publishing.propose_local(clerk, community, item, note="改了名字", changes={"base": {"name": "新名字"}})
    assert refusal.value.code == "invalid"


def test_taken_off_says_why_and_is_not_found(sign_in: Any, clerk: Person, head: Person, community: Area,
                                             resident: Person) -> None:
    change = reverse("gov:change", args=["test-allowance", "off"])
    assert sign_in(clerk).post(change, {"words": "窗口停办"}).status_code in (403, 404)
    assert sign_in(head).post(change, {"words": ""}).status_code == 422
    assert sign_in(head).post(change, {"words": "窗口停办一个月"}).status_code == 302
    at_home = sign_in(resident)
    answer = at_home.get(ADDRESS)
    assert answer.status_code == 410
    assert "窗口停办一个月" in answer.content.decode()
    assert at_home.get(reverse("gov:notice", args=["test-allowance"])).status_code == 404
    assert "test-allowance" not in text(at_home, reverse("gov:found"), q="测试津贴怎么领")
    assert sign_in(head).post(reverse("gov:change", args=["test-allowance", "on"])).status_code == 302
    row = items.published("test-allowance", community)
    assert row is not None
    assert row.is_published


def test_a_check_is_renewed_and_asked_for_again(sign_in: Any, clerk: Person, head: Person, community: Area) -> None:
    from datetime import datetime, timedelta
    from zoneinfo import ZoneInfo

    from linli.foundation.calendar import clock
    from linli.foundation.notices.models import Notice
    from linli.services.gov.jobs import remind_of_checks
    from linli.services.gov.queries import desk

    remind_of_checks()
    assert not Notice.objects.filter(person=head).exists()
    later = datetime(2027, 6, 1, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
    with clock.at(later):
        assert {row.item.slug for row in desk.overdue(community)} >= {"test-allowance", "test-notary"}
        remind_of_checks()
        remind_of_checks()
        assert Notice.objects.filter(person=head).count() == 1
        assert "该再核对了" in text(sign_in(clerk), ADDRESS)
        check = reverse("gov:change", args=["test-allowance", "check"])
        assert sign_in(clerk).post(check, {"words": "对照了区里新文件"}).status_code == 302
        assert "test-allowance" not in {row.item.slug for row in desk.overdue(community)}
    row = Publication.objects.get(item__slug="test-allowance", area=community)
    assert row.checked_on == later.date()
    assert row.due_on is not None
    assert row.due_on > later.date() + timedelta(days=150)


def test_strangers_change_nothing(neighbour: Person, make_person: Any, community: Area, other_community: Area) -> None:
    item = ServiceItem.objects.get(slug="test-allowance")
    next_door = make_person("隔壁", other_community, "community_head")
    for person in (neighbour, next_door):
        with pytest.raises(Denied):
            publishing.take_off(person, community, item, reason="就是要下架")
        with pytest.raises(Denied):
            publishing.renew_check(person, community, item, note="看过文件了")
        with pytest.raises(Denied):
            publishing.propose_local(person, community, item, note="改电话", changes={"local": {"visits": 0}})
    assert ItemVersion.objects.filter(item=item).count() == 1


def test_the_list_leaves_as_a_spreadsheet(sign_in: Any, clerk: Person) -> None:
    answer = sign_in(clerk).get(reverse("gov:export"))
    sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    line = next(row for row in rows if row[0] == "测试津贴发放")
    assert line[4] == "已发布"
    assert (line[10], line[11]) == ("1", "1")


def test_an_old_version_stays_readable(catalogue: Path) -> None:
    first = ItemVersion.objects.get(item__slug="test-allowance", number=1)
    assert items.form_of(items.version(first.pk)) == {}
    assert items.rule_of(first) is not None
    assert set(items.parameters_of(first)) == {"age"}
