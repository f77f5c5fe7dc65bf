"""ISBN as typed or scanned: judged by its check digit, kept as 13 digits."""

from __future__ import annotations

from django.utils.translation import gettext as _
from stdnum import isbn as stdnum_isbn
from stdnum.exceptions import ValidationError

from linli.foundation.web import Refused


def clean(typed: str) -> str:
    """13 digits, or empty for nothing. Raises `Refused("bad_isbn")`: the check digit finds a slip of one digit."""
    bare = "".join(sign for sign in typed if sign not in " -–—").strip()
    if not bare:
        return ""
    try:
        return str(stdnum_isbn.to_isbn13(stdnum_isbn.validate(bare)).replace("-", ""))
    except ValidationError:
        sentence = _("这个 ISBN 的校验位对不上，请对着书再看一遍，共 13 位或 10 位。")
        raise Refused("bad_isbn", sentence, field="isbn") from None


def is_isbn(words: str) -> bool:
    """Could what was typed into a search box be an ISBN?"""
    bare = "".join(sign for sign in words if sign not in " -")
    return bool(stdnum_isbn.is_valid(bare)) if bare else False
