"""What staff and teachers fill in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _, gettext_lazy

from linli.services.learning import catalogue
from linli.services.learning.drills import messages
from linli.services.learning.forms import fields
from linli.services.learning.models import Band, Device, DeviceKind, Helper, Slot
from linli.services.learning.queries.report import pages


class CourseForm(forms.Form):
    """A run of a module, planned at the desk."""

    module = forms.ChoiceField(label=gettext_lazy("教什么"), error_messages={
        "required": gettext_lazy("请选教什么。"), "invalid_choice": gettext_lazy("请选教什么。")})
    title = forms.CharField(label=gettext_lazy("名称"), max_length=80, required=False, help_text=gettext_lazy(
        "空着就用课程的名字"))
    phone = fields.phone(gettext_lazy("老师的手机号"), required=False, hint=gettext_lazy("空着就是您自己教"))
    place = forms.CharField(label=gettext_lazy("在哪里"), max_length=80, error_messages={
        "required": gettext_lazy("请写在哪里。")})
    text = forms.CharField(label=gettext_lazy("要说明的"), max_length=1000, required=False,
                           widget=forms.Textarea(attrs={"rows": 3}))
    once = fields.once()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["module"].choices = [("", _("请选")), *catalogue.choices()]  # type: ignore[attr-defined]


class PublishForm(forms.Form):
    """A neighbour's offer, looked over."""

    title = forms.CharField(label=gettext_lazy("课叫什么"), max_length=80, error_messages={
        "required": gettext_lazy("请写课的名称。")})
    text = forms.CharField(label=gettext_lazy("教什么，适合谁"), max_length=1000, required=False,
                           widget=forms.Textarea(attrs={"rows": 4}))
    health_read = forms.BooleanField(
        label=gettext_lazy("健康的内容逐句看过，没有许诺疗效、没有卖东西"), required=False)
    vetted_on = forms.DateField(
        label=gettext_lazy("老师的犯罪记录查询日期"), required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": gettext_lazy("日期要像 2026-12-01。")})

    def __init__(self, *args: Any, health: bool, minors: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not health:
            del self.fields["health_read"]
        if not minors:
            del self.fields["vetted_on"]


class AnswerForm(forms.Form):
    answer = forms.CharField(label=gettext_lazy("为什么（他会看到）"), max_length=200, error_messages={
        "required": gettext_lazy("请写一句为什么，他会看到。")})


class ClassTimeForm(forms.Form):
    """One time of a course."""

    starts = fields.moment(gettext_lazy("从什么时候"))
    minutes = fields.minutes(90)
    capacity = forms.IntegerField(
        label=gettext_lazy("几个名额"), min_value=1, max_value=200,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}),
        error_messages={"required": gettext_lazy("请填名额。"), "invalid": gettext_lazy("请填名额。")})
    place = forms.CharField(label=gettext_lazy("在哪里"), max_length=80, required=False, help_text=gettext_lazy(
        "空着就是课程的地点"))
    devices = forms.MultipleChoiceField(
        label=gettext_lazy("课上用的设备"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, devices: Sequence[Device], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.things = {str(one.pk): one for one in devices}
        self.fields["devices"].choices = [  # type: ignore[attr-defined]  # a choice field
            (key, str(one)) for key, one in self.things.items()]
        if not devices:
            del self.fields["devices"]

    @property
    def chosen(self) -> list[Device]:
        return [self.things[key] for key in self.cleaned_data.get("devices", [])]


class SizeForm(forms.Form):
    capacity = forms.IntegerField(label=gettext_lazy("几个名额"), min_value=1, max_value=200, error_messages={
        "required": gettext_lazy("请填名额。"), "invalid": gettext_lazy("请填名额。")})


class PhoneForm(forms.Form):
    phone = fields.phone(gettext_lazy("手机号"))


class SignUpForm(forms.Form):
    """Somebody at the window: by the number of their account, or by name where there is no phone."""

    phone = fields.phone(gettext_lazy("手机号"), required=False, hint=gettext_lazy("有账号就填号码"))
    name = forms.CharField(label=gettext_lazy("姓名"), max_length=40, required=False, help_text=gettext_lazy(
        "没有手机就填姓名，替他登记"))
    birth_year = forms.IntegerField(
        label=gettext_lazy("出生年份"), min_value=1900, max_value=2100, required=False,
        widget=forms.NumberInput(attrs={"inputmode": "numeric"}))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not given.get("phone") and not given.get("name", "").strip() and not self.errors:
            self.add_error("phone", _("请填手机号；没有手机就填姓名。"))
        return given


class AskForForm(SignUpForm):
    """Somebody at the window wants to be taught alone."""

    topics = fields.several(gettext_lazy("想学什么"), gettext_lazy("请至少选一样。"))
    slots = fields.several(gettext_lazy("什么时候方便"), gettext_lazy("请至少选一个方便的时间。"))
    at_home = forms.BooleanField(label=gettext_lazy("希望到家里教（两位志愿者一起来）"), required=False)
    note = forms.CharField(label=gettext_lazy("还要知道什么"), max_length=500, required=False,
                           widget=forms.Textarea(attrs={"rows": 3}))
    once = fields.once()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["topics"].choices = catalogue.choices()  # type: ignore[attr-defined]  # a choice field
        self.fields["slots"].choices = Slot.choices  # type: ignore[attr-defined]


class HelperForm(forms.Form):
    """Which of the helpers."""

    helper = forms.ChoiceField(label=gettext_lazy("请谁"), error_messages={
        "required": gettext_lazy("请选一位。"), "invalid_choice": gettext_lazy("请选一位。")})

    def __init__(self, helpers: Sequence[Helper], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.helpers = {str(one.pk): one for one in helpers}
        self.fields["helper"].choices = [  # type: ignore[attr-defined]  # a choice field
            (key, one.person.shown_name) for key, one in self.helpers.items()]


class DeviceForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("种类"), choices=DeviceKind.choices)
    label = forms.CharField(label=gettext_lazy("贴在上面的编号"), max_length=30, error_messages={
        "required": gettext_lazy("请写贴在上面的编号。")})
    accessories = forms.CharField(label=gettext_lazy("配件"), max_length=100, required=False)
    condition = forms.CharField(label=gettext_lazy("现在什么样子"), max_length=200, required=False)


class ConditionForm(forms.Form):
    condition = forms.CharField(label=gettext_lazy("现在什么样子"), max_length=200, help_text=gettext_lazy(
        "例如：屏幕没有划痕，充电线齐全"), error_messages={
        "required": gettext_lazy("请写一句现在什么样子，例如：屏幕没有划痕，充电线齐全。")})


class LendForm(ConditionForm):
    phone = fields.phone(gettext_lazy("借给谁（手机号或姓名）"), hint=gettext_lazy("没有手机号的，填登记过的姓名"))
    field_order = ["phone", "condition"]


class WipeForm(forms.Form):
    signed_out = forms.BooleanField(label=gettext_lazy("所有账号都退出了"), required=False)
    photos_erased = forms.BooleanField(label=gettext_lazy("照片、录音、聊天都删了"), required=False)
    code_reset = forms.BooleanField(label=gettext_lazy("锁屏密码改回原来的"), required=False)


class DrillStartForm(forms.Form):
    message = fields.one_of(gettext_lazy("发哪一条"), gettext_lazy("请选一条消息。"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["message"].choices = [  # type: ignore[attr-defined]  # a choice field
            (one.code, str(one.text)) for one in messages().values()]


class StuckForm(forms.Form):
    """Begun online, finished at the window."""

    page = forms.ChoiceField(label=gettext_lazy("哪一页"), error_messages={
        "required": gettext_lazy("请选是哪一页。"), "invalid_choice": gettext_lazy("请选是哪一页。")})
    step = forms.CharField(label=gettext_lazy("卡在哪一步"), max_length=80, help_text=gettext_lazy(
        "只写页面上的事，不写名字"), error_messages={"required": gettext_lazy("请写卡在哪一步，例如：上传照片。")})
    band = forms.ChoiceField(label=gettext_lazy("年纪"), choices=Band.choices, initial=Band.UNKNOWN)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["page"].choices = [  # type: ignore[attr-defined]  # a choice field
            ("", _("请选")), *pages(), ("other", _("别的网站"))]


class RevokeForm(forms.Form):
    why = forms.CharField(label=gettext_lazy("为什么撤销"), max_length=120, error_messages={
        "required": gettext_lazy("请写明为什么撤销，核对的人会看到。")})
