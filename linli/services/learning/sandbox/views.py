"""The pages of the sandbox. Open to everybody, also without an account; each inside `only_here()` and in the frame."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.services.learning.sandbox import store
from linli.services.learning.sandbox.guard import only_here
from linli.services.learning.sandbox.tasks import Task, load, marked, press

COOKIE = "linli_practice"
MARK = "data-practice"  # stands in the frame of every page of the sandbox
SCALES = {"": "", "xl": "1.5", "max": "1.9"}
TYPED = "-"
View = Callable[..., HttpResponse]


def practice(view: View) -> View:
    """A page of the sandbox: nothing is written elsewhere, and it never goes out without the frame."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        with only_here():
            answer = view(request, *args, **kwargs)
        if answer.status_code in (200, 422) and MARK.encode() not in answer.content:
            raise AssertionError("a page of the sandbox without its frame")
        return answer

    return guarded


@require_safe
@never_cache
@practice
def exercises(request: HttpRequest) -> HttpResponse:
    """What can be practised."""
    return render(request, "learning/practice/list.html", {
        "tasks": list(load().values()), "finished": store.finished(_token(request))})


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@practice
def exercise(request: HttpRequest, code: str) -> HttpResponse:
    """The screen one is on; a press leads on, or is explained. Nothing that is typed is kept."""
    task = _task(code)
    token = _token(request)
    state, said = store.read(token, task)
    if request.method == "POST":
        fresh = token or store.new_token()
        told = press(task, state, screen=request.POST.get("screen", ""), code=request.POST.get("press", ""),
                     typed=request.POST.get("typed", "")[:200])
        if told.is_right is not None:
            explained = "" if told.is_right else (request.POST.get("press", "")[:20] or TYPED)
            store.keep(fresh, task, told.state, explained)
        answer = redirect("learning:practice_task", task.code)
        if not token:
            answer.set_cookie(COOKIE, fresh, max_age=86_400, path="/learning/practice/", httponly=True,
                              secure=request.is_secure(), samesite="Lax")
        return answer
    screen = task.screens[state.screen]
    mistake = next((one.wrong for one in screen.presses if one.code == said), None)
    if said == TYPED and screen.ask is not None:
        mistake = screen.ask.wrong
    return render(request, "learning/practice/task.html", {
        "task": task, "screen": screen, "state": state, "mistake": mistake, "marks": marked(task, state),
        "step": task.steps - task.left(state.screen) + 1, "steps": task.steps, "scale": SCALES[state.size]})


@require_POST
@practice
def again(request: HttpRequest, code: str) -> HttpResponse:
    """From the beginning."""
    task = _task(code)
    token = _token(request)
    if token:
        store.forget(token, task)
    return redirect("learning:practice_task", task.code)


def _task(code: str) -> Task:
    found = load().get(code)
    if found is None:
        raise Http404
    return found


def _token(request: HttpRequest) -> str:
    given = request.COOKIES.get(COOKIE, "")
    return given if store.is_token(given) else ""
