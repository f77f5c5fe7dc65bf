"""Calls for works, judging, draws."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.utils.translation import gettext, gettext_lazy as _

from linli.foundation.areas.models import Area
from linli.services.activities.forms.fields import TEL, day, lines, moment
from linli.services.activities.models import Activity, ActivityState, CallRules, ComplaintKind, MadeByAI

_AGE_LINE = re.compile(r"^(?P<name>\S+)\s+(?P<low>\d{1,3})\s*[-–—~～]\s*(?P<high>\d{1,3})$")


class AgesField(forms.CharField):
    """"少儿组 6-12", a line each ↔ [{code, name, from, to}]; the bounds are the code, so that it survives a version."""

    def prepare_value(self, value: Any) -> Any:
        if isinstance(value, list):
            return "\n".join(f"{one['name']} {one['from']}-{one['to']}" for one in value)
        return value

    def clean(self, value: Any) -> Any:
        text, found = super().clean(value), []
        for line in text.splitlines():
            if not line.strip():
                continue
            read = _AGE_LINE.match(line.strip())
            if read is None:
                raise forms.ValidationError(gettext("「%(line)s」要写成：组名 6-12。") % {"line": line[:20]})
            low, high = int(read["low"]), int(read["high"])
            found.append({"code": f"{low}-{high}", "name": read["name"][:20], "from": low, "to": high})
        return found


class PrizesField(forms.CharField):
    """A prize each line, the first prize first."""

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    def clean(self, value: Any) -> Any:
        return [line.strip()[:30] for line in super().clean(value).splitlines() if line.strip()][:10]


class RulesForm(forms.Form):
    """One version of the rules."""

    rules_text = forms.CharField(label=_("规则"), max_length=3000, widget=lines(6), help_text=_(
        "收什么、怎么评、怎么用；作者保留著作权，展出有期限"), error_messages={"required": _(
            "请写清楚规则：收什么、怎么评、怎么用。")})
    ages = AgesField(label=_("年龄组"), max_length=300, widget=lines(3), help_text=_("一行一组：组名 6-12"),
                     error_messages={"required": _("请写年龄组。")})
    method = forms.ChoiceField(label=_("怎么算分"), choices=[
        ("trimmed", _("去掉最高和最低，取平均")), ("mean", _("取平均"))])
    tie = forms.ChoiceField(label=_("同分怎么办"), choices=[
        ("median", _("中位数高的在前，再同就并列")), ("spread", _("评委看法更一致的在前，再同就并列")),
        ("shared", _("并列"))])
    prizes = PrizesField(label=_("奖项"), max_length=300, required=False, widget=lines(3),
                         help_text=_("一行一个，从第一名写起"))

    def rules(self) -> dict[str, Any]:
        data = self.cleaned_data
        return {"text": data["rules_text"], "ages": data["ages"], "method": data["method"], "tie": data["tie"],
                "prizes": data["prizes"]}

    @staticmethod
    def initial_of(row: CallRules) -> dict[str, Any]:
        return {"rules_text": row.text, "ages": row.ages, "method": row.method, "tie": row.tie, "prizes": row.prizes}


class CallForm(RulesForm):
    title = forms.CharField(label=_("名称"), max_length=60, error_messages={"required": _("请写征集的名称。")})
    about = forms.CharField(label=_("征集什么"), max_length=1500, widget=lines(4),
                            error_messages={"required": _("请写征集什么。")})
    activity = forms.ModelChoiceField(Activity.objects.none(), label=_("属于哪个活动"), required=False,
                                      empty_label=_("不属于别的活动"))
    deadline = moment(_("截止"))
    vote_from = moment(_("大家投票从"), required=False, help_text=_("不投票就不填"))
    vote_until = moment(_("投票到"), required=False)
    show_until = day(_("展到哪天"), help_text=_("作者同意展出的期限，不能更长"))

    field_order = ["title", "about", "activity", "deadline", "vote_from", "vote_until", "show_until", "rules_text",
                   "ages", "method", "tie", "prizes"]

    def __init__(self, *args: Any, area: Area, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["activity"].queryset = Activity.objects.filter(  # type: ignore[attr-defined]  # a model field
            area=area).exclude(state=ActivityState.CANCELLED).order_by("-starts")

    def facts(self) -> dict[str, Any]:
        names = ("title", "about", "activity", "deadline", "vote_from", "vote_until", "show_until")
        return {name: self.cleaned_data[name] for name in names}


class JurorForm(forms.Form):
    phone = forms.CharField(label=_("评委的手机号"), max_length=20, widget=TEL, help_text=_("要先有账号"),
                            error_messages={"required": _("请写手机号。")})


class WorkForm(forms.Form):
    """A work with what its author declares; the photograph comes beside it."""

    photo = forms.CharField(required=False, widget=forms.HiddenInput())  # carries what is wrong with the photograph
    signed_as = forms.CharField(label=_("署名"), max_length=20, help_text=_("展出时写的名字，可以是笔名"),
                                error_messages={"required": _("请写署名，可以是笔名。")})
    birth_year = forms.IntegerField(label=_("作者哪年出生"), min_value=1900, max_value=2100, help_text=_("用来分组"),
                                    error_messages={"required": _("请写作者哪年出生。")})
    title = forms.CharField(label=_("作品名"), max_length=40, required=False)
    alt = forms.CharField(label=_("画面上有什么"), max_length=300, widget=lines(2),
                          help_text=_("说给看不见的邻居听，不要写作者是谁"),
                          error_messages={"required": _("请写一句画面上有什么，看不见的邻居靠它知道。")})
    ai = forms.ChoiceField(label=_("有没有用 AI"), choices=MadeByAI.choices, widget=forms.RadioSelect,
                           error_messages={"required": _("请选有没有用 AI。")})
    ai_note = forms.CharField(label=_("用在哪里"), max_length=120, required=False)
    is_original = forms.BooleanField(label=_("是作者本人原创"), required=False)
    licence = forms.BooleanField(label=_("同意在网上和现场展出，到期为止；著作权还是作者的"), required=False)
    is_guardian = forms.BooleanField(label=_("作者未满 18 岁：我是监护人，替孩子交并同意以上各条"), required=False)


class ComplaintForm(forms.Form):
    kind = forms.ChoiceField(label=_("是哪一种"), choices=ComplaintKind.choices, widget=forms.RadioSelect,
                             error_messages={"required": _("请选是哪一种。")})
    text = forms.CharField(label=_("为什么"), max_length=500, widget=lines(4),
                           error_messages={"required": _("请写清楚为什么，至少一句话。")})


class DecideForm(forms.Form):
    answer = forms.CharField(label=_("答复"), max_length=300, help_text=_("提的人和作者都会看到"),
                             error_messages={"required": _("请写一句答复，提的人会看到。")})
    upheld = forms.ChoiceField(label=_("结论"), choices=[("yes", _("成立")), ("no", _("不成立"))],
                               widget=forms.RadioSelect, error_messages={"required": _("请选结论。")})


class CommitForm(forms.Form):
    """Fix the list before the seed exists."""

    seed_source = forms.CharField(label=_("种子从哪里来"), max_length=200, help_text=_(
        "要公开、现在还不存在，例如 某天的双色球开奖号，或者居民会上两位见证人看着掷的骰子"),
        error_messages={"required": _("请写种子从哪里来。")})
    seed_at = moment(_("种子什么时候有"))


class RunForm(forms.Form):
    seed = forms.CharField(label=_("公开的种子"), max_length=200, error_messages={"required": _("请写上公开的种子。")})
    witnesses = forms.CharField(label=_("见证人"), max_length=120, required=False)
