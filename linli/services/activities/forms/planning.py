"""The desk's forms: an activity, its times, its permit, its programme."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms import BoundField
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import Area, Facility
from linli.foundation.people.models import Organisation
from linli.mechanisms.bookings.models import Resource
from linli.services.activities.actions.planning import RULES
from linli.services.activities.forms.fields import TEL, day, lines, moment
from linli.services.activities.models import Activity, ActivityKind, Custom, Hazard, ItemKind

MODES = [
    ("first_come", _("先到先得")), ("newcomers", _("没参加过的先报")), ("lottery", _("先登记，再摇号")),
    ("choice", _("先登记，老师面试后挑选")),
]
UNITS = [("session", _("一次一次报")), ("term", _("一报就是整期"))]
_CUSTOM = ("day", "done", "leader", "hazards", "safety")
_GROUPS: tuple[tuple[str | Promise, tuple[str, ...]], ...] = (
    (_("是什么活动"), ("kind", "title", "summary", "text", "audience", "age_from", "age_to", "host_phone")),
    (_("在哪里、怎么来"), (
        "place", "facility", "step_free", "bring", "cost", "phone", "weather_plan")),
    (_("怎么报名"), (
        "signup", "mode", "newcomers_until", "criteria", "unit", "party_max", "adults_min", "cap_term", "closes_h",
        "cancel_h")),
    (_("民俗活动要写的"), _CUSTOM),
    (_("带孩子的活动要写的"), ("vetted_on", "vetted_receipt")),
    (_("人多的活动要写的"), (
        "expected", "event_class", "organisation", "is_public", "is_daily_business", "by_government")),
)


class ActivityForm(forms.ModelForm):
    """An activity with the rules of its sign-up and, for a custom, what is done. `groups` are the parts of the page."""

    host_phone = forms.CharField(
        label=_("谁带（手机号）"), max_length=20, required=False, widget=TEL, help_text=_("不填就是您自己；要先有账号"))
    mode = forms.ChoiceField(label=_("名额怎么给"), choices=MODES, initial="first_come")
    newcomers_until = moment(_("没参加过的先报到什么时候"), required=False)
    criteria = forms.CharField(label=_("挑选的标准"), max_length=200, required=False,
                               help_text=_("老师挑选时要先公布，例如 音准、能来的次数"))
    unit = forms.ChoiceField(label=_("一次报多少"), choices=UNITS, initial="session")
    party_max = forms.IntegerField(label=_("一次最多几个人"), min_value=1, max_value=12, initial=6)
    adults_min = forms.IntegerField(label=_("至少几位大人"), min_value=0, max_value=2, initial=0)
    cap_term = forms.IntegerField(label=_("一期最多报几次"), min_value=0, max_value=60, initial=0,
                                  help_text=_("0 就是不限"))
    closes_h = forms.IntegerField(label=_("开始前几小时停止报名"), min_value=0, max_value=720, initial=0)
    cancel_h = forms.IntegerField(label=_("开始前几小时可以随意取消"), min_value=0, max_value=168, initial=24)
    day = forms.CharField(label=_("节令"), max_length=20, required=False, help_text=_("例如 端午、冬至、元宵"))
    done = forms.CharField(label=_("做什么"), max_length=800, required=False, widget=lines(3))
    leader = forms.CharField(label=_("谁来领"), max_length=60, required=False,
                             help_text=_("例如 会包粽子的邻居、非遗传承人"))
    hazards = forms.MultipleChoiceField(label=_("要当心的"), choices=Hazard.choices, required=False,
                                        widget=forms.CheckboxSelectMultiple)
    safety = forms.CharField(label=_("现场怎么防"), max_length=300, required=False, widget=lines(2))

    class Meta:
        model = Activity
        fields = [
            "kind", "title", "summary", "text", "audience", "age_from", "age_to", "place", "facility", "step_free",
            "bring", "cost", "phone", "weather_plan", "signup", "vetted_on", "vetted_receipt", "expected",
            "event_class", "organisation", "is_public", "is_daily_business", "by_government"]
        widgets = {"text": lines(6), "phone": TEL, "vetted_on": forms.DateInput(
            format="%Y-%m-%d", attrs={"type": "date"})}
        error_messages = {
            "title": {"required": _("请写活动的名称。")}, "place": {"required": _("请写在哪里办。")},
            "kind": {"required": _("请选是哪一种活动。")}}

    def __init__(self, *args: Any, area: Area, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["facility"].queryset = Facility.objects.filter(  # type: ignore[attr-defined]  # a model field
            area__code__startswith=area.code[:12], kind__in=["room", "station", "green", "playground", "other"])
        self.fields["organisation"].queryset = Organisation.objects.filter(  # type: ignore[attr-defined]  # a model field
            area__code__startswith=area.code[:9], is_active=True)
        self.fields["kind"].choices = ActivityKind.choices  # type: ignore[attr-defined]  # a choice field

    def groups(self) -> list[tuple[str | Promise, list[BoundField]]]:
        return [(title, [self[name] for name in names]) for title, names in _GROUPS]

    def facts(self) -> dict[str, Any]:
        """The activity's own columns."""
        return {name: self.cleaned_data[name] for name in self.Meta.fields}

    def rules(self) -> dict[str, Any]:
        """The rules of the offer."""
        given = {name: self.cleaned_data[name] for name in RULES & set(self.cleaned_data)}
        until = given.get("newcomers_until")
        given["newcomers_until"] = timezone.localtime(until).isoformat() if until else ""
        if given["mode"] != "newcomers":
            given["newcomers_until"] = ""
        if given["mode"] != "choice":
            given["criteria"] = ""
        return given

    def custom(self) -> dict[str, Any] | None:
        """What makes it a custom; nothing for other kinds."""
        if self.cleaned_data.get("kind") != ActivityKind.FOLK:
            return None
        return {name: self.cleaned_data[name] for name in _CUSTOM}

    @staticmethod
    def initial_of(activity: Activity) -> dict[str, Any]:
        """What stands in the offer and the custom, for the form of a change."""
        found: dict[str, Any] = {}
        if activity.offer is not None:
            found = {name: value for name, value in activity.offer.rules.items() if name in RULES}
            until = found.get("newcomers_until")
            if until:
                from linli.mechanisms.bookings.rules import moment_of

                found["newcomers_until"] = moment_of(until)
        custom = Custom.objects.filter(activity=activity).first()
        if custom is not None:
            found |= {name: getattr(custom, name) for name in _CUSTOM}
        return found


class SessionForm(forms.Form):
    """One time; when it is changed, how many of the series."""

    starts = moment(_("开始"))
    minutes = forms.IntegerField(label=_("多少分钟"), min_value=15, max_value=1440, initial=90)
    places = forms.IntegerField(label=_("名额"), min_value=1, max_value=100_000, initial=20,
                                help_text=_("大人孩子都算一个；不用报名的，填能来多少人"))
    room = forms.ModelChoiceField(Resource.objects.none(), label=_("占用的场地"), required=False,
                                  empty_label=_("不占用登记过的场地"))
    scope = forms.ChoiceField(label=_("改哪几场"), required=False, choices=[
        ("this", _("只改这一场")), ("following", _("这一场和以后的")), ("all", _("以后所有的"))])

    def __init__(self, *args: Any, rooms: Any, series: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["room"].queryset = Resource.objects.filter(  # type: ignore[attr-defined]  # a model field
            pk__in=[one.pk for one in rooms])
        if not series:
            del self.fields["scope"]


WEEKDAYS = [
    ("MO", _("周一")), ("TU", _("周二")), ("WE", _("周三")), ("TH", _("周四")), ("FR", _("周五")), ("SA", _("周六")),
    ("SU", _("周日")),
]


class SeriesForm(SessionForm):
    """Times by a rule: certain weekdays until a day."""

    every = forms.IntegerField(label=_("每几周一次"), min_value=1, max_value=8, initial=1)
    weekdays = forms.MultipleChoiceField(
        label=_("星期几"), choices=WEEKDAYS, widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("请选星期几。")})
    until = day(_("到哪天为止"))
    holidays = forms.ChoiceField(label=_("遇到法定节假日"), choices=[
        ("skip", _("不办")), ("keep", _("照办")), ("as_weekday", _("调休上班的周末按它替的那天办"))])

    field_order = ["starts", "minutes", "places", "every", "weekdays", "until", "holidays", "room"]

    @property
    def rrule(self) -> str:
        every = self.cleaned_data["every"]
        return f"FREQ=WEEKLY;{f'INTERVAL={every};' if every > 1 else ''}BYDAY={','.join(self.cleaned_data['weekdays'])}"


class ReasonForm(forms.Form):
    reason = forms.CharField(label=_("为什么取消"), max_length=200, help_text=_("报名的人会看到"),
                             error_messages={"required": _("请写一句为什么取消，报名的人会看到。")})


class ApplyForm(forms.Form):
    applied_on = day(_("哪天递交的申请"))
    place = forms.CharField(label=_("换到哪里办"), max_length=80, required=False, help_text=_("不换就不填"))
    persons = forms.IntegerField(label=_("申请每场多少人"), min_value=1, max_value=1_000_000, required=False,
                                 help_text=_("不填就按现在的计划"))
    new_content = forms.BooleanField(label=_("内容也要改，按新方案申请"), required=False)
    note = forms.CharField(label=_("说明"), max_length=200, required=False)


class GrantForm(forms.Form):
    number = forms.CharField(label=_("许可证编号"), max_length=60,
                             error_messages={"required": _("请照许可证填编号。")})
    granted_on = day(_("哪天许可的"))
    persons = forms.IntegerField(label=_("核准的每场人数"), min_value=1, max_value=1_000_000,
                                 error_messages={"required": _("请填核准的每场人数。")})


class RefuseForm(forms.Form):
    note = forms.CharField(label=_("书面说的理由"), max_length=200,
                           error_messages={"required": _("请写公安机关书面说的理由。")})


class TimeForm(forms.Form):
    reference = forms.CharField(label=_("同意变更的文号"), max_length=60,
                                error_messages={"required": _("请填同意变更的文号。")})
    agreed_on = day(_("哪天同意的"))
    starts = moment(_("改到什么时候开始"))
    ends = moment(_("到什么时候结束"))


class StageForm(forms.Form):
    name = forms.CharField(label=_("舞台"), max_length=30, help_text=_("例如 主舞台、书法角"),
                           error_messages={"required": _("请写舞台的名称。")})
    place = forms.CharField(label=_("在哪里"), max_length=60, required=False)


class ItemForm(forms.Form):
    stage = forms.ModelChoiceField(Activity.objects.none(), label=_("哪个舞台"), empty_label=None,
                                   error_messages={"required": _("请选舞台。")})
    kind = forms.ChoiceField(label=_("是什么"), choices=ItemKind.choices, initial=ItemKind.SHOW)
    title = forms.CharField(label=_("节目"), max_length=60, error_messages={"required": _("请写节目的名称。")})
    who = forms.CharField(label=_("谁演"), max_length=60, required=False)
    starts = moment(_("开始"))
    minutes = forms.IntegerField(label=_("多少分钟"), min_value=1, max_value=600, initial=10)

    def __init__(self, *args: Any, activity: Activity, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["stage"].queryset = activity.stages.all()  # type: ignore[attr-defined]  # a model field


class ShiftForm(forms.Form):
    name = forms.CharField(label=_("岗位"), max_length=30, help_text=_("例如 引导、茶水、拍照"),
                           error_messages={"required": _("请写是什么岗位。")})
    what = forms.CharField(label=_("做什么"), max_length=120, required=False)
    starts = moment(_("开始"))
    minutes = forms.IntegerField(label=_("多少分钟"), min_value=15, max_value=720, initial=120)
    places = forms.IntegerField(label=_("要几个人"), min_value=1, max_value=200, initial=4)
