"""One to one, for both sides: asking, offering, saying yes or no, times, lessons."""

from __future__ import annotations

from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language, gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.foundation.people.permit import may
from linli.foundation.web import Denied, Refused
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import refusal_shown_in, signed_in
from linli.mechanisms.bookings.models import Session
from linli.services.learning import catalogue
from linli.services.learning.actions import pairing as verbs, progress, visits
from linli.services.learning.forms import AskForm, BookForm, HelpForm, LevelsForm, RulesForm, TimeForm
from linli.services.learning.models import HelpAsk, Match, MatchState, Progress, Visit
from linli.services.learning.queries import courses, pairing
from linli.services.learning.views.common import own_area, seen


@signed_in
@require_safe
def tutoring(request: Request) -> HttpResponse:
    """What I asked for, who was proposed, my lessons; and my own offer with its times."""
    area = own_area(request)
    helper = pairing.own_helper(request.person)
    matches = pairing.matches_of(request.person)
    return render(request, "learning/tutoring.html", {
        "place": area, "asks": pairing.asks_of(request.person), "helper": helper,
        "times": pairing.free_times(helper) if helper else [], "visits": pairing.visits_of(request.person),
        "proposals": [(row, row.helper_yes if row.helper.person_id == request.person.pk else row.learner_yes)
                      for row in matches if row.state == MatchState.PROPOSED],
        "pairs": [row for row in matches if row.state == MatchState.AGREED]})


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def ask(request: Request) -> HttpResponse:
    area = own_area(request)
    people = courses.family(request.person)
    form = AskForm(people, request.POST) if request.method == "POST" else AskForm(people, initial={"once": uuid4().hex})
    if form.is_bound and form.is_valid():
        with refusal_shown_in(form):
            given = form.cleaned_data
            verbs.ask_help(request.person, learner=form.chosen, topics=given["topics"], slots=given["slots"],
                           at_home=given["at_home"], note=given["note"], once=given["once"])
            messages.success(request, _("收到了。社区找到合适的人就告诉您。"))
            return redirect("learning:tutoring")
    return render(request, "learning/ask.html", {"form": form, "place": area}, status=422 if form.errors else 200)


@signed_in
@require_POST
def withdraw(request: Request, pk: int) -> HttpResponse:
    row: HelpAsk = seen(HelpAsk.objects.visible_to(request.person).select_related("area"), pk)
    verbs.withdraw_ask(request.person, row)
    messages.success(request, _("取消了。以后想学，再提就是。"))
    return redirect("learning:desk_pairs" if request.POST.get("desk") else "learning:tutoring")


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def offer_help(request: Request) -> HttpResponse:
    """Sign up to teach, or change what I offer."""
    area = own_area(request)
    own = pairing.own_helper(request.person)
    initial = {"topics": own.topics, "slots": own.slots, "goes_home": own.goes_home} if own else None
    form = HelpForm(request.POST) if request.method == "POST" else HelpForm(initial=initial)
    if form.is_bound and form.is_valid():
        with refusal_shown_in(form):
            verbs.offer_help(request.person, area, **form.cleaned_data)
            messages.success(request, _("存好了。") if own else _("谢谢您。社区先和您见一面，讲讲规矩，再给您配人。"))
            return redirect("learning:tutoring")
    return render(request, "learning/offer_help.html", {"form": form, "helper": own},
                  status=422 if form.errors else 200)


@signed_in
@require_POST
def leave_help(request: Request) -> HttpResponse:
    own_area(request)
    own = pairing.own_helper(request.person)
    if own is None:
        raise Refused("not_now", _("您没有报名，不用退出。"))
    verbs.leave_help(request.person, own)
    messages.success(request, _("退出了。以后想再来，随时报名。"))
    return redirect("learning:tutoring")


@signed_in
@require_POST
def answer(request: Request, pk: int, word: str) -> HttpResponse:
    """yes, no, or part: nobody is asked why."""
    row = _match(request, pk)
    if word == "part":
        verbs.part(request.person, row)
        messages.success(request, _("好，这一对结束了。"))
    elif verbs.answer(request.person, row, yes=word == "yes").state == MatchState.AGREED:
        messages.success(request, _("说好了，可以约时间了。"))
    else:
        messages.success(request, _("好，等另一位说行不行。") if word == "yes" else _("好，没关系，社区再找。"))
    return redirect("learning:desk_pairs" if request.POST.get("desk") else "learning:tutoring")


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def times(request: Request) -> HttpResponse:
    """A time of mine at which I can teach."""
    own_area(request)
    own = pairing.own_helper(request.person)
    if own is None or own.offer_id is None:
        raise Denied("learning.keep_times")
    form = TimeForm(request.POST) if request.method == "POST" else TimeForm()
    if form.is_bound and form.is_valid():
        with refusal_shown_in(form):
            visits.add_times(request.person, own, **form.cleaned_data)
            messages.success(request, _("时间放好了。"))
            return redirect("learning:times")
    return render(request, "learning/times.html", {
        "form": form, "helper": own, "times": pairing.free_times(own)}, status=422 if form.errors else 200)


@signed_in
@require_POST
def drop_time(request: Request, session: int) -> HttpResponse:
    own_area(request)
    own = pairing.own_helper(request.person)
    if own is None:
        raise Denied("learning.keep_times")
    visits.take_time_away(request.person, own, seen(Session.objects.filter(offer=own.offer_id), session))
    messages.success(request, _("这个时间拿掉了。"))
    return redirect("learning:times")


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def book(request: Request, pk: int) -> HttpResponse:
    """Take one of the helper's times."""
    row = _match(request, pk)
    if not may(request.person, "learning.book_visit", row):
        raise Denied("learning.book_visit", visible=True)
    free = pairing.free_times(row.helper)
    form = BookForm(free, row.helper.goes_home, request.POST) if request.method == "POST" else BookForm(
        free, row.helper.goes_home, initial={"at_home": row.ask.at_home})
    if form.is_bound and form.is_valid():
        with refusal_shown_in(form):
            given = form.cleaned_data
            at_desk = request.person.is_staff and request.person.pk != row.ask.person_id
            visit = visits.book_visit(
                request.person, row, form.times[given["session"]], at_home=bool(given.get("at_home")),
                place=given.get("place") or "", agrees=bool(given.get("agrees")),
                channel="window" if at_desk else "app")
            messages.success(request, _("约好了。"))
            return redirect("learning:visit", visit.pk)
    return render(request, "learning/book.html", {"form": form, "match": row, "times": free},
                  status=422 if form.errors else 200)


@signed_in
@require_safe
def visit(request: Request, pk: int) -> HttpResponse:
    """One lesson: when, where, who; the rules to tick; in and out; the word about the hours."""
    return _visit_page(request, _visit(request, pk))


def _visit_page(request: Request, row: Visit, *, bad: RulesForm | None = None) -> HttpResponse:
    me = request.person
    english = (get_language() or "").startswith("en")
    rules = visits.rules_for(row)
    return render(request, "learning/visit.html", {
        "visit": row, "form": bad or RulesForm(rules, english=english), "english": english,
        "attends": may(me, "learning.attend", row), "cancels": may(me, "learning.cancel_visit", row), "rules": rules,
        "is_second": row.second is not None and row.second.person_id == me.pk,
        "confirms": may(me, "learning.confirm_hours", row) and row.match.helper.person_id != me.pk,
        "marks": may(me, "learning.mark", row), "helping": list(row.helping.select_related("person")),
        "topics": [catalogue.load()[code] for code in row.match.ask.topics if code in catalogue.load()]},
        status=422 if bad else 200)


@signed_in
@require_POST
def visit_step(request: Request, pk: int, verb: str) -> HttpResponse:
    """begin, end, confirm, cancel; come or not as the second helper."""
    row = _visit(request, pk)
    if verb == "begin":
        english = (get_language() or "").startswith("en")
        form = RulesForm(visits.rules_for(row), request.POST, english=english)
        if form.is_valid():
            with refusal_shown_in(form):
                visits.begin(request.person, row, ticked=form.cleaned_data["rules"])
                messages.success(request, _("开始了。密码让他自己打。"))
                return redirect("learning:visit", row.pk)
        return _visit_page(request, row, bad=form)
    if verb == "end":
        visits.end(request.person, row)
        messages.success(request, _("辛苦了。等对方点一下时长对不对。"))
    elif verb == "confirm":
        visits.confirm(request.person, row)
        messages.success(request, _("好，时长记下了。"))
    elif verb == "cancel":
        visits.cancel_visit(request.person, row)
        messages.success(request, _("取消了，另一位也会收到消息。"))
        return redirect("learning:tutoring")
    else:
        visits.answer_second(request.person, row, yes=verb == "come")
        messages.success(request, _("谢谢您一起去。") if verb == "come" else _("好，没关系，社区再找。"))
        if verb != "come":
            return redirect("learning:tutoring")
    return redirect("learning:visit", row.pk)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def visit_mark(request: Request, pk: int, code: str) -> HttpResponse:
    """What the helper saw in a lesson, module by module."""
    row = _visit(request, pk)
    module = catalogue.load().get(code)
    if module is None or not may(request.person, "learning.mark", row):
        raise Denied("learning.mark")
    learner = row.match.ask.person
    given = dict(Progress.objects.filter(person=learner, skill__in=[
        skill.code for skill in module.skills]).values_list("skill", "taught"))
    form = LevelsForm(module, given, request.POST) if request.method == "POST" else LevelsForm(module, given)
    if form.is_bound and form.is_valid():
        with refusal_shown_in(form):
            progress.mark(request.person, row, learner, form.levels)
            messages.success(request, _("记下了。"))
            return redirect("learning:visit", row.pk)
    return render(request, "learning/visit_mark.html", {"visit": row, "module": module, "form": form},
                  status=422 if form.errors else 200)


def _match(request: Request, pk: int) -> Match:
    found: Match = seen(Match.objects.visible_to(request.person).select_related(
        "area", "ask__person", "ask__asked_by", "ask__area", "helper__person", "helper__area"), pk)
    return found


def _visit(request: Request, pk: int) -> Visit:
    found: Visit = seen(Visit.objects.visible_to(request.person).select_related(
        "area", "match__ask__person", "match__ask__asked_by", "match__helper__person", "second__person"), pk)
    return found
