"""Staff's calendar of rooms, teachers and things: a day or a week, what is taken and what for."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from linli.foundation.calendar.clock import today
from linli.foundation.people.permit import permit
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import signed_in
from linli.mechanisms.bookings import queries
from linli.mechanisms.bookings.models import Resource
from linli.mechanisms.bookings.rules import SHANGHAI


@signed_in
@require_safe
def resources(request: Request) -> HttpResponse:
    """Resources of the place looked at, with their claims of one day or seven, as a list a screen reader can follow."""
    permit(request.person, "bookings.manage")
    first = _day(request.GET.get("day", ""))
    span = 7 if request.GET.get("span") == "week" else 1
    begin = datetime.combine(first, time.min, SHANGHAI)
    rows = Resource.objects.visible_to(request.person).filter(is_active=True, title_key="")
    if request.area is not None:
        rows = rows.filter(area__code__startswith=request.area.code)
    kinds = list(rows.values_list("kind", flat=True).order_by("kind").distinct())
    kind = request.GET.get("kind", "")
    if kind in kinds:
        rows = rows.filter(kind=kind)
    claims = list(queries.claims_between(rows, begin, begin + timedelta(days=span)))
    table = [{"resource": row, "claims": [one for one in claims if one.resource_id == row.pk]} for row in rows[:100]]
    return render(request, "bookings/resources.html", {
        "table": table, "first": first, "last": first + timedelta(days=span - 1), "span": span, "kinds": kinds,
        "kind": kind, "before": first - timedelta(days=span), "after": first + timedelta(days=span)})


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return today()
