"""Classes: the list, one of them, a place in it; offering one; and the roll for who teaches."""

from __future__ import annotations

from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.foundation.people.permit import may, permit
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, refusal_shown_in, signed_in
from linli.mechanisms.bookings.models import Session
from linli.services.learning import catalogue
from linli.services.learning.actions import courses as verbs, hours, progress, proving
from linli.services.learning.forms import ClassTimeForm, LevelsForm, OfferForm, WhoForm
from linli.services.learning.models import Course, CourseState, Helping
from linli.services.learning.queries import courses, devices, progress as standings
from linli.services.learning.views.common import own_area, seen, time_of


@signed_in
@require_safe
def course_list(request: Request) -> HttpResponse:
    area = own_area(request)
    page = keyset_page(courses.open_courses(request.person, area), request, size=20)
    own = Course.objects.filter(proposed_by=request.person).exclude(state=CourseState.OPEN).order_by("-created")[:5]
    return render(request, "learning/courses.html", {
        "page": page, "shown": courses.with_next(list(page)), "own": list(own)})


@signed_in
@require_safe
def course(request: Request, pk: int) -> HttpResponse:
    """One course, its times, and what one has of each."""
    return _course(request, _seen(request, pk))


def _course(request: Request, row: Course, *, bad: WhoForm | None = None, at: int = 0) -> HttpResponse:
    people = courses.family(request.person)
    return render(request, "learning/course.html", {
        "course": row, "module": catalogue.load().get(row.module), "times": courses.times(request.person, row),
        "form": bad or WhoForm(people, auto_id=False), "at": at, "key": uuid4().hex, "is_family": len(people) > 1,
        "helpers": verbs.helpers_of(row), "may_join": may(request.person, "learning.join", row),
        "runs": may(request.person, "learning.run_course", row) and row.state == CourseState.OPEN,
        "helps": may(request.person, "learning.help_class", row),
        "hours": list(Helping.objects.filter(course=row, person=request.person)[:5])},
        status=422 if bad else 200)


@signed_in
@require_POST
def join(request: Request, pk: int, session: int) -> HttpResponse:
    row = _seen(request, pk)
    time = time_of(row, session)
    form = WhoForm(courses.family(request.person), request.POST, auto_id=False)
    if form.is_valid():
        with refusal_shown_in(form):
            who = form.chosen
            placed = verbs.join(request.person, row, time, learner=who, key=request.POST.get("key", "")[:40])
            messages.success(request, _("报上了，到时候见。") if placed else _("满了，排上了候补，有空位就告诉您。"))
            return redirect("learning:course", row.pk)
    return _course(request, row, bad=form, at=time.pk)


@signed_in
@require_POST
def leave(request: Request, pk: int, session: int) -> HttpResponse:
    row = _seen(request, pk)
    form = WhoForm(courses.family(request.person), request.POST, auto_id=False)
    if not form.is_valid():
        raise Http404
    verbs.leave(request.person, row, time_of(row, session), learner=form.chosen)
    messages.success(request, _("取消了。以后想来，再报就是。"))
    return redirect("learning:course", row.pk)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def offer(request: Request) -> HttpResponse:
    """A neighbour offers to teach something."""
    area = own_area(request)
    form = OfferForm(request.POST) if request.method == "POST" else OfferForm(initial={"once": uuid4().hex})
    if form.is_bound and form.is_valid():
        with refusal_shown_in(form):
            row = verbs.offer_course(request.person, area, **form.cleaned_data)
            messages.success(request, _("收到了，社区看过就告诉您。"))
            return redirect("learning:course", row.pk)
    return render(request, "learning/offer.html", {"form": form}, status=422 if form.errors else 200)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def add_time(request: Request, pk: int) -> HttpResponse:
    """One more time, by the teacher or staff."""
    row = _seen(request, pk)
    permit(request.person, "learning.run_course", row)
    things = devices.ready_for_class(row.area)
    form = ClassTimeForm(things, request.POST) if request.method == "POST" else ClassTimeForm(
        things, initial={"capacity": verbs.most_learners(row)})
    if form.is_bound and form.is_valid():
        with refusal_shown_in(form):
            given = form.cleaned_data
            verbs.add_time(request.person, row, starts=given["starts"], minutes=given["minutes"],
                           capacity=given["capacity"], place=given["place"], devices=form.chosen)
            messages.success(request, _("时间放好了，大家可以报名。"))
            return redirect("learning:course", row.pk)
    return render(request, "learning/add_time.html", {"course": row, "form": form}, status=422 if form.errors else 200)


@signed_in
@require_safe
def roll(request: Request, pk: int, session: int) -> HttpResponse:
    """Who is in a class, and what the teacher saw each of them do."""
    row, time = _taught(request, pk, session)
    return render(request, "learning/roll.html", {
        "course": row, "session": time, "lines": courses.roll(row, time), "module": catalogue.load().get(row.module),
        "helping": [one for one in courses.helping_of(row)[:50] if one.session_id == time.pk],
        "base": "desk/base.html" if request.person.is_staff else "portal/base.html"})


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def mark(request: Request, pk: int, session: int, learner: int) -> HttpResponse:
    """The skills of one learner, as the teacher sees them."""
    row, time = _taught(request, pk, session)
    module = catalogue.load().get(row.module)
    line = next((one for one in courses.roll(row, time) if one.person.pk == learner), None)
    if module is None or line is None:
        raise Http404
    given = {skill.code: level for skill, level in line.marks}
    form = LevelsForm(module, given, request.POST) if request.method == "POST" else LevelsForm(module, given)
    if form.is_bound and form.is_valid():
        with refusal_shown_in(form):
            progress.mark(request.person, row, line.person, form.levels)
            messages.success(request, _("记下了。"))
            return redirect("learning:roll", row.pk, time.pk)
    return render(request, "learning/mark.html", {
        "course": row, "session": time, "line": line, "module": module, "form": form,
        "standing": standings.standing_in(line.person, module),
        "gives": may(request.person, "learning.certificate", line.person),
        "base": "desk/base.html" if request.person.is_staff else "portal/base.html"},
        status=422 if form.errors else 200)


@signed_in
@require_POST
def give_certificate(request: Request, pk: int, session: int, learner: int) -> HttpResponse:
    """Staff fetch it for somebody who cannot do so themselves, to print it."""
    row, time = _taught(request, pk, session)
    who = courses.in_class(row, time, learner)
    if who is None:
        raise Http404
    given = proving.issue_certificate(request.person, who, row.module)
    messages.success(request, _("证书好了，可以打印给他。"))
    return redirect("learning:certificate", given.pk)


@signed_in
@require_POST
def helping_step(request: Request, pk: int, session: int, verb: str) -> HttpResponse:
    """A helper of the class comes, or goes."""
    row = _seen(request, pk)
    time = time_of(row, session)
    if verb == "in":
        hours.check_in(request.person, row, time)
        messages.success(request, _("签到了。走的时候记得签退。"))
    else:
        found: Helping = seen(Helping.objects.filter(
            person=request.person, session_id=time.pk).select_related("area", "course"), _own_hours(request, time))
        hours.check_out(request.person, found)
        messages.success(request, _("签退了。另一位确认以后，时间记到时间银行。"))
    return redirect("learning:course", row.pk)


@signed_in
@require_POST
def confirm_hours(request: Request, pk: int, helping: int) -> HttpResponse:
    """The teacher for the helpers, or staff for anybody."""
    row = _seen(request, pk)
    permit(request.person, "learning.run_course", row)
    found: Helping = seen(Helping.objects.filter(course=row).select_related("area", "course", "visit"), helping)
    hours.confirm(request.person, found)
    messages.success(request, _("好，时长记下了。"))
    return redirect("learning:roll", row.pk, found.session_id)


def _own_hours(request: Request, time: Session) -> int:
    found = Helping.objects.filter(person=request.person, session_id=time.pk).values_list("pk", flat=True).first()
    return int(found or 0)


def _seen(request: Request, pk: int) -> Course:
    own_area(request)
    found: Course = seen(Course.objects.visible_to(request.person).select_related("area", "host", "proposed_by"), pk)
    return found


def _taught(request: Request, pk: int, session: int) -> tuple[Course, Session]:
    row = _seen(request, pk)
    permit(request.person, "learning.run_course", row)
    return row, time_of(row, session)
