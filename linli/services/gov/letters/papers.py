"""Letters, results and blank papers as tagged PDFs (PDF/UA-1), in normal and in large print. Made when asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils import translation

from linli.foundation.papers import qr_svg, set_paper
from linli.services.gov.letters import facts as reading
from linli.services.gov.letters.composing import Fact, Page, compose, told_day, told_in

if TYPE_CHECKING:
    from linli.foundation.areas.models import Area
    from linli.services.gov.models import Application, ItemVersion
    from linli.services.gov.models.letters import Letter, Result

TYP = Path(__file__).parent / "typ"
RATE_SALT = "gov.rate"


def pdf(letter: Letter, *, large: bool = False, language: str = "zh") -> bytes:
    """A letter as it was written."""
    pages = letter.pages
    if not pages:  # its term is over
        pages = {"zh": _gone("这份文书过了保存期，内容已经删除。"),
                 "en": _gone("The words of this letter were deleted when their term ended.")}
    language = "en" if language.startswith("en") else "zh"
    return set_letter(pages.get(language) or pages["zh"], number=letter.number, large=large, language=language)


def _gone(sentence: str) -> Page:
    return {"title": sentence, "to": "", "paragraphs": [], "list_title": "", "rows": [], "boxes": False,
            "remedies_title": "", "remedies": [], "pairs": [], "signer": "", "day": "", "seal": "", "url": "",
            "check": ""}


def set_letter(page: Mapping[str, Any], *, number: str, large: bool, language: str, notice: str = "",
               blanks: Sequence[tuple[str, str]] = ()) -> bytes:
    """A composed page as a PDF. `blanks`: lines to write on, (label, what stands there already)."""
    with translation.override("en" if language == "en" else "zh-hans"):
        return set_paper(TYP / "letter.typ", {
            **page, "number": number, "large": large, "notice": notice, "blanks": [list(line) for line in blanks],
            "svg": qr_svg(page["url"]) if page["url"] else ""})


def mandate(version: ItemVersion, *, area: Area | None = None, large: bool = False, subject: str = "",
            agent: str = "", language: str = "zh", number: str = "") -> bytes:
    """授权委托书 for one item, to be signed and photographed; lines stay empty where nothing is given."""
    language = "en" if language.startswith("en") else "zh"
    given: dict[str, Fact] = {**reading.of_version(version), "applicant": "", "url": "", "day": ""}
    given["signer"] = ""
    page = compose("mandate", given)[language]
    page["seal"] = ""
    labels = {
        "zh": ["委托人（要办事的人）", "身份证号", "电话", "代理人（替办的人）", "身份证号", "电话", "从哪天到哪天",
               "委托人签名或按手印", "日期", "当面看着签的社区工作人员"],
        "en": ["Who it is for", "Identity number", "Telephone", "Who helps", "Identity number", "Telephone",
               "From and until", "Signature or fingerprint of who it is for", "Date", "Community staff who saw it"],
    }[language]
    blanks = [(f"{label}：" if language == "zh" else f"{label}: ", {0: subject, 3: agent}.get(place, ""))
              for place, label in enumerate(labels)]
    return set_letter(page, number=number or (area.name if area else ""), large=large, language=language,
                      blanks=blanks)


def verify_url(result: Result) -> str:
    """Where anybody checks it."""
    return f"{settings.LINLI_BASE_URL}{reverse('gov:verify', args=[result.token])}"


def rate_url(application: Application) -> str:
    """Where who has no account, or does not sign in, grades it: the address on a printed slip."""
    token = signing.dumps(application.pk, salt=RATE_SALT)
    return f"{settings.LINLI_BASE_URL}{reverse('gov:rate_paper', args=[token])}"


def result(row: Result, *, large: bool = False, language: str = "zh") -> bytes:
    """The result document: who holds what, from whom, until when, and the code that anybody can check."""
    language = "en" if language.startswith("en") else "zh"
    names = {
        "zh": {
            "title": "办理结果单", "result": "结果", "holder": "持有人", "item": "事项", "from": "生效日期",
            "until": "有效期至", "ever": "长期有效", "check": "扫码核对真假，不用登录",
            "says": "经申请和审查，准予「%s」。", "note": "由发证机关另外制发的证件，以证件原件为准。",
            "revoked": "这份结果已经撤销，不再有效。"},
        "en": {
            "title": "Result of an application", "result": "Result", "holder": "Holder", "item": "Service",
            "from": "Valid from", "until": "Valid until", "ever": "Without end",
            "check": "Scan to check it; no sign-in needed", "says": "After application and review “%s” was granted.",
            "note": "Where an authority issues a certificate of its own, that certificate counts.",
            "revoked": "This result has been revoked and is no longer valid."},
    }[language]
    item = told_in(language, reading.of_version(row.application.version)["item"])
    until = told_day(language, row.valid_until) if row.valid_until else names["ever"]
    page: Page = {
        "title": names["title"], "to": "", "paragraphs": [names["says"] % item, names["note"]], "list_title": "",
        "boxes": False, "rows": [], "remedies_title": "", "remedies": [
            [names["holder"], row.holder], [names["item"], item], [names["result"], row.name],
            [names["from"], told_day(language, row.valid_from)], [names["until"], until]],
        "pairs": [], "signer": row.issuer, "day": told_day(language, reading.local_day(row.issued_at)),
        "seal": "", "url": verify_url(row), "check": names["check"]}
    return set_letter(page, number=row.number, large=large, language=language,
                      notice=names["revoked"] if row.state == "revoked" else "")


def language_of(request_language: str | None) -> str:
    return "en" if (request_language or "").startswith("en") else "zh"

