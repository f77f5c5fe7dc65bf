from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from linli.foundation.calendar import clock
from linli.mechanisms.knowledge import Unit, building, collecting, meaning, memory, rebuild
from linli.services.assistant import endpoint
from linli.services.assistant.breaker import Breaker

Index = Callable[..., None]
NOON = datetime(2026, 11, 25, 2, 0, tzinfo=UTC)  # Wednesday, ten in the morning in Hangzhou: the desk is open
NIGHT = datetime(2026, 11, 25, 15, 0, tzinfo=UTC)  # eleven at night
_UNITS: list[Unit] = []


def units() -> Iterator[Unit]:
    yield from _UNITS


def unit(group: str, title: str, aspect: str = "what", text: str = "", **more: Any) -> Unit:
    return Unit(**{
        "key": f"{group}.{aspect}", "group": group, "kind": "item", "title": title, "aspect": aspect,
        "text": text or f"{title}的说明。", "source": "示范清单", "version": "2", "checked_on": "2026-11-20", **more})


CATALOGUE = (
    unit("gov.elders", "高龄津贴发放", wordings=("80岁老人津贴怎么领", "老人补贴去哪办"),
         acts=(("在线申请", "/services/"),)),
    unit("gov.elders", "高龄津贴发放", "materials", "居民身份证原件1份，银行卡复印件1份。"),
    unit("gov.elders", "高龄津贴发放", "limit", "承诺10个工作日办结。"),
    unit("gov.birth", "新生儿户口登记", wordings=("孩子刚出生怎么上户口",)),
    unit("gov.dog", "养犬登记", wordings=("狗证怎么办",)),
    unit("gov.import", "养犬登记证换发", area_code="44", unchecked=True, checked_on=""),
    unit("board.water", "明天停水", kind="notice", area_code="330106001001", text="明天9点到12点停水。"),
)


@pytest.fixture(autouse=True)
def _alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Ten in the morning of a working day, an index of its own, no embedding, no endpoint."""
    monkeypatch.setattr(building, "root", lambda: tmp_path / "knowledge")
    monkeypatch.setattr(collecting, "manifests", lambda: (
        SimpleNamespace(name="toys", knows="linli.services.assistant.tests.conftest.units"),))
    monkeypatch.setattr(meaning, "embedder", lambda: None)
    monkeypatch.setattr(memory, "_held", None)
    monkeypatch.setattr(endpoint, "breaker", Breaker())
    monkeypatch.delenv("LINLI_ASSISTANT_URL", raising=False)
    _UNITS[:] = CATALOGUE
    with clock.at(NOON):
        yield
    _UNITS.clear()


@pytest.fixture
def catalogue(db: None) -> None:
    rebuild(dense=False)
