"""Each page opens for whom it is for, keeps what was typed, and is not there for next door."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from linli.foundation.calendar import clock
from linli.foundation.people.models import Person
from linli.services.timebank.actions import claiming, proving
from linli.services.timebank.models import Certificate, Gift, Kinship, Need, Service
from linli.services.timebank.tests.conftest import NOON, Bank, settled

pytestmark = pytest.mark.django_db
PORTAL = ("home", "statement", "rules", "ask", "needs", "wanted", "services", "volunteer", "gift", "certificates",
          "teams")
DESK = ("desk", "enter", "reviews", "claims", "treasury", "volunteers", "members", "exchange", "samples")


@pytest.mark.parametrize("name", PORTAL)
@pytest.mark.parametrize("who", ["aunt", "mr_l", "mother"])
def test_residents_pages_open(bank: Bank, client_of: Callable[[Person], Client], name: str, who: str) -> None:
    settled(bank)
    bank.published(begins=NOON + timedelta(days=1))
    answer = client_of(getattr(bank, who)).get(reverse(f"timebank:{name}"))
    assert answer.status_code == 200
    assert "invalid" not in answer.content.decode().lower()


@pytest.mark.parametrize("name", DESK)
def test_the_desk_opens_for_staff_only(bank: Bank, client_of: Callable[[Person], Client], name: str) -> None:
    bank.published(begins=NOON + timedelta(days=1))
    address = reverse(f"timebank:{name}")
    assert client_of(bank.worker).get(address).status_code == 200
    assert client_of(bank.head).get(address).status_code == 200
    assert client_of(bank.aunt).get(address).status_code == 404
    assert Client().get(address).status_code == 302


def test_the_whole_life_by_hand(bank: Bank, client_of: Callable[[Person], Client]) -> None:
    mr_l, aunt, worker = client_of(bank.mr_l), client_of(bank.aunt), client_of(bank.worker)
    answer = mr_l.post(reverse("timebank:ask"), {
        "item": "company", "begins": "2026-11-24T12:30", "minutes": "120", "place": "梧桐苑 3号楼", "door": "702",
        "note": "耳朵不好", "gender": "", "language": "", "once": "x"})
    need = Need.objects.get()
    assert answer["Location"] == reverse("timebank:need", args=[need.pk])
    assert worker.get(reverse("timebank:desk_need", args=[need.pk])).status_code == 200
    worker.post(reverse("timebank:desk_need_verb", args=[need.pk, "publish"]))
    board = worker.get(reverse("timebank:desk_need", args=[need.pk])).content.decode()
    assert "王阿姨" in board
    worker.post(reverse("timebank:desk_need_verb", args=[need.pk, "invite"]), {"person": str(bank.aunt.pk)})
    assert "702" not in aunt.get(reverse("timebank:need", args=[need.pk])).content.decode()  # not before the yes
    aunt.post(reverse("timebank:need_verb", args=[need.pk, "accept"]))
    service = Service.objects.get()
    assert "702" in aunt.get(reverse("timebank:service", args=[service.pk])).content.decode()
    assert service.code_in not in aunt.get(reverse("timebank:service", args=[service.pk])).content.decode()
    assert service.code_in in mr_l.get(reverse("timebank:need", args=[need.pk])).content.decode()
    wrong = "000000" if service.code_in != "000000" else "111111"
    answer = aunt.post(reverse("timebank:attend", args=[service.pk, "check_in"]), {"code": wrong})
    assert answer.status_code == 422
    service.refresh_from_db()
    assert service.wrong_codes == 1
    with clock.at(NOON + timedelta(minutes=30)):
        aunt.post(reverse("timebank:attend", args=[service.pk, "check_in"]), {"code": service.code_in})
    with clock.at(NOON + timedelta(minutes=150)):
        aunt.post(reverse("timebank:attend", args=[service.pk, "check_out"]), {"code": service.code_out})
        page = mr_l.get(reverse("timebank:confirm", args=[service.pk])).content.decode()
        assert "2 小时" in page
        mr_l.post(reverse("timebank:confirm", args=[service.pk]), {"thanks": "谢谢"})
        assert bank.has(bank.aunt).earned == 120
        kin = Kinship.objects.get(person=bank.aunt)
        answer = aunt.post(reverse("timebank:gift"), {"to": f"kin-{kin.pk}", "minutes": "60", "once": "g"})
        assert answer.status_code == 302
        aunt.post(reverse("timebank:gift"), {"to": f"kin-{kin.pk}", "minutes": "60", "once": "g"})
    assert Gift.objects.count() == 1
    assert (bank.has(bank.aunt).earned, bank.has(bank.mother).gift) == (60, 60)
    assert bank.balanced()


def test_what_was_typed_survives_a_mistake(bank: Bank, client_of: Callable[[Person], Client]) -> None:
    answer = client_of(bank.mr_l).post(reverse("timebank:ask"), {
        "item": "company", "begins": "2026-11-23T09:00", "minutes": "60", "place": "东门花坛", "note": "带把伞"})
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "东门花坛" in page
    assert "带把伞" in page
    assert "请选今天以后的时间" in page


def test_next_door_finds_nothing(bank: Bank, client_of: Callable[[Person], Client], stranger: Person,
                                 other_worker: Person) -> None:
    service = settled(bank)
    need = bank.published(begins=NOON + timedelta(days=2))
    made = proving.issue_certificate(bank.aunt, bank.area, since=NOON.date(), until=NOON.date())
    claimed = claiming.claim(bank.aunt, service, text="少记了半小时")
    for person in (stranger, other_worker):
        client = client_of(person)
        for name, pk in (("need", need.pk), ("service", service.pk), ("confirm", service.pk),
                         ("certificate", made.pk), ("desk_need", need.pk), ("desk_service", service.pk)):
            assert client.get(reverse(f"timebank:{name}", args=[pk])).status_code == 404, name
        for address in (reverse("timebank:need_verb", args=[need.pk, "accept"]),
                        reverse("timebank:attend", args=[service.pk, "check_in"]),
                        reverse("timebank:claim", args=[service.pk]),
                        reverse("timebank:claim_decide", args=[claimed.pk]),
                        reverse("timebank:decision_verb", args=[bank.decision.pk, "issue"]),
                        reverse("timebank:revoke", args=[made.pk])):
            assert client.post(address, {"minutes": "1", "note": "没有理由"}).status_code == 404, address


def test_anybody_checks_a_certificate_and_reads_a_masked_name(bank: Bank) -> None:
    settled(bank)
    made = proving.issue_certificate(bank.aunt, bank.area, since=NOON.date(), until=NOON.date())
    page = Client().get(reverse("timebank:verify", args=[made.token])).content.decode()
    assert made.number in page
    assert "王**" in page
    assert "王秀英" not in page
    assert "现在有效" in page
    Certificate.objects.filter(pk=made.pk).update(minutes=9999)
    assert "对不上" in Client().get(reverse("timebank:verify", args=[made.token])).content.decode()
    Certificate.objects.filter(pk=made.pk).update(minutes=made.minutes)
    proving.revoke_certificate(bank.head, made, why="重复开具")
    assert "已经撤销" in Client().get(reverse("timebank:verify", args=[made.token])).content.decode()
    assert Client().get(reverse("timebank:verify", args=["no-such"])).status_code == 404


def test_papers_are_tagged_pdfs(bank: Bank, client_of: Callable[[Person], Client]) -> None:
    import io

    from pypdf import PdfReader

    settled(bank)
    made = proving.issue_certificate(bank.aunt, bank.area, since=NOON.date(), until=NOON.date())
    client = client_of(bank.aunt)
    for address in (reverse("timebank:certificate", args=[made.pk]), reverse("timebank:passbook")):
        answer = client.get(address)
        assert answer["Content-Type"] == "application/pdf"
        read = PdfReader(io.BytesIO(answer.content))
        root: Any = read.trailer["/Root"]
        assert root["/MarkInfo"]["/Marked"]
        text = "".join(page.extract_text() for page in read.pages)
        assert "2 小时" in text
    assert made.number in "".join(p.extract_text() for p in PdfReader(io.BytesIO(client.get(
        reverse("timebank:certificate", args=[made.pk])).content)).pages)


def test_the_export_has_the_fields_of_the_national_system(bank: Bank, client_of: Callable[[Person], Client]) -> None:
    settled(bank)
    address = reverse("timebank:export") + "?since=2026-11-01&until=2026-11-30"
    answer = client_of(bank.head).get(address)
    lines = answer.content.decode("utf-8-sig").splitlines()
    assert lines[0].startswith("志愿者姓名,证件类型,证件号码")
    assert "王秀英" in lines[1]
    assert ",2.00," in lines[1]
    assert client_of(bank.worker).get(address).status_code in (403, 404)


def test_english_and_elder_pages(bank: Bank, client_of: Callable[[Person], Client]) -> None:
    Person.objects.filter(pk=bank.aunt.pk).update(language="en", look={"mode": "elder"})
    client = client_of(Person.objects.get(pk=bank.aunt.pk))
    for name in PORTAL:
        page = client.get(reverse(f"timebank:{name}"), headers={"accept-language": "en"})
        assert page.status_code == 200


