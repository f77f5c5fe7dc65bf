"""A resident's pages: what is asked of me, filling it in, reading it back, taking it back."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.foundation.calendar.clock import today
from linli.foundation.files import takes_files
from linli.foundation.people.acting import subject_of
from linli.foundation.people.permit import may, permit
from linli.foundation.privacy.purposes import purpose
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, signed_in
from linli.mechanisms.forms import actions, filling, queries, walk
from linli.mechanisms.forms.models import Inquiry, Sheet, SheetState


@signed_in
@require_safe
def mine(request: Request) -> HttpResponse:
    """What waits, and what was filled in."""
    subject = subject_of(request.person, "forms")
    page = keyset_page(queries.sheets_of(subject).exclude(state=SheetState.DRAFT), request, size=20)
    return render(request, "forms/mine.html", {"waiting": queries.waiting_for(subject), "page": page})


@signed_in
@require_safe
def inquiry(request: Request, pk: int) -> HttpResponse:
    """Why it is asked, who reads it, until when; and one's own answers once they are handed in."""
    row = _seen(request, pk)
    subject = subject_of(request.person, "forms")
    sheet = queries.sheets_of(subject).filter(inquiry=row).first()
    done = sheet is not None and sheet.state == SheetState.SUBMITTED
    return render(request, "forms/inquiry.html", {
        "row": row, "sheet": sheet, "is_done": done, "keep_days": purpose("forms.answer").keep_days,
        "may_answer": row.is_open and may(request.person, "forms.answer", row),
        "pages": len(row.version.definition.pages) + 1,
        "sections": [(section, "") for section in walk.sections(
            sheet.definition, sheet.values, "own", on=today())] if done and sheet else [],
        "files": filling.file_links(request, sheet) if done and sheet else [],
    })


@signed_in
@require_POST
def begin(request: Request, pk: int) -> HttpResponse:
    """Begin, or go on where one stopped."""
    row = _seen(request, pk)
    sheet = actions.answer(request.person, row, subject=subject_of(request.person, "forms"))
    if sheet.state == SheetState.WITHDRAWN:
        raise Http404
    return redirect(filling.first_url(sheet, _mount(sheet)))


@takes_files
@signed_in
def fill(request: Request, pk: int, step: str) -> HttpResponse:
    sheet = _own(request, pk)
    return filling.fill(request, sheet, step, _mount(sheet))


@signed_in
def review(request: Request, pk: int) -> HttpResponse:
    sheet = _own(request, pk)
    return filling.review(request, sheet, _mount(sheet))


@signed_in
@require_POST
def take_back(request: Request, pk: int) -> HttpResponse:
    """To change what was handed in, as long as the inquiry is open."""
    sheet = actions.withdraw(request.person, _own(request, pk))
    messages.success(request, _("收回来了。改好以后要再交一次，不交就不算。"))
    return redirect("forms:review", sheet.pk)


@signed_in
@require_POST
def forget(request: Request, pk: int) -> HttpResponse:
    """Throw away what was begun."""
    sheet = _own(request, pk)
    where = sheet.inquiry_id
    actions.forget(request.person, sheet)
    messages.success(request, _("删掉了，什么都没留下。"))
    return redirect("forms:inquiry", where)


def _seen(request: Request, pk: int) -> Inquiry:
    """An inquiry of the person's place; to anybody else it is not there."""
    row: Inquiry = get_object_or_404(
        Inquiry.objects.visible_to(request.person).select_related("area", "version", "opened_by"), pk=pk)
    return row


def _own(request: Request, pk: int) -> Sheet:
    sheet = queries.own_sheet(request.person, pk)
    if sheet is None or sheet.inquiry is None:
        # Staff who read a sheet see that it is there, and may not fill it in; to others it is not there.
        found = get_object_or_404(Sheet.objects.visible_to(request.person).filter(inquiry__isnull=False), pk=pk)
        permit(request.person, "forms.fill", found)
        raise Http404
    return sheet


def _mount(sheet: Sheet) -> filling.Mount:
    inquiry_url = reverse("forms:inquiry", args=[sheet.inquiry_id])

    def done(request: Request, sheet: Sheet) -> HttpResponse:
        return redirect(inquiry_url)

    return filling.Mount(
        step_url=lambda token: reverse("forms:fill", args=[sheet.pk, token]),
        review_url=reverse("forms:review", args=[sheet.pk]), back_url=inquiry_url, done=done)
