"""手语翻译: booking for oneself, what one interprets, and the desk's calendar."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.foundation.calendar.clock import now, today
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.web import Refused
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, refusal_shown_in, signed_in, staff_only
from linli.services.access.actions import signing as verbs
from linli.services.access.forms import InterpreterForm, SigningForm
from linli.services.access.models import Interpreter, Signing
from linli.services.access.queries import signing as reads
from linli.services.access.views.common import desk_doors, here, sent

WEEKS_MAX = 26


@signed_in
@require_safe
def mine(request: Request) -> HttpResponse:
    """What I booked, and what I interpret."""
    area = here(request)
    person = request.person
    page = keyset_page(reads.booked_for(person), request, size=20)
    return render(
        request,
        "access/interpreters.html",
        {
            "page": page,
            "rows": [(row, row.about_for(person), row.starts > now()) for row in page],
            "given": [(row, row.about_for(person)) for row in reads.interprets(person)[:50]],
            "count": reads.list_of(area),
            "place": area,
        },
    )


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def book(request: Request) -> HttpResponse:
    area = here(request)
    form = SigningForm(sent(request), initial={"once": uuid4().hex})
    if form.is_valid():
        with refusal_shown_in(form):
            row = verbs.book_interpreter(request.person, **form.cleaned_data)
            messages.success(
                request,
                _("约好了：%(names)s。")
                % {"names": _("、").join(str(one) for one in row.interpreters.select_related("person"))},
            )
            return redirect("access:interpreters")
    return render(
        request,
        "access/book_interpreter.html",
        {"form": form, "place": area, "count": reads.list_of(area), "at_desk": False},
        status=422 if form.errors else 200,
    )


@signed_in
@require_POST
def cancel(request: Request, pk: int) -> HttpResponse:
    row = get_object_or_404(Signing.objects.visible_to(request.person).select_related("area"), pk=pk)
    verbs.cancel_signing(request.person, row)
    messages.success(request, _("取消了，翻译也会收到消息。"))
    return redirect("access:desk_interpreters" if request.POST.get("desk") else "access:interpreters")


@staff_only
@require_safe
def desk(request: Request) -> HttpResponse:
    return _desk(request, InterpreterForm())


def _desk(request: Request, form: InterpreterForm) -> HttpResponse:
    """A week of sessions day by day, and the list of interpreters."""
    permit(request.person, "access.keep_interpreters")
    week = request.GET.get("week", "0")
    offset = int(week) if week.lstrip("-").isdecimal() and len(week) < 4 else 0
    offset = max(-WEEKS_MAX, min(WEEKS_MAX, offset))
    monday = today() - timedelta(days=today().weekday()) + timedelta(weeks=offset)
    since = timezone.make_aware(datetime.combine(monday, time.min))
    rows = list(reads.calendar(request.person, since=since, until=since + timedelta(days=7)))
    days = []
    for number in range(7):
        day = monday + timedelta(days=number)
        days.append(
            (
                day,
                [
                    (row, row.about_for(request.person), row.starts < now())
                    for row in rows
                    if timezone.localtime(row.starts).date() == day
                ],
            )
        )
    return render(
        request,
        "access/desk_interpreters.html",
        {
            "days": days,
            "has_rows": bool(rows),
            "week": offset,
            "before": offset - 1,
            "after": offset + 1,
            "monday": monday,
            "sunday": monday + timedelta(days=6),
            "people": list(reads.interpreters(request.person)),
            "form": form,
            "tab": "signing",
            "desk_doors": desk_doors(request),
        },
        status=422 if form.errors else 200,
    )


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def desk_book(request: Request) -> HttpResponse:
    """For who comes to the window or telephones."""
    area = here(request)
    permit(request.person, "access.keep_interpreters")
    form = SigningForm(sent(request), at_desk=True, initial={"once": uuid4().hex})
    if form.is_valid():
        with refusal_shown_in(form):
            given = dict(form.cleaned_data)
            who = _by_phone(given.pop("phone"))
            verbs.book_interpreter(request.person, person=who, **given)
            messages.success(request, _("约好了，%(name)s 会收到消息。") % {"name": who.shown_name})
            return redirect("access:desk_interpreters")
    return render(
        request,
        "access/book_interpreter.html",
        {"form": form, "place": area, "count": reads.list_of(area), "at_desk": True},
        status=422 if form.errors else 200,
    )


@staff_only
@require_POST
def add(request: Request) -> HttpResponse:
    area = here(request)
    permit(request.person, "access.keep_interpreters", area)
    form = InterpreterForm(request.POST)
    if form.is_valid():
        with refusal_shown_in(form):
            given = dict(form.cleaned_data)
            who = _by_phone(given.pop("phone"))
            verbs.add_interpreter(request.person, area, who, **given)
            messages.success(request, _("加好了：%(name)s。") % {"name": who.shown_name})
            return redirect("access:desk_interpreters")
    return _desk(request, form)


def _by_phone(text: str) -> Person:
    """The account of that number. Raises `Refused`: nobody."""
    digits = "".join(sign for sign in text if sign.isdigit())
    digits = digits.removeprefix("86") if len(digits) == 13 else digits
    found = Person.objects.by_phone(f"+86{digits}").filter(is_active=True).first()
    if found is None:
        raise Refused("nobody", _("这个号码在这里没有账号，请先帮他注册。"), field="phone")
    return found


@staff_only
@require_POST
def rest(request: Request, pk: int) -> HttpResponse:
    row: Interpreter = get_object_or_404(reads.interpreters(request.person), pk=pk)
    verbs.rest_interpreter(request.person, row, is_active=not row.is_active)
    messages.success(request, _("存好了。"))
    return redirect("access:desk_interpreters")


@staff_only
@require_POST
def finish(request: Request, pk: int) -> HttpResponse:
    row = get_object_or_404(Signing.objects.visible_to(request.person).select_related("area"), pk=pk)
    verbs.finish_signing(request.person, row)
    messages.success(request, _("好，记下了。"))
    return redirect("access:desk_interpreters")
