"""「登录和安全」: what guards the account, and where it is open."""

from __future__ import annotations

import io
import json

import pyotp
import segno
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_POST
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from linli.foundation.people import actions, queries, webauthn
from linli.foundation.people.forms import PasswordForm, SecondForm
from linli.foundation.people.models import Passkey, SignInSession
from linli.foundation.web.middleware import Request
from linli.foundation.web.refusals import Refused
from linli.foundation.web.views import refusal_shown_in, sent, signed_in


@never_cache
@signed_in
def security(request: Request) -> HttpResponse:
    return render(request, "people/security.html", {
        "has_second": queries.has_second_factor(request.person), "passkeys_possible": webauthn.available(),
        "passkeys": Passkey.objects.visible_to(request.person).order_by("created"),
        "open_count": queries.sign_ins_of(request.person).count(),
        "has_password": request.person.has_usable_password()})


@never_cache
@signed_in
def sessions(request: Request) -> HttpResponse:
    """The devices that are signed in; each, or all but this one, may be signed out."""
    return render(request, "people/sessions.html", {
        "rows": queries.sign_ins_of(request.person), "here": request.session.session_key})


@require_POST
@signed_in
def end_session(request: Request, pk: int) -> HttpResponse:
    row = get_object_or_404(SignInSession.objects.visible_to(request.person), pk=pk)
    actions.end_sign_in(request.person, row)
    return redirect("people:sessions")


@require_POST
@signed_in
def end_others(request: Request) -> HttpResponse:
    count = actions.end_other_sign_ins(request.person, keep=request.session.session_key or "")
    messages.success(request, _("让 %(count)d 台设备退出了，只留下这一台。") % {"count": count})
    return redirect("people:sessions")


@sensitive_post_parameters("present", "password")
@never_cache
@signed_in
def password(request: Request) -> HttpResponse:
    """Set, change, or with `remove` give up the password."""
    if request.method == "POST" and "remove" in request.POST:
        actions.remove_password(request.person)
        update_session_auth_hash(request, request.person)
        messages.success(request, _("不用密码了。以后用短信验证码登录。"))
        return redirect("people:security")
    form = PasswordForm(sent(request))
    if not request.person.has_usable_password():
        del form.fields["present"]
    if form.is_valid():
        with refusal_shown_in(form):
            actions.set_password(
                request.person, form.cleaned_data["password"], present=form.cleaned_data.get("present", ""))
            update_session_auth_hash(request, request.person)
            messages.success(request, _("密码换好了。别的设备都要重新登录。"))
            return redirect("people:security")
    return render(request, "people/password.html", {
        "form": form, "has_password": request.person.has_usable_password()}, status=422 if form.errors else 200)


@never_cache
@signed_in
def second_factor(request: Request) -> HttpResponse:
    """Set the authenticator up; where it is set, new recovery codes or its end."""
    form = SecondForm(sent(request))
    done = queries.has_second_factor(request.person)
    must = request.person.is_staff
    if form.is_valid():
        with refusal_shown_in(form):
            if done and "drop" in request.POST:
                actions.check_second_factor(request.person, form.cleaned_data["code"])
                actions.drop_second_factor(request.person)
                request.session["strong"] = False
                messages.success(request, _("验证器取消了。"))
                return redirect("people:security")
            take = actions.fresh_recovery_codes if done else actions.confirm_second_factor
            codes = take(request.person, form.cleaned_data["code"])
            request.session["strong"] = True
            return render(request, "people/recovery_codes.html", {"codes": codes})
    context: dict[str, object] = {"form": form, "done": done, "must": must}
    if not done:
        secret = actions.start_second_factor(request.person).secret
        context |= {"secret": " ".join(secret[at:at + 4] for at in range(0, len(secret), 4)),
                    "picture": _picture(pyotp.TOTP(secret).provisioning_uri(
                        name=request.person.masked_phone, issuer_name="Linli"))}
    return render(request, "people/second_factor.html", context, status=422 if form.errors else 200)


@never_cache
@require_GET
@signed_in
def passkey_options(request: Request) -> HttpResponse:
    if not webauthn.available():
        raise Http404
    known = list(Passkey.objects.visible_to(request.person).values_list("credential", flat=True))
    options, challenge = webauthn.registration(request.person.pk, request.person.shown_name, known)
    request.session["challenge"] = bytes_to_base64url(challenge)
    return HttpResponse(options, content_type="application/json")


@require_POST
@signed_in
def passkey(request: Request) -> HttpResponse:
    """Keep the credential the browser made."""
    challenge = request.session.pop("challenge", "")
    try:
        answer = json.loads(request.body)
        kept = actions.register_passkey(
            request.person, answer, base64url_to_bytes(challenge), name=str(answer.get("name", "")))
    except Refused as refusal:
        return JsonResponse({"code": refusal.code, "detail": str(refusal.sentence)}, status=422)
    except (ValueError, AttributeError):
        said = _("设备的回答没有通过核对。请再试一次，或先不设。")
        return JsonResponse({"code": "passkey_bad", "detail": said}, status=422)
    return JsonResponse({"id": str(kept.pk)}, status=201)


@require_POST
@signed_in
def remove_passkey(request: Request, pk: int) -> HttpResponse:
    row = get_object_or_404(Passkey.objects.visible_to(request.person), pk=pk)
    actions.remove_passkey(request.person, row)
    return redirect("people:security")


def _picture(address: str) -> str:
    out = io.BytesIO()
    segno.make(address, error="m").save(
        out, kind="svg", xmldecl=False, svgns=True, scale=5, border=4, light="white", nl=False)
    # Made by segno out of our own words: nothing in it was typed by anybody.
    return mark_safe(out.getvalue().decode())  # noqa: S308
