"""What is filled in on the pages of the window."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import Area
from linli.foundation.people.models import Person
from linli.services.window import settings
from linli.services.window.models import Counter


class ChosenPerson(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.shown_name)


class HallForm(forms.Form):
    name = forms.CharField(label=_("大厅名称"), max_length=60)
    place = forms.CharField(label=_("地址"), max_length=120)
    phone = forms.CharField(label=_("电话"), max_length=20, required=False)
    hours = forms.CharField(label=_("开放时间"), max_length=80)
    is_open = forms.BooleanField(label=_("现在可以取号"), required=False)


class CounterForm(forms.Form):
    number = forms.IntegerField(label=_("几号窗口"), min_value=1, max_value=99)
    name = forms.CharField(label=_("窗口名称"), max_length=30)
    topics = forms.MultipleChoiceField(
        label=_("办哪些事"), required=False, widget=forms.CheckboxSelectMultiple, help_text=_("都不选，就是都办。"))
    first = forms.MultipleChoiceField(
        label=_("先叫哪些人"), required=False, widget=forms.CheckboxSelectMultiple)
    is_active = forms.BooleanField(label=_("这个窗口在用"), required=False)

    def __init__(self, *args: Any, area: Area, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["topics"].choices = [  # type: ignore[attr-defined]  # a choice field
            (one.code, one.title) for one in settings.topics(area).values()]
        self.fields["first"].choices = [  # type: ignore[attr-defined]
            (one.code, one.title) for one in settings.classes(area).values()]


class HandOnForm(forms.Form):
    to = forms.ModelChoiceField(Counter.objects.none(), label=_("转到哪个窗口"))

    def __init__(self, *args: Any, counters: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["to"].queryset = counters  # type: ignore[attr-defined]


class LookUpForm(forms.Form):
    number = forms.CharField(label=_("单号"), max_length=30, widget=forms.TextInput(
        attrs={"autocomplete": "off", "autocapitalize": "characters"}))
    pin = forms.CharField(label=_("密码"), max_length=12, widget=forms.TextInput(
        attrs={"autocomplete": "off", "inputmode": "numeric"}), help_text=_("六位数字，在小票上，或您在手机上设的。"))


class FindForm(forms.Form):
    q = forms.CharField(label=_("要办什么"), max_length=400,
                        help_text=_("用平常的话写，例如：给孩子上户口。纸质表扫上面的码，就接着那一份办。"))


class HelpForm(forms.Form):
    subject_phone = forms.CharField(
        label=_("本人手机号"), max_length=20, help_text=_("有账号的，消息发到手机；没有账号，写下姓名和电话。"),
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}))
    name = forms.CharField(label=_("本人姓名"), max_length=60, required=False, help_text=_("没有账号的要写。"),
                           widget=forms.TextInput(attrs={"autocomplete": "off"}))
    check = forms.ChoiceField(
        label=_("当面看了什么证件"), widget=forms.RadioSelect, help_text=_("只记种类，不记号码。"))
    channel = forms.ChoiceField(label=_("怎么来的"), initial="window")
    agent_name = forms.CharField(
        label=_("代办人姓名"), max_length=60, required=False,
        help_text=_("本人没来，别人来办的才写，还要拍下签了字的委托书。"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}))

    def __init__(self, *args: Any, area: Area, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["check"].choices = [  # type: ignore[attr-defined]
            (one.code, one.title) for one in settings.checks(area).values()]
        self.fields["channel"].choices = [  # type: ignore[attr-defined]
            ("window", _("窗口")), ("visit", _("上门")), ("paper", _("纸质表"))]


class SignForm(forms.Form):
    signed_name = forms.CharField(
        label=_("本人签名（打印的姓名）"), max_length=60, help_text=_("念给本人听，本人同意了再写。"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}))


class ObjectForm(forms.Form):
    words = forms.CharField(label=_("哪里不对"), max_length=500, widget=forms.Textarea(attrs={"rows": 4}))


class AnswerForm(forms.Form):
    words = forms.CharField(label=_("怎么答复"), max_length=500, widget=forms.Textarea(attrs={"rows": 4}))


class VisitForm(forms.Form):
    name = forms.CharField(label=_("姓名"), max_length=60)
    phone = forms.CharField(label=_("电话"), max_length=20, widget=forms.TextInput(attrs={"inputmode": "tel"}))
    address = forms.CharField(label=_("住址"), max_length=120)
    words = forms.CharField(label=_("要办什么"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))
    wanted_on = forms.DateField(label=_("希望哪天"), widget=forms.DateInput(attrs={"type": "date"}))


class PlanForm(forms.Form):
    worker = ChosenPerson(Person.objects.none(), label=_("谁去"))
    planned_on = forms.DateField(label=_("哪天"), widget=forms.DateInput(attrs={"type": "date"}))
    planned_at = forms.TimeField(label=_("几点"), required=False, widget=forms.TimeInput(attrs={"type": "time"}))

    def __init__(self, *args: Any, workers: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["worker"].queryset = workers  # type: ignore[attr-defined]


class ReportForm(forms.Form):
    what = forms.ChoiceField(label=_("怎么样了"), widget=forms.RadioSelect, choices=[
        ("done", _("办好了")), ("absent", _("没遇上人"))])
    note = forms.CharField(label=_("记一笔"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3}))


class AnswersForm(forms.Form):
    """One page of gov's form, as its act describes it. Names of fields are the elements."""

    def __init__(self, *args: Any, questions: list[dict[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for one in questions:
            self.fields[one["element"]] = _question(one)

    def told(self, errors: dict[str, str]) -> None:
        """Put gov's sentences beside the questions."""
        for element, sentence in errors.items():
            self.add_error(element if element in self.fields else None, sentence)


def _question(one: dict[str, Any]) -> forms.Field:
    kind, options = one["type"], [(option["value"], option["title"]) for option in one.get("options", ())]
    value = one.get("value")
    # Nothing is required here: gov says what is missing, in its own words, beside the question.
    shared: dict[str, Any] = {"label": one["title"], "required": False, "initial": value}
    if kind == "yes_no":
        shared["initial"] = "" if value in (None, "") else "yes" if value in (True, "yes") else "no"
        return forms.ChoiceField(widget=forms.RadioSelect, choices=[("yes", _("是")), ("no", _("否"))], **shared)
    if kind == "choices" and options:
        return forms.MultipleChoiceField(widget=forms.CheckboxSelectMultiple, choices=options, **shared)
    if options:
        return forms.ChoiceField(widget=forms.RadioSelect, choices=options, **shared)
    if kind == "date":
        return forms.CharField(widget=forms.DateInput(attrs={"type": "date"}), **shared)
    if kind == "long_text":
        return forms.CharField(widget=forms.Textarea(attrs={"rows": 4}), **shared)
    return forms.CharField(max_length=500, widget=forms.TextInput(attrs={"autocomplete": "off"}), **shared)
