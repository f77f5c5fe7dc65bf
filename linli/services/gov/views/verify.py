"""What goes out and what is checked: letters and results as PDFs, the public check of a result, papers to fill in."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from linli.foundation.areas.models import Area
from linli.foundation.web import Denied
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import signed_in
from linli.services.gov import letters, results
from linli.services.gov.actions import applying
from linli.services.gov.models import Application
from linli.services.gov.models.letters import Letter, Result
from linli.services.gov.queries import items
from linli.services.gov.views.common import area_of, public


@require_safe
def verify(request: HttpRequest, token: str) -> HttpResponse:
    """Is this result real and does it hold? Anybody may ask; of the person there is a masked name and nothing more."""
    found = results.check(token)
    return render(request, "gov/verify.html", {"found": found}, status=200 if found else 404)


@never_cache
@signed_in
@require_safe
def letter(request: Request, number: str, pk: int) -> HttpResponse:
    """A letter, for who sees the application. ?large=1, ?lang=en."""
    row: Letter | None = Letter.objects.visible_to(request.person).filter(
        pk=pk, application__number=number).select_related("application").first()
    if row is None:
        raise Http404
    return _pdf(letters.pdf(row, large=_large(request), language=_language(request)), f"letter-{row.number}")


@never_cache
@signed_in
@require_safe
def result(request: Request, number: str, pk: int) -> HttpResponse:
    """A result document, for who sees the application."""
    row: Result | None = Result.objects.visible_to(request.person).filter(
        pk=pk, application__number=number).select_related("application__version").first()
    if row is None:
        raise Http404
    return _pdf(letters.result(row, large=_large(request), language=_language(request)), f"result-{row.number}")


@require_safe
def blank_form(request: HttpRequest, slug: str) -> HttpResponse:
    """An item's form to print and fill in by hand; each print has its own code."""
    row = public(slug, area_of(request))
    if not row.is_published or letters.forms.form_of(row.version) is None:
        raise Http404
    made = letters.paper_form(row.version, area=area_of(request), large=_large(request), language=_language(request))
    return _pdf(made, f"form-{slug}")


@require_safe
def blank_mandate(request: HttpRequest, slug: str) -> HttpResponse:
    """授权委托书 for an item, to print and sign."""
    row = public(slug, area_of(request))
    made = letters.mandate(row.version, area=area_of(request), large=_large(request), language=_language(request))
    return _pdf(made, f"mandate-{slug}")


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def paper(request: Request, token: str) -> HttpResponse:
    """The code on a paper form: looked at, it says what it is for; sent, it begins the draft or goes on with it."""
    read = letters.read_paper(token)
    if read is None:
        raise Http404
    slug, once, code = read
    area = Area.objects.filter(code=code).first() or area_of(request)
    row = items.published(slug, area)
    if row is None:
        raise Http404
    begun: Application | None = Application.objects.visible_to(request.person).filter(once=once).first()
    # Who files for others at the counter begins it there, with who it is for; here one begins for oneself.
    may_begin = not request.person.is_staff
    if request.method == "POST":
        if begun is None and not may_begin:
            raise Denied("gov.apply", visible=True)
        return redirect(applying.fill_url(begun or applying.begin(request.person, item=slug, area=area, once=once)))
    return render(request, "gov/paper.html", {"row": row, "begun": begun, "may_begin": may_begin})


def _pdf(content: bytes, name: str) -> HttpResponse:
    answer = HttpResponse(content, content_type="application/pdf")
    answer["Content-Disposition"] = f'inline; filename="{name}.pdf"'
    answer["X-Content-Type-Options"] = "nosniff"
    return answer


def _large(request: HttpRequest) -> bool:
    return request.GET.get("large") == "1"


def _language(request: HttpRequest) -> str:
    return request.GET.get("lang") or get_language() or "zh"

