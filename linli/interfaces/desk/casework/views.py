"""Worklist, case page and the verbs of the staff: parse, call, render."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.foundation.files import received, takes_files
from linli.foundation.people.models import Person
from linli.foundation.people.permit import may, permit
from linli.foundation.web import Denied, Refused
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, refusal_shown_in, sent, staff_only
from linli.interfaces.components import shell
from linli.interfaces.desk.casework.forms import EditForm, MoreForm, StepForm, WordsForm, workers_for
from linli.interfaces.desk.casework.further import MORE, do, is_finished, makes_sense, waiting, what_now
from linli.interfaces.portal.casepages import photos_of, story
from linli.mechanisms.cases import actions, engine, queries
from linli.mechanisms.cases.kinds import current, shipped
from linli.mechanisms.cases.models import Case, Leg, SavedView, Urgency
from linli.mechanisms.cases.reach import may_on, permit_on

FILTERS = ("kind", "state", "category", "urgency", "unit", "building", "days", "channel", "q")


BULK_MAX = 100


def _guard(request: Request) -> None:
    permit(request.person, "cases.worklist")


def _case(request: Request, number: str) -> Case:
    """The case, if the person's desk reaches it. Raises `Denied`."""
    try:
        case = queries.by_number(request.person, number)
    except Case.DoesNotExist:
        raise Denied("cases.see") from None
    if not queries.is_hand(request.person, case) and not request.person.holds("district_leader"):
        raise Denied("cases.see")  # its own requester, who also works here, reads it in the portal
    return case


def _list(request: Request) -> dict[str, Any]:
    """What rail and list show, whichever case is open beside them."""
    code = request.GET.get("queue") or _first_queue(request.person)
    chosen = next((queue for queue in queries.QUEUES if queue.code == code), queries.QUEUES[0])
    filters = {name: request.GET.get(name, "").strip() for name in FILTERS}
    rows = queries.narrowed(queries.queue(request.person, chosen.code), filters)
    counts = queries.counts(request.person)
    kept = QueryDict(mutable=True)
    kept.update({k: v for k, v in {"queue": chosen.code, **filters}.items() if v})
    page = keyset_page(queries.as_lines(rows), request, size=50)
    here = kept.copy()
    if request.GET.get("after") and not page.is_first:
        here["after"] = request.GET["after"]  # a case opened from page 3 comes back to page 3
    return {
        "queue_count": counts.get(chosen.code),
        "queues": [(queue, counts.get(queue.code)) for queue in queries.QUEUES], "queue": chosen,
        "count_limit": queries.COUNT_LIMIT, "page": page, "kept_here": here.urlencode(),
        "filters": filters, "filter_count": sum(1 for value in filters.values() if value),
        "kinds": [current(code) for code in shipped()], "kept": kept.urlencode(),
        "kind": current(filters["kind"]) if filters["kind"] in shipped() else None,
        "urgencies": Urgency.choices, "saved_views": SavedView.objects.filter(person=request.person),
        "may_export": may(request.person, "cases.export"), "may_rates": may(request.person, "cases.rates"),
    }


def _first_queue(person: Person) -> str:
    return "mine" if person.holds("property_worker", "grid_worker") else "open"


@require_safe
@staff_only
def worklist(request: Request) -> HttpResponse:
    _guard(request)
    return render(request, "desk/cases/worklist.html", _list(request))


@require_safe
@staff_only
def case_page(request: Request, number: str) -> HttpResponse:
    _guard(request)
    case = _case(request, number)
    return render(request, "desk/cases/worklist.html", {**_list(request), **_detail(request, case)})


def _detail(request: Request, case: Case, words: WordsForm | None = None) -> dict[str, Any]:
    person = request.person
    steps = engine.transitions_for(person, case)
    main = engine.next_step(person, case, steps)
    tied = list(Case.objects.filter(incident=case).order_by("id")[:50])
    assign = next((step for step in steps if "set_worker" in step.effects), None) or next(
        (step for step in steps if "set_unit" in step.effects), None)
    contact = getattr(case, "contact", None)
    return {
        "case": case, "events": story(case, person), "steps": steps, "main_step": main,
        "assign_step": assign, "waiting": None if main else waiting(person, case),
        "unfinished": actions.open_tied(case) if tied and is_finished(case) else [],
        "reply": words or WordsForm(), "photos": photos_of(case, person),
        "legs": [(part, may(person, "cases.help", part)) for part in case.legs.select_related("unit")],
        "after_photos": photos_of(case, person, "after"), "category": case.kind.category(case.category),
        "shows_requester": queries.shows_requester(person, case), "contact": contact,
        "more": [(verb, title, icon) for verb, (title, icon, permission) in MORE.items()
                 if may_on(person, permission, case) and makes_sense(verb, case)],
        "may_edit": may_on(person, "cases.edit", case),
        "may_write": may_on(person, "cases.note", case, helpers=True) and case.erased_at is None,
        "tied": tied, "call_tries": actions_tries(case),
        "merged_cases": Case.objects.filter(merged_into=case).order_by("id")[:20],
        "clocks": list(case.timers.filter(cycle=case.cycle).order_by("started_at")),
        "cards": shell.cards(request, "desk.case", case),
    }


def actions_tries(case: Case) -> int:
    from linli.mechanisms.cases.actions.talking import call_tries

    return call_tries(case) if case.state == "call_back" else 0


@takes_files
@require_http_methods(["GET", "POST"])
@staff_only
def step(request: Request, number: str, name: str) -> HttpResponse:
    """One transition: its form, and the making of it."""
    case = _case(request, number)
    transition = case.kind.transitions.get(name)
    if transition is None or not engine.may_move(request.person, case, transition):
        raise Denied("cases.step", visible=True)
    transition = engine.titled(case, transition)
    form = StepForm(case, transition, sent(request), request.FILES or None)
    if form.is_valid():
        made = _step(request, case, name, form)
        if made is not None:
            if is_finished(made) and may_on(request.person, "cases.finish_tied", made) and actions.open_tied(made):
                return redirect(f"{reverse('desk:case_more', args=[number, 'finish_tied'])}?{request.GET.urlencode()}")
            messages.success(request, what_now(made))
            return redirect(_back(request, number))
        case = _as_it_is_now(request, number, form)
    return render(request, "desk/cases/step.html", {"case": case, "transition": transition, "form": form,
                  "kept": request.GET.urlencode()}, status=422 if form.errors else 200)


def _step(request: Request, case: Case, name: str, form: StepForm) -> Case | None:
    """Put the photos on the case and make the step: the case as it is then; None where the form says why not."""
    made: Case | None = None
    with refusal_shown_in(form):
        data, seen = form.given(name), form.cleaned_data["seen"]
        files = received(request, "after_photos", purpose="cases.photo", about=case) if form.takes_photos else []
        if files:
            put = actions.attach(request.person, case, [stored.pk for stored in files], when="after")
            data["after_photo"] = len(files)
            seen = put.seq if seen == put.seq - 1 else seen  # the photo itself is the only change
        made = actions.act(request.person, case, name, note=form.cleaned_data["note"], channel="desk",
                           internal=form.cleaned_data["internal"], seen=seen, **data)
    return made  # noqa: RET504 - a refusal ends the block above, and nothing was made


def _as_it_is_now(request: Request, number: str, form: StepForm | EditForm) -> Case:
    """After a refusal that named what changed: the next click is made in the knowledge of it, what was typed stays."""
    case = _case(request, number)
    form.data = {**form.data.dict(), "seen": str(case.seq)}  # type: ignore[attr-defined]  # a QueryDict, it was posted
    return case


def _back(request: Request, number: str) -> str:
    kept = request.GET.urlencode()
    return reverse("desk:case", args=[number]) + (f"?{kept}" if kept else "")


@require_POST
@staff_only
def words(request: Request, number: str) -> HttpResponse:
    """A reply to the requester or a note to colleagues."""
    case = _case(request, number)
    form = WordsForm(request.POST)
    if form.is_valid():
        with refusal_shown_in(form):
            if form.cleaned_data["to"] == "inside":
                actions.add_note(request.person, case, form.cleaned_data["text"])
            else:
                actions.send_message(request.person, case, form.cleaned_data["text"], channel="desk")
            return redirect(_back(request, number))
    return render(request, "desk/cases/worklist.html", {**_list(request), **_detail(request, case, form)}, status=422)


@require_http_methods(["GET", "POST"])
@staff_only
def edit(request: Request, number: str) -> HttpResponse:
    case = _case(request, number)
    permit_on(request.person, "cases.edit", case)
    form = EditForm(case, sent(request))
    if form.is_valid():
        if _edit(request.person, case, form):
            return redirect(_back(request, number))
        case = _as_it_is_now(request, number, form)
    return render(request, "desk/cases/edit.html", {"case": case, "form": form, "kept": request.GET.urlencode()},
                  status=422 if form.errors else 200)


def _edit(person: Person, case: Case, form: EditForm) -> bool:
    with refusal_shown_in(form):
        given = dict(form.cleaned_data)
        actions.change_field(person, case, seen=given.pop("seen"), reason=given.pop("reason"), **given)
    return not form.errors


@require_http_methods(["GET", "POST"])
@staff_only
def more(request: Request, number: str, verb: str) -> HttpResponse:
    """吹哨, 异议, 延期, 并案, 剔除 …: one small form each."""
    case = _case(request, number)
    if verb not in MORE:
        raise Denied("cases.more")
    title, icon, permission = MORE[verb]
    permit_on(request.person, permission, case)
    form = MoreForm(verb, case, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        with refusal_shown_in(form):
            told = do(request.person, case, verb, form.cleaned_data)
            messages.success(request, told or what_now(_case(request, number)))
            return redirect(_back(request, number))
    return render(request, "desk/cases/more.html", {
        "case": case, "form": form, "title": title, "icon": icon, "verb": verb, "kept": request.GET.urlencode()},
        status=422 if form.errors else 200)


@require_POST
@staff_only
def leg(request: Request, pk: int) -> HttpResponse:
    """The helper unit arrives, or reports (and ends its part)."""
    part = Leg.objects.visible_to(request.person).filter(pk=pk).select_related("case").first()
    if part is None:
        raise Denied("cases.help")
    if request.POST.get("report"):
        actions.report_leg(request.person, part, report=request.POST["report"], done=not request.POST.get("stage"))
    else:
        actions.arrive_leg(request.person, part)
    return redirect("desk:case", number=part.case.number)


@require_POST
@staff_only
def bulk(request: Request) -> HttpResponse:
    """One verb on many: assign to one worker, or the same reply; each case on its own, failures named."""
    _guard(request)
    numbers = list(dict.fromkeys(request.POST.getlist("number")))[:BULK_MAX]
    done, failed = 0, []
    for number in numbers:
        try:
            _one_of_many(request, number)
            done += 1
        except Denied:
            failed.append(f"{number}：{_('您不能办这一件。')}")
        except Refused as refusal:
            failed.append(f"{number}：{refusal.sentence}")
    if done:
        messages.success(request, _("办了 %(count)s 件。") % {"count": done})
    for line in failed[:10]:
        messages.error(request, line)
    if len(failed) > 10:
        messages.error(request, _("还有 %(count)s 件没办成，原因同上。") % {"count": len(failed) - 10})
    if not numbers:
        messages.error(request, _("还没有选中。回到列表，勾上要一起办的。"))
    return redirect(f"{reverse('desk:worklist')}?{request.POST.get('kept', '')[:600]}")


def _one_of_many(request: Request, number: str) -> None:
    case = _case(request, number)
    verb = request.POST.get("verb", "")
    if verb == "message":
        actions.send_message(request.person, case, request.POST.get("text", ""), channel="desk")
        return
    names = [step.name for step in case.kind.transitions.values() if "set_worker" in step.effects]
    if verb != "dispatch" or not names:
        raise Refused("no_verb", _("这一类不能一起指派。"))
    actions.act(request.person, case, names[0], worker=request.POST.get("worker", ""), channel="desk")


@require_safe
@staff_only
def bulk_form(request: Request) -> HttpResponse:
    """The bulk verbs without script: tick, choose, confirm on this page."""
    _guard(request)
    numbers = request.GET.getlist("number")[:BULK_MAX]
    cases = list(queries.with_people(Case.objects.filter(queries.desk_q(request.person), number__in=numbers)))
    one_unit = len({case.unit_id for case in cases}) == 1
    kept = QueryDict(mutable=True)
    kept.update({name: request.GET[name] for name in ("queue", *FILTERS) if request.GET.get(name)})
    return render(request, "desk/cases/bulk.html", {
        "cases": cases, "one_unit": one_unit, "workers": workers_for(cases[0]) if one_unit else [],
        "kept": kept.urlencode()})


@require_POST
@staff_only
def save_view(request: Request) -> HttpResponse:
    """Keep a worklist by a name, or drop it."""
    _guard(request)
    actions.save_view(request.person, name=request.POST.get("name", ""), query=request.POST.get("query", ""),
                      drop=bool(request.POST.get("drop")))
    return redirect(f"{reverse('desk:worklist')}?{request.POST.get('query', '')}")
