from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from linli.mechanisms.knowledge import Unit, building, collecting, meaning, memory

Known = Callable[..., None]
_UNITS: list[Unit] = []


def units() -> Iterator[Unit]:
    yield from _UNITS


class Hashed:
    """An embedding of a kind: pairs of characters thrown into 384 boxes. Quick, and near for what is spelt alike."""

    name = "hashed 1"

    def one(self, text: str) -> meaning.Vectors:
        found = np.zeros(meaning.DIMENSIONS, np.float32)
        for at in range(max(len(text) - 1, 1)):
            box = hashlib.sha256(text[at:at + 2].encode()).digest()
            found[int.from_bytes(box[:2], "big") % meaning.DIMENSIONS] += 1
        length = np.linalg.norm(found)
        return found / length if length else found


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A data folder and an index of its own; no other room's knowledge; no real embedding."""
    monkeypatch.setattr(building, "root", lambda: tmp_path / "knowledge")
    monkeypatch.setattr(collecting, "manifests", lambda: (
        SimpleNamespace(name="toys", knows="linli.mechanisms.knowledge.tests.conftest.units"),))
    monkeypatch.setattr(meaning, "embedder", lambda: None)
    monkeypatch.setattr(memory, "_held", None)
    _UNITS.clear()
    yield
    _UNITS.clear()


@pytest.fixture
def hashed(monkeypatch: pytest.MonkeyPatch) -> Hashed:
    made = Hashed()
    monkeypatch.setattr(meaning, "embedder", lambda: made)
    return made


def unit(group: str, title: str, aspect: str = "what", text: str = "", **more: Any) -> Unit:
    return Unit(**{
        "key": f"{group}.{aspect}", "group": group, "kind": "item", "title": title, "aspect": aspect,
        "text": text or f"{title}的说明。", "source": "示范清单", **more})


@pytest.fixture
def knows() -> Known:
    """`knows(unit, …)`: what the one room of this test knows from now on."""

    def now_known(*given: Unit) -> None:
        _UNITS[:] = given

    return now_known


@pytest.fixture
def town(knows: Known) -> None:
    """Six things, with materials and limits for the first."""
    knows(
        unit("toys.elders", "高龄津贴发放", wordings=("80岁老人津贴怎么领", "老人补贴去哪办"),
             text="满80岁的老人按月领津贴。", acts=(("在线申请", "/gov/elders/"),),
             url="/gov/elders/", version="3", checked_on="2026-11-20"),
        unit("toys.elders", "高龄津贴发放", "materials", "居民身份证原件1份，银行卡复印件1份。"),
        unit("toys.elders", "高龄津贴发放", "limit", "10个工作日。"),
        unit("toys.birth", "新生儿户口登记", wordings=("孩子刚出生怎么上户口", "宝宝落户")),
        unit("toys.dog", "养犬登记", wordings=("狗证怎么办", "养狗要办证吗")),
        unit("toys.house", "公共租赁住房申请", wordings=("公租房怎么申请",)),
        unit("toys.card", "居民身份证换领", wordings=("身份证到期了", "身份证丢了")),
        unit("toys.far", "养犬登记证换发", area_code="44", unchecked=True, source="广东省清单"),
        unit("toys.notice", "明天停水", kind="notice", area_code="330106001001", text="明天9点到12点停水。"),
    )
