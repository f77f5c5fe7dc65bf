"""What goes out in writing: every template fits, PDFs are tagged, large print is large, the code tells no name."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pypdf
import pytest
from django.test import Client
from django.urls import reverse

from linli.foundation.areas.models import Area
from linli.foundation.calendar import clock
from linli.foundation.people.models import Person
from linli.services.gov import letters, results
from linli.services.gov.actions import deciding
from linli.services.gov.letters import composing, writing
from linli.services.gov.letters.facts import of_application
from linli.services.gov.models import Application, Letter, LetterKind, Result, ServiceItem
from linli.services.gov.queries import items
from linli.services.gov.rights_applying import erase_application
from linli.services.gov.tests.conftest import NOON
from linli.services.gov.tests.handed_in import handed_in

ClientOf = Callable[[Person], Client]
STEP = dict.fromkeys(writing.STEP_FACTS)
SPOKEN: dict[str, Any] = {
    "missing": [{"name": {"zh": "照片", "en": "Photo"}}], "needs": [{"name": {"zh": "身份证"}, "lines": ["重拍"]}],
    "reason": "理由在此", "basis": "第一条", "elsewhere": "街道", "name": {"zh": "公示", "en": "Notice"},
    "days": {"zh": "7 天", "en": "7 days"}, "pause_basis": "依据在此", "approver": "负责人", "reasons": "缘由在此",
    "extension_basis": "第四十二条", "granted": True, "refused": None, "results": [{"name": "证", "lines": ["R1"]}],
    "how": {"zh": "窗口", "en": "counter"}, "result": "证", "result_number": "R1", "due": date(2026, 12, 1)}


@pytest.fixture
def row(community: Area, resident: Person) -> Application:
    return handed_in("gaoling-jintie", resident, community)


def text_of(pdf: bytes) -> str:
    return "".join("".join(page.extract_text().split()) for page in pypdf.PdfReader(io.BytesIO(pdf)).pages)


def is_tagged(pdf: bytes) -> bool:
    root: Any = pypdf.PdfReader(io.BytesIO(pdf)).trailer["/Root"]
    return bool(root["/MarkInfo"]["/Marked"]) and "/StructTreeRoot" in root and bool(root["/Lang"])


def sizes_of(pdf: bytes) -> list[float]:
    found: list[float] = []

    def visit(text: str, _cm: Any, tm: Any, _font: Any, size: float) -> None:
        if text.strip():
            found.append(abs(size * tm[3]))

    for page in pypdf.PdfReader(io.BytesIO(pdf)).pages:
        page.extract_text(visitor_text=visit)
    return found


def test_every_kind_has_its_words() -> None:
    assert set(LetterKind.values) == writing.known_kinds() - {"mandate"}


@pytest.mark.parametrize("kind", sorted(LetterKind.values))
@pytest.mark.parametrize("language", composing.LANGUAGES)
def test_every_template_is_filled_and_tagged(row: Application, kind: str, language: str) -> None:
    page = composing.compose(kind, {**STEP, **of_application(row), **SPOKEN})[language]
    said = " ".join([page["title"], *page["paragraphs"]])
    assert page["title"]
    assert page["paragraphs"]
    assert "{" not in said
    assert "None" not in said
    for large in (False, True):
        pdf = letters.papers.set_letter(page, number="LL-01", large=large, language=language)
        assert is_tagged(pdf)
    if language == "zh":
        assert "林" in page["to"] or row.subject is not None


def test_a_fact_that_no_template_knows_is_a_mistake(row: Application, worker: Person) -> None:
    with pytest.raises(ValueError, match="no template says"):
        letters.write(row, "accepted", by=worker, facts={"salary": "1"})
    with pytest.raises(ValueError, match="no letter"):
        letters.write(row, "invoice", by=worker)


def test_large_print_is_large(row: Application) -> None:
    letter = Letter.objects.get(application=row, kind="receipt")
    normal, large = (sizes_of(letters.pdf(letter, large=large)) for large in (False, True))
    assert min(large) >= 18 > min(normal)


def test_the_receipt_says_what_happens_and_by_when(row: Application) -> None:
    letter = Letter.objects.get(application=row, kind="receipt")
    said = text_of(letters.pdf(letter))
    assert letter.number == f"{row.number}-01"
    assert row.number in said
    assert "2026年12月2日" in said
    assert "参照《行政许可法》第三十二条" in said
    assert "by analogy with" in " ".join(letter.pages["en"]["paragraphs"])
    assert row.subject is not None
    assert row.subject.name in said
    assert row.subject.name not in str(Letter.objects.filter(pk=letter.pk).values_list("content")[0][0])  # sealed


def test_licences_are_under_the_law_itself(community: Area, resident: Person) -> None:
    letter = Letter.objects.get(application=handed_in("dog-registration", resident, community), kind="receipt")
    assert "依据《行政许可法》" in "".join(letter.pages["zh"]["paragraphs"])


@pytest.mark.parametrize("language", ["zh", "en"])
def test_every_shipped_item_has_its_paper(db: None, community: Area, language: str) -> None:
    slugs = ["birth-registration", "minimum-living-allowance", "school-enrolment"]
    assert ServiceItem.objects.filter(slug__in=slugs).count() == 3
    for slug in slugs:
        published = items.published(slug, community)
        assert published is not None
        pdf = letters.paper_form(published.version, area=community, language=language)
        assert is_tagged(pdf)
        if language == "zh":
            said = text_of(pdf)
            definition = letters.forms.form_of(published.version)
            assert definition is not None
            asked = [definition.element(one.element).title for page in definition.pages for one in page.asked
                     if one.computed is None]
            assert [title for title in asked if "".join(title.split()) not in said] == []


def test_each_paper_has_a_code_of_its_own(db: None, community: Area) -> None:
    published = items.published("birth-registration", community)
    assert published is not None
    first, second = (letters.paper_url(published.version, community) for _ in range(2))
    assert first != second
    read = letters.read_paper(first.rstrip("/").rsplit("/", 1)[1])
    assert read is not None
    assert (read[0], read[2]) == ("birth-registration", community.code)
    assert letters.read_paper("forged") is None


def test_a_mandate_has_lines_to_sign(db: None, community: Area) -> None:
    published = items.published("gaoling-jintie", community)
    assert published is not None
    pdf = letters.mandate(published.version, area=community, subject="林奶奶")
    said = text_of(pdf)
    assert is_tagged(pdf)
    assert "林奶奶" in said
    assert "第一百六十五条" in said
    assert "签名" in said


@pytest.fixture
def result(row: Application, worker: Person, community_head: Person) -> Result:
    done = deciding.advance(worker, deciding.accept(worker, row), step="check")
    deciding.decide(community_head, done, granted=True)
    found: Result = Result.objects.filter(application=row)[0]
    return found


def test_anybody_checks_a_result_and_reads_no_name(result: Result, row: Application) -> None:
    assert row.subject is not None
    page = Client().get(reverse("gov:verify", args=[result.token]))
    said = page.content.decode()
    assert page.status_code == 200
    assert "现在有效" in said
    assert result.number in said
    assert row.subject.name not in said
    assert row.number + "<" not in said
    assert results.check(result.token) is not None
    assert results.check(result.token).holder.endswith("**")


@pytest.mark.parametrize("token", ["x", "a" * 22, "no-such-code-anywhere1"])
def test_an_unknown_code_is_a_friendly_page(db: None, token: str) -> None:
    page = Client().get(reverse("gov:verify", args=[token]))
    assert page.status_code == 404
    assert "没有查到这份结果" in page.content.decode()


def test_a_revoked_and_an_expired_result_say_so(result: Result, make_person: Any, community: Area) -> None:
    Result.objects.filter(pk=result.pk).update(valid_until=NOON.date())
    with clock.at(NOON + timedelta(days=1)):
        assert "已经过期" in Client().get(reverse("gov:verify", args=[result.token])).content.decode()
    other = make_person("副书记", None, "community_head", at=community)
    deciding.revoke(other, Result.objects.get(pk=result.pk), reason="材料是假的，已核实")
    said = Client().get(reverse("gov:verify", args=[result.token])).content.decode()
    assert "已经撤销" in said
    assert "材料是假的" not in said
    assert "已经撤销" in text_of(letters.result(Result.objects.get(pk=result.pk)))


def test_the_paper_itself_names_its_holder(result: Result, row: Application) -> None:
    pdf = letters.result(result)
    assert row.subject is not None
    assert is_tagged(pdf)
    assert row.subject.name in text_of(pdf)
    assert result.number in text_of(pdf)


@pytest.mark.parametrize(("begins", "months", "until"), [
    (date(2026, 11, 25), 12, date(2027, 11, 25)), (date(2028, 2, 29), 12, date(2029, 2, 28)),
    (date(2026, 8, 31), 6, date(2027, 2, 28)), (date(2026, 11, 25), None, None)])
def test_how_long_a_result_is_good(begins: date, months: int | None, until: date | None) -> None:
    assert results.valid_until(begins, months) == until


def test_who_sees_the_papers(result: Result, row: Application, resident: Person, worker: Person, neighbour: Person,
                             other_worker: Person, client_of: ClientOf) -> None:
    letter = Letter.objects.get(application=row, kind="decision")
    addresses = [reverse("gov:letter", args=[row.number, letter.pk]) + "?large=1",
                 reverse("gov:result", args=[row.number, result.pk])]
    for person, status in ((resident, 200), (worker, 200), (neighbour, 404), (other_worker, 404)):
        for address in addresses:
            page = client_of(person).get(address)
            assert page.status_code == status, (person.title, address)
            if status == 200:
                assert page["Content-Type"] == "application/pdf"
                assert "no-store" in page["Cache-Control"]


def test_when_the_term_ends_the_words_go(result: Result, row: Application, worker: Person) -> None:
    deciding.deliver(worker, Application.objects.get(pk=row.pk), how="window")
    erase_application(Application.objects.get(pk=row.pk), "gov.application")
    assert {one.content for one in Letter.objects.filter(application=row)} == {""}
    assert {one.note for one in row.handlings.all()} == {""}
    found = results.check(result.token)
    assert found is not None
    assert (found.state, found.holder) == ("valid", "**")
