"""What a person may write wrong in an item's folder: each is a clear error with file, line and mend."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from linli.services.gov.items import bundles, catalogue, folder, overlay, reading, sheet
from linli.services.gov.tests.conftest import Write


def only_fault(path: Path) -> Any:
    found = [fault for fault in folder.read(path).faults if fault.blocks == "load"]
    assert len(found) == 1, [str(fault) for fault in found]
    return found[0]


def line_with(path: Path, text: str) -> int:
    return next(n for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if text in line)


def test_an_unknown_key_names_what_may_stand_there(write_item: Write) -> None:
    path = write_item(change=lambda item: item["local"].update(colour="red"))
    fault = only_fault(path)
    assert fault.code == "unknown_key"
    assert "department" in fault.sentence
    assert (fault.file, fault.line) == (str(path / "item.yaml"), line_with(path / "item.yaml", "colour"))


def test_an_unknown_element_names_its_line_and_near_ones(write_item: Write) -> None:
    rule = {"rule": {"all": [{"exists": "person.shoe_size", "clause": "有鞋号"}]}}
    path = write_item(files={"rules/eligibility.yaml": rule, "rules/tests.yaml": None})
    fault = only_fault(path)
    assert "person.shoe_size" in fault.sentence
    assert fault.file == str(path / "rules/eligibility.yaml")
    assert fault.line == line_with(path / "rules/eligibility.yaml", "person.shoe_size")


def test_an_unknown_element_of_a_form(write_item: Write) -> None:
    form = {"key": "gov.test", "title": "测试", "pages": [
        {"key": "one", "title": "一", "fields": [{"element": "person.shoe_size"}]}]}
    path = write_item(files={"forms/application.yaml": form})
    fault = only_fault(path)
    assert "person.shoe_size" in fault.sentence
    assert (fault.file, fault.line) == (
        str(path / "forms/application.yaml"), line_with(path / "forms/application.yaml", "person.shoe_size"))


@pytest.mark.parametrize(("text", "code"), [
    ("slug: a\n  b: : c", "yaml"), ("slug: &x a\nsummary: *x", "yaml"), ("a: !!python/object:x {}", "yaml"),
    ("slug: a\nslug: b\n", "twice"), ("- a\n- b\n", "shape"), ("", "shape")])
def test_what_is_no_yaml_is_told_with_its_line(write_item: Write, text: str, code: str) -> None:
    path = write_item(files={"item.yaml": text})
    found = folder.read(path).faults
    assert code in {fault.code for fault in found}
    assert all(fault.line >= 1 for fault in found)


def test_a_file_that_nobody_knows(write_item: Write) -> None:
    assert only_fault(write_item(files={"rules/more.yaml": {"a": 1}})).code == "unknown_file"


def test_the_folder_is_called_like_the_item(write_item: Write) -> None:
    assert only_fault(write_item(change=lambda item: item.update(slug="other"))).code == "slug"


@pytest.mark.parametrize("change", [
    lambda item: item["base"].update(type="行政处罚"),
    lambda item: item["local"]["clock"].update(promised={"days": -1, "unit": "working_day"}),
    lambda item: item["local"]["clock"].update(promised={"days": 1, "unit": "weeks"}),
    lambda item: item["local"].update(topics=[]),
    lambda item: item["checked"].update(on="2026-02-30"),
    lambda item: item["local"]["materials"].append(dict(item["local"]["materials"][0])),
    lambda item: item["base"].pop("code"),
])
def test_other_mistakes_are_found(write_item: Write, change: Any) -> None:
    fault = only_fault(write_item(change=change))
    assert fault.file.endswith("item.yaml")
    assert fault.line > 1


def test_a_cyclic_bundle(write_catalogue: Callable[..., Path]) -> None:
    path = write_catalogue([{"item": "test-allowance", "after": ["test-notary"]},
                            {"item": "test-notary", "after": ["test-allowance"]}])
    (read,) = catalogue.read(path).bundles
    assert [fault.code for fault in read.faults] == ["cycle"]
    assert read.faults[0].line == line_with(path / "bundles/test-together/bundle.yaml", "after")
    assert "test-allowance → test-notary → test-allowance" in read.faults[0].sentence


def test_a_bundle_with_a_stranger(write_catalogue: Callable[..., Path]) -> None:
    (read,) = catalogue.read(write_catalogue([{"item": "test-allowance"}, {"item": "nowhere"}])).bundles
    assert [fault.code for fault in read.faults] == ["unknown_item"]


def test_members_in_rounds() -> None:
    body = {"members": [{"item": "c", "after": ["a", "b"]}, {"item": "a"}, {"item": "b"},
                        {"item": "d", "after": ["c"]}]}
    assert bundles.in_order(body) == [["a", "b"], ["c"], ["d"]]


def test_the_checker_speaks_without_a_database(write_catalogue: Callable[..., Path]) -> None:
    path = write_catalogue()
    command = [sys.executable, "-m", "linli.services.gov.items.check", str(path), "--on", "2026-11-25"]
    good = subprocess.run(command, capture_output=True, text=True, check=False)
    assert good.returncode == 0, good.stdout + good.stderr
    (path / "test-notary" / "texts" / "easy.yaml").unlink()
    bad = subprocess.run(command, capture_output=True, text=True, check=False)
    assert bad.returncode == 1
    assert "easy_there" in bad.stdout
    assert "item.yaml:1:" in bad.stdout


def test_the_shipped_catalogue_is_sound() -> None:
    from datetime import date

    found = catalogue.read(catalogue.SHIPPED)
    assert [str(fault) for one in (*found.items, *found.bundles) for fault in one.faults] == []
    assert [str(fault) for fault in catalogue.publish_faults(found, date(2026, 11, 25))] == []


def test_words_in_three_manners(write_item: Write) -> None:
    body = folder.read(write_item()).body
    assert sheet.sheet(body, "easy").papers[0].name == "身份证"
    english = sheet.sheet(body, "en")
    assert (english.name, english.papers[1].name, english.conditions) == ("Test allowance", "Proof", ["80 or older"])
    assert reading.spoken(body, "official")["base"] == body["base"]
    assert sheet.sheet(body).papers[1].brought == "nothing"


def test_the_ways_that_are_open(write_item: Write) -> None:
    told = sheet.sheet(folder.read(write_item()).body)
    assert told.channels == "网上、窗口、电话"


def test_an_overlay_never_touches_the_base(write_item: Write) -> None:
    body = folder.read(write_item()).body
    assert [fault.code for fault in overlay.faults(body, {"base": {"name": "另一个名字"}})] == ["locked"]
    merged = overlay.merged(body, {"local": {"contact": {"phone": "1"}, "visits": None}})
    assert merged["base"] == body["base"]
    assert merged["local"]["contact"]["phone"] == "1"
    assert merged["local"]["contact"]["window"] == "测试窗口"
    assert "visits" not in merged["local"]
    assert body["local"]["visits"] == 1


def test_a_diff_names_entries_by_their_key() -> None:
    before = {"local": {"materials": [{"key": "a", "name": "甲"}], "visits": 1}}
    after = {"local": {"materials": [{"key": "a", "name": "乙"}, {"key": "b", "name": "丙"}], "visits": 1}}
    assert overlay.differences(before, after) == [
        ("local.materials.a.name", "甲", "乙"), ("local.materials.b.name", "", "丙")]
