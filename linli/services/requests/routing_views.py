"""The rules at the desk: versions, the rows of a draft, the trial on last month, and the second person's answer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.foundation.areas.models import Area, Compound
from linli.foundation.audit import Ref
from linli.foundation.calendar.clock import today
from linli.foundation.people.models import Organisation, Person, prefix_q
from linli.foundation.people.permit import may, permit
from linli.foundation.policy import policy
from linli.foundation.web import Denied
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import refusal_shown_in, staff_only
from linli.mechanisms.cases.kinds import current, shipped
from linli.mechanisms.cases.models import RoutingRow, RoutingTable, Urgency
from linli.services.requests import actions, classifying, trial
from linli.services.requests.actions.tables import problems_of
from linli.services.requests.places import here

STATES = {"draft": gettext_lazy("草稿"), "proposed": gettext_lazy("等着发布"), "published": gettext_lazy("已发布"),
          "dropped": gettext_lazy("作废")}
SHOWN_MOVES = 200


class RowForm(forms.Form):
    """One rule. Empty means any."""

    category = forms.CharField(
        label=gettext_lazy("种类"), required=False, max_length=60,
        help_text=gettext_lazy("写「公共设施」就包括下面各种；空着是任何种类。"),
        widget=forms.TextInput(attrs={"list": "desk-categories", "autocomplete": "off"}))
    kind_code = forms.ChoiceField(label=gettext_lazy("工单类型"), required=False)
    area_prefix = forms.ChoiceField(label=gettext_lazy("范围"))
    compound_id = forms.ChoiceField(label=gettext_lazy("小区"), required=False)
    words = forms.CharField(
        label=gettext_lazy("写到这些词"), required=False, max_length=400,
        help_text=gettext_lazy("用逗号隔开，写到一个就算；空着是不看写的话。"))
    source = forms.CharField(
        label=gettext_lazy("来源"), required=False, max_length=30,
        help_text=gettext_lazy("例如 12345；空着是任何来源。"))
    unit = forms.ChoiceField(
        label=gettext_lazy("由谁牵头"), required=False,
        help_text=gettext_lazy("空着就进没有负责单位的队列，由社区值班看。"))
    helpers = forms.MultipleChoiceField(
        label=gettext_lazy("建议谁协办"), required=False, widget=forms.CheckboxSelectMultiple)
    urgency = forms.ChoiceField(label=gettext_lazy("急不急"), required=False)
    note = forms.CharField(
        label=gettext_lazy("为什么"), max_length=200,
        help_text=gettext_lazy("居民和经办人都看得到这句，例如「市容归城管办」。"),
        error_messages={"required": gettext_lazy("请写一句为什么，居民会看到。")})

    def __init__(self, table: RoutingTable, data: Any = None, **more: Any) -> None:
        super().__init__(data, **more)
        units = units_of(table)
        self.units = {str(unit.pk): unit for unit in units}
        named = [(pk, unit.name) for pk, unit in self.units.items()]
        self._choose("unit", [("", _("没有（社区值班看）")), *named])
        self._choose("helpers", named)
        self._choose("kind_code", [("", _("任何类型")), *[(code, str(current(code))) for code in shipped()]])
        self._choose("area_prefix", [
            (area.code, area.name)
            for area in Area.objects.filter(prefix_q("code", table.area_code)).order_by("code")[:400]])
        self._choose("compound_id", [("", _("任何小区")), *[
            (str(one.pk), one.name)
            for one in Compound.objects.filter(prefix_q("area__code", table.area_code)).order_by("name")]])
        self._choose("urgency", [("", _("按种类")), *Urgency.choices])

    def _choose(self, name: str, choices: Sequence[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)
        field.choices = list(choices)

    def clean_category(self) -> str:
        words = self.cleaned_data["category"].strip()
        found = classifying.find_category(words)
        if words and len(found) != 1:
            raise forms.ValidationError(_("没有这个种类，或者有好几种，请写全一点。"))
        return found[0] if found else ""

    def clean_words(self) -> list[str]:
        plain = self.cleaned_data["words"].replace("，", ",").replace("、", ",")
        return [word.strip() for word in plain.split(",") if word.strip()]

    def given(self) -> dict[str, Any]:
        data = dict(self.cleaned_data)
        data["unit"] = self.units.get(data["unit"])
        data["helpers"] = [self.units[pk] for pk in data["helpers"]]
        data["compound_id"] = int(data["compound_id"]) if data["compound_id"] else None
        return data


def units_of(table: RoutingTable) -> list[Organisation]:
    """Who may be named in the table: the bodies of its place, below it, and of the street and district above."""
    codes = [table.area_code[:n] for n in (4, 6, 9, 12) if n <= len(table.area_code)]
    return list(Organisation.objects.filter(
        prefix_q("area__code", table.area_code) | Q(area__code__in=codes), is_active=True,
    ).exclude(kind__in=["group", "enterprise"]).select_related("area").order_by("name"))


def _table(request: Request, pk: int, verb: str = "requests.see_routing") -> RoutingTable:
    """The version, if the person may see the rules of its place. Raises `Denied`."""
    found = RoutingTable.objects.filter(pk=pk).select_related("proposed_by", "published_by").first()
    if found is None or not may(request.person, verb, _ref(found)):
        raise Denied("requests.see_routing")
    return found


def _ref(table: RoutingTable) -> Ref:
    return Ref("cases.routingtable", table.pk, table.area_code)


def _places(person: Person) -> list[Area]:
    """The places whose rules the person may see: communities, and the street above them."""
    codes = {s.area_code for s in person.standings if s.area_code and s.role != "resident"}
    rows = Area.objects.filter(level__in=["district", "street", "community"]).order_by("code")
    return [area for area in rows if any(area.code.startswith(code) for code in codes)
            and may(person, "requests.see_routing", area)][:200]


@require_http_methods(["GET", "POST"])
@staff_only
def tables(request: Request) -> HttpResponse:
    """Every version of the places one answers for, newest first; POST begins a draft."""
    permit(request.person, "requests.see_routing", here(request))
    if request.method == "POST":
        area = next((one for one in _places(request.person) if one.code == request.POST.get("area")), None)
        if area is None:
            raise Denied("cases.route")
        made = actions.new_draft(request.person, area, note=request.POST.get("note", ""))
        return redirect("requests:routing_table", made.pk)
    places = _places(request.person)
    versions = list(RoutingTable.objects.filter(
        area_code__in=[area.code for area in places]).exclude(state="dropped").select_related(
            "proposed_by", "published_by").order_by("area_code", "-version"))
    in_force: dict[str, int] = {}
    for version in versions:
        if version.state == "published":
            in_force.setdefault(version.area_code, version.pk)
    shown = [(area, [(one, STATES[one.state], one.pk == in_force.get(area.code))
                     for one in versions if one.area_code == area.code]) for area in places]
    return render(request, "requests/routing.html", {
        "places": [(area, rows, may(request.person, "cases.route", area)) for area, rows in shown]})


@require_safe
@staff_only
def table(request: Request, pk: int) -> HttpResponse:
    """One version: its rows in the order they are tried, and what forbids publishing it."""
    found = _table(request, pk)
    rows = list(found.rows.select_related("unit"))
    may_route = may(request.person, "cases.route", _ref(found))
    problems = problems_of(found, rows) if found.state in ("draft", "proposed") else []
    compounds = dict(Compound.objects.filter(prefix_q("area__code", found.area_code)).values_list("pk", "name"))
    names = dict(Area.objects.filter(prefix_q("code", found.area_code)).values_list("code", "name"))
    return render(request, "requests/routing_table.html", {
        "table": found, "state": STATES.get(found.state, found.state), "problems": [text for _row, text in problems],
        "place": names.get(found.area_code, found.area_code),
        "rows": [{"row": row, "compound": compounds.get(row.compound_id or 0, ""),
                  "place": names.get(row.area_prefix, ""),
                  "kind": str(current(row.kind_code)) if row.kind_code in shipped() else row.kind_code,
                  "urgency": dict(Urgency.choices).get(row.urgency, ""), "is_catch_all": classifying.is_catch_all(row),
                  "problem": next((text for bad, text in problems if bad is not None and bad.pk == row.pk), "")}
                 for row in rows],
        "may_edit": may_route and found.state == "draft",
        "may_decide": may_route and found.state == "proposed",
        "is_own": found.proposed_by_id == request.person.pk})


@require_http_methods(["GET", "POST"])
@staff_only
def row(request: Request, pk: int, row_pk: int | None = None) -> HttpResponse:
    """Add a rule, or change, move or drop one."""
    found = _table(request, pk, "cases.route")
    present = found.rows.filter(pk=row_pk).first() if row_pk is not None else None
    if row_pk is not None and present is None:
        raise Denied("cases.route")
    verb = request.POST.get("verb", "")
    if request.method == "POST" and present is not None and verb in ("up", "down", "drop"):
        if verb == "drop":
            actions.drop_row(request.person, present)
        else:
            actions.move_row(request.person, present, up=verb == "up")
        return redirect("requests:routing_table", found.pk)
    form = RowForm(found, request.POST if request.method == "POST" else None, initial=_initial(found, present))
    if request.method == "POST" and form.is_valid():
        with refusal_shown_in(form):
            if present is None:
                actions.add_row(request.person, found, form.given())
            else:
                actions.change_row(request.person, present, form.given())
            return redirect("requests:routing_table", found.pk)
    return render(request, "requests/routing_row.html", {
        "table": found, "row": present, "form": form, "codes": classifying.codes()},
        status=422 if form.errors else 200)


def _initial(table_: RoutingTable, present: RoutingRow | None) -> dict[str, Any]:
    if present is None:
        return {"area_prefix": table_.area_code}
    return {
        "area_prefix": present.area_prefix, "kind_code": present.kind_code, "category": present.category,
        "source": present.source, "words": "，".join(present.words), "compound_id": str(present.compound_id or ""),
        "unit": str(present.unit_id or ""), "helpers": [str(pk) for pk in present.helpers],
        "urgency": present.urgency, "note": present.note}


@require_safe
@staff_only
def trial_page(request: Request, pk: int) -> HttpResponse:
    """试算: what this version would have done with last month's cases. Changes nothing."""
    found = _table(request, pk)
    days = int(policy("requests.trial_days", on=today(), area=found.area_code))
    samples = trial.samples_of(found.area_code, days=days)
    alive = set(Organisation.objects.filter(is_active=True).values_list("pk", flat=True))
    others = trial.rows_in_force(without=found.area_code)
    present = trial.rows_in_force()
    proposed = [*others, *found.rows.select_related("unit")]
    result = trial.compare(present, proposed, samples, is_alive=alive.__contains__)
    wanted = {unit for unit in result.per_unit if unit} | {
        unit for move in result.moves for unit in (move.before, move.after) if unit}
    names = dict(Organisation.objects.filter(pk__in=wanted).values_list("pk", "name"))

    def name(unit: int | None) -> str:
        return names.get(unit, "") if unit else _("没有负责单位")

    per_unit = sorted(((name(unit), before, after, after - before)
                       for unit, (before, after) in result.per_unit.items()), key=lambda line: -abs(line[3]))
    mine = {one.pk for one in found.rows.all()}
    return render(request, "requests/routing_trial.html", {
        "table": found, "days": days, "trial": result, "per_unit": per_unit,
        "moves": [(move.sample, name(move.before), name(move.after), move.why)
                  for move in result.moves[:SHOWN_MOVES]],
        "more": max(len(result.moves) - SHOWN_MOVES, 0),
        "unread": [one for one in result.unread if one.pk in mine]})


@require_POST
@staff_only
def decide(request: Request, pk: int, verb: str) -> HttpResponse:
    """Hand in, give back, publish, drop."""
    found = _table(request, pk, "cases.route")
    verbs = {"submit": actions.submit_table, "return": actions.return_table, "publish": actions.publish_table,
             "drop": actions.drop_draft}
    if verb not in verbs:
        raise Denied("cases.route")
    verbs[verb](request.person, found)
    messages.success(request, {
        "submit": _("交上去了，请另一位同事看过再发布。"), "return": _("退回来了，可以接着改。"),
        "publish": _("发布了，新来的工单按这一版派。在办的不动。"), "drop": _("草稿作废了。")}[verb])
    return redirect("requests:routing") if verb == "drop" else redirect("requests:routing_table", found.pk)
