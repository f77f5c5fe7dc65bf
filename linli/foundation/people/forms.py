"""What is typed on the pages of sign-in and of 「我的」; the rules are asked, not repeated."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import Area
from linli.foundation.people import queries, rules
from linli.foundation.people.models import Mandate, Organisation, OrganisationKind, Residency, RoleName
from linli.foundation.web.refusals import Refused


class PhoneField(forms.CharField):
    """A phone number, cleaned to E.164; the sentence of `rules.parse_phone` when it is not one."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("手机号"))
        kwargs.setdefault("error_messages", {"required": _("请写手机号。")})
        box = forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel", "type": "tel"})
        super().__init__(max_length=40, strip=True, widget=box, **kwargs)

    def clean(self, value: Any) -> str:
        plain = super().clean(value)
        if not plain:
            return ""
        try:
            return rules.parse_phone(plain)
        except Refused as refusal:
            raise forms.ValidationError(str(refusal.sentence)) from None


def code_field(label: Any) -> forms.CharField:
    """Six digits that a phone may fill in by itself and that may be pasted (WCAG 2.2, 3.3.8)."""
    return forms.CharField(
        label=label, max_length=24, error_messages={"required": _("请写 6 位数字。")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "one-time-code", "autofocus": True}))


def password_field(label: Any, autocomplete: str, **kwargs: Any) -> forms.CharField:
    """A password, as typed: nothing is stripped."""
    return forms.CharField(
        label=label, max_length=128, strip=False, error_messages={"required": _("请写密码。")},
        widget=forms.PasswordInput(attrs={"autocomplete": autocomplete}), **kwargs)


class PhoneForm(forms.Form):
    phone = PhoneField()


class CodeForm(forms.Form):
    code = code_field(_("短信里的 6 位数字"))


class SecondForm(forms.Form):
    code = forms.CharField(
        label=_("验证器里的 6 位数字"), max_length=24, error_messages={"required": _("请写 6 位数字，或一个备用码。")},
        widget=forms.TextInput(attrs={
            "autocomplete": "one-time-code", "autofocus": True, "autocapitalize": "characters"}))


class PasswordSignInForm(forms.Form):
    phone = PhoneField()
    password = password_field(_("密码"), "current-password")


class CommunityChoice(forms.ModelChoiceField):
    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            queries.communities(), label=_("您住在哪个社区"), empty_label=_("请选"),
            error_messages={"required": _("请选您住的社区。"), "invalid_choice": _("请选您住的社区。")}, **kwargs)


class JoinForm(forms.Form):
    community = CommunityChoice()
    title = forms.CharField(
        label=_("怎么称呼您"), max_length=20, required=False, help_text=_("邻居和办事的人看到的，例如 林女士"),
        widget=forms.TextInput(attrs={"autocomplete": "nickname"}))


class ProfileForm(forms.Form):
    name = forms.CharField(
        label=_("姓名"), max_length=40, required=False, help_text=_("只有办事的人看得到"),
        widget=forms.TextInput(attrs={"autocomplete": "name"}))
    title = JoinForm.base_fields["title"]
    birth_year = forms.IntegerField(
        label=_("出生年份"), required=False, help_text=_("用来找适合您年纪的服务"),
        error_messages={"invalid": _("请写四位数的年份，例如 1952。")},
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "bday-year"}))
    community = CommunityChoice()


class PasswordForm(forms.Form):
    present = password_field(_("现在的密码"), "current-password", required=False)
    password = password_field(_("新密码"), "new-password", help_text=_("至少 8 个字，不能全是数字。可以是一句话。"))


class ClaimForm(forms.Form):
    bond = forms.ChoiceField(
        label=_("您在这里是"), choices=Residency.Bond.choices, widget=forms.RadioSelect,
        error_messages={"required": _("请选您是业主、租户，还是家人。")})
    note = forms.CharField(
        label=_("补充说明"), max_length=200, required=False, help_text=_("例如：租房合同到明年 6 月"))


class ReasonForm(forms.Form):
    reason = forms.CharField(
        label=_("为什么没核实上，补什么就行"), max_length=200,
        error_messages={"required": _("请写一句为什么没核实上、补什么就行。")})


class DayField(forms.DateField):
    """A last day, cleaned to its local end as an aware moment."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"), required=kwargs.pop("required", False),
            error_messages={"invalid": _("请按 2027-06-30 这样写日期。")}, **kwargs)

    def clean(self, value: Any) -> datetime | None:
        day = super().clean(value)
        return timezone.make_aware(datetime.combine(day, time(23, 59, 59))) if day else None


class MandateForm(forms.Form):
    phone = PhoneField(label=_("代办人的手机号"))
    scope = forms.MultipleChoiceField(
        label=_("可以代办什么"), widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("请至少选一件可以代办的事。")})
    until = DayField(label=_("到哪天为止"), help_text=_("不填就一直有效，您随时可以收回"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scope"].choices = queries.mandate_rooms()  # type: ignore[attr-defined]


class WitnessForm(MandateForm):
    subject = PhoneField(label=_("被代办人的手机号"), required=False)
    name = forms.CharField(
        label=_("被代办人的姓名"), max_length=40, required=False,
        help_text=_("没有手机号的，先按姓名登记"))
    evidence = forms.ChoiceField(
        label=_("凭据"), choices=[c for c in Mandate.Evidence.choices if c[0] != Mandate.Evidence.APP],
        widget=forms.RadioSelect, error_messages={"required": _("请选凭据。")})
    note = forms.CharField(
        label=_("看到了什么"), max_length=300, help_text=_("哪天、在哪里、谁在场、委托书放在哪"),
        error_messages={"required": _("请写凭据：哪天、在哪里、看到了什么。")})
    field_order = ["subject", "name", "phone", "scope", "until", "evidence", "note"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not cleaned.get("subject") and not cleaned.get("name") and "subject" not in self.errors:
            self.add_error("subject", _("请写被代办人的手机号；没有手机的，写姓名。"))
        return cleaned


class RoleForm(forms.Form):
    phone = PhoneField(label=_("这个人的手机号"))
    role = forms.ChoiceField(label=_("角色"), error_messages={"required": _("请选角色。")})
    area = forms.ModelChoiceField(
        Area.objects.none(), label=_("管到哪里"), empty_label=_("请选"),
        error_messages={"required": _("请选这个角色管到哪里。")})
    organisation = forms.ModelChoiceField(
        Organisation.objects.none(), label=_("单位"), required=False, empty_label=_("没有"),
        help_text=_("物业和部门的角色要选"))
    until = DayField(label=_("到哪天为止"), help_text=_("不填就一直有效"))
    skills = forms.CharField(
        label=_("资质"), max_length=120, required=False, help_text=_("用逗号隔开，例如 电工证，高处作业证"))

    def __init__(self, *args: Any, roles: list[str], areas: Any, bodies: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [(role, RoleName(role).label) for role in roles]  # type: ignore[attr-defined]
        self.fields["area"].queryset = areas  # type: ignore[attr-defined]
        self.fields["organisation"].queryset = bodies  # type: ignore[attr-defined]


class OrganisationForm(forms.Form):
    name = forms.CharField(label=_("名称"), max_length=80, error_messages={"required": _("请写名称。")})
    kind = forms.ChoiceField(label=_("类型"), choices=OrganisationKind.choices)
    area = forms.ModelChoiceField(
        Area.objects.none(), label=_("所属"), empty_label=_("请选"), error_messages={"required": _("请选它属于哪里。")})
    phone = forms.CharField(
        label=_("电话"), max_length=20, required=False, help_text=_("公开的电话，居民看得到"),
        widget=forms.TextInput(attrs={"inputmode": "tel"}))

    def __init__(self, *args: Any, areas: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["area"].queryset = areas  # type: ignore[attr-defined]
