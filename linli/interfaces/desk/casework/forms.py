"""The forms behind a case's verbs; each asks only what its transition needs."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _, gettext_lazy

from linli.foundation.calendar.clock import now, today
from linli.foundation.people.models import Organisation, Person, RoleAssignment
from linli.foundation.prepared import Prepared
from linli.mechanisms.cases import queries
from linli.mechanisms.cases.actions import open_tied
from linli.mechanisms.cases.actions.units import EXCLUSIONS
from linli.mechanisms.cases.engine import why_not, words_for
from linli.mechanisms.cases.kinds import Kind, Transition, say
from linli.mechanisms.cases.models import Case, CaseEvent, Urgency, Visibility

WORKER_ROLES = ("property_worker", "grid_worker", "worker", "department_desk", "property_desk")


def _workers(moment: datetime, **where: Any) -> QuerySet[RoleAssignment]:
    return RoleAssignment.objects.filter(
        Q(until=None) | Q(until__gt=moment), withdrawn=None, role__in=WORKER_ROLES, **where).select_related(
        "person", "area").defer("area__outline")


_of_unit = Prepared(lambda moment, unit: _workers(moment, organisation=unit))
_of_place = Prepared(lambda moment: _workers(moment, organisation=None))


def workers_for(case: Case) -> list[tuple[Person, str]]:
    """Whom the case can be given to, with why: on shift, skills, how many open jobs they hold. Two statements."""
    held = _of_unit.all(now(), case.unit_id) if case.unit_id else _of_place.all(now())
    rows: dict[int, RoleAssignment] = {}
    for row in held:
        if row.area is None or case.area_code.startswith(row.area.code):
            rows.setdefault(row.person_id, row)
    load = queries.load_of([row.person for row in rows.values()])
    sent_back = set(case.facts.get("sent_back", []))
    told = []
    for row in rows.values():
        facts = [str(row.get_role_display()), _("手上 %(count)s 件") % {"count": load.get(row.person_id, 0)}]
        facts += [str(skill) for skill in row.skills]
        facts += [] if row.on_shift else [_("不在班")]
        facts += [_("退过这单")] if row.person_id in sent_back else []
        told.append((row.person_id in sent_back, not row.on_shift, row.role != "property_worker",
                     load.get(row.person_id, 0), row.person, " · ".join(facts)))
    told.sort(key=lambda entry: entry[:4])
    return [(entry[4], entry[5]) for entry in told]


def units_for(case: Case) -> list[Organisation]:
    """The bodies of the place and of its street and district, less the one complained of."""
    codes = [case.area_code[:n] for n in (4, 6, 9, 12)]
    rows = Organisation.objects.filter(area__code__in=codes, is_active=True).exclude(
        kind__in=["group", "enterprise"]).order_by("kind", "name")
    if "department_desk" not in case.kind.hands:  # a body whose people cannot make one step of it would bury the case
        rows = rows.filter(kind__in=["property_company", "contractor", "utility"])
    return [unit for unit in rows if unit.pk != case.complained_of]


class SomeUnfit(forms.RadioSelect):
    """Radio buttons of which some cannot be chosen; the label of each says why."""

    unfit: frozenset[str] = frozenset()

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        if str(value) in self.unfit:
            option["attrs"]["disabled"] = True
        return option


def _choices(case: Case, transition: Transition) -> tuple[list[tuple[str, str]], frozenset[str]]:
    """The workers with what speaks for each, the unfit ones last with the reason; and the keys of the unfit."""
    fit: list[tuple[str, str]] = []
    unfit: list[tuple[str, str]] = []
    for person, why in workers_for(case):
        no = why_not(person, case, transition, person)
        row = str(person.pk), f"{person.shown_name}（{why}）" + (f" {no}" if no else "")
        (unfit if no else fit).append(row)
    return [*fit, *unfit], frozenset(key for key, _label in unfit)


class StepForm(forms.Form):
    """One transition: the fields its kind requires, a note for the requester and one for colleagues."""

    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, case: Case, transition: Transition, data: Any = None, files: Any = None) -> None:
        super().__init__(data, files, initial={"seen": case.seq})
        required = set(transition.required)
        if "unit" in required or "set_unit" in transition.effects:
            self.fields["unit"] = forms.ChoiceField(
                label=gettext_lazy("由哪个单位办"), choices=[(str(u.pk), u.name) for u in units_for(case)])
        if "worker" in required:
            self.fields["worker"] = forms.ChoiceField(
                label=gettext_lazy("由谁去办"), widget=SomeUnfit(), choices=[],
                error_messages={"required": gettext_lazy("请选由谁去办。")})
            self.fields["worker"].choices, self.fields["worker"].widget.unfit = _choices(  # type: ignore[attr-defined]
                case, transition)
        if "reason" in required:
            if transition.reasons:
                self.fields["reason"] = forms.ChoiceField(
                    label=gettext_lazy("原因"), widget=forms.RadioSelect,
                    choices=[(code, say(words)) for code, words in transition.reasons.items()],
                    error_messages={"required": gettext_lazy("请选一个原因。")})
            else:
                self.fields["reason"] = forms.CharField(label=gettext_lazy("原因"), max_length=300)
        if "target" in required:
            self.fields["target"] = forms.CharField(
                label=gettext_lazy("出处"), max_length=200, help_text=gettext_lazy("公开答案的标题和网址或文号"))
        if "until" in required:
            self.fields["until"] = forms.DateField(
                label=gettext_lazy("哪天再看"), widget=forms.DateInput(attrs={"type": "date"}),
                help_text=gettext_lazy("最晚 90 天以内"))
        if "solved" in required or transition.name in ("call_back", "not_fixed"):
            self.fields["contacted"] = forms.ChoiceField(
                label=gettext_lazy("有人及时联系吗"), required=False, widget=forms.RadioSelect,
                choices=[("yes", gettext_lazy("联系了")), ("no", gettext_lazy("没有")), ("", gettext_lazy("没问到"))])
            self.fields["satisfied"] = forms.ChoiceField(
                label=gettext_lazy("满意吗"), required=False, widget=forms.RadioSelect,
                choices=[(str(n), f"{n}") for n in (5, 4, 3, 2, 1)] + [("", gettext_lazy("没问到"))])
        self.takes_photos = any(guard.startswith("has_photo") for guard in transition.guards)
        if self.takes_photos:
            self.fields["after_photos"] = forms.FileField(label=gettext_lazy("修好以后的照片"), required=False)
        if transition.texts:
            words = words_for(case)
            self.fields["ready"] = forms.ChoiceField(
                label=gettext_lazy("现成的话"), required=False, widget=forms.RadioSelect,
                help_text=gettext_lazy("选一句就照原样发给居民；下面自己写的话优先。"),
                choices=[*((say(text, **words), say(text, **words)) for text in transition.texts),
                         ("", gettext_lazy("自己写"))])
        said = gettext_lazy("给居民的话，或选上面一句") if transition.texts else gettext_lazy("给居民的话")
        self.fields["note"] = forms.CharField(
            label=said, required="note" in required and not transition.texts, max_length=500,
            widget=forms.Textarea(attrs={"rows": 3}),
            help_text=gettext_lazy("居民看得到。别写「不归我们管」，写谁能帮上。"),
            error_messages={"required": gettext_lazy("请写一句给居民的话。")})
        self.fields["internal"] = forms.CharField(
            label=gettext_lazy("内部备注"), required=False, max_length=500, widget=forms.Textarea(attrs={"rows": 2}),
            help_text=gettext_lazy("只有经办人看得到"))

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        given["note"] = given.get("note") or given.get("ready") or ""
        return given

    def clean_until(self) -> Any:
        until = self.cleaned_data["until"]
        if not today() < until <= today() + timedelta(days=90):
            raise forms.ValidationError(_("请选明天起 90 天以内的一天。"))
        return until

    def given(self, name: str) -> dict[str, Any]:
        """The transition's data; a call-back that solves says so, and its opposite too."""
        data = {k: v for k, v in self.cleaned_data.items()
                if k not in ("note", "ready", "internal", "seen", "after_photos") and v not in ("", None)}
        if name == "call_back":
            data["solved"] = "yes"
        if name == "not_fixed":
            data["solved"] = "no"
        if "until" in data:
            data["until"] = data["until"].isoformat()
        return data


class WordsForm(forms.Form):
    text = forms.CharField(label=gettext_lazy("要说的"), max_length=2000, widget=forms.Textarea(attrs={"rows": 3}))
    to = forms.ChoiceField(
        label=gettext_lazy("给谁看"), widget=forms.RadioSelect, initial="requester",
        choices=[("requester", gettext_lazy("回复居民")), ("inside", gettext_lazy("内部备注"))])


class EditForm(forms.Form):
    """What staff may correct. It moves no clock."""

    category = forms.ChoiceField(label=gettext_lazy("种类"), required=False)
    title = forms.CharField(label=gettext_lazy("一句话"), max_length=80)
    place = forms.CharField(label=gettext_lazy("准确地点"), max_length=120, required=False)
    place_public = forms.CharField(label=gettext_lazy("邻居看得到的地点"), max_length=120, required=False)
    urgency = forms.ChoiceField(label=gettext_lazy("急不急"), choices=Urgency.choices)
    visibility = forms.ChoiceField(label=gettext_lazy("谁看得到"), choices=Visibility.choices)  # less sealed, below
    reason = forms.CharField(label=gettext_lazy("为什么改"), max_length=200)
    seen = forms.IntegerField(widget=forms.HiddenInput, required=False)

    def __init__(self, case: Case, data: Any = None) -> None:
        names = ("category", "title", "place", "place_public", "urgency", "visibility")
        super().__init__(data, initial={**{name: getattr(case, name) for name in names}, "seen": case.seq})
        self.fields["visibility"].choices = [  # type: ignore[attr-defined]
            (code, name) for code, name in Visibility.choices
            if (code == Visibility.SEALED) == (case.visibility == Visibility.SEALED)]
        self.fields["category"].choices = category_choices(case.kind, case.category)  # type: ignore[attr-defined]


def category_choices(kind: Kind, present: str = "") -> list[tuple[str, str]]:
    """The kind's categories; one that the kind does not know stays choosable."""
    known = [(category.code, str(category)) for category in kind.categories.values()]
    return known if not present or present in kind.categories else [(present, present), *known]


class MoreForm(forms.Form):
    """吹哨, 异议, 延期, 并案 …: the few fields of one verb."""

    def __init__(self, verb: str, case: Case, data: Any = None) -> None:
        super().__init__(data)
        for name, maker in FIELDS[verb].items():
            self.fields[name] = maker(case)


def _unit_field(case: Case) -> forms.Field:
    return forms.ChoiceField(label=gettext_lazy("哪个单位"), choices=[(str(u.pk), u.name) for u in units_for(case)])


def _optional_unit(case: Case) -> forms.Field:
    choices = [("", gettext_lazy("不清楚该归谁")), *[(str(u.pk), u.name) for u in units_for(case)]]
    return forms.ChoiceField(label=gettext_lazy("该归哪个单位"), required=False, choices=choices)


def _reason(_case: Case) -> forms.Field:
    return forms.CharField(label=gettext_lazy("原因"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


def _optional_reason(_case: Case) -> forms.Field:
    return forms.CharField(label=gettext_lazy("说明"), max_length=500, required=False)


def _until(_case: Case) -> forms.Field:
    return forms.DateTimeField(
        label=gettext_lazy("延到什么时候"), widget=forms.DateTimeInput(attrs={"type": "datetime-local"}))


def _yes_no(yes: Any, no: Any) -> Any:
    return lambda _case: forms.ChoiceField(
        label=gettext_lazy("怎么定"), choices=[("yes", yes), ("no", no)], widget=forms.RadioSelect)


def _number(_case: Case) -> forms.Field:
    return forms.CharField(label=gettext_lazy("并到哪个单号"), max_length=24)


def _exclusion(_case: Case) -> forms.Field:
    return forms.ChoiceField(label=gettext_lazy("剔除原因"), choices=list(EXCLUSIONS.items()), widget=forms.RadioSelect)


def _tied(case: Case) -> forms.Field:
    rows = open_tied(case)
    return forms.MultipleChoiceField(
        label=gettext_lazy("归到这里、还没办结的"), widget=forms.CheckboxSelectMultiple,
        choices=[(row.number, f"{row.title} · {row.number} · {row.now_state}") for row in rows],
        initial=[row.number for row in rows], error_messages={"required": gettext_lazy("请至少勾一件。")})


def _result(case: Case) -> forms.Field:
    ends = [name for name, step in case.kind.transitions.items() if "propose_close" in step.effects]
    said = CaseEvent.objects.filter(case=case, name__in=ends).order_by("-seq").values_list("text_public", flat=True)
    return forms.CharField(
        label=gettext_lazy("给居民的话"), max_length=500, initial=said.first() or "",
        widget=forms.Textarea(attrs={"rows": 3}), error_messages={"required": gettext_lazy("请写一句给居民的话。")})


FIELDS: Mapping[str, Mapping[str, Any]] = {
    "whistle": {"unit": _unit_field, "reason": _reason},
    "object": {"unit": _optional_unit, "reason": _reason},
    "decide_objection": {"agreed": _yes_no(gettext_lazy("成立，换单位"), gettext_lazy("不成立")), "reason": _reason},
    "extend": {"until": _until, "reason": _reason},
    "decide_extension": {"agreed": _yes_no(gettext_lazy("同意延"), gettext_lazy("不同意")), "reason": _optional_reason},
    "merge": {"number": _number, "reason": _optional_reason},
    "unmerge": {},
    "tie": {"number": _number},
    "untie": {},
    "broadcast": {"reason": _reason},
    "finish_tied": {"which": _tied, "reason": _result},
    "remind": {"reason": _optional_reason},
    "exclude": {"reason": _exclusion},
    "try_call": {"reason": _optional_reason},
}
