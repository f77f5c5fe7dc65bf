"""Calls for works at the desk: rules, jurors, works with their authors, the result, complaints, originals."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.foundation import audit
from linli.foundation.calendar.clock import now, today
from linli.foundation.files.links import signed
from linli.foundation.people.permit import permit
from linli.foundation.policy import policy
from linli.foundation.web import Denied
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, refusal_shown_in, staff_only
from linli.services.activities import exhibition
from linli.services.activities.actions import calls as actions, judging
from linli.services.activities.forms import CallForm, DecideForm, JurorForm, RulesForm
from linli.services.activities.models import Call, Complaint, ComplaintState, Juror, Work
from linli.services.activities.views.common import as_csv, by_phone, seen, working_area

KEEP = actions.KEEP


@staff_only
@require_safe
def desk_calls(request: Request) -> HttpResponse:
    """The calls of the place, newest first."""
    area = working_area(request, KEEP)
    rows = Call.objects.visible_to(request.person).filter(area__code__startswith=area.code).order_by("-id")
    page = keyset_page(rows, request, size=30)
    return render(request, "activities/desk_calls.html", {
        "page": page, "rows": [(one, one.works.filter(state="in").count()) for one in page]})


@staff_only
def call_new(request: Request) -> HttpResponse:
    """Write a call down with the first version of its rules."""
    area = working_area(request, KEEP)
    form = CallForm(request.POST, area=area) if request.method == "POST" else CallForm(area=area, initial={
        "method": "trimmed", "tie": "median"})
    if request.method == "POST" and form.is_valid():
        with refusal_shown_in(form):
            made = actions.draft(request.person, area, rules=form.rules(), **form.facts())
            messages.success(request, _("存成草稿了。请好评委再开始征集。"))
            return redirect("activities:desk_call", made.pk)
    return render(request, "activities/desk_call_edit.html", {"form": form, "call": None},
                  status=422 if form.errors else 200)


def _kept(request: Request, pk: int) -> Call:
    """A call this person keeps; who judges it is shown no author by this door either."""
    found: Call = seen(Call, request.person, pk, "area", "activity")
    permit(request.person, KEEP, found)
    if not found.are_authors_open and exhibition.is_juror(request.person, found):
        raise Denied(KEEP, visible=True)
    return found


@staff_only
@require_safe
def desk_call(request: Request, pk: int) -> HttpResponse:
    """One call: what is missing for the next step, works, jurors, scores after the judging, complaints."""
    return _page(request, _kept(request, pk))


def _page(request: Request, row: Call, *, juror: JurorForm | None = None, decide: tuple[int, DecideForm] | None = None,
          ) -> HttpResponse:
    rules = actions.rules_of(row)
    works = list(row.works.select_related("author").order_by("number"))
    pictures = exhibition.images(works)
    scores = exhibition.scores_of(row)
    complaints = list(Complaint.objects.filter(work__call=row).select_related("work", "by", "decided_by"))
    answer = decide or (0, DecideForm())
    least = policy("activities.jurors_min", area=row.area)
    return render(request, "activities/desk_call.html", {
        "call": row, "rules": rules, "works": [(
            one, signed(pictures[one.pk], request.person, thumb=True) if one.pk in pictures else "", rules.class_name(
                one.age_class), scores.get(one, []), len(scores.get(one, [])) < least) for one in works],
        "jurors": list(row.jurors.filter(left_at=None).select_related("person")), "jurors_min": least,
        "awards": list(row.awards.select_related("work")) if row.are_authors_open else [], "is_past_deadline":
        now() >= row.deadline, "complaints": [(one, answer[1] if answer[0] == one.pk else DecideForm())
                                              for one in complaints],
        "open_complaints": sum(one.state == ComplaintState.OPEN for one in complaints), "juror_form": juror or (
            JurorForm()), "versions": row.rules.count(), "may_finish": row.objection_until is not None and today() > (
            row.objection_until), "originals": actions.originals(works)},
        status=422 if (juror and juror.errors) or (decide and decide[1].errors) else 200)


@staff_only
def rules_edit(request: Request, pk: int) -> HttpResponse:
    """A new version of the rules; authors are told."""
    row = _kept(request, pk)
    form = RulesForm(request.POST) if request.method == "POST" else RulesForm(
        initial=RulesForm.initial_of(actions.rules_of(row)))
    if request.method == "POST" and form.is_valid():
        with refusal_shown_in(form):
            made = actions.revise(request.person, row, rules=form.rules())
            messages.success(request, _("现在是第 %(version)s 版，交过作品的人会收到消息。") % {
                "version": made.version})
            return redirect("activities:desk_call", row.pk)
    return render(request, "activities/desk_call_edit.html", {"form": form, "call": row},
                  status=422 if form.errors else 200)


@staff_only
@require_POST
def call_verb(request: Request, pk: int, verb: str) -> HttpResponse:
    """Open, judge, announce, finish."""
    row = _kept(request, pk)
    step, said = {
        "open": (actions.open_call, _("开始征集了。")),
        "judge": (judging.start_judging, _("开始评了，评委只看得到编号。")),
        "announce": (judging.announce, _("公布了，公示期开始。")), "finish": (judging.finish, _("结果生效了。"))}[verb]
    step(request.person, row)
    messages.success(request, said)
    return redirect("activities:desk_call", row.pk)


@staff_only
@require_POST
def juror_add(request: Request, pk: int) -> HttpResponse:
    row = _kept(request, pk)
    form = JurorForm(request.POST)
    if form.is_valid():
        with refusal_shown_in(form):
            made = judging.ask_juror(request.person, row, by_phone(form.cleaned_data["phone"]))
            messages.success(request, _("%(who)s 会收到消息。") % {"who": made.person.shown_name})
            return redirect("activities:desk_call", row.pk)
    return _page(request, row, juror=form)


@staff_only
@require_POST
def juror_drop(request: Request, pk: int) -> HttpResponse:
    juror = get_object_or_404(Juror.objects.select_related("call__area"), pk=pk)
    row = _kept(request, juror.call_id)
    judging.let_juror_go(request.person, juror)
    return redirect("activities:desk_call", row.pk)


@staff_only
@require_POST
def work_verb(request: Request, pk: int, verb: str) -> HttpResponse:
    """The original came in; it goes back; the work is taken out of the judging."""
    work: Work = get_object_or_404(Work.objects.select_related("call__area", "author"), pk=pk)
    row = _kept(request, work.call_id)
    if verb == "take":
        actions.take_original(request.person, work)
    elif verb == "give":
        actions.give_back(request.person, work, signed_by=request.POST.get("signed_by", ""))
        messages.success(request, _("%(number)s 号还了，签收人记下了。") % {"number": work.number})
    else:
        actions.exclude(request.person, work, reason=request.POST.get("reason", ""))
    return redirect("activities:desk_call", row.pk)


@staff_only
@require_POST
def decide(request: Request, pk: int) -> HttpResponse:
    """A complaint gets its answer."""
    found: Complaint = seen(Complaint, request.person, pk, "work__call__area")
    row = _kept(request, found.work.call_id)
    form = DecideForm(request.POST)
    if form.is_valid():
        with refusal_shown_in(form):
            judging.decide(request.person, found, upheld=form.cleaned_data["upheld"] == "yes",
                           answer=form.cleaned_data["answer"])
            messages.success(request, _("答复了，提的人和作者会收到消息。"))
            return redirect("activities:desk_call", row.pk)
    return _page(request, row, decide=(found.pk, form))


@staff_only
@require_safe
def works_csv(request: Request, pk: int) -> HttpResponse:
    """Works, authors and every score; whole names leave the house: written down."""
    row = _kept(request, pk)
    audit.record(request.person, "activities.export", row)
    rules, scores = actions.rules_of(row), exhibition.scores_of(row)
    head = [_("编号"), _("组别"), _("署名"), _("作品名"), _("有没有用 AI"), _("状态"), _("有效分"), _("原件"),
            _("签收人")]
    return as_csv(f"works-{row.pk}", head, (
        [one.number, rules.class_name(one.age_class), one.signed_as, one.title, one.get_ai_display(),
         one.get_state_display(), " ".join(str(points) for points in scores.get(one, [])) if row.are_authors_open else
         "", _("在社区") if one.has_original and one.returned_at is None else "", one.returned_to]
        for one in row.works.all()))
