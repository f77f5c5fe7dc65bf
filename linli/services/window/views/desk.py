"""Staff: the hall of today, the counter, the line, the figures, and keeping halls and counters."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from linli.foundation import audit
from linli.foundation.calendar.clock import today
from linli.foundation.people.permit import may, permit
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, refusal_shown_in, sent, staff_only
from linli.services.window import settings
from linli.services.window.actions import keeping, queue
from linli.services.window.forms import CounterForm, HallForm, HandOnForm
from linli.services.window.models import Counter, Hall, Help, Ticket, TicketState, Visit, VisitState
from linli.services.window.queries import figures, lines, slots
from linli.services.window.views.common import seen, working_area

DAYS = (1, 7, 30)


@staff_only
@require_safe
def desk(request: Request) -> HttpResponse:
    """The halls of today: who sits where, who waits, what is objected to, who waits for a visit."""
    area = working_area(request, "window.serve")
    rows = []
    for hall in Hall.objects.visible_to(request.person).filter(area=area):
        rows.append((hall, hall.counters.select_related("staffed_by").order_by("number"), len(lines.waiting(hall)),
                     slots.expected(hall)))
    return render(request, "window/desk.html", {
        "rows": rows, "may_keep": may(request.person, "window.keep", area),
        "objections": Help.objects.filter(area=area, objected_at__isnull=False, answered_at=None).order_by("-id")[:20],
        "visits": Visit.objects.filter(area=area, state=VisitState.ASKED).count()})


def _counter(request: Request, pk: int, verb: str = "window.serve") -> Counter:
    row: Counter = seen(Counter, request.person, pk, "hall__area", "area", "staffed_by")
    permit(request.person, verb, row)
    return row


@never_cache
@staff_only
@require_safe
def counter(request: Request, pk: int) -> HttpResponse:
    """One counter: the number that is here, what to do with it, and the line."""
    row = _counter(request, pk)
    here = Ticket.objects.filter(counter=row, state__in=[TicketState.CALLED, TicketState.SERVING]).select_related(
        "person").first()
    by_key = {one.pk: one for one in lines.waiting(row.hall)}
    lined = [by_key[one.key] for one in lines.order_for(row) if one.key in by_key]
    words, classes = settings.topics(row.area), settings.classes(row.area)
    others = row.hall.counters.filter(is_active=True).exclude(pk=row.pk)
    return render(request, "window/counter.html", {
        "counter": row, "hall": row.hall, "here": here, "hand_on": HandOnForm(counters=others),
        "topic": words.get(here.topic) if here else None, "klass": classes.get(here.klass) if here else None,
        "least": settings.number("calls_before_missed", row.area),
        "helps": here.helps.order_by("id") if here else (),
        "waiting": [(one, words.get(one.topic), classes.get(one.klass)) for one in lined[:30]],
        "missed": Ticket.objects.filter(
            hall=row.hall, day=today(), state=TicketState.MISSED).order_by("-ended_at")[:8]})


@staff_only
@require_POST
def counter_verb(request: Request, pk: int, verb: str) -> HttpResponse:
    row = _counter(request, pk)
    if verb == "next":
        if queue.call_next(request.person, row) is None:
            messages.info(request, _("现在没有人在等这个窗口。"))
    elif verb == "sit":
        keeping.sit_down(request.person, row)
    else:
        keeping.get_up(request.person, row)
    return redirect("window:counter", row.pk)


@staff_only
@require_POST
def serve(request: Request, pk: int, verb: str) -> HttpResponse:
    """A verb on the number that is here."""
    row: Ticket = seen(Ticket, request.person, pk, "hall__area", "area", "counter__hall")
    back = row.counter_id
    if verb == "back":
        permit(request.person, "window.serve", row)
        queue.come_back(request.person, row)
        messages.success(request, _("%(number)s 号又排上了。") % {"number": row.number})
    elif verb == "hand_on":
        permit(request.person, "window.serve", row)
        form = HandOnForm(request.POST, counters=row.hall.counters.filter(is_active=True))
        if form.is_valid():
            queue.hand_on(request.person, row, to=form.cleaned_data["to"])
            messages.success(request, _("转好了，号码不变。"))
        else:
            messages.error(request, _("请选转到哪个窗口。"))
    else:
        {"recall": queue.recall, "begin": queue.begin, "finish": queue.finish, "miss": queue.miss}[verb](
            request.person, row)
    return redirect("window:counter", back) if back else redirect("window:desk")


@staff_only
@require_safe
def figures_page(request: Request, pk: int) -> HttpResponse:
    """Served, missed, waits; by class too, so that anyone can see whether the order is fair."""
    hall: Hall = seen(Hall, request.person, pk, "area")
    permit(request.person, "window.figures", hall)
    days = next((one for one in DAYS if str(one) == request.GET.get("days")), 7)
    topics, classes = settings.topics(hall.area), settings.classes(hall.area)
    return render(request, "window/figures.html", {
        "hall": hall, "days": days, "choices": DAYS,
        "groups": [
            (_("按业务"), [(topics[one.name].title if one.name in topics else one.name, one)
                        for one in figures.by(hall, "topic", days=days)]),
            (_("按人群"), [(classes[one.name].title if one.name in classes else _("普通"), one)
                        for one in figures.by(hall, "klass", days=days)]),
            (_("按日子"), [(one.name, one) for one in figures.by(hall, "day", days=days)])]})


@staff_only
@require_safe
def export(request: Request, pk: int) -> HttpResponse:
    """Every ticket of the last thirty days: number, topic, class, times. It holds no name."""
    hall: Hall = seen(Hall, request.person, pk, "area")
    permit(request.person, "window.figures", hall)
    out = io.StringIO()
    out.write("\ufeff")
    sheet = csv.writer(out)
    sheet.writerow([_("日期"), _("号码"), _("业务"), _("人群"), _("状态"), _("取号"), _("叫号"), _("开始"), _("办完")])
    count = 0
    for row in figures.tickets(hall, today() - timedelta(days=29)):
        sheet.writerow([row.day, row.number, row.topic, row.klass, row.get_state_display(), *(
            f"{at:%Y-%m-%dT%H:%M:%S%z}" if at else "" for at in (
                row.taken_at, row.called_at, row.started_at, row.ended_at))])
        count += 1
    audit.record(request.person, "window.export", hall, rows=count)
    answer = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="window.csv"'
    return answer


@staff_only
def hall_edit(request: Request, pk: int | None = None) -> HttpResponse:
    """Make or change a hall."""
    area = working_area(request, "window.keep")
    row: Hall | None = seen(Hall, request.person, pk, "area") if pk else None
    form = HallForm(sent(request), initial={
        name: getattr(row, name) for name in ("name", "place", "phone", "hours", "is_open")} if row else {
            "is_open": True})
    if form.is_valid():
        with refusal_shown_in(form):
            made = keeping.save_hall(request.person, area, row, **form.cleaned_data)
            return redirect("window:hall", made.pk)
    return render(request, "window/hall_edit.html", {"form": form, "hall": row}, status=422 if form.errors else 200)


@staff_only
@require_safe
def hall(request: Request, pk: int) -> HttpResponse:
    """One hall for who keeps it: its addresses for screen, kiosk, door and volunteers; counters; times."""
    row: Hall = seen(Hall, request.person, pk, "area")
    permit(request.person, "window.keep", row)
    return render(request, "window/hall.html", {
        "hall": row, "counters": row.counters.order_by("number"), "free": len(slots.free(row)),
        "expected": slots.expected(row)})


@staff_only
@require_POST
def times_open(request: Request, pk: int) -> HttpResponse:
    row: Hall = seen(Hall, request.person, pk, "area")
    made = keeping.open_times(request.person, row)
    messages.success(
        request, _("开放了 %(count)s 段时间。") % {"count": made} if made else _("这几天的时间都已经开放了。"))
    return redirect("window:hall", row.pk)


@staff_only
def counter_edit(request: Request, pk: int, counter_pk: int | None = None) -> HttpResponse:
    """Make or change a counter of a hall."""
    row: Hall = seen(Hall, request.person, pk, "area")
    permit(request.person, "window.keep", row)
    one = get_object_or_404(row.counters, pk=counter_pk) if counter_pk else None
    form = CounterForm(sent(request), area=row.area, initial={
        name: getattr(one, name) for name in ("number", "name", "topics", "first", "is_active")} if one else {
            "is_active": True})
    if form.is_valid():
        with refusal_shown_in(form):
            keeping.save_counter(request.person, row, one, **form.cleaned_data)
            return redirect("window:hall", row.pk)
    return render(request, "window/counter_edit.html", {
        "form": form, "hall": row, "counter": one}, status=422 if form.errors else 200)


@staff_only
@require_safe
def helps(request: Request) -> HttpResponse:
    """What was filed for people here, newest first: number, item, who helped; names masked."""
    area = working_area(request, "window.help")
    rows = Help.objects.visible_to(request.person).filter(area=area).select_related("actor", "subject").order_by("-id")
    return render(request, "window/helps.html", {"page": keyset_page(rows, request, size=30)})


@staff_only
@require_safe
def helps_export(request: Request) -> HttpResponse:
    """The same as a file: who helped with what, when, by which way, and whether it was objected to. No names."""
    area = working_area(request, "window.help")
    out = io.StringIO()
    out.write("\ufeff")
    sheet = csv.writer(out)
    sheet.writerow([_("单号"), _("事项"), _("怎么来的"), _("看过的证件"), _("有人代办"), _("谁帮办"), _("开始"),
                    _("交上"), _("有异议")])
    rows = Help.objects.visible_to(request.person).filter(area=area).select_related("actor").order_by("-id")[:5000]
    for one in rows:
        sheet.writerow([one.number, one.title, one.get_channel_display(), one.check_kind, int(one.is_agent),
                        one.actor.shown_name, f"{one.began_at:%Y-%m-%dT%H:%M:%S%z}",
                        f"{one.handed_in_at:%Y-%m-%dT%H:%M:%S%z}" if one.handed_in_at else "",
                        int(one.objected_at is not None)])
    audit.record(request.person, "window.export", area, rows=len(rows))
    answer = HttpResponse(out.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="helped.csv"'
    return answer
