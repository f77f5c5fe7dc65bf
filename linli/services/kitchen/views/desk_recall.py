"""The desk's pages of a recall: what it would reach, the one action, whom to ring."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.foundation import audit
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, refusal_shown_in, staff_only
from linli.services.kitchen import papers, words
from linli.services.kitchen.actions import recalling
from linli.services.kitchen.forms import RecallForm
from linli.services.kitchen.models import Eater, Lot, Recall, RecallCall
from linli.services.kitchen.queries import stock
from linli.services.kitchen.views.common import kept, pdf, working_area


@staff_only
def recall_new(request: Request, pk: int) -> HttpResponse:
    """Asks first: says what would be stopped and who would be told, then does it all."""
    row: Lot = kept(Lot, request, pk, "ingredient", "area", "gift__donor", verb="kitchen.recall")
    former = row.recalls.first()
    if former is not None:
        return redirect("kitchen:recall", former.pk)
    form = RecallForm(request.POST) if request.method == "POST" else RecallForm()
    if form.is_valid():
        with refusal_shown_in(form):
            made = recalling.recall(request.person, row, **form.cleaned_data)
            messages.success(request, _("召回做完了：该停的停了，该告诉的告诉了。下面是要打电话的人。"))
            return redirect("kitchen:recall", made.pk)
    what = recalling.reach(row)
    return render(request, "kitchen/recall_new.html", {
        "lot": row, "form": form, "shelf": stock.on_shelf([row])[0],
        "stops": sum(one.portions for one in what.stops), "eaten": sum(one.portions for one in what.eaten),
        "pots": what.pots, "people": len({one.person_id for one in [*what.stops, *what.eaten]}),
        "silent": sum(one.person is not None and not one.person.phone for one in [*what.stops, *what.eaten])},
        status=422 if form.errors else 200)


@staff_only
@require_safe
def recalls(request: Request) -> HttpResponse:
    area = working_area(request, "kitchen.recall")
    rows = Recall.objects.visible_to(request.person).filter(area=area).select_related("lot__ingredient", "by").order_by(
        "-at", "-pk")
    return render(request, "kitchen/recalls.html", {"page": keyset_page(rows, request, size=30)})


@staff_only
@require_safe
def recall(request: Request, pk: int) -> HttpResponse:
    """What it did, and the list to ring."""
    row: Recall = kept(Recall, request, pk, "lot__ingredient", "area", "by", verb="kitchen.recall")
    measure = row.lot.ingredient.measure
    calls = list(row.calls.select_related("person", "order__menu", "called_by"))
    calls.sort(key=lambda one: (one.called_at is not None, not one.by_phone, not one.had_it, one.pk))
    return render(request, "kitchen/recall.html", {
        "recall": row, "calls": calls, "open": sum(one.called_at is None for one in calls),
        "shelf": words.amount(measure, row.shelf), "pots": words.amount(measure, row.pots)})


@staff_only
@require_POST
def called(request: Request, pk: int) -> HttpResponse:
    row: RecallCall = kept(RecallCall, request, pk, "recall__area", verb="kitchen.recall")
    recalling.called(request.person, row, answer=request.POST.get("answer", ""))
    return redirect("kitchen:recall", row.recall_id)


@staff_only
@require_safe
def calls_pdf(request: Request, pk: int) -> HttpResponse:
    """The whole numbers on paper, because people are rung from it: printing is written down."""
    row: Recall = kept(Recall, request, pk, "lot__ingredient", "area", verb="kitchen.recall")
    calls = list(row.calls.select_related("person"))
    contacts = {one.person_id: one for one in Eater.objects.filter(
        area=row.area, person__in=[call.person_id for call in calls])}
    lines = []
    for call in calls:
        if call.person is None:
            continue
        profile = contacts.get(call.person_id or 0)
        number = call.person.phone or (f"{profile.contact} {profile.contact_phone}".strip() if profile else "")
        door = f"{profile.building or ''} {profile.door}".strip() if profile else ""
        lines.append((call.person.name or call.person.shown_name, number or door or _("没有电话，请上门"),
                      _("吃了") if call.had_it else _("还没送")))
    audit.record(request.person, "kitchen.print_calls", row, people=len(lines))
    return pdf(papers.call_list(row, lines, request.person), f"recall-{row.pk}")
