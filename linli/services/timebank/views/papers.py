"""The papers: certificate, passbook; and the page on which anybody checks a certificate (R15, R23)."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from linli.foundation.calendar.clock import today
from linli.foundation.privacy.masks import mask_name
from linli.foundation.web.middleware import Request, not_found
from linli.foundation.web.views import signed_in
from linli.services.timebank import papers, queries
from linli.services.timebank.actions.proving import facts_of
from linli.services.timebank.models import Certificate
from linli.services.timebank.rules import certificate_hash
from linli.services.timebank.views.common import area_of, seen

PASSBOOK_LINES = 200


def pdf(content: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@signed_in
@require_safe
def certificate_pdf(request: Request, pk: int) -> HttpResponse:
    row: Certificate = seen(Certificate.objects.visible_to(request.person).select_related("person", "area"), pk)
    return pdf(papers.certificate(row), f"certificate-{row.number}")


@signed_in
@require_safe
def passbook_pdf(request: Request) -> HttpResponse:
    area = area_of(request)
    lines = queries.as_lines(request.person, list(queries.my_lines(request.person, area)[:PASSBOOK_LINES]))
    return pdf(papers.passbook(request.person, queries.mine(request.person, area), lines, today()), "passbook")


@require_safe
def verify(request: HttpRequest, token: str) -> HttpResponse:
    """Is this certificate real, unchanged and not revoked? Masked name, no sign-in, nothing else of the person."""
    row = Certificate.objects.filter(token=token).select_related("person", "area").first()
    if row is None:
        return not_found(request)
    return render(request, "timebank/verify.html", {
        "row": row, "name": mask_name(row.person.name) if row.person.name else _("（已注销）"),
        "intact": certificate_hash(facts_of(row)) == row.digest})
