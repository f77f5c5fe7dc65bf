"""What is shown of a personal value when the whole of it is nobody's business (rules: masking per audience).

One table, `MASKS`: element × audience → mask. Audiences: `list` (a worklist), `detail` (the page of one thing, before
someone clicks and writes a reason), `public` (a notice), `log` (what the program writes to its log), `export` (a file
that leaves). A value without an entry is not shown: `mask` answers "***".
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

_DOUBLE = frozenset((
    "欧阳", "司马", "上官", "诸葛", "东方", "皇甫", "尉迟", "公孙", "慕容", "令狐", "宇文", "长孙", "司徒", "夏侯",
    "端木", "百里", "南宫"))
_WIDE = str.maketrans("０１２３４５６７８９Ｘｘ－　＋", "0123456789Xx- +")

# From where an address points at one household: a number with the word for building, entrance, storey or room
# (3号楼, 二单元, 501室, A座), a chain such as 3-2-501, or the English words. "文三路12号" alone is the compound's gate.
_HOUSEHOLD = re.compile(
    r"[0-9一二三四五六七八九十百两甲乙丙丁A-Za-z]{1,6}\s*(?:号楼|号院|单元|[幢栋座室层楼户#])"
    r"|\d+\s*(?:[-—–~/]\s*\d+)+"
    r"|\b(?:building|bldg|block|unit|entrance|floor|room|rm|flat|apt|apartment)\b"
    r"|\d{3,}\s*(?!号|弄|路|街|巷|米|\d)",
    re.IGNORECASE)
_PHONE = re.compile(
    r"(?<!\d)(?:(?:\+|00)?86[\s-]?)?(1[3-9]\d)[\s-]?\d[\s-]?\d[\s-]?\d[\s-]?\d[\s-]?(\d{4})(?!\d)"
    r"|(?<!\d)(1[3-9]\d)[\s-]?\d{3}[\s-]?\d[\s-]?\d(\d{3})(?!\d)")
_LANDLINE = re.compile(r"(?<!\d)(0\d{2,3})[\s-]?\d{3,4}[\s-]?(\d{4})(?!\d)")
_IDENTITY = re.compile(r"(?<![0-9A-Za-z])\d{6}[\s-]?\d{4}[\s-]?\d{4}[\s-]?(\d{3}[\dXx])(?![0-9A-Za-z])")
_RUN = re.compile(r"\d{11,}[Xx]?")
_LOCAL = re.compile(r"(?<![\d.])[2-8]\d{3}[\s-]?(\d{4})(?![\d.]\d|\d)")
_DAY = re.compile(r"(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
_EMAIL = re.compile(r"([A-Za-z0-9])[A-Za-z0-9._%+-]*@([A-Za-z0-9.-]+\.[A-Za-z]{2,})")


def mask_name(name: str) -> str:
    """Family name and stars: 林** ; two-character family names stay whole."""
    name = name.strip()
    if not name:
        return "**"
    return (name[:2] if name[:2] in _DOUBLE and len(name) > 2 else name[:1]) + "**"


def mask_phone(phone: str) -> str:
    """138****8000, from E.164 or national form; shorter than eight digits: nothing of it."""
    digits = re.sub(r"\D", "", phone.translate(_WIDE).strip().removeprefix("+86"))
    if len(digits) >= 11:
        return f"{digits[:3]}****{digits[-4:]}"
    return f"****{digits[-4:]}" if len(digits) >= 8 else "****"


def mask_id(number: str) -> str:
    """Only the last four of an identity number."""
    number = number.strip()
    return "**************" + number[-4:] if len(number) >= 8 else "****"


def mask_address(address: str) -> str:
    """The road and the compound, without building, entrance or room: 文三路12号 梧桐苑."""
    plain = " ".join(address.translate(_WIDE).split())
    found = _HOUSEHOLD.search(plain)
    kept = plain[: found.start()] if found else plain
    return kept.rstrip(" ,，-、#（(第") or "**"


def mask_email(address: str) -> str:
    """l***@example.org."""
    return _EMAIL.sub(r"\1***@\2", address) if _EMAIL.fullmatch(address.strip()) else "***"


def mask_text(text: str) -> str:
    """`text` with the telephone, identity and card numbers and mail addresses inside it masked.

    For lists, exports and what is taken in from elsewhere. A date or a case number that begins with one
    (20261124…, at most 14 digits) stays; any other run of eleven digits and more does not.
    """
    narrow = text.translate(_WIDE) if not text.isascii() else text
    if not any(char.isdigit() or char == "@" for char in narrow):
        return text
    narrow = _IDENTITY.sub(r"**************\1", narrow)
    narrow = _PHONE.sub(lambda m: f"{m[1] or m[3]}****{m[2] or m[4]}", narrow)
    narrow = _LANDLINE.sub(r"\1****\2", narrow)
    narrow = _RUN.sub(_masked_run, narrow)
    narrow = _LOCAL.sub(lambda m: m[0] if _DAY.fullmatch(m[0]) else f"****{m[1]}", narrow)
    return _EMAIL.sub(r"\1***@\2", narrow)


def _masked_run(found: re.Match[str]) -> str:
    run = found[0]
    if len(run) <= 14 and _DAY.match(run):
        return run
    return f"{run[:3]}****{run[-4:]}" if len(run) < 15 else "*" * 14 + run[-4:]


def _nothing(value: str) -> str:
    return "***"


def _whole(value: str) -> str:
    return value


Mask = Callable[[str], str]

MASKS: Mapping[tuple[str, str], Mask] = {
    ("name", "list"): mask_name, ("name", "detail"): mask_name, ("name", "public"): mask_name,
    ("name", "export"): mask_name,
    ("phone", "list"): mask_phone, ("phone", "detail"): mask_phone, ("phone", "export"): mask_phone,
    ("id", "list"): mask_id, ("id", "detail"): mask_id, ("id", "export"): mask_id,
    # Who comes to repair a tap must find the door: the page of one thing shows where it is.
    ("address", "list"): mask_address, ("address", "detail"): _whole, ("address", "public"): mask_address,
    ("address", "export"): mask_address,
    ("email", "list"): mask_email, ("email", "detail"): mask_email, ("email", "export"): mask_email,
    ("text", "list"): mask_text, ("text", "detail"): mask_text, ("text", "public"): mask_text,
    ("text", "export"): mask_text,
}
ELEMENTS = ("name", "phone", "id", "address", "email", "text")
AUDIENCES = ("list", "detail", "public", "log", "export")


def mask(element: str, audience: str, value: str | None) -> str:
    """What `audience` reads of `value`. An unknown element or audience is a programmer's error."""
    if element not in ELEMENTS or audience not in AUDIENCES:
        raise KeyError((element, audience))
    return MASKS.get((element, audience), _nothing)(value) if value else ""


_DOOR = re.compile(
    r"[\d一二三四五六七八九十]+\s*单元|\d{1,3}\s*-\s*\d{1,2}\s*-\s*\d{3,4}|(?<!\d)\d{3,4}\s*(?:室|房间|房|户)")


def mask_door(text: str) -> str:
    """`text` without entrance and door: what neighbours read names the building at most (3号楼1单元602室 → 3号楼)."""
    return re.sub(r"\s{2,}", " ", _DOOR.sub("", text)).strip()
