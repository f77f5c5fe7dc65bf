"""My hours: balance, statement, what waits for me; and the rules in force with their sources."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from linli.foundation.calendar.clock import today
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import Page, keyset_page, signed_in
from linli.services.timebank import presets, queries, standing
from linli.services.timebank.models import Volunteer
from linli.services.timebank.views.common import area_of


@signed_in
@require_safe
def home(request: Request) -> HttpResponse:
    area, person = area_of(request), request.person
    lines = list(queries.my_lines(person, area)[:6])
    return render(request, "timebank/home.html", {
        "mine": queries.mine(person, area), "volunteer": standing.volunteer_of(person),
        "confirm": queries.to_confirm(person)[:5], "services": queries.my_services(person)[:5],
        "needs": queries.my_needs(person)[:3], "lines": queries.as_lines(person, lines),
        "wards": Volunteer.objects.filter(guardian=person, guardian_agreed_at=None)})


@signed_in
@require_safe
def statement(request: Request) -> HttpResponse:
    area = area_of(request)
    page = keyset_page(queries.my_lines(request.person, area), request, size=30)
    rows = queries.as_lines(request.person, list(page.rows))
    return render(request, "timebank/statement.html", {
        "page": Page(rows, page.after, page.is_first), "mine": queries.mine(request.person, area)})


@signed_in
@require_safe
def rules_page(request: Request) -> HttpResponse:
    """R1–R24 as they stand here today, each with its source."""
    area = area_of(request)
    return render(request, "timebank/rules.html", {
        "rows": presets.shown(area, today()), "city": presets.city_of(area, today())})
