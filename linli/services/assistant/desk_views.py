"""The desk: who waits, answering, the questions nobody could answer, the figures."""

from __future__ import annotations

import csv
import io
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.foundation import audit
from linli.foundation.calendar.clock import today
from linli.foundation.people.permit import permit
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, refusal_shown_in, staff_only
from linli.mechanisms.knowledge import search
from linli.services.assistant import actions, queries
from linli.services.assistant.forms import MendForm, ReplyForm
from linli.services.assistant.models import Conversation, Gap, GapState
from linli.services.assistant.states import State
from linli.services.assistant.views import shown

FIGURES_MOST = 5000


@staff_only
@require_safe
def inbox(request: Request) -> HttpResponse:
    """Those who wait, the longest first; mine; all; those that ended."""
    permit(request.person, "assistant.answer")
    tab = request.GET.get("tab", "waiting")
    tab = tab if tab in queries.TABS else "waiting"
    counts = queries.counts(request.person)
    labels = {"waiting": _("在等"), "mine": _("我在答"), "open": _("都在答的"), "closed": _("结束了")}
    return render(request, "assistant/desk.html", {
        "page": keyset_page(queries.inbox(request.person, tab), request, size=30), "tab": tab,
        "tabs": [(name, labels[name], counts.get(name)) for name in queries.TABS]})


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def talk(request: Request, pk: int) -> HttpResponse:
    """One conversation, and the field to answer in."""
    row = _handed(request, pk)
    permit(request.person, "assistant.answer", row)
    if "part" in request.GET and request.method != "POST":
        return _part(request, row)
    form = ReplyForm(request.POST) if request.method == "POST" else ReplyForm(initial={"once": uuid4().hex})
    if form.is_bound and form.is_valid():
        with refusal_shown_in(form):
            actions.reply_to(request.person, row, form.cleaned_data["text"], once=form.cleaned_data["once"])
            return redirect("assistant:desk_talk", row.pk)
    return render(request, "assistant/desk_talk.html", {
        **_talk_shown(row, row.state), "form": form,
        "is_mine": row.staff_id == request.person.pk and row.state == State.HUMAN,
        "may_take": row.state == State.QUEUED and row.person_id != request.person.pk,
    }, status=422 if form.errors else 200)


def _part(request: Request, row: Conversation) -> HttpResponse:
    """The conversation alone, for a page that stands open; 204 while nothing was said and nothing moved."""
    seen = request.GET.get("seen", "")
    context = _talk_shown(row, seen.rpartition(".")[2])
    return HttpResponse(status=204) if seen == context["seen"] else render(
        request, "assistant/desk_turns.html", context)


def _talk_shown(row: Conversation, opened_in: str) -> dict[str, Any]:
    """`opened_in`: the state in which the page was opened; its buttons are those of that state."""
    opened_in = opened_in if opened_in in State.values else row.state
    return {
        "talk": row, "turns": [shown(turn, False) for turn in queries.turns(row)], "is_live": row.is_open,
        "changed": row.state != opened_in, "seen": f"{row.turns}.{row.state}.{opened_in}"}


@staff_only
@require_POST
def step(request: Request, pk: int, verb: str) -> HttpResponse:
    """Take it, give it back, make it a case, end it."""
    row = _handed(request, pk)
    verbs = {"take": actions.take, "give_back": actions.give_back, "close": actions.close}
    if verb == "call_back":
        actions.call_back(request.person, row)
    else:
        verbs[verb](request.person, row)
    return redirect("assistant:desk_talk", row.pk)


def _handed(request: Request, pk: int) -> Conversation:
    """One that was handed to the desk of my places; to anybody else it is not there."""
    rows = Conversation.objects.visible_to(request.person).filter(handed_at__isnull=False)
    row: Conversation = get_object_or_404(rows.select_related("person", "staff", "area"), pk=pk)
    return row


@staff_only
@require_safe
def gaps(request: Request) -> HttpResponse:
    """The week's questions without an answer; those that were mended, with what it changed."""
    permit(request.person, "assistant.mend")
    state = request.GET.get("state", GapState.OPEN)
    state = state if state in GapState.values else GapState.OPEN
    return render(request, "assistant/gaps.html", {
        "page": keyset_page(queries.gaps(request.person, state), request, size=30), "state": state,
        "states": GapState.choices})


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def gap(request: Request, pk: int) -> HttpResponse:
    """Which thing was meant: what is found now, what is found for other words, and the wording to add."""
    row = get_object_or_404(Gap.objects.visible_to(request.person).select_related("area", "settled_by"), pk=pk)
    permit(request.person, "assistant.mend", row)
    words = request.GET.get("q", "").strip()[:100]
    form = MendForm(request.POST) if request.method == "POST" else MendForm(initial={"wording": row.text})
    if form.is_bound and form.is_valid():
        with refusal_shown_in(form):
            actions.mend_gap(request.person, row, form.cleaned_data["group"], form.cleaned_data["wording"])
            messages.success(request, _("补上了，一两分钟后就能答上来。"))
            return redirect("assistant:gap", row.pk)
    found = search(words or row.text, area_code=row.area.code, limit=6) if row.state == GapState.OPEN else None
    return render(request, "assistant/gap.html", {
        "row": row, "form": form, "hits": found.hits if found else (), "words": words,
        "chosen": form["group"].value() or ""}, status=422 if form.errors else 200)


@staff_only
@require_POST
def drop(request: Request, pk: int) -> HttpResponse:
    row = get_object_or_404(Gap.objects.visible_to(request.person), pk=pk)
    actions.drop_gap(request.person, row)
    return redirect("assistant:gaps")


@staff_only
@require_safe
def figures(request: Request) -> HttpResponse:
    """The desk's conversations as CSV: when, how long, how it ended; no name and no word of them."""
    permit(request.person, "assistant.export")
    out = io.StringIO()
    sheet = csv.writer(out)
    sheet.writerow([_("交给人"), _("接起"), _("结束"), _("等了几分钟"), _("说了几句"), _("怎么结束的"), _("单号")])
    handed = Conversation.objects.visible_to(request.person).filter(handed_at__isnull=False).exclude(
        person=request.person).order_by("-handed_at", "-id")
    for row in handed[:FIGURES_MOST]:
        waited = int((row.taken_at - row.handed_at).total_seconds() // 60) if row.taken_at and row.handed_at else ""
        sheet.writerow([_time(row.handed_at), _time(row.taken_at), _time(row.closed_at), waited, row.turns,
                        row.ended_by, row.case_number])
    audit.record(request.person, "assistant.export", request.area)
    answer = HttpResponse("\ufeff" + out.getvalue(), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="assistant-{today():%Y-%m-%d}.csv"'
    return answer


def _time(moment: object) -> str:
    from datetime import datetime

    from django.utils import timezone

    return f"{timezone.localtime(moment):%Y-%m-%d %H:%M}" if isinstance(moment, datetime) else ""
