"""The forms of the desk's own pages."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import today
from linli.mechanisms.forms.models import InquiryKind


class NewForm(forms.Form):
    title = forms.CharField(label=_("表名"), max_length=80, help_text=_("例如：加装充电桩意见征询"),
                            error_messages={"required": _("请给表起个名字。")})
    title_en = forms.CharField(label=_("英文表名"), max_length=120, required=False)
    area = forms.ModelChoiceField(label=_("哪个社区"), queryset=Area.objects.none(), empty_label=None)

    def __init__(self, *args: Any, areas: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["area"].queryset = areas  # type: ignore[attr-defined]
        self.one_area = areas[0] if len(areas) == 1 else None


class SendForm(forms.Form):
    kind = forms.ChoiceField(label=_("种类"), choices=InquiryKind.choices, widget=forms.RadioSelect,
                             error_messages={"required": _("请选是意见征询还是信息登记。")})
    title = forms.CharField(label=_("标题"), max_length=60, error_messages={"required": _("请写标题。")})
    title_en = forms.CharField(label=_("英文标题"), max_length=120, required=False)
    why = forms.CharField(label=_("为什么问、答案怎么用"), max_length=400, widget=forms.Textarea(attrs={"rows": "3"}),
                          help_text=_("居民填之前会先看到这段话。"),
                          error_messages={"required": _("请写明为什么问、答案怎么用，居民看了才好填。")})
    why_en = forms.CharField(label=_("为什么问、答案怎么用（英文）"), max_length=800, required=False,
                             widget=forms.Textarea(attrs={"rows": "3"}),
                             help_text=_("看英文的居民会看到。空着就给他们看中文。"))
    closes_on = forms.DateField(label=_("截止日期"), widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
                                error_messages={"required": _("请选截止日期。"), "invalid": _("请选截止日期。")})
    once = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)

    @staticmethod
    def first_values(title: str, title_en: str, once: str) -> dict[str, Any]:
        return {"title": title[:60], "title_en": title_en[:120], "once": once,
                "closes_on": today() + timedelta(days=14)}


class TextForm(forms.Form):
    text = forms.CharField(label=_("整张表的文字"), widget=forms.Textarea(attrs={"rows": "28", "spellcheck": "false"}),
                           error_messages={"required": _("表不能是空的。")})
    seen = forms.IntegerField(widget=forms.HiddenInput)


class LineForm(forms.Form):
    """One line to a colleague: what was changed, or what should be."""

    note = forms.CharField(max_length=200, required=False)


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("为什么要看全部内容"), max_length=200, required=False)
