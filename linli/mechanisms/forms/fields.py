"""A step as a form of the page: the right field for each element, labelled, hinted, with what was typed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import forms
from django.forms.utils import ErrorDict
from django.http import QueryDict
from django.utils.translation import gettext as _

from linli.foundation.files import StoredFile
from linli.mechanisms.forms import values as kept, walk
from linli.mechanisms.forms.definition import Definition, Field, Note
from linli.mechanisms.forms.elements import Element
from linli.mechanisms.forms.known import Known

_RADIOS_MOST = 7
_AUTOCOMPLETE = {
    "person.name": "name", "person.phone": "tel", "person.birth_date": "bday", "person.address": "street-address"}
_INPUT_MODES = {"number": "decimal", "money": "decimal", "phone": "tel"}


@dataclass(frozen=True)
class Item:
    """One thing on the page: a field, a note, a computed value or files."""

    kind: str  # field | file | note | computed
    element: str = ""
    field: Any = None
    text: str = ""
    label: str = ""
    source: str = ""
    held: Sequence[StoredFile] = ()
    waiting: Sequence[StoredFile] = ()
    is_many: bool = False
    elsewhere: str = ""


class StepForm(forms.Form):
    """The fields of one step. Nothing is validated here: the action does it, and its sentences are added."""

    use_required_attribute = False

    def __init__(self, form: Definition, step: walk.Step, facts: Mapping[str, Any],
                 shown: Sequence[Field | Note], *, data: QueryDict | None = None,
                 known: Mapping[str, Known] | None = None, on: Any, auto_id: str = "id_%s") -> None:
        super().__init__(data, auto_id=auto_id)
        self.form, self.step, self.shown, self.facts = form, step, shown, facts
        self.known = known or {}
        for one in shown:
            if isinstance(one, Field) and one.computed is None:
                element = form.element(one.element)
                made = _field(element, is_required=walk.is_required(form, one, facts, on=on))
                made.label, made.help_text = element.label, one.help or element.help
                value = facts.get(one.element)
                if value is None and one.element in self.known:
                    value = self.known[one.element].value
                made.initial = kept.typed(element, value)
                self.fields[name_of(one.element)] = made

    def full_clean(self) -> None:
        self._errors = ErrorDict()
        self.cleaned_data = {}

    def blame(self, errors: Mapping[str, str]) -> None:
        """Put each sentence to its field; one without a field on this page stands at the top."""
        for element, sentence in errors.items():
            name = name_of(element)
            self.add_error(name if name in self.fields else None, sentence)

    def items(self, *, held: Mapping[str, Sequence[StoredFile]] | None = None,
              waiting: Mapping[str, Sequence[StoredFile]] | None = None,
              elsewhere: Mapping[str, str] | None = None) -> list[Item]:
        """What stands on the page, in order."""
        found: list[Item] = []
        for one in self.shown:
            if isinstance(one, Note):
                found.append(Item("note", text=one.text))
                continue
            element = self.form.element(one.element)
            if one.computed is not None:
                value = self.facts.get(one.element)
                text = kept.in_words(element, value) if value is not None else _("填完前面的就会算出来")
                found.append(Item("computed", one.element, text=text, label=element.label))
                continue
            field = self[name_of(one.element)]
            is_known = not self.is_bound and one.element in self.known and self.facts.get(one.element) is None
            found.append(Item(
                "file" if element.is_file else "field", one.element, field, label=element.label,
                source=self.known[one.element].source if is_known else "",
                held=(held or {}).get(one.element, ()), waiting=(waiting or {}).get(one.element, ()),
                is_many=element.type == "files", elsewhere=(elsewhere or {}).get(one.element, "")))
        return found


def name_of(element: str) -> str:
    """The name of an element's field on the page."""
    return element.replace(".", "__")


def _field(element: Element, *, is_required: bool) -> forms.Field:
    attributes: dict[str, str] = {}
    if element.id in _AUTOCOMPLETE:
        attributes["autocomplete"] = _AUTOCOMPLETE[element.id]
    if element.type in _INPUT_MODES:
        attributes["inputmode"] = _INPUT_MODES[element.type]
    if element.type == "yes_no":
        return forms.ChoiceField(choices=[("yes", _("是")), ("no", _("否"))], widget=forms.RadioSelect,
                                 required=is_required)
    if element.type in ("choice", "choices"):
        options = [(one.value, one.label) for one in element.options]
        if element.type == "choices":
            return forms.MultipleChoiceField(choices=options, widget=forms.CheckboxSelectMultiple,
                                             required=is_required)
        if len(options) <= _RADIOS_MOST:
            return forms.ChoiceField(choices=options, widget=forms.RadioSelect, required=is_required)
        return forms.ChoiceField(choices=[("", _("请选择")), *options], required=is_required)
    if element.is_file:
        return forms.FileField(required=is_required)
    if element.type == "date":
        return forms.CharField(widget=forms.DateInput(attrs={"type": "date", **attributes}), required=is_required)
    if element.type == "long_text":
        return forms.CharField(widget=forms.Textarea(attrs={"rows": "4"}), required=is_required)
    if element.type == "phone":
        attributes["type"] = "tel"
    return forms.CharField(widget=forms.TextInput(attrs=attributes), required=is_required)
