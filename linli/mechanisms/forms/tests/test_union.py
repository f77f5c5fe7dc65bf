"""一件事: each data element is asked once, wherever the members ask it."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import given, settings, strategies as st

from linli.mechanisms.forms import walk
from linli.mechanisms.forms.definition import Definition, parse
from linli.mechanisms.forms.union import union, values_for

ON = date(2026, 11, 25)
MARRIED = {"compare": {"left": {"element": "person.marital_status"}, "op": "==", "right": {"value": "married"}}}


def form(key: str, *pages: dict[str, Any], **more: Any) -> Definition:
    return parse({"key": key, "title": key, "pages": list(pages), **more})


def page(key: str, *fields: Any, **more: Any) -> dict[str, Any]:
    return {"key": key, "title": key, "fields": [
        {"element": one} if isinstance(one, str) else one for one in fields], **more}


def test_each_element_is_asked_once() -> None:
    birth = form("birth", page("applicant", {"element": "person.name", "required": True}, "person.phone"),
                 page("child", "child.name", "child.birth_date"))
    insurance = form("insurance", page("applicant", "person.name", {"element": "person.phone", "required": True}),
                     page("kid", "child.name", "bank.account"))
    joined = union([birth, insurance], key="newborn", title="新生儿")
    assert sorted(joined.element_ids) == sorted(set(birth.element_ids) | set(insurance.element_ids))
    assert len(joined.element_ids) == len(set(joined.element_ids))
    required = {one.element for one in joined.pages[0].asked if one.required is True}
    assert required == {"person.name", "person.phone"}
    assert [one.key for one in joined.pages] == ["applicant", "child", "kid"]
    values = {"person.name": "林", "bank.account": "6222000000000000", "child.name": "小"}
    assert values_for(birth, values) == {"person.name": "林", "child.name": "小"}


def test_what_one_member_needs_always_is_asked_always() -> None:
    first = form("a", page("p", "person.marital_status", {"element": "spouse.name", "required": True, "when": MARRIED}))
    second = form("b", page("p", {"element": "spouse.name"}))
    single = {"person.marital_status": "single"}
    joined = union([first, second], key="k", title="t")
    step = walk.steps(joined, single, on=ON)[0]
    assert "spouse.name" in {getattr(one, "element", "") for one in walk.shown_fields(joined, step, single, on=ON)}
    assert walk.unanswered(joined, single, on=ON) == []  # b does not require it, and a does not ask the unmarried
    missing = walk.unanswered(joined, {"person.marital_status": "married"}, on=ON)
    assert [name for _step, name in missing] == ["spouse.name"]


def test_a_repeated_page_stays_repeated() -> None:
    first = form("a", page("kids", "child.name", repeat={"group": "child", "min": 1, "max": 2}))
    second = form("b", page("other", "person.name", "child.name", "child.birth_date"))
    joined = union([first, second], key="k", title="t")
    assert joined.repeated["child.name"].max == 2
    assert "person.name" not in joined.repeated


FIELDS = ("person.name", "person.phone", "person.marital_status", "spouse.name", "home.address", "bank.account")


@settings(max_examples=80, deadline=None)
@given(st.lists(st.lists(st.sampled_from(FIELDS), min_size=1, max_size=5, unique=True), min_size=1, max_size=4))
def test_the_union_asks_exactly_what_the_members_ask(members: list[list[str]]) -> None:
    forms = [form(f"f{number}", page(f"p{number % 2}", *names)) for number, names in enumerate(members)]
    joined = union(forms, key="k", title="t")
    assert sorted(joined.element_ids) == sorted({name for names in members for name in names})
