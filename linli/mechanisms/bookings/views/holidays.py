"""The desk's page after a holiday notice: each session it touches, what is proposed, and one button for all."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from linli.foundation import calendar
from linli.foundation.people.permit import may
from linli.foundation.web import Denied, Refused
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import signed_in
from linli.mechanisms.bookings import holidays
from linli.mechanisms.bookings.actions.holidays import Choice, settle_holidays
from linli.mechanisms.bookings.models import Offer
from linli.mechanisms.bookings.rules import SHANGHAI

CHOICES = ("skip", "move", "keep")


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def after_notice(request: Request) -> HttpResponse:
    """Skipped, moved or kept: nothing happens before it is confirmed here, and then all of it at once."""
    may_or_denied(request)
    sent: Mapping[str, Any] = request.POST if request.method == "POST" else {}
    rows = [_line(one, sent) for one in holidays.touched(request.person)]
    told = ""
    if request.method == "POST":
        chosen = [Choice(line["row"].session.pk, line["what"], line["starts"]) for line in rows if line["on"]]
        try:
            done = settle_holidays(request.person, chosen)
        except Refused as refusal:
            told = str(refusal.sentence)
        else:
            messages.success(request, _("办好了：跳过 %(skip)s 场，移动 %(move)s 场，照常 %(keep)s 场。") % done)
            return redirect("bookings:holidays")
    return render(request, "bookings/holidays.html", {
        "rows": rows, "told": told, "until": calendar.announced_until()}, status=422 if told else 200)


def may_or_denied(request: Request) -> None:
    """Staff who keep bookings, and whoever leads something that repeats. Raises `Denied`."""
    if may(request.person, "bookings.manage"):
        return
    if not Offer.objects.filter(host=request.person, series__isnull=False).exists():
        raise Denied("bookings.manage")


def _line(row: holidays.Touched, sent: Mapping[str, Any]) -> dict[str, Any]:
    """A row as it stands in the form: what was chosen, else what is proposed."""
    pk = row.session.pk
    what = sent.get(f"what-{pk}", row.advice)
    typed = sent.get(f"to-{pk}", "")
    first = row.proposed or row.session.starts
    return {
        "row": row, "on": f"what-{pk}" in sent, "what": what if what in CHOICES else "keep",
        "to": typed or f"{first.astimezone(SHANGHAI):%Y-%m-%dT%H:%M}", "starts": _moment(typed)}


def _moment(typed: str) -> datetime | None:
    try:
        return datetime.fromisoformat(typed).replace(tzinfo=SHANGHAI)
    except ValueError:
        return None
