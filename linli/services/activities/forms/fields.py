"""Fields and widgets that the forms of this room share."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

_MOMENT = "%Y-%m-%dT%H:%M"
_FORMATS = [_MOMENT, "%Y-%m-%d %H:%M", "%Y-%m-%dT%H:%M:%S"]
DATE = forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def moment(label: Any, **more: Any) -> forms.DateTimeField:
    """A date and time of the place, as the browser writes it."""
    more.setdefault("error_messages", {
        "required": _("请选日期和时间。"), "invalid": _("时间写成 2026-12-01 09:30 这样。")})
    return forms.DateTimeField(
        label=label, input_formats=_FORMATS,
        widget=forms.DateTimeInput(format=_MOMENT, attrs={"type": "datetime-local"}), **more)


def day(label: Any, **more: Any) -> forms.DateField:
    more.setdefault("error_messages", {"required": _("请选哪天。"), "invalid": _("日期写成 2026-12-01 这样。")})
    return forms.DateField(label=label, widget=DATE, **more)


def lines(rows: int, **attributes: str) -> forms.Textarea:
    return forms.Textarea(attrs={"rows": rows, **attributes})


TEL = forms.TextInput(attrs={"inputmode": "tel"})
