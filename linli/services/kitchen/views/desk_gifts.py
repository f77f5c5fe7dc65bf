"""The desk's pages of gifts: the queue, one gift with its answer, an offer entered for somebody at the door."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.foundation import audit
from linli.foundation.calendar.clock import now, today
from linli.foundation.policy import policy
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, refusal_shown_in, staff_only
from linli.services.kitchen import exporting, words
from linli.services.kitchen.actions import giving
from linli.services.kitchen.forms import AcceptForm, DeskGiftForm, ReceiveForm, WhyForm
from linli.services.kitchen.models import Gift, GiftState, Receipt
from linli.services.kitchen.views.common import kept, table, working_area

TABS = (GiftState.OFFERED, GiftState.ACCEPTED, GiftState.RECEIVED, GiftState.DECLINED)


@staff_only
@require_safe
def gifts(request: Request) -> HttpResponse:
    area = working_area(request)
    tab = request.GET.get("state", "")
    state = tab if tab in TABS else GiftState.OFFERED
    rows = Gift.objects.visible_to(request.person).filter(area=area, state=state).select_related("donor", "area")
    page = keyset_page(rows.order_by("-offered_at", "-pk"), request, size=30)
    return render(request, "kitchen/desk_gifts.html", {
        "page": page, "rows": [(one, words.amount(one.measure, one.amount)) for one in page], "tab": state,
        "tabs": [(one.value, one.label) for one in TABS]})


@staff_only
@require_safe
def gifts_csv(request: Request) -> HttpResponse:
    """The register of a year's gifts: `?year=2026`, else this year's."""
    area = working_area(request, "kitchen.export")
    typed = request.GET.get("year", "")
    year = int(typed) if typed.isdecimal() and len(typed) == 4 else today().year
    rows = Gift.objects.visible_to(request.person).filter(area=area, offered_at__year=year)
    audit.record(request.person, "kitchen.export", area, what="gifts", year=year)
    return table(exporting.register_of(rows.select_related("donor", "receipt").order_by("offered_at", "pk")),
                 f"kitchen-gifts-{year}")


@staff_only
def gift_new(request: Request) -> HttpResponse:
    """A donor without an account."""
    area = working_area(request)
    form = DeskGiftForm(request.POST, area=area) if request.method == "POST" else DeskGiftForm(area=area)
    if form.is_valid():
        with refusal_shown_in(form):
            said = form.cleaned_data
            donor = giving.enter_donor(request.person, area, name=said["name"], phone=said["phone"],
                                       is_body=said["is_body"])
            made = giving.offer_gift(request.person, donor, **form.facts())
            return redirect("kitchen:desk_gift", made.pk)
    return render(request, "kitchen/desk_gift_new.html", {
        "form": form, "refused": words.choices("refused_foods", area),
        "least": policy("kitchen.least_days_left", area=area)}, status=422 if form.errors else 200)


@staff_only
@require_safe
def gift(request: Request, pk: int) -> HttpResponse:
    return _page(request, _gift(request, pk))


def _gift(request: Request, pk: int) -> Gift:
    row: Gift = kept(Gift, request, pk, "area", "donor__person", "donor__area", "answered_by", "received_by")
    return row


def _page(request: Request, row: Gift, verb: str = "", form: Form | None = None) -> HttpResponse:
    """The forms that the gift's state asks for; the one that was sent with its errors."""
    start = (now() + timedelta(days=1)).replace(minute=0, second=0, microsecond=0)
    fresh = {
        "accept": AcceptForm(initial={"collect_at": start}), "decline": WhyForm(),
        "receive": ReceiveForm(area=row.area, initial={
            "counted": row.amount, "expires_on": row.expires_on, "storage": row.storage})}
    if form is not None:
        fresh[verb] = form
    return render(request, "kitchen/desk_gift.html", {
        "gift": row, "forms": fresh, "amount": words.amount(row.measure, row.amount),
        "counted": words.amount(row.measure, row.counted), "receipt": Receipt.objects.filter(gift=row).first(),
        "allergens": words.say("allergens", row.allergens, row.area), "lots": row.lots.select_related("ingredient"),
        "form": form}, status=422 if form is not None and form.errors else 200)


@staff_only
@require_POST
def gift_verb(request: Request, pk: int, verb: str) -> HttpResponse:
    row = _gift(request, pk)
    form: Form
    if verb == "accept":
        form = AcceptForm(request.POST)
    elif verb == "decline":
        form = WhyForm(request.POST)
    else:
        form = ReceiveForm(request.POST, area=row.area)
    if form.is_valid():
        with refusal_shown_in(form):
            if verb == "accept":
                giving.accept_gift(request.person, row, **form.cleaned_data)
                messages.success(request, _("约好了，已告诉捐赠人。"))
            elif verb == "decline":
                giving.decline_gift(request.person, row, **form.cleaned_data)
                messages.success(request, _("已告诉捐赠人这次不收。"))
            else:
                giving.receive_gift(request.person, row, **form.cleaned_data)
                messages.success(request, _("点收上架了，收据开好了。"))
            return redirect("kitchen:desk_gift", row.pk)
    return _page(request, row, verb, form)
