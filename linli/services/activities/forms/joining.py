"""What residents fill in: signing a household up, answering, clubs; and the desk's small forms of the day."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext, gettext_lazy as _

from linli.foundation.people.models import Person
from linli.foundation.web import Refused
from linli.mechanisms.bookings.models import PartyMember, Session
from linli.services.activities.forms.fields import TEL, day, lines, moment
from linli.services.activities.households import Guest, read_guests
from linli.services.activities.models import Answer

CHANNELS = [("phone", _("电话")), ("window", _("窗口"))]


def session_label(session: Session) -> str:
    """12-05 09:30–11:00 · 还有 3 个名额."""
    local = timezone.localtime(session.starts)
    left = gettext("还有 %(count)s 个名额") % {"count": session.free} if session.free > 0 else gettext("满了，可候补")
    return f"{local:%m-%d %H:%M}–{timezone.localtime(session.ends):%H:%M} · {left}"


class SignUpForm(forms.Form):
    """Which time, and who of the household comes."""

    session = forms.ChoiceField(label=_("哪一场"), widget=forms.RadioSelect,
                                error_messages={"required": _("请选哪一场。"), "invalid_choice": _("请选哪一场。")})
    comes = forms.BooleanField(label=_("我自己参加"), required=False, initial=True)
    housemates = forms.TypedMultipleChoiceField(
        label=_("一起住的家人"), coerce=int, required=False, widget=forms.CheckboxSelectMultiple)
    guests = forms.CharField(
        label=_("没有账号的家人"), max_length=300, required=False, widget=lines(2),
        help_text=_("一行一个：称呼 出生年份，例如 小雨 2019。没有年龄要求的可以只写称呼"))
    auto_accept = forms.BooleanField(label=_("满了就排候补，有名额直接补上，不用再问我"), required=False)
    split = forms.BooleanField(label=_("名额不够时，先去几个也行"), required=False,
                               help_text=_("不选：一家人一起，少一个都不补"))

    def __init__(self, *args: Any, sessions: Sequence[Session], mates: Sequence[Person], is_term: bool = False,
                 **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shown = list(sessions[:1] if is_term else sessions)
        self.fields["session"].choices = [  # type: ignore[attr-defined]  # a choice field
            (str(one.pk), session_label(one)) for one in shown]
        if len(shown) == 1:
            self.fields["session"].widget = forms.HiddenInput()
            self.fields["session"].initial = str(shown[0].pk)
        if mates:
            self.fields["housemates"].choices = [  # type: ignore[attr-defined]  # a choice field
                (one.pk, one.shown_name) for one in mates]
        else:
            del self.fields["housemates"]

    def clean_guests(self) -> list[Guest]:
        try:
            return read_guests(self.cleaned_data["guests"])
        except Refused as refusal:
            raise forms.ValidationError(str(refusal.sentence)) from None


class DeskSignUpForm(forms.Form):
    """Somebody rang or came to the window."""

    name = forms.CharField(label=_("姓名"), max_length=30, error_messages={"required": _("请写姓名。")})
    phone = forms.CharField(label=_("电话"), max_length=20, widget=TEL,
                            error_messages={"required": _("请写电话，补上了要打给他。")})
    count = forms.IntegerField(label=_("几个人"), min_value=1, max_value=12, initial=1)
    channel = forms.ChoiceField(label=_("怎么来的"), choices=CHANNELS)


class AnswerForm(forms.Form):
    choice = forms.ChoiceField(label=_("您还想再来吗"), choices=Answer.choices, widget=forms.RadioSelect,
                               error_messages={"required": _("请选一个回答。")})
    text = forms.CharField(label=_("想说的"), max_length=500, required=False, widget=lines(3),
                           help_text=_("办活动的人看不到是谁写的，满 5 份才看得到"))


class ClubForm(forms.Form):
    name = forms.CharField(label=_("名称"), max_length=40, error_messages={"required": _("请写社团的名称。")})
    about = forms.CharField(label=_("做什么"), max_length=600, widget=lines(3),
                            error_messages={"required": _("请写社团做什么。")})
    meets = forms.CharField(label=_("平时什么时候聚"), max_length=80, required=False,
                            help_text=_("例如 每周二、周四早上 7:00"))
    place = forms.CharField(label=_("地点"), max_length=80, required=False)
    leader_phone = forms.CharField(label=_("负责人的手机号"), max_length=20, widget=TEL, help_text=_("要先有账号"),
                                   error_messages={"required": _("请写负责人的手机号。")})


class LeaderForm(ClubForm):
    """What the leader may change."""

    name = None  # type: ignore[assignment]  # Django's way to drop an inherited field
    leader_phone = None  # type: ignore[assignment]  # as above


class MeetForm(forms.Form):
    starts = moment(_("开始"))
    minutes = forms.IntegerField(label=_("多少分钟"), min_value=15, max_value=600, initial=90)
    places = forms.IntegerField(label=_("名额"), min_value=1, max_value=500, initial=30)
    weekly_until = day(_("每周一次，到哪天"), required=False, help_text=_("不填就是只聚这一次"))


class PhotoForm(forms.Form):
    """What the picture shows, in words, and who of the list one recognises."""

    caption = forms.CharField(label=_("照片里有什么"), max_length=120,
                              help_text=_("看不见的人靠这句话知道照片里有什么"), error_messages={
                                  "required": _("请写一句照片里有什么，看不见的邻居靠它知道。")})
    shown = forms.TypedMultipleChoiceField(label=_("认得出的人"), coerce=int, required=False,
                                           widget=forms.CheckboxSelectMultiple)
    no_others = forms.BooleanField(label=_("除了勾上的，照片里没有别的认得出的人"), required=False)

    def __init__(self, *args: Any, people: Sequence[tuple[PartyMember, bool]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["shown"].choices = [  # type: ignore[attr-defined]  # a choice field
            (member.pk, gettext("%(name)s（同意）") % {"name": member.full_name} if agrees else gettext(
                "%(name)s（不同意）") % {"name": member.full_name}) for member, agrees in people]
