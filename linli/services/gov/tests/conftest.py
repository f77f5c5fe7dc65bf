"""A catalogue of our own in a folder: one whole item, a second one, a bundle of both; two colleagues at the desk."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from linli.foundation.areas.models import Area
from linli.foundation.calendar import clock
from linli.foundation.people.models import Person

NOON = datetime(2026, 11, 25, 12, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
RECORDS = Path(__file__).resolve().parents[5] / "shared" / "data" / "services" / "guangdong_items.jsonl"

ITEM: dict[str, Any] = {
    "slug": "test-allowance",
    "summary": "满八十岁的老人每月领一份测试津贴。",
    "base": {"name": "测试津贴发放", "code": "990000009901", "type": "行政给付", "basis": [
        {"law": "测试法", "article": "第一条", "date": "2020-01-01", "checked": True, "says": "给老人发测试津贴。"},
        {"law": "测试办法", "article": "第二条", "checked": False, "says": "怎么发。"}]},
    "local": {
        "department": "测试局", "level": "street", "audience": ["natural_person"], "topics": ["elders"],
        "life_events": ["retirement"], "channels": ["online", "window", "phone"],
        "delegation": {"allowed": True, "needs": "委托书和两人的身份证"}, "appointment": {"needed": False},
        "clock": {"procedure": "promised", "statutory": {"days": 20, "unit": "working_day", "basis": "测试办法"},
                  "promised": {"days": 8, "unit": "working_day"}, "tacit": "none"},
        "steps": [{"key": "accept", "name": "受理", "role": "receives", "limit": {"days": 1, "unit": "working_day"},
                   "clock": "counts"},
                  {"key": "decide", "name": "决定", "role": "decides", "limit": {"days": 7, "unit": "working_day"},
                   "clock": "counts"}],
        "materials": [
            {"key": "id_card", "name": "测试身份证", "need": "required", "source": "applicant",
             "copies": {"original": 1, "copy": 0}, "medium": ["electronic", "paper"], "basis": "测试办法",
             "sample": "正反面"},
            {"key": "proof", "name": "测试证明", "need": "required", "source": "shared",
             "copies": {"original": 1, "copy": 0}, "medium": ["electronic"], "basis": "测试办法", "sample": "不用交"}],
        "fees": [], "results": [{"key": "decision", "name": "测试决定书", "kind": "notice"}],
        "contact": {"window": "测试窗口", "address": "测试路 1 号", "phone": "0571-00000000", "hours": "周一至周五",
                    "complaints": "12345"},
        "remedies": {"complaint": "打 12345"}, "fields": {}, "visits": 1},
    "faq": [{"q": "测试津贴多久到账", "a": "次月 15 日前。"}],
    "wordings": ["测试津贴怎么领", "八十岁有测试津贴吗", "测试老人补贴", "给妈妈办测试津贴", "测试津贴去哪办"],
    "checked": {"by": "示范社区（未经本地核对）", "on": "2026-11-20", "months": 6},
    "uncheckable": ["金额各地不同。"],
}
RULE: dict[str, Any] = {
    "parameters": {"age": [{"from": "2020-01-01", "value": 80, "source": "测试法 第一条"}]},
    "rule": {"all": [{"compare": {"left": {"years_since": "person.birth_date"}, "op": ">=",
                                  "right": {"parameter": "age"}},
                      "clause": "年满 80 周岁", "clause_en": "80 or older"}]}}
TESTS: list[dict[str, Any]] = [
    {"name": "刚满", "on": "2026-11-25", "facts": {"person.birth_date": "1946-11-25"}, "expect": "yes"},
    {"name": "差一天", "on": "2026-11-25", "facts": {"person.birth_date": "1946-11-26"}, "expect": "no"},
    {"name": "还不知道", "on": "2026-11-25", "facts": {}, "expect": "unknown", "missing": ["person.birth_date"]}]
EASY = {"summary": "八十岁了，每月领钱。", "local": {"materials": {"id_card": {"name": "身份证"}}}}
ENGLISH = {"base.name": "Test allowance", "summary": "A test allowance for people of eighty and over.",
           "local.materials.id_card.name": "Identity card", "local.materials.proof.name": "Proof"}

Write = Callable[..., Path]


class Dumper(yaml.SafeDumper):
    """Writes what is used twice twice: anchors are refused in a catalogue."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def as_yaml(content: Any) -> str:
    return yaml.dump(content, Dumper=Dumper, allow_unicode=True, sort_keys=False)


@pytest.fixture(autouse=True)
def _noon() -> Iterator[None]:
    from linli.services.gov.queries import finding

    finding.forget()
    with clock.at(NOON):
        yield


@pytest.fixture
def write_item(tmp_path: Path) -> Write:
    """`write_item(change=lambda item: …, files={"rules/tests.yaml": …})`: an item's folder; None leaves a file out."""

    def write(slug: str = "test-allowance", change: Callable[[dict[str, Any]], object] | None = None,
              files: dict[str, Any] | None = None) -> Path:
        item = copy.deepcopy(ITEM) | {"slug": slug}
        if change is not None:
            change(item)
        told: dict[str, Any] = {
            "item.yaml": item, "rules/eligibility.yaml": RULE, "rules/tests.yaml": TESTS, "texts/easy.yaml": EASY,
            "texts/en.yaml": ENGLISH, **(files or {})}
        for name, content in told.items():
            file = tmp_path / slug / name
            file.parent.mkdir(parents=True, exist_ok=True)
            if content is None:
                file.unlink(missing_ok=True)
            else:
                file.write_text(content if isinstance(content, str) else as_yaml(content), encoding="utf-8")
        return tmp_path / slug

    return write


def second(item: dict[str, Any]) -> None:
    item["base"]["name"], item["base"]["code"] = "测试公证", "990000009902"
    item["summary"], item["local"]["topics"] = "另一件测试的事。", ["identity"]
    item["wordings"] = ["测试公证怎么办", "公证要多久测试", "测试公证处在哪", "办个测试公证", "测试公证要带什么"]


@pytest.fixture
def write_catalogue(tmp_path: Path, write_item: Write) -> Callable[..., Path]:
    """Two items and a bundle of them."""

    def write(members: list[dict[str, Any]] | None = None) -> Path:
        write_item()
        write_item("test-notary", second)
        bundle = {
            "slug": "test-together", "name": "测试一件事", "name_en": "Both tests", "summary": "两件测试的事一起办。",
            "lead": "测试局", "order": "sequence", "limit": {"days": 10, "unit": "working_day"},
            "members": members or [{"item": "test-allowance"}, {"item": "test-notary", "after": ["test-allowance"]}],
            "wordings": ["两件测试一起办"], "faq": [{"q": "要跑几趟", "a": "一趟。"}],
            "faq_en": [{"q": "How many trips?", "a": "One."}],
            "contact": {"window": "测试专窗", "phone": "0571-00000061"}, "contact_en": {"window": "One-test counter"},
            "checked": {"by": "示范社区", "on": "2026-11-20", "months": 6}}
        file = tmp_path / "bundles" / "test-together" / "bundle.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(as_yaml(bundle), encoding="utf-8")
        return tmp_path

    return write


@pytest.fixture
def catalogue(db: None, write_catalogue: Callable[..., Path]) -> Path:
    """The same, loaded."""
    from linli.services.gov.actions.loading import load

    path = write_catalogue()
    load(path)
    return path


@pytest.fixture
def clerk(make_person: Any, community: Area) -> Person:
    person: Person = make_person("周老师", community, "worker")
    return person


@pytest.fixture
def head(make_person: Any, community: Area) -> Person:
    person: Person = make_person("吴主任", community, "community_head")
    return person
