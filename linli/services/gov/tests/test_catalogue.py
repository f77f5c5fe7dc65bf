"""The catalogue that ships: every item can be published, every rule holds where its table says, a bundle asks once."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from functools import cache
from typing import Any

import pytest

from linli.mechanisms.forms import definition, dictionary, walk
from linli.mechanisms.forms.rules import evaluate, untested
from linli.mechanisms.forms.union import union
from linli.services.gov.items import bundles, catalogue, checks, reading

TODAY = date(2026, 11, 25)
SLUGS = sorted(path.parent.name for path in catalogue.SHIPPED.glob("*/item.yaml"))
BUNDLES = sorted(path.parent.name for path in catalogue.SHIPPED.glob("bundles/*/bundle.yaml"))


@cache
def shipped() -> catalogue.Catalogue:
    return catalogue.read(catalogue.SHIPPED)


def body_of(slug: str) -> dict[str, Any]:
    return next(one.body for one in shipped().items if one.slug == slug)


def test_it_is_large_enough_and_loads_without_a_fault() -> None:
    assert len(SLUGS) >= 24
    assert len(BUNDLES) == 3
    assert [str(fault) for one in (*shipped().items, *shipped().bundles) for fault in one.faults] == []


def test_every_item_may_be_published() -> None:
    assert [str(fault) for fault in catalogue.publish_faults(shipped(), TODAY)] == []


@pytest.mark.parametrize("slug", SLUGS)
def test_the_rule_answers_as_its_table_says(slug: str) -> None:
    body = body_of(slug)
    given = body["eligibility"]
    rule, parameters = given["rule"], given.get("parameters") or {}
    assert [str(fault) for fault in untested(rule, parameters, body["tests"])] == []
    for test in body["tests"]:
        on = date.fromisoformat(test["on"])
        verdict = evaluate(rule, test["facts"], on=on, parameters=parameters)
        assert verdict.answer == test["expect"], test["name"]
        assert verdict.unsettled == (), test["name"]
        if test.get("missing"):
            assert set(test["missing"]) <= set(verdict.missing), test["name"]


@pytest.mark.parametrize("slug", SLUGS)
def test_the_form_asks_what_the_rule_needs(slug: str) -> None:
    """Who fills in the whole form is told yes or no, never "not yet known" for a thing that nobody asked."""
    body = body_of(slug)
    asked = set(checks.form_elements(body))
    used = set(re.findall(r"'(?:element|years_since|exists)': '([a-z_.]+)'", str(body["eligibility"]["rule"])))
    assert used
    assert used <= asked


@pytest.mark.parametrize("slug", SLUGS)
def test_the_steps_fit_into_the_promise(slug: str) -> None:
    local = body_of(slug)["local"]
    promised = local["clock"]["promised"]
    taken = sum(step["limit"]["days"] for step in local["steps"]
                if step["clock"] == "counts" and step["limit"]["unit"] == promised["unit"])
    assert taken <= promised["days"]
    assert {step["role"] for step in local["steps"]} >= {"delivers"}


@pytest.mark.parametrize("slug", SLUGS)
def test_it_can_be_read_in_english_and_in_easy_words(slug: str) -> None:
    body = body_of(slug)
    english = reading.spoken(body, "en")
    left = [name for name in ("name",) if _chinese(english["base"][name])]
    left += [one["key"] for part in ("materials", "steps", "results") for one in english["local"][part]
             if _chinese(one["name"])]
    left += [one["q"] for one in english["faq"] if _chinese(one["q"] + one["a"])]
    assert left == []
    easy = reading.spoken(body, "easy")
    assert easy["summary"] != body["summary"]
    longest = max((part for part in re.split(r"[。！？；\n]", easy["summary"])), key=len)
    assert len(longest) <= 32, longest


def _chinese(text: str) -> bool:
    return any("\u4e00" <= sign <= "\u9fff" for sign in text)


def test_a_wording_leads_to_one_thing_alone() -> None:
    said = Counter(str(words) for one in (*shipped().items, *shipped().bundles) for words in one.body["wordings"])
    assert [words for words, count in said.items() if count > 1] == []
    assert all(len(set(one.body["wordings"])) >= 8 for one in shipped().items)


def test_what_was_not_read_in_its_text_says_so() -> None:
    """An item with an unchecked basis names it among what could not be checked; telephone numbers belong to nobody."""
    for one in shipped().items:
        read, unread = reading.checked_bases(one.body)
        assert read + unread >= 1
        assert not unread or one.body["uncheckable"], one.slug
        assert one.body["local"]["contact"]["phone"].startswith("0571-000000"), one.slug


def bundle_of(slug: str) -> tuple[dict[str, Any], list[definition.Definition], definition.Definition]:
    """The bundle's body, the forms of its members, and all of them as one."""
    body = next(one.body for one in shipped().bundles if one.slug == slug)
    members = [body_of(one["item"]) for one in body["members"]]
    forms = [definition.parse(one["form"], parameters=one["eligibility"].get("parameters")) for one in members]
    return body, forms, union(forms, key=f"gov.{slug}", title=body["name"], order=body["pages"])


@pytest.mark.parametrize("slug", BUNDLES)
def test_a_bundle_asks_each_element_once(slug: str) -> None:
    body, forms, made = bundle_of(slug)
    asked = [one.element for page in made.pages for one in page.fields if isinstance(one, definition.Field)]
    assert len(asked) == len(set(asked))
    assert set(asked) == {name for form in forms for name in form.element_ids}
    assert len(asked) < sum(len(form.element_ids) for form in forms)
    assert set(body["pages"]) <= {page.key for page in made.pages}


def test_every_sensitive_answer_has_a_reason_and_an_end() -> None:
    for one in shipped().items:
        for name in checks.form_elements(one.body):
            if dictionary.element(name).is_sensitive:
                assert one.body["local"]["fields"][name]["retention_days"] > 0, (one.slug, name)


@pytest.mark.parametrize("slug", BUNDLES)
def test_a_bundle_can_be_read_in_english(slug: str) -> None:
    body = next(one.body for one in shipped().bundles if one.slug == slug)
    english = bundles.in_manner(body, "en")
    said = [english["name"], english["summary"], english["lead"], *english["contact"].values(), *english["uncheckable"],
            *(part for one in english["faq"] for part in one.values())]
    assert [text for text in said if _chinese(text)] == []
    assert set(english["contact"]) == set(body["contact"]) == {"window", "address", "phone", "hours", "complaints"}
    assert len(english["faq"]) == len(body["faq"]) > 0
    assert len(english["uncheckable"]) == len(body["uncheckable"])


@pytest.mark.parametrize(("who", "asked"), [("mother", {"father"}), ("father", {"mother"}),
                                            ("guardian", {"mother", "father"})])
@pytest.mark.parametrize("slug", ["birth-certificate", "birth-registration", "newborn"])
def test_a_parent_is_not_asked_for_their_own_name_again(slug: str, who: str, asked: set[str]) -> None:
    form = bundle_of(slug)[2] if slug == "newborn" else definition.parse(body_of(slug)["form"])
    values = {"birth.applicant_is": who}
    shown = {one.element for step in walk.steps(form, values, on=TODAY)
             for one in walk.shown_fields(form, step, values, on=TODAY) if isinstance(one, definition.Field)}
    assert {name for name in shown if re.fullmatch(r"birth\.(mother|father)_(name|id_number)", name)} == {
        f"birth.{parent}_{what}" for parent in asked for what in ("name", "id_number")}
    assert {"person.name", "person.phone"} <= shown
    assert ("person.id_number" in shown) is (who != "guardian" or slug == "newborn")
