"""The donor's pages: offer, follow, sign, receipt; one page for each gift (慈善法 第42条)."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.foundation.people.permit import permit
from linli.foundation.policy import policy
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, refusal_shown_in, signed_in
from linli.services.kitchen import papers, words
from linli.services.kitchen.actions import giving
from linli.services.kitchen.forms import GiftForm
from linli.services.kitchen.models import Donor, Gift, Receipt, Site
from linli.services.kitchen.queries import stock
from linli.services.kitchen.views.common import own_area, pdf, seen


@signed_in
@require_safe
def gifts(request: Request) -> HttpResponse:
    """What I gave, and how to give."""
    area = own_area(request)
    return render(request, "kitchen/gifts.html", {
        "page": keyset_page(stock.gifts(request.person), request, size=20),
        "donor": Donor.objects.filter(area=area, person=request.person).first(), "thanks": stock.thanks(area)})


@signed_in
def gift_new(request: Request) -> HttpResponse:
    """Offer something."""
    area = own_area(request)
    permit(request.person, "kitchen.give", area)
    form = GiftForm(request.POST, area=area) if request.method == "POST" else GiftForm(
        area=area, initial={"name": request.person.name or request.person.title})
    if form.is_valid():
        with refusal_shown_in(form):
            donor = giving.donor_of(request.person, area, name=form.cleaned_data["name"])
            made = giving.offer_gift(request.person, donor, **form.facts())
            messages.success(request, _("收到了您的心意。厨房看过就答复您。"))
            return redirect("kitchen:gift", made.pk)
    return render(request, "kitchen/gift_new.html", {
        "form": form, "refused": words.choices("refused_foods", area), "site": Site.objects.filter(area=area).first(),
        "least": policy("kitchen.least_days_left", area=area)}, status=422 if form.errors else 200)


def _gift(request: Request, pk: int) -> Gift:
    row: Gift = seen(Gift, request.person, pk, "area", "donor__person", "donor__area", "ingredient")
    permit(request.person, "kitchen.own_gift", row)
    return row


@signed_in
@require_safe
def gift(request: Request, pk: int) -> HttpResponse:
    """What became of it."""
    row = _gift(request, pk)
    return render(request, "kitchen/gift.html", {
        "gift": row, "became": stock.became(row), "receipt": Receipt.objects.filter(gift=row).first(),
        "amount": words.amount(row.measure, row.amount), "counted": words.amount(row.measure, row.counted),
        "allergens": words.say("allergens", row.allergens, row.area),
        "site": Site.objects.filter(area=row.area).first(),
        "least": policy("kitchen.donor_people_least", area=row.area)})


@signed_in
@require_POST
def gift_verb(request: Request, pk: int, verb: str) -> HttpResponse:
    row = _gift(request, pk)
    if verb == "withdraw":
        giving.withdraw_gift(request.person, row)
        messages.success(request, _("撤回了，没关系。"))
    elif verb == "sign":
        giving.sign_agreement(request.person, row)
        messages.success(request, _("协议签好了，您可以下载一份。"))
    else:
        giving.allow_name(request.person, row.donor, is_named=verb == "name")
        messages.success(request, _("名字可以公开了，随时可以改回来。") if verb == "name" else _("名字不公开了。"))
    return redirect("kitchen:gift", row.pk)


@signed_in
@require_safe
def receipt_pdf(request: Request, pk: int) -> HttpResponse:
    row = Receipt.objects.filter(gift=_gift(request, pk)).select_related("gift__donor", "handler").first()
    if row is None or not row.is_paper:
        raise Http404
    return pdf(papers.receipt(row), f"receipt-{row.number}")


@signed_in
@require_safe
def agreement_pdf(request: Request, pk: int) -> HttpResponse:
    row = _gift(request, pk)
    if not row.wants_agreement or row.collect_at is None:
        raise Http404
    return pdf(papers.agreement(row), f"agreement-{row.pk}")
