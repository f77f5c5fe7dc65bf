"""The certificate as a PDF, and the page on which anybody checks it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from linli.foundation.privacy.masks import mask_name
from linli.foundation.web.middleware import Request, not_found
from linli.foundation.web.views import signed_in
from linli.services.learning import catalogue, papers
from linli.services.learning.actions.proving import facts_of
from linli.services.learning.models import Certificate
from linli.services.learning.rules import certificate_hash
from linli.services.learning.views.common import seen


@signed_in
@require_safe
def certificate(request: Request, pk: int) -> HttpResponse:
    row: Certificate = seen(Certificate.objects.visible_to(request.person).select_related("person", "area"), pk)
    answer = HttpResponse(papers.certificate(row), content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="certificate-{row.number}.pdf"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


@require_safe
def verify(request: HttpRequest, token: str) -> HttpResponse:
    """Is this certificate real, unchanged and not revoked? Masked name, no sign-in, nothing else of the person."""
    row = Certificate.objects.filter(token=token).select_related("person", "area").first()
    if row is None:
        return not_found(request)
    return render(request, "learning/verify.html", {
        "row": row, "name": mask_name(row.person.name) if row.person.name else _("（已注销）"),
        "skills": [catalogue.skill_title(code) for code in row.skills],
        "intact": certificate_hash(facts_of(row)) == row.digest})
