"""Who asks, from where they look, and how a no is answered: once, for every room."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.middleware.gzip import GZipMiddleware
from django.shortcuts import render
from django.urls import Resolver404, resolve
from django.utils.functional import SimpleLazyObject
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from linli.foundation.areas.models import Area
from linli.foundation.web import disk
from linli.foundation.web.refusals import Denied, Refused

if TYPE_CHECKING:
    from linli.foundation.people.models import Person

log = logging.getLogger("linli.web")
Handler = Callable[[HttpRequest], HttpResponse]


class Request(HttpRequest):
    """What a view behind `signed_in` may rely on."""

    person: Person
    area: Area


class PersonMiddleware:
    """Sets `request.person` (or None) and `request.area`, the community being looked at; both lazily."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.person = SimpleLazyObject(lambda: _person(request))  # type: ignore[attr-defined]
        request.area = SimpleLazyObject(lambda: _area(request))  # type: ignore[attr-defined]
        return self.get_response(request)


def _person(request: HttpRequest) -> Person | None:
    user = request.user
    if not user.is_authenticated:
        return None
    if request.session.get("acting_for"):  # 亲情代办: who never switched pays nothing for it
        from linli.foundation.people.acting import acting_in

        user.acting = acting_in(request, user)
    return user


def _area(request: HttpRequest) -> Area | None:
    """The community of the session's choice if the person's roles reach it, else where they live or work."""
    person = _person(request)
    if person is None:
        return None
    chosen = request.session.get("area")
    codes = [s.area_code for s in person.standings if s.area_code]
    if chosen and any(chosen.startswith(code) for code in codes):
        return Area.objects.filter(code=chosen).first()
    if person.community is not None:
        return person.community
    first = min(codes, default="", key=lambda code: -len(code))
    below = Area.objects.filter(code__startswith=first[:12], level="community") if first else Area.objects.none()
    return below.order_by("code").first()


class PackMiddleware(GZipMiddleware):
    """Text travels packed; photos are packed already, and a stream must not wait for a buffer to fill.

    Django masks the CSRF token anew in each answer and pads the packed answer by chance, against BREACH.
    """

    def process_response(self, request: HttpRequest, response: HttpResponseBase) -> HttpResponseBase:
        if response.streaming or not response.headers.get("Content-Type", "").startswith(PACKED):
            return response
        return super().process_response(request, response)


PACKED = ("text/", "application/json", "application/problem+json", "application/manifest+json", "application/atom+xml",
          "application/geo+json", "image/svg+xml")


class RefusalMiddleware:
    """`Denied` becomes 404 (403 where the thing is visible); `Refused` a message and the way back, or 409."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        return wrong_method(request, response) if response.status_code == 405 else response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if isinstance(exception, Denied):
            if request.path.startswith("/api/"):
                return problem(403 if exception.visible else 404, "denied" if exception.visible else "not_found", "")
            return _page(request, 403) if exception.visible else not_found(request)
        if isinstance(exception, Refused) and exception.code == "disk_full" and not request.path.startswith("/api/"):
            return full_disk(request)  # a redirect would throw away what was typed
        if isinstance(exception, Refused):
            if request.path.startswith("/api/"):
                return problem(409, exception.code, str(exception.sentence), **exception.data)
            messages.error(request, str(exception.sentence))
            return HttpResponseRedirect(_way_back(request))
        if disk.is_full(exception):
            return full_disk(request)
        return None


def problem(status: int, code: str, sentence: str, **data: object) -> JsonResponse:
    """RFC 9457 problem+json."""
    body = {"type": f"about:blank#{code}", "title": code, "status": status, "detail": sentence, "code": code, **data}
    return JsonResponse(body, status=status, content_type="application/problem+json")


def _way_back(request: HttpRequest) -> str:
    back = request.META.get("HTTP_REFERER", "")
    safe = url_has_allowed_host_and_scheme(back, allowed_hosts={request.get_host()}, require_https=request.is_secure())
    return back if safe else "/"


def _page(request: HttpRequest, status: int) -> HttpResponse:
    return render(request, f"components/{status}.html", status=status)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """A place that is not there, or that is none of this person's business: the two look the same."""
    if request.path.startswith("/api/"):
        return problem(404, "not_found", _("没有这个地址，或者您看不到它。"))
    return _page(request, 404)


def wrong_method(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """An address behind a button, opened by itself: a page that says so and leads to the page with the button."""
    if request.path.startswith("/api/"):
        answer: HttpResponse = problem(405, "wrong_method", _("这个地址不收这种请求，收哪几种写在 Allow 里。"))
    elif request.method in ("GET", "HEAD"):
        answer = render(request, "components/405.html", {"back": _page_above(request)}, status=405)
    else:
        return response
    answer.headers["Allow"] = response.headers.get("Allow", "")
    return answer


def _page_above(request: HttpRequest) -> str:
    """Where one came from, else the nearest address above that is a page: of a case's button, the case."""
    came_from = _way_back(request)
    if came_from != "/" and urlsplit(came_from).path != request.path:
        return came_from
    parts = request.path.strip("/").split("/")
    for count in range(len(parts) - 1, 0, -1):
        above = f"/{'/'.join(parts[:count])}/"
        with suppress(Resolver404):
            resolve(above)
            return above
    return "/"


def full_disk(request: HttpRequest) -> HttpResponse:
    """Nothing could be written; what was typed is still in the sender's browser, and nothing of it was half kept."""
    log.critical("web.disk_full", extra={"path": request.path})
    _read_to_the_end(request)
    if request.path.startswith("/api/"):
        return problem(507, "disk_full", _("磁盘满了，这次没存上。您写的都还在，请告诉社区的人，过一会儿再发。"))
    return _page(request, 507)


def _read_to_the_end(request: HttpRequest) -> None:
    """Take the rest of an upload off the line: a browser that is still sending would see a broken line, no page."""
    stream = getattr(request, "_stream", None)
    with suppress(OSError, ValueError):
        while stream is not None and stream.read(262_144):
            pass


def broken(request: HttpRequest) -> HttpResponse:
    """Something broke here; what was typed is still in the sender's browser."""
    error = sys.exc_info()[1]
    if error is not None and disk.is_full(error):  # in a middleware, where no view stands
        return full_disk(request)
    if request.path.startswith("/api/"):
        return problem(500, "broken", _("这边出了错，已经记下来了。请过一会儿再试。"))
    return _page(request, 500)
