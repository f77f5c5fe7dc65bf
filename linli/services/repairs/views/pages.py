"""The resident's other pages: the price list, the answer to a quote, a time for the visit, who pays."""

from __future__ import annotations

from datetime import datetime

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.foundation.areas.models import Compound
from linli.foundation.web import Denied, Refused
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import signed_in
from linli.mechanisms.cases import queries as cases
from linli.mechanisms.cases.models import Case
from linli.mechanisms.cases.parties import is_party
from linli.services.repairs import actions, queries, slots
from linli.services.repairs.models import Quote
from linli.services.repairs.views.report import area_of


@require_safe
@signed_in
def prices(request: Request) -> HttpResponse:
    """What may be charged where one lives; every compound of the community can be looked up."""
    code = request.person.area_code or getattr(area_of(request), "code", "")
    compounds = list(Compound.objects.filter(area__code__startswith=code[:12] or "-").select_related(
        "property_company").order_by("name"))
    mine = next((home.building.compound_id for home in queries.homes_of(request.person)), None)
    wanted = request.GET.get("compound", "")
    chosen = next((c for c in compounds if str(c.pk) == wanted), None) or next(
        (c for c in compounds if c.pk == mine), compounds[0] if compounds else None)
    posted = queries.posted_list(chosen)
    return render(request, "repairs/prices.html", {
        "compounds": compounds, "chosen": chosen, "posted": posted,
        "groups": queries.price_groups(posted) if posted else []})


def case_of(request: Request, number: str) -> Case:
    """A repair this person sees. Raises `Denied`."""
    try:
        case = cases.by_number(request.person, number)
    except (Case.DoesNotExist, ValueError):
        raise Denied("cases.see") from None
    if case.kind_code != "repair":
        raise Denied("cases.see")
    return case


@require_POST
@signed_in
def answer_quote(request: Request, pk: int) -> HttpResponse:
    """同意 or 不同意; the two weigh the same."""
    row = Quote.objects.visible_to(request.person).filter(pk=pk).select_related("case").first()
    if row is None:
        raise Denied("repairs.answer_quote")
    if request.POST.get("answer") == "agree":
        actions.agree_quote(request.person, row)
        messages.success(request, _("您同意了报价 %(total)s 元，师傅会动手。") % {"total": row.total})
    elif request.POST.get("answer") == "decline":
        actions.decline_quote(request.person, row, reason=request.POST.get("reason", ""))
        messages.success(request, _("您没同意这份报价，不用付钱。师傅会再跟您商量。"))
    else:
        raise Refused("no_answer", _("请点「同意」或「不同意」。"))
    return redirect("portal:case", number=row.case.number)


@require_POST
@signed_in
def visit(request: Request, number: str) -> HttpResponse:
    """The requester chooses when somebody may come."""
    case = case_of(request, number)
    starts, ends = window_of(case, request.POST.get("slot", ""))
    actions.agree_visit(request.person, case, starts, ends)
    messages.success(request, _("约好了，师傅会按时来。"))
    return redirect("portal:case", number=number)


@require_POST
@signed_in
def no_show(request: Request, number: str) -> HttpResponse:
    """师傅没来, says the requester, or the desk for them."""
    case = case_of(request, number)
    actions.fail_visit(request.person, case)
    messages.success(request, _("记下了，前台已经收到，会马上联系。您也可以现在再约一个时间。"))
    return redirect("portal:case" if is_party(request.person, case) else "desk:case", number=number)


def window_of(case: Case, key: str) -> tuple[datetime, datetime]:
    """The free window with that key. Raises `Refused`."""
    for window in slots.free_windows(case.area_code, case.unit_id, case):
        if window.key == key:
            return window.starts, window.ends
    raise Refused("full", _("这个时间约满了，请换一个。"), field="slot")


@require_POST
@signed_in
def dispute(request: Request, number: str) -> HttpResponse:
    """Not agreeing with who pays."""
    actions.dispute_payer(request.person, case_of(request, number), words=request.POST.get("words", ""))
    messages.success(request, _("记下了，物业和社区会联系您。谈不拢可以请调解员，不收费。"))
    return redirect("portal:case", number=number)
