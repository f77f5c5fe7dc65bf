"""The forms of this room; what was typed stays when something is missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _, gettext_lazy

from linli.foundation.areas.models import Area, Building, Facility
from linli.foundation.people.models import Person
from linli.mechanisms.cases.kinds import current, say
from linli.services.access.models import GuideKind, Outage, PathEdge, PathKind, SignLevel
from linli.services.access.models.network import CROSSINGS, SURFACES
from linli.services.access.queries import facts as reads, works

YES_NO = [("", gettext_lazy("没看过")), ("true", gettext_lazy("有")), ("false", gettext_lazy("没有"))]


def moment_field(label: Any, *, required: bool = True, hint: Any = "") -> forms.DateTimeField:
    """A date and time, as the browser's own field sends it."""
    return forms.DateTimeField(
        label=label,
        required=required,
        help_text=hint,
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"required": gettext_lazy("请选时间。"), "invalid": gettext_lazy("时间要像 2026-12-01 09:30。")},
    )


def day_field(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": gettext_lazy("请选日期。"), "invalid": gettext_lazy("日期要像 2026-12-01。")},
    )


class ProposeForm(forms.Form):
    """One fact: which, and how it really is. `value` takes a number or one of the choices."""

    key = forms.ChoiceField(
        label=gettext_lazy("哪一样"), error_messages={"required": gettext_lazy("请选要改的是哪一样。")}
    )
    value = forms.CharField(
        label=gettext_lazy("其实是"),
        max_length=40,
        required=False,
        help_text=gettext_lazy("数字直接填；有还是没有，在下面选。"),
    )
    choice = forms.ChoiceField(label=gettext_lazy("或者选一个"), required=False)
    note = forms.CharField(
        label=gettext_lazy("怎么知道的"), max_length=200, required=False, help_text=gettext_lazy("例如：今天用尺量的")
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        entries = reads.entries_of_keys()
        self.fields["key"].choices = [  # type: ignore[attr-defined]
            ("", _("请选")),
            *[(entry["key"], say(entry["title"])) for entry in entries],
        ]
        choices: dict[str, str] = {}
        for entry in entries:
            for code, zh, en in entry["choices"]:
                # One list for every key: the same code may mean "can get in" of one and "there is one" of another.
                words = say({"zh": zh, "en": en})
                known = choices.get(code)
                choices[code] = (
                    words
                    if known in (None, words)
                    else (known if words in str(known).split(_("／")) else f"{known}{_('／')}{words}")
                )
        self.fields["choice"].choices = [("", _("不选")), *choices.items()]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not given.get("value") and not given.get("choice") and not self.errors:
            self.add_error("value", _("请填数字，或者在下面选一个。"))
        given["said"] = given.get("value") or given.get("choice") or ""
        return given


class OutageForm(forms.Form):
    """What does not work, since when, until when."""

    what = forms.ChoiceField(
        label=gettext_lazy("哪里"),
        error_messages={
            "required": gettext_lazy("请选哪里坏了、哪里堵了。"),
            "invalid_choice": gettext_lazy("请选哪里坏了、哪里堵了。"),
        },
    )
    kind = forms.ChoiceField(
        label=gettext_lazy("怎么了"),
        choices=Outage.Kind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("请选是坏了还是堵了。")},
    )
    note = forms.CharField(
        label=gettext_lazy("说一句"),
        max_length=200,
        required=False,
        help_text=gettext_lazy("例如：门关不上，停在 1 楼"),
    )
    starts = moment_field(gettext_lazy("从什么时候"), required=False, hint=gettext_lazy("空着就是现在"))
    until = moment_field(gettext_lazy("到什么时候"), required=False, hint=gettext_lazy("说不准就空着"))
    ask_repair = forms.BooleanField(label=gettext_lazy("同时报修"), required=False)

    def __init__(self, facilities: Sequence[Facility], edges: Sequence[PathEdge], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.things: dict[str, Facility | PathEdge] = {f"f-{one.pk}": one for one in facilities}
        self.things |= {f"e-{one.pk}": one for one in edges}
        groups: list[Any] = [("", _("请选")), (_("设施"), [(f"f-{one.pk}", one.name) for one in facilities])]
        if edges:
            groups.append((_("路段"), [(f"e-{one.pk}", _edge_words(one)) for one in edges]))
        self.fields["what"].choices = groups  # type: ignore[attr-defined]

    @property
    def thing(self) -> dict[str, Any]:
        found = self.things[self.cleaned_data["what"]]
        return {"facility": found} if isinstance(found, Facility) else {"edge": found}


def _edge_words(edge: PathEdge) -> str:
    return _("%(name)s（%(kind)s）") % {"name": edge.name, "kind": edge.get_kind_display()}


class WorkForm(forms.Form):
    """What should be made barrier-free, and where."""

    category = forms.ChoiceField(
        label=gettext_lazy("要改什么"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("请选要改什么。")},
    )
    where = forms.ChoiceField(label=gettext_lazy("哪栋楼、哪个设施"), required=False)
    place = forms.CharField(
        label=gettext_lazy("说细一点"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("例如：3 单元门口的 5 级台阶"),
    )
    text = forms.CharField(
        label=gettext_lazy("为什么要改"),
        widget=forms.Textarea(attrs={"rows": 4}),
        max_length=2000,
        error_messages={"required": gettext_lazy("请写一句为什么要改，例如谁用、怎么不方便。")},
    )
    once = forms.CharField(widget=forms.HiddenInput, max_length=40, required=False)

    def __init__(
        self, buildings: Sequence[Building], facilities: Sequence[Facility], *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.things: dict[str, Building | Facility] = {f"b-{one.pk}": one for one in buildings}
        self.things |= {f"f-{one.pk}": one for one in facilities}
        self.fields["category"].choices = [  # type: ignore[attr-defined]
            (code, str(category)) for code, category in current(works.KIND).categories.items()
        ]
        self.fields["where"].choices = [  # type: ignore[attr-defined]
            ("", _("选不到，我在下面写")),
            (_("楼栋"), [(f"b-{one.pk}", str(one)) for one in buildings]),
            (_("设施"), [(f"f-{one.pk}", one.name) for one in facilities]),
        ]

    @property
    def thing(self) -> dict[str, Any]:
        found = self.things.get(self.cleaned_data["where"])
        if found is None:
            return {}
        return {"building": found} if isinstance(found, Building) else {"facility": found, "building": found.building}


class EdgeForm(forms.Form):
    """What is measured on a stretch; an empty field stays unknown."""

    name = forms.CharField(label=gettext_lazy("名称"), max_length=60, required=False)
    kind = forms.ChoiceField(label=gettext_lazy("是什么"), choices=PathKind.choices)
    steps = forms.IntegerField(
        label=gettext_lazy("台阶级数"),
        min_value=0,
        max_value=500,
        required=False,
        help_text=gettext_lazy("没有台阶填 0；没看过就空着"),
    )
    incline = forms.FloatField(label=gettext_lazy("坡度（%）"), min_value=-60, max_value=60, required=False)
    width_cm = forms.IntegerField(
        label=gettext_lazy("最窄处的净宽（厘米）"), min_value=1, max_value=5000, required=False
    )
    kerb_cm = forms.FloatField(label=gettext_lazy("路缘高（厘米）"), min_value=0, max_value=100, required=False)
    surface = forms.ChoiceField(
        label=gettext_lazy("路面"), choices=[("", gettext_lazy("没看过")), *SURFACES], required=False
    )
    crossing = forms.ChoiceField(
        label=gettext_lazy("怎么过街"), choices=[("", gettext_lazy("没看过")), *CROSSINGS], required=False
    )
    sound = forms.TypedChoiceField(label=gettext_lazy("信号灯有声音"), choices=YES_NO, required=False)
    lit = forms.TypedChoiceField(label=gettext_lazy("路灯"), choices=YES_NO, required=False)
    tactile = forms.TypedChoiceField(label=gettext_lazy("盲道"), choices=YES_NO, required=False)
    handrail = forms.TypedChoiceField(label=gettext_lazy("扶手"), choices=YES_NO, required=False)
    bench = forms.BooleanField(label=gettext_lazy("有椅子可以歇"), required=False)

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        for name in ("sound", "lit", "tactile", "handrail"):
            given[name] = {"true": True, "false": False}.get(str(given.get(name, "")))
        return given


def edge_initial(edge: PathEdge) -> dict[str, Any]:
    words = {True: "true", False: "false", None: ""}
    found: dict[str, Any] = {name: getattr(edge, name) for name in EdgeForm.base_fields}
    return {**found, **{name: words[found[name]] for name in ("sound", "lit", "tactile", "handrail")}}


class GuideForm(forms.Form):
    """An offer to guide."""

    kinds = forms.MultipleChoiceField(
        label=gettext_lazy("我能做"),
        choices=GuideKind.choices,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("请至少选一样您能做的。")},
    )
    when = forms.CharField(
        label=gettext_lazy("什么时候方便"),
        max_length=100,
        required=False,
        help_text=gettext_lazy("例如：周二、周四上午"),
    )


class AskGuideForm(forms.Form):
    kind = forms.ChoiceField(
        label=gettext_lazy("要什么帮助"),
        choices=GuideKind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("请选要什么帮助。")},
    )
    starts = moment_field(gettext_lazy("从什么时候"))
    ends = moment_field(gettext_lazy("到什么时候"))
    place = forms.CharField(
        label=gettext_lazy("在哪里碰头，去哪里"),
        max_length=200,
        error_messages={"required": gettext_lazy("请写在哪里碰头、要去哪里。")},
    )
    note = forms.CharField(
        label=gettext_lazy("还要知道什么"),
        widget=forms.Textarea(attrs={"rows": 3}),
        max_length=500,
        required=False,
        help_text=gettext_lazy("只有陪您的人和安排的社工看得到"),
    )
    once = forms.CharField(widget=forms.HiddenInput, max_length=40, required=False)


class SigningForm(forms.Form):
    """A booking of an interpreter, for oneself or (at the desk) for somebody by their telephone number."""

    phone = forms.CharField(
        label=gettext_lazy("替谁约（手机号）"),
        max_length=20,
        required=False,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
    )
    starts = moment_field(gettext_lazy("从什么时候"))
    ends = moment_field(gettext_lazy("到什么时候"), hint=gettext_lazy("超过 1.5 小时会来两位，轮着翻"))
    place = forms.CharField(
        label=gettext_lazy("在哪里"),
        max_length=200,
        error_messages={"required": gettext_lazy("请写在哪里；视频的写怎么连。")},
    )
    remote = forms.BooleanField(label=gettext_lazy("视频翻译，不用到现场"), required=False)
    level = forms.ChoiceField(
        label=gettext_lazy("什么场合"),
        choices=SignLevel.choices,
        initial=SignLevel.SKILLED,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("请选什么场合。")},
    )
    wants_deaf = forms.BooleanField(label=gettext_lazy("还要一位聋人翻译"), required=False)
    about = forms.CharField(
        label=gettext_lazy("什么事"), max_length=300, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )
    confidential = forms.BooleanField(label=gettext_lazy("保密，什么事不给翻译和日历看"), required=False)
    once = forms.CharField(widget=forms.HiddenInput, max_length=40, required=False)

    def __init__(self, *args: Any, at_desk: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not at_desk:
            del self.fields["phone"]
        else:
            self.fields["phone"].required = True
            self.fields["phone"].error_messages["required"] = _("请填要约翻译的人的手机号。")


class InterpreterForm(forms.Form):
    """Somebody new on the list of interpreters, found by the telephone number of their account."""

    phone = forms.CharField(
        label=gettext_lazy("手机号"),
        max_length=20,
        widget=forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
        error_messages={"required": gettext_lazy("请填手机号。")},
    )
    level = forms.ChoiceField(label=gettext_lazy("水平"), choices=SignLevel.choices)
    certificate = forms.CharField(label=gettext_lazy("证书"), max_length=100, required=False)
    is_deaf = forms.BooleanField(label=gettext_lazy("聋人翻译（和听人翻译搭档）"), required=False)
    on_site = forms.BooleanField(label=gettext_lazy("能到现场"), required=False, initial=True)
    remote = forms.BooleanField(label=gettext_lazy("能视频"), required=False, initial=True)


class MatchForm(forms.Form):
    guide = forms.ChoiceField(label=gettext_lazy("请谁陪"), error_messages={"required": gettext_lazy("请选一位。")})

    def __init__(self, guides: Sequence[Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.guides = {str(one.pk): one for one in guides}
        self.fields["guide"].choices = [  # type: ignore[attr-defined]
            (str(one.pk), f"{one.person.shown_name} {one.when}".strip()) for one in guides
        ]


class MinutesForm(forms.Form):
    minutes = forms.IntegerField(
        label=gettext_lazy("陪了多少分钟"),
        min_value=1,
        max_value=600,
        error_messages={"required": gettext_lazy("请填分钟数。")},
    )


def thing_lists(person: Person, area: Area) -> tuple[list[Building], list[Facility]]:
    """The buildings and facilities a form offers."""
    buildings = list(
        Building.objects.visible_to(person)
        .filter(area=area)
        .select_related("compound", "area")
        .order_by("compound__name", "number", "name")
    )
    facilities = list(
        Facility.objects.visible_to(person)
        .filter(area=area)
        .select_related("building", "area")
        .order_by("kind", "name")
    )
    return buildings, facilities
