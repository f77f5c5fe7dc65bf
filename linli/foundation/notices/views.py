"""A person's own pages: inbox, one notice, settings, push and e-mail."""

from __future__ import annotations

import json

from django.contrib import messages
from django.http import Http404, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from linli.foundation.notices import actions, queries
from linli.foundation.notices.channels import email, push
from linli.foundation.notices.confirming import address_of
from linli.foundation.notices.forms import AddressForm, ChoicesForm
from linli.foundation.notices.models import EmailAddress, Notice, PushSubscription
from linli.foundation.web.middleware import Request, problem
from linli.foundation.web.refusals import Refused
from linli.foundation.web.views import keyset_page, refusal_shown_in, signed_in

LONGEST_BODY = 4096


@signed_in
def inbox_page(request: Request) -> HttpResponse:
    only = request.GET.get("only", "")
    page = keyset_page(queries.inbox(request.person, only=only), request, size=30)
    return render(request, "notices/inbox.html", {"page": page, "only": only})


@signed_in
def open_page(request: Request, pk: int) -> HttpResponse:
    """Opening a notice reads it and goes to what it is about; one that leads nowhere is shown itself."""
    notice = _mine(request, pk)
    actions.mark_read(request.person, notice)
    if notice.url and url_has_allowed_host_and_scheme(notice.url, allowed_hosts={request.get_host()}):
        return redirect(notice.url)
    return render(request, "notices/notice.html", {"notice": notice})


@signed_in
@require_POST
def read_page(request: Request, pk: int) -> HttpResponse:
    actions.mark_read(request.person, _mine(request, pk))
    return redirect("notices:inbox")


@signed_in
@require_POST
def read_all_page(request: Request) -> HttpResponse:
    actions.mark_all_read(request.person)
    messages.success(request, _("都标成已读了。"))
    return redirect("notices:inbox")


@signed_in
def settings_page(request: Request) -> HttpResponse:
    form = ChoicesForm(request.POST) if request.method == "POST" else ChoicesForm.of(request.person)
    if form.is_bound and form.is_valid():
        with refusal_shown_in(form):
            data = form.cleaned_data
            actions.choose(
                request.person, modes=form.modes(), quiet_from=data["quiet_from"], quiet_until=data["quiet_until"],
                digest_at=data["digest_at"], no_profile=data["no_profile"])
            messages.success(request, _("存好了，从现在起就按这样发。"))
            return redirect("notices:settings")
    return _settings(request, form, AddressForm())


def _settings(request: Request, form: ChoicesForm, address_form: AddressForm) -> HttpResponse:
    return render(request, "notices/settings.html", {
        "form": form, "address_form": address_form, "push_key": push.public_key(),
        "browsers": PushSubscription.objects.filter(person=request.person).count(),
        "has_email": email.server() is not None,
        "address": EmailAddress.objects.filter(person=request.person).first(),
    }, status=422 if form.errors or address_form.errors else 200)


@signed_in
@require_POST
def push_page(request: Request) -> HttpResponse:
    """Takes a browser's PushSubscription as JSON; 201, or problem+json that says why not."""
    try:
        body = json.loads(request.body) if len(request.body) <= LONGEST_BODY else {}
        keys = body["keys"]
        facts = {"endpoint": body["endpoint"], "p256dh": keys["p256dh"], "auth": keys["auth"]}
    except (ValueError, KeyError, TypeError):
        return problem(422, "bad_subscription", _("这个浏览器给的推送地址用不了。消息在站内也看得到。"))
    if not all(isinstance(value, str) for value in facts.values()):
        return problem(422, "bad_subscription", _("这个浏览器给的推送地址用不了。消息在站内也看得到。"))
    try:
        actions.subscribe(request.person, **facts)
    except Refused as refusal:
        return problem(422, refusal.code, str(refusal.sentence))
    return JsonResponse({"subscribed": True}, status=201)


@signed_in
@require_POST
def push_off_page(request: Request) -> HttpResponse:
    actions.unsubscribe(request.person)
    messages.success(request, _("推送关了，所有设备都不再响。"))
    return redirect("notices:settings")


@signed_in
@require_POST
def address_page(request: Request) -> HttpResponse:
    form = AddressForm(request.POST)
    if form.is_valid():
        with refusal_shown_in(form):
            actions.give_address(request.person, form.cleaned_data["address"])
            messages.success(request, _("确认邮件发出去了。点开里面的链接，三天内有效。"))
            return redirect("notices:settings")
    return _settings(request, ChoicesForm.of(request.person), form)


@signed_in
@require_POST
def address_off_page(request: Request) -> HttpResponse:
    actions.drop_address(request.person)
    messages.success(request, _("邮箱删掉了，不再往那里发。"))
    return redirect("notices:settings")


@signed_in
def confirm_email_page(request: Request, token: str) -> HttpResponse:
    """A link scanner may open the page; only the button confirms."""
    address = address_of(token)
    if address is None or address.person_id != request.person.pk:
        return render(request, "notices/confirm_email.html", {"address": None}, status=404)
    if request.method == "POST":
        actions.confirm_address(request.person, address)
        messages.success(request, _("邮箱确认好了。"))
        return redirect("notices:settings")
    return render(request, "notices/confirm_email.html", {"address": address})


def _mine(request: Request, pk: int) -> Notice:
    found: Notice | None = Notice.objects.visible_to(request.person).filter(pk=pk).first()
    if found is None:
        raise Http404
    return found
