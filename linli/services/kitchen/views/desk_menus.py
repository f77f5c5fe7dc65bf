"""The desk's pages of menus: recipes, a day's meal from plan to pot, its orders, labels, who eats."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.foundation import audit
from linli.foundation.calendar.clock import today
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.policy import policy
from linli.foundation.web import Refused
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, refusal_shown_in, staff_only
from linli.services.kitchen import exporting, papers, words
from linli.services.kitchen.actions import cooking, delivering, eating, ordering, planning
from linli.services.kitchen.forms import (
    CookForm,
    DeskOrderForm,
    EaterForm,
    MenuForm,
    PortionsForm,
    RecipeForm,
    SubsidyForm,
    WhyForm,
)
from linli.services.kitchen.models import Batch, Menu, MenuState, Order, OrderState, Recipe
from linli.services.kitchen.queries import menus as reads, orders as order_reads, stock
from linli.services.kitchen.views.common import by_name, by_phone, kept, pdf, table, working_area

PLAN = "kitchen.plan"


@staff_only
@require_safe
def menus(request: Request) -> HttpResponse:
    area = working_area(request, PLAN)
    rows = reads.cards(reads.recent(request.person, area)[:60])
    return render(request, "kitchen/desk_menus.html", {
        "rows": [(card, order_reads.counts(card.menu)) for card in rows if card.menu.on >= today()],
        "past": [(card, order_reads.counts(card.menu)) for card in reversed(rows) if card.menu.on < today()],
        "has_recipes": Recipe.objects.filter(area=area, is_active=True).exists()})


@staff_only
def menu_new(request: Request) -> HttpResponse:
    area = working_area(request, PLAN)
    day = today() + timedelta(days=2)
    begins = timezone.make_aware(datetime.combine(day, time(11, 0)))
    form = MenuForm(request.POST, area=area) if request.method == "POST" else MenuForm(area=area, initial={
        "on": day, "portions": 40, "yuan": 12, "serves_from": begins, "serves_until": begins + timedelta(minutes=90),
        "cutoff_at": begins - timedelta(hours=policy("kitchen.cutoff_hours", area=area))})
    if form.is_valid():
        with refusal_shown_in(form):
            said = dict(form.cleaned_data)
            price = int(said.pop("yuan") * 100)
            made = planning.make_menu(request.person, area, price=price, **{**said, "dishes": list(said["dishes"])})
            planning.fill(request.person, made)
            messages.success(request, _("排好了，已按到期日先后配料。看一眼再公布。"))
            return redirect("kitchen:desk_menu", made.pk)
    return render(request, "kitchen/form_page.html", {
        "form": form, "heading": _("排一餐"), "back": "kitchen:desk_menus"}, status=422 if form.errors else 200)


@staff_only
@require_safe
def menu(request: Request, pk: int) -> HttpResponse:
    return _page(request, _menu(request, pk))


def _menu(request: Request, pk: int) -> Menu:
    row: Menu = kept(Menu, request, pk, "area", verb=PLAN)
    return row


def _page(request: Request, row: Menu, form: Form | None = None, verb: str = "") -> HttpResponse:
    """The state, what it takes from the shelf, and the verbs of its state; the form that was sent with its errors."""
    card, done = reads.card(row), sum(row.batches.values_list("portions", flat=True))
    forms: dict[str, Form] = {
        "portions": PortionsForm(initial={"portions": row.portions}), "cancel": WhyForm(),
        "cook": CookForm(initial={"portions": row.portions - done})}
    if form is not None:
        forms[verb] = form
    planned = list(row.lots.select_related("lot__ingredient", "recipe").order_by("recipe", "pk"))
    short = reads.missing(row) if row.state in (MenuState.DRAFT, MenuState.OPEN, MenuState.LOCKED) else []
    return render(request, "kitchen/desk_menu.html", {
        "menu": row, "card": card, "forms": forms, "form": form, "counts": order_reads.counts(row),
        "planned": [(one, words.amount(one.lot.ingredient.measure, one.amount), one.lot.is_good_on(row.on))
                    for one in planned],
        "short": planning.shortage(short), "allergens": words.say("allergens", card.allergens, row.area),
        "diets": words.say("diets", card.diets, row.area), "price": words.money(row.price),
        "batches": row.batches.all(), "uncooked": row.portions - done,
        "conflicts": [(order, words.say("allergens", codes, row.area)) for order, codes in ordering.conflicts(row)],
        "tastes": order_reads.tastes(row, policy("kitchen.donor_people_least", area=row.area)),
    }, status=422 if form is not None and form.errors else 200)


@staff_only
@require_POST
def menu_verb(request: Request, pk: int, verb: str) -> HttpResponse:
    """One step of the day: plan, open, more or fewer, call off, cook, pack, close."""
    row = _menu(request, pk)
    form = {"portions": PortionsForm, "cancel": WhyForm, "cook": CookForm}.get(verb, Form)(request.POST)
    if form.is_valid():
        with refusal_shown_in(form):
            messages.success(request, _step(request.person, row, verb, form.cleaned_data))
            return redirect("kitchen:desk_menu", row.pk)
    return _page(request, row, form, verb)


def _step(person: Person, row: Menu, verb: str, said: dict[str, Any]) -> str:
    if verb == "fill":
        short = planning.fill(person, row)
        return _("配好了，还缺：%(what)s。") % {"what": planning.shortage(short)} if short else _("配好了，料都够。")
    if verb == "open":
        planning.open_menu(person, row)
        return _("公布了，可以订了。")
    if verb == "portions":
        planning.change_portions(person, row, said["portions"])
        return _("份数改了，候补的往前补了。")
    if verb == "cancel":
        planning.cancel_menu(person, row, why=said["why"])
        return _("取消了，订了的人都告诉了。")
    if verb == "cook":
        batch = cooking.cook(person, row, **said)
        return _("锅次 %(code)s 记好了，留样到 %(until)s。") % {
            "code": batch.code, "until": timezone.localtime(batch.sample_until).strftime("%m-%d %H:%M")}
    if verb == "pack":
        done = cooking.pack(person, row)
        return _("装了 %(packed)s 单，过敏没装 %(allergic)s 单，没有锅次 %(without)s 单。") % {
            "packed": len(done.orders), "allergic": len(done.allergic), "without": len(done.without)}
    closed = cooking.close_menu(person, row)
    return _("%(menu)s 收尾了，剩下的记成剩餐。") % {"menu": str(closed)}


@staff_only
@require_safe
def batch(request: Request, pk: int) -> HttpResponse:
    """One pot: back to the sacks, forward to the plates."""
    row: Batch = kept(Batch, request, pk, "menu", "area", "by", verb=PLAN)
    lots = [(one, words.amount(one.lot.ingredient.measure, one.amount)) for one in row.lots.select_related(
        "lot__ingredient", "lot__gift__donor")]
    return render(request, "kitchen/batch.html", {
        "batch": row, "lots": lots, "orders": row.orders.select_related("person").order_by("placed_at", "pk")})


@staff_only
@require_POST
def drop_sample(request: Request, pk: int) -> HttpResponse:
    row: Batch = kept(Batch, request, pk, "area", verb=PLAN)
    cooking.drop_sample(request.person, row)
    messages.success(request, _("留样处理了。"))
    return redirect("kitchen:batch", row.pk)


@staff_only
@require_safe
def recipes(request: Request) -> HttpResponse:
    area = working_area(request, PLAN)
    rows = Recipe.objects.filter(area=area).prefetch_related("lines__ingredient")
    return render(request, "kitchen/recipes.html", {
        "rows": [(one, words.say("diets", one.diets, area)) for one in rows]})


def _recipe_form(request: Request, row: Recipe | None, **more: Any) -> RecipeForm:
    if request.method == "POST":
        return RecipeForm(request.POST, **more)
    known = {"name": row.name, "diets": row.diets} if row else {}
    lines = dict(row.lines.values_list("ingredient", "amount")) if row else {}
    return RecipeForm(initial=known, lines=lines, **more)


@staff_only
def recipe_new(request: Request) -> HttpResponse:
    area = working_area(request, PLAN)
    form = _recipe_form(request, None, area=area)
    if form.is_valid():
        with refusal_shown_in(form):
            planning.save_recipe(request.person, area, name=form.cleaned_data["name"],
                                 diets=form.cleaned_data["diets"], lines=form.lines())
            return redirect("kitchen:recipes")
    return render(request, "kitchen/form_page.html", {
        "form": form, "heading": _("加一道菜"), "back": "kitchen:recipes"}, status=422 if form.errors else 200)


@staff_only
def recipe(request: Request, pk: int) -> HttpResponse:
    row: Recipe = kept(Recipe, request, pk, "area", verb=PLAN)
    form = _recipe_form(request, row, area=row.area)
    if form.is_valid():
        with refusal_shown_in(form):
            planning.save_recipe(request.person, row.area, name=form.cleaned_data["name"],
                                 diets=form.cleaned_data["diets"], lines=form.lines(), recipe=row)
            return redirect("kitchen:recipes")
    return render(request, "kitchen/form_page.html", {
        "form": form, "heading": row.name, "back": "kitchen:recipes"}, status=422 if form.errors else 200)


@staff_only
@require_safe
def orders(request: Request, pk: int) -> HttpResponse:
    """The day's list."""
    row = _menu(request, pk)
    page = keyset_page(order_reads.of_menu(row), request, size=100)
    return render(request, "kitchen/orders.html", {
        "menu": row, "page": page, "counts": order_reads.counts(row),
        "wrong": {order.pk for order, _codes in ordering.conflicts(row)}})


@staff_only
@require_safe
def orders_csv(request: Request, pk: int) -> HttpResponse:
    row = _menu(request, pk)
    permit(request.person, "kitchen.export", row)
    audit.record(request.person, "kitchen.export", row, what="orders")
    return table(exporting.orders_of(row), f"kitchen-orders-{row.on:%Y%m%d}-{row.serving}")


@staff_only
@require_safe
def labels_pdf(request: Request, pk: int) -> HttpResponse:
    row = _menu(request, pk)
    rows = list(order_reads.of_menu(row).filter(state=OrderState.PACKED).select_related("stop__round"))
    if not rows:
        raise Refused("nothing", _("还没有装好的餐，先装餐再打标签。"))
    rows.sort(key=lambda one: (one.stop.round.number, one.stop.position) if hasattr(one, "stop") else (999, one.pk))
    return pdf(papers.labels(row, rows), f"labels-{row.on:%Y%m%d}-{row.serving}")


@staff_only
def order_new(request: Request, pk: int) -> HttpResponse:
    """Somebody rings."""
    row = _menu(request, pk)
    permit(request.person, "kitchen.order_for", row)
    form = DeskOrderForm(request.POST) if request.method == "POST" else DeskOrderForm(initial={
        "phone": "", "way": "deliver"})
    if form.is_valid():
        with refusal_shown_in(form):
            said = form.cleaned_data
            who = by_phone(said["phone"]) if said["phone"] else by_name(row.area, said["name"])
            order = ordering.place(
                request.person, row, who, portions=said["portions"], way=said["way"], channel=said["channel"],
                once=said["once"], note=said["note"], knows_diet=said["knows_diet"])
            said_back = _("%(who)s 订好了。") if order.state == OrderState.PLACED else _("%(who)s 排上候补了。")
            messages.success(request, said_back % {"who": who.shown_name})
            return redirect("kitchen:orders", row.pk)
    return render(request, "kitchen/order_new.html", {
        "form": form, "menu": row, "allergens": words.say("allergens", reads.card(row).allergens, row.area)},
        status=422 if form.errors else 200)


@staff_only
@require_safe
def order(request: Request, pk: int) -> HttpResponse:
    """One meal, back to the sacks it came from."""
    row: Order = kept(Order, request, pk, "menu__area", "area", "person", "batch", "by")
    return render(request, "kitchen/order.html", {
        "order": row, "sacks": stock.back(row), "price": words.money(row.price), "own": words.money(row.own_cents),
        "subsidy": words.money(row.subsidy)})


@staff_only
@require_POST
def order_verb(request: Request, pk: int, verb: str) -> HttpResponse:
    row: Order = kept(Order, request, pk, "menu__area", "area", "person")
    if verb == "cancel":
        ordering.cancel(request.person, row)
        messages.success(request, _("取消了，空出来的给候补的人。"))
    else:
        delivering.hand_out(request.person, row, came=verb == "given")
        messages.success(request, _("记下了。"))
    return redirect("kitchen:orders", row.menu_id)


@staff_only
def eater(request: Request, pk: int) -> HttpResponse:
    """What the kitchen must know of somebody, told at the window or by telephone."""
    area = working_area(request, "kitchen.order_for")
    person: Person = get_object_or_404(Person.objects.visible_to(request.person).filter(
        community__code__startswith=area.code), pk=pk)
    row = order_reads.profile(area, person)
    known = {} if row is None else {
        "diets": row.diets, "allergies": sorted(row.allergy_codes), "building": row.building_id, "door": row.door,
        "door_words": row.door_words, "neighbour": row.neighbour, "contact": row.contact,
        "contact_phone": row.contact_phone, "home_from": row.home_from}
    form = EaterForm(request.POST, area=area) if request.method == "POST" else EaterForm(area=area, initial=known)
    if form.is_valid():
        with refusal_shown_in(form):
            eating.save_eater(request.person, area, person, channel="window", **form.cleaned_data)
            messages.success(request, _("存好了。"))
            return redirect("kitchen:desk_eater", person.pk)
    return render(request, "kitchen/desk_eater.html", {
        "form": form, "eater": person, "profile": row, "subsidy_form": SubsidyForm(area=area, initial={
            "code": row.subsidy if row and row.subsidy else "none", "source": row.subsidy_source if row else ""}),
        "share": ordering.share_for(row, area, today()), "had": ordering.had_this_month(person, today())},
        status=422 if form.errors else 200)


@staff_only
@require_POST
def subsidy(request: Request, pk: int) -> HttpResponse:
    area = working_area(request, "kitchen.subsidise")
    person: Person = get_object_or_404(Person.objects.visible_to(request.person).filter(
        community__code__startswith=area.code), pk=pk)
    form = SubsidyForm(request.POST, area=area)
    if not form.is_valid():
        raise Refused("no_class", _("没有这一类补贴。"))
    eating.set_subsidy(request.person, area, person, **form.cleaned_data)
    messages.success(request, _("补贴类别记好了。"))
    return redirect("kitchen:desk_eater", person.pk)
