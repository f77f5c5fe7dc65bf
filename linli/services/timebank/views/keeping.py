"""The desk's books: treasury, members, volunteers, exchange, sample, export."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.foundation import audit
from linli.foundation.areas.models import Area, Level
from linli.foundation.calendar.clock import today
from linli.foundation.people.models import Organisation
from linli.foundation.people.permit import may, permit
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, refusal_shown_in, staff_only
from linli.services.timebank import exporting, queries
from linli.services.timebank.actions import giving, joining, keeping, proving
from linli.services.timebank.forms import (
    AnswerForm,
    CertifyForm,
    DecisionForm,
    IssueForm,
    MemberForm,
    PartnerForm,
    PeriodForm,
    SampleForm,
)
from linli.services.timebank.models import (
    Agreement,
    AuditSample,
    Certificate,
    Decision,
    Entitlement,
    Kinship,
    Leaving,
    Service,
    Volunteer,
)
from linli.services.timebank.views.common import area_of, neighbour_by_phone, seen
from linli.services.timebank.views.desk import kin_waiting


@require_http_methods(["GET", "POST"])
@staff_only
def treasury(request: Request) -> HttpResponse:
    """R9: decisions and what was created under them; R10: how far the pool covers what is outstanding."""
    area = area_of(request)
    permit(request.person, "timebank.review", area)
    form = DecisionForm(request.POST if request.method == "POST" else None, initial={"since": today()})
    if form.is_valid():
        with refusal_shown_in(form):
            given = form.cleaned_data
            keeping.propose_decision(
                request.person, area, number=given["number"], title=given["title"], since=given["since"],
                until=given["until"], limit_minutes=given["hours"] * 60)
            return redirect("timebank:treasury")
    return _treasury(request, area, form, IssueForm())


def _treasury(request: Request, area: Area, form: DecisionForm, issue: IssueForm, at: int = 0) -> HttpResponse:
    decisions = Decision.objects.visible_to(request.person).filter(area=area).select_related(
        "area", "made_by", "agreed_by")
    return render(request, "timebank/desk_treasury.html", {
        "form": form, "issue": issue, "at": at, "over": queries.overview(request.person, area),
        "rows": [(row, keeping.issued_under(row) if row.agreed_at else 0) for row in decisions],
        "may_head": may(request.person, "timebank.treasury", area)},
        status=422 if form.errors or issue.errors else 200)


@require_POST
@staff_only
def decision_verb(request: Request, pk: int, verb: str) -> HttpResponse:
    """The second person's yes; time for one elder, or for the pool."""
    row: Decision = seen(Decision.objects.visible_to(request.person).select_related("area"), pk)
    if verb == "agree":
        keeping.agree_decision(request.person, row)
        return redirect("timebank:treasury")
    form = IssueForm(request.POST)
    if form.is_valid():
        with refusal_shown_in(form):
            minutes, once = form.cleaned_data["hours"] * 60, form.cleaned_data["once"]
            if form.cleaned_data["phone"]:
                elder = neighbour_by_phone(row.area, form.cleaned_data["phone"])
                keeping.issue(request.person, row, elder, minutes, once=once)
            else:
                keeping.fund_pool(request.person, row, minutes, once=once)
            messages.success(request, _("发放好了。"))
            return redirect("timebank:treasury")
    return _treasury(request, row.area, DecisionForm(initial={"since": today()}), form, at=row.pk)


@require_safe
@staff_only
def volunteers(request: Request) -> HttpResponse:
    area = area_of(request)
    permit(request.person, "timebank.review", area)
    rows = Volunteer.objects.visible_to(request.person).filter(area=area).select_related("person").order_by("-id")
    return render(request, "timebank/desk_volunteers.html", {
        "page": keyset_page(rows, request, size=50), "may_export": may(request.person, "timebank.export", area)})


@require_http_methods(["GET", "POST"])
@staff_only
def desk_volunteer(request: Request, pk: int) -> HttpResponse:
    """Training, insurance, certificates; the health note is not shown, only what they said they cannot do."""
    row: Volunteer = seen(Volunteer.objects.visible_to(request.person).select_related(
        "person", "area", "organisation", "guardian"), pk)
    permit(request.person, "timebank.certify_volunteer", row)
    form = CertifyForm(row.area, request.POST if request.method == "POST" else None, initial={
        "trained_on": row.trained_on, "insured_until": row.insured_until, "insurance": row.insurance,
        "proven_skills": row.proven_skills})
    if form.is_valid():
        with refusal_shown_in(form):
            joining.certify_volunteer(request.person, row, **form.cleaned_data)
            return redirect("timebank:desk_volunteer", row.pk)
    others = Organisation.objects.filter(area__code__startswith=row.area.code[:9], is_active=True).exclude(
        pk=row.organisation_id or 0).filter(kind__in=["group", "residents_committee", "street_office", "enterprise"])
    return render(request, "timebank/desk_volunteer.html", {
        "row": row, "form": form, "organisations": others[:50], "move": row.moves.filter(
            consented_at=None, refused_at=None).select_related("to").first(),
        "certificates": Certificate.objects.filter(person=row.person, area=row.area), "note": AnswerForm()},
        status=422 if form.errors else 200)


@require_POST
@staff_only
def ask_move(request: Request, pk: int) -> HttpResponse:
    row: Volunteer = seen(Volunteer.objects.visible_to(request.person).select_related("person", "area"), pk)
    to = seen(Organisation.objects.filter(area__code__startswith=row.area.code[:9], is_active=True),
              _number(request.POST.get("to")))
    joining.ask_move(request.person, row, to)
    messages.success(request, _("等本人同意。"))
    return redirect("timebank:desk_volunteer", row.pk)


@require_POST
@staff_only
def revoke(request: Request, pk: int) -> HttpResponse:
    row: Certificate = seen(Certificate.objects.visible_to(request.person).select_related("area"), pk)
    proving.revoke_certificate(request.person, row, why=request.POST.get("note", ""))
    messages.success(request, _("撤销了，扫码的人会看到。"))
    return redirect("timebank:volunteers")


@require_http_methods(["GET", "POST"])
@staff_only
def members(request: Request) -> HttpResponse:
    """Family bonds to confirm; entitlement (R9), leaving (R19), goods (R20)."""
    area = area_of(request)
    permit(request.person, "timebank.review", area)
    form = MemberForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        with refusal_shown_in(form):
            _write_down(request, area, **form.cleaned_data)
            return redirect("timebank:members")
    return render(request, "timebank/desk_members.html", {
        "form": form, "kin": kin_waiting(request.person, area),
        "entitled": Entitlement.objects.visible_to(request.person).filter(area=area).select_related("person")[:100],
        "leaving": Leaving.objects.visible_to(request.person).filter(area=area, closed_at=None).select_related(
            "person")},
        status=422 if form.errors else 200)


def _write_down(request: Request, area: Area, *, phone: str, what: str, source: str, minutes: int | None) -> None:
    person = neighbour_by_phone(area, phone)
    if what in ("hardship", "key_empty_nest"):
        joining.entitle(request.person, area, person, kind=what, source=source)
    elif what == "goods":
        keeping.give_goods(request.person, area, person, what=source, minutes=minutes or 0,
                           once=f"{today().isoformat()}.{source}")
    else:
        keeping.record_leaving(request.person, area, person, why=what, left_on=today())


@require_POST
@staff_only
def member_verb(request: Request, kind: str, pk: int) -> HttpResponse:
    """A family bond confirmed; what somebody left goes to a relative."""
    if kind == "kin":
        joining.confirm_kin(request.person, seen(Kinship.objects.visible_to(request.person).select_related(
            "person__community", "other"), pk))
    else:
        row: Leaving = seen(Leaving.objects.visible_to(request.person).select_related("area", "person"), pk)
        keeping.hand_to_kin(request.person, row, neighbour_by_phone(row.area, _e164(request.POST.get("phone", ""))))
    return redirect("timebank:members")


def _e164(text: str) -> str:
    from linli.foundation.people.rules import parse_phone

    return parse_phone(text)


@require_http_methods(["GET", "POST"])
@staff_only
def exchange(request: Request) -> HttpResponse:
    """R17: partners, limits, and who owes whom how much."""
    area = area_of(request)
    permit(request.person, "timebank.review", area)
    near = Area.objects.filter(level=Level.COMMUNITY, code__startswith=area.code[:6])
    partners = list(near.exclude(pk=area.pk)[:200])
    form = PartnerForm(partners, request.POST if request.method == "POST" else None)
    if form.is_valid():
        with refusal_shown_in(form):
            giving.propose_exchange(
                request.person, area, next(one for one in partners if one.code == form.cleaned_data["partner"]),
                limit_minutes=form.cleaned_data["hours"] * 60)
            return redirect("timebank:exchange")
    rows = Agreement.objects.visible_to(request.person).filter(ended_at=None).select_related("area", "partner")
    return render(request, "timebank/desk_exchange.html", {
        "form": form, "rows": [(row, giving.owed(row) if row.agreed_at else 0, may(
            request.person, "timebank.exchange", row.partner)) for row in rows],
        "may_head": may(request.person, "timebank.exchange", area)}, status=422 if form.errors else 200)


@require_POST
@staff_only
def agree_exchange(request: Request, pk: int) -> HttpResponse:
    giving.agree_exchange(request.person, seen(Agreement.objects.visible_to(request.person).select_related(
        "area", "partner"), pk))
    return redirect("timebank:exchange")


@require_http_methods(["GET", "POST"])
@staff_only
def samples(request: Request) -> HttpResponse:
    """R22: the month's random sample, its seed, and what was found."""
    area = area_of(request)
    permit(request.person, "timebank.sample", area)
    form = SampleForm(request.POST if request.method == "POST" else None, initial={"month": today().replace(day=1)})
    if form.is_valid():
        with refusal_shown_in(form):
            keeping.draw_sample(request.person, area, form.cleaned_data["month"], seed=form.cleaned_data["seed"])
            return redirect("timebank:samples")
    rows: list[tuple[AuditSample, list[tuple[Any, Any]]]] = []
    for row in AuditSample.objects.visible_to(request.person).filter(area=area).order_by("-month")[:12]:
        services = {one.pk: one for one in Service.objects.filter(pk__in=row.drawn).select_related("helper", "need")}
        rows.append((row, [(services[pk], row.results.get(str(pk))) for pk in row.drawn if pk in services]))
    return render(request, "timebank/desk_samples.html", {"form": form, "rows": rows},
                  status=422 if form.errors else 200)


@require_POST
@staff_only
def sample_note(request: Request, pk: int, service: int) -> HttpResponse:
    row: AuditSample = seen(AuditSample.objects.visible_to(request.person).select_related("area"), pk)
    keeping.note_sample(request.person, row, service, is_fine=request.POST.get("fine") == "1",
                        note=request.POST.get("note", ""))
    return redirect("timebank:samples")


@require_safe
@staff_only
def export(request: Request) -> HttpResponse:
    """R24: a month for the national volunteer system. It holds names and numbers, so the log says who took it."""
    area = area_of(request)
    permit(request.person, "timebank.export", area)
    form = PeriodForm(request.GET)
    since, until = (form.cleaned_data["since"], form.cleaned_data["until"]) if form.is_valid() else (
        today().replace(day=1), today())
    audit.record(request.person, "timebank.export", area, since=since.isoformat(), until=until.isoformat())
    answer = HttpResponse(exporting.as_csv(area, since, until), content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="volunteers-{_month(since)}.csv"'
    return answer


def _month(day: date) -> str:
    return day.strftime("%Y-%m")


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 20 else 0
