"""Files people write: every mistake is named with its line and what to do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings, strategies as st

from linli.mechanisms.forms import dictionary, located
from linli.mechanisms.forms.definition import read
from linli.mechanisms.forms.faults import BadForm

Write = Callable[[str, str], Path]
GOOD = """- id: dog.name
  title: 狗的名字
  type: text
  sensitivity: personal
  purpose: forms.answer
"""


def test_the_house_has_a_sound_dictionary() -> None:
    assert dictionary.faults() == []
    assert dictionary.element("person.name").mask == "name"
    assert {"person", "spouse", "child", "parent", "agent", "home", "bank"} <= dictionary.groups()
    assert all(one.title_en for one in dictionary.elements().values() if one.purpose == "forms.answer")


@pytest.mark.parametrize(("text", "code", "line"), [
    (GOOD.replace("type: text", "type: texte"), "element_type", 3),
    (GOOD.replace("title:", "titel:"), "unknown_key", 2),
    (GOOD.replace("  title: 狗的名字\n", ""), "missing_key", 1),
    (GOOD.replace("dog.name", "Dog"), "element_id", 1),
    (GOOD.replace("sensitivity: personal", "sensitivity: secret"), "element_sensitivity", 4),
    (GOOD + "  mask: face\n", "element_mask", 6),
    (GOOD + "  check: {max: many}\n", "wrong_type", 6),
    (GOOD + "  check: {pattern: '['}\n", "pattern", 6),
    (GOOD + "  check: {not_future: true}\n", "check", 6),
    (GOOD.replace("text", "choice"), "options", 1),
    (GOOD.replace("  purpose: forms.answer\n", ""), "purpose", 1),
    (GOOD.replace("forms.answer", "forms.nothing"), "purpose", 5),
    (GOOD + GOOD, "element_twice", 6),
    (GOOD + "  type: text\n", "twice", 6),
    (GOOD + " title: x\n", "yaml", 6),
    ("id: dog.name\n", "shape", 1),
    ("- &a {id: dog.name}\n- *a\n", "yaml", 1),
])
def test_a_dictionary_names_the_line(write: Write, text: str, code: str, line: int) -> None:
    path = write("elements/x.yaml", text)
    _found, faults = dictionary.read(path, frozenset({"forms.answer"}))
    assert (code, line) in {(fault.code, fault.line) for fault in faults}
    assert all(str(fault).startswith(f"{path}:") and fault.sentence for fault in faults)


def test_text_that_is_not_utf8(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_bytes("- id: a.b\n  title: 狗\n".encode("gbk"))
    assert [(fault.code, fault.line) for fault in located.read(path).faults] == [("encoding", 2)]


FORM = """key: demo.form
title: 示例
pages:
  - key: one
    title: 第一页
    fields:
      - {element: person.name, required: true}
      - {element: person.gender}
  - key: two
    title: 第二页
    fields:
      - element: spouse.name
        when: {compare: {left: {element: person.gender}, op: "==", right: {value: male}}}
      - {note: 说明}
"""


def test_a_sound_form(write: Write) -> None:
    form = read(write("form.yaml", FORM))
    assert form.element_ids == ("person.name", "person.gender", "spouse.name")
    assert form.pages[1].fields[1].text == "说明"  # type: ignore[union-attr]  # a note
    assert form.digest == read(write("again.yaml", FORM)).digest


@pytest.mark.parametrize(("old", "new", "code", "line"), [
    ("element: spouse.name", "element: spouse.nme", "unknown_element", 12),
    ("{element: person.gender}", "{element: person.name}", "asked_twice", 8),
    ("{element: person.gender}", "{elemnt: person.gender}", "unknown_key", 8),
    ("{element: person.gender}", "{element: person.gender, required: maybe}", "wrong_type", 8),
    ("value: male", "value: man", "unknown_option", 13),
    ("{element: person.gender}, op", "{element: person.education}, op", "never_asked", 12),
    ("{element: person.gender}, op", "{element: spouse.gender}, op", "never_asked", 12),
    ("key: two", "key: one", "page_key", 9),
    ("key: two", "key: Seite 2", "page_key", 9),
    ("    title: 第二页\n", "    title: 第二页\n    repeat: {group: child}\n", "repeat", 13),
    ("    title: 第二页\n", "    title: 第二页\n    repeat: {group: spouse, min: 3, max: 2}\n", "repeat", 11),
    ("      - {note: 说明}\n", "      - {element: home.members_count, computed: {sum: []}}\n", "expression", 14),
])
def test_a_form_names_the_line(write: Write, old: str, new: str, code: str, line: int) -> None:
    assert old in FORM
    text = FORM.replace(old, new).replace("value: male", "value: female" if "spouse.gender" in new else "value: male")
    if "education" in new:
        text = text.replace("value: male", "value: college")
    with pytest.raises(BadForm) as caught:
        read(write("form.yaml", text))
    assert (code, line) in {(fault.code, fault.line) for fault in caught.value.faults}


def test_a_condition_that_waits_for_itself(write: Write) -> None:
    """Two questions that each wait for the other would never be asked."""
    circle = FORM.replace("{element: person.gender}\n", (
        "{element: person.gender, when: {exists: spouse.name}}\n"), 1)
    with pytest.raises(BadForm) as caught:
        read(write("form.yaml", circle))
    fault = next(fault for fault in caught.value.faults if fault.code == "cycle")
    assert "person.gender → spouse.name → person.gender" in fault.sentence
    later = FORM.replace("{element: person.name, required: true}", (
        "{element: person.name, when: {exists: spouse.name}}"))
    with pytest.raises(BadForm) as caught:
        read(write("form.yaml", later))
    assert [fault.code for fault in caught.value.faults] == ["asked_later"]


@settings(max_examples=150, deadline=None)
@given(st.text(alphabet="-: {}[]abk\n '\"|>&*!#1", max_size=120))
def test_nothing_that_is_typed_breaks_the_reader(text: str) -> None:
    found = located.parse(text)
    assert found.faults or found.lines or found.data is None
