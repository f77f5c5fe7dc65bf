"""The desk of after-school care: rooms, papers, groups, staff, days that differ."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.foundation.calendar.clock import today
from linli.foundation.people.permit import permit
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import refusal_shown_in, sent, staff_only
from linli.services.children import papers, queries
from linli.services.children.actions import care
from linli.services.children.forms import ChangeDayForm, GroupForm, PaperForm, SiteForm, StaffForm
from linli.services.children.models import CareGroup, CareSite, CareStaff
from linli.services.children.vetting import vetted_among, vetted_until
from linli.services.children.views.common import by_phone, seen, working_area

VERB = "children.keep_care"


@staff_only
@require_safe
def care_desk(request: Request) -> HttpResponse:
    """Every provider of the place with its papers and groups."""
    area = working_area(request, VERB)
    sites = CareSite.objects.visible_to(request.person).filter(area=area).select_related("operator")
    rows = [(site, papers.states_of(site, today(), has_meal=site.meals is not None), [
        (group, queries.places_of(group)) for group in site.groups.filter(ends_on__gte=today())]) for site in sites]
    return render(request, "children/desk_care.html", {"rows": rows})


@staff_only
def site_new(request: Request) -> HttpResponse:
    area = working_area(request, VERB)
    form = SiteForm(sent(request), area=area)
    if form.is_valid():
        with refusal_shown_in(form):
            made = care.save_site(request.person, area, **form.cleaned_data)
            return redirect("children:desk_site", made.pk)
    return render(request, "children/desk_site_edit.html", {"form": form, "site": None},
                  status=422 if form.errors else 200)


@staff_only
def site_edit(request: Request, pk: int) -> HttpResponse:
    site = seen(CareSite, request.person, pk, "area", "operator")
    permit(request.person, VERB, site)
    form = SiteForm(sent(request), instance=site, area=site.area)
    if form.is_valid():
        with refusal_shown_in(form):
            care.save_site(request.person, site.area, site, **form.cleaned_data)
            return redirect("children:desk_site", site.pk)
    return render(request, "children/desk_site_edit.html", {"form": form, "site": site},
                  status=422 if form.errors else 200)


@staff_only
def desk_site(request: Request, pk: int) -> HttpResponse:
    """One provider: papers with their last day, groups."""
    site = seen(CareSite, request.person, pk, "area", "operator")
    permit(request.person, VERB, site)
    form = PaperForm(sent(request))
    if form.is_valid():
        with refusal_shown_in(form):
            care.record_paper(request.person, site, **form.cleaned_data)
            return redirect("children:desk_site", site.pk)
    return render(request, "children/desk_site.html", {
        "site": site, "form": form, "papers": papers.states_of(site, today(), has_meal=site.meals is not None),
        "groups": [(group, queries.places_of(group)) for group in site.groups.order_by("-ends_on", "pk")[:20]],
    }, status=422 if form.errors else 200)


@staff_only
def group_new(request: Request, pk: int) -> HttpResponse:
    site = seen(CareSite, request.person, pk, "area", "operator")
    permit(request.person, VERB, site)
    form = GroupForm(sent(request), area=site.area)
    if form.is_valid():
        with refusal_shown_in(form):
            made = care.save_group(request.person, site, **form.cleaned_data)
            return redirect("children:desk_group", made.pk)
    return render(request, "children/desk_group_edit.html", {"form": form, "site": site, "group": None},
                  status=422 if form.errors else 200)


@staff_only
def group_edit(request: Request, pk: int) -> HttpResponse:
    group = seen(CareGroup, request.person, pk, "site__area", "area", "school")
    permit(request.person, VERB, group)
    form = GroupForm(sent(request), instance=group, area=group.area)
    if form.is_valid():
        with refusal_shown_in(form):
            fresh = CareGroup.objects.select_related("site__area", "area").get(pk=group.pk)
            care.save_group(request.person, group.site, fresh, **form.cleaned_data)
            return redirect("children:desk_group", group.pk)
    return render(request, "children/desk_group_edit.html", {"form": form, "site": group.site, "group": group},
                  status=422 if form.errors else 200)


@staff_only
@require_safe
def desk_group(request: Request, pk: int) -> HttpResponse:
    """One group: places and the limit that binds, staff with their look-up, days that differ, who is enrolled."""
    group = seen(CareGroup, request.person, pk, "site__area", "area", "school")
    permit(request.person, VERB, group)
    staff = list(CareStaff.current().filter(group=group).select_related("person"))
    good = vetted_among([one.person_id for one in staff], today())
    last = vetted_until([one.person_id for one in staff])
    return render(request, "children/desk_group.html", {
        "group": group, "capacity": care.capacity_of(group), "places": queries.places_of(group),
        "papers": papers.states_of(group.site, max(today(), group.starts_on), has_meal=group.has_meal),
        "staff": [(one, one.person_id in good, last.get(one.person_id)) for one in staff],
        "changes": group.changes.filter(on__gte=today()), "staff_form": StaffForm(), "day_form": ChangeDayForm(),
        "enrolments": group.enrolments.exclude(state="ended").select_related("child").order_by("state", "pk")})


@staff_only
@require_POST
def group_verb(request: Request, pk: int, verb: str) -> HttpResponse:
    group = seen(CareGroup, request.person, pk, "site__area", "area", "school")
    if verb == "open":
        care.open_group(request.person, group)
        messages.success(request, _("开始报名了。"))
    else:
        care.close_group(request.person, group)
        messages.success(request, _("不再收新的了，在托的不受影响。"))
    return redirect("children:desk_group", group.pk)


@staff_only
@require_POST
def staff_add(request: Request, pk: int) -> HttpResponse:
    group = seen(CareGroup, request.person, pk, "site__area", "area", "school")
    permit(request.person, VERB, group)
    care.add_staff(request.person, group, by_phone(request.POST.get("phone", "")))
    return redirect("children:desk_group", group.pk)


@staff_only
@require_POST
def staff_remove(request: Request, pk: int) -> HttpResponse:
    rows = CareStaff.objects.visible_to(request.person).select_related("group__area", "group__site")
    row = get_object_or_404(rows, pk=pk)
    care.remove_staff(request.person, row)
    return redirect("children:desk_group", row.group_id)


@staff_only
def day_change(request: Request, pk: int) -> HttpResponse:
    """One day that differs; every family is told at once."""
    group = seen(CareGroup, request.person, pk, "site__area", "area", "school")
    permit(request.person, VERB, group)
    form = ChangeDayForm(sent(request), initial={"on": today()})
    if form.is_valid():
        with refusal_shown_in(form):
            care.change_day(request.person, group, **form.cleaned_data)
            messages.success(request, _("已告诉每一位家长。"))
            return redirect("children:desk_group", group.pk)
    return render(request, "children/day_change.html", {"form": form, "group": group},
                  status=422 if form.errors else 200)
