"""What runs by the clock: confirmation by strong evidence, answers carried out, issued time, what was left behind."""

from __future__ import annotations

from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now, today
from linli.foundation.jobs import periodic
from linli.foundation.people.models import Person
from linli.services.timebank.actions import claiming, keeping, settling
from linli.services.timebank.models import Claim, ClaimState, Issue, Leaving, Service, ServiceState

BATCH = 200


@periodic(every_s=3600)
def confirm_by_time() -> None:
    """R11: strong evidence confirms by itself after n days."""
    rows = Service.objects.filter(state=ServiceState.DONE, confirmed_at=None, out_at__lt=now()).order_by("out_at")
    for row in rows[:BATCH]:
        settling.confirm_by_time(row)


@periodic(every_s=3600)
def carry_out_answers() -> None:
    """R14: the days of appeal are over."""
    for row in Claim.objects.filter(state=ClaimState.DECIDED, appeal_until__lt=today()).order_by("id")[:BATCH]:
        claiming.close_by_time(row)


@periodic(every_s=6 * 3600)
def expire_issued() -> None:
    """R18."""
    day = today()
    due = Issue.objects.filter(expires_on__lt=day).values_list("person", "area").distinct()
    for person, area in list(due):
        keeping.expire_issued(Person.objects.get(pk=person), Area.objects.get(pk=area), day)


@periodic(every_s=6 * 3600)
def pool_what_is_left() -> None:
    """R19."""
    for row in Leaving.objects.filter(closed_at=None).order_by("id")[:BATCH]:
        keeping.pool_what_is_left(row)
