"""Am I entitled, asked by another room by name; and that what can be begun online is known to be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from linli.foundation.areas.models import Area
from linli.foundation.people.models import Person
from linli.foundation.web import Refused
from linli.foundation.web.acts import perform
from linli.services.gov import knowing
from linli.services.gov.models import Publication, PublicState

pytestmark = pytest.mark.django_db
ITEM, BORN = "test-allowance", "person.birth_date"


@pytest.fixture
def anne(make_person: Any, community: Area) -> Person:
    person: Person = make_person("林女士", community)
    return person


def ask(person: Person, item: str = ITEM, **answers: list[str]) -> dict[str, Any]:
    told: dict[str, Any] = perform("gov.eligible_step", person, item=item, answers={
        name.replace("__", "."): typed for name, typed in answers.items()})
    return told


def test_one_question_then_the_verdict_with_its_proof(catalogue: Path, anne: Person) -> None:
    told = ask(anne)
    assert (told["question"]["element"], told["question"]["type"], told["question"]["error"]) == (BORN, "date", "")
    assert (told["answer"], told["missing"]) == ("unknown", [told["question"]["title"]])
    yes = ask(anne, person__birth_date=["1946-11-25"])
    assert (yes["question"], yes["answer"]) == (None, "yes")
    assert [line.startswith("符合 · 年满 80 周岁") for line in yes["proof"]] == [True]
    assert yes["answered"][0][:2] == (BORN, ("1946-11-25",))
    assert yes["begin_url"] == ""  # it has no form
    assert ask(anne, person__birth_date=["1946-11-26"])["answer"] == "no"


@pytest.mark.parametrize("typed", [[], [""], ["昨天"], ["1946-13-40"], ["9" * 5000]])
def test_a_wrong_value_is_the_same_question_again(catalogue: Path, anne: Person, typed: list[str]) -> None:
    told = ask(anne, person__birth_date=typed)
    assert (told["question"]["element"], told["answer"]) == (BORN, "unknown")
    assert told["question"]["error"]
    assert told["question"]["typed"] == [one[:100] for one in typed]


def test_what_the_rule_does_not_look_at_is_not_looked_at(catalogue: Path, anne: Person) -> None:
    assert ask(anne, person__name=["林女士"], nothing__such=["1"])["answered"] == []


def test_where_there_is_nothing_to_ask_it_says_so(catalogue: Path, anne: Person, community: Area) -> None:
    with pytest.raises(Refused) as refused:
        ask(anne, "nowhere")
    assert refused.value.code == "off"
    Publication.objects.filter(item__slug=ITEM).update(state=PublicState.OFF, reason="试")
    with pytest.raises(Refused) as refused:
        ask(anne)
    assert refused.value.code == "off"


def test_in_english_the_proof_is_english(catalogue: Path, anne: Person) -> None:
    with translation.override("en"):
        told = ask(anne, person__birth_date=["1946-11-25"])
    assert told["proof"][0].startswith("met · 80 or older")
    assert told["title"] == "Test allowance"


def test_every_rule_of_the_shipped_catalogue_comes_to_an_end(anne: Person) -> None:
    """Answered with the first option each time: a verdict, and where it is offered online the way to begin."""
    typed = {"date": "1940-05-01", "number": "1", "money": "10.50", "text": "梧桐苑"}
    online = 0
    for row in Publication.objects.filter(area=None, item__kind="shipped").select_related("item", "version"):
        if (row.version.body.get("eligibility") or {}).get("rule") is None:
            continue
        answers: dict[str, list[str]] = {}
        told = perform("gov.eligible_step", anne, item=row.item.slug, answers=answers)
        while (question := told["question"]) is not None:
            assert question["error"] == "", (row.item.slug, question)
            assert question["element"] not in answers, (row.item.slug, question["element"])
            options = question["options"]
            answers[question["element"]] = [options[0][0] if options else typed[question["type"]]]
            told = perform("gov.eligible_step", anne, item=row.item.slug, answers=answers)
        assert told["answer"] in ("yes", "no", "unknown")
        assert told["proof"]
        online += bool(told["begin_url"])
    assert online > 5


def test_what_can_be_begun_online_is_known_to_be() -> None:
    units = {unit.key: unit for unit in knowing.units()}
    assert units["gov.residence-proof.what"].acts[0] == ("网上申请", "/gov/items/residence-proof/begin/")
    assert units["gov.residence-proof.materials"].acts == ()
    assert {act for unit in units.values() if unit.kind == "bundle" for act in unit.acts}
    Publication.objects.filter(item__slug="residence-proof").update(state=PublicState.LISTED)
    units = {unit.key: unit for unit in knowing.units()}
    assert "/begin/" not in str(units["gov.residence-proof.what"].acts)
