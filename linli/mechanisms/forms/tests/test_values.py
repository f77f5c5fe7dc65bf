"""What people type, and what others read of it."""

from __future__ import annotations

from typing import Any

import pytest

from linli.mechanisms.forms import dictionary, values
from linli.mechanisms.forms.elements import Element


@pytest.mark.parametrize(("element", "typed", "kept"), [
    ("person.name", "  林  小满 ", "林 小满"), ("person.phone", "138 0000 8000", "+8613800008000"),
    ("person.birth_date", "1950-3-8", "1950-03-08"), ("person.birth_date", "1950年3月8日", "1950-03-08"),
    ("person.birth_date", "19500308", "1950-03-08"), ("person.hukou_local", "yes", True),
    ("person.hukou_local", "no", False), ("home.members_count", "３", 3),
    ("person.monthly_income_cents", "1,280.5", 128050), ("person.monthly_income_cents", "1280 元", 128000),
    ("person.monthly_income_cents", 128000, 128000), ("opinion.stance", "agree", "agree"),
    ("person.id_number", "11010519491231002x", "11010519491231002X"), ("person.name", "", None),
])
def test_what_is_kept(element: str, typed: Any, kept: Any) -> None:
    assert values.clean(dictionary.element(element), typed) == kept


@pytest.mark.parametrize(("element", "typed", "said"), [
    ("person.id_number", "110105194912310021", "对不上"), ("person.id_number", "1101051949123100", "现在是 16 位"),
    ("person.id_number", "11010519491331002X", "对不上"), ("person.phone", "1380000800", "11 位"),
    ("person.birth_date", "昨天", "年-月-日"), ("person.birth_date", "2199-01-01", "还没到"),
    ("person.birth_date", "2026-02-30", "年-月-日"), ("home.members_count", "很多", "请填数字"),
    ("home.members_count", "0", "不能小于 1"), ("person.monthly_income_cents", "abc", "请填钱数"),
    ("opinion.stance", "maybe", "选一个"), ("person.hukou_local", "perhaps", "请选"),
    ("bank.account", "12ab", "再核对"), ("person.name", "长" * 41, "最多 40 个字"),
    ("home.members_count", "1e400", "请填数字"), ("person.monthly_income_cents", "1e999999", "请填钱数"),
    ("home.members_count", "NaN", "请填数字"),
])
def test_what_is_refused_says_what_to_do(element: str, typed: str, said: str) -> None:
    with pytest.raises(values.Invalid, match=said):
        values.clean(dictionary.element(element), typed)


def test_a_credit_code() -> None:
    code = Element("org.code", "统一社会信用代码", "credit_code")
    assert values.clean(code, "91350100m000100y43") == "91350100M000100Y43"
    with pytest.raises(values.Invalid, match="对不上"):
        values.clean(code, "91350100M000100Y44")


@pytest.mark.parametrize(("element", "value", "own", "listed", "exported"), [
    ("person.name", "林小满", "林小满", "林**", "林**"),
    ("person.phone", "+8613800008000", "13800008000", "138****8000", "138****8000"),
    ("person.id_number", "11010519491231002X", "11010519491231002X", "**************002X", "**************002X"),
    ("person.monthly_income_cents", 128050, "1,280.50 元", "***", "***"),
    ("opinion.stance", "agree", "同意", "同意", "同意"),
    ("opinion.text", "打 13800008000 找我", "打 13800008000 找我", "打 138****8000 找我", "打 138****8000 找我"),
    ("child.birth_date", "2024-05-01", "2024-05-01", "***", "***"),
])
def test_who_reads_what(element: str, value: Any, own: str, listed: str, exported: str) -> None:
    kind = dictionary.element(element)
    assert values.shown(kind, value, "own") == own
    assert values.shown(kind, value, "list") == listed
    assert values.shown(kind, value, "export") == exported
