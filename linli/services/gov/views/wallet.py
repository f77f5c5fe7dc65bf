"""The wallet: one's papers, one of them, a new one, showing one to a window; and the window that looks."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import segno
from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.foundation.files import limits_told, takes_files
from linli.foundation.files.receiving import refuse_big_files
from linli.foundation.people.acting import subject_of
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.people.queries import subjects_for
from linli.foundation.people.rules import parse_phone
from linli.foundation.policy import policy
from linli.foundation.privacy.consents import current_text, has_consent
from linli.foundation.web import Refused
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, refusal_shown_in, sent, signed_in, staff_only
from linli.services.gov import wallet as queries
from linli.services.gov.actions import wallet as verbs
from linli.services.gov.forms_outside import CodeForm, KeepForm, PaperForm, VerifyForm
from linli.services.gov.models import Paper, Showing

ROOM = "gov"


def family(person: Person) -> list[Person]:
    """Oneself and those one acts for here; whose turn it is just now comes first."""
    first = subject_of(person, ROOM)
    return sorted([person, *subjects_for(person, ROOM)], key=lambda one: one.pk != first.pk)


def chosen(people: list[Person], typed: str) -> Person:
    """The one of that number among `people`, else the first. Raises 404 for a number that is none of theirs."""
    if not typed:
        return people[0]
    found = next((one for one in people if str(one.pk) == typed), None)
    if found is None:
        raise Http404
    return found


def _paper(person: Person, pk: int) -> Paper:
    found: Paper | None = Paper.objects.visible_to(person).select_related("owner__community", "verified_by").filter(
        pk=pk).first()
    if found is None:
        raise Http404
    return found


@signed_in
@require_safe
def wallet(request: Request) -> HttpResponse:
    """The papers of one person: one's own, or of who gave a mandate."""
    people = family(request.person)
    owner = chosen(people, request.GET.get("who", ""))
    return render(request, "gov/wallet.html", {
        "page": keyset_page(queries.papers_of(request.person, owner), request, size=20), "people": people,
        "owner": owner, "is_own": owner.pk == request.person.pk})


@signed_in
@require_safe
def paper(request: Request, pk: int) -> HttpResponse:
    """One paper. The whole number only for its owner, and only when asked for."""
    row = _paper(request.person, pk)
    is_own = row.owner_id == request.person.pk
    return render(request, "gov/wallet_paper.html", {
        "paper": row, "is_own": is_own, "number": row.number if is_own and request.GET.get("number") else "",
        "has_scan": bool(queries.has_scan([row])), "uses": keyset_page(queries.history(row), request, size=20)})


@signed_in
@require_safe
def scan(request: Request, pk: int) -> HttpResponse:
    """The picture or PDF itself; kept by no cache."""
    row = Paper.objects.select_related("owner").filter(pk=pk).first()
    found = queries.scan_of(row) if row is not None and queries.may_open_scan(request.person, row) else None
    if found is None:
        raise Http404
    answer = HttpResponse(found[0], content_type=found[1])
    answer["Cache-Control"] = "private, no-store"
    answer["Content-Disposition"] = "inline"
    return answer


def _uploaded(request: Request) -> Any:
    """The photo, else the PDF. Raises `Refused` for what was too big to be let in."""
    refuse_big_files(request)
    return request.FILES.get("photo") or request.FILES.get("pdf")


@takes_files
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: Request) -> HttpResponse:
    """A paper of one's own, by photo or as PDF."""
    people = family(request.person)
    owner = chosen(people, (sent(request) or request.GET).get("who", ""))
    form = PaperForm(sent(request), people=people, has_agreed=has_consent(owner, verbs.PURPOSE),
                     initial={"once": uuid4().hex, "who": str(owner.pk), "licence": request.GET.get("licence", "")})
    if form.is_bound and form.is_valid():
        told = form.cleaned_data
        with refusal_shown_in(form):
            row = verbs.add_paper(
                request.person, owner, licence=told["licence"], number=told["number"], name=told["name"],
                valid_until=told["valid_until"], file=_uploaded(request), agreed=told.get("agreed", False),
                once=told["once"])
            messages.success(request, _("放好了。拿原件到窗口核对一次，以后办事都认。"))
            return redirect("gov:paper_in_wallet", row.pk)
    return render(request, "gov/wallet_add.html", {
        "form": form, "owner": owner, "limits": limits_told(verbs.PURPOSE), "text": current_text(verbs.PURPOSE)},
        status=422 if form.errors else 200)


@signed_in
@require_POST
def show(request: Request, pk: int) -> HttpResponse:
    """The code by which one window may look, once."""
    row = _paper(request.person, pk)
    code = verbs.show(request.person, row)
    url = f"{settings.LINLI_BASE_URL}{reverse('gov:wallet_window')}?code={code}"
    drawn = segno.make(url, error="m", micro=False).svg_inline(
        scale=5, border=2, omitsize=True, title=_("给窗口扫的码"), svgclass="code", lineclass=None)
    answer = render(request, "gov/wallet_show.html", {
        "paper": row, "code": f"{code[:4]} {code[4:]}", "spoken": " ".join(code),
        "minutes": int(policy("gov.wallet_code_minutes")),
        "drawn": mark_safe(drawn)})  # noqa: S308 - drawn by segno from our own address
    answer["Cache-Control"] = "private, no-store"
    return answer


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def drop(request: Request, pk: int) -> HttpResponse:
    """Ask first, then take it out."""
    row = _paper(request.person, pk)
    permit(request.person, "gov.drop_paper", row)
    if request.method == "POST":
        verbs.drop(request.person, row)
        messages.success(request, _("拿出来了，已经删掉。"))
        return redirect("gov:wallet")
    return render(request, "gov/wallet_drop.html", {
        "paper": row, "in_matters": row.uses.filter(kind="matter").exists()})


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def window(request: Request) -> HttpResponse:
    """The code that somebody shows at the window: typed, or brought here by scanning. Looking is a tap."""
    permit(request.person, "gov.see_shown")
    form = CodeForm(sent(request), initial={"code": request.GET.get("code", "")[:12]})
    if form.is_bound and form.is_valid():
        with refusal_shown_in(form):
            row = verbs.open_shown(request.person, form.cleaned_data["code"])
            return redirect("gov:wallet_shown", row.pk)
    return render(request, "gov/wallet_window.html", {"form": form}, status=422 if form.errors else 200)


@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def shown(request: Request, pk: int) -> HttpResponse:
    """What was shown to this window, for some minutes; the original beside it makes it a verified one."""
    row = Showing.objects.select_related("paper__owner").filter(pk=pk, opened_by=request.person).first()
    if row is None or row.paper.dropped_at is not None or not verbs.is_open(row):
        raise Http404
    form = VerifyForm(sent(request))
    if form.is_bound and form.is_valid():
        with refusal_shown_in(form):
            verbs.verify(request.person, row, **form.cleaned_data)
            messages.success(request, _("核对过了，以后办事都认这一张。"))
            return redirect("gov:wallet_shown", row.pk)
    return render(request, "gov/wallet_shown.html", {
        "showing": row, "paper": row.paper, "form": form, "has_scan": bool(queries.has_scan([row.paper]))},
        status=422 if form.errors else 200)


@takes_files
@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def keep(request: Request) -> HttpResponse:
    """Staff put a paper, seen in the original, into the wallet of who stands before them."""
    permit(request.person, "gov.verify_paper")
    form = KeepForm(sent(request), initial={"once": uuid4().hex})
    if form.is_bound and form.is_valid():
        told = form.cleaned_data
        with refusal_shown_in(form):
            verbs.keep_verified(
                request.person, _by_phone(told["phone"], request.person), licence=told["licence"], name=told["name"],
                number=told["number"], valid_until=told["valid_until"], file=_uploaded(request), once=told["once"])
            messages.success(request, _("放进本人的证照了，本人看得到是您核对的。"))
            return redirect("gov:wallet_window")
    return render(request, "gov/wallet_keep.html", {
        "form": form, "limits": limits_told(verbs.PURPOSE), "text": current_text(verbs.PURPOSE)},
        status=422 if form.errors else 200)


def _by_phone(typed: str, staff: Person) -> Person:
    """The account of that number that `staff` sees. Raises `Refused("no_account")`, the same for one elsewhere."""
    rows = Person.objects.by_phone(parse_phone(typed)).filter(is_active=True)
    found = rows.filter(pk__in=Person.objects.visible_to(staff)).select_related("community").first()
    if found is None:
        raise Refused("no_account", _("没有这个手机号的账号。请先让他登录一次，或者在居民页登记。"), field="phone")
    return found
