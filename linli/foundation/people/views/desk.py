"""The desk: claims to confirm, roles, bodies, and mandates taken at the window."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy as _lazy
from django.views.decorators.http import require_POST

from linli.foundation.areas.models import Area
from linli.foundation.people import actions, queries, rules
from linli.foundation.people.forms import OrganisationForm, ReasonForm, RoleForm, WitnessForm
from linli.foundation.people.models import Person, Residency, RoleAssignment, RoleName
from linli.foundation.people.permit import may, permit
from linli.foundation.web.middleware import Request
from linli.foundation.web.refusals import Denied, Refused
from linli.foundation.web.views import keyset_page, refusal_shown_in, sent, staff_only

_TABS = (
    ("residencies", _lazy("住址核实"), "people:desk_residencies", "people.decide_residency"),
    ("mandates", _lazy("代办委托"), "people:desk_mandates", "people.witness_mandate"),
    ("roles", _lazy("角色"), "people:desk_roles", "people.give_role"),
    ("organisations", _lazy("单位"), "people:desk_organisations", "people.manage_organisation"),
)


def _tabs(person: Person) -> list[tuple[str, object, str]]:
    """The desk pages of this room that `person` may open."""
    return [(name, title, reverse(url)) for name, title, url, verb in _TABS if may(person, verb)]


@staff_only
def residencies(request: Request) -> HttpResponse:
    """The queue of claims, the oldest first."""
    permit(request.person, "people.decide_residency")
    state = request.GET.get("state", Residency.State.CLAIMED)
    state = state if state in Residency.State.values else Residency.State.CLAIMED
    return render(request, "people/desk_residencies.html", {
        "page": keyset_page(queries.residency_queue(request.person, state), request), "state": state,
        "states": Residency.State.choices, "tabs": _tabs(request.person)})


@staff_only
def decide_residency(request: Request, pk: int) -> HttpResponse:
    """One claim: confirm it, or say what is missing."""
    permit(request.person, "people.decide_residency")
    row = get_object_or_404(Residency.objects.visible_to(request.person).select_related(
        "person", "home__building__compound", "area"), pk=pk)
    form = ReasonForm(request.POST if request.POST.get("answer") == "reject" else None)
    if request.method == "POST" and request.POST.get("answer") == "confirm":
        actions.confirm_residency(request.person, row)
        messages.success(request, _("核实好了，已经告诉 TA。"))
        return redirect("people:desk_residencies")
    if request.method == "POST" and request.POST.get("answer") == "end":
        actions.end_residency(request.person, row)
        messages.success(request, _("记下 TA 已搬走。"))
        return redirect("people:desk_residencies")
    if form.is_valid():
        with refusal_shown_in(form):
            actions.reject_residency(request.person, row, reason=form.cleaned_data["reason"])
            messages.success(request, _("已经告诉 TA 要补什么。"))
            return redirect("people:desk_residencies")
    others = Residency.objects.visible_to(request.person).filter(
        home=row.home_id, state=Residency.State.CONFIRMED).select_related("person").exclude(pk=row.pk)
    return render(request, "people/desk_residency.html", {"row": row, "form": form, "others": others},
                  status=422 if form.errors else 200)


@staff_only
def roles(request: Request) -> HttpResponse:
    """Who holds what here, the history on demand, and the form to give a role."""
    permit(request.person, "people.give_role")
    person = request.person
    given = sorted({role for s in person.standings for role in rules.GIVES.get(s.role, frozenset())},
                   key=list(RoleName.values).index)
    areas = Area.objects.filter(person.scope_q("code", roles=frozenset(rules.GIVES))).order_by("code")
    bodies = queries.organisations(person).filter(is_active=True)
    form = RoleForm(sent(request), roles=given, areas=areas, bodies=bodies)
    if form.is_valid():
        with refusal_shown_in(form):
            _give(person, form.cleaned_data)
            messages.success(request, _("角色给好了，已经告诉 TA。"))
            return redirect("people:desk_roles")
    history = request.GET.get("history") == "1"
    return render(request, "people/desk_roles.html", {
        "form": form, "page": keyset_page(queries.roles_held(person, all_rows=history), request), "history": history,
        "tabs": _tabs(person), "given": given, "may_reset": may(person, "people.reset_second_factor"),
    }, status=422 if form.errors else 200)


def _give(person: Person, typed: dict[str, object]) -> None:
    to = Person.objects.by_phone(str(typed["phone"])).filter(is_active=True).first()
    if to is None:
        raise Refused("agent_unknown", _("请 TA 先用这个手机号登录一次，再来给角色。"), field="phone")
    skills = str(typed["skills"]).replace("，", ",").split(",")
    actions.give_role(person, to, str(typed["role"]), area=typed["area"],  # type: ignore[arg-type]  # cleaned by the form
                      organisation=typed["organisation"], until=typed["until"], skills=skills)  # type: ignore[arg-type]


@require_POST
@staff_only
def withdraw_role(request: Request, pk: int) -> HttpResponse:
    rows = RoleAssignment.objects.visible_to(request.person).select_related("area", "organisation__area")
    row = get_object_or_404(rows, pk=pk)
    actions.withdraw_role(request.person, row)
    messages.success(request, _("角色收回了，马上生效。"))
    return redirect("people:desk_roles")


@require_POST
@staff_only
def reset_second_factor(request: Request, pk: int) -> HttpResponse:
    """For a colleague whose telephone is lost, and the recovery codes with it."""
    rows = RoleAssignment.objects.visible_to(request.person).select_related("person", "area", "organisation__area")
    actions.reset_second_factor(request.person, get_object_or_404(rows, pk=pk))
    messages.success(request, _("验证器取消了。TA 下次登录会重新设。"))
    return redirect("people:desk_roles")


@staff_only
def organisations(request: Request) -> HttpResponse:
    """The bodies of one's places."""
    permit(request.person, "people.manage_organisation")
    return render(request, "people/desk_organisations.html", {
        "rows": queries.organisations(request.person), "tabs": _tabs(request.person)})


@staff_only
def organisation(request: Request, pk: int = 0) -> HttpResponse:
    """Add a body (pk 0), or change one."""
    permit(request.person, "people.manage_organisation")
    person = request.person
    row = get_object_or_404(queries.organisations(person), pk=pk) if pk else None
    if row is not None and not may(person, "people.manage_organisation", row):
        raise Denied("people.manage_organisation")
    if row is not None and request.method == "POST" and "close" in request.POST:
        actions.close_organisation(person, row)
        messages.success(request, _("停用了。它的记录都还在。"))
        return redirect("people:desk_organisations")
    initial = {"name": row.name, "kind": row.kind, "area": row.area_id, "phone": row.phone} if row else None
    form = OrganisationForm(sent(request), initial=initial, areas=_managed(person))
    if form.is_valid():
        with refusal_shown_in(form):
            actions.save_organisation(person, organisation=row, **form.cleaned_data)
            messages.success(request, _("存好了。"))
            return redirect("people:desk_organisations")
    return render(request, "people/desk_organisation.html", {"form": form, "row": row},
                  status=422 if form.errors else 200)


def _managed(person: Person) -> object:
    return Area.objects.filter(
        person.scope_q("code", roles=frozenset({"community_head", "system_admin"}))).order_by("code")


@staff_only
def mandates(request: Request) -> HttpResponse:
    """A mandate on paper, or spoken before a worker."""
    permit(request.person, "people.witness_mandate")
    form = WitnessForm(sent(request))
    if form.is_valid():
        with refusal_shown_in(form):
            typed = form.cleaned_data
            actions.witness_mandate(
                request.person, _subject(request, typed), typed["phone"], scope=typed["scope"],
                evidence=typed["evidence"], note=typed["note"], until=typed["until"])
            messages.success(request, _("记好了。代办人在手机上答应以后生效。"))
            return redirect("people:desk_mandates")
    return render(request, "people/desk_mandates.html", {
        "form": form, "tabs": _tabs(request.person)}, status=422 if form.errors else 200)


def _subject(request: Request, typed: dict[str, str]) -> Person:
    if typed["subject"]:
        found = Person.objects.visible_to(request.person).filter(
            pk__in=Person.objects.by_phone(typed["subject"]).values("pk")).first()
        if found is None:
            raise Refused("subject_unknown", _(
                "这个社区里没有用这个手机号登记的人。请核对，或只写姓名先登记。"), field="subject")
        return found
    place = getattr(request, "area", None)
    if not place:
        raise Refused("area_missing", _("请先在左上角选社区。"))
    return actions.register_person(request.person, place, name=typed["name"])
