"""Applying in the browser without any script: begin, fill, papers, sign, receipt, where it stands, and back out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Mandate, Person
from linli.mechanisms.forms.models import Sheet
from linli.services.gov.actions import applying, deciding
from linli.services.gov.models import Application, Brought, Filing
from linli.services.gov.tests.filling import fill, sign

pytestmark = pytest.mark.django_db
SignIn = Callable[[Person], Client]
SLUG = "gaoling-jintie"


@pytest.fixture
def mother(make_person: Any, community: Area) -> Person:
    person: Person = make_person("林奶奶", community)
    return person


@pytest.fixture
def browser(mother: Person) -> Client:
    client = Client()
    client.force_login(mother)
    return client


def client_of(person: Person) -> Client:
    client = Client()
    client.force_login(person)
    return client


@pytest.fixture
def filled(mother: Person) -> Application:
    begun = applying.begin(mother, item=SLUG)
    assert isinstance(begun, Application)
    fill(mother, begun)
    return begun


@pytest.fixture
def handed(mother: Person, filled: Application) -> Application:
    sign(mother, filled)
    return applying.hand_in(mother, filled)[0]


def review_of(thing: Application | Filing) -> dict[str, Any]:
    sheet = Sheet.objects.get(pk=thing.sheet_id)
    return {"signed_name": "林奶奶", "agreed": "on", "agreed_sensitive": "on", "seen": sheet.seen}


def test_from_the_guide_to_the_number(browser: Client, mother: Person) -> None:
    guide = browser.get(reverse("gov:item", args=[SLUG])).content.decode()
    assert reverse("gov:begin", args=[SLUG]) in guide
    page = browser.get(reverse("gov:begin", args=[SLUG]))
    assert page.status_code == 200
    assert not Application.objects.exists()  # looking begins nothing
    answer = browser.post(reverse("gov:begin", args=[SLUG]))
    begun = Application.objects.get()
    assert answer.url == applying.fill_url(begun)  # type: ignore[attr-defined]
    first = browser.get(answer.url)  # type: ignore[attr-defined]
    assert first.status_code == 302
    assert browser.get(first.url).status_code == 200  # type: ignore[attr-defined]
    fill(mother, begun)
    assert browser.get(reverse("gov:fill_review", args=[begun.pk])).url == reverse(  # type: ignore[attr-defined]
        "gov:fill_papers", args=[begun.pk])
    assert browser.get(reverse("gov:fill_papers", args=[begun.pk])).status_code == 200
    page = browser.get(reverse("gov:fill_review", args=[begun.pk]) + "?papers=seen")
    assert page.status_code == 200
    done = browser.post(reverse("gov:fill_review", args=[begun.pk]), review_of(begun))
    begun.refresh_from_db()
    assert done.url == reverse("gov:mine_receipt", args=[begun.number])  # type: ignore[attr-defined]
    receipt = browser.get(done.url).content.decode()  # type: ignore[attr-defined]
    assert begun.number in receipt
    assert begun.number in browser.get(reverse("gov:mine")).content.decode()


def test_pressed_ten_times_at_the_last_page(browser: Client, filled: Application) -> None:
    sent = review_of(filled)
    answers = {browser.post(reverse("gov:fill_review", args=[filled.pk]), sent).url  # type: ignore[attr-defined]
               for _time in range(10)}
    filled.refresh_from_db()
    assert answers == {reverse("gov:mine_receipt", args=[filled.number])}
    assert filled.procedure_events.count() == 1


def test_the_session_ends_at_the_last_page_and_nothing_is_lost(browser: Client, mother: Person,
                                                               filled: Application) -> None:
    sent = review_of(filled)
    browser.logout()
    turned = browser.post(reverse("gov:fill_review", args=[filled.pk]), sent)
    assert turned.status_code == 302
    assert "sign-in" in turned.url  # type: ignore[attr-defined]
    filled.refresh_from_db()
    assert filled.state == "draft"
    again = client_of(mother)  # another device
    assert reverse("gov:fill", args=[filled.pk]) in again.get(reverse("gov:mine")).content.decode()
    again.post(reverse("gov:fill_review", args=[filled.pk]), sent)
    filled.refresh_from_db()
    assert filled.state == "submitted"


def test_two_tabs_keep_what_was_typed(browser: Client, mother: Person) -> None:
    begun = applying.begin(mother, item=SLUG)
    url = browser.get(applying.fill_url(begun)).url  # type: ignore[attr-defined]
    sheet = Sheet.objects.get(pk=begun.sheet_id)
    step = sheet.definition.pages[0]
    first = next(one for one in step.asked if sheet.definition.element(one.element).type == "text")
    name = first.element.replace(".", "__")
    Sheet.objects.filter(pk=sheet.pk).update(seen=7)  # the other tab
    answer = browser.post(url, {"seen": 0, "asked": [first.element], name: "林奶奶写的", first.element: "林奶奶写的"})
    assert answer.status_code == 422
    assert "在别的窗口改过了" in answer.content.decode()


def test_what_was_signed_before_the_line_broke_is_one_tap_away(browser: Client, mother: Person,
                                                                filled: Application) -> None:
    sign(mother, filled)
    page = browser.get(reverse("gov:fill_review", args=[filled.pk]))
    assert reverse("gov:fill_finish", args=[filled.pk]) in page.content.decode()
    filled.refresh_from_db()
    assert filled.state == "draft"  # looking hands nothing in
    browser.post(reverse("gov:fill_finish", args=[filled.pk]))
    filled.refresh_from_db()
    assert filled.state == "submitted"


def test_a_photographed_paper_and_one_that_cannot_come_so(browser: Client, filled: Application) -> None:
    url = reverse("gov:fill_papers", args=[filled.pk])
    missing = browser.post(url, {"key": "id_card", "way": "file"})
    assert missing.status_code == 422
    assert "请拍一张" in missing.content.decode()
    from io import BytesIO

    from PIL import Image

    picture = BytesIO()
    Image.new("RGB", (40, 30), "white").save(picture, "JPEG")
    sent = browser.post(url, {"key": "id_card", "way": "file", "file": SimpleUploadedFile(
        "card.jpg", picture.getvalue(), "image/jpeg")})
    assert sent.status_code == 302
    assert Brought.objects.get(application=filled, key="id_card").way == "file"
    empty = browser.post(url, {"key": "id_card", "way": "file", "file": SimpleUploadedFile("empty.pdf", b"")})
    assert empty.status_code == 422


def test_the_page_says_what_by_whom_and_until_when(browser: Client, handed: Application, clerk: Person) -> None:
    page = browser.get(reverse("gov:mine_one", args=[handed.number])).content.decode()
    assert "在看材料齐不齐" in page
    assert "2026年12月2日" in page or "12月2日" in page
    deciding.accept(clerk, handed)
    page = browser.get(reverse("gov:mine_one", args=[handed.number])).content.decode()
    assert "受理了，正在审查" in page
    assert "受理通知书" in page


def test_corrections_are_shown_mended_and_answered_once(browser: Client, handed: Application, clerk: Person) -> None:
    deciding.ask_corrections(clerk, handed, needs=[{"kind": "material", "key": "id_card", "sentence": "正面没拍全"}])
    page = browser.get(reverse("gov:mine_one", args=[handed.number])).content.decode()
    assert "正面没拍全" in page
    refused = browser.post(reverse("gov:mine_corrected", args=[handed.number]))
    assert refused.status_code == 422
    assert "还差" in refused.content.decode()
    papers = reverse("gov:fill_papers", args=[handed.pk])
    shown = browser.get(papers).content.decode()
    assert 'id="paper-id_card"' in shown
    assert shown.count('id="paper-') == 1  # only what was asked for
    assert browser.post(papers, {"key": "id_card", "way": "window"}).status_code == 302
    assert browser.post(reverse("gov:mine_corrected", args=[handed.number])).status_code == 302
    handed.refresh_from_db()
    assert handed.state == "submitted"
    assert browser.post(reverse("gov:mine_corrected", args=[handed.number])).status_code == 302  # twice is once


def test_answers_are_opened_again_and_signed_again(browser: Client, handed: Application, clerk: Person) -> None:
    deciding.ask_corrections(clerk, handed, needs=[{"kind": "element", "key": "bank.account", "sentence": "少一位"}])
    answer = browser.post(reverse("gov:mine_mend", args=[handed.number]))
    assert browser.get(answer.url).status_code == 200  # type: ignore[attr-defined]
    done = browser.post(reverse("gov:fill_review", args=[handed.pk]), review_of(handed))
    assert done.status_code == 302
    handed.refresh_from_db()
    assert handed.state == "submitted"


def test_withdrawn_after_a_question(browser: Client, handed: Application) -> None:
    assert browser.get(reverse("gov:mine_withdraw", args=[handed.number])).status_code == 405
    assert browser.post(reverse("gov:mine_withdraw", args=[handed.number]), {"reason": "不想办了"}).status_code == 302
    page = browser.get(reverse("gov:mine_one", args=[handed.number])).content.decode()
    assert "您撤回了" in page
    assert reverse("gov:mine_withdraw", args=[handed.number]) not in page


def test_words_go_to_who_handles_it(browser: Client, handed: Application) -> None:
    assert browser.post(reverse("gov:mine_say", args=[handed.number]), {"text": ""}).status_code == 422
    assert browser.post(reverse("gov:mine_say", args=[handed.number]), {"text": "什么时候能办好？"}).status_code == 302
    assert "什么时候能办好？" in browser.get(reverse("gov:mine_one", args=[handed.number])).content.decode()


def test_other_people_find_nothing(handed: Application, filled: Application, make_person: Any, community: Area,
                                   other_community: Area, clerk: Person) -> None:
    addresses = [reverse("gov:mine_one", args=[handed.number]), reverse("gov:mine_receipt", args=[handed.number]),
                 reverse("gov:fill", args=[filled.pk]), reverse("gov:fill_papers", args=[filled.pk])]
    for who in (make_person("邻居", community), make_person("外人", other_community),
                make_person("外面的社工", other_community, "worker")):
        client = client_of(who)
        assert [client.get(one).status_code for one in addresses] == [404] * 4
        assert client.post(reverse("gov:mine_withdraw", args=[handed.number])).status_code == 404
    assert client_of(clerk).get(addresses[0]).status_code == 403  # the desk reads it at the desk


def test_a_daughter_with_a_mandate_goes_on_with_her_mothers_draft(filled: Application, mother: Person,
                                                                   make_person: Any, community: Area) -> None:
    daughter = make_person("女儿", community)
    Mandate.objects.create(subject=mother, agent=daughter, scope=["gov"], agreed_at=now())
    client = client_of(daughter)
    done = client.post(reverse("gov:fill_review", args=[filled.pk]), review_of(filled))
    filled.refresh_from_db()
    assert done.url == reverse("gov:mine_receipt", args=[filled.number])  # type: ignore[attr-defined]
    assert filled.subject == mother


def test_a_draft_is_thrown_away_after_a_question(browser: Client, filled: Application) -> None:
    assert browser.get(reverse("gov:fill_forget", args=[filled.pk])).status_code == 200
    assert Application.objects.exists()
    browser.post(reverse("gov:fill_forget", args=[filled.pk]))
    assert not Application.objects.exists()


def test_the_newborn_bundle_in_the_browser(browser: Client, mother: Person) -> None:
    assert reverse("gov:begin_bundle", args=["newborn"]) in browser.get(
        reverse("gov:bundle", args=["newborn"])).content.decode()
    browser.post(reverse("gov:begin_bundle", args=["newborn"]))
    filing = Filing.objects.get()
    fill(mother, filing)
    assert browser.get(reverse("gov:fill_filing_papers", args=[filing.pk])).status_code == 200
    done = browser.post(reverse("gov:fill_filing_review", args=[filing.pk]), review_of(filing))
    receipt = browser.get(done.url).content.decode()  # type: ignore[attr-defined]
    assert "出生医学证明签发" in receipt
    assert "等前一项办好" in receipt
    row = filing.applications.exclude(number="").get()
    page = browser.get(reverse("gov:mine_one", args=[row.number]))
    assert page.status_code == 200
    assert "一起交的几项" in page.content.decode()


def test_an_item_that_is_only_listed_is_not_begun(browser: Client) -> None:
    from linli.services.gov.models import Publication, PublicState

    Publication.objects.filter(item__slug=SLUG).update(state=PublicState.LISTED)
    assert reverse("gov:begin", args=[SLUG]) not in browser.get(reverse("gov:item", args=[SLUG])).content.decode()
    assert browser.post(reverse("gov:begin", args=[SLUG])).status_code == 422
    assert not Application.objects.exists()
