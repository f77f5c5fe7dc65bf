"""The desk: what was sent to departments, the clinics and schools, the lines to other systems; and their call-back."""

from __future__ import annotations

import csv
import io
import json
import time
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.foundation import audit
from linli.foundation.people.permit import may
from linli.foundation.policy import policy
from linli.foundation.web import Refused
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, refusal_shown_in, sent, staff_only
from linli.services.gov.actions import outside as keeping, sending as verbs
from linli.services.gov.forms_outside import EndpointForm, GiveUpForm, PlaceForm
from linli.services.gov.models import Dispatch, DispatchState, Endpoint, OutsidePlace
from linli.services.gov.outside.http import is_signed
from linli.services.gov.queries import outside as queries
from linli.services.gov.views.common import working_area

_MOST = 65_536
_EXPORTED = 20_000


@staff_only
@require_safe
def sendings(request: Request) -> HttpResponse:
    """What went, waits or is dead."""
    area = working_area(request, "gov.see_sending")
    state = request.GET.get("state", "")
    page = keyset_page(queries.sendings(request.person, area, state=state), request, size=30)
    return render(request, "gov/outside_sendings.html", {
        "page": page, "state": state, "states": DispatchState.choices})


@staff_only
@require_safe
def sendings_csv(request: Request) -> HttpResponse:
    """The list as a table; nothing personal is in it."""
    area = working_area(request, "gov.see_sending")
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow([
        _("申请号"), _("部门"), _("什么事"), _("状态"), _("试了几次"), _("毛病"), _("什么时候排的"), _("对方的编号")])
    state = request.GET.get("state", "")
    for row in queries.sendings(request.person, area, state=state)[:_EXPORTED]:
        lines.writerow([_plain(one) for one in (
            row.number, str(row.endpoint), row.what, row.get_state_display(), row.attempts, row.fault,
            f"{timezone.localtime(row.queued_at):%Y-%m-%d %H:%M}", row.their_number)])
    audit.record(request.person, "gov.export_sendings", area, state=state)
    answer = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="sendings.csv"'
    return answer


def _plain(value: object) -> str:
    """A cell that no spreadsheet takes for a formula: some of it was written by another house."""
    text = str(value)
    return f"'{text}" if text[:1] in "=+-@\t\r" and text else text


def _dispatch(request: Request, pk: int) -> Dispatch:
    row = Dispatch.objects.visible_to(request.person).select_related("endpoint__organisation", "area").filter(
        pk=pk).first()
    if row is None:
        raise Http404
    found: Dispatch = row
    return found


def _page(request: Request, row: Dispatch, form: GiveUpForm) -> HttpResponse:
    return render(request, "gov/outside_sending.html", {
        "row": row, "form": form, "answers": row.answers.all()[:50], "may_mend": may(
            request.person, "gov.mend_sending", row), "most": int(policy("gov.outside_attempts_most")),
        "is_stuck": row.state in (DispatchState.DEAD, DispatchState.GIVEN_UP)},
        status=422 if form.errors else 200)


@staff_only
@require_safe
def sending(request: Request, pk: int) -> HttpResponse:
    return _page(request, _dispatch(request, pk), GiveUpForm())


@staff_only
@require_POST
def sending_verb(request: Request, pk: int, word: str) -> HttpResponse:
    """retry or give-up."""
    row = _dispatch(request, pk)
    if word == "retry":
        verbs.retry(request.person, row)
        messages.success(request, _("排上了，马上再发一次。还是同一个编号。"))
        return redirect("gov:sending", pk)
    form = GiveUpForm(request.POST)
    if form.is_valid():
        with refusal_shown_in(form):
            verbs.give_up(request.person, row, reason=form.cleaned_data["reason"])
            messages.success(request, _("记下了，不再发。"))
            return redirect("gov:sending", pk)
    return _page(request, row, form)


@staff_only
@require_safe
def desk_places(request: Request) -> HttpResponse:
    """The clinics and schools that residents are shown."""
    area = working_area(request, "gov.keep_outside")
    rows = OutsidePlace.objects.filter(organisation__in=queries.bodies(area)).select_related("organisation", "area")
    page = keyset_page(rows.order_by("id"), request, size=50)
    return render(request, "gov/outside_places.html", {"page": page, "online": queries.online(page.rows)})


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def desk_place(request: Request, pk: int = 0) -> HttpResponse:
    """A new one, or one to look through again: saving it says it was checked today."""
    area = working_area(request, "gov.keep_outside")
    bodies = queries.bodies(area)
    row = OutsidePlace.objects.filter(pk=pk, organisation__in=bodies).first()
    if pk and row is None:
        raise Http404
    initial = {"organisation": row.organisation_id, "services": row.services, "address": row.address,
               "hours": row.hours, "note": row.note, "is_shown": row.is_shown} if row else None
    form = PlaceForm(sent(request), bodies=bodies, initial=initial)
    if form.is_bound and form.is_valid():
        with refusal_shown_in(form):
            keeping.keep_place(request.person, area, **form.cleaned_data)
            messages.success(request, _("存好了，核对日期是今天。"))
            return redirect("gov:desk_places")
    return render(request, "gov/outside_place.html", {"form": form, "row": row, "has_bodies": bodies.exists()},
                  status=422 if form.errors else 200)


@staff_only
@require_safe
def endpoints(request: Request) -> HttpResponse:
    """The lines to other systems; the secret is not shown to anybody."""
    area = working_area(request, "gov.connect")
    rows = Endpoint.objects.visible_to(request.person).filter(area=area).select_related("organisation", "area")
    return render(request, "gov/outside_endpoints.html", {"page": keyset_page(rows.order_by("id"), request, size=50)})


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def endpoint(request: Request, pk: int = 0) -> HttpResponse:
    area = working_area(request, "gov.connect")
    row = Endpoint.objects.visible_to(request.person).filter(pk=pk, area=area).first()
    if pk and row is None:
        raise Http404
    initial: dict[str, Any] | None = {
        "department": row.department, "organisation": row.organisation_id, "url": row.url, "key_id": row.key_id,
        "is_on": row.is_on} if row else None
    form = EndpointForm(sent(request), bodies=queries.bodies(area), initial=initial)
    if form.is_bound and form.is_valid():
        with refusal_shown_in(form):
            keeping.keep_endpoint(request.person, area, **form.cleaned_data)
            messages.success(request, _("存好了。"))
            return redirect("gov:endpoints")
    return render(request, "gov/outside_endpoint.html", {"form": form, "row": row}, status=422 if form.errors else 200)


@csrf_exempt
@require_POST
def callback(request: HttpRequest, pk: int) -> HttpResponse:
    """A department says what became of a message. Signed with the line's secret; said twice it counts once."""
    row = Endpoint.objects.filter(pk=pk, is_on=True).first()
    try:
        length = int(request.headers.get("Content-Length") or 0)
    except ValueError:
        length = _MOST + 1
    if length > _MOST:
        return _no(413, "too_much")
    body = request.body
    if row is None or not is_signed(
            row.secret, "POST", request.get_full_path(), request.headers, body,
            within_s=int(policy("gov.outside_signature_s")), moment=time.time()):
        return _no(401, "bad_signature")  # the same for an unknown line
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict):
        return _no(400, "no_object")
    try:
        is_new = verbs.take_answer(row, told)
    except Refused as refusal:
        return _no(404 if refusal.code == "unknown_key" else 422, refusal.code)
    return JsonResponse({"key": told["key"], "taken": is_new})


def _no(status: int, code: str) -> HttpResponse:
    return JsonResponse({"code": code}, status=status, content_type="application/problem+json")
