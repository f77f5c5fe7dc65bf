"""What docs/cases.md shows works as it stands there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from linli.foundation import calendar
from linli.mechanisms.cases import manifest
from linli.mechanisms.cases.kinds import parse, say
from linli.mechanisms.cases.registry import EFFECTS, GUARDS

ROOT = Path(manifest.__file__).parents[3]
TEXT = (ROOT / "docs" / "cases.md").read_text(encoding="utf-8")


def test_the_example_of_a_kind_may_be_published() -> None:
    kind = parse(yaml.safe_load(re.search(r"```yaml\n(.*?)```", TEXT, re.DOTALL)[1]))  # type: ignore[index]
    assert (say(kind.asks), kind.states["waiting"].clock) == ("找到了吗", "pause")


@pytest.mark.parametrize("span", ["24h", "7d", "4wh", "3wd"])
def test_the_spans_it_names_are_known(span: str) -> None:
    assert f"`{span}`" in TEXT
    assert calendar.seconds(span)[0] > 0


def test_the_guards_and_effects_it_names_exist() -> None:
    assert {"not_complained_of", "within_reopen_days"} <= GUARDS.keys()
    assert "propose_close" in EFFECTS
