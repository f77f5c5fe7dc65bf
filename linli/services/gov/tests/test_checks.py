"""Every publish check: a whole item passes, and each complaint it ends is caught and named."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from linli.services.gov.items import checks, folder
from linli.services.gov.tests.conftest import TESTS, Write

TODAY = date(2026, 11, 25)
Body = dict[str, Any]


@pytest.fixture
def body(write_item: Write) -> Body:
    read = folder.read(write_item())
    assert read.faults == []
    return read.body


def breaches(body: Body, code: str, find: Callable[[str], list[str]] | None = None) -> list[str]:
    found = checks.failing(body, checks.World(TODAY, find))
    assert {fault.code for fault in found} <= {code}, found
    return [fault.sentence for fault in found]


def test_a_whole_item_passes(body: Body) -> None:
    assert checks.failing(body, checks.World(TODAY, lambda _words: ["a", "test-allowance"])) == []


@pytest.mark.parametrize("name", [
    "其他材料", "户口簿等材料", "其他证明材料", "相关资料", "身份证等", "审核机关要求的其他文件"])
def test_no_other_papers(body: Body, name: str) -> None:
    body["local"]["materials"][0]["name"] = name
    assert len(breaches(body, "no_other_papers")) == 1


@pytest.mark.parametrize("name", ["平等协议书", "高等学历证书", "等级证", "医学证明"])
def test_a_name_with_that_character_in_it_is_fine(body: Body, name: str) -> None:
    body["local"]["materials"][0]["name"] = name
    assert breaches(body, "no_other_papers") == []


@pytest.mark.parametrize("key", ["source", "copies", "medium", "basis", "sample"])
def test_every_paper_is_complete(body: Body, key: str) -> None:
    del body["local"]["materials"][0][key]
    assert len(breaches(body, "papers_complete")) == 1


def test_no_copies_at_all_is_not_said(body: Body) -> None:
    body["local"]["materials"][0]["copies"] = {"original": 0, "copy": 0}
    assert len(breaches(body, "papers_complete")) == 1


def test_a_conditional_paper_says_when(body: Body) -> None:
    body["local"]["materials"][0]["need"] = "conditional"
    assert len(breaches(body, "papers_complete")) == 1


@pytest.mark.parametrize(("promised", "fails"), [
    ({"days": 20, "unit": "working_day"}, False),
    ({"days": 21, "unit": "working_day"}, True),
    ({"days": 2, "unit": "calendar_day"}, True),
    (None, True),
])
def test_the_promise_is_within_the_law(body: Body, promised: Any, fails: bool) -> None:
    body["local"]["clock"]["promised"] = promised
    assert bool(breaches(body, "promise_within_law")) is fails


@pytest.mark.parametrize("key", ["role", "limit"])
def test_every_step_has_role_and_limit(body: Body, key: str) -> None:
    del body["local"]["steps"][1][key]
    assert len(breaches(body, "steps_complete")) == 1


def test_there_are_steps(body: Body) -> None:
    body["local"]["steps"] = []
    assert len(breaches(body, "steps_complete")) == 1


def test_a_fee_has_its_basis(body: Body) -> None:
    body["local"]["fees"] = [{"name": "工本费", "amount_cents": 2000}]
    assert len(breaches(body, "fees_founded")) == 1


@pytest.mark.parametrize("key", ["window", "address", "phone", "hours", "complaints"])
def test_contact_is_complete(body: Body, key: str) -> None:
    del body["local"]["contact"][key]
    assert len(breaches(body, "contact_complete")) == 1


def test_a_remedy_is_there(body: Body) -> None:
    body["local"]["remedies"] = {}
    assert len(breaches(body, "contact_complete")) == 1


def test_a_person_can_be_reached(body: Body) -> None:
    body["local"]["channels"] = ["online", "kiosk"]
    assert len(breaches(body, "human_channel")) == 1


def _form(*fields: dict[str, Any]) -> dict[str, Any]:
    return {"key": "gov.test", "title": "测试", "pages": [{"key": "one", "title": "一", "fields": list(fields)}]}


def test_nothing_is_asked_twice(body: Body) -> None:
    body["form"] = _form({"element": "person.name"}, {"element": "person.name"})
    assert len(breaches(body, "nothing_asked_twice")) == 1


def test_every_sensitive_element_is_justified(body: Body) -> None:
    body["form"] = _form({"element": "person.id_number", "required": True})
    assert len(breaches(body, "sensitive_justified")) == 1
    body["local"]["fields"] = {"person.id_number": {
        "purpose": "核对年龄", "basis": "测试办法", "necessity": "没有它认不出人", "retention_days": 1095}}
    assert breaches(body, "sensitive_justified") == []


def test_rule_tests_walk_both_sides(body: Body) -> None:
    body["tests"] = [TESTS[0], {**TESTS[1], "facts": {"person.birth_date": "1990-01-01"}}]
    assert len(breaches(body, "rule_tested")) == 1


def test_a_rule_or_a_reason_for_none(body: Body) -> None:
    body["eligibility"] = {}
    assert len(breaches(body, "rule_tested")) == 1
    body["eligibility"] = {"none": "人人可办。"}
    assert breaches(body, "rule_tested") == []


def test_rule_tests_come_out_right(body: Body) -> None:
    body["tests"] = [*TESTS, {**TESTS[1], "name": "写错的", "expect": "yes"}]
    assert ["写错的" in sentence for sentence in breaches(body, "rule_right")] == [True]


def test_the_easy_version_is_there(body: Body) -> None:
    body["texts"]["easy"] = {}
    assert len(breaches(body, "easy_there")) == 1


def test_five_wordings(body: Body) -> None:
    body["wordings"] = body["wordings"][:4]
    assert len(breaches(body, "wordings_enough")) == 1


def test_every_wording_finds_the_item_in_the_first_three(body: Body) -> None:
    def find(words: str) -> list[str]:
        return ["a", "b", "c", "test-allowance"] if words == body["wordings"][2] else ["test-allowance"]

    assert len(breaches(body, "wordings_enough", find)) == 1


@pytest.mark.parametrize(("on", "fails"), [("2026-05-26", False), ("2026-05-25", True), ("2020-01-01", True)])
def test_checked_within_its_months(body: Body, on: str, fails: bool) -> None:
    body["checked"] = {"by": "示范社区", "on": on, "months": 6}
    assert bool(breaches(body, "checked_lately")) is fails


def test_a_basis_is_named(body: Body) -> None:
    body["base"]["basis"] = []
    assert len(breaches(body, "basis_named")) == 1


@pytest.mark.parametrize(("code", "fails"), [
    ("11440000006939756B2990000009901", False),  # the last twelve need not repeat our own number
    ("11440000006939757B2990000009901", True),  # check digit
    ("11440000006939756B299000000990", True),
    ("11440000006939756B29900000099-1", True),
])
def test_codes_are_well_formed(body: Body, code: str, fails: bool) -> None:
    body["local"]["code"] = code
    assert bool(breaches(body, "codes_well_formed")) is fails


def test_the_implementation_code_repeats_an_official_base_code(body: Body) -> None:
    body["base"]["code"] = "440101007000"
    body["local"]["code"] = "11440000006939756B2440101007000"
    assert breaches(body, "codes_well_formed") == []
    body["local"]["code"] = "11440000006939756B2440101007001"
    assert len(breaches(body, "codes_well_formed")) == 1


def test_the_table_names_every_check_once() -> None:
    assert len({check.code for check in checks.CHECKS}) == len(checks.CHECKS)
