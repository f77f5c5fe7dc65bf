"""Without an account: the entrance page, the ticket by its link, the call screen, the volunteers' page, the kiosk."""

from __future__ import annotations

from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from linli.foundation.calendar.clock import now, today
from linli.foundation.papers import qr_svg
from linli.foundation.people.models import Person
from linli.foundation.web import Refused
from linli.foundation.web.views import refusal_shown_in, sent
from linli.services.window import settings
from linli.services.window.actions import helping, pins, queue
from linli.services.window.forms import LookUpForm, ObjectForm
from linli.services.window.models import Hall, Help, Ticket
from linli.services.window.queries import lines, slots
from linli.services.window.views.common import address_of, hall_of


@never_cache
@require_safe
def entrance(request: HttpRequest, token: str) -> HttpResponse:
    """What the QR code at the door opens: take a number on one's own phone."""
    hall = hall_of(token)
    return render(request, "window/entrance.html", _choices(hall))


def _choices(hall: Hall) -> dict[str, object]:
    return {"hall": hall, "topics": settings.topics(hall.area).values(), "once": uuid4().hex,
            "classes": settings.classes(hall.area).values(), "waiting": len(lines.waiting(hall))}


@require_POST
def take(request: HttpRequest, token: str) -> HttpResponse:
    """A number for today; pressed twice it is the same number."""
    hall = hall_of(token)
    at_kiosk = request.POST.get("kiosk") == "1"
    once = request.POST.get("once", "")
    if not 16 <= len(once) <= 60:
        raise Refused("no_once", _("这一页太旧了，请再打开一次。"))
    row = queue.take(
        _person(request), hall, topic=request.POST.get("topic", ""), klass=request.POST.get("klass", ""),
        once=f"{hall.pk}.{once}"[:64], address="" if at_kiosk else address_of(request))
    return redirect("window:kiosk_ticket" if at_kiosk else "window:ticket", row.token)


def _person(request: HttpRequest) -> Person | None:
    return request.person or None  # type: ignore[attr-defined]  # lazy; nobody is falsy


@require_POST
def take_booked(request: HttpRequest, token: str) -> HttpResponse:
    """Who booked a time is here: the number of that appointment."""
    hall = hall_of(token)
    found = slots.booked_today(hall, request.POST.get("code", ""))
    if found is None:
        raise Refused("not_booked", _("今天没有这个预约，请看一下预约票，或取普通号。"))
    topic = next(iter(settings.topics(hall.area)))
    row = queue.take(found.party.booker, hall, topic=topic, once=f"booked.{found.pk}", reservation=found)
    at_kiosk = request.POST.get("kiosk") == "1"
    return redirect("window:kiosk_ticket" if at_kiosk else "window:ticket", row.token)


def _ticket(token: str) -> Ticket:
    found: Ticket = get_object_or_404(Ticket.objects.select_related("hall__area", "area", "counter", "wanted"),
                                      token=token)
    return found


def _told(request: HttpRequest, row: Ticket) -> dict[str, object]:
    return {
        "ticket": row, "hall": row.hall, "place": lines.place_of(row), "is_today": row.day == today(),
        "topic": settings.topics(row.area).get(row.topic), "klass": settings.classes(row.area).get(row.klass),
        "qr": qr_svg(request.build_absolute_uri(reverse("window:ticket", args=[row.token])))}


@never_cache
@require_safe
def ticket(request: HttpRequest, token: str) -> HttpResponse:
    """Where the number stands. No name is on it, so its link may be read by whoever holds it."""
    name = "window/ticket_state.html" if "part" in request.GET else "window/ticket.html"
    return render(request, name, _told(request, _ticket(token)))


@require_POST
def ticket_verb(request: HttpRequest, token: str, verb: str) -> HttpResponse:
    row = _ticket(token)
    if verb == "leave":
        queue.leave(_person(request), row)
        messages.success(request, _("好的，这个号不等了。"))
    else:
        queue.come_back(_person(request), row)
        messages.success(request, _("又排上了，请留意叫号。"))
    return redirect("window:ticket", row.token)


@never_cache
@require_safe
def screen(request: HttpRequest, token: str) -> HttpResponse:
    """The call screen. With script the middle part is fetched anew and spoken; without, the page loads itself anew."""
    hall = hall_of(token)
    rows = lines.calling(hall)
    waiting = lines.waiting_numbers(lines.waiting(hall), hall)
    part = "part" in request.GET
    return render(request, "window/screen_part.html" if part else "window/screen.html", {
        "hall": hall, "rows": rows[:6], "next": waiting[:8], "count": len(waiting), "at": now()})


@never_cache
@require_safe
def guide(request: HttpRequest, token: str) -> HttpResponse:
    """For volunteers: numbers, topics, counters, what to bring. No name, no matter, no telephone of anybody."""
    hall = hall_of(token)
    words = settings.topics(hall.area)
    rows = lines.waiting_numbers(lines.waiting(hall), hall)
    return render(request, "window/guide_part.html" if "part" in request.GET else "window/guide.html", {
        "hall": hall, "calling": lines.calling(hall), "topics": words.values(),
        "counters": [(one, [words[code].title for code in one.topics if code in words])
                     for one in hall.counters.filter(is_active=True)],
        "waiting": [(row, words.get(row.topic)) for row in rows[:60]]})


# The kiosk. It is never signed in: what is on it goes by itself.
def _kiosk(
    request: HttpRequest, hall: Hall, template: str, facts: dict[str, object], *, status: int = 200,
) -> HttpResponse:
    answer = render(request, template, {
        **facts, "hall": hall, "idle": settings.number("idle_seconds", hall.area)}, status=status)
    answer["Cache-Control"] = "no-store"
    return answer


@require_safe
def kiosk(request: HttpRequest, token: str) -> HttpResponse:
    hall = hall_of(token)
    return _kiosk(request, hall, "window/kiosk.html", {**_choices(hall), "is_start": True})


@require_safe
def kiosk_ticket(request: HttpRequest, token: str) -> HttpResponse:
    row = _ticket(token)
    return _kiosk(request, row.hall, "window/kiosk_ticket.html", _told(request, row))


def kiosk_look(request: HttpRequest, token: str) -> HttpResponse:
    """How a matter stands, by number and PIN. The answer is the page itself: nothing of it is in an address."""
    hall = hall_of(token)
    form, told = LookUpForm(sent(request)), None
    if form.is_valid():
        with refusal_shown_in(form):
            told = pins.told_by_pin(None, **form.cleaned_data)
            form = LookUpForm()
    return _kiosk(request, hall, "window/kiosk_look.html", {"form": form, "told": told},
                  status=422 if form.errors else 200)


@require_safe
def kiosk_guide(request: HttpRequest, token: str) -> HttpResponse:
    hall = hall_of(token)
    return _kiosk(request, hall, "window/kiosk_guide.html", {"topics": settings.topics(hall.area).values()})


@never_cache
def helped(request: HttpRequest, token: str) -> HttpResponse:
    """What was filed for me at the window, by the slip's QR code or the notice; and: that was not me.

    Whoever holds the link sees the number and what it is, no name.
    """
    row = get_object_or_404(Help.objects.select_related("area", "actor"), token=token)
    form = ObjectForm(sent(request))
    if form.is_valid():
        with refusal_shown_in(form):
            helping.object_to(row, form.cleaned_data["words"])
            messages.success(request, _("记下了。另一位同事会答复您，不是帮办的那位。"))
            return redirect("window:helped", row.token)
    return render(request, "window/helped.html", {
        "row": row, "form": form, "phone": row.area.phone,
        "is_mine": bool(request.person) and request.person.pk == row.subject_id,  # type: ignore[attr-defined]
    }, status=422 if form.errors else 200)
