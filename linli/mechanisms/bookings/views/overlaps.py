"""A view that books asks first when somebody has something else at that time: a decorator, a block, one page.

    @asks_about_overlaps
    def join(request, pk):
        …
        with refusal_shown_in(form), asking_first():
            actions.book(request.person, session, overlap=overlap_of(request), …)
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import wraps
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render

from linli.foundation.web import Refused
from linli.foundation.web.middleware import Request

FIELD = "overlap_ok"
View = Callable[..., HttpResponse]


class _AskFirst(Exception):  # noqa: N818 - no error: a question on its way to the page
    def __init__(self, refusal: Refused) -> None:
        super().__init__(refusal.code)
        self.refusal = refusal


def overlap_of(request: Request) -> str:
    """What to hand to `book(overlap=…)`: "ok" once the person has confirmed, else "ask"."""
    return "ok" if request.POST.get(FIELD) == "1" else "ask"


@contextmanager
def asking_first() -> Iterator[None]:
    """Around the action: an overlap goes to the page that asks, past the form that shows other refusals."""
    try:
        yield
    except Refused as refusal:
        if refusal.code != "overlaps":
            raise
        raise _AskFirst(refusal) from refusal


def asks_about_overlaps(view: View) -> View:
    """An overlap becomes a page that names the other booking and, confirmed, sends what was typed once more.

    Files cannot be sent again: for forms without them.
    """

    @wraps(view)
    def asking(request: Request, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            return view(request, *args, **kwargs)
        except _AskFirst as asked:
            kept = [(name, value) for name, values in request.POST.lists() for value in values
                    if name not in (FIELD, "csrfmiddlewaretoken")]
            return render(request, "bookings/overlap.html", {
                "sentence": asked.refusal.sentence, "kept": kept, "field": FIELD, "back": request.path,
                "other": asked.refusal.data.get("reservation", "")}, status=422)

    return asking
