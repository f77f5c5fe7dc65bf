"""Fields that several forms have."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


def moment(label: Any, hint: Any = "") -> forms.DateTimeField:
    """A date and time, as the browser's own field sends it."""
    return forms.DateTimeField(
        label=label, help_text=hint, input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"required": _("请选时间。"), "invalid": _("时间要像 2026-12-01 09:30。")})


def minutes(initial: int) -> forms.IntegerField:
    return forms.IntegerField(
        label=_("多少分钟"), initial=initial, min_value=15, max_value=600,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={"required": _("请填分钟数。"), "invalid": _("请填分钟数。")})


def phone(label: Any, *, required: bool = True, hint: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label, max_length=20, required=required, help_text=hint,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
        error_messages={"required": _("请填手机号。")})


def once() -> forms.CharField:
    """Makes a second sending of the same form the same thing."""
    return forms.CharField(widget=forms.HiddenInput, max_length=40, required=False)


def several(label: Any, complaint: Any) -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        label=label, widget=forms.CheckboxSelectMultiple, error_messages={
            "required": complaint, "invalid_choice": complaint})


def one_of(label: Any, complaint: Any, choices: Any = ()) -> forms.ChoiceField:
    return forms.ChoiceField(label=label, choices=choices, widget=forms.RadioSelect, error_messages={
        "required": complaint, "invalid_choice": complaint})
