"""The desk's pages: forms and their versions, what was sent round, the answers."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.foundation import audit
from linli.foundation.calendar.clock import today
from linli.foundation.people.permit import may, permit
from linli.foundation.privacy.actions import reveal
from linli.foundation.records import new_id
from linli.foundation.web import Denied
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, refusal_shown_in, sent, signed_in
from linli.mechanisms.forms import actions, export, filling, queries, walk
from linli.mechanisms.forms.models import Form, Inquiry, Sheet, SheetState
from linli.mechanisms.forms.pages import NewForm, ReasonForm, SendForm

_TALLIED = 5_000


@signed_in
@require_safe
def desk(request: Request) -> HttpResponse:
    """The forms of my places."""
    permit(request.person, "forms.design")
    words = request.GET.get("q", "").strip()[:60]
    page = keyset_page(queries.desk_forms(request.person, words), request)
    return render(request, "forms/desk.html", {"page": page, "words": words, "tab": "forms"})


@signed_in
@require_safe
def inquiries(request: Request) -> HttpResponse:
    """What was sent round."""
    permit(request.person, "forms.read")
    state = request.GET.get("state", "")
    state = state if state in ("open", "closed") else ""
    page = keyset_page(queries.desk_inquiries(request.person, state=state), request)
    return render(request, "forms/inquiries.html", {"page": page, "state": state, "tab": "inquiries"})


@signed_in
def new(request: Request) -> HttpResponse:
    permit(request.person, "forms.design")
    areas = queries.areas_kept(request.person)
    if not areas:
        raise Denied("forms.design")
    form = NewForm(sent(request), areas=areas)
    if form.is_valid():
        with refusal_shown_in(form):
            given = form.cleaned_data
            draft = actions.begin_form(request.person, given["area"], title=given["title"], title_en=given["title_en"])
            return redirect("forms:draft", draft.form_id)
    return render(request, "forms/new.html", {"form": form}, status=422 if form.errors else 200)


@signed_in
@require_safe
def form_page(request: Request, pk: int) -> HttpResponse:
    """One form: its versions, where it was sent, what may be done."""
    row = kept_form(request, pk)
    versions = list(row.versions.select_related("made_by", "agreed_by").order_by("-number"))
    newest = versions[0] if versions else None
    return render(request, "forms/form.html", {
        "row": row, "versions": versions, "newest": newest, "draft": getattr(row, "draft", None),
        "sections": walk.sections(newest.definition, {}, "own", on=today()) if newest else [],
        "sent": queries.desk_inquiries(request.person).filter(version__form=row)[:20],
        "may_move": newest is not None and bool(newest.definition.migrate) and queries.running_on_older(row),
        "running": queries.running_on_older(row)})


@signed_in
@require_POST
def open_draft(request: Request, pk: int) -> HttpResponse:
    actions.open_draft(request.person, kept_form(request, pk))
    return redirect("forms:draft", pk)


@signed_in
@require_POST
def move(request: Request, pk: int) -> HttpResponse:
    """Take unfinished sheets to the newest version, by its rules."""
    row = kept_form(request, pk)
    if row.published is None:
        raise Denied("forms.publish")
    count = actions.move_running(request.person, row.published)
    messages.success(request, _("%(count)s 份没交的表换到了新版，填过的都还在。") % {"count": count})
    return redirect("forms:form", pk)


@signed_in
def send(request: Request, pk: int) -> HttpResponse:
    """Send the newest version round."""
    row = kept_form(request, pk)
    permit(request.person, "forms.send", row)
    if row.published is None:
        return redirect("forms:form", pk)
    form = SendForm(sent(request), initial=SendForm.first_values(
        row.title, row.published.definition.title_en, str(new_id())))
    if form.is_valid():
        with refusal_shown_in(form):
            inquiry = actions.open_inquiry(request.person, row.published, **form.cleaned_data)
            return redirect("forms:answers", inquiry.pk)
    return render(request, "forms/send.html", {"row": row, "form": form}, status=422 if form.errors else 200)


@signed_in
@require_safe
def answers(request: Request, pk: int) -> HttpResponse:
    """Who answered (masked), and the questions that can be counted."""
    inquiry = _kept_inquiry(request, pk)
    rows = queries.answers(inquiry)
    return render(request, "forms/answers.html", {
        "inquiry": inquiry, "page": keyset_page(rows, request), "count": rows.count(),
        "begun": Sheet.objects.filter(inquiry=inquiry, state=SheetState.DRAFT).count(),
        "tallies": queries.tallies(inquiry.version.definition, rows[:_TALLIED]),
        "link": request.build_absolute_uri(reverse("forms:inquiry", args=[inquiry.pk]))})


@signed_in
@require_POST
def settle(request: Request, pk: int, verb: str) -> HttpResponse:
    """Tell everybody, or close."""
    inquiry = _kept_inquiry(request, pk)
    if verb == "announce":
        actions.announce(request.person, inquiry)
        messages.success(request, _("正在一批一批通知，每人只会收到一次。"))
    else:
        actions.close_inquiry(request.person, inquiry)
        messages.success(request, _("已经截止。交上来的都在，没交的不能再交了。"))
    return redirect("forms:answers", pk)


@signed_in
def sheet(request: Request, pk: int) -> HttpResponse:
    """One answer, masked; the whole of it after a reason, which the person can read."""
    row = get_object_or_404(
        Sheet.objects.visible_to(request.person).filter(inquiry__isnull=False, state=SheetState.SUBMITTED)
        .select_related("inquiry__area", "version", "area", "subject"), pk=pk)
    permit(request.person, "forms.read", row.inquiry)
    reason = ReasonForm(sent(request))
    audience = "detail"
    if reason.is_valid():
        with refusal_shown_in(reason):
            reveal(request.person, row, "content", reason.cleaned_data["reason"])
            audience = "handler"
    if audience == "detail" and not reason.is_bound:
        audit.record(request.person, "forms.read", row)
    found = walk.sections(row.definition, row.values, audience, on=today())
    return render(request, "forms/sheet.html", {
        "row": row, "inquiry": row.inquiry, "sections": [(section, "") for section in found], "reason": reason,
        "is_whole": audience == "handler", "may_reveal": may(request.person, "privacy.reveal", row),
        "files": filling.file_links(request, row)}, status=422 if reason.errors else 200)


@signed_in
@require_safe
def xlsx(request: Request, pk: int) -> HttpResponse:
    """The answers as a masked sheet."""
    inquiry = _kept_inquiry(request, pk)
    response = HttpResponse(
        export.workbook(request.person, inquiry, queries.answers(inquiry)),
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    response["Content-Disposition"] = f'attachment; filename="answers-{inquiry.pk}-{today():%Y-%m-%d}.xlsx"'
    return response


def kept_form(request: Request, pk: int) -> Form:
    """A form of the person's places; to anybody else it is not there."""
    row: Form = get_object_or_404(Form.objects.visible_to(request.person).select_related("area"), pk=pk)
    return row


def _kept_inquiry(request: Request, pk: int) -> Inquiry:
    """What was sent round in the person's places: 404 from elsewhere, 403 to a neighbour who only may answer."""
    row: Inquiry = get_object_or_404(
        Inquiry.objects.visible_to(request.person).select_related("area", "version__form", "opened_by"), pk=pk)
    permit(request.person, "forms.read", row)
    return row
