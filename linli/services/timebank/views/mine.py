"""A volunteer's registration, family, teams, gifts and certificates."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import today
from linli.foundation.people.models import Person
from linli.foundation.web import Refused
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import refusal_shown_in, signed_in
from linli.services.timebank import queries, standing, words
from linli.services.timebank.actions import giving, joining, proving
from linli.services.timebank.forms import GiftForm, KinForm, PeriodForm, TeamForm, VolunteerForm
from linli.services.timebank.models import Agreement, Certificate, Move, Team, Volunteer
from linli.services.timebank.presets import terms_on
from linli.services.timebank.sentences import refuse
from linli.services.timebank.views.common import area_of, neighbour_by_phone, seen

_SAID = ("gender", "skills", "languages", "slots", "items", "unfit_for", "health", "document")


@require_http_methods(["GET", "POST"])
@signed_in
def volunteer(request: Request) -> HttpResponse:
    """Register, or change what one said; guardians and moves that wait for one's word stand here too."""
    area, row = area_of(request), standing.volunteer_of(request.person)
    start: dict[str, Any] = {name: getattr(row, name) for name in _SAID} if row else {}
    start["birth_date"] = row.born if row else None
    form = VolunteerForm(area, request.POST if request.method == "POST" else None, initial=start)
    if form.is_valid():
        with refusal_shown_in(form):
            given = form.cleaned_data
            profile = joining.Profile(birth_date=given["birth_date"], **{name: given[name] for name in _SAID})
            if row is None:
                guardian = (neighbour_by_phone(area, given["guardian_phone"], anywhere=True)
                            if given["guardian_phone"] else None)
                joining.register(request.person, area, profile, guardian=guardian)
                messages.success(request, _("登记好了，谢谢您。下一步：社区会约您培训。"))
            else:
                joining.describe(request.person, row, profile)
                messages.success(request, _("改好了。"))
            return redirect("timebank:volunteer")
    return render(request, "timebank/volunteer.html", {
        "form": form, "row": row, "wards": Volunteer.objects.filter(guardian=request.person, guardian_agreed_at=None),
        "moves": Move.objects.filter(
            volunteer__person=request.person, consented_at=None, refused_at=None).select_related("to")},
        status=422 if form.errors else 200)


@require_POST
@signed_in
def agree(request: Request, kind: str, pk: int) -> HttpResponse:
    """A guardian's yes; a volunteer's yes or no to a move."""
    if kind == "guardian":
        joining.agree_as_guardian(request.person, seen(Volunteer.objects.visible_to(request.person), pk))
    else:
        joining.answer_move(request.person, seen(Move.objects.visible_to(request.person), pk),
                            agree=request.POST.get("agree") == "1")
    messages.success(request, _("记下了。"))
    return redirect("timebank:volunteer")


def _receivers(person: Person, area: Area) -> list[tuple[str, str]]:
    """To whom this person may give here: confirmed family, family next door, the pool, institutions."""
    terms = terms_on(area, today()).gift
    found = [(f"kin-{row.pk}", f"{row.other.shown_name}（{row.get_relation_display()}）")
             for row in queries.kin_of(person) if row.confirmed_at]
    if "pool" in terms.donate_to:
        found.append(("pool", _("公益池，帮困难老人")))
    return found


@require_http_methods(["GET", "POST"])
@signed_in
def gift(request: Request) -> HttpResponse:
    """Give hours on: to family, to the pool. A gift cannot be given on, and that is said before."""
    area = area_of(request)
    form = GiftForm(_receivers(request.person, area), request.POST if request.method == "POST" else None)
    if form.is_valid():
        with refusal_shown_in(form):
            minutes, to, once = (form.cleaned_data[name] for name in ("minutes", "to", "once"))
            if to == "pool":
                giving.donate(request.person, area, minutes, to_kind="pool", once=once or str(minutes))
                messages.success(request, _("捐给公益池了，谢谢您。"))
            else:
                _give_kin(request, area, int(to.partition("-")[2]), minutes, once)
            return redirect("timebank:home")
    return render(request, "timebank/gift.html", {
        "form": form, "mine": queries.mine(request.person, area), "kin": queries.kin_of(request.person),
        "kin_form": KinForm()}, status=422 if form.errors else 200)


def _give_kin(request: Request, area: Area, kinship: int, minutes: int, once: str) -> None:
    other = seen(queries.kin_of(request.person).filter(confirmed_at__isnull=False), kinship).other
    if other.area_code.startswith(area.code):
        giving.give(request.person, area, other, minutes, once=once)
    else:
        running = Agreement.objects.filter(ended_at=None, agreed_at__isnull=False).select_related("area", "partner")
        agreement = next((row for row in running if {row.area_id, row.partner_id} == {area.pk, other.community_id}),
                         None)
        if agreement is None:
            refuse("no_agreement", field="to")
        giving.cross(request.person, agreement, minutes, to=other, once=once)
    messages.success(request, _("送给%(who)s %(hours)s了。") % {"who": other.shown_name, "hours": words.hours(minutes)})


@require_POST
@signed_in
def kin(request: Request) -> HttpResponse:
    """Say who is family; staff look at the papers and confirm."""
    area, form = area_of(request), KinForm(request.POST)
    if form.is_valid():
        with refusal_shown_in(form):
            other = neighbour_by_phone(area, form.cleaned_data["phone"], anywhere=True)
            joining.claim_kin(request.person, area, other, form.cleaned_data["relation"])
            messages.success(request, _("记下了。带上户口本到社区核对一次，以后就能送时间。"))
            return redirect("timebank:gift")
    return render(request, "timebank/gift.html", {
        "form": GiftForm(_receivers(request.person, area)), "mine": queries.mine(request.person, area),
        "kin": queries.kin_of(request.person), "kin_form": form}, status=422)


@require_http_methods(["GET", "POST"])
@signed_in
def certificates(request: Request) -> HttpResponse:
    """My certificates; a new one over any period, free."""
    area = area_of(request)
    form = PeriodForm(request.POST if request.method == "POST" else None, initial={
        "since": today() - timedelta(days=365), "until": today()})
    if form.is_valid():
        with refusal_shown_in(form):
            proving.issue_certificate(request.person, area, **form.cleaned_data)
            return redirect("timebank:certificates")
    return render(request, "timebank/certificates.html", {
        "form": form, "mine": queries.mine(request.person, area),
        "rows": Certificate.objects.filter(person=request.person)}, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@signed_in
def teams(request: Request) -> HttpResponse:
    """The teams here, mine first; start one."""
    area, form = area_of(request), TeamForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        with refusal_shown_in(form):
            joining.start_team(request.person, area, **form.cleaned_data)
            return redirect("timebank:teams")
    mine = {team.pk for team in queries.my_teams(request.person)}
    rows = Team.objects.visible_to(request.person).filter(area=area, is_active=True).select_related("leader", "area")
    found = [{"team": team, "mine": team.pk in mine, "minutes": queries.team_minutes(team), "once": uuid4().hex,
              "people": team.members.filter(until=None).count()} for team in rows]
    return render(request, "timebank/teams.html", {"form": form, "rows": found}, status=422 if form.errors else 200)


@require_POST
@signed_in
def team_verb(request: Request, pk: int, verb: str) -> HttpResponse:
    """Join, leave, or give what the team earned to the pool (R7)."""
    team: Team = seen(Team.objects.visible_to(request.person).select_related("area"), pk)
    if verb == "join":
        joining.join_team(request.person, team)
    elif verb == "leave":
        joining.leave_team(request.person, team)
    else:
        minutes = queries.team_minutes(team)
        if minutes <= 0:
            raise Refused("no_minutes", _("服务队还没有攒下时间。"))
        giving.donate(request.person, team.area, minutes, to_kind="pool", team=team,
                      once=request.POST.get("once") or uuid4().hex)
        messages.success(request, _("服务队的时间捐给公益池了，谢谢你们。"))
    return redirect("timebank:teams")

