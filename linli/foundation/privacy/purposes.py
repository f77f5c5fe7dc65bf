"""Why personal data is kept: every purpose any room declares in its manifest (个人信息保护法 第5–6条, 第13条)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.core import checks
from django.utils.translation import gettext_lazy as _

from linli.foundation.web.manifest import Purpose, manifests

# 第13条: consent; contract; statutory duty; emergency.
BASES: Mapping[str, Any] = {
    "consent": _("您同意的"),
    "contract": _("为办您要办的事"),
    "duty": _("法律规定要做的"),
    "emergency": _("紧急情况下保护人身安全"),
}


@cache
def purposes() -> Mapping[str, Purpose]:
    """`room.purpose` → the declared purpose. A code without a dot belongs to the room of its manifest."""
    return {
        purpose.code if "." in purpose.code else f"{manifest.name}.{purpose.code}": purpose
        for manifest in manifests()
        for purpose in manifest.purposes
    }


def purpose(code: str) -> Purpose:
    """The purpose of that code; an undeclared one is a programmer's error."""
    return purposes()[code]


@checks.register("privacy")
def check_purposes(app_configs: Any = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Each purpose has a lawful basis, an end and a source."""
    found: list[checks.CheckMessage] = []
    for code, declared in purposes().items():
        if declared.basis not in BASES:
            found.append(checks.Error(f"{code}: basis {declared.basis!r} is none of {', '.join(BASES)}", id="privacy.E002"))
        if declared.keep_days <= 0:
            found.append(checks.Error(f"{code}: keep_days must say when it ends", id="privacy.E003"))
        if not declared.source:
            found.append(checks.Error(f"{code}: names no source", id="privacy.E004"))
    return found
