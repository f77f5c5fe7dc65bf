"""Codes of items: 12 characters of the base directory, 31 of a place's implementation (GB/T 39554.1-2020).

An implementation code is the unified social credit code of who handles it (18, check digit of GB 32100-2015), one
character, and the base code.
"""

from __future__ import annotations

import re

from django.utils.translation import gettext as _
from stdnum.cn import uscc
from stdnum.exceptions import ValidationError

BASE_LENGTH, CODE_LENGTH, CREDIT_LENGTH = 12, 31, 18
OWN_PREFIX = "99"  # ours, until a place enters its official code: no province begins with it
_BASE = re.compile(r"[0-9A-Z]{12}", re.ASCII)


def base_fault(code: str) -> str:
    """What is wrong with a base code, in words; empty when it is well formed."""
    if len(code) != BASE_LENGTH:
        return _("基本编码应为 12 位，现在是 %(count)s 位。") % {"count": len(code)}
    if not _BASE.fullmatch(code):
        return _("基本编码只能有数字和大写字母。")
    return ""


def code_fault(code: str, *, base: str = "") -> str:
    """What is wrong with an implementation code, in words; empty when it is well formed.

    `base`: the base code its last twelve characters must repeat, where that one is official.
    """
    if len(code) != CODE_LENGTH:
        return _("实施编码应为 31 位，现在是 %(count)s 位。") % {"count": len(code)}
    if not _BASE.fullmatch(code[-BASE_LENGTH:]) or not re.fullmatch(r"[0-9A-Z]", code[CREDIT_LENGTH], re.ASCII):
        return _("实施编码第 19 位以后只能有数字和大写字母。")
    try:
        uscc.validate(code[:CREDIT_LENGTH])
    except ValidationError:
        return _("实施编码的前 18 位不是有效的统一社会信用代码（校验位不对）。")
    if base and not is_own(base) and code[-BASE_LENGTH:] != base:
        return _("实施编码的后 12 位应与基本编码 %(base)s 相同。") % {"base": base}
    return ""


def is_own(base: str) -> bool:
    """Whether a base code is our own (本地编号), not one of the national directory."""
    return base.startswith(OWN_PREFIX)
