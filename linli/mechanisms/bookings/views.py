"""Residents' pages: what I booked, one booking."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from linli.foundation.web.middleware import Request
from linli.foundation.web.views import signed_in
from linli.mechanisms.bookings import queries
from linli.mechanisms.bookings.models import Reservation


@signed_in
@require_safe
def mine(request: Request) -> HttpResponse:
    """Everything I have, wait for, or am asked about."""
    return render(request, "bookings/mine.html", {"reservations": queries.mine(request.person)})


@signed_in
@require_safe
def reservation(request: Request, pk: int) -> HttpResponse:
    """One booking."""
    row = get_object_or_404(Reservation.objects.visible_to(request.person), pk=pk)
    return render(request, "bookings/reservation.html", {"row": row})
