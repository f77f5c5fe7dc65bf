"""What is wrong in a catalogue is told with its file, its line and how to mend it; nothing of it is taken in."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from linli.services.gov.items import catalogue, folder
from linli.services.gov.models import ItemVersion, ServiceItem
from linli.services.gov.tests.conftest import ITEM, RULE, TESTS, Write, second

AGE = {"years_since": "person.birth_date"}
ITEM_FILE, RULES, TABLE, FORM = "item.yaml", "rules/eligibility.yaml", "rules/tests.yaml", "forms/application.yaml"


def aged(op: str, value: int, clause: str) -> dict[str, Any]:
    return {"compare": {"left": AGE, "op": op, "right": {"value": value}}, "clause": clause}


NEVER = {"all": [aged(">=", 80, "满 80"), aged("<", 60, "不满 60")]}
STRANGE = {"exists": "person.shoe_size", "clause": "有鞋号"}


def rule(tree: dict[str, Any]) -> dict[str, Any]:
    return {RULES: {**RULE, "rule": tree}}


def form(*fields: dict[str, Any]) -> dict[str, Any]:
    return {FORM: {"key": "gov.test", "title": "测试", "pages": [
        {"key": "one", "title": "一", "fields": [{"element": "person.name"}, *fields]}]}}


def paper(**changed: Any) -> dict[str, Any]:
    local = ITEM["local"]
    return {ITEM_FILE: {**ITEM, "local": {**local, "materials": [{**local["materials"][0], **changed}]}}}


# files, the file and a word that begins what is blamed (or its line), code, the words that say how to mend it
CASES: dict[str, tuple[dict[str, Any], str, str | int, str, str]] = {
    "an unknown element in a rule": (
        rule({"all": [STRANGE]}), RULES, "person.shoe_size", "unknown_element", "请改成已有的"),
    "an unknown element in a form": (
        form({"element": "person.shoe_size"}), FORM, "person.shoe_size", "unknown_element", "请改成已有的"),
    "an unknown element in a condition of a form": (
        form({"element": "person.phone", "when": STRANGE}), FORM, "person.shoe_size", "unknown_element",
        "请改成已有的"),
    "an unknown element in the condition of a paper": (
        paper(need="conditional", when=STRANGE), ITEM_FILE, "person.shoe_size", "unknown_element", "请改成已有的"),
    "an unknown element in a test of the rule": (
        {TABLE: [*TESTS, {"name": "x", "on": "2026-01-01", "facts": {"person.shoe_size": 3}, "expect": "yes"}]},
        TABLE, "person.shoe_size", "unknown_element", "请改成已有的"),
    "a rule that can never be true": (rule(NEVER), RULES, "rule:", "never_true", "请检查数和日期"),
    "a branch that can never be true": (
        rule({"any": [RULE["rule"], NEVER]}), RULES, 17, "never_true", "请改正或去掉"),
    "a question that is never asked": (
        form({"element": "person.phone", "when": NEVER}), FORM, "when:", "never_true", "请检查数和日期"),
    "an unknown parameter": (
        rule({"all": [{"compare": {"left": AGE, "op": ">=", "right": {"parameter": "nope"}}, "clause": "x"}]}),
        RULES, "parameter: nope", "unknown_parameter", "请写进 parameters"),
    "parameters in a circle": (
        {RULES: {**RULE, "parameters": {
            "age": [{"from": "2020-01-01", "value": {"parameter": "b"}, "source": "x"}],
            "b": [{"from": "2020-01-01", "value": {"parameter": "age"}, "source": "x"}]}}},
        RULES, "age:", "parameter_cycle", "请把其中一个写成数"),
    "an answer that nobody can choose": (
        rule({"all": [{"compare": {"left": {"element": "person.gender"}, "op": "==", "right": {"value": "red"}},
                       "clause": "x"}]}), RULES, "value: red", "unknown_option", "可以选"),
    "a condition on what is asked later": (
        {FORM: {"key": "gov.test", "title": "测试", "pages": [{"key": "one", "title": "一", "fields": [
            {"element": "person.phone", "when": {"exists": "person.gender"}}, {"element": "person.gender"}]}]}},
        FORM, "exists: person.gender", "asked_later", "请把它移到前面"),
}


@pytest.mark.parametrize("case", CASES)
def test_a_mistake_in_an_item(write_item: Write, case: str) -> None:
    files, name, blamed, code, mend = CASES[case]
    change = (lambda item: item.update(files[ITEM_FILE])) if ITEM_FILE in files else None
    path = write_item(change=change, files={one: body for one, body in files.items() if one != ITEM_FILE})
    found = [fault for fault in folder.read(path).faults if fault.blocks == "load"]
    assert [fault.code for fault in found] == [code], [str(fault) for fault in found]
    lines = (path / name).read_text(encoding="utf-8").splitlines()
    assert found[0].file == str(path / name)
    assert blamed == found[0].line or str(blamed) in "\n".join(lines[found[0].line - 1:found[0].line + 3])
    assert mend in found[0].sentence
    assert str(found[0]).startswith(f"{path / name}:{found[0].line}: ")


BUNDLES = {
    "a circle": ([{"item": "test-allowance", "after": ["test-notary"]},
                  {"item": "test-notary", "after": ["test-allowance"]}], "after:", "cycle", "请去掉其中一个 after"),
    "an item that waits for itself": ([{"item": "test-allowance", "after": ["test-allowance"]},
                                       {"item": "test-notary"}], "after:", "cycle", "请去掉其中一个 after"),
    "a stranger": ([{"item": "test-allowance"}, {"item": "nowhere"}], "item: nowhere", "unknown_item",
                   "请改成已有的事项"),
    "somebody outside to wait for": ([{"item": "test-allowance", "after": ["nowhere"]}, {"item": "test-notary"}],
                                     "- nowhere", "unknown_item", "不能排在它后面"),
    "one named twice": ([{"item": "test-allowance"}, {"item": "test-allowance"}], "item: test-allowance", "twice",
                        "请删掉一处"),
}


@pytest.mark.parametrize("case", BUNDLES)
def test_a_mistake_in_a_bundle(write_catalogue: Callable[..., Path], case: str) -> None:
    members, blamed, code, mend = BUNDLES[case]
    path = write_catalogue(members)
    (read,) = catalogue.read(path).bundles
    file = path / "bundles/test-together/bundle.yaml"
    assert [fault.code for fault in read.faults] == [code]
    assert read.faults[0].file == str(file)
    assert blamed in file.read_text(encoding="utf-8").splitlines()[read.faults[0].line - 1]
    assert mend in read.faults[0].sentence


@pytest.mark.django_db
@pytest.mark.parametrize("broken", ["item", "bundle"])
def test_a_catalogue_with_a_mistake_is_left_alone_as_a_whole(
        write_catalogue: Callable[..., Path], write_item: Write, capsys: pytest.CaptureFixture[str],
        broken: str) -> None:
    from linli.services.gov import loading

    path = write_catalogue(None if broken == "item" else BUNDLES["a circle"][0])
    if broken == "item":
        write_item("test-notary", second, files=rule(NEVER))
    before = ItemVersion.objects.count()
    parser = loading_parser(loading)
    assert loading.run(parser.parse_args([str(path)])) == 1
    said = capsys.readouterr()
    name = "test-notary/rules/eligibility.yaml" if broken == "item" else "bundles/test-together/bundle.yaml"
    assert f"{path / name}:" in said.out + said.err
    assert ItemVersion.objects.count() == before
    assert not ServiceItem.objects.filter(slug="test-allowance").exists()


def loading_parser(loading: Any) -> Any:
    import argparse

    parser = argparse.ArgumentParser()
    loading.add_arguments(parser)
    return parser
