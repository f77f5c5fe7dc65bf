"""The desk's page of work that does not get done."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from linli.foundation.calendar.clock import now
from linli.foundation.events.models import Debt
from linli.foundation.jobs import actions, queries
from linli.foundation.jobs.models import Job
from linli.foundation.jobs.running import DEAD_AFTER_S
from linli.foundation.people.permit import may, permit
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, staff_only

KINDS: dict[str, type[Job] | type[Debt]] = {"job": Job, "event": Debt}


@staff_only
def list_page(request: Request) -> HttpResponse:
    permit(request.person, "jobs.see")
    standing = queries.standing()
    last = standing.last_beat
    return render(request, "jobs/list.html", {
        "standing": standing,
        "is_alive": last is not None and now() - last < timedelta(seconds=DEAD_AFTER_S),
        "jobs": keyset_page(queries.failing_jobs(), request, size=30, parameter="job"),
        "debts": keyset_page(queries.debts(), request, size=30, parameter="event"),
        "may_retry": may(request.person, "jobs.retry"), "may_discard": may(request.person, "jobs.discard")})


@staff_only
@require_POST
def retry_page(request: Request, kind: str, pk: int) -> HttpResponse:
    actions.retry(request.person, _found(request, kind, pk))
    messages.success(request, _("已经排上，马上再做一次。"))
    return redirect("jobs:list")


@staff_only
def discard_page(request: Request, kind: str, pk: int) -> HttpResponse:
    stuck = _found(request, kind, pk)
    permit(request.person, "jobs.discard")
    if request.method == "POST":
        actions.discard(request.person, stuck)
        messages.success(request, _("不做了，已经记进日志。"))
        return redirect("jobs:list")
    return render(request, "jobs/discard.html", {"stuck": stuck, "kind": kind})


def _found(request: Request, kind: str, pk: int) -> Job | Debt:
    permit(request.person, "jobs.see")
    found = KINDS[kind].objects.filter(pk=pk).first() if kind in KINDS else None
    if found is None:
        raise Http404
    return found
