"""The forms of a work's papers: survey, plan, consent, measurement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from linli.foundation.policy import policy
from linli.mechanisms.cases.kinds import say
from linli.services.access.forms import day_field
from linli.services.access.queries import works


class SurveyForm(forms.Form):
    surveyed_on = day_field(gettext_lazy("哪天看的"))
    found = forms.CharField(
        label=gettext_lazy("现场看到什么"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
        error_messages={"required": gettext_lazy("请写现场看到什么：高差、宽度、有没有管线。")},
    )
    users = forms.CharField(label=gettext_lazy("给谁用"), max_length=200, required=False)
    can_be_done = forms.BooleanField(label=gettext_lazy("具备改造条件"), required=False, initial=True)


class PlanForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("怎么改"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
        error_messages={"required": gettext_lazy("请写怎么改。")},
    )
    consent_rule = forms.ChoiceField(
        label=gettext_lazy("要谁同意"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("请选这件事要谁同意。")},
    )
    responsible = forms.CharField(
        label=gettext_lazy("谁负责"),
        max_length=80,
        help_text=gettext_lazy("所有权人或者管理人；另有约定的写约定的责任人"),
        error_messages={"required": gettext_lazy("请写谁负责。")},
    )
    builder = forms.CharField(label=gettext_lazy("谁施工"), max_length=80, required=False)
    cost = forms.DecimalField(
        label=gettext_lazy("预算（元）"), max_digits=12, decimal_places=2, min_value=0, required=False
    )
    paid_from = forms.CharField(label=gettext_lazy("钱从哪里来"), max_length=80, required=False)

    def __init__(self, *args: Any, area_code: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["consent_rule"].choices = [  # type: ignore[attr-defined]
            (rule["code"], say(rule["title"])) for rule in policy("access.consent_rules", area=area_code)
        ]


def _count(label: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, min_value=0, max_value=1_000_000, error_messages={"required": gettext_lazy("请填人数。")}
    )


def _metres(label: Any) -> forms.DecimalField:
    return forms.DecimalField(
        label=label,
        min_value=0,
        max_digits=12,
        decimal_places=2,
        error_messages={"required": gettext_lazy("请填面积。")},
    )


class ConsentForm(forms.Form):
    held_on = day_field(gettext_lazy("哪天表决的"))
    owners = _count(gettext_lazy("业主总人数"))
    owners_took_part = _count(gettext_lazy("参与表决的人数"))
    owners_agreed = _count(gettext_lazy("同意的人数"))
    m2 = _metres(gettext_lazy("专有面积总和（m²）"))
    m2_took_part = _metres(gettext_lazy("参与表决的面积（m²）"))
    m2_agreed = _metres(gettext_lazy("同意的面积（m²）"))
    paper = forms.CharField(
        label=gettext_lazy("凭据"),
        max_length=200,
        help_text=gettext_lazy("例如：书面征求意见表 36 份，存业委会"),
        error_messages={"required": gettext_lazy("请写凭据是什么、存在哪里。")},
    )


class MeasureForm(forms.Form):
    item = forms.ChoiceField(
        label=gettext_lazy("量的是哪一样"), error_messages={"required": gettext_lazy("请选量的是哪一样。")}
    )
    value = forms.DecimalField(
        label=gettext_lazy("量到"),
        max_digits=8,
        decimal_places=2,
        min_value=0,
        help_text=gettext_lazy("单位看上面；「试用过，能用」能用填 1，不能用填 0"),
        error_messages={"required": gettext_lazy("请填量到的数。")},
    )
    with_user = forms.BooleanField(label=gettext_lazy("请残疾人或老年人一起试过"), required=False)
    note = forms.CharField(label=gettext_lazy("说明"), max_length=200, required=False)

    def __init__(self, items: Sequence[works.Item], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["item"].choices = [  # type: ignore[attr-defined]
            (item.code, f"{item.title} {item.unit}".strip()) for item in items
        ]
