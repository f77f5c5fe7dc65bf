"""The desk's pages: what waits, writing, looking at it as a resident does, deciding, the figures."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.foundation.calendar.clock import today
from linli.foundation.files import accept_attribute, limits_told, received, takes_files
from linli.foundation.people.models import Person
from linli.foundation.people.permit import may, permit
from linli.foundation.web import Denied, Refused
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, refusal_shown_in, sent, signed_in
from linli.services.bulletin import actions, queries
from linli.services.bulletin.export import counts_workbook
from linli.services.bulletin.forms import AnnouncementForm, NoteForm, WordsForm, initial_of
from linli.services.bulletin.models import Announcement, State
from linli.services.bulletin.views import attachments, paper

_STATES = (*State.values, "expired")


@signed_in
@require_safe
def desk_page_list(request: Request) -> HttpResponse:
    """Everything on my boards, by state and words."""
    permit(request.person, "bulletin.write")
    state = request.GET.get("state", "")
    state = state if state in _STATES else ""
    words = request.GET.get("q", "").strip()[:60]
    page = keyset_page(queries.desk(request.person, state=state, words=words), request)
    return render(request, "bulletin/desk_list.html", {
        "page": page, "state": state, "words": words, "tabs": _tabs(request)})


def _tabs(request: Request) -> list[tuple[str, str, int]]:
    counts = queries.counts_by_state(request.person)
    labels = {**{value: str(label) for value, label in State.choices}, "expired": _("已过期")}
    return [("", _("全部"), sum(counts.values())), *((state, labels[state], counts[state]) for state in _STATES)]


@takes_files
@signed_in
def write(request: Request) -> HttpResponse:
    """A new announcement."""
    boards = queries.boards(request.person)
    if not boards:
        raise Denied("bulletin.write")
    form = AnnouncementForm(sent(request), boards=boards)
    if form.is_valid():
        with refusal_shown_in(form):
            files = received(request, "files", purpose="bulletin.attachment")
            board = form.cleaned_data["board"]
            row = actions.draft(request.person, board.area, form.text, organisation=board.organisation, files=files)
            return redirect("bulletin:desk_page", row.pk)
    return _form_page(request, form, None)


@takes_files
@signed_in
def edit(request: Request, pk: int) -> HttpResponse:
    """Change a draft, or put a change of a published one up for approval."""
    row = _kept(request, pk)
    permit(request.person, "bulletin.write", row)
    is_published = row.state == State.PUBLISHED
    kind = WordsForm if is_published else AnnouncementForm
    form = kind(sent(request), initial=initial_of(row), boards=[queries.Board(row.area, row.organisation)])
    if form.is_valid():
        with refusal_shown_in(form):
            files = received(request, "files", purpose="bulletin.attachment")
            actions.revise(request.person, row, form.text, files=files)
            return redirect("bulletin:desk_page", row.pk)
    return _form_page(request, form, row)


def _form_page(request: Request, form: AnnouncementForm, row: Announcement | None) -> HttpResponse:
    return render(request, "bulletin/write.html", {
        "form": form, "row": row, "limits": limits_told("bulletin.attachment"),
        "accept": accept_attribute("bulletin.attachment")}, status=422 if form.errors else 200)


@signed_in
@require_safe
def desk_page(request: Request, pk: int) -> HttpResponse:
    """One announcement as residents will see it, its versions, and what may be done with it now."""
    return _shown(request, _kept(request, pk), NoteForm())


def _shown(request: Request, row: Announcement, note: NoteForm) -> HttpResponse:
    versions = list(row.versions.select_related("written_by", "approved_by"))
    waiting = next((version for version in versions if not version.approved_by_id and not version.refused), None)
    if row.state not in {State.SUBMITTED, State.PUBLISHED}:
        waiting = None
    may_decide = waiting is not None and may(request.person, "bulletin.approve", row)
    authors = {waiting.written_by_id if waiting else None}
    if row.state == State.SUBMITTED:
        authors.add(row.submitted_by_id)
    is_over = row.state == State.WITHDRAWN or row.is_expired()
    return render(request, "bulletin/desk_page.html", {
        "row": row, "versions": versions, "waiting": waiting, "note_form": note,
        "is_own": request.person.pk in authors, "may_decide": may_decide,
        "may_write": not is_over and may(request.person, "bulletin.write", row),
        "may_withdraw": may(request.person, "bulletin.withdraw", row) and row.state == State.PUBLISHED,
        "for_whom": queries.for_whom(row), "files": attachments(request.person, row),
        "readers": queries.readers_in_words(row.reads.count()), "tally": getattr(row, "tally", None),
    }, status=422 if note.errors else 200)


@signed_in
@require_POST
def decide(request: Request, pk: int, verb: str) -> HttpResponse:
    """Submit, approve, send back or withdraw."""
    row = _kept(request, pk)
    form = NoteForm(request.POST if verb in {"send_back", "withdraw"} else None)
    if form.is_bound and not form.is_valid():
        return _shown(request, row, form)
    version = request.POST.get("version", "")
    verbs: dict[str, Callable[[Person, Announcement], Announcement]] = {
        "submit": actions.submit,
        "approve": partial(actions.approve, version=int(version) if version.isdecimal() else 0),
        "send_back": lambda person, row: actions.send_back(person, row, note=form.cleaned_data["note"]),
        "withdraw": lambda person, row: actions.withdraw(person, row, reason=form.cleaned_data["note"]),
    }
    try:
        verbs[verb](request.person, row)
    except Refused as refusal:
        if not form.is_bound:
            raise
        form.add_error("note", str(refusal.sentence))
        return _shown(request, row, form)
    return redirect("bulletin:desk_page", row.pk)


@signed_in
@require_safe
def desk_print(request: Request, pk: int) -> HttpResponse:
    """The paper of something that is not published yet, to look at."""
    return paper(request, _kept(request, pk))


@signed_in
@require_safe
def counts(request: Request) -> HttpResponse:
    """How many read what, as a sheet. Groups below five are only said to be below five."""
    permit(request.person, "bulletin.export")
    rows = queries.with_counts(queries.desk(request.person, state=request.GET.get("state", "")))
    response = HttpResponse(
        counts_workbook(request.person, rows),
        content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    response["Content-Disposition"] = f'attachment; filename="bulletin-{today():%Y-%m-%d}.xlsx"'
    return response


def _kept(request: HttpRequest, pk: int) -> Announcement:
    """One of the person's own boards; to anybody else it is not there."""
    rows = queries.desk(request.person)  # type: ignore[attr-defined]  # set by PersonMiddleware
    return get_object_or_404(rows, pk=pk)
