"""Why personal data is kept: every purpose any room declares in its manifest (个人信息保护法 第5–6条, 第13条)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Any

from django.core import checks
from django.utils.translation import gettext, gettext_lazy as _

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


# What a manifest may write for fields the whole house knows; other words are shown as they stand.
FIELD_WORDS: Mapping[str, Any] = {
    "phone": _("手机号"), "name": _("姓名"), "title": _("称呼"), "birth_year": _("出生年份"), "age": _("年龄"),
    "address": _("住址"), "home": _("住址"), "bond": _("和房子的关系"), "email": _("邮箱"), "photo": _("照片"),
    "code": _("验证码"), "device": _("登录设备"), "network prefix": _("网络地址的前一段"), "subject": _("委托人"),
    "agent": _("代办人"), "scope": _("可以代办的事"), "evidence": _("委托凭据"), "text": _("您写的话"),
}


def field_words(about: Purpose) -> str:
    """The kinds of data of a purpose, in the reader's words."""
    words = [part.strip() for part in str(about.fields).split(",") if part.strip()]
    return _list_of([str(FIELD_WORDS[word]) if word in FIELD_WORDS else gettext(word) for word in words])


def _list_of(words: list[str]) -> str:
    return gettext("、").join(words)


def purpose(code: str) -> Purpose:
    """The purpose of that code; an undeclared one is a programmer's error."""
    return purposes()[code]


@checks.register("privacy")
def check_purposes(app_configs: Any = None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Each purpose has a lawful basis, an end and a source."""
    found: list[checks.CheckMessage] = []
    for code, declared in purposes().items():
        if declared.basis not in BASES:
            found.append(checks.Error(
                f"{code}: basis {declared.basis!r} is none of {', '.join(BASES)}", id="privacy.E002"))
        if declared.keep_days < 0:
            found.append(checks.Error(f"{code}: keep_days must say when it ends", id="privacy.E003"))
        if not declared.source:
            found.append(checks.Error(f"{code}: names no source", id="privacy.E004"))
    return found
