"""Asking, seeing who needs help, saying yes or no, coming and going, confirming, objecting."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.foundation.calendar.clock import now
from linli.foundation.files import received, takes_files
from linli.foundation.people.models import Person
from linli.foundation.people.permit import may
from linli.foundation.people.queries import subjects_for
from linli.foundation.web import Refused
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import refusal_shown_in, signed_in
from linli.services.timebank import queries, standing
from linli.services.timebank.actions import asking, attending, claiming, settling
from linli.services.timebank.forms import AskForm, ClaimForm
from linli.services.timebank.models import Claim, Need, Service, ServiceState, Team
from linli.services.timebank.purses import community
from linli.services.timebank.views.common import area_of, device_of, remember_device, seen


@require_http_methods(["GET", "POST"])
@signed_in
def ask(request: Request) -> HttpResponse:
    subjects = [request.person, *[one for one in subjects_for(request.person, "timebank") if one.community_id]]
    chosen = next((one for one in subjects if str(one.pk) == request.POST.get("subject")), request.person)
    # Family may live elsewhere: the bank is that of who is helped.
    area = area_of(request) if chosen == request.person or chosen.community is None else community(chosen.community)
    home = queries.home_of(chosen)
    start = (now() + timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
    form = AskForm(area, subjects, request.POST if request.method == "POST" else None, initial={
        "begins": start, "minutes": 60, "place": f"{home.building}" if home else "", "door": str(home) if home else ""})
    if form.is_valid():
        with refusal_shown_in(form):
            given = form.cleaned_data
            at_home = home is not None and given["place"] == str(home.building)
            need = asking.ask(request.person, area, asking.Wanted(
                item=given["item"], begins=given["begins"], minutes=given["minutes"], place=given["place"],
                door=given["door"], note=given["note"], building=home.building if at_home and home else None,
                gender=given["gender"], language=given["language"]), subject=chosen, once=given["once"])
            messages.success(request, _("收到了。社区看过就帮您找人，找到了马上告诉您。"))
            return redirect("timebank:need", need.pk)
    mine = queries.mine(chosen, area)
    return render(request, "timebank/ask.html", {"form": form, "mine": mine}, status=422 if form.errors else 200)


@require_safe
@signed_in
def needs(request: Request) -> HttpResponse:
    """What I asked for."""
    return render(request, "timebank/needs.html", {"rows": queries.my_needs(request.person)[:60]})


@require_safe
@signed_in
def wanted(request: Request) -> HttpResponse:
    """Who around here needs help, those that fit me first, each with why."""
    area = area_of(request)
    return render(request, "timebank/wanted.html", {
        "rows": queries.wanted(request.person, area), "volunteer": standing.volunteer_of(request.person)})


@require_safe
@signed_in
def need(request: Request, pk: int) -> HttpResponse:
    row: Need = seen(Need.objects.visible_to(request.person).select_related("area", "person", "asked_by"), pk)
    service = row.services.exclude(state=ServiceState.WITHDRAWN).select_related("helper").order_by("-pk").first()
    relations = row.relations_to(request.person)
    inside = bool(relations & {"@helped", "@asker", "@agent"}) or may(request.person, "timebank.review", row)
    me = standing.volunteer_of(request.person)
    mine = service is not None and service.helper_id == request.person.pk
    return render(request, "timebank/need.html", {
        "row": row, "service": service, "inside": inside or mine, "is_party": bool(relations - {"@neighbour"}),
        "fit": queries.fit_of(me, row) if row.state == "published" and not inside else None, "volunteer": me,
        "teams": queries.my_teams(request.person) if row.state == "published" else Team.objects.none(),
        "is_risky": row.risk != "low", "is_mine": mine})


@require_POST
@signed_in
def need_verb(request: Request, pk: int, verb: str) -> HttpResponse:
    """Accept, decline, withdraw."""
    row: Need = seen(Need.objects.visible_to(request.person).select_related("area"), pk)
    if verb == "accept":
        team = Team.objects.filter(pk=_number(request.POST.get("team")), area=row.area).first()
        service = asking.accept(request.person, row, team=team, risk_read=request.POST.get("risk_read") == "1")
        messages.success(request, _("说好了。到时候去就行，来不了请早点说。"))
        return redirect("timebank:service", service.pk)
    if verb == "decline":
        asking.decline(request.person, row)
        messages.success(request, _("好的，没关系。我们再问别人。"))
        return redirect("timebank:wanted")
    asking.withdraw(request.person, row)
    messages.success(request, _("取消了，冻结的时间还给您。"))
    return redirect("timebank:need", row.pk)


@require_safe
@signed_in
def services(request: Request) -> HttpResponse:
    """What I gave: what is to come, and what is done."""
    done = Service.objects.filter(helper=request.person).exclude(
        pk__in=queries.my_services(request.person).values("pk")).select_related("need", "area").order_by("-pk")[:60]
    return render(request, "timebank/services.html", {"open": queries.my_services(request.person), "done": done})


def _service(person: Person, pk: int) -> Service:
    found: Service = seen(Service.objects.visible_to(person).select_related(
        "area", "helper", "helped", "need__person", "need__asked_by", "need__area"), pk)
    return found


@require_safe
@signed_in
def service(request: Request, pk: int) -> HttpResponse:
    return remember_device(request, _shown(request, _service(request.person, pk), ClaimForm()))


def _shown(request: Request, row: Service, form: ClaimForm, *, error: str = "") -> HttpResponse:
    relations = row.relations_to(request.person)
    claim = row.claims.exclude(state="closed").first() or row.claims.order_by("-pk").first()
    return render(request, "timebank/service.html", {
        "row": row, "evidence": row.evidence.all(), "claim": claim, "form": form, "error": error,
        "is_helper": "@helper" in relations, "is_helped": bool(relations & {"@helped", "@agent", "@asker"}),
        "may_claim": row.state in ("done", "held", "settled", "void") and (claim is None or claim.state == "closed")
        and may(request.person, "timebank.claim", row),
        "review": row.reviews.first()}, status=422 if form.errors or error else 200)


@takes_files
@require_POST
@signed_in
def attend(request: Request, pk: int, verb: str) -> HttpResponse:
    """Check in, check out. A wrong code is counted; what was typed stays."""
    row = _service(request.person, pk)
    given: dict[str, Any] = {"code": request.POST.get("code", ""), "device": device_of(request),
                             "position": _position(request)}
    try:
        files = received(request, "photo", purpose="timebank.photo", about=row)
        given["photo"] = files[0].pk if files else None
        if verb == "check_in":
            attending.check_in(request.person, row, **given)
            messages.success(request, _("签到了。走的时候记得签退。"))
        else:
            travel = _number(request.POST.get("travel"))
            attending.check_out(request.person, row, travel_minutes=travel, **given)
            messages.success(request, _("签退了，谢谢您。等对方确认就记时间。"))
    except Refused as refusal:
        if isinstance(refusal, attending.WrongCode):
            attending.count_wrong_code(row.pk)
        if refusal.field != "code":
            raise
        return _shown(request, _service(request.person, pk), ClaimForm(), error=str(refusal.sentence))
    return redirect("timebank:service", row.pk)


def _position(request: Request) -> tuple[float, float, float] | None:
    try:
        lon, lat, accuracy = (float(request.POST[name]) for name in ("lon", "lat", "accuracy"))
    except (KeyError, ValueError):
        return None
    return (lon, lat, accuracy) if -180 <= lon <= 180 and -90 <= lat <= 90 and accuracy >= 0 else None


@require_POST
@signed_in
def step_back(request: Request, pk: int) -> HttpResponse:
    asking.step_back(request.person, _service(request.person, pk))
    messages.success(request, _("知道了，谢谢您早说。我们接着找人。"))
    return redirect("timebank:home")


@require_http_methods(["GET", "POST"])
@signed_in
def confirm(request: Request, pk: int) -> HttpResponse:
    """One question, one big button; read aloud; 「不对」 beside it, just as big."""
    row = _service(request.person, pk)
    if request.method == "POST":
        settling.confirm(request.person, row, way=request.POST.get("way", ""), thanks=request.POST.get("thanks", ""),
                         device=device_of(request))
        messages.success(request, _("确认了，谢谢您。"))
        return redirect("timebank:service", row.pk)
    return remember_device(request, render(request, "timebank/confirm.html", {
        "row": row, "minutes": settling.credit_of(row, settling.terms_of(row)) if row.out_at else 0}))


@require_POST
@signed_in
def claim(request: Request, pk: int) -> HttpResponse:
    row, form = _service(request.person, pk), ClaimForm(request.POST)
    if form.is_valid():
        with refusal_shown_in(form):
            made = claiming.claim(request.person, row, **form.cleaned_data)
            messages.success(request, _("记下了。%(day)s 前给您答复，时间先冻结着。") % {"day": made.answer_by})
            return redirect("timebank:service", row.pk)
    return _shown(request, row, form)


@require_POST
@signed_in
def claim_verb(request: Request, pk: int, verb: str) -> HttpResponse:
    """Content with the answer, or not."""
    row: Claim = seen(Claim.objects.visible_to(request.person).select_related("area", "service"), pk)
    if verb == "accept":
        claiming.accept_answer(request.person, row)
    else:
        claiming.appeal(request.person, row, text=request.POST.get("text", ""))
        messages.success(request, _("记下了，由另一位同事再看。"))
    return redirect("timebank:service", row.service_id)


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 20 else 0

