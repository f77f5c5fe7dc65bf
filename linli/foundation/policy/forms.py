"""The proposal's form; its value field follows the type of the value that came with the program."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _, gettext_lazy

from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import today
from linli.foundation.policy.shapes import json_type

# Beyond this, a JSON number is no longer read the same everywhere (RFC 8259 § 6).
_LARGEST = 2**53 - 1


class JsonField(forms.CharField):
    """A list or object, typed as JSON."""

    widget = forms.Textarea(attrs={"rows": 8, "spellcheck": "false", "autocapitalize": "off", "class": "num"})

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        try:
            return json.loads(text)
        except json.JSONDecodeError as error:
            raise forms.ValidationError(
                _("第 %(line)s 行第 %(column)s 个字附近写得不对，检查一下引号、逗号和括号。")
                % {"line": error.lineno, "column": error.colno}) from None

    def prepare_value(self, value: Any) -> Any:
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=1)


def value_field(model: Any) -> forms.Field:
    """The field with which a value like `model` is typed."""
    label = gettext_lazy("本地值")
    match json_type(model):
        case "boolean":
            return forms.TypedChoiceField(
                label=label, choices=[("yes", gettext_lazy("是")), ("no", gettext_lazy("否"))],
                coerce=lambda typed: typed == "yes", widget=forms.RadioSelect)
        case "integer":
            return forms.IntegerField(label=label, min_value=-_LARGEST, max_value=_LARGEST)
        case "number":
            return forms.FloatField(label=label)
        case "text":
            return forms.CharField(label=label, max_length=500)
        case _:
            return JsonField(label=label, max_length=20_000, help_text=gettext_lazy("照原来的样子改，名字不要少。"))


class ProposalForm(forms.Form):
    """A proposal for one key. `places` are the areas the person may choose among, the nearest first."""

    area = forms.ChoiceField(label=gettext_lazy("用在哪里"), widget=forms.RadioSelect)
    source = forms.CharField(
        label=gettext_lazy("依据"), max_length=300, help_text=gettext_lazy("写文件名、文号和哪一条，大家都看得到。"))
    valid_from = forms.DateField(
        label=gettext_lazy("从哪天起"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("不早于今天。这天以前的事，还按原来的值。"))
    field_order = ("area", "value", "source", "valid_from")

    def __init__(self, model: Any, places: Sequence[Area], data: Any = None, *, now_in_force: Any) -> None:
        typed = ("yes" if now_in_force else "no") if isinstance(model, bool) else now_in_force
        super().__init__(data, initial={
            "area": str(places[0].pk), "value": typed, "valid_from": today()})
        self.fields["value"] = value_field(model)
        area = self.fields["area"]
        assert isinstance(area, forms.ChoiceField)
        area.choices = [(str(place.pk), place.name) for place in places]
        self.order_fields(self.field_order)
        self._places = {str(place.pk): place for place in places}

    @property
    def place(self) -> Area:
        """The chosen area; valid forms only."""
        return self._places[self.cleaned_data["area"]]


class ReasonForm(forms.Form):
    """Why a proposal is refused or a value is taken back."""

    reason = forms.CharField(
        label=gettext_lazy("原因"), max_length=200, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("提的人看得到。"))


class NothingForm(forms.Form):
    """A confirmation that asks for no more than the press of its button."""
