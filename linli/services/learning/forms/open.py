"""What residents fill in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from linli.foundation.people.models import Person
from linli.mechanisms.bookings.models import Session
from linli.services.learning import catalogue
from linli.services.learning.catalogue import Module
from linli.services.learning.forms import fields
from linli.services.learning.models import Level, Reaction, Slot


class WhoForm(forms.Form):
    """For whom: oneself, or one of those one may act for. With nobody to act for it asks nothing."""

    who = fields.one_of(gettext_lazy("给谁报"), gettext_lazy("请选给谁报。"))

    def __init__(self, people: Sequence[Person], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {str(one.pk): one for one in people}
        self.fields["who"].choices = [  # type: ignore[attr-defined]  # a choice field
            (str(one.pk), one.shown_name if place else _("我自己")) for place, one in enumerate(people)]
        self.fields["who"].initial = str(people[0].pk)
        if len(people) == 1:
            self.fields["who"].required = False
            self.fields["who"].widget = forms.HiddenInput()

    @property
    def chosen(self) -> Person:
        return self.people.get(self.cleaned_data.get("who") or "") or next(iter(self.people.values()))


class OfferForm(forms.Form):
    """What a neighbour would like to teach."""

    title = forms.CharField(label=gettext_lazy("课叫什么"), max_length=80, error_messages={
        "required": gettext_lazy("请写课的名称。")})
    text = forms.CharField(
        label=gettext_lazy("教什么，适合谁"), max_length=1000, widget=forms.Textarea(attrs={"rows": 4}),
        error_messages={"required": gettext_lazy("请写一句教什么、适合谁。")})
    place = forms.CharField(label=gettext_lazy("想在哪里上"), max_length=80, required=False)
    touches_health = forms.BooleanField(label=gettext_lazy("会讲健康、吃药、锻炼"), required=False)
    for_minors = forms.BooleanField(label=gettext_lazy("有未成年人参加"), required=False)
    once = fields.once()


class LevelsForm(forms.Form):
    """The skills of a module, each alone, with help, not yet; what is not touched stays."""

    def __init__(self, module: Module, given: Mapping[str, str], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for skill in module.skills:
            self.fields[skill.code] = forms.ChoiceField(
                label=str(skill.title), choices=Level.choices, widget=forms.RadioSelect, required=False,
                initial=given.get(skill.code, ""))

    @property
    def levels(self) -> dict[str, str]:
        return {name: level for name, level in self.cleaned_data.items() if level}


class HelpForm(forms.Form):
    """An offer to teach one to one."""

    topics = fields.several(gettext_lazy("能教什么"), gettext_lazy("请至少选一样。"))
    slots = fields.several(gettext_lazy("什么时候方便"), gettext_lazy("请至少选一个方便的时间。"))
    goes_home = forms.BooleanField(label=gettext_lazy("愿意上门（两个人一起去）"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        _offer_choices(self)


class AskForm(WhoForm):
    """A wish to be taught alone."""

    topics = fields.several(gettext_lazy("想学什么"), gettext_lazy("请至少选一样。"))
    slots = fields.several(gettext_lazy("什么时候方便"), gettext_lazy("请至少选一个方便的时间。"))
    at_home = forms.BooleanField(label=gettext_lazy("希望到家里教（两位志愿者一起来）"), required=False)
    note = forms.CharField(
        label=gettext_lazy("还要知道什么"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("例如：耳朵背，请说慢些。只有来教的人和社工看得到"))
    once = fields.once()

    def __init__(self, people: Sequence[Person], *args: Any, **kwargs: Any) -> None:
        super().__init__(people, *args, **kwargs)
        self.fields["who"].label = _("谁想学")
        _offer_choices(self)


def _offer_choices(form: forms.Form) -> None:
    form.fields["topics"].choices = catalogue.choices()  # type: ignore[attr-defined]  # a choice field
    form.fields["slots"].choices = Slot.choices  # type: ignore[attr-defined]


class TimeForm(forms.Form):
    """A time at which a helper can teach."""

    starts = fields.moment(gettext_lazy("从什么时候"))
    minutes = fields.minutes(60)
    place = forms.CharField(
        label=gettext_lazy("在哪里"), max_length=120, initial=gettext_lazy("社区驿站"),
        error_messages={"required": gettext_lazy("请写在哪里。")})


class BookForm(forms.Form):
    """One of the helper's times; at home only with an address and a yes to it."""

    session = fields.one_of(gettext_lazy("选一个时间"), gettext_lazy("请选一个时间。"))
    at_home = forms.BooleanField(label=gettext_lazy("到家里教（两位志愿者一起来）"), required=False)
    place = forms.CharField(label=gettext_lazy("门牌"), max_length=200, required=False, help_text=gettext_lazy(
        "到家里教才填，只有来的两位志愿者和社工看得到"))
    agrees = forms.BooleanField(label=gettext_lazy("同意两位志愿者到家里来，随时可以反悔"), required=False)

    def __init__(self, times: Sequence[Session], goes_home: bool, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.times = {str(one.pk): one for one in times}
        self.fields["session"].choices = [  # type: ignore[attr-defined]  # a choice field
            (key, _("%(at)s，%(minutes)s 分钟，%(place)s") % {
                "at": f"{timezone.localtime(one.starts):%m-%d %H:%M}", "place": one.place,
                "minutes": int((one.ends - one.starts).total_seconds() // 60)}) for key, one in self.times.items()]
        if not goes_home:
            for name in ("at_home", "place", "agrees"):
                del self.fields[name]


class RulesForm(forms.Form):
    """The rules of a lesson, read out together; each is ticked, none is ticked beforehand."""

    rules = forms.MultipleChoiceField(
        label=gettext_lazy("一起念一遍，念一条勾一条"), widget=forms.CheckboxSelectMultiple, required=False)

    def __init__(self, rules: Sequence[Mapping[str, Any]], *args: Any, english: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["rules"].choices = [  # type: ignore[attr-defined]  # a choice field
            (rule["code"], rule["en" if english else "zh"]) for rule in rules]


class DrillForm(forms.Form):
    agrees = forms.BooleanField(
        label=gettext_lazy("我同意偶尔收到假的诈骗消息，收到时当场告诉我"), required=False)


class ReactForm(forms.Form):
    reaction = fields.one_of(
        gettext_lazy("要是没人告诉您，您会怎么做"), gettext_lazy("请选您会怎么做。"), Reaction.choices)
