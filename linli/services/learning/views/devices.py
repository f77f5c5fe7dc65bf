"""What can be borrowed to learn on, and one's turn; and the drills one takes part in."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.foundation.privacy.consents import current_text
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, refusal_shown_in, signed_in
from linli.services.learning.actions import devices as verbs, drilling
from linli.services.learning.forms import DrillForm, ReactForm
from linli.services.learning.models import Reaction
from linli.services.learning.queries import devices, drilling as drills
from linli.services.learning.views.common import own_area


@signed_in
@require_safe
def device_list(request: Request) -> HttpResponse:
    area = own_area(request)
    return render(request, "learning/devices.html", {
        "place": area, "kinds": devices.kinds(request.person, area), "loans": devices.loans_of(request.person)})


@signed_in
@require_POST
def device_queue(request: Request, kind: str) -> HttpResponse:
    """Wait for a device, or wait no more."""
    area = own_area(request)
    if request.POST.get("leave"):
        hold = next((one for one in devices.holds_of(request.person) if one.title_key.endswith(f":{kind}")), None)
        if hold is None:
            raise Http404
        verbs.leave_queue(request.person, hold)
        messages.success(request, _("不等了。以后想借，再排就是。"))
    else:
        hold = verbs.queue(request.person, area, kind)
        is_kept = hold.state == "ready"
        messages.success(request, _("给您留了一台，来驿站取就行。") if is_kept else _("排上了，轮到您就告诉您。"))
    return redirect("learning:devices")


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def drill_list(request: Request) -> HttpResponse:
    """Take part, or not; and what one did so far."""
    area = own_area(request)
    form = DrillForm(request.POST) if request.method == "POST" else DrillForm()
    if form.is_bound and form.is_valid():
        with refusal_shown_in(form):
            drilling.sign_up(request.person, area, agrees=form.cleaned_data["agrees"])
            messages.success(request, _("报上了。不想参加了，随时退出。"))
            return redirect("learning:drills")
    page = keyset_page(drills.own_answers(request.person), request, size=20)
    return render(request, "learning/drills.html", {
        "form": form, "place": drills.place_of(request.person), "page": page,
        "consent": current_text(drilling.PURPOSE),
        "rows": [(row, drills.message_of(row.drill)) for row in page]}, status=422 if form.errors else 200)


@signed_in
@require_POST
def leave_drills(request: Request) -> HttpResponse:
    own_area(request)
    drilling.leave(request.person)
    messages.success(request, _("退出了，不会再发。"))
    return redirect("learning:drills")


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def drill(request: Request, pk: int) -> HttpResponse:
    """Told at once: this was a drill, and by what one could have known. Others' drills are not there."""
    own_area(request)
    row = drills.answer_of(request.person, pk)
    message = drills.message_of(row.drill) if row else None
    if row is None or message is None:
        raise Http404
    form = ReactForm(request.POST) if request.method == "POST" else ReactForm()
    if form.is_bound and form.is_valid():
        with refusal_shown_in(form):
            drilling.react(request.person, row.drill, form.cleaned_data["reaction"])
            return redirect("learning:drill", row.drill_id)
    return render(request, "learning/drill.html", {
        "row": row, "message": message, "form": form, "careful": row.reaction in (Reaction.LEFT, Reaction.ASKED)},
        status=422 if form.errors else 200)
