"""Am I entitled, asked by another room: the next question, or the verdict with its proof. Nothing is kept here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.utils.translation import get_language, gettext as _

from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import today
from linli.foundation.people.models import Person
from linli.foundation.web import Refused
from linli.mechanisms.forms.elements import Element
from linli.mechanisms.forms.rules import elements_in
from linli.services.gov import entitling
from linli.services.gov.items import judging, reading, sheet as sheets
from linli.services.gov.queries import items

_TYPED_MOST = 100  # characters of one answer that are looked at


def eligible_step(
    person: Person, *, item: str, answers: Mapping[str, Sequence[str]], area: Area | None = None,
) -> dict[str, Any]:
    """Where the questions stand after `answers` (element → what was typed or ticked; money in yuan, days as ISO).

    `question`: {element, title, options: [(value, words)], type, hint, error, typed}, None when there is nothing more
    to ask; after a wrong value it is that question again, with `error` and what was `typed`. `answer`: yes, no or
    unknown; `proof`: the rule's lines, each with how it came out; `missing`: what is not known yet, in words;
    `answered`: (element, what was typed, in words); `title`, `url` of the item; `begin_url` empty where it cannot be
    begun online. `area` None: the person's own community. Raises `Refused("off" | "no_rule")`.
    """
    row = items.published(item, area or person.community)
    if row is None:
        raise Refused("off", _("没有这件事，或者现在不办了。请重新问。"))
    eligibility = row.version.body.get("eligibility") or {}
    if eligibility.get("rule") is None:
        raise Refused("no_rule", _("这件事能不能办，这里算不出来。请打电话或者到窗口问。"))
    facts, answered, question = _facts(answers, elements_in(eligibility["rule"]))
    standing = entitling.standing(eligibility, facts, today())
    if question is None and standing.asks is not None:
        question = _question(standing.asks, entitling.QuestionForm(standing.asks))
    manner = "en" if (get_language() or "").startswith("en") else "official"
    body = row.version.body
    return {
        "question": question, "answer": standing.verdict.answer, "proof": [_line(*one) for one in standing.proof],
        "missing": [element.label for name in standing.verdict.missing
                    if (element := judging.elements().get(name)) is not None],
        "answered": answered, "title": sheets.sheet(body, manner if reading.translated(body, manner) else
                                                    "official").name,
        "url": reverse("gov:item", args=[item]),
        "begin_url": reverse("gov:begin", args=[item]) if items.can_apply(row) else ""}


Answered = list[tuple[str, tuple[str, ...], str]]


def _facts(
    answers: Mapping[str, Sequence[str]], asked: frozenset[str],
) -> tuple[dict[str, Any], Answered, dict[str, Any] | None]:
    """The facts that the rule looks at, what was answered in words, and the first question with a wrong value."""
    facts: dict[str, Any] = {}
    answered: Answered = []
    for name, typed in list(answers.items())[:entitling.FACTS_MOST]:
        element = judging.elements().get(name)
        if name not in asked or element is None or not entitling.is_askable(element):
            continue
        given = [str(one)[:_TYPED_MOST] for one in ([typed] if isinstance(typed, str) else typed)]
        form = entitling.QuestionForm(element, MultiValueDict({"answer": given}))
        if not form.is_valid():
            return facts, answered, _question(element, form, given)
        facts[name] = form.value()
        answered.append((name, tuple(given), f"{element.label}：{entitling.shown(element, facts[name])}"))
    return facts, answered, None


def _question(element: Element, form: entitling.QuestionForm, typed: Sequence[str] = ()) -> dict[str, Any]:
    field = form.fields["answer"]
    return {
        "element": element.id, "title": str(field.label), "type": element.type, "hint": str(field.help_text),
        "options": [(str(value), str(words)) for value, words in getattr(field, "choices", ())],
        "typed": list(typed),
        "error": " ".join(str(one) for one in form.errors.get("answer") or ()) if form.is_bound else ""}


def _line(answer: str, text: str) -> str:
    word = {"yes": _("符合"), "no": _("不符合")}.get(answer) or _("还不知道")
    return f"{word} · {text}"
