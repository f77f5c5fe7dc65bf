"""Phone number → code → done. The session carries ids only, never a number or a code."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from linli.foundation.calendar.clock import now
from linli.foundation.people import actions, limits, queries, webauthn
from linli.foundation.people.forms import CodeForm, JoinForm, PasswordSignInForm, PhoneForm, SecondForm
from linli.foundation.people.models import Person, SignInCode
from linli.foundation.people.views.client import client_at, number
from linli.foundation.web.refusals import Refused
from linli.foundation.web.views import refusal_shown_in, sent

NOTICE = "people.account/2026-11"
HALF_S = 600


@never_cache
def sign_in(request: HttpRequest) -> HttpResponse:
    """Ask for the phone number; the answer is the same whether it is known or not."""
    if request.person:  # type: ignore[attr-defined]
        return redirect(_next(request))
    form = PhoneForm(sent(request))
    if form.is_valid():
        with refusal_shown_in(form):
            code = actions.ask_code(form.cleaned_data["phone"], address=client_at(request).address)
            request.session["signing"] = {"code": code.pk, "next": _next(request)}
            return redirect("people:code")
    return render(request, "people/sign_in.html", {
        "form": form, "next": _next(request), "idle": request.GET.get("idle", "")[:3],
        "passkeys": webauthn.available(), "people": queries.demo_people() if settings.LINLI_DEMO else [],
    }, status=422 if form.errors else 200)


@never_cache
def code(request: HttpRequest) -> HttpResponse:
    """Take the code; a known phone is signed in, a new one goes on to choose its community."""
    row = _code_of(request)
    if row is None:
        return redirect("people:sign_in")
    form = CodeForm(sent(request))
    if form.is_valid():
        with refusal_shown_in(form):
            proof = actions.try_code(row.pk, form.cleaned_data["code"], address=client_at(request).address)
            person = Person.objects.by_phone(proof.phone).select_related("community").first()
            if person is None:
                return redirect("people:join")
            return _first_factor_done(request, person, how="code", proof=proof)
    return _code_page(request, form, row)


@require_POST
def more_time(request: HttpRequest) -> HttpResponse:
    """「再给我 3 分钟」."""
    row = _code_of(request)
    if row is None:
        return redirect("people:sign_in")
    form = _answerable()
    with refusal_shown_in(form):
        actions.extend_code(row.pk)
    return _code_page(request, form, row) if form.errors else redirect("people:code")


@require_POST
def again(request: HttpRequest) -> HttpResponse:
    """Send another code to the same phone."""
    row = _code_of(request)
    if row is None:
        return redirect("people:sign_in")
    form = _answerable()
    with refusal_shown_in(form):
        fresh = actions.ask_code(row.phone, address=client_at(request).address)
        request.session["signing"] = {**request.session["signing"], "code": fresh.pk}
    return _code_page(request, form, row) if form.errors else redirect("people:code")


@never_cache
def join(request: HttpRequest) -> HttpResponse:
    """A phone that is new here: choose the community, read in two lines what is kept, begin."""
    proof = actions.proven((request.session.get("signing") or {}).get("code"))
    if proof is None:
        return redirect("people:sign_in")
    communities = queries.communities()
    only = communities[0] if communities.count() == 1 else None
    form = JoinForm(sent(request), initial={"community": only})
    if form.is_valid():
        with refusal_shown_in(form):
            person = actions.join(proof, form.cleaned_data["community"], title=form.cleaned_data["title"],
                                  language=get_language() or "zh-hans", notice=NOTICE)
            return _enter(request, person, how="code")
    return render(request, "people/join.html", {"form": form}, status=422 if form.errors else 200)


@never_cache
def password(request: HttpRequest) -> HttpResponse:
    """For who has set a password; one sentence for every way it may be wrong."""
    form = PasswordSignInForm(sent(request))
    if form.is_valid():
        with refusal_shown_in(form):
            person = actions.check_password(
                form.cleaned_data["phone"], form.cleaned_data["password"], address=client_at(request).address)
            _remember_next(request)
            return _first_factor_done(request, person, how="password")
    return render(request, "people/password_sign_in.html", {"form": form, "next": _next(request)},
                  status=422 if form.errors else 200)


@never_cache
def second(request: HttpRequest) -> HttpResponse:
    """The authenticator's code, after the first factor was shown a moment ago."""
    half = request.session.get("half") or {}
    person = Person.objects.select_related("community").filter(pk=half.get("person", 0), is_active=True).first()
    if person is None or now().timestamp() - half["at"] > HALF_S:
        request.session.pop("half", None)
        return redirect("people:sign_in")
    form = SecondForm(sent(request))
    if form.is_valid():
        with refusal_shown_in(form):
            actions.check_second_factor(person, form.cleaned_data["code"])
            request.session.pop("half", None)
            return _enter(request, person, how=half["how"], strong=True)
    return render(request, "people/second.html", {"form": form}, status=422 if form.errors else 200)


@require_POST
def demo(request: HttpRequest) -> HttpResponse:
    """One tap, demo mode only, demo people only."""
    person = Person.objects.filter(pk=number(request.POST.get("person")), is_demo=True, is_active=True).first()
    if not settings.LINLI_DEMO or person is None:
        raise Http404
    _remember_next(request)
    return _enter(request, person, how="demo")


@never_cache
@require_GET
def passkey_options(request: HttpRequest) -> HttpResponse:
    """What the browser asks its authenticator; the challenge stays in the session."""
    if not webauthn.available():
        raise Http404
    options, challenge = webauthn.authentication()
    request.session["challenge"] = bytes_to_base64url(challenge)
    return HttpResponse(options, content_type="application/json")


@require_POST
def passkey(request: HttpRequest) -> HttpResponse:
    """The authenticator's answer: possession and the device's own unlock, so two factors at once."""
    challenge = request.session.pop("challenge", "")
    answer = _json(request)
    address = client_at(request).address
    try:
        limits.guard("", address)
        if not challenge or answer is None:
            raise Refused("passkey_unknown", "")
        person = actions.check_passkey(answer, base64url_to_bytes(challenge))
    except Refused as refusal:
        if address and refusal.code != "locked":
            limits.failed("", address)
        return JsonResponse({"code": refusal.code, "detail": str(refusal.sentence)}, status=422)
    request.session["signing"] = {"next": _next(request)}
    return JsonResponse({"next": _enter(request, person, how="passkey", strong=True).headers["Location"]})


@never_cache
def sign_out(request: HttpRequest) -> HttpResponse:
    """GET asks, POST does."""
    person = request.person  # type: ignore[attr-defined]
    if request.method == "POST":
        if person:
            actions.sign_out(request, request.user)  # type: ignore[arg-type]
        return redirect("people:sign_in")
    return render(request, "people/sign_out.html") if person else redirect("people:sign_in")


def _first_factor_done(request: HttpRequest, person: Person, *, how: str,
                       proof: SignInCode | None = None) -> HttpResponse:
    if not queries.has_second_factor(person):
        return _enter(request, person, how=how, proof=proof)
    if proof is not None:
        actions.spend(proof)
    request.session["half"] = {"person": person.pk, "how": how, "at": int(now().timestamp())}
    return redirect("people:second")


def _enter(request: HttpRequest, person: Person, *, how: str, strong: bool = False,
           proof: SignInCode | None = None) -> HttpResponse:
    target = (request.session.pop("signing", None) or {}).get("next") or "/"
    actions.open_door(request, person, how=how, client=client_at(request), strong=strong, code=proof)
    if person.is_staff and not strong and not settings.LINLI_DEMO:
        return redirect("people:second_factor")
    return redirect(target)


def _answerable() -> CodeForm:
    """The code form with nothing typed yet, which can show what an action refused."""
    form = CodeForm({})
    form.errors.clear()
    return form


def _code_page(request: HttpRequest, form: CodeForm, row: SignInCode) -> HttpResponse:
    return render(request, "people/code.html", {
        "form": form, "row": row, "is_over": row.expires_at <= now(), "minutes": limits.limit("code_life_minutes"),
        "shown": row.unsent if settings.LINLI_DEMO else "",
    }, status=422 if form.errors else 200)


def _code_of(request: HttpRequest) -> SignInCode | None:
    return SignInCode.objects.filter(pk=(request.session.get("signing") or {}).get("code", 0), spent_at=None).first()


def _next(request: HttpRequest) -> str:
    target: str = request.POST.get("next") or request.GET.get("next") or "/"
    here = {request.get_host()}
    return target if url_has_allowed_host_and_scheme(target, here, require_https=request.is_secure()) else "/"


def _remember_next(request: HttpRequest) -> None:
    request.session["signing"] = {"next": _next(request)}


def _json(request: HttpRequest) -> dict[str, Any] | None:
    try:
        found = json.loads(request.body)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
