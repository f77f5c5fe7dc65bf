"""What residents and staff fill in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext, gettext_lazy as _

from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import today
from linli.foundation.people.forms import PhoneField
from linli.foundation.people.models import Person
from linli.foundation.policy import policy
from linli.services.timebank import standing, words
from linli.services.timebank.models import Relation
from linli.services.timebank.models.people import Gender

_MOMENT = "%Y-%m-%dT%H:%M"
SPANS = (30, 60, 90, 120, 180, 240)


def moment(label: Any, **more: Any) -> forms.DateTimeField:
    return forms.DateTimeField(
        label=label, input_formats=[_MOMENT, "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(format=_MOMENT, attrs={"type": "datetime-local"}),
        error_messages={"required": _("请选什么时候。"), "invalid": _("时间写成 2026-11-25 09:00 这样。")}, **more)


def day(label: Any, **more: Any) -> forms.DateField:
    return forms.DateField(
        label=label, widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"required": _("请选日期。"), "invalid": _("日期写成 2026-11-25 这样。")}, **more)


def minutes_choice(label: Any, steps: Sequence[int] = SPANS) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label, coerce=int, choices=lambda: [(step, words.hours(step)) for step in steps],
        error_messages={"required": _("请选多长时间。"), "invalid_choice": _("请选多长时间。")})


class Once(forms.Form):
    """A form whose second tap changes nothing."""

    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=40)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["initial"] = {"once": uuid4().hex, **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)


class AskForm(Once):
    """求助: what, when, how long, where; for whom where family gave a mandate."""

    subject = forms.ChoiceField(label=_("替谁求助"), required=False)
    item = forms.ChoiceField(label=_("要帮什么"), error_messages={"required": _("请选要帮什么。")})
    begins = moment(_("什么时候"))
    minutes = minutes_choice(_("大约多久"))
    place = forms.CharField(
        label=_("大概在哪里"), max_length=80, help_text=_("邻居都能看到，例如：梧桐苑 3 号楼附近"),
        error_messages={"required": _("请写大概在哪里。")})
    door = forms.CharField(
        label=_("门牌"), max_length=80, required=False, help_text=_("只有答应来的人和社区能看到"))
    note = forms.CharField(
        label=_("要说明的"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("只有答应来的人和社区能看到"))
    gender = forms.ChoiceField(label=_("希望来的人"), required=False)
    language = forms.ChoiceField(label=_("说什么话"), required=False)

    def __init__(self, area: Area, subjects: Sequence[Person], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.subjects = {str(one.pk): one for one in subjects}
        self._choices("item", [(code, words.item(code, area)) for code in standing.items(area, today())])
        self._choices("gender", [("", gettext("都可以")), *Gender.choices])
        self._choices("language", [("", gettext("都可以")), *[(k, str(v)) for k, v in words.LANGUAGES.items()]])
        if len(subjects) > 1:
            self._choices("subject", [
                (str(one.pk), gettext("我自己") if at == 0 else one.shown_name) for at, one in enumerate(subjects)])
        else:
            del self.fields["subject"]

    def _choices(self, name: str, choices: Sequence[tuple[Any, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(choices)


class DeskAskForm(AskForm):
    """The same, put in by staff from paper, telephone or at the counter."""

    phone = PhoneField(label=_("谁需要帮忙（手机号）"))
    channel = forms.ChoiceField(label=_("怎么提的"), choices=[
        ("phone", _("电话")), ("window", _("窗口")), ("paper", _("纸质单"))])
    funding = forms.ChoiceField(label=_("用谁的时间"), choices=[("own", _("自己的时间")), ("pool", _("公益池"))])
    field_order = ["phone", "channel", "item", "begins", "minutes", "place", "door", "note", "funding"]


class VolunteerForm(forms.Form):
    """志愿者登记."""

    birth_date = day(_("出生日期"), required=False, help_text=_("只用来核对年龄，别人看不到"))
    gender = forms.ChoiceField(label=_("性别"), required=False, choices=[("", _("不写")), *Gender.choices])
    skills = forms.MultipleChoiceField(label=_("会做什么"), required=False, widget=forms.CheckboxSelectMultiple)
    languages = forms.MultipleChoiceField(label=_("会说什么话"), required=False, widget=forms.CheckboxSelectMultiple)
    slots = forms.MultipleChoiceField(label=_("什么时候有空"), required=False, widget=forms.CheckboxSelectMultiple)
    items = forms.MultipleChoiceField(label=_("愿意帮什么"), required=False, widget=forms.CheckboxSelectMultiple)
    unfit_for = forms.MultipleChoiceField(label=_("不方便做什么"), required=False, widget=forms.CheckboxSelectMultiple)
    health = forms.CharField(
        label=_("身体情况"), required=False, max_length=200, widget=forms.Textarea(attrs={"rows": 2}),
        help_text=_("写了才好安排适合您的事；加密保存，可以不写"))
    document = forms.CharField(
        label=_("证件号码"), required=False, max_length=20, help_text=_("要把时长报到全国志愿服务系统才用；加密保存"))
    guardian_phone = PhoneField(
        label=_("监护人手机号"), required=False, help_text=_("未满 18 岁要写，监护人同意后才能服务"))

    def __init__(self, area: Area, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        items = [(code, words.item(code, area)) for code in standing.items(area, today())]
        skills = [(code, str(words.SKILLS.get(code, code))) for code in policy("timebank.skills", area=area)]
        for name, choices in (("skills", skills), ("items", items), ("unfit_for", items), ("slots", words.slots()),
                              ("languages", [(k, str(v)) for k, v in words.LANGUAGES.items()])):
            field = self.fields[name]
            assert isinstance(field, forms.MultipleChoiceField)
            field.choices = choices


class KinForm(forms.Form):
    phone = PhoneField(label=_("亲友的手机号"))
    relation = forms.ChoiceField(label=_("是您的什么人"), choices=Relation.choices)


class GiftForm(Once):
    """To family, to the pool, or to an elder in hardship named by staff."""

    to = forms.ChoiceField(label=_("送给谁"), error_messages={"required": _("请选送给谁。")})
    minutes = minutes_choice(_("送多少时间"), (30, 60, 120, 180, 300, 600, 1200))

    def __init__(self, choices: Sequence[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["to"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(choices)


class PeriodForm(forms.Form):
    since = day(_("从"))
    until = day(_("到"))


class ClaimForm(forms.Form):
    text = forms.CharField(
        label=_("哪里不对"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}),
        error_messages={"required": _("请写哪里不对。")})
    minutes = forms.IntegerField(label=_("应该是多少分钟"), required=False, min_value=0, max_value=1440)


class TeamForm(forms.Form):
    name = forms.CharField(label=_("队名"), max_length=40, error_messages={"required": _("请写队名。")})
    about = forms.CharField(label=_("做什么"), max_length=200, required=False)


class AnswerForm(forms.Form):
    """A decision with its words; `minutes` where minutes are decided."""

    minutes = forms.IntegerField(label=_("应记多少分钟"), required=False, min_value=0, max_value=1440)
    note = forms.CharField(
        label=_("理由"), max_length=200, error_messages={"required": _("请写一句理由，至少四个字。")})


class TimesForm(forms.Form):
    came = moment(_("什么时候到的"))
    went = moment(_("什么时候走的"))


class DecisionForm(forms.Form):
    number = forms.CharField(
        label=_("决定文号"), max_length=60, error_messages={"required": _("请写发放时间的决定文号。")})
    title = forms.CharField(label=_("为什么发放"), max_length=80)
    hours = forms.IntegerField(label=_("额度（小时）"), min_value=1, max_value=100_000)
    since = day(_("从"))
    until = day(_("到"), required=False)


class IssueForm(Once):
    phone = PhoneField(label=_("发给谁（手机号），不写就充入公益池"), required=False)
    hours = forms.IntegerField(label=_("多少小时"), min_value=1, max_value=10_000)


class CertifyForm(forms.Form):
    """Training, insurance, and certificates staff have seen."""

    trained_on = day(_("培训日期"), required=False)
    insured_until = day(_("保险到"), required=False)
    insurance = forms.CharField(label=_("保险单号"), max_length=60, required=False)
    proven_skills = forms.MultipleChoiceField(
        label=_("看过证书的技能"), required=False, widget=forms.CheckboxSelectMultiple)

    def __init__(self, area: Area, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["proven_skills"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(code, str(words.SKILLS.get(code, code))) for code in policy("timebank.skills", area=area)]


class MemberForm(forms.Form):
    """One person by their number, and what to write down about them."""

    phone = PhoneField(label=_("手机号"))
    what = forms.ChoiceField(label=_("登记什么"), choices=[
        ("hardship", _("困难老人")), ("key_empty_nest", _("重点空巢独居老人")), ("died", _("去世")),
        ("left", _("退出")), ("goods", _("换公益物品"))])
    source = forms.CharField(label=_("依据，或者什么东西"), max_length=120)
    minutes = forms.IntegerField(label=_("分钟（换物品时写）"), required=False, min_value=1, max_value=60_000)


class PartnerForm(forms.Form):
    partner = forms.ChoiceField(label=_("对方社区"))
    hours = forms.IntegerField(label=_("差额上限（小时）"), min_value=1, max_value=10_000)

    def __init__(self, partners: Sequence[Area], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["partner"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(one.code, one.name) for one in partners]


class SampleForm(forms.Form):
    month = day(_("哪个月（选月里任一天）"))
    seed = forms.CharField(
        label=_("随机种子"), max_length=80, help_text=_("写公开的数，例如当晚的开奖号码；谁都能照着重抽一遍"))
