from __future__ import annotations

import json

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from linli.foundation.calendar.clock import now, today
from linli.foundation.people.permit import permit
from linli.foundation.privacy import actions, queries, reveals
from linli.foundation.privacy.erasers import copies_of
from linli.foundation.privacy.forms import AnswerForm, AskForm, RevealForm
from linli.foundation.privacy.models import DataRequest, RequestKind, RequestState
from linli.foundation.privacy.purposes import purposes
from linli.foundation.privacy.rules import ANSWER_WORKING_DAYS
from linli.foundation.web import Denied
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, refusal_shown_in, sent, signed_in, staff_only


@never_cache
@signed_in
def mine_page(request: Request) -> HttpResponse:
    person = request.person
    return render(request, "privacy/mine.html", {
        "kept": queries.kept_for(person), "reads": queries.reads_about(person),
        "asked": queries.requests_of(person), "answer_days": ANSWER_WORKING_DAYS})


@require_POST
@signed_in
def consent(request: Request) -> HttpResponse:
    """One button gives, the same button takes back."""
    code = request.POST.get("purpose", "")
    if code not in purposes():
        raise Http404
    if request.POST.get("do") == "give":
        actions.give_consent(request.person, code)
    else:
        actions.withdraw_consent(request.person, code)
    return redirect(reverse("privacy:mine") + f"#{code}")


@never_cache
@require_POST
@signed_in
def copy(request: Request) -> HttpResponse:
    """Everything tied to the person, as JSON (个人信息保护法 第45条)."""
    person = request.person
    actions.record_copy(person)
    body = {"made_at": now().isoformat(), "rooms": dict(copies_of(person))}
    answer = HttpResponse(
        json.dumps(body, ensure_ascii=False, indent=2, default=str), content_type="application/json; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="linli-{today():%Y%m%d}.json"'
    return answer


@signed_in
def ask_page(request: Request) -> HttpResponse:
    form = AskForm(sent(request), initial={"kind": request.GET.get("kind", RequestKind.CORRECT)})
    if form.is_valid():
        with refusal_shown_in(form):
            actions.make_request(request.person, form.cleaned_data["kind"], form.cleaned_data["what"])
            return redirect(reverse("privacy:mine") + "#asked")
    return render(request, "privacy/ask.html", {"form": form, "answer_days": ANSWER_WORKING_DAYS},
                  status=422 if form.errors else 200)


@require_POST
@signed_in
def withdraw_request(request: Request, pk: int) -> HttpResponse:
    asked = get_object_or_404(DataRequest.objects.visible_to(request.person), pk=pk)
    actions.withdraw_request(request.person, asked)
    return redirect(reverse("privacy:mine") + "#asked")


@never_cache
@require_POST
@signed_in
def reveal(request: Request) -> HttpResponse:
    """The value in full after a click and a reason; 404 for a token that is none, or none of this person's business."""
    found = reveals.read_token(request.POST.get("token", ""))
    if found is None:
        raise Denied("privacy.reveal")
    thing, field = found
    form, value = RevealForm(request.POST), None
    if form.is_valid():
        with refusal_shown_in(form):
            value = actions.reveal(request.person, thing, field, form.cleaned_data["reason"])
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure()):
        back = "/"
    return render(request, "privacy/revealed.html", {
        "form": form, "value": value, "token": request.POST["token"], "next": back,
        "name": thing._meta.get_field(field).verbose_name,
        "base": "desk/base.html" if request.person.is_staff else "portal/base.html",
    }, status=422 if form.errors else 200)


@never_cache
@staff_only
def desk_page(request: Request) -> HttpResponse:
    permit(request.person, "privacy.handle_request")
    closed = request.GET.get("show") == "closed"
    rows = queries.desk_requests(request.person, state=RequestState.DONE if closed else RequestState.RECEIVED)
    return render(request, "privacy/desk.html", {"page": keyset_page(rows, request), "closed": closed})


@never_cache
@staff_only
def desk_request_page(request: Request, pk: int) -> HttpResponse:
    asked = get_object_or_404(
        DataRequest.objects.visible_to(request.person).select_related("person", "area", "handled_by"), pk=pk)
    permit(request.person, "privacy.handle_request", asked)
    form = AnswerForm(sent(request))
    if form.is_valid():
        with refusal_shown_in(form):
            do = actions.refuse_request if request.POST.get("do") == "refuse" else actions.fulfil_request
            do(request.person, asked, form.cleaned_data["answer"])
            return redirect("privacy:desk_request", pk)
    return render(request, "privacy/desk_request.html", {"asked": asked, "form": form},
                  status=422 if form.errors else 200)
