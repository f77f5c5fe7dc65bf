from __future__ import annotations

from django.forms import CharField, DateField, DateInput, Form
from django.utils.translation import gettext_lazy as _


class SearchForm(Form):
    """By thing, verb, person and day; everything may be left out."""

    thing = CharField(
        label=_("对象"), required=False, max_length=110,
        help_text=_("类型，或类型#编号，例如 cases.case#123"))
    verb = CharField(label=_("动作"), required=False, max_length=60, help_text=_("例如 privacy.reveal"))
    who = CharField(label=_("办理人"), required=False, max_length=40, help_text=_("编号或手机号"))
    since = DateField(label=_("从"), required=False, widget=DateInput(attrs={"type": "date"}))
    until = DateField(label=_("到"), required=False, widget=DateInput(attrs={"type": "date"}))
