"""The desk: the queues, one need with its match board, one service, intake from paper and telephone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.foundation.calendar.clock import now, today
from linli.foundation.people.models import Person
from linli.foundation.people.permit import may, permit
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import refusal_shown_in, staff_only
from linli.services.timebank import queries
from linli.services.timebank.actions import asking, attending, claiming, settling
from linli.services.timebank.forms import AnswerForm, DeskAskForm, TimesForm
from linli.services.timebank.models import Claim, ClaimState, Correction, Kinship, Need, Review, Service
from linli.services.timebank.views.common import area_of, neighbour_by_phone, seen

QUEUES = ("requested", "published", "accepted", "done")


@require_safe
@staff_only
def desk(request: Request) -> HttpResponse:
    """What waits: to be reviewed, to be matched, to be confirmed; and how the books stand."""
    area = area_of(request)
    permit(request.person, "timebank.review", area)
    tab = request.GET.get("state", "requested")
    rows = Need.objects.visible_to(request.person).filter(
        area=area, state=tab if tab in QUEUES else "requested").select_related("person", "area").order_by(
        "begins", "pk")
    return render(request, "timebank/desk.html", {
        "rows": rows[:100], "tab": tab, "over": queries.overview(request.person, area),
        "month": queries.hours_given(area, today().replace(day=1)), "moment": now(),
        "may_head": may(request.person, "timebank.treasury", area)})


@require_safe
@staff_only
def desk_need(request: Request, pk: int) -> HttpResponse:
    return _need_page(request, _need(request.person, pk), AnswerForm())


def _need(person: Person, pk: int) -> Need:
    row: Need = seen(Need.objects.visible_to(person).select_related("area", "person", "asked_by"), pk)
    permit(person, "timebank.review", row)
    return row


def _need_page(request: Request, row: Need, form: AnswerForm) -> HttpResponse:
    service = row.services.select_related("helper").order_by("-pk").first()
    return render(request, "timebank/desk_need.html", {
        "row": row, "service": service, "form": form,
        "board": queries.board(row) if row.state == "published" else []}, status=422 if form.errors else 200)


@require_POST
@staff_only
def desk_need_verb(request: Request, pk: int, verb: str) -> HttpResponse:
    """Publish, refuse with a reason, invite those ticked, withdraw."""
    row = _need(request.person, pk)
    if verb == "publish":
        asking.publish(request.person, row, risk_told=request.POST.get("risk_told", ""))
    elif verb == "refuse":
        form = AnswerForm(request.POST)
        if not form.is_valid():
            return _need_page(request, row, form)
        asking.refuse_need(request.person, row, why=form.cleaned_data["note"])
    elif verb == "invite":
        ticked = set(request.POST.getlist("person"))
        chosen = [(volunteer.person, fit) for volunteer, fit, asked in queries.board(row)
                  if str(volunteer.person_id) in ticked and not fit.cannot]
        made = asking.invite(request.person, row, chosen)
        messages.success(request, _("请了 %(count)s 位，等他们自己答应。") % {"count": len(made)})
    else:
        asking.withdraw(request.person, row)
    return redirect("timebank:desk_need", row.pk)


@require_http_methods(["GET", "POST"])
@staff_only
def enter(request: Request) -> HttpResponse:
    """R23: an elder asks by telephone, at the counter, or on paper; the record says who acted for whom."""
    area = area_of(request)
    permit(request.person, "timebank.enter_for", area)
    start = (now() + timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
    form = DeskAskForm(area, [], request.POST if request.method == "POST" else None, initial={
        "begins": start, "minutes": 60, "place": ""})
    if form.is_valid():
        with refusal_shown_in(form):
            given = form.cleaned_data
            subject = neighbour_by_phone(area, given["phone"])
            home = queries.home_of(subject)
            need = asking.ask(request.person, area, asking.Wanted(
                item=given["item"], begins=given["begins"], minutes=given["minutes"], place=given["place"],
                door=given["door"] or (str(home) if home else ""), note=given["note"],
                building=home.building if home else None, gender=given["gender"], language=given["language"],
                funding=given["funding"]), subject=subject, channel=given["channel"], once=given["once"])
            messages.success(request, _("记下了。另一位同事审核后就找人。"))
            return redirect("timebank:desk_need", need.pk)
    return render(request, "timebank/desk_enter.html", {"form": form}, status=422 if form.errors else 200)


@require_safe
@staff_only
def desk_service(request: Request, pk: int) -> HttpResponse:
    return _service_page(request, _service(request.person, pk), TimesForm(), AnswerForm())


def _service(person: Person, pk: int) -> Service:
    row: Service = seen(Service.objects.visible_to(person).select_related(
        "area", "helper", "helped", "need__person", "need__asked_by", "need__area"), pk)
    permit(person, "timebank.enter_times", row)
    return row


def _service_page(request: Request, row: Service, times: TimesForm, answer: AnswerForm) -> HttpResponse:
    return render(request, "timebank/desk_service.html", {
        "row": row, "evidence": row.evidence.select_related("by"), "intact": attending.chain_holds(row),
        "strong": settling.is_strong(row) if row.in_at else False, "times": times, "answer": answer,
        "claims": row.claims.select_related("by"), "review": row.reviews.first(),
        "correction": row.corrections.first()}, status=422 if times.errors or answer.errors else 200)


@require_POST
@staff_only
def desk_service_verb(request: Request, pk: int, verb: str) -> HttpResponse:
    """Check in or out in person, a paper slip's times, confirmation on paper, a correction asked for."""
    row = _service(request.person, pk)
    times, answer = TimesForm(), AnswerForm()
    if verb == "times":
        times = TimesForm(request.POST)
        if times.is_valid():
            with refusal_shown_in(times):
                attending.enter_times(request.person, row, **times.cleaned_data)
    elif verb == "correct":
        answer = AnswerForm(request.POST)
        if answer.is_valid():
            with refusal_shown_in(answer):
                claiming.ask_correction(request.person, row, minutes=answer.cleaned_data["minutes"] or 0,
                                        reason=answer.cleaned_data["note"])
    else:
        verbs: dict[str, Callable[[], object]] = {
            "check_in": lambda: attending.check_in(request.person, row),
            "check_out": lambda: attending.check_out(request.person, row),
            "paper": lambda: settling.confirm(request.person, row, way="paper"),
            "aloud": lambda: settling.confirm(request.person, row, way="aloud"),
            "step_back": lambda: asking.step_back(request.person, row),
        }
        verbs[verb]()
    if times.errors or answer.errors:
        return _service_page(request, row, times, answer)
    return redirect("timebank:desk_service", row.pk)


@require_safe
@staff_only
def reviews(request: Request) -> HttpResponse:
    """R22: what signals asked a person to look at."""
    area = area_of(request)
    permit(request.person, "timebank.review", area)
    rows = Review.objects.visible_to(request.person).filter(area=area, decided_at=None).select_related(
        "service__helper", "service__helped", "area").order_by("at")
    return render(request, "timebank/desk_reviews.html", {"rows": rows[:100], "form": AnswerForm()})


@require_POST
@staff_only
def review_verb(request: Request, pk: int, verb: str) -> HttpResponse:
    row: Review = seen(Review.objects.visible_to(request.person).select_related("area", "service"), pk)
    settling.decide_review(request.person, row, is_fine=verb == "fine", note=request.POST.get("note", ""))
    return redirect("timebank:reviews")


@require_safe
@staff_only
def claims(request: Request) -> HttpResponse:
    """R13, R14: claims with their clocks, and corrections that wait for a second person."""
    area = area_of(request)
    permit(request.person, "timebank.review", area)
    rows: QuerySet[Claim] = Claim.objects.visible_to(request.person).filter(
        area=area, state__in=[ClaimState.OPEN, ClaimState.APPEALED]).select_related(
        "service__helper", "service__helped", "by").order_by("answer_by", "pk")
    corrections = Correction.objects.visible_to(request.person).filter(area=area, done_at=None).select_related(
        "service__helper", "asked_by")
    return render(request, "timebank/desk_claims.html", {
        "rows": rows[:100], "corrections": corrections, "form": AnswerForm()})


@require_POST
@staff_only
def claim_decide(request: Request, pk: int) -> HttpResponse:
    row: Claim = seen(Claim.objects.visible_to(request.person).select_related("area", "service"), pk)
    minutes = request.POST.get("minutes", "")
    claiming.decide_claim(request.person, row, minutes=int(minutes) if minutes.isdecimal() and len(minutes) < 6 else -1,
                          answer=request.POST.get("note", ""))
    return redirect("timebank:claims")


@require_POST
@staff_only
def correct(request: Request, pk: int) -> HttpResponse:
    row: Correction = seen(Correction.objects.visible_to(request.person).select_related("area", "service"), pk)
    claiming.correct(request.person, row)
    return redirect("timebank:claims")


def kin_waiting(person: Person, area: Any) -> QuerySet[Kinship]:
    """Family bonds that wait for a look at the papers."""
    found: QuerySet[Kinship] = Kinship.objects.visible_to(person).filter(
        person__community=area, confirmed_at=None).select_related("person", "other").order_by("claimed_at", "pk")
    return found
