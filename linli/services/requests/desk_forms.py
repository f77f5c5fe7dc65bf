"""What staff fill in when somebody calls, comes or sends a sheet: one page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import get_language, gettext as _, gettext_lazy

from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import today
from linli.foundation.people.forms import PhoneField
from linli.foundation.people.models import Organisation, Person
from linli.foundation.policy import policy
from linli.mechanisms.cases.actions.living import TEXT_MAX, visibility_choices
from linli.mechanisms.cases.kinds import current, say
from linli.mechanisms.cases.models import Case, Visibility
from linli.services.requests import places
from linli.services.requests.forms import meant

CHANNELS = [("phone", gettext_lazy("电话")), ("window", gettext_lazy("到窗口")),
            ("12345", gettext_lazy("12345 转来")), ("letter", gettext_lazy("来信"))]


class IntakeForm(forms.Form):
    """Everything on one page; `step=look` fills in what the program knows, `step=save` writes it."""

    channel = forms.ChoiceField(label=gettext_lazy("怎么来的"), widget=forms.RadioSelect, choices=CHANNELS)
    source_number = forms.CharField(
        label=gettext_lazy("来件单号"), required=False, max_length=60,
        help_text=gettext_lazy("12345 的单号。同一个单号不会登记两次。"))
    phone = PhoneField(required=False, help_text=gettext_lazy("填好点「看一看」，在这里住的人会自动认出来。"))
    name = forms.CharField(label=gettext_lazy("称呼"), required=False, max_length=40)
    anonymous = forms.BooleanField(
        label=gettext_lazy("不愿留名"), required=False, help_text=gettext_lazy("没法回访，不计入响应率。"))
    kind = forms.ChoiceField(
        label=gettext_lazy("哪一种"), widget=forms.RadioSelect, initial="complaint",
        choices=[("complaint", gettext_lazy("诉求")), ("consult", gettext_lazy("咨询"))])
    text = forms.CharField(
        label=gettext_lazy("他怎么说的"), widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy("用他的原话。"), error_messages={"required": gettext_lazy("请写他说了什么。")})
    where = forms.ChoiceField(
        label=gettext_lazy("在哪里"), required=False,
        error_messages={"invalid_choice": gettext_lazy("没有这个地方，请重选。")})
    place = forms.CharField(label=gettext_lazy("再细一点"), required=False, max_length=120)
    complained_of = forms.ChoiceField(
        label=gettext_lazy("投诉的单位"), required=False,
        error_messages={"invalid_choice": gettext_lazy("没有这个单位，请重选。")})
    category = forms.CharField(
        label=gettext_lazy("种类"), required=False, max_length=60,
        help_text=gettext_lazy("空着点「看一看」，会填上猜的种类。"),
        widget=forms.TextInput(attrs={"list": "desk-categories", "autocomplete": "off"}))
    visibility = forms.ChoiceField(
        label=gettext_lazy("谁看得到"), initial=Visibility.PARTIES,
        error_messages={"invalid_choice": gettext_lazy("请选谁看得到。")})
    outcome = forms.ChoiceField(label=gettext_lazy("怎么办"), initial="keep")
    earlier = forms.CharField(
        label=gettext_lazy("先前的单号"), required=False, max_length=24,
        help_text=gettext_lazy("选「重复」时填，答复里会写上它办到哪一步。"))
    target = forms.CharField(
        label=gettext_lazy("找谁、出处"), required=False, max_length=200,
        help_text=gettext_lazy("该找的单位和电话；或公开答案的标题和网址、文号。"))
    note = forms.CharField(
        label=gettext_lazy("给他的话"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("选了原因点「看一看」，会填上得体的说法，可以改。"))
    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=60)

    def __init__(self, person: Person, area: Area, data: Any = None, **more: Any) -> None:
        super().__init__(data, **more)
        self.person, self.area = person, area
        self.units = {str(unit.pk): unit for unit in places.complained_of(area)}
        self._choose("where", places.choices(area))
        self._choose("complained_of", [("", _("没有")), *[(pk, unit.name) for pk, unit in self.units.items()]])
        self._choose("visibility", [(value, label) for value, label in visibility_choices()])
        self._choose("outcome", outcome_choices())

    def _choose(self, name: str, choices: places.Choices) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices

    def clean_text(self) -> str:
        text = self.cleaned_data["text"].replace("\r\n", "\n").replace("\x00", "")
        if len(text) > TEXT_MAX:
            raise forms.ValidationError(
                _("最多写 %(most)s 个字，现在有 %(now)s 个字。请删短一些，要紧的留下。") % {
                    "most": TEXT_MAX, "now": len(text)})
        return str(text)

    def clean_where(self) -> places.Where:
        found = places.chosen(self.area, self.cleaned_data["where"])
        if found is None:
            raise forms.ValidationError(_("没有这个地方，请重选。"))
        return found

    def clean_complained_of(self) -> Organisation | None:
        return self.units.get(self.cleaned_data["complained_of"])

    def clean_category(self) -> str:
        words = self.cleaned_data["category"]
        return meant(words)[0] if words else ""

    def clean_earlier(self) -> Case | None:
        number = self.cleaned_data["earlier"].strip().upper()
        if not number:
            return None
        found = Case.objects.visible_to(self.person).filter(number=number).first()
        if found is None:
            raise forms.ValidationError(_("没有找到这个单号。"))
        return found

    @property
    def reason(self) -> str:
        """Which of the six reasons was chosen, or nothing."""
        outcome = str(self.cleaned_data.get("outcome", ""))
        return outcome.partition(":")[2] if outcome.startswith("redirect:") else ""


def outcome_choices() -> places.Choices:
    """Keep, answer at once, or one of the six of 条例 第11条."""
    reasons = current("complaint").transitions["redirect"].reasons
    return [
        ("keep", _("受理，按规则派单")),
        ("answer", _("咨询：按公开答案当场答复")),
        (_("不予派单（条例第11条）"), [(f"redirect:{code}", say(words)) for code, words in reasons.items()]),
    ]


def polite_text(reason: str, area: Area, *, earlier: Case | None = None, target: str = "",
                language: str = "") -> str:
    """The wording for one of the six reasons, from the policy of the place; blanks that nobody filled stay as 「…」."""
    texts = policy("requests.redirect_texts", on=today(), area=area.code)
    chosen = language or (get_language() or "zh")
    words = texts[reason]["en" if chosen.startswith("en") else "zh"]
    return str(words).format_map({
        "phone": area.phone or "12345", "target": target or "…", "why": target or "…",
        "earlier": earlier.number if earlier else "…", "state": str(earlier.now_state) if earlier else "…"})
