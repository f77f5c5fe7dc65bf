"""Am I entitled, asked inside the talk. Another room's rule engine asks and judges; here the answers only travel.

What is answered goes with the page, from one question to the next, and is written nowhere: not into the conversation,
not into the session. Who asks something else, or closes the page, has to answer again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.forms import CharField, CheckboxSelectMultiple, DateInput, Form, NumberInput, RadioSelect, TextInput, Widget
from django.http import QueryDict
from django.urls import NoReverseMatch, Resolver404, resolve, reverse

from linli.foundation.areas.models import Area
from linli.foundation.people.models import Person
from linli.foundation.web.acts import offered, perform

ACT = "gov.eligible_step"
PAGE = "gov:entitled"  # the same questions without a talk, for who has not signed in
_HAD = "had."
_MOST = 60  # answers that are looked at
_ITEM_MAX = 100


def item_behind(url: str) -> str:
    """The item whose questions stand at `url`; empty where it is another page, or nobody asks."""
    try:
        found = resolve(url.partition("?")[0])
    except Resolver404:
        return ""
    return str(found.kwargs.get("slug", "")) if found.view_name == PAGE and offered(ACT) else ""


def page_of(item: str) -> str:
    """The address of the item's own page of questions; empty where there is no such room."""
    try:
        return reverse(PAGE, args=[item])
    except NoReverseMatch:
        return ""


def item_in(sent: QueryDict) -> str:
    return sent.get("item", "").strip()[:_ITEM_MAX]


def answers_in(sent: QueryDict) -> dict[str, list[str]]:
    """What was answered before, and last what was answered now (nothing given is an answer too: a wrong one)."""
    found = {name.removeprefix(_HAD): sent.getlist(name) for name in list(sent)[:_MOST] if name.startswith(_HAD)}
    asked = sent.get("asked", "")
    if asked:
        found.pop(asked, None)
        found[asked] = sent.getlist("answer")
    return found


def step(person: Person, area: Area, item: str, answers: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """What the owner of the rule says (see its act). Raises `Refused`."""
    told: dict[str, Any] = perform(ACT, person, item=item, answers=answers, area=area)
    told["had"] = [(f"{_HAD}{name}", typed) for name, all_typed, _words in told["answered"] for typed in all_typed]
    return told


class _AsTyped(CharField):
    """Whoever asks has judged it already; here it is only shown again."""

    def clean(self, value: Any) -> Any:
        return value


class QuestionForm(Form):
    """One question as it was asked, with what was typed and what is wrong with it."""

    use_required_attribute = False

    def __init__(self, question: Mapping[str, Any]) -> None:
        super().__init__(_Given({"answer": list(question["typed"])}) if question["error"] else None)
        self.fields["answer"] = _AsTyped(label=question["title"], help_text=question["hint"], widget=_widget(question))
        if question["error"]:
            self.add_error("answer", question["error"])


class _Given(dict[str, Any]):
    """What was sent, read by name: one value or all of them."""

    def get(self, name: str, default: Any = None) -> Any:
        found = super().get(name) or [default]
        return found[-1]

    def getlist(self, name: str) -> list[str]:
        return list(super().get(name) or [])


def _widget(question: Mapping[str, Any]) -> Widget:
    if question["type"] == "choices":
        return CheckboxSelectMultiple(choices=question["options"])
    if question["options"]:
        return RadioSelect(choices=question["options"])
    if question["type"] == "date":
        return DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    if question["type"] in ("money", "number"):
        return NumberInput(attrs={"inputmode": "decimal" if question["type"] == "money" else "numeric", "step": "any"})
    return TextInput()
