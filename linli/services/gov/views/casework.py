"""The desk of applications: the queue, one application, its steps, the checklist of corrections."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.contrib import messages
from django.forms import BaseForm
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.foundation import audit
from linli.foundation.people.permit import may, permit
from linli.foundation.privacy.actions import reveal
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, refusal_shown_in, sent, staff_only
from linli.services.gov import deadline, exporting_work
from linli.services.gov.actions import deciding, receiving
from linli.services.gov.actions.stepping import done_steps, may_decide
from linli.services.gov.items import sheet as sheets
from linli.services.gov.letters import writing
from linli.services.gov.models import Application, Objection, Result
from linli.services.gov.procedure import explain
from linli.services.gov.queries import casework as reading
from linli.services.gov.views import workforms as forms
from linli.services.gov.views.common import working_area


def one_of(request: Request, number: str) -> Application:
    """An application this member of staff handles: 404 where it is not theirs to know of, 403 where it is their own."""
    row = reading.by_number(request.person, number)
    if row is None:
        raise Http404
    permit(request.person, "gov.work", row)
    return row


@staff_only
@require_safe
def work(request: Request) -> HttpResponse:
    """The queue; one's own turn first, the nearest deadline on top."""
    area = working_area(request, "gov.work")
    code, slug, words = _filters(request)
    page = keyset_page(reading.queue(request.person, area, code, slug=slug, words=words), request, size=30)
    lines = []
    for row in page.rows:
        state, _rule = deadline.state_of(row)
        lines.append((row, state, reading.turn_of(request.person, row, is_paused=state.is_paused)))
    return render(request, "gov/work.html", {
        "page": page, "lines": lines, "code": code, "slug": slug, "asked": words, "queues": QUEUE_NAMES(),
        "items": reading.items_in(request.person, area), "kept": request.GET.urlencode(),
        "may_ratings": may(request.person, "gov.ratings", area)})


def QUEUE_NAMES() -> list[tuple[str, str]]:  # noqa: N802 - a table in the reader's language
    return [("mine", _("轮到我的")), ("open", _("在办的")), ("late", _("超时的")), ("submitted", _("等受理")),
            ("correcting", _("等补正")), ("accepted", _("在审查")), ("decided", _("等送达")), ("over", _("办完的"))]


def _filters(request: Request) -> tuple[str, str, str]:
    code = request.GET.get("queue", "mine")
    return (code if code in reading.QUEUES else "mine", request.GET.get("item", "")[:80],
            request.GET.get("q", "")[:40])


@staff_only
@require_safe
def export(request: Request, kind: str) -> HttpResponse:
    """The queue as a masked sheet (xlsx or csv)."""
    area = working_area(request, "gov.work")
    code, slug, words = _filters(request)
    rows = reading.rows_for_export(reading.queue(request.person, area, code, slug=slug, words=words))
    audit.record(request.person, "gov.export_work", area, queue=code, count=len(rows))
    content, content_type = exporting_work.sheet(rows, kind)
    answer = HttpResponse(content, content_type=content_type)
    answer["Content-Disposition"] = f'attachment; filename="applications.{kind}"'
    return answer


@never_cache
@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: Request, number: str) -> HttpResponse:
    """One application. A POST with a reason shows the answers whole, and the person can read the reason."""
    row = one_of(request, number)
    reason = forms.CheckReasonForm(sent(request))
    whole = False
    if reason.is_valid():
        with refusal_shown_in(reason):
            answers = reading.answered(row)
            if answers is None:
                raise Http404
            reveal(request.person, answers, "content", reason.cleaned_data["reason"])
            whole = True
    return _page(request, row, status=422 if reason.errors else 200, reason=reason, whole=whole)


def _page(request: Request, row: Application, *, status: int = 200, whole: bool = False, **more: Any) -> HttpResponse:
    person = request.person
    state, rule = deadline.state_of(row)
    turn = reading.turn_of(person, row, is_paused=state.is_paused)
    answers = reading.answered(row)
    case = row.case
    assert case is not None, "handed in, so it has a case"
    initial = {"seen": case.seq}
    kinds = deciding.special_procedures(row) if row.state == "accepted" else {}
    paused = [one.kind for one in state.pauses if one.ended is None]
    facts: dict[str, Any] = {
        "row": row, "case": case, "state": state, "lines": explain(state, rule), "turn": turn, "whole": whole,
        "told": sheets.sheet(row.version.body), "sections": [
            (section, "") for section in reading.sections(row, answers, "handler" if whole else "detail")],
        "answer_files": reading.files(person, answers), "papers": reading.papers(row, person),
        "letters": [(one, writing.title(one)) for one in row.letters.order_by("-sequence")],
        "results": list(row.results.order_by("key")), "correction": getattr(row, "correction", None),
        "decision": getattr(row, "decision", None), "rating": getattr(row, "rating", None),
        "handlings": list(done_steps(row).values()), "paused": paused,
        "objections": list(Objection.objects.filter(application=row).select_related("by", "answered_by")),
        "messages_said": deciding.said(row),
        "may_decide": may(person, "gov.decide", row) and may_decide(person, row) and not turn.is_own,
        "may_receive": may(person, "gov.receive", row) and not _is_own(request, row),
        "may_pause": bool(kinds) and not paused and may(person, "gov.review", row) and not _is_own(request, row),
        "may_extend": rule.extension is not None and state.extended is None and row.state == "accepted"
        and may(person, "gov.extend", row) and may_decide(person, row) and not _is_own(request, row),
        "may_ask": row.state == "submitted" and may(person, "gov.receive", row) and not _is_own(request, row)
        and getattr(row, "correction", None) is None,
        "may_reveal": answers is not None and may(person, "privacy.reveal", row), "is_own": _is_own(request, row),
        "reason": forms.CheckReasonForm(), "message_form": forms.MessageForm(auto_id="message_%s"),
        "accept_form": forms.SeenForm(initial=initial, auto_id="accept_%s"),
        "refuse_form": forms.RefuseForm(initial=initial, auto_id="refuse_%s"),
        "advance_form": forms.AdvanceForm(initial={**initial, "step": turn.step}, auto_id="advance_%s"),
        "pause_form": forms.PauseForm(initial=initial, kinds=kinds, auto_id="pause_%s"),
        "resume_form": forms.ResumeForm(initial={**initial, "kind": paused[0] if paused else ""}, auto_id="resume_%s"),
        "extend_form": forms.ExtendForm(initial=initial, auto_id="extend_%s"),
        "decide_form": forms.DecideForm(initial=initial, auto_id="decide_%s"),
        "deliver_form": forms.DeliverForm(initial=initial, auto_id="deliver_%s"),
        "answer_form": forms.AnswerForm(auto_id="answer_%s"), "revoke_form": forms.RevokeForm(auto_id="revoke_%s")}
    return render(request, "gov/work_one.html", {**facts, **more}, status=status)


def _is_own(request: Request, row: Application) -> bool:
    return request.person.pk in (row.actor_id, row.subject_id)


Done = tuple[Callable[[Request, Application, Mapping[str, Any]], Any], Callable[[], str]]
VERBS: dict[str, Done] = {
    "accept": (lambda request, row, given: deciding.accept(request.person, row, seen=given["seen"]),
               lambda: _("受理了，通知书已经发出。")),
    "refuse": (lambda request, row, given: deciding.refuse(request.person, row, **given),
               lambda: _("不予受理决定书已经发出。")),
    "advance": (lambda request, row, given: deciding.advance(request.person, row, **given),
                lambda: _("这一步记下了。")),
    "pause": (lambda request, row, given: deciding.pause(request.person, row, **given),
              lambda: _("告知书已经发出，从今天起不计时。")),
    "resume": (lambda request, row, given: deciding.resume(request.person, row, **given),
               lambda: _("接着计时了，申请人也收到了告知书。")),
    "extend": (lambda request, row, given: deciding.extend(request.person, row, **given),
               lambda: _("延长了，告知书已经发出。")),
    "decide": (lambda request, row, given: deciding.decide(
        request.person, row, **{**given, "granted": given["granted"] == "yes"}),
               lambda: _("决定书已经发出。")),
    "deliver": (lambda request, row, given: deciding.deliver(request.person, row, **given),
                lambda: _("办完了。申请人会收到评价的提醒。")),
    "say": (lambda request, row, given: deciding.say(request.person, row, given["text"]),
            lambda: _("发出去了。")),
}


@staff_only
@require_POST
def do(request: Request, number: str, verb: str) -> HttpResponse:
    """One step. What was typed stays when it is refused."""
    row = one_of(request, number)
    name = "message_form" if verb == "say" else f"{verb}_form"
    form = _bound(request, row, verb)
    act, said = VERBS[verb]
    if form.is_valid():
        with refusal_shown_in(form):
            act(request, row, form.cleaned_data)
            messages.success(request, said())
            return redirect("gov:work_one", number)
    return _page(request, one_of(request, number), status=422, **{name: form, "failed": form})


def _bound(request: Request, row: Application, verb: str) -> Any:
    kind: type[Any] = {
        "accept": forms.SeenForm, "refuse": forms.RefuseForm, "advance": forms.AdvanceForm, "pause": forms.PauseForm,
        "resume": forms.ResumeForm, "extend": forms.ExtendForm, "decide": forms.DecideForm,
        "deliver": forms.DeliverForm, "say": forms.MessageForm}[verb]
    more: dict[str, Any] = {"kinds": deciding.special_procedures(row)} if verb == "pause" else {}
    return kind(request.POST, auto_id=f"{'message' if verb == 'say' else verb}_%s", **more)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def corrections(request: Request, number: str) -> HttpResponse:
    """The one-time notice: a checklist of everything the item asks for, a preview of the letter, then sent."""
    row = one_of(request, number)
    permit(request.person, "gov.receive", row)
    known = deciding.askable(row)
    form = forms.CorrectionsForm(
        sent(request), known=known, initial={"seen": row.case.seq if row.case else 0}, auto_id="ask_%s")
    preview: dict[str, Any] | None = None
    if form.is_valid():
        with refusal_shown_in(form):
            if request.POST.get("move") == "send":
                deciding.ask_corrections(request.person, row, needs=form.needs(), seen=form.cleaned_data["seen"])
                messages.success(request, _("补正告知书发出去了，一次说全。补齐以前不计时。"))
                return redirect("gov:work_one", number)
            needs = receiving.needs_of(row, form.needs())
            preview = writing.preview(row, "corrections", {"needs": receiving.letter_rows(needs)})
    state, _rule = deadline.state_of(row)
    return render(request, "gov/work_corrections.html", {
        "row": row, "form": form, "preview": preview, "state": state,
        "asked": getattr(row, "correction", None)}, status=422 if form.errors else 200)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def revoke(request: Request, number: str, pk: int) -> HttpResponse:
    """A result is revoked only after a page that says what follows."""
    row = one_of(request, number)
    result = Result.objects.visible_to(request.person).filter(pk=pk, application=row).first()
    if result is None:
        raise Http404
    permit(request.person, "gov.decide", row)
    form = forms.RevokeForm(sent(request))
    if form.is_valid():
        with refusal_shown_in(form):
            deciding.revoke(request.person, result, reason=form.cleaned_data["reason"])
            messages.success(request, _("撤销了。扫码的人现在看到「已撤销」。"))
            return redirect("gov:work_one", number)
    return render(request, "gov/work_revoke.html", {"row": row, "result": result, "form": form},
                  status=422 if form.errors else 200)


@staff_only
@require_POST
def answer(request: Request, number: str, pk: int) -> HttpResponse:
    """Answer an objection."""
    row = one_of(request, number)
    objection = Objection.objects.filter(pk=pk, application=row).first()
    if objection is None:
        raise Http404
    form: BaseForm = forms.AnswerForm(request.POST, auto_id="answer_%s")
    if form.is_valid():
        with refusal_shown_in(form):
            deciding.answer_objection(request.person, objection, answer=form.cleaned_data["answer"])
            messages.success(request, _("答复发出去了。"))
            return redirect("gov:work_one", number)
    return _page(request, row, status=422, answer_form=form, failed=form)
