"""The resident's pages that belong to no service: home, search, all services, my matters, me, look, people to call."""

from __future__ import annotations

from dataclasses import replace

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from linli.foundation.calendar import clock
from linli.foundation.people.queries import demo_people, may_act_for
from linli.foundation.web import Denied
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import signed_in
from linli.interfaces.components import look as looks, shell
from linli.interfaces.portal import actions, queries

WORDS_LENGTH_MAX = 100
DOORS_ON_HOME = 7  # and 「全部服务」 makes eight


@require_safe
def home(request: HttpRequest) -> HttpResponse:
    """The person's one thing, the doors, the news; 长辈版 has its own page, and so has who has not signed in."""
    person = request.person  # type: ignore[attr-defined]
    menus = shell.Menus(request)
    facts = {"news": shell.cards(request, "portal.news"), "greeting": greeting()}
    if looks.of(request).is_elder:
        mine = shell.cards(request, "elder.mine") or (shell.cards(request, "portal.mine")[:1] if person else [])
        return render(request, "portal/elder_home.html", {**facts, "mine": mine, "tiles": queries.tiles(menus, person)})
    if not person:
        people = demo_people() if settings.LINLI_DEMO else []
        return render(request, "portal/welcome.html", {**facts, "people": people})
    return render(request, "portal/home.html", {
        **facts, "mine": shell.cards(request, "portal.mine"), "side": shell.cards(request, "portal.side"),
        "doors": menus.portal[:DOORS_ON_HOME]})


def greeting() -> str:
    """By the hour of the community's clock."""
    hour = timezone.localtime(clock.now()).hour
    if hour < 5 or hour >= 18:
        return _("晚上好")
    if hour < 11:
        return _("早上好")
    return _("中午好") if hour < 13 else _("下午好")


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    """Asks every room, and the doors and pages of the shell itself."""
    words = request.GET.get("q", "").strip()[:WORDS_LENGTH_MAX]
    person, area = request.person or None, request.area or None  # type: ignore[attr-defined]
    found = [*queries.doors(shell.Menus(request), words), *shell.find(person, area, words)] if words else []
    return render(request, "portal/search.html", {"words": words, "found": found})


@require_safe
def services(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/services.html")


@require_safe
@signed_in
def matters(request: Request) -> HttpResponse:
    return render(request, "portal/matters.html", {"matters": shell.cards(request, "portal.matters")})


@require_safe
@signed_in
def me(request: Request) -> HttpResponse:
    return render(request, "portal/me.html", {
        "groups": queries.my_pages(shell.Menus(request)), "subjects": may_act_for(request.person)})


@require_safe
def neighbours(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/neighbours.html", {"news": shell.cards(request, "portal.news")})


@require_safe
def sos(request: HttpRequest) -> HttpResponse:
    return render(request, "portal/sos.html", {"report_url": shell.address("repairs:report", "repairs:new")})


@require_safe
def help_page(request: HttpRequest) -> HttpResponse:
    person, area = request.person or None, request.area or None  # type: ignore[attr-defined]
    return render(request, "portal/help.html", {
        "companies": queries.property_companies(person, area), "stations": queries.stations(area),
        "ask_url": shell.address("requests:ask", "requests:consult", "requests:new", "requests:report")})


@require_http_methods(["GET", "HEAD", "POST"])
def look(request: HttpRequest) -> HttpResponse:
    """Any of mode, size, theme, contrast, language; on the person when signed in, and on the device always."""
    if request.method != "POST":
        return render(request, "portal/look.html", {"languages": settings.LANGUAGES})
    current = looks.of(request)
    chosen = current.changed({key: request.POST[key] for key in looks.CHOICES if key in request.POST})
    if request.POST.get("size") == "bigger":
        chosen = current.bigger()
    if chosen.mode != current.mode and "size" not in request.POST:
        chosen = replace(chosen, size="")  # each mode begins at its own size
    language = request.POST.get("language", "")
    if language not in dict(settings.LANGUAGES):
        language = ""
    person = request.person  # type: ignore[attr-defined]
    if person:
        actions.choose_look(person, chosen, language=language)
    response = redirect(_next(request))
    looks.remember(response, chosen, secure=request.is_secure())
    if language:
        response.set_cookie(
            settings.LANGUAGE_COOKIE_NAME, language, max_age=looks.COOKIE_AGE_S, samesite="Lax",
            httponly=True, secure=request.is_secure())
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def area(request: Request) -> HttpResponse:
    """Which community is looked at: one of those the person's roles reach, for this session."""
    if request.method == "POST":
        code = request.POST.get("code", "")
        if code not in {place.code for place in queries.communities(request.person, code=code)}:
            raise Denied("portal.area")
        request.session["area"] = code
        return redirect(_next(request))
    words = request.GET.get("q", "").strip()[:WORDS_LENGTH_MAX]
    places = queries.communities(request.person, words)
    return render(request, "portal/area.html", {"places": places, "words": words, "next": _next(request)})


def _next(request: HttpRequest) -> str:
    """Where to go afterwards: an address of this site, else home."""
    target = request.POST.get("next") or request.GET.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        target, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return target if safe else reverse("portal:home")
