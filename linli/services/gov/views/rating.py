"""Grading: the applicant's page, the same for who holds a printed slip, and the desk's list with its call-backs."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from linli.foundation import audit
from linli.foundation.people.models import Person
from linli.foundation.people.permit import may, permit
from linli.foundation.privacy.masks import mask_text
from linli.foundation.web import Denied
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, refusal_shown_in, sent, signed_in, staff_only
from linli.services.gov.actions import rating as verbs
from linli.services.gov.models import Application, Rating
from linli.services.gov.queries import rating as listing
from linli.services.gov.views import workforms as forms
from linli.services.gov.views.common import working_area


@never_cache
@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def rate(request: Request, number: str) -> HttpResponse:
    """Whose matter it was, or who filed it, says how it went."""
    row: Application | None = Application.objects.visible_to(request.person).filter(number=number).exclude(
        number="").select_related("version__item", "area", "case", "subject", "actor").first()
    if row is None:
        raise Http404
    permit(request.person, "gov.rate", row)
    return _rate(request, row, request.person, back=f"/gov/mine/{row.number}/")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def rate_paper(request: HttpRequest, token: str) -> HttpResponse:
    """The same by the code on a printed slip, without signing in. Nothing of the person is shown."""
    row = verbs.application_of(token)
    if row is None:
        return render(request, "gov/rate_unknown.html", status=404)
    return _rate(request, row, None, token=token)


def _rate(request: HttpRequest, row: Application, person: Person | None, *, token: str = "",
          back: str = "") -> HttpResponse:
    form = forms.RateForm(sent(request), application=row)
    if form.is_valid():
        with refusal_shown_in(form):
            given = form.cleaned_data
            verbs.rate(person, row, grade=given["grade"], reasons=given["reasons"], text=given["text"], token=token,
                       channel="slip" if token else "app")
            messages.success(request, _("记下了，谢谢您。给差评的，会有没经手的同事给您回话。"))
            return redirect(request.path)
    given_before = Rating.objects.filter(application=row).select_related("area").first()
    return render(request, "gov/rate.html", {
        "row": row, "form": form, "rating": given_before, "open": verbs.offered(row), "back_to": back,
        "reasons": verbs.told(given_before) if given_before else [], "phone": row.area.phone,
    }, status=422 if form.errors else 200)


@staff_only
@require_safe
def ratings(request: Request) -> HttpResponse:
    """What was said of this place, bad ones that wait for a call first."""
    area = working_area(request, "gov.ratings")
    which = request.GET.get("show", "waiting")
    which = which if which in ("waiting", "bad", "all") else "waiting"
    page = keyset_page(listing.of_area(area, which), request, size=30)
    return render(request, "gov/ratings.html", {
        "page": page, "which": which, "figures": listing.figures(area),
        "tabs": [("waiting", _("等回访")), ("bad", _("差评")), ("all", _("全部"))]})


@staff_only
@require_safe
def export(request: Request) -> HttpResponse:
    """The ratings as a sheet: grade, reasons, days; nobody's name."""
    area = working_area(request, "gov.ratings")
    content, count = listing.workbook_of(area)
    audit.record(request.person, "gov.export_ratings", area, count=count)
    answer = HttpResponse(
        content, content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet")
    answer["Content-Disposition"] = 'attachment; filename="ratings.xlsx"'
    return answer


@never_cache
@staff_only
@require_http_methods(["GET", "HEAD", "POST"])
def one(request: Request, pk: int) -> HttpResponse:
    """One rating: what was said, and the call-back by somebody who had no part."""
    row: Rating | None = Rating.objects.visible_to(request.person).filter(pk=pk).select_related(
        "area", "application__version__item", "application__subject", "called_by").first()
    if row is None:
        raise Http404
    permit(request.person, "gov.ratings", row)
    took_part = verbs.took_part(request.person, row.application)
    form = forms.CallBackForm(sent(request))
    if request.method == "POST" and took_part:
        raise Denied("gov.call_back", visible=True)
    if form.is_valid():
        with refusal_shown_in(form):
            verbs.call_back(request.person, row, **form.cleaned_data)
            messages.success(request, _("回访记下了。"))
            return redirect("gov:rating", pk)
    return render(request, "gov/rating.html", {
        "row": row, "form": form, "reasons": verbs.told(row), "said": mask_text(row.words), "took_part": took_part,
        "may_call": row.is_bad and row.called_at is None and may(request.person, "gov.call_back", row)
        and not took_part}, status=422 if form.errors else 200)
