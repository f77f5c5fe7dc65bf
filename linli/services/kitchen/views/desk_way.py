"""The desk's pages of the way: rounds, doors that stayed shut, shifts, health certificates."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.foundation.calendar.clock import today
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.web import Refused
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, refusal_shown_in, staff_only
from linli.mechanisms.bookings import queries as bookings
from linli.mechanisms.bookings.models import Session
from linli.services.kitchen.actions import delivering, shifting
from linli.services.kitchen.forms import AlertForm, CarrierForm, CertificateForm, ShiftForm
from linli.services.kitchen.models import AlertState, Attending, Eater, Menu, Round, Shift, WelfareAlert
from linli.services.kitchen.queries import orders, rounds as reads
from linli.services.kitchen.views.common import by_phone, kept, own_area, working_area

PLAN = "kitchen.plan"


@staff_only
def rounds(request: Request, pk: int) -> HttpResponse:
    """The bags of one meal: make them, see how far they are."""
    row: Menu = kept(Menu, request, pk, "area", verb=PLAN)
    if request.method == "POST":
        typed = request.POST.get("carriers", "")
        made = delivering.make_rounds(request.person, row, carriers=int(typed) if typed.isdecimal() else 1)
        messages.success(request, _("排了 %(count)s 路，路线马上再算一遍，看有没有更近的。") % {"count": len(made)})
        return redirect("kitchen:rounds", row.pk)
    shown = []
    for one in row.rounds.select_related("carrier", "area", "menu__area"):
        stops = reads.stops_of(one)
        done, total = reads.progress(one)
        shown.append((one, stops, done, total, *reads.drawing(one, stops)))
    return render(request, "kitchen/rounds.html", {
        "menu": row, "rows": shown, "left": len(reads.to_carry(row)), "form": CarrierForm(),
        "has_kitchen": reads.kitchen_at(row.area) is not None})


@staff_only
@require_POST
def carrier(request: Request, pk: int) -> HttpResponse:
    row: Round = kept(Round, request, pk, "area", "menu", verb=PLAN)
    form = CarrierForm(request.POST)
    if not form.is_valid():
        raise Refused("no_phone", _("请写送餐的人的手机号。"))
    found = delivering.name_carrier(request.person, row, by_phone(form.cleaned_data["phone"]))
    messages.success(request, _("请了 %(who)s 送，路线发过去了。") % {
        "who": found.carrier.shown_name if found.carrier else ""})
    return redirect("kitchen:rounds", row.menu_id)


@staff_only
@require_safe
def alerts(request: Request) -> HttpResponse:
    """Doors that stayed shut; the open ones first, then what was found."""
    area = working_area(request, "kitchen.look")
    settled = WelfareAlert.objects.visible_to(request.person).filter(area=area, state=AlertState.SETTLED)
    return render(request, "kitchen/alerts.html", {
        "open": reads.open_alerts(request.person).filter(area=area),
        "page": keyset_page(settled.select_related("order__menu", "person", "settled_by").order_by(
            "-raised_at", "-pk"), request, size=20)})


@staff_only
def alert(request: Request, pk: int) -> HttpResponse:
    """One door: whom to ring, who goes, and how it ends."""
    row: WelfareAlert = kept(WelfareAlert, request, pk, "area", "person", "order__menu", "taken_by", "settled_by",
                             verb="kitchen.look")
    form = AlertForm(request.POST) if request.method == "POST" else AlertForm()
    if form.is_valid():
        with refusal_shown_in(form):
            delivering.settle_alert(request.person, row, **form.cleaned_data)
            messages.success(request, _("记下了，这一条结束。"))
            return redirect("kitchen:alerts")
    is_open = row.state == AlertState.OPEN
    profile = Eater.objects.filter(area=row.area, person=row.person).select_related("building__compound").first() if (
        is_open and row.person_id) else None
    return render(request, "kitchen/alert.html", {
        "alert": row, "form": form, "profile": profile, "is_open": is_open,
        "phone": row.person.phone if is_open and row.person else ""}, status=422 if form.errors else 200)


@staff_only
@require_POST
def take_alert(request: Request, pk: int) -> HttpResponse:
    row: WelfareAlert = kept(WelfareAlert, request, pk, "area", "person", verb="kitchen.look")
    delivering.take_alert(request.person, row)
    return redirect("kitchen:alert", row.pk)


@staff_only
def shifts(request: Request) -> HttpResponse:
    """Shifts to come: who is in, who came; ask for more hands."""
    area = working_area(request)
    form = ShiftForm(request.POST) if request.method == "POST" else ShiftForm()
    if form.is_valid():
        with refusal_shown_in(form):
            shifting.plan_shift(request.person, area, **form.cleaned_data)
            messages.success(request, _("公布了，志愿者可以报了。"))
            return redirect("kitchen:desk_shifts")
    rows = list(orders.shifts(request.person, area)[:30])
    sessions = Session.objects.in_bulk([row.session_id for row in rows if row.session_id])
    came = orders.attending(rows)
    shown = []
    for row in rows:
        session = sessions.get(row.session_id or 0)
        here = {one.person_id: one for one in came.get(row.pk, [])}
        people = [(one.party.booker, here.get(one.party.booker_id or 0)) for one in bookings.roster(session)
                  if one.party.booker is not None] if session else []
        shown.append((row, session, people))
    return render(request, "kitchen/desk_shifts.html", {"form": form, "rows": shown},
                  status=422 if form.errors else 200)


@staff_only
@require_POST
def attend(request: Request, pk: int, verb: str, person: int) -> HttpResponse:
    """Noted by staff, for who has no phone with them."""
    shift: Shift = kept(Shift, request, pk, "area")
    if verb == "in":
        shifting.check_in(request.person, shift, get_object_or_404(Person, pk=person))
    else:
        row = get_object_or_404(Attending.objects.select_related("shift__area", "person"), shift=shift, person=person)
        done = shifting.check_out(request.person, row)
        messages.success(request, _("记了 %(minutes)s 分钟。") % {"minutes": done.minutes})
    return redirect("kitchen:desk_shifts")


@staff_only
def certificates(request: Request) -> HttpResponse:
    """Health certificates: the one that runs out first on top."""
    area = own_area(request)
    permit(request.person, "kitchen.certify", area)
    form = CertificateForm(request.POST) if request.method == "POST" else CertificateForm()
    if form.is_valid():
        with refusal_shown_in(form):
            said = form.cleaned_data
            shifting.certify(request.person, area, by_phone(said["phone"]), number=said["number"],
                             valid_until=said["valid_until"])
            messages.success(request, _("记好了，可以报做饭的班了。"))
            return redirect("kitchen:certificates")
    return render(request, "kitchen/certificates.html", {
        "form": form, "rows": orders.certificates(request.person, area), "day": today(),
    }, status=422 if form.errors else 200)
