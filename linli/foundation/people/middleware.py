"""What a session must be before it goes on: not idle too long, and for staff, shown to be two things at once."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlencode

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from linli.foundation.calendar.clock import now
from linli.foundation.people import limits
from linli.foundation.people.models import Person, SignInSession
from linli.foundation.web.middleware import problem

SEEN_EVERY_S = 60
# Signing in and out, the set-up of the second factor itself, and what makes a page look like one.
_OPEN = ("/sign-in/", "/sign-out/", "/me/security/", "/static/")


class SignInMiddleware:
    """Ends an idle staff session, and keeps staff without a second factor on its set-up page (等保 8.1.4.1).

    Belongs after `PersonMiddleware`. Costs no query of its own where a page asks for the person anyway;
    the time last seen is written once a minute at most.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/static/") or "_auth_user_id" not in request.session:
            return self.get_response(request)
        user = request.user
        if not isinstance(user, Person):
            return self.get_response(request)
        return self._checked(request, user) or self.get_response(request)

    def _checked(self, request: HttpRequest, person: Person) -> HttpResponse | None:
        moment = int(now().timestamp())
        seen = request.session.get("seen")
        if seen is not None and moment - seen > limits.limit("staff_idle_minutes") * 60 and person.is_staff:
            return _timed_out(request, person)
        if seen is None or moment - seen >= SEEN_EVERY_S:
            request.session["seen"] = moment
            SignInSession.objects.filter(session_key=request.session.session_key, ended=None).update(last_seen=now())
        if settings.LINLI_DEMO or request.session.get("strong") or not person.is_staff:
            return None
        if request.path.startswith(_OPEN):
            return None
        if request.path.startswith("/api/"):
            return problem(403, "second_factor", _("工作人员要先设好验证器。"))
        return HttpResponseRedirect(reverse("people:second_factor"))


def _timed_out(request: HttpRequest, person: Person) -> HttpResponse:
    limit = limits.limit("staff_idle_minutes")
    SignInSession.objects.filter(
        person=person, session_key=request.session.session_key, ended=None).update(ended=now())
    logout(request)
    request.user = AnonymousUser()
    if request.path.startswith("/api/"):
        return problem(401, "timed_out", _("太久没有操作，已经退出了。请重新登录。"))
    # The messages middleware comes later in the chain; the sentence travels in the address instead.
    target = request.get_full_path() if request.method == "GET" else "/"
    return HttpResponseRedirect(f"{reverse('people:sign_in')}?{urlencode({'next': target, 'idle': limit})}")
