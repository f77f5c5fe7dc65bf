"""The way through a form for the answers given so far: which steps, which fields, what is missing. Pure functions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext as _

from linli.mechanisms.forms import values as kept
from linli.mechanisms.forms.definition import Definition, Field, Note, Page
from linli.mechanisms.forms.rules.evaluation import holds, value_of

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Step:
    """One page to fill in; of a repeated page, one member (`index` counts from 0)."""

    page: Page
    index: int | None = None
    total: int = 1

    @property
    def token(self) -> str:
        """How the step is named in an address: `applicant`, `child.0`."""
        return self.page.key if self.index is None else f"{self.page.key}.{self.index}"

    @property
    def title(self) -> str:
        if self.index is None or self.total < 2:
            return self.page.label
        return _("%(title)s（第 %(number)s 位）") % {"title": self.page.label, "number": self.index + 1}


@dataclass(frozen=True)
class Row:
    label: str
    text: str
    element: str
    step: str
    source: str = ""


@dataclass(frozen=True)
class Section:
    """A page as it is read back. `is_open` where something required is still missing."""

    step: Step
    rows: tuple[Row, ...]
    is_open: bool = False


def facts_of(form: Definition, values: Values, *, on: date, done: frozenset[str] | None = None) -> dict[str, Any]:
    """What the rules may read: answers of fields that are shown, computed values, and blanks of steps that were sent.

    An answer whose field is no longer shown does not count; what a step that was sent left open is known to be nothing.
    """
    facts: dict[str, Any] = {}
    for page in form.pages:
        if not holds(page.when, facts, on=on, parameters=form.parameters):
            continue
        if page.repeat:
            facts.update(_repeated_facts(form, page, values, facts, on))
            continue
        for one in page.asked:
            if not holds(one.when, facts, on=on, parameters=form.parameters):
                continue
            if one.computed is not None:
                facts[one.element] = value_of(one.computed, facts, on=on, parameters=form.parameters)
                if facts[one.element] is None:
                    del facts[one.element]
            elif values.get(one.element) is not None:
                facts[one.element] = values[one.element]
            elif done is not None and page.key in done:
                facts[one.element] = None
    return facts


def _repeated_facts(form: Definition, page: Page, values: Values, facts: Values, on: date) -> dict[str, Any]:
    count = members(page, values)
    if count is None:
        return {}
    found: dict[str, list[Any]] = {one.element: [] for one in page.asked}
    for index in range(count):
        member = member_facts(page, values, facts, index)
        for one in page.asked:
            value = member.get(one.element)
            if one.computed is not None:
                value = value_of(one.computed, member, on=on, parameters=form.parameters)
                member[one.element] = value
            elif not holds(one.when, member, on=on, parameters=form.parameters):
                value = None
                member.pop(one.element, None)
            found[one.element].append(value)
    return dict(found)


def member_facts(page: Page, values: Values, facts: Values, index: int) -> dict[str, Any]:
    """The facts as one member of a repeated page sees them: their own values in place of the lists."""
    found = dict(facts)
    for one in page.asked:
        found.pop(one.element, None)
        listed = values.get(one.element) or []
        if index < len(listed) and listed[index] is not None:
            found[one.element] = listed[index]
    return found


def members(page: Page, values: Values) -> int | None:
    """How many members a repeated page has; None while nobody has said."""
    lists = [values[one.element] for one in page.asked if isinstance(values.get(one.element), list)]
    return max(map(len, lists)) if lists else None


def steps(form: Definition, values: Values, *, on: date) -> list[Step]:
    """The pages to go through, in order. A page on which nothing is shown is left out."""
    return [step for step, _facts in _walked(form, values, on)]


def _walked(form: Definition, values: Values, on: date) -> Iterator[tuple[Step, dict[str, Any]]]:
    facts = facts_of(form, values, on=on)
    for page in form.pages:
        if not holds(page.when, facts, on=on, parameters=form.parameters):
            continue
        if page.repeat:
            total = max(members(page, values) or 0, page.repeat.min, 1)
            for index in range(total):
                yield Step(page, index, total), member_facts(page, values, facts, index)
        elif any(holds(one.when, facts, on=on, parameters=form.parameters) for one in page.asked):
            yield Step(page), facts


def step_of(form: Definition, values: Values, token: str, *, on: date) -> Step | None:
    return next((step for step in steps(form, values, on=on) if step.token == token), None)


def next_step(form: Definition, values: Values, token: str, *, on: date) -> Step | None:
    """The step after that one; None at the end."""
    found = steps(form, values, on=on)
    places = {step.token: number for number, step in enumerate(found)}
    following = places.get(token, -1) + 1
    return found[following] if following < len(found) else None


def shown_fields(form: Definition, step: Step, values: Values, *, on: date) -> list[Field | Note]:
    """The fields and notes of a step for these answers."""
    facts = facts_of(form, values, on=on)
    if step.index is not None:
        facts = member_facts(step.page, values, facts, step.index)
    return [one for one in step.page.fields if holds(one.when, facts, on=on, parameters=form.parameters)]


def is_required(form: Definition, one: Field, facts: Values, *, on: date) -> bool:
    """A rule that is not yet known does not require."""
    if isinstance(one.required, bool):
        return one.required
    return holds(one.required, facts, on=on, parameters=form.parameters) is True


def facts_at(form: Definition, step: Step, values: Values, *, on: date) -> dict[str, Any]:
    """The facts as that step sees them."""
    facts = facts_of(form, values, on=on)
    return facts if step.index is None else member_facts(step.page, values, facts, step.index)


def unanswered(form: Definition, values: Values, *, on: date, done: frozenset[str] | None = None) -> list[
        tuple[Step, str]]:
    """(step, element) of everything required and missing; (step, "") for a step that was never sent."""
    found: list[tuple[Step, str]] = []
    for step, facts in _walked(form, values, on):
        if step.page.repeat and members(step.page, values) == 0 and step.page.repeat.min == 0:
            continue
        missing = [one.element for one in step.page.asked
                   if one.computed is None and facts.get(one.element) is None
                   and holds(one.when, facts, on=on, parameters=form.parameters)
                   and is_required(form, one, facts, on=on)]
        found += [(step, name) for name in missing]
        if not missing and done is not None and step.token not in done:
            found.append((step, ""))
    return found


def computed(form: Definition, values: Values, *, on: date) -> dict[str, Any]:
    """The values that are worked out, as far as they can be."""
    names = {one.element for page in form.pages for one in page.asked if one.computed is not None}
    return {name: value for name, value in facts_of(form, values, on=on).items() if name in names}


def pruned(form: Definition, values: Values, *, on: date) -> dict[str, Any]:
    """The answers that count: shown fields and computed values, nothing that was typed on the way and is now hidden."""
    return {name: value for name, value in facts_of(form, values, on=on).items() if value is not None}


def sections(form: Definition, values: Values, audience: str, *, on: date, sources: Mapping[str, str] | None = None,
             done: frozenset[str] | None = None) -> list[Section]:
    """The answers read back, page by page, as `audience` may read them (see `values.shown`)."""
    open_steps = {step.token for step, _name in unanswered(form, values, on=on, done=done)}
    found: list[Section] = []
    for step, facts in _walked(form, values, on):
        nobody = step.page.repeat is not None and members(step.page, values) == 0
        rows = [] if nobody else [
            Row(_label(form, one), kept.shown(form.element(one.element), facts.get(one.element), audience),
                one.element, step.token, (sources or {}).get(one.element, ""))
            for one in step.page.asked if holds(one.when, facts, on=on, parameters=form.parameters)]
        found.append(Section(step, tuple(rows), step.token in open_steps))
    return found


def _label(form: Definition, one: Field) -> str:
    return form.element(one.element).label
