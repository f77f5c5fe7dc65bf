"""Parent–child activities: the list, one of them, joining; and the desk's form."""

from __future__ import annotations

import secrets
from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.foundation.people.permit import may
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, refusal_shown_in, sent, signed_in, staff_only
from linli.mechanisms.bookings.views.overlaps import asking_first, asks_about_overlaps, overlap_of
from linli.services.children import outings
from linli.services.children.actions import outings as actions
from linli.services.children.forms import JoinForm, OutingForm
from linli.services.children.models import Outing
from linli.services.children.views.common import age_of, own_area, seen, working_area


@signed_in
@require_safe
def outing_list(request: Request) -> HttpResponse:
    place = own_area(request)
    page = keyset_page(outings.upcoming(request.person, place, age=age_of(request)), request, size=20)
    return render(request, "children/outings.html", {
        "page": page, "shown": outings.with_places(list(page)), "age": age_of(request), "ages": range(15),
        "keeps": may(request.person, "children.keep_outings", place)})


@signed_in
@asks_about_overlaps
def outing(request: Request, pk: int) -> HttpResponse:
    """One outing, and the form to join: at least one grown-up, who books and comes along."""
    row = seen(Outing, request.person, pk, "host", "facility", "area")
    form = JoinForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        with refusal_shown_in(form), asking_first():
            got = actions.join(request.person, row, adults=form.cleaned_data["adults"],
                               children=form.cleaned_data["children"], key=request.POST.get("key", "")[:40],
                               overlap=overlap_of(request))
            messages.success(request, _("报上了，到时候见。") if got else _("满了，一家人排上了候补。"))
            return redirect("children:outing", row.pk)
    return render(request, "children/outing.html", {
        "outing": row, "form": form, "key": request.POST.get("key") or secrets.token_hex(8),
        "places": outings.with_places([row])[0][1],
        "mine": outings.mine(request.person, row), "keeps": may(request.person, "children.run_outing", row),
        "may_join": may(request.person, "children.join", row)}, status=422 if form.errors else 200)


@signed_in
@require_POST
def outing_leave(request: Request, pk: int) -> HttpResponse:
    row = seen(Outing, request.person, pk, "area")
    actions.leave(request.person, row)
    return redirect("children:outing", row.pk)


@staff_only
def outing_new(request: Request) -> HttpResponse:
    area = working_area(request, "children.keep_outings")
    form = OutingForm(sent(request))
    if form.is_valid():
        given = dict(form.cleaned_data)
        with refusal_shown_in(form):
            row = actions.plan(request.person, area, places=given.pop("places"),
                               ends=given["starts"] + timedelta(minutes=given.pop("minutes")), **given)
            return redirect("children:outing", row.pk)
    return render(request, "children/outing_new.html", {"form": form}, status=422 if form.errors else 200)


@staff_only
@require_POST
def outing_cancel(request: Request, pk: int) -> HttpResponse:
    row = seen(Outing, request.person, pk, "area", "host")
    actions.cancel(request.person, row, reason=request.POST.get("reason", ""))
    messages.success(request, _("取消了，报名的人都会收到消息。"))
    return redirect("children:outing", row.pk)
