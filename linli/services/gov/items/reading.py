"""An item in the manner its reader wants: official words, easy words, English. Values in, words out."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _, ngettext

from linli.services.gov.items import judging

MANNERS = ("official", "easy", "en")


def spoken(body: Mapping[str, Any], manner: str) -> dict[str, Any]:
    """A copy of a body with its readable strings in `manner`; what is not translated stays as it is written.

    Paths name an entry of a list by its `key`, or by its number. `faq` is replaced whole.
    """
    made: dict[str, Any] = copy.deepcopy(dict(body))
    for path, text in ((body.get("texts") or {}).get(manner) or {}).items():
        _put(made, str(path).split("."), text)
    return made


def _put(made: dict[str, Any], parts: list[str], text: Any) -> None:
    here: Any = made
    for number, part in enumerate(parts):
        is_last = number == len(parts) - 1
        if isinstance(here, list):
            at = next((n for n, one in enumerate(here) if isinstance(one, dict) and one.get("key") == part),
                      int(part) if part.isdigit() and int(part) < len(here) else -1)
            if at < 0:
                return
            if is_last:
                here[at] = text
            else:
                here = here[at]
        elif isinstance(here, dict):
            if is_last and (part in here or number == 0 or isinstance(text, str)):
                here[part] = text
            elif isinstance(here.get(part), dict | list):
                here = here[part]
            else:
                return
        else:
            return


def translated(body: Mapping[str, Any], manner: str) -> bool:
    """Whether the item has words of that manner at all."""
    return manner == "official" or bool(((body.get("texts") or {}).get(manner) or {}).get("summary"))


def limit(given: Mapping[str, Any] | None) -> str:
    """A limit in words: 10 working days, one month; "on the spot" for none at all."""
    if not given:
        return ""
    count, unit = int(given.get("days") or 0), given.get("unit")
    if count == 0:
        return _("当场")
    if unit == "working_day":
        return ngettext("%(count)s 个工作日", "%(count)s 个工作日", count) % {"count": count}
    if unit == "month":
        return ngettext("%(count)s 个月", "%(count)s 个月", count) % {"count": count}
    if unit == "hour":
        return ngettext("%(count)s 小时", "%(count)s 小时", count) % {"count": count}
    return ngettext("%(count)s 天", "%(count)s 天", count) % {"count": count}


def need(code: str) -> str:
    """What kind of paper it is, in words."""
    return {"required": _("必须有"), "conditional": _("有的情况才要"), "tolerated": _("可以后补"),
            "promised": _("可以写承诺代替")}.get(code, "")


def source(code: str) -> str:
    """Who brings a paper, in words."""
    return {"applicant": _("您带来"), "shared": _("不用您交，我们去查"), "e_licence": _("出示电子证照就行"),
            "generated": _("窗口当场打印，您签字")}.get(code, "")


def channel(code: str) -> str:
    return {"online": _("网上"), "window": _("窗口"), "phone": _("电话"), "home_visit": _("上门"), "kiosk": _("自助机"),
            "agent": _("代办")}.get(code, code)


def level(code: str) -> str:
    return {"community": _("社区"), "street": _("街道"), "district": _("区"), "city": _("市"), "province": _("省")}.get(
        code, code)


def topic(code: str) -> str:
    return {"elders": _("老年人"), "children": _("孩子"), "health": _("看病和医保"), "work": _("工作和社保"),
            "housing": _("住房"), "identity": _("证件和户口"), "family": _("婚育家庭"), "disability": _("残疾人"),
            "hardship": _("困难帮扶"), "pets": _("养宠物"), "volunteering": _("志愿服务")}.get(code, code)


def life_event(code: str) -> str:
    return {"birth": _("生孩子"), "school": _("上学"), "work": _("找工作"), "retirement": _("退休"),
            "illness": _("生病"), "moving": _("搬家"), "death": _("家人去世"), "disability": _("身体不便")}.get(
                code, code)


def copies(given: Mapping[str, Any] | None) -> str:
    """How many originals and copies, in words."""
    original, copied = (int((given or {}).get(name) or 0) for name in ("original", "copy"))
    if original and copied:
        return _("原件 %(original)s 份，复印件 %(copy)s 份") % {"original": original, "copy": copied}
    if original:
        return _("原件 %(count)s 份") % {"count": original}
    return _("复印件 %(count)s 份") % {"count": copied} if copied else ""


def money(cents: int) -> str:
    return _("%(amount)s 元") % {"amount": f"{cents / 100:.2f}".removesuffix(".00")}


def clauses(body: Mapping[str, Any], manner: str) -> list[str]:
    """Who is entitled, condition by condition; one line where everybody is."""
    eligibility = body.get("eligibility") or {}
    language = "en" if manner == "en" else "zh"
    if eligibility.get("none"):
        return [str((eligibility.get("none_en") if language == "en" else "") or eligibility["none"])]
    return judging.clauses(eligibility.get("rule"), language)


def checked_bases(body: Mapping[str, Any]) -> tuple[int, int]:
    """(how many bases were read in their text, how many were not)."""
    bases = (body.get("base") or {}).get("basis") or []
    read = sum(1 for one in bases if one.get("checked") is True)
    return read, len(bases) - read


def audience(code: str) -> str:
    return {"natural_person": _("个人"), "legal_person": _("法人"), "organisation": _("其他组织")}.get(code, code)
