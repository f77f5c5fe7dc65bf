"""The room's first page, the lessons, and one's own progress."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.foundation.web.middleware import Request
from linli.foundation.web.views import refusal_shown_in, signed_in
from linli.services.learning import catalogue
from linli.services.learning.actions import progress as verbs, proving
from linli.services.learning.catalogue import Module
from linli.services.learning.forms import LevelsForm
from linli.services.learning.queries import courses, progress
from linli.services.learning.views.common import own_area


@signed_in
@require_safe
def home(request: Request) -> HttpResponse:
    """The doors of the room, and what is soon."""
    area = own_area(request)
    rows = list(courses.open_courses(request.person, area)[:3])
    return render(request, "learning/home.html", {
        "place": area, "modules": list(catalogue.load().values()), "courses": courses.with_next(rows),
        "asked": progress.asked_again(request.person)})


@signed_in
@require_safe
def modules(request: Request) -> HttpResponse:
    """All that is taught, and how far one is with it."""
    own_area(request)
    return render(request, "learning/modules.html", {"standing": progress.standing(request.person)})


@signed_in
@require_safe
def module(request: Request, code: str) -> HttpResponse:
    """One module: its lessons, its skills, its exercises."""
    own_area(request)
    found = _module(code)
    return render(request, "learning/module.html", {
        "module": found, "standing": progress.standing_in(request.person, found)})


@signed_in
@require_safe
def lesson(request: Request, code: str, lesson: str) -> HttpResponse:
    """One lesson, in plain words or (`?easy=1`) in easy text."""
    own_area(request)
    found = _module(code)
    one = found.lesson(lesson)
    if one is None:
        raise Http404
    return render(request, "learning/lesson.html", {
        "module": found, "lesson": one, "easy": bool(request.GET.get("easy")), "following": found.after(one)})


@signed_in
@require_safe
def mine(request: Request) -> HttpResponse:
    """What one can do, and the certificates."""
    own_area(request)
    return render(request, "learning/mine.html", {
        "standing": [one for one in progress.standing(request.person) if one.is_begun],
        "asked": progress.asked_again(request.person), "places": courses.my_places(request.person),
        "certificates": list(progress.certificates(request.person)[:20])})


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def say(request: Request, code: str) -> HttpResponse:
    """Alone, with help, not yet: what one says of oneself."""
    own_area(request)
    found = _module(code)
    standing = progress.standing_in(request.person, found)
    given = {line.skill.code: line.own for line in standing.lines}
    form = LevelsForm(found, given, request.POST) if request.method == "POST" else LevelsForm(found, given)
    if form.is_bound and form.is_valid():
        with refusal_shown_in(form):
            verbs.say_of_myself(request.person, form.levels)
            messages.success(request, _("记下了。一个月后再问您一次。"))
            return redirect("learning:module", found.code)
    return render(request, "learning/say.html", {
        "module": found, "form": form, "standing": standing}, status=422 if form.errors else 200)


@signed_in
@require_POST
def take_certificate(request: Request, code: str) -> HttpResponse:
    """Fetch the certificate one has earned."""
    own_area(request)
    row = proving.issue_certificate(request.person, request.person, _module(code).code)
    messages.success(request, _("恭喜您，证书好了，可以打印。"))
    return redirect("learning:certificate", row.pk)


def _module(code: str) -> Module:
    found = catalogue.load().get(code)
    if found is None:
        raise Http404
    return found
