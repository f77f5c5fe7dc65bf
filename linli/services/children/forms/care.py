"""Children, collectors, groups and days."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import Area
from linli.foundation.people.models import Organisation
from linli.services.children.forms.open import DATE, TIME, WeekdaysField, schools
from linli.services.children.models import Bond, CareGroup, CareSite, Collector, PaperKind


class DetailsForm(forms.Form):
    """What may be corrected later."""

    school = forms.ModelChoiceField(Organisation.objects.none(), label=_("学校"), required=False)
    school_class = forms.CharField(label=_("班级"), max_length=20, required=False)
    second_name = forms.CharField(label=_("另一位联系人"), max_length=30, required=False,
                                  help_text=_("打不通您的电话时，我们找谁"))
    second_phone = forms.CharField(label=_("另一位联系人的电话"), max_length=20, required=False,
                                   widget=forms.TextInput(attrs={"inputmode": "tel"}))
    health = forms.CharField(label=_("过敏和要当心的"), max_length=300, required=False,
                             widget=forms.Textarea(attrs={"rows": 2}),
                             help_text=_("只有带孩子的老师看得到。不想写就留空，不影响报名"))
    agrees_health = forms.BooleanField(label=_("我单独同意老师用这些健康情况照看孩子"), required=False)

    def __init__(self, *args: Any, area: Area, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["school"].queryset = schools(area)  # type: ignore[attr-defined]  # a model field


class ChildForm(DetailsForm):
    name = forms.CharField(label=_("孩子的姓名"), max_length=30, error_messages={"required": _("请写孩子的姓名。")})
    born_on = forms.DateField(label=_("出生日期"), widget=DATE, error_messages={
        "required": _("请写出生日期。"), "invalid": _("日期写成 2018-06-01 这样。")})
    bond = forms.ChoiceField(label=_("我是孩子的"), choices=Bond.choices, widget=forms.RadioSelect,
                             error_messages={"required": _("请选您和孩子的关系。")})
    agrees = forms.BooleanField(label=_("我是监护人，单独同意为托管和活动使用孩子的这些信息"), required=False)

    field_order = ["name", "born_on", "bond", "school", "school_class", "second_name", "second_phone", "agrees",
                   "health", "agrees_health"]


class CollectorForm(forms.Form):
    name = forms.CharField(label=_("姓名"), max_length=30, error_messages={"required": _("请写接送人的姓名。")})
    relation = forms.CharField(label=_("和孩子的关系"), max_length=20, help_text=_("例如 外婆；自己接就写 妈妈"),
                               error_messages={"required": _("请写和孩子是什么关系。")})
    phone = forms.CharField(label=_("手机号"), max_length=20, required=False,
                            widget=forms.TextInput(attrs={"inputmode": "tel"}))
    is_me = forms.BooleanField(label=_("就是我自己"), required=False)


class SiteForm(forms.ModelForm):
    class Meta:
        model = CareSite
        fields = ["name", "operator", "address", "phone", "room_m2", "fire_limit", "seats", "meals"]

    def __init__(self, *args: Any, area: Area, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["operator"].queryset = Organisation.objects.filter(  # type: ignore[attr-defined]  # a model field
            area__code__startswith=area.code[:9], is_active=True)


class PaperForm(forms.Form):
    kind = forms.ChoiceField(label=_("证照"), choices=PaperKind.choices)
    number = forms.CharField(label=_("编号"), max_length=60, error_messages={"required": _("请写证照上的编号。")})
    valid_until = forms.DateField(label=_("有效期到"), widget=DATE, error_messages={
        "required": _("请写有效期到哪天。"), "invalid": _("日期写成 2018-06-01 这样。")})


class GroupForm(forms.ModelForm):
    weekdays = WeekdaysField()

    class Meta:
        model = CareGroup
        fields = ["name", "school", "grades", "starts_on", "ends_on", "weekdays", "meets", "closes", "has_meal"]
        widgets = {"starts_on": DATE, "ends_on": DATE, "meets": TIME, "closes": TIME}

    def __init__(self, *args: Any, area: Area, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["school"].queryset = schools(area)  # type: ignore[attr-defined]  # a model field


class StaffForm(forms.Form):
    phone = forms.CharField(label=_("老师的手机号"), max_length=20,
                            widget=forms.TextInput(attrs={"inputmode": "tel"}),
                            help_text=_("要先有账号，并且查过犯罪记录"),
                            error_messages={"required": _("请写手机号。")})


class VettingForm(StaffForm):
    checked_on = forms.DateField(label=_("查询日期"), widget=DATE, error_messages={"required": _("请写查询日期。")})
    receipt = forms.CharField(label=_("查询回执号"), max_length=40,
                              error_messages={"required": _("请写查询回执上的号码。")})


class ChangeDayForm(forms.Form):
    on = forms.DateField(label=_("哪天"), widget=DATE, error_messages={"required": _("请选哪天。")})
    is_closed = forms.BooleanField(label=_("这天不开"), required=False)
    meets = forms.TimeField(label=_("改到几点从学校接"), widget=TIME, required=False)
    closes = forms.TimeField(label=_("改到几点前接走"), widget=TIME, required=False)
    reason = forms.CharField(label=_("原因"), max_length=120, help_text=_("会马上告诉每一位家长"),
                             error_messages={"required": _("请写一句原因，家长会看到。")})


class TakeInForm(forms.Form):
    teacher = forms.CharField(label=_("哪位老师交过来的"), max_length=30,
                              error_messages={"required": _("请写是哪位老师交过来的。")})


class HandOutForm(forms.Form):
    collector = forms.ModelChoiceField(
        Collector.objects.none(), label=_("谁来接"), widget=forms.RadioSelect, empty_label=None,
        error_messages={"required": _("请选是谁来接。"), "invalid_choice": _("这一位现在不能接，请换一位。")})
    looked = forms.BooleanField(label=_("照片和人对得上"), required=False)
    code = forms.CharField(label=_("一次性接送码"), max_length=10, required=False, widget=forms.TextInput(
        attrs={"inputmode": "numeric", "autocomplete": "one-time-code"}))
    note = forms.CharField(label=_("没有码：看过什么证件，为什么没有码"), max_length=200, required=False,
                           help_text=_("只有社区负责人能用，而且只能交给监护人本人"))

    def __init__(self, *args: Any, collectors: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["collector"].queryset = collectors  # type: ignore[attr-defined]  # a model field
        self.fields["collector"].label_from_instance = (  # type: ignore[attr-defined]  # a model field
            lambda one: f"{one.name}（{one.relation}）")


class BlockForm(forms.Form):
    name = forms.CharField(label=_("不能接的人"), max_length=30, error_messages={"required": _("请写是谁。")})
    source = forms.CharField(label=_("依据"), max_length=120, help_text=_("裁判文书或人身安全保护令的文号"),
                             error_messages={"required": _("请写依据哪份文书。")})
    phone = forms.CharField(label=_("他的手机号"), max_length=20, required=False, help_text=_("有账号的也一并拦住"))
    until = forms.DateField(label=_("到哪天"), widget=DATE, required=False, help_text=_("文书没写期限就不填"))


class AlarmForm(forms.Form):
    outcome = forms.CharField(label=_("孩子在哪里、和谁在一起"), max_length=200,
                              error_messages={"required": _("请写孩子在哪里、和谁在一起。")})
