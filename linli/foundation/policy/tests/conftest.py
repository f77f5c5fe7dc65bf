from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from linli.foundation.policy import overlays, shipped

RULES = """
answer_days:
  - {from: 2020-01-01, value: 7, source: 测试办法 第1条, note: 几天内答复}
  - {from: 2026-01-01, value: 5, source: 测试办法（2026修订） 第1条, note: 几天内答复}
open_at_night: [{from: 2020-01-01, value: false, source: 本平台设定}]
share: [{from: 2020-01-01, value: 0.5, source: 本平台设定}]
greeting: [{from: 2020-01-01, value: 您好, source: 本平台设定}]
radius_m: [{from: 2020-01-01, value: {lift: 20, other: 250}, source: 本平台设定}]
ladder: [{from: 2020-01-01, value: [60, 120], source: 本平台设定}]
quorum: [{from: 2021-01-01, value: 2, source: 民法典 第278条, fixed: true}]
later: [{from: 2099-01-01, value: 1, source: 本平台设定}]
"""


@pytest.fixture(autouse=True)
def _nothing_remembered() -> Iterator[None]:
    overlays.forget()
    yield
    overlays.forget()


@pytest.fixture
def declare(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[str, ...]]:
    """`declare("…yaml…")`: the rules of a room called `demo`, beside those installed; returns what is wrong."""
    installed = shipped.rules()

    def put(*texts: str) -> tuple[str, ...]:
        folder = tmp_path / "policy"
        folder.mkdir(exist_ok=True)
        for number, text in enumerate(texts):
            (folder / f"{number}.yaml").write_text(text, encoding="utf-8")
        found, wrong = shipped.collect([("demo", folder)])
        together = {**installed, **found}
        monkeypatch.setattr(shipped, "_installed", lambda: (together, wrong))
        return wrong

    return put


@pytest.fixture
def demo_rules(declare: Callable[..., tuple[str, ...]]) -> None:
    assert declare(RULES) == ()
