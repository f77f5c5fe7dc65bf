"""The volunteers' pages: shifts, and a round on a phone: the next door, and what happened there."""

from __future__ import annotations

from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.foundation.calendar.clock import now, today
from linli.foundation.people.permit import may, permit
from linli.foundation.web import Refused
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import signed_in
from linli.mechanisms.bookings import queries as bookings
from linli.mechanisms.bookings.models import Session
from linli.services.kitchen.actions import delivering, shifting
from linli.services.kitchen.models import Attending, Round, Shift, Stop, may_cook_on
from linli.services.kitchen.queries import orders, rounds as reads
from linli.services.kitchen.views.common import own_area, seen


@signed_in
@require_safe
def shifts(request: Request) -> HttpResponse:
    """Where hands are wanted; the one I am in on top, with check-in and check-out."""
    area = own_area(request)
    rows = list(orders.shifts(request.person, area)[:40])
    places = Session.objects.in_bulk([row.session_id for row in rows if row.session_id])
    came = orders.attending(rows, request.person)
    shown = []
    for row in rows:
        session = places.get(row.session_id or 0)
        if session is None:
            continue
        shown.append((row, session, bookings.reservation_of(request.person, session) is not None,
                      bookings.entry_of(request.person, session) is not None, next(iter(came.get(row.pk, ())), None),
                      timezone.localtime(row.starts).date() == today() and row.ends > now()))
    return render(request, "kitchen/shifts.html", {
        "rows": shown, "may_cook": may_cook_on(request.person, today()),
        "may_help": may(request.person, "kitchen.help", area), "bags": reads.mine(request.person)})


@signed_in
@require_POST
def shift_verb(request: Request, pk: int, verb: str) -> HttpResponse:
    shift: Shift = seen(Shift, request.person, pk, "area")
    permit(request.person, "kitchen.help", shift)
    if verb == "join":
        placed = shifting.join(request.person, shift)
        messages.success(request, _("报上了，谢谢您。") if placed else _("人够了，排上候补。有人来不了就轮到您。"))
    elif verb == "leave":
        shifting.leave(request.person, shift)
        messages.success(request, _("退出了这一班。"))
    elif verb == "in":
        shifting.check_in(request.person, shift, request.person)
        messages.success(request, _("签到了。走的时候记得签退。"))
    else:
        row = Attending.objects.select_related("shift__area", "person").filter(
            shift=shift, person=request.person).first()
        if row is None:
            raise Refused("not_in", _("您还没有签到。"))
        done = shifting.check_out(request.person, row)
        messages.success(request, _("辛苦了，记了 %(minutes)s 分钟。") % {"minutes": done.minutes})
    return redirect("kitchen:shifts")


@signed_in
@require_safe
def round_page(request: Request, pk: int) -> HttpResponse:
    """The next door big, the others under it, the map last. What was sent without a line is told to be done here."""
    row: Round = seen(Round, request.person, pk, "area", "menu__area", "carrier")
    permit(request.person, "kitchen.deliver", row)
    stops = reads.stops_of(row)
    doors = reads.words_for(stops)
    open_doors = [one for one in doors if one.stop.is_open]
    features, marks = reads.drawing(row, stops)
    done, total = reads.progress(row)
    return render(request, "kitchen/round.html", {
        "round": row, "next": open_doors[0] if open_doors else None, "later": open_doors[1:],
        "past": [one for one in doors if not one.stop.is_open], "features": features, "marks": marks, "done": done,
        "total": total, "onces": {one.stop.pk: uuid4().hex for one in open_doors}, "once": uuid4().hex})


@signed_in
@require_POST
def set_out(request: Request, pk: int) -> HttpResponse:
    row: Round = seen(Round, request.person, pk, "area", "menu")
    delivering.set_out(request.person, row)
    return redirect("kitchen:round", row.pk)


@signed_in
@require_POST
def report(request: Request, pk: int) -> HttpResponse:
    """What happened at the door. It may come late, and it may come twice."""
    stop: Stop = seen(Stop, request.person, pk, "round__area", "round__menu")
    done = delivering.report(request.person, stop, what=request.POST.get("what", ""),
                             once=request.POST.get("once", ""))
    if done.state == "again":
        messages.warning(request, _("先送后面的，最后再来敲一次。"))
    elif done.state == "absent":
        messages.warning(request, _("已告诉社区马上去看。您先别走远，有人会打给您。"))
    return redirect("kitchen:round", stop.round_id)
