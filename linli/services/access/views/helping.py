"""Residents' pages: works asked for, and neighbours who guide."""

from __future__ import annotations

from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from linli.foundation.people.models import Residency
from linli.foundation.web import Refused
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, refusal_shown_in, signed_in
from linli.services.access.actions import guiding as verbs, works as work_verbs
from linli.services.access.forms import AskGuideForm, GuideForm, MinutesForm, WorkForm, thing_lists
from linli.services.access.models import GuideRequest
from linli.services.access.queries import guiding, works
from linli.services.access.views.common import here, sent


@signed_in
@require_safe
def works_page(request: Request) -> HttpResponse:
    """The works I asked for, and how it goes from request to acceptance."""
    here(request)
    return render(
        request, "access/works.html", {"page": keyset_page(works.own_works(request.person), request, size=20)}
    )


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def ask_work(request: Request) -> HttpResponse:
    area = here(request)
    form = WorkForm(*thing_lists(request.person, area), sent(request), initial={"once": uuid4().hex})
    if form.is_valid():
        with refusal_shown_in(form):
            given = form.cleaned_data
            lived = (
                Residency.objects.filter(person=request.person, area=area, state=Residency.State.CONFIRMED)
                .select_related("home")
                .first()
            )
            case = work_verbs.ask_work(
                request.person,
                area,
                category=given["category"],
                text=given["text"],
                place=given["place"],
                once=given["once"],
                home=lived.home if lived else None,
                **form.thing,
            )
            return redirect("portal:receipt", case.number)
    return render(request, "access/ask_work.html", {"form": form}, status=422 if form.errors else 200)


@signed_in
@require_safe
def guides(request: Request) -> HttpResponse:
    """Whom I asked for, whom I guide, and my own offer."""
    return _guides(request)


def _guides(request: Request, *, minutes: MinutesForm | None = None, about: int = 0) -> HttpResponse:
    area = here(request)
    return render(
        request,
        "access/guides.html",
        {
            "place": area,
            "asked": list(guiding.asked_by(request.person)[:30]),
            "given": list(guiding.given_to(request.person)[:30]),
            "guide": guiding.own_guide(request.person),
            "minutes": minutes or MinutesForm(),
            "about": about,
        },
        status=422 if minutes is not None else 200,
    )


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def ask_guide(request: Request) -> HttpResponse:
    area = here(request)
    form = AskGuideForm(sent(request), initial={"once": uuid4().hex})
    if form.is_valid():
        with refusal_shown_in(form):
            verbs.ask_guide(request.person, area, **form.cleaned_data)
            messages.success(request, _("收到了。社区找到人就告诉您；没找到也会打电话给您。"))
            return redirect("access:guides")
    return render(request, "access/ask_guide.html", {"form": form, "place": area}, status=422 if form.errors else 200)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def offer_guide(request: Request) -> HttpResponse:
    """Sign up, or change what I offer."""
    area = here(request)
    own = guiding.own_guide(request.person)
    form = GuideForm(sent(request), initial={"kinds": own.kinds, "when": own.when} if own else None)
    if form.is_valid():
        with refusal_shown_in(form):
            verbs.offer_guide(request.person, area, **form.cleaned_data)
            messages.success(request, _("谢谢您。社区先和您见一面，讲讲怎么带、怎么推，再给您安排。"))
            return redirect("access:guides")
    return render(request, "access/offer_guide.html", {"form": form, "guide": own}, status=422 if form.errors else 200)


@signed_in
@require_POST
def leave_guide(request: Request) -> HttpResponse:
    here(request)
    own = guiding.own_guide(request.person)
    if own is None:
        raise Refused("not_open", _("您没有报名，不用退出。"))
    verbs.leave_guide(request.person, own)
    messages.success(request, _("退出了。以后想再来，随时报名。"))
    return redirect("access:guides")


def _own(request: Request, pk: int) -> GuideRequest:
    """One the person asked for or guides, or works with; to others it is not there."""
    row: GuideRequest = get_object_or_404(
        GuideRequest.objects.visible_to(request.person).select_related("area", "guide__person"), pk=pk
    )
    return row


@signed_in
@require_POST
def guiding_step(request: Request, pk: int, verb: str) -> HttpResponse:
    """cancel, confirm, or report with minutes; back to where one came from: the portal's page, or the desk's."""
    row = _own(request, pk)
    back = "access:desk_guides" if request.POST.get("desk") else "access:guides"
    if verb == "cancel":
        verbs.cancel_guiding(request.person, row)
        messages.success(request, _("取消了，陪您的人也会收到消息。"))
    elif verb == "confirm":
        verbs.confirm_guiding(request.person, row)
        messages.success(request, _("好，时长记下了。"))
    else:
        form = MinutesForm(request.POST)
        if form.is_valid():
            with refusal_shown_in(form):
                verbs.report_guiding(request.person, row, minutes=form.cleaned_data["minutes"])
                messages.success(request, _("记下了，请被陪的人点一下「时长对」。"))
                return redirect(back)
        return _guides(request, minutes=form, about=row.pk)
    return redirect(back)
