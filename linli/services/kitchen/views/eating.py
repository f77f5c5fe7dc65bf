"""The eater's pages: this week's menus, ordering, mine, what I may not eat, standing orders, how it was."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from linli.foundation.calendar.clock import today
from linli.foundation.people.permit import may
from linli.foundation.privacy.consents import current_text, has_consent
from linli.foundation.web.middleware import Request
from linli.foundation.web.views import keyset_page, refusal_shown_in, signed_in
from linli.services.kitchen import words
from linli.services.kitchen.actions import eating, ordering
from linli.services.kitchen.forms import EaterForm, OrderForm, StandingForm, TasteForm
from linli.services.kitchen.models import HAD_IT, Menu, MenuState, Order, OrderState, Site, Standing, Way
from linli.services.kitchen.queries import menus as menu_reads, orders as reads, rounds, stock
from linli.services.kitchen.views.common import chosen, eaters, own_area, seen


@signed_in
@require_safe
def home(request: Request) -> HttpResponse:
    """This week's meals, mine on top, and what the kitchen has done, in sums."""
    area = own_area(request)
    mine: dict[int, list[Order]] = {}
    for order in reads.mine(request.person).filter(menu__on__gte=today(), menu__area=area).exclude(
            state__in=[OrderState.CANCELLED, OrderState.UNSERVED]):
        mine.setdefault(order.menu_id, []).append(order)
    profile = reads.profile(area, chosen(request, ""))
    week = [(card, mine.get(card.menu.pk, []), ordering.fit_of(card, profile)) for card in menu_reads.week(
        request.person, area) if card.menu.state != MenuState.DRAFT]
    return render(request, "kitchen/home.html", {
        "week": week, "thanks": stock.thanks(area), "site": Site.objects.filter(area=area).first(),
        "profile": profile, "bags": rounds.mine(request.person), "area_shown": area,
        "may_order": may(request.person, "kitchen.order", area)})


@signed_in
def menu(request: Request, pk: int) -> HttpResponse:
    """One meal: what it is, what it contains, and the order."""
    row: Menu = seen(Menu, request.person, pk, "area")
    people = eaters(request)
    form = OrderForm(request.POST, area=row.area, people=people) if request.method == "POST" else OrderForm(
        area=row.area, people=people, initial={"portions": 1, "subject": str(people[0].pk)})
    if form.is_valid():
        with refusal_shown_in(form):
            said = form.cleaned_data
            order = ordering.place(
                request.person, row, chosen(request, said.get("subject", "")), portions=said["portions"],
                way=said["way"], once=said["once"], note=said["note"], knows_diet=said["knows_diet"])
            if order.state == OrderState.WAITING:
                messages.success(request, _("候补排上了，有空出来的就给您，会告诉您。"))
            else:
                messages.success(request, _("订好了，%(menu)s。") % {"menu": str(row)})
            return redirect("kitchen:mine")
    card = menu_reads.card(row)
    picked = form.cleaned_data.get("subject", "") if form.is_bound else ""
    profile = reads.profile(row.area, chosen(request, picked))
    share = ordering.share_for(profile, row.area, row.on)
    return render(request, "kitchen/menu.html", {
        "card": card, "menu": row, "form": form, "profile": profile, "fit": ordering.fit_of(card, profile),
        "allergens": words.say("allergens", card.allergens, row.area),
        "diets": words.say("diets", card.diets, row.area), "price": words.money(row.price), "share": share,
        "orders": list(reads.mine(request.person).filter(menu=row).exclude(
            state__in=[OrderState.CANCELLED, OrderState.UNSERVED])),
        "may_order": may(request.person, "kitchen.order", row), "site": Site.objects.filter(area=row.area).first(),
    }, status=422 if form.errors else 200)


@signed_in
@require_safe
def mine(request: Request) -> HttpResponse:
    """What I and my family ordered; cancel, and say how it was."""
    area = own_area(request)
    page = keyset_page(reads.mine(request.person), request, size=20)
    queue = {order.pk: reads.place_in_queue(order) for order in page if order.state == OrderState.WAITING}
    return render(request, "kitchen/mine.html", {
        "page": page, "rows": [(order, queue.get(order.pk), order.state in HAD_IT) for order in page],
        "form": TasteForm(), "standings": reads.standings(request.person, area), "area_shown": area})


@signed_in
@require_POST
def cancel(request: Request, pk: int) -> HttpResponse:
    ordering.cancel(request.person, seen(Order, request.person, pk, "menu__area", "area", "person"))
    messages.success(request, _("取消了，空出来的给候补的人。"))
    return redirect("kitchen:mine")


@signed_in
def taste(request: Request, pk: int) -> HttpResponse:
    """How it was."""
    order: Order = seen(Order, request.person, pk, "menu__area", "area", "person")
    form = TasteForm(request.POST) if request.method == "POST" else TasteForm(
        initial={"taste": order.taste, "words_said": order.words})
    if form.is_valid():
        with refusal_shown_in(form):
            ordering.say_how(request.person, order, **form.cleaned_data)
            messages.success(request, _("记下了，谢谢您告诉厨房。"))
            return redirect("kitchen:mine")
    return render(request, "kitchen/taste.html", {"order": order, "form": form, "card": menu_reads.card(order.menu)},
                  status=422 if form.errors else 200)


@signed_in
def eater(request: Request) -> HttpResponse:
    """My door, and what I may not eat; or those of whom I act for."""
    area = own_area(request)
    person = chosen(request, "")
    row = reads.profile(area, person)
    known = {} if row is None else {
        "diets": row.diets, "allergies": sorted(row.allergy_codes), "building": row.building_id, "door": row.door,
        "door_words": row.door_words, "neighbour": row.neighbour, "contact": row.contact,
        "contact_phone": row.contact_phone, "home_from": row.home_from}
    form = EaterForm(request.POST, area=area) if request.method == "POST" else EaterForm(area=area, initial=known)
    if form.is_valid():
        with refusal_shown_in(form):
            eating.save_eater(request.person, area, person, **form.cleaned_data)
            messages.success(request, _("存好了。"))
            return redirect("kitchen:home")
    return render(request, "kitchen/eater.html", {
        "form": form, "subject": person if person.pk != request.person.pk else None,
        "agreed": has_consent(person, "kitchen.health"), "consent": current_text("kitchen.health"), "profile": row,
        "subsidy": words.say("subsidy", [row.subsidy], area) if row and row.subsidy else "",
    }, status=422 if form.errors else 200)


@signed_in
def standing(request: Request) -> HttpResponse:
    """A meal on so many days a week."""
    area = own_area(request)
    people = eaters(request)
    form = StandingForm(request.POST, people=people) if request.method == "POST" else StandingForm(
        people=people, initial={"way": Way.DELIVER})
    if form.is_valid():
        with refusal_shown_in(form):
            said = dict(form.cleaned_data)
            ordering.save_standing(request.person, area, chosen(request, said.pop("subject", "")), **said)
            messages.success(request, _("记下了。菜单一公布就给您订，不合您饮食的会告诉您。"))
            return redirect("kitchen:mine")
    return render(request, "kitchen/standing.html", {
        "form": form, "rows": reads.standings(request.person, area)}, status=422 if form.errors else 200)


@signed_in
@require_POST
def end_standing(request: Request, pk: int) -> HttpResponse:
    ordering.end_standing(request.person, seen(Standing, request.person, pk, "area", "person"))
    messages.success(request, _("停了。已经订上的，不要的请一份一份取消。"))
    return redirect("kitchen:mine")
