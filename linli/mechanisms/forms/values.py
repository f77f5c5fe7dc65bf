"""What a person typed becomes a value, or a sentence that says what to change; and what others read of a value."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from typing import Any

from django.utils.translation import gettext as _

from linli.foundation.calendar.clock import today
from linli.foundation.people.rules import parse_phone
from linli.foundation.privacy.masks import mask
from linli.foundation.web.refusals import Refused
from linli.mechanisms.forms.elements import FILES, Element
from linli.mechanisms.forms.rules.comparing import as_date, is_number

_WIDE = str.maketrans("０１２３４５６７８９Ｘｘ－．，：", "0123456789XX-.,:")
_LONG = {"text": 200, "long_text": 2000, "address": 200, "home": 200, "signature": 60}
_ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_CODE_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_AUDIENCES = ("own", "handler", "detail", "list", "export")


class Invalid(Exception):  # noqa: N818 - reads as a sentence
    """A value that cannot be taken; the text says what to change."""


def clean(element: Element, raw: Any) -> Any:
    """The value of `raw` as it is kept; None for nothing. Raises `Invalid`.

    Text as it comes from a page and values that are already typed are both taken: money as a number is in cents,
    money as text in yuan.
    """
    if isinstance(raw, str):
        raw = "".join(sign for sign in raw if sign >= " " or sign in "\n\t").strip()
    if raw is None or raw == "" or raw == []:
        return None
    return _CLEANERS.get(element.type, _text)(element, raw)


def _text(element: Element, raw: Any) -> str:
    value = str(raw)
    if element.type != "long_text":
        value = " ".join(value.split())
    check = element.check
    most = int(check.get("max", _LONG.get(element.type, 200)))
    if len(value) > most:
        raise Invalid(_("「%(label)s」最多 %(most)s 个字，现在 %(now)s 个。") % {
            "label": element.label, "most": most, "now": len(value)})
    if len(value) < check.get("min", 0):
        raise Invalid(_("「%(label)s」至少写 %(least)s 个字。") % {"label": element.label, "least": check["min"]})
    if "pattern" in check and not re.fullmatch(check["pattern"], value):
        raise Invalid(_("「%(label)s」写得不对，请照证件上的再核对一遍。") % {"label": element.label})
    return value


def _number(element: Element, raw: Any) -> int | float:
    if isinstance(raw, bool):
        raise Invalid(_not_number(element))
    if not is_number(raw):
        try:
            number = Decimal(str(raw).translate(_WIDE).replace(",", ""))
        except InvalidOperation as error:
            raise Invalid(_not_number(element)) from error
        if not number.is_finite() or abs(number) > 10**12:
            raise Invalid(_not_number(element))
        raw = int(number) if number == number.to_integral_value() else float(number)
    _within(element, raw, str)
    return raw  # type: ignore[no-any-return]  # a number, as just shown


def _not_number(element: Element) -> str:
    return _("「%(label)s」请填数字。") % {"label": element.label}


def _money(element: Element, raw: Any) -> int:
    if is_number(raw):
        cents = int(raw)
    else:
        try:
            yuan = Decimal(str(raw).translate(_WIDE).replace(",", "").removesuffix("元").strip())
            cents = int((yuan * 100).quantize(Decimal(1), ROUND_HALF_UP))
        except (ArithmeticError, ValueError) as error:
            raise Invalid(_("「%(label)s」请填钱数，例如 1280 或 1280.50。") % {"label": element.label}) from error
    if abs(cents) > 10**14:
        raise Invalid(_("「%(label)s」请填钱数，例如 1280 或 1280.50。") % {"label": element.label})
    _within(element, cents, in_yuan)
    return cents


def _within(element: Element, value: Any, told: Any) -> None:
    low, high = element.check.get("min"), element.check.get("max")
    if low is not None and value < low:
        raise Invalid(_("「%(label)s」不能小于 %(least)s。") % {"label": element.label, "least": told(low)})
    if high is not None and value > high:
        raise Invalid(_("「%(label)s」不能大于 %(most)s。") % {"label": element.label, "most": told(high)})


def _date(element: Element, raw: Any) -> str:
    day = as_date(raw) if not isinstance(raw, str) else _typed_day(raw)
    if day is None or not 1880 <= day.year <= 2200:
        raise Invalid(_("「%(label)s」请写成年-月-日，例如 1950-03-08。") % {"label": element.label})
    if element.check.get("not_future") and day > today():
        raise Invalid(_("「%(label)s」还没到这一天，请再看一下年份。") % {"label": element.label})
    if element.check.get("not_past") and day < today():
        raise Invalid(_("「%(label)s」已经过了，请选今天或以后的一天。") % {"label": element.label})
    return day.isoformat()


def _typed_day(raw: str) -> date | None:
    """1950-3-8, 1950/03/08, 1950年3月8日, 19500308."""
    found = re.fullmatch(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?|(\d{4})(\d{2})(\d{2})",
                         raw.translate(_WIDE))
    if not found:
        return None
    try:
        return date(*(int(part) for part in (found.groups()[:3] if found[1] else found.groups()[3:])))
    except ValueError:
        return None


def _yes_no(element: Element, raw: Any) -> bool:
    if isinstance(raw, bool):
        return raw
    if str(raw) in ("yes", "true", "True", "on"):
        return True
    if str(raw) in ("no", "false", "False"):
        return False
    raise Invalid(_("「%(label)s」请选「是」或「否」。") % {"label": element.label})


def _choice(element: Element, raw: Any) -> str:
    if element.option(str(raw)) is None:
        raise Invalid(_("「%(label)s」请从列出的答案里选一个。") % {"label": element.label})
    return str(raw)


def _choices(element: Element, raw: Any) -> list[str] | None:
    picked = [str(one) for one in (raw if isinstance(raw, list | tuple) else [raw]) if one not in (None, "")]
    if any(element.option(one) is None for one in picked):
        raise Invalid(_("「%(label)s」请从列出的答案里选。") % {"label": element.label})
    found = [one.value for one in element.options if one.value in picked]
    most = element.check.get("max")
    if most is not None and len(found) > most:
        raise Invalid(_("「%(label)s」最多选 %(most)s 个。") % {"label": element.label, "most": most})
    return found or None


def _phone(element: Element, raw: Any) -> str:
    try:
        return parse_phone(str(raw))
    except Refused as refusal:
        raise Invalid(str(refusal.sentence)) from refusal


def _id_number(element: Element, raw: Any) -> str:
    """居民身份证号: GB 11643-1999, 18 characters, the last a check character (ISO 7064 MOD 11-2)."""
    number = re.sub(r"[\s-]", "", str(raw).translate(_WIDE)).upper()
    if len(number) != 18:
        raise Invalid(_("身份证号要 18 位，现在是 %(now)s 位。") % {"now": len(number)})
    if not re.fullmatch(r"\d{17}[\dX]", number):
        raise Invalid(_("身份证号只有数字，最后一位可以是 X。"))
    total = sum(weight * int(sign) for weight, sign in zip(_ID_WEIGHTS, number[:17], strict=True))
    day = _typed_day(number[6:14])
    if "10X98765432"[total % 11] != number[17] or day is None or day > today():
        raise Invalid(_("这个身份证号对不上，请照证件再核对一遍。"))
    return number


def _credit_code(element: Element, raw: Any) -> str:
    """统一社会信用代码: GB 32100-2015, 18 characters, the last a check character (MOD 31-3)."""
    code = re.sub(r"[\s-]", "", str(raw).translate(_WIDE)).upper()
    if len(code) != 18 or any(sign not in _CODE_SIGNS for sign in code):
        raise Invalid(_("统一社会信用代码要 18 位数字和大写字母（没有 I、O、S、V、Z）。"))
    total = sum(pow(3, place, 31) * _CODE_SIGNS.index(sign) for place, sign in enumerate(code[:17]))
    if _CODE_SIGNS[(31 - total % 31) % 31] != code[17]:
        raise Invalid(_("这个统一社会信用代码对不上，请照证书再核对一遍。"))
    return code


def _files(element: Element, raw: Any) -> list[int] | None:
    found = [int(one) for one in (raw if isinstance(raw, list | tuple) else [raw]) if str(one).isdecimal()]
    return (found[-1:] if element.type == "file" else found[:9]) or None


_CLEANERS: dict[str, Any] = {
    "number": _number, "money": _money, "date": _date, "yes_no": _yes_no, "choice": _choice, "choices": _choices,
    "phone": _phone, "id_number": _id_number, "credit_code": _credit_code, "file": _files, "files": _files,
}


def in_yuan(cents: Any) -> str:
    """1280.50 元; whole yuan without the point."""
    yuan = Decimal(str(cents)) / 100
    return _("%(yuan)s 元") % {"yuan": f"{yuan:,.2f}".removesuffix(".00")}


def typed(element: Element, value: Any) -> Any:
    """A kept value as it stands in the field of a page."""
    if value is None:
        return [] if element.type == "choices" else ""
    if element.type == "money":
        return f"{Decimal(value) / 100:.2f}".removesuffix(".00")
    if element.type == "yes_no":
        return "yes" if value else "no"
    if element.type == "phone":
        return str(value).removeprefix("+86")
    return value


def shown(element: Element, value: Any, audience: str) -> str:
    """What an audience reads: `own` and `handler` the whole; `detail`, `list`, `export` what the mask leaves.

    A sensitive value without a mask of its own is not shown to the last three.
    """
    if audience not in _AUDIENCES:
        raise KeyError(audience)
    if value is None or value == "" or value == []:
        return ""
    whole = in_words(element, value)
    if audience in ("own", "handler"):
        return whole
    if element.mask:
        return mask(element.mask, audience, str(value) if element.type == "phone" else whole)
    if element.is_sensitive:
        return "***"
    return mask("text", audience, whole) if element.type in ("text", "long_text", "address", "home") else whole


def in_words(element: Element, value: Any) -> str:
    """The whole value in the reader's words."""
    if element.type == "yes_no":
        return _("是") if value else _("否")
    if element.type == "money":
        return in_yuan(value)
    if element.type in FILES:
        return _("%(count)s 个文件") % {"count": len(value) if isinstance(value, Sequence) else 1}
    if element.options:
        picked = value if isinstance(value, list) else [value]
        return _("、").join(one.label for one in element.options if one.value in picked)
    if element.type == "phone":
        return str(value).removeprefix("+86")
    return str(value)
