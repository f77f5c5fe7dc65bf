"""The landing of the workbench and its search."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_safe

from linli.foundation.web.middleware import Request
from linli.foundation.web.views import staff_only
from linli.interfaces.components import shell

WORDS_LENGTH_MAX = 100


@require_safe
@staff_only
def home(request: Request) -> HttpResponse:
    """To the first desk page this person may open; who has none is told whom to ask."""
    here = reverse("desk:home")
    for door in shell.Menus(request).desk:
        if door.url != here:
            return redirect(door.url)
    return render(request, "desk/home.html")


@require_safe
@staff_only
def search(request: Request) -> HttpResponse:
    words = request.GET.get("q", "").strip()[:WORDS_LENGTH_MAX]
    found = shell.find(request.person, request.area, words) if words else []
    return render(request, "desk/search.html", {"words": words, "found": found})
