"""An item's form as paper: a box for every answer, one QR code by which phone, counter and scanner find the same draft.

Who has no phone fills it in by hand; whoever types it in opens the same code and sees the same questions in the same
order, each with the letter and number that stand on the paper (A1, A2, B1 …).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core import signing
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from linli.foundation.papers import qr_svg, set_paper
from linli.foundation.records import new_id
from linli.mechanisms.forms import values as kept
from linli.mechanisms.forms.definition import Definition, Field, Note, Page, parse
from linli.mechanisms.forms.elements import Element
from linli.services.gov.items import judging, sheet as sheets
from linli.services.gov.items.reading import spoken
from linli.services.gov.letters.papers import TYP

if TYPE_CHECKING:
    from linli.foundation.areas.models import Area
    from linli.services.gov.models import ItemVersion

PAPER_SALT = "gov.paper"
_BOXES = {"id_number": 18, "phone": 11, "credit_code": 18}
_COPIES_MOST = 3  # of a repeated page; more members go on a second paper
_TALL = frozenset({"long_text", "address", "signature"})


def paper_form(version: ItemVersion, *, area: Area | None = None, url: str = "", number: str = "", large: bool = False,
               values: Mapping[str, Any] | None = None, language: str = "zh") -> bytes:
    """The paper of a version's form as a tagged PDF.

    `url`: where its QR code leads; by default a code of this very paper, which begins one draft and afterwards finds
    it again. `values`: what is known already stands in its box. `number` of an application is printed on top.
    """
    english = language.startswith("en")
    with translation.override("en" if english else "zh-hans"):
        told = sheets.sheet(spoken(version.body, "en" if english else "official"))
        definition = form_of(version)
        leads = url or paper_url(version, area)
        pages = _pages(definition, dict(values or {})) if definition else []
        return set_paper(TYP / "form.typ", {
            "title": _("申请表（纸质）"), "item": told.name, "large": large, "number": number,
            "version": _("第 %(number)s 版") % {"number": version.number},
            "how": _("用黑色笔写，一格一个字。写错了划掉重写就行。写好交给窗口或上门的工作人员；扫这个码，"
                     "手机上接着填的是同一份。"),
            "pages": pages, "must": _("必填"), "optional": _("可不填"), "papers_title": _("带什么"),
            "papers": [{"name": one.name, "line": _joined(one.who, one.need, one.condition)} for one in told.papers],
            "promise": _("上面写的都是真的。我知道这些内容只用来办这件事。"),
            "signing": [_("申请人签名："), _("替填的人（没有就空着）："), _("日期：")],
            "where": _joined(area.name if area else "", *(
                told.contact.get(name, "") for name in ("window", "address", "hours", "phone"))),
            "url": leads, "svg": qr_svg(leads), "alt": _("打开这份申请的二维码")})


def _joined(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def form_of(version: ItemVersion) -> Definition | None:
    """The form of a version; None for an item without one."""
    body = version.body.get("form")
    if not body:
        return None
    return parse(body, parameters=(version.body.get("eligibility") or {}).get("parameters") or {})


def paper_url(version: ItemVersion, area: Area | None) -> str:
    """A code of its own for one sheet of paper: who opens it begins a draft, who opens it again goes on with it."""
    token = signing.dumps([version.item.slug, f"paper.{new_id()}", area.code if area else ""], salt=PAPER_SALT)
    return f"{settings.LINLI_BASE_URL}{reverse('gov:paper', args=[token])}"


def read_paper(token: str) -> tuple[str, str, str] | None:
    """(slug, `once` of the draft, code of the place) of a printed code; None for one that we did not print."""
    try:
        slug, once, code = signing.loads(token, salt=PAPER_SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    return str(slug), str(once), str(code)


def _pages(definition: Definition, values: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for page in definition.pages:
        copies = min(max(page.repeat.min, 2), page.repeat.max, _COPIES_MOST) if page.repeat else 1
        for index in range(copies):
            letter = _letter(len(found))
            title = page.label if copies == 1 else _("%(title)s（第 %(number)s 位）") % {
                "title": page.label, "number": index + 1}
            lead = " ".join(part for part in (page.lead, _when(page.when)) if part)
            member = index if page.repeat else None
            found.append({"title": f"{letter}　{title}", "lead": lead,
                          "fields": _fields(definition, page, letter, values, member)})
    return found


def _letter(place: int) -> str:
    return chr(ord("A") + place) if place < 26 else f"A{chr(ord('A') + place - 26)}"


def _fields(definition: Definition, page: Page, letter: str, values: Mapping[str, Any], member: int | None) -> list[
        dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for one in page.fields:
        if isinstance(one, Note) or one.computed is not None:
            continue
        element = definition.element(one.element)
        value = values.get(one.element)
        if member is not None:
            value = value[member] if isinstance(value, list) and member < len(value) else None
        found.append(_field(one, element, f"{letter}{len(found) + 1}", value))
    return found


def _field(one: Field, element: Element, code: str, value: Any) -> dict[str, Any]:
    picked = value if isinstance(value, list) else [value]
    options = [[option.label, option.value in picked] for option in element.options]
    if element.type == "yes_no":
        options = [[_("是"), value is True], [_("否"), value is False]]
    hint = " ".join(part for part in (
        one.help or element.help, _when(one.when), _("（年月日，例如 1950-03-08）") if element.type == "date" else "",
        _("把照片或复印件夹在后面。") if element.is_file else "") if part)
    return {
        "code": code, "label": element.label, "required": one.required is True, "hint": hint, "options": options,
        "boxes": 0 if options else _BOXES.get(element.type, 0), "tall": element.type in _TALL,
        "value": "" if value is None or options else kept.in_words(element, value)}


def _when(tree: Any) -> str:
    """When a question is to be answered, in words; nothing where it always is."""
    if not tree:
        return ""
    said = judging.clauses(tree, "en" if (translation.get_language() or "").startswith("en") else "zh")
    return _("什么时候填：%(when)s。") % {"when": "；".join(said)} if said else _("符合才填。")

