"""The desk: what waits today, the shelf, one lot, throwing away, counting, ingredients."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from linli.foundation import audit
from linli.foundation.calendar.clock import now, today
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, refusal_shown_in, staff_only
from linli.services.kitchen import exporting, words
from linli.services.kitchen.actions import stocking
from linli.services.kitchen.forms import IngredientForm, LotForm, Once, SiteForm, WasteForm
from linli.services.kitchen.models import Batch, Ingredient, Lot, Site, StockTake
from linli.services.kitchen.queries import menus, orders, rounds, stock
from linli.services.kitchen.views.common import kept, table, words_of, working_area


@staff_only
@require_safe
def desk(request: Request) -> HttpResponse:
    """Doors that stayed shut, food that runs out, offers that wait, the meals of these days, samples that are due."""
    area = working_area(request)
    cards = menus.week(request.person, area, days=3)
    return render(request, "kitchen/desk.html", {
        "alerts": rounds.open_alerts(request.person).filter(area=area), "dates": stock.running_out(area, today()),
        "gifts": stock.waiting_gifts(request.person, area)[:20], "site": Site.objects.filter(area=area).first(),
        "menus": [(card, orders.counts(card.menu), menus.missing(card.menu) if card.menu.state in (
            "draft", "open", "locked") else []) for card in cards],
        "samples": Batch.objects.filter(area=area, sample_gone_at=None, sample_until__lte=now()).order_by(
            "sample_until", "pk")[:20]})


@staff_only
def site(request: Request) -> HttpResponse:
    area = working_area(request)
    row = Site.objects.filter(area=area).first()
    known = {} if row is None else {"name": row.name, "phone": row.phone, "organisation": row.organisation_id,
                                    "facility": row.facility_id}
    form = SiteForm(request.POST, area=area) if request.method == "POST" else SiteForm(area=area, initial=known)
    if form.is_valid():
        with refusal_shown_in(form):
            stocking.save_site(request.person, area, **form.cleaned_data)
            messages.success(request, _("存好了。"))
            return redirect("kitchen:desk")
    return render(request, "kitchen/form_page.html", {
        "form": form, "heading": _("厨房"), "back": "kitchen:desk"}, status=422 if form.errors else 200)


@staff_only
@require_safe
def stock_list(request: Request) -> HttpResponse:
    """What lies on the shelves, what expires first on top."""
    area = working_area(request)
    sought = words_of(request)
    page = keyset_page(stock.lots(request.person, area, ingredient_words=sought), request)
    shown = stock.on_shelf(page.rows)
    return render(request, "kitchen/stock.html", {"page": page, "rows": shown, "words": sought, "area_shown": area})


@staff_only
@require_safe
def stock_csv(request: Request) -> HttpResponse:
    area = working_area(request, "kitchen.export")
    audit.record(request.person, "kitchen.export", area, what="stock")
    rows = stock.on_shelf(stock.lots(request.person, area))
    return table(exporting.shelf_of(rows), f"kitchen-stock-{today():%Y%m%d}")


@staff_only
def lot_new(request: Request) -> HttpResponse:
    """A lot that was not given."""
    area = working_area(request)
    form = LotForm(request.POST, area=area) if request.method == "POST" else LotForm(area=area)
    if form.is_valid():
        with refusal_shown_in(form):
            made = stocking.shelve(request.person, area, **form.cleaned_data)
            messages.success(request, _("上架了，批次号 %(code)s。") % {"code": made.code})
            return redirect("kitchen:lot", made.pk)
    return render(request, "kitchen/form_page.html", {
        "form": form, "heading": _("不是捐的，直接入库"), "back": "kitchen:stock"}, status=422 if form.errors else 200)


@staff_only
@require_safe
def lot(request: Request, pk: int) -> HttpResponse:
    """One lot: by the book, and every plate it became."""
    row: Lot = kept(Lot, request, pk, "ingredient", "area", "gift__donor", "received_by")
    return _lot_page(request, row, WasteForm(area=row.area))


def _lot_page(request: Request, row: Lot, form: WasteForm) -> HttpResponse:
    moves = [(move, words.amount(row.ingredient.measure, abs(move.amount))) for move in stock.moves(row)]
    return render(request, "kitchen/lot.html", {
        "lot": row, "shelf": stock.on_shelf([row])[0], "moves": moves, "trace": stock.forward(row), "form": form,
        "allergens": words.say("allergens", row.allergens, row.area), "recall": row.recalls.first(),
        "amount": words.amount(row.ingredient.measure, row.amount)}, status=422 if form.errors else 200)


@staff_only
def waste(request: Request, pk: int) -> HttpResponse:
    """Throw some away, and say why."""
    row: Lot = kept(Lot, request, pk, "ingredient", "area", "gift__donor", "received_by")
    if request.method != "POST":
        return redirect("kitchen:lot", row.pk)
    form = WasteForm(request.POST, area=row.area)
    if form.is_valid():
        with refusal_shown_in(form):
            stocking.waste(request.person, row, **form.cleaned_data)
            messages.success(request, _("记下了。"))
            return redirect("kitchen:lot", row.pk)
    return _lot_page(request, row, form)


@staff_only
def count(request: Request) -> HttpResponse:
    """盘点: what is found is what the books say from now on."""
    area = working_area(request)
    rows = [one for one in stock.on_shelf(stock.lots(request.person, area)[:300]) if one.left or one.state == "good"]
    form = Once(request.POST) if request.method == "POST" else Once()
    if form.is_valid():
        counts = stocking.as_counts(request.POST.dict())
        with refusal_shown_in(form):
            made = stocking.take_stock(request.person, area, counts, once=form.cleaned_data["once"])
            changed = sum(before != after for _pk, before, after in made.counts)
            messages.success(request, _("点了 %(lots)s 批，改了 %(changed)s 批。") % {
                "lots": len(made.counts), "changed": changed})
            return redirect("kitchen:stock")
    return render(request, "kitchen/count.html", {
        "rows": [(one, request.POST.get(f"lot-{one.lot.pk}", "")) for one in rows], "form": form,
        "last": StockTake.objects.filter(area=area).select_related("by").first()}, status=422 if form.errors else 200)


@staff_only
def ingredients(request: Request) -> HttpResponse:
    """What the kitchen cooks with, and what each contains by its nature."""
    area = working_area(request)
    form = IngredientForm(request.POST, area=area) if request.method == "POST" else IngredientForm(area=area)
    if form.is_valid():
        with refusal_shown_in(form):
            stocking.save_ingredient(request.person, area, **form.cleaned_data)
            messages.success(request, _("加好了。"))
            return redirect("kitchen:ingredients")
    rows = [(one, words.say("allergens", one.allergens, area)) for one in Ingredient.objects.filter(area=area)]
    return render(request, "kitchen/ingredients.html", {"form": form, "rows": rows},
                  status=422 if form.errors else 200)


@staff_only
def ingredient(request: Request, pk: int) -> HttpResponse:
    row: Ingredient = kept(Ingredient, request, pk, "area")
    known = {"name": row.name, "measure": row.measure, "allergens": row.allergens}
    form = IngredientForm(request.POST, area=row.area) if request.method == "POST" else IngredientForm(
        area=row.area, initial=known)
    if form.is_valid():
        with refusal_shown_in(form):
            stocking.save_ingredient(request.person, row.area, ingredient=row, **form.cleaned_data)
            messages.success(request, _("存好了。"))
            return redirect("kitchen:ingredients")
    return render(request, "kitchen/form_page.html", {
        "form": form, "heading": row.name, "back": "kitchen:ingredients"}, status=422 if form.errors else 200)
