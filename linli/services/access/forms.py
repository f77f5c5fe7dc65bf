"""The forms of this room; what was typed stays when something is missing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _, gettext_lazy

from linli.foundation.areas.models import Area, Building, Facility
from linli.foundation.people.models import Person
from linli.foundation.policy import policy
from linli.mechanisms.cases.kinds import current, say
from linli.services.access.models import GuideKind, Outage, PathEdge, PathKind
from linli.services.access.models.network import CROSSINGS, SURFACES
from linli.services.access.queries import facts as reads, works

YES_NO = [("", gettext_lazy("没看过")), ("true", gettext_lazy("有")), ("false", gettext_lazy("没有"))]


def moment_field(label: Any, *, required: bool = True, hint: Any = "") -> forms.DateTimeField:
    """A date and time, as the browser's own field sends it."""
    return forms.DateTimeField(
        label=label, required=required, help_text=hint,
        input_formats=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M"],
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"required": gettext_lazy("请选时间。"), "invalid": gettext_lazy("时间要像 2026-12-01 09:30。")})


def day_field(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label, widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"required": gettext_lazy("请选日期。"), "invalid": gettext_lazy("日期要像 2026-12-01。")})


class ProposeForm(forms.Form):
    """One fact: which, and how it really is. `value` takes a number or one of the choices."""

    key = forms.ChoiceField(label=gettext_lazy("哪一样"), error_messages={"required": gettext_lazy("请选要改的是哪一样。")})
    value = forms.CharField(
        label=gettext_lazy("其实是"), max_length=40, required=False, help_text=gettext_lazy("数字直接填；有还是没有，在下面选。"))
    choice = forms.ChoiceField(label=gettext_lazy("或者选一个"), required=False)
    note = forms.CharField(label=gettext_lazy("怎么知道的"), max_length=200, required=False,
                           help_text=gettext_lazy("例如：今天用尺量的"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        entries = reads.keys()
        self.fields["key"].choices = [  # type: ignore[attr-defined]
            ("", _("请选")), *[(entry["key"], say(entry["title"])) for entry in entries]]
        choices: dict[str, str] = {}
        for entry in entries:
            for code, zh, en in entry["choices"]:
                # One list for every key: the same code may mean "can get in" of one and "there is one" of another.
                words = say({"zh": zh, "en": en})
                known = choices.get(code)
                choices[code] = words if known in (None, words) else (
                    known if known is not None and words in known.split(_("／")) else f"{known}{_('／')}{words}")
        self.fields["choice"].choices = [("", _("不选")), *choices.items()]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not given.get("value") and not given.get("choice") and not self.errors:
            self.add_error("value", _("请填数字，或者在下面选一个。"))
        given["said"] = given.get("value") or given.get("choice") or ""
        return given


class OutageForm(forms.Form):
    """What does not work, since when, until when."""

    what = forms.ChoiceField(label=gettext_lazy("哪里"), error_messages={
        "required": gettext_lazy("请选哪里坏了、哪里堵了。"), "invalid_choice": gettext_lazy("请选哪里坏了、哪里堵了。")})
    kind = forms.ChoiceField(label=gettext_lazy("怎么了"), choices=Outage.Kind.choices, widget=forms.RadioSelect,
                             error_messages={"required": gettext_lazy("请选是坏了还是堵了。")})
    note = forms.CharField(label=gettext_lazy("说一句"), max_length=200, required=False,
                           help_text=gettext_lazy("例如：门关不上，停在 1 楼"))
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

    category = forms.ChoiceField(label=gettext_lazy("要改什么"), widget=forms.RadioSelect, error_messages={
        "required": gettext_lazy("请选要改什么。")})
    where = forms.ChoiceField(label=gettext_lazy("哪栋楼、哪个设施"), required=False)
    place = forms.CharField(label=gettext_lazy("说细一点"), max_length=100, required=False,
                            help_text=gettext_lazy("例如：3 单元门口的 5 级台阶"))
    text = forms.CharField(label=gettext_lazy("为什么要改"), widget=forms.Textarea(attrs={"rows": 4}), max_length=2000,
                           error_messages={"required": gettext_lazy("请写一句为什么要改，例如谁用、怎么不方便。")})
    once = forms.CharField(widget=forms.HiddenInput, max_length=40, required=False)

    def __init__(self, buildings: Sequence[Building], facilities: Sequence[Facility], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.things: dict[str, Building | Facility] = {f"b-{one.pk}": one for one in buildings}
        self.things |= {f"f-{one.pk}": one for one in facilities}
        self.fields["category"].choices = [  # type: ignore[attr-defined]
            (code, str(category)) for code, category in current(works.KIND).categories.items()]
        self.fields["where"].choices = [  # type: ignore[attr-defined]
            ("", _("选不到，我在下面写")), (_("楼栋"), [(f"b-{one.pk}", str(one)) for one in buildings]),
            (_("设施"), [(f"f-{one.pk}", one.name) for one in facilities])]

    @property
    def thing(self) -> dict[str, Any]:
        found = self.things.get(self.cleaned_data["where"])
        if found is None:
            return {}
        return {"building": found} if isinstance(found, Building) else {
            "facility": found, "building": found.building}


class SurveyForm(forms.Form):
    surveyed_on = day_field(gettext_lazy("哪天看的"))
    found = forms.CharField(label=gettext_lazy("现场看到什么"), widget=forms.Textarea(attrs={"rows": 4}), max_length=2000,
                            error_messages={"required": gettext_lazy("请写现场看到什么：高差、宽度、有没有管线。")})
    users = forms.CharField(label=gettext_lazy("给谁用"), max_length=200, required=False)
    can_be_done = forms.BooleanField(label=gettext_lazy("具备改造条件"), required=False, initial=True)


class PlanForm(forms.Form):
    text = forms.CharField(label=gettext_lazy("怎么改"), widget=forms.Textarea(attrs={"rows": 4}), max_length=2000,
                           error_messages={"required": gettext_lazy("请写怎么改。")})
    consent_rule = forms.ChoiceField(label=gettext_lazy("要谁同意"), widget=forms.RadioSelect, error_messages={
        "required": gettext_lazy("请选这件事要谁同意。")})
    responsible = forms.CharField(label=gettext_lazy("谁负责"), max_length=80, help_text=gettext_lazy(
        "所有权人或者管理人；另有约定的写约定的责任人"), error_messages={"required": gettext_lazy("请写谁负责。")})
    builder = forms.CharField(label=gettext_lazy("谁施工"), max_length=80, required=False)
    cost = forms.DecimalField(label=gettext_lazy("预算（元）"), max_digits=12, decimal_places=2, min_value=0, required=False)
    paid_from = forms.CharField(label=gettext_lazy("钱从哪里来"), max_length=80, required=False)

    def __init__(self, *args: Any, area_code: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["consent_rule"].choices = [  # type: ignore[attr-defined]
            (rule["code"], say(rule["title"])) for rule in policy("access.consent_rules", area=area_code)]


def _count(label: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=0, max_value=1_000_000, error_messages={
        "required": gettext_lazy("请填人数。")})


def _metres(label: Any) -> forms.DecimalField:
    return forms.DecimalField(label=label, min_value=0, max_digits=12, decimal_places=2, error_messages={
        "required": gettext_lazy("请填面积。")})


class ConsentForm(forms.Form):
    held_on = day_field(gettext_lazy("哪天表决的"))
    owners = _count(gettext_lazy("业主总人数"))
    owners_took_part = _count(gettext_lazy("参与表决的人数"))
    owners_agreed = _count(gettext_lazy("同意的人数"))
    m2 = _metres(gettext_lazy("专有面积总和（m²）"))
    m2_took_part = _metres(gettext_lazy("参与表决的面积（m²）"))
    m2_agreed = _metres(gettext_lazy("同意的面积（m²）"))
    paper = forms.CharField(label=gettext_lazy("凭据"), max_length=200, help_text=gettext_lazy(
        "例如：书面征求意见表 36 份，存业委会"), error_messages={"required": gettext_lazy("请写凭据是什么、存在哪里。")})


class MeasureForm(forms.Form):
    item = forms.ChoiceField(label=gettext_lazy("量的是哪一样"), error_messages={
        "required": gettext_lazy("请选量的是哪一样。")})
    value = forms.DecimalField(label=gettext_lazy("量到"), max_digits=8, decimal_places=2, min_value=0, help_text=gettext_lazy(
        "单位看上面；「试用过，能用」能用填 1，不能用填 0"), error_messages={"required": gettext_lazy("请填量到的数。")})
    with_user = forms.BooleanField(label=gettext_lazy("请残疾人或老年人一起试过"), required=False)
    note = forms.CharField(label=gettext_lazy("说明"), max_length=200, required=False)

    def __init__(self, items: Sequence[works.Item], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["item"].choices = [  # type: ignore[attr-defined]
            (item.code, f"{item.title} {item.unit}".strip()) for item in items]


class EdgeForm(forms.Form):
    """What is measured on a stretch; an empty field stays unknown."""

    name = forms.CharField(label=gettext_lazy("名称"), max_length=60, required=False)
    kind = forms.ChoiceField(label=gettext_lazy("是什么"), choices=PathKind.choices)
    steps = forms.IntegerField(label=gettext_lazy("台阶级数"), min_value=0, max_value=500, required=False, help_text=gettext_lazy(
        "没有台阶填 0；没看过就空着"))
    incline = forms.FloatField(label=gettext_lazy("坡度（%）"), min_value=-60, max_value=60, required=False)
    width_cm = forms.IntegerField(label=gettext_lazy("最窄处的净宽（厘米）"), min_value=1, max_value=5000, required=False)
    kerb_cm = forms.FloatField(label=gettext_lazy("路缘高（厘米）"), min_value=0, max_value=100, required=False)
    surface = forms.ChoiceField(label=gettext_lazy("路面"), choices=[("", gettext_lazy("没看过")), *SURFACES], required=False)
    crossing = forms.ChoiceField(label=gettext_lazy("怎么过街"), choices=[("", gettext_lazy("没看过")), *CROSSINGS], required=False)
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

    kinds = forms.MultipleChoiceField(label=gettext_lazy("我能做"), choices=GuideKind.choices,
                                      widget=forms.CheckboxSelectMultiple, error_messages={
                                          "required": gettext_lazy("请至少选一样您能做的。")})
    when = forms.CharField(label=gettext_lazy("什么时候方便"), max_length=100, required=False,
                           help_text=gettext_lazy("例如：周二、周四上午"))


class AskGuideForm(forms.Form):
    kind = forms.ChoiceField(label=gettext_lazy("要什么帮助"), choices=GuideKind.choices, widget=forms.RadioSelect,
                             error_messages={"required": gettext_lazy("请选要什么帮助。")})
    starts = moment_field(gettext_lazy("从什么时候"))
    ends = moment_field(gettext_lazy("到什么时候"))
    place = forms.CharField(label=gettext_lazy("在哪里碰头，去哪里"), max_length=200, error_messages={
        "required": gettext_lazy("请写在哪里碰头、要去哪里。")})
    note = forms.CharField(label=gettext_lazy("还要知道什么"), widget=forms.Textarea(attrs={"rows": 3}), max_length=500,
                           required=False, help_text=gettext_lazy("只有陪您的人和安排的社工看得到"))
    once = forms.CharField(widget=forms.HiddenInput, max_length=40, required=False)


class MatchForm(forms.Form):
    guide = forms.ChoiceField(label=gettext_lazy("请谁陪"), error_messages={"required": gettext_lazy("请选一位。")})

    def __init__(self, guides: Sequence[Any], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.guides = {str(one.pk): one for one in guides}
        self.fields["guide"].choices = [  # type: ignore[attr-defined]
            (str(one.pk), f"{one.person.shown_name} {one.when}".strip()) for one in guides]


class MinutesForm(forms.Form):
    minutes = forms.IntegerField(label=gettext_lazy("陪了多少分钟"), min_value=1, max_value=600, error_messages={
        "required": gettext_lazy("请填分钟数。")})


def thing_lists(person: Person, area: Area) -> tuple[list[Building], list[Facility]]:
    """The buildings and facilities a form offers."""
    buildings = list(Building.objects.visible_to(person).filter(area=area).select_related("compound", "area").order_by(
        "compound__name", "number", "name"))
    facilities = list(Facility.objects.visible_to(person).filter(area=area).select_related("building", "area").order_by(
        "kind", "name"))
    return buildings, facilities
