"""What is accepted for which purpose, and how big it may be: told before one chooses a file, checked after."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from django.utils.translation import gettext as _, gettext_lazy

from linli.foundation.policy import policy
from linli.foundation.web.manifest import manifests
from linli.foundation.web.refusals import Refused

FAMILIES = ("photo", "document", "sheet", "audio")
_NAMES = {
    "photo": gettext_lazy("照片（JPG、PNG、HEIC、WebP）"), "document": gettext_lazy("文件（PDF、Word）"),
    "sheet": gettext_lazy("表格（XLSX）"), "audio": gettext_lazy("录音"),
}
INPUT_ACCEPT = {
    "photo": "image/*,.heic,.heif", "document": ".pdf,.docx", "sheet": ".xlsx", "audio": "audio/*",
}
_accepted: dict[str, tuple[str, ...]] = {}


def accept(purpose: str, *families: str) -> None:
    """Declare (in a room's `sights.py`) which families a purpose takes; photos alone where nothing is declared."""
    unknown = set(families) - set(FAMILIES)
    assert families, f"{purpose}: name at least one of {FAMILIES}"
    assert not unknown, f"{purpose}: families are {FAMILIES}, not {unknown}"
    _accepted[purpose] = families


def families_of(purpose: str) -> tuple[str, ...]:
    """What `purpose` takes. Raises `ValueError` for a purpose that no manifest declares (个人信息保护法 第6条)."""
    if purpose not in _accepted and purpose not in declared_purposes():
        raise ValueError(f"{purpose}: declare it in a manifest's purposes before keeping files for it")
    return _accepted.get(purpose, ("photo",))


def declared_purposes() -> frozenset[str]:
    """The codes of every `Purpose` of every manifest."""
    return frozenset(purpose.code for manifest in manifests() for purpose in manifest.purposes)


def limit(name: str) -> int:
    """The value of `files.{name}` in `policy/limits.yaml`, today."""
    return int(policy(f"files.{name}"))


def max_bytes(family: str) -> int:
    """The size limit of `family`, in bytes, today."""
    return limit(f"{family}_bytes")


def largest_bytes() -> int:
    """More than this is no upload at all, whatever it be."""
    return max(max_bytes(family) for family in FAMILIES)


def kinds_told(families: Sequence[str]) -> str:
    """What is taken, in words."""
    return _("、").join(str(_NAMES[family]) for family in families)


def limits_told(purpose: str) -> str:
    """One line to stand under the file field: 「照片（JPG、PNG…）每张不超过 20 MB」."""
    told = [
        _("%(what)s不超过 %(size)s") % {"what": _NAMES[family], "size": in_words(max_bytes(family))}
        for family in families_of(purpose)
    ]
    return _("；").join(told) + _("。照片里的拍摄位置会自动去掉。")


def accept_attribute(purpose: str) -> str:
    """The value of an `<input type=file accept=…>`."""
    return ",".join(INPUT_ACCEPT[family] for family in families_of(purpose))


def too_big(size: int | None, limit: int) -> Refused:
    """The refusal of a file of `size` bytes (None: not read to its end) where `limit` is allowed."""
    facts: Mapping[str, str] = {"size": in_words(size or 0), "limit": in_words(limit)}
    sentence = (
        _("这个文件有 %(size)s，最大能收 %(limit)s。照片请用手机直接拍，或截一张图再传。") % facts if size
        else _("这个文件超过了 %(limit)s，没有收下。照片请用手机直接拍，或截一张图再传。") % facts
    )
    return Refused("too_big", sentence, field="file", limit_bytes=limit)


def in_words(size: int) -> str:
    """20 MB; 300 KB."""
    return f"{size / 1_048_576:.0f} MB" if size >= 1_000_000 else f"{max(1, size // 1024)} KB"
