"""Residents' pages: the halls, a time, home visits, a PIN for the telephone."""

from __future__ import annotations

from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.foundation.calendar.clock import today
from linli.foundation.web import Refused
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, refusal_shown_in, sent, signed_in
from linli.mechanisms.bookings import actions as bookings
from linli.mechanisms.bookings.actions import Member
from linli.services.window import settings
from linli.services.window.actions import pins, visiting
from linli.services.window.forms import VisitForm
from linli.services.window.models import Hall, Help, Ticket, Visit
from linli.services.window.queries import lines, slots
from linli.services.window.views.common import own_area, seen


@signed_in
@require_safe
def halls(request: Request) -> HttpResponse:
    """Where to go, how many wait, my numbers of today, what was filed for me."""
    area = own_area(request)
    rows = Hall.objects.visible_to(request.person).filter(area=area)
    return render(request, "window/halls.html", {
        "rows": [(row, len(lines.waiting(row)), slots.mine(request.person, row)) for row in rows],
        "tickets": Ticket.objects.filter(person=request.person, day=today()).order_by("-id")[:5],
        "helped": Help.objects.filter(subject=request.person).exclude(number="").order_by("-id")[:5]})


@signed_in
@require_safe
def times(request: Request, pk: int) -> HttpResponse:
    """Free times of one hall."""
    hall = seen(Hall, request.person, pk, "area")
    return render(request, "window/times.html", {
        "hall": hall, "sessions": slots.free(hall)[:40], "mine": slots.mine(request.person, hall),
        "once": uuid4().hex, "topics": settings.topics(hall.area).values()})


@signed_in
@require_POST
def book(request: Request, pk: int) -> HttpResponse:
    """One of the free times. Pressed twice it is one booking."""
    hall = seen(Hall, request.person, pk, "area")
    wanted = request.POST.get("session", "")
    session = next((one for one in slots.free(hall) if str(one.pk) == wanted), None)
    if session is None:
        raise Refused("full", _("这个时间刚被约走了，请另选一个。"))
    bookings.book(request.person, session, party=[Member(person=request.person)], booker=request.person,
                  key=f"window.{request.POST.get('once', '')[:40]}")
    messages.success(request, _("约好了。到了以后用预约号取号，到点就叫您。"))
    return redirect("window:times", hall.pk)


@signed_in
def visits(request: Request) -> HttpResponse:
    """My visits at home, and asking for one."""
    area = own_area(request)
    form = VisitForm(sent(request), initial={
        "name": request.person.name, "phone": (request.person.phone or "").removeprefix("+86"),
        "wanted_on": today().isoformat()})
    if form.is_valid():
        with refusal_shown_in(form):
            visiting.ask(request.person, area, once=request.POST.get("once", "")[:64] or uuid4().hex,
                         **form.cleaned_data)
            messages.success(request, _("收到了。约好日子就告诉您。"))
            return redirect("window:visits")
    rows = Visit.objects.filter(asked_by=request.person).select_related("worker").order_by("-id")
    return render(request, "window/visits.html", {
        "form": form, "page": keyset_page(rows, request, size=20),
        "once": request.POST.get("once") or uuid4().hex}, status=422 if form.errors else 200)


@signed_in
@require_POST
def visit_cancel(request: Request, pk: int) -> HttpResponse:
    visiting.cancel(request.person, get_object_or_404(Visit.objects.filter(asked_by=request.person), pk=pk))
    messages.success(request, _("取消了。"))
    return redirect("window:visits")


@signed_in
@require_POST
def pin(request: Request) -> HttpResponse:
    """A PIN for one of my matters, shown once."""
    area = own_area(request)
    number = request.POST.get("number", "").strip().upper()[:30]
    plain = pins.set_pin(request.person, area, number)
    answer = render(request, "window/pin.html", {"number": number, "pin": plain, "phone": area.phone})
    answer["Cache-Control"] = "no-store"
    return answer
