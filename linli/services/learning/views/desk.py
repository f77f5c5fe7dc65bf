"""The desk: courses and their sessions, people at the window, certificates."""

from __future__ import annotations

from uuid import uuid4

from django.contrib import messages
from django.db.transaction import atomic
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.foundation.people.permit import may, permit
from linli.foundation.policy import policy
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, refusal_shown_in, signed_in, staff_only
from linli.services.learning.actions import courses as verbs, hours, proving
from linli.services.learning.forms import (
    AnswerForm,
    CourseForm,
    PhoneForm,
    PublishForm,
    RevokeForm,
    SignUpForm,
    SizeForm,
)
from linli.services.learning.models import Certificate, Course, CourseHelper, CourseState, Helping
from linli.services.learning.queries import courses, progress
from linli.services.learning.views.common import by_phone, doors, learner_at_desk, seen, time_of, working_area


@staff_only
@require_safe
def desk(request: Request) -> HttpResponse:
    """Every course of the place; what neighbours offer waits at the top; hours that wait for a word."""
    area = working_area(request, "learning.keep_courses")
    state = request.GET.get("state", "")
    page = keyset_page(courses.at_desk(request.person, state=state), request, size=30)
    return render(request, "learning/desk.html", {
        "page": page, "shown": courses.with_next(list(page)), "state": state, "states": CourseState.choices,
        "offered": courses.waiting(area), "hours": list(courses.hours_waiting(request.person)[:20]),
        "desk_doors": doors(request), "tab": "courses"})


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def plan(request: Request) -> HttpResponse:
    """A run of a module."""
    area = working_area(request, "learning.keep_courses")
    form = CourseForm(request.POST) if request.method == "POST" else CourseForm(initial={"once": uuid4().hex})
    if form.is_bound and form.is_valid():
        with refusal_shown_in(form):
            given = dict(form.cleaned_data)
            typed = given.pop("phone")
            host = by_phone(area, typed) if typed else request.person
            row = verbs.plan_course(request.person, area, host=host, **given)
            messages.success(request, _("课开好了，接着排时间吧。"))
            return redirect("learning:desk_course", row.pk)
    return render(request, "learning/desk_plan.html", {"form": form}, status=422 if form.errors else 200)


@staff_only
@require_safe
def desk_course(request: Request, pk: int) -> HttpResponse:
    return _page(request, _course(request, pk))


def _page(request: Request, row: Course, **bad: object) -> HttpResponse:
    sessions = verbs.ahead(row)
    facts = {
        "course": row, "sessions": sessions, "helpers": verbs.helpers_of(row),
        "publish": PublishForm(health=row.touches_health, minors=row.for_minors,
                               initial={"title": row.title, "text": row.text}),
        "refuse": AnswerForm(), "helper_form": PhoneForm(auto_id="helper_%s"), "sign_up": SignUpForm(),
        "size": SizeForm(), "at": 0, "desk_doors": doors(request), "tab": "courses",
        "per_helper": policy("learning.learners_per_helper", area=row.area)}
    return render(request, "learning/desk_course.html", {**facts, **bad}, status=422 if bad else 200)


@staff_only
@require_POST
def decide(request: Request, pk: int, word: str) -> HttpResponse:
    """publish, refuse or end."""
    row = _course(request, pk)
    if word == "publish":
        form = PublishForm(request.POST, health=row.touches_health, minors=row.for_minors)
        if form.is_valid():
            with refusal_shown_in(form):
                verbs.publish_course(request.person, row, **form.cleaned_data)
                messages.success(request, _("公布了，接着排时间吧。"))
                return redirect("learning:desk_course", row.pk)
        return _page(request, row, publish=form)
    if word == "refuse":
        answer = AnswerForm(request.POST)
        if answer.is_valid():
            with refusal_shown_in(answer):
                verbs.refuse_course(request.person, row, **answer.cleaned_data)
                messages.success(request, _("告诉他了。"))
                return redirect("learning:desk")
        return _page(request, row, refuse=answer)
    verbs.end_course(request.person, row)
    messages.success(request, _("这门课结束了。"))
    return redirect("learning:desk")


@staff_only
@require_POST
def helper_add(request: Request, pk: int) -> HttpResponse:
    row = _course(request, pk)
    form = PhoneForm(request.POST, auto_id="helper_%s")
    if form.is_valid():
        with refusal_shown_in(form):
            verbs.add_helper(request.person, row, by_phone(row.area, form.cleaned_data["phone"]))
            messages.success(request, _("加好了，可以多收几位学员。"))
            return redirect("learning:desk_course", row.pk)
    return _page(request, row, helper_form=form)


@staff_only
@require_POST
def helper_drop(request: Request, pk: int, helper: int) -> HttpResponse:
    row = _course(request, pk)
    rows = CourseHelper.objects.filter(course=row, left_at=None).select_related("course__area")
    one: CourseHelper = seen(rows, helper)
    verbs.drop_helper(request.person, one)
    messages.success(request, _("记下了。"))
    return redirect("learning:desk_course", row.pk)


@staff_only
@require_POST
def sign_up(request: Request, pk: int, session: int) -> HttpResponse:
    """Somebody at the window or on the telephone: with an account, or with a name alone."""
    row = _course(request, pk)
    time = time_of(row, session)
    form = SignUpForm(request.POST)
    if form.is_valid():
        with refusal_shown_in(form), atomic():  # who is registered for it and then refused is not left behind
            who = learner_at_desk(request.person, row.area, form.cleaned_data)
            channel = "phone" if request.POST.get("channel") == "phone" else "window"
            placed = verbs.join(request.person, row, time, learner=who, channel=channel)
            messages.success(request, _("替他报上了。") if placed else _("满了，替他排上了候补。"))
            return redirect("learning:desk_course", row.pk)
    return _page(request, row, sign_up=form, at=time.pk)


@staff_only
@require_POST
def resize(request: Request, pk: int, session: int) -> HttpResponse:
    row = _course(request, pk)
    time = time_of(row, session)
    form = SizeForm(request.POST)
    if form.is_valid():
        with refusal_shown_in(form):
            verbs.resize_time(request.person, row, time, **form.cleaned_data)
            messages.success(request, _("存好了。"))
            return redirect("learning:desk_course", row.pk)
    return _page(request, row, size=form, at=time.pk)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def cancel_time(request: Request, pk: int, session: int) -> HttpResponse:
    """Asks first, and why; by staff or the teacher."""
    row: Course = seen(Course.objects.visible_to(request.person).select_related("area", "host"), pk)
    permit(request.person, "learning.run_course", row)
    time = time_of(row, session)
    form = AnswerForm(request.POST) if request.method == "POST" else AnswerForm()
    if form.is_bound and form.is_valid():
        with refusal_shown_in(form):
            verbs.cancel_time(request.person, row, time, reason=form.cleaned_data["answer"])
            messages.success(request, _("取消了，报名的人都会收到消息。"))
            return redirect("learning:course", row.pk)
    return render(request, "learning/cancel_time.html", {"course": row, "session": time, "form": form},
                  status=422 if form.errors else 200)


@staff_only
@require_POST
def hours_step(request: Request, pk: int, verb: str) -> HttpResponse:
    """Helping time in a class: check out for who forgot, or confirm."""
    row: Helping = seen(courses.hours_waiting(request.person).select_related("area", "course", "visit"), pk)
    if verb == "out":
        hours.check_out(request.person, row)
        messages.success(request, _("替他签退了。"))
    else:
        hours.confirm(request.person, row)
        messages.success(request, _("好，时长记下了。"))
    return redirect("learning:desk")


@staff_only
@require_safe
def certificates(request: Request) -> HttpResponse:
    """Certificates given here."""
    working_area(request, "learning.look_up")
    return _certificates(request)


def _certificates(request: Request, *, bad: RevokeForm | None = None, at: int = 0) -> HttpResponse:
    page = keyset_page(progress.certificates_at_desk(request.person), request, size=30)
    return render(request, "learning/desk_certificates.html", {
        "page": page, "form": bad or RevokeForm(), "at": at, "revokes": may(request.person, "learning.revoke"),
        "desk_doors": doors(request), "tab": "certificates"}, status=422 if bad else 200)


@staff_only
@require_POST
def revoke(request: Request, pk: int) -> HttpResponse:
    row: Certificate = seen(progress.certificates_at_desk(request.person), pk)
    permit(request.person, "learning.revoke", row)
    form = RevokeForm(request.POST)
    if form.is_valid():
        with refusal_shown_in(form):
            proving.revoke_certificate(request.person, row, **form.cleaned_data)
            messages.success(request, _("撤销了，核对的人会看到。"))
            return redirect("learning:desk_certificates")
    return _certificates(request, bad=form, at=row.pk)


def _course(request: Request, pk: int) -> Course:
    found: Course = seen(Course.objects.visible_to(request.person).select_related("area", "host", "proposed_by"), pk)
    permit(request.person, "learning.keep_courses", found)
    return found
