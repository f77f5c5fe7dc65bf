"""What a resident fills in: one page to say it, one to check it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext as _, gettext_lazy

from linli.foundation.areas.models import Area
from linli.foundation.people.models import Organisation, Person
from linli.mechanisms.cases.actions.living import TEXT_MAX, visibility_choices
from linli.mechanisms.cases.models import Visibility
from linli.services.requests import classifying, places

# What both pages carry on, so that nothing typed is lost on the way.
CARRIED = ("text", "kind", "where", "place", "complained_of", "anonymous", "visibility", "subject", "once")


class AskForm(forms.Form):
    """Page one. Only the words are needed."""

    subject = forms.ChoiceField(label=gettext_lazy("替谁提"), required=False)
    text = forms.CharField(
        label=gettext_lazy("用您自己的话说"), strip=True,
        help_text=gettext_lazy("什么事、在哪里、您想怎么解决。例如：3号楼旁边烧烤摊每天半夜还在冒油烟"),
        widget=forms.Textarea(attrs={"rows": 5}),
        error_messages={"required": gettext_lazy("请写一句是什么事。")})
    kind = forms.ChoiceField(
        label=gettext_lazy("您是要"), widget=forms.RadioSelect, initial="complaint",
        choices=[("complaint", gettext_lazy("反映问题、提诉求：请人来办，办完问您解决了没有")),
                 ("consult", gettext_lazy("打听事情：只要一个答复"))],
        error_messages={"required": gettext_lazy("请选是反映问题还是打听事情。"),
                        "invalid_choice": gettext_lazy("请选是反映问题还是打听事情。")})
    where = forms.ChoiceField(
        label=gettext_lazy("在哪里"), required=False,
        error_messages={"invalid_choice": gettext_lazy("没有这个地方，请重选。")})
    place = forms.CharField(
        label=gettext_lazy("再细一点"), required=False, max_length=120,
        help_text=gettext_lazy("哪一层、哪个门口。只有办的人看得到。"))
    complained_of = forms.ChoiceField(
        label=gettext_lazy("是不是投诉某个单位"), required=False,
        help_text=gettext_lazy("选了以后，这件事不会派给它办，它的人也看不到是谁提的。"),
        error_messages={"invalid_choice": gettext_lazy("没有这个单位，请重选。")})
    anonymous = forms.BooleanField(
        label=gettext_lazy("不留名"), required=False,
        help_text=gettext_lazy("办的人看不到您是谁，也就没法给您回电话；不留名的不计入响应率。"))
    visibility = forms.ChoiceField(
        label=gettext_lazy("谁看得到"), widget=forms.RadioSelect, initial=Visibility.PARTIES,
        error_messages={"required": gettext_lazy("请选谁看得到。"),
                        "invalid_choice": gettext_lazy("请选谁看得到。")})
    once = forms.CharField(widget=forms.HiddenInput, required=False, max_length=60)

    def __init__(self, person: Person, area: Area, subjects: list[Person], data: Any = None, **more: Any) -> None:
        super().__init__(data, **more)
        self.area = area
        self.subjects = {str(one.pk): one for one in subjects}
        self.units = {str(unit.pk): unit for unit in places.complained_of(area, person)}
        self._choose("where", places.choices(area))
        self._choose("visibility", [(value, label) for value, label in visibility_choices()])
        self._choose("complained_of", [("", _("不是")), *[(pk, unit.name) for pk, unit in self.units.items()]])
        if subjects:
            self._choose("subject", [("", _("我自己")), *[(pk, one.shown_name) for pk, one in self.subjects.items()]])
        else:
            del self.fields["subject"]

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

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        named = self.data.get("subject", "")
        if named and named not in self.subjects:  # never quietly in one's own name instead
            self.add_error(None, _("您现在不能替这位家人办事了。请他在「我的」里再委托一次，或改成您自己。"))
        if data.get("anonymous") and data.get("subject"):
            self.add_error("anonymous", _("替家人提的，要写家人是谁，不能不留名。"))
        return data

    @property
    def subject_person(self) -> Person | None:
        return self.subjects.get(self.cleaned_data.get("subject", ""))


class CheckForm(forms.Form):
    """Page two: what the program guessed, for the person to correct."""

    title = forms.CharField(
        label=gettext_lazy("一句话"), required=False, max_length=80,
        help_text=gettext_lazy("列表里显示这一句，可以改。"))
    category = forms.CharField(
        label=gettext_lazy("种类"), max_length=60,
        error_messages={"required": gettext_lazy("请选一个种类。")}, widget=forms.TextInput(attrs={
            "list": "categories", "autocomplete": "off"}),
        help_text=gettext_lazy("不对就改：写几个字，例如「路灯」。"))

    def __init__(self, data: Any = None, **more: Any) -> None:
        super().__init__(data, **more)
        self.found: list[str] = []

    def clean_category(self) -> str:
        code, self.found = meant(self.cleaned_data["category"])
        return code


def meant(words: str) -> tuple[str, list[str]]:
    """The one category these words mean. Raises ValidationError naming what they may mean."""
    found = classifying.find_category(words)
    if len(found) == 1:
        return found[0], found
    if not found:
        raise forms.ValidationError(_("没有「%(words)s」这个种类。换个词，或者写「其他」。") % {"words": words[:20]})
    raise forms.ValidationError(_("「%(words)s」有好几种：%(kinds)s。请写全一点。") % {
        "words": words[:20], "kinds": "、".join(classifying.shown(code) for code in found[:6])})


def carried(data: Mapping[str, str]) -> dict[str, str]:
    """What page two hands on of page one, as it was typed."""
    return {name: data[name] for name in CARRIED if data.get(name)}
