"""Am I entitled? Asked fact by fact, the most deciding first; answered by the rule engine; kept nowhere.

The answers travel in the form itself, signed by nobody and stored by nobody: a page that is closed forgets them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from django.forms import (
    CharField,
    ChoiceField,
    DateField,
    DateInput,
    DecimalField,
    Field,
    Form,
    IntegerField,
    MultipleChoiceField,
    NumberInput,
    RadioSelect,
)
from django.forms.widgets import CheckboxSelectMultiple
from django.http import QueryDict
from django.utils.translation import gettext as _

from linli.mechanisms.forms.elements import Element
from linli.mechanisms.forms.rules import Verdict, told
from linli.services.gov.items import judging

FACTS_MOST = 60
_ASKABLE = frozenset({"yes_no", "choice", "choices", "date", "number", "money", "text"})


@dataclass(frozen=True)
class Standing:
    """Where the questions stand: the verdict so far, what is asked next, what was answered."""

    verdict: Verdict
    asks: Element | None
    answered: tuple[tuple[str, str, str], ...]  # (name of the hidden field, value, "question: answer" for the reader)
    proof: tuple[tuple[str, str], ...]  # (yes, no, unknown; in words)


def facts_in(sent: Mapping[str, Any] | QueryDict, rule_elements: frozenset[str]) -> dict[str, Any]:
    """The facts that were answered before, as the rules take them; anything else sent is not looked at."""
    found: dict[str, Any] = {}
    for name in sorted(rule_elements)[:FACTS_MOST]:
        element = judging.elements().get(name)
        raw = sent.getlist(f"had.{name}") if isinstance(sent, QueryDict) else sent.get(f"had.{name}", [])
        if element is not None and raw:
            value = _typed(element, [str(one)[:100] for one in raw])
            if value is not None:
                found[name] = value
    return found


def standing(eligibility: Mapping[str, Any], facts: Mapping[str, Any], on: date) -> Standing:
    """The verdict for what is known, and the next question: one at a time, none that no longer matters."""
    verdict = judging.judge(eligibility, facts, on)
    asks = None
    if verdict.answer == "unknown":
        asks = next((element for name in verdict.missing if (element := _askable(name)) is not None), None)
    answered = tuple(
        (f"had.{name}", raw, f"{judging.elements()[name].label}：{shown(judging.elements()[name], value)}")
        for name, value in facts.items() for raw in _raw(value))
    proof = tuple((line.answer, told(line)) for line in verdict.proof if line.clause or line.kind != "all")
    return Standing(verdict, asks, answered, proof)


def _askable(name: str) -> Element | None:
    element = judging.elements().get(name)
    return element if element is not None and is_askable(element) else None


def is_askable(element: Element) -> bool:
    """Can it be answered in one field?"""
    return element.type in _ASKABLE


class QuestionForm(Form):
    """One question for one fact."""

    def __init__(self, element: Element, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.element = element
        self.fields["answer"] = _field(element)

    def value(self) -> Any:
        """The answer as the rules take it."""
        given = self.cleaned_data["answer"]
        if self.element.type == "yes_no":
            return given == "yes"
        if self.element.type == "money":
            return int(given * 100)
        return given.isoformat() if isinstance(given, date) else given


def _field(element: Element) -> Field:
    label, hint = element.label, element.help
    if element.type == "yes_no":
        return ChoiceField(label=label, help_text=hint, widget=RadioSelect,
                           choices=[("yes", _("是")), ("no", _("不是"))])
    if element.type in ("choice", "choices"):
        options = [(one.value, one.label) for one in element.options]
        if element.type == "choices":
            return MultipleChoiceField(label=label, help_text=hint, choices=options, widget=CheckboxSelectMultiple)
        return ChoiceField(label=label, help_text=hint, choices=options, widget=RadioSelect)
    if element.type == "date":
        return DateField(label=label, help_text=hint, widget=DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    if element.type == "money":
        return DecimalField(label=_("%(what)s（元）") % {"what": label}, help_text=hint, min_value=0, max_digits=12,
                            decimal_places=2, widget=NumberInput(attrs={"inputmode": "decimal", "step": "0.01"}))
    if element.type == "number":
        return IntegerField(label=label, help_text=hint, min_value=0, max_value=10**9,
                            widget=NumberInput(attrs={"inputmode": "numeric"}))
    return CharField(label=label, help_text=hint, max_length=100)


def shown(element: Element, value: Any) -> str:
    """A fact in words."""
    if isinstance(value, bool):
        return _("是") if value else _("不是")
    if isinstance(value, list):
        return _("、").join(shown(element, one) for one in value)
    option = element.option(value)
    if option is not None:
        return option.label
    return _("%(amount)s 元") % {"amount": f"{int(value) / 100:.2f}"} if element.type == "money" else str(value)


def _raw(value: Any) -> list[str]:
    if isinstance(value, bool):
        return ["yes" if value else "no"]
    return [str(one) for one in value] if isinstance(value, list) else [str(value)]


def _typed(element: Element, raw: list[str]) -> Any:
    first = raw[0]
    if element.type == "yes_no":
        return first == "yes"
    if element.type == "choices":
        return [one for one in raw if element.option(one)]
    if element.type == "choice":
        return first if element.option(first) else None
    try:
        if element.type in ("number", "money"):
            return int(Decimal(first))
        return date.fromisoformat(first).isoformat() if element.type == "date" else first
    except (ValueError, InvalidOperation):
        return None
