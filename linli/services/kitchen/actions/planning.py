"""Verbs of the menu: recipes, a day's menu, what it takes from the shelf, opening it, more or fewer, calling it off."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime

from django.db.transaction import atomic
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now, today
from linli.foundation.events import emit
from linli.foundation.notices import tell
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.web import Refused
from linli.mechanisms.ledger import queries as reads
from linli.services.kitchen import books, words
from linli.services.kitchen.actions import ordering
from linli.services.kitchen.models import (
    Ingredient,
    Lot,
    Menu,
    MenuLot,
    MenuState,
    Order,
    OrderState,
    Recipe,
    RecipeLine,
)
from linli.services.kitchen.queries import menus as queries


@atomic
def save_recipe(person: Person, area: Area, *, name: str, diets: Iterable[str], lines: Mapping[int, int],
                recipe: Recipe | None = None, is_active: bool = True) -> Recipe:
    """A dish and what goes into one portion of it (`lines`: ingredient id → amount in its measure).

    Raises `Denied`, `Refused`: name_taken, no_lines.
    """
    permit(person, "kitchen.plan", area)
    row = recipe or Recipe(area=area)
    if Recipe.objects.filter(area=area, name=name.strip()).exclude(pk=row.pk).exists():
        raise Refused("name_taken", _("已经有这道菜了。"), field="name")
    known = {one.pk: one for one in Ingredient.objects.filter(area=area, pk__in=list(lines))}
    wanted = {known[pk].pk: amount for pk, amount in lines.items() if pk in known and amount > 0}
    if not wanted:
        raise Refused("no_lines", _("请至少写一样食材，每份用多少。"))
    row.name, row.diets, row.is_active = name.strip()[:40], sorted(set(diets)), is_active
    row.save()
    row.lines.exclude(ingredient__in=wanted).delete()
    for ingredient, amount in sorted(wanted.items()):
        RecipeLine.objects.update_or_create(recipe=row, ingredient_id=ingredient, defaults={"amount": amount})
    audit.record(person, "kitchen.save_recipe", row, lines=len(wanted))
    return row


@atomic
def make_menu(person: Person, area: Area, *, on: date, serving: str, dishes: Sequence[Recipe], portions: int,
              price: int, serves_from: datetime, serves_until: datetime, cutoff_at: datetime) -> Menu:
    """Put a day's meal down, as a draft. Raises `Denied`, `Refused`: past, no_dishes, bad_times, taken, nothing."""
    permit(person, "kitchen.plan", area)
    if on < today():
        raise Refused("past", _("这一天已经过去了。"), field="on")
    if not dishes or any(dish.area_id != area.pk for dish in dishes):
        raise Refused("no_dishes", _("请至少选一道菜。"), field="dishes")
    if portions <= 0:
        raise Refused("nothing", _("请写做多少份。"), field="portions")
    if not cutoff_at <= serves_from < serves_until:
        raise Refused("bad_times", _("时间要按先后：截止、开始送、送完。"), field="cutoff_at")
    if Menu.objects.filter(area=area, on=on, serving=serving).exclude(state=MenuState.CANCELLED).exists():
        raise Refused("taken", _("这一餐已经排了，请改那一份。"), field="on")
    menu = Menu.objects.create(
        area=area, on=on, serving=serving, dishes=[dish.pk for dish in dishes], portions=portions, price=price,
        serves_from=serves_from, serves_until=serves_until, cutoff_at=cutoff_at, made_by=person)
    audit.record(person, "kitchen.make_menu", menu, portions=portions)
    return menu


@atomic
def fill(person: Person, menu: Menu) -> list[tuple[Ingredient, int]]:
    """Take what the menu needs from what expires first, and keep it in the ledger. Gives what is missing still.

    What was planned before is given back first, so it may be asked again after a recall or with more portions.
    Raises `Denied`, `Refused("too_late")`.
    """
    permit(person, "kitchen.plan", menu)
    row = locked(menu)
    if row.state not in (MenuState.DRAFT, MenuState.OPEN, MenuState.LOCKED):
        raise Refused("too_late", _("已经做了，不能再改用料。"))
    plan = queries.proposal(row)
    drop_plans(person, row)
    lots: Mapping[int, Lot] = Lot.objects.select_related("area", "ingredient").in_bulk(
        {pick.lot for pick in plan.picks})
    for pick in sorted(plan.picks, key=lambda one: (one.lot, one.recipe)):
        planned = MenuLot(menu=row, lot=lots[pick.lot], recipe_id=pick.recipe, amount=pick.amount)
        planned.save(force_insert=True)
        books.plan_with(person, planned)
    audit.record(person, "kitchen.fill", row, lots=len(plan.picks), short=len(plan.short))
    _warn_of_allergens(row)
    return queries.missing(row)


def drop_plans(person: Person | None, menu: Menu) -> None:
    """The menu keeps nothing on the shelf any more. Call while holding the lock on its row."""
    rows = menu.lots.filter(is_used=False).select_related("menu__area", "lot__area", "lot__ingredient")
    for row in list(rows.order_by("lot", "pk")):
        books.plan_no_more(person, row)
        row.delete()


def _warn_of_allergens(menu: Menu) -> None:
    """Who ordered before and may not eat what is in it now is told at once; the packing leaves the meal out."""
    for order, codes in ordering.conflicts(menu):
        if order.person is not None:
            tell(order.person, gettext_lazy(
                "%(menu)s 的用料换了，现在含有您过敏的东西，这份不会送给您。请取消或打厨房电话。"),
                about=order, key=f"kitchen.allergen.{order.pk}.{'.'.join(sorted(codes))}", urgent=True,
                values={"menu": menu.said}, url=reverse("kitchen:mine"))


@atomic
def open_menu(person: Person, menu: Menu) -> Menu:
    """Let people order: only what the shelf can give. Twice is once. Raises `Denied`, `Refused`: short, too_late."""
    permit(person, "kitchen.plan", menu)
    row = locked(menu)
    if row.state == MenuState.OPEN:
        return row
    if row.state != MenuState.DRAFT or now() >= row.cutoff_at:
        raise Refused("too_late", _("截止时间过了，不能再公布。"))
    short = queries.missing(row)
    if short:
        raise Refused("short", _("还缺：%(what)s。补货，或者少做几份。") % {"what": shortage(short)})
    account = books.portions(row)
    books.move(person, f"kitchen.menu.{row.pk}", books.side(account.book, "planned"), account, row.portions,
               verb="kitchen.plan", about=row)
    row.state = MenuState.OPEN
    row.save(update_fields=["state"])
    audit.record(person, "kitchen.open_menu", row, portions=row.portions)
    emit("kitchen.menu_opened", menu=row.pk)
    return row


def shortage(short: Sequence[tuple[Ingredient, int]]) -> str:
    """ "米 2 公斤、蛋 12 个"."""
    return _("、").join(f"{one.name} {words.amount(one.measure, amount)}" for one, amount in short)


@atomic
def change_portions(person: Person, menu: Menu, portions: int) -> Menu:
    """Cook more, or fewer than planned; who waits moves up at once. Never fewer than were ordered.

    The shelf is looked at again: more portions need more. Raises `Denied`, `Refused`: nothing, short, too_late.
    """
    permit(person, "kitchen.plan", menu)
    row = locked(menu)
    if row.state not in (MenuState.DRAFT, MenuState.OPEN, MenuState.LOCKED):
        raise Refused("too_late", _("已经做了，不能再改份数。"))
    if portions <= 0:
        raise Refused("nothing", _("请写做多少份。"), field="portions")
    before, row.portions, row.changes = row.portions, portions, row.changes + 1
    row.save(update_fields=["portions", "changes"])
    short = fill(person, row)
    if row.state != MenuState.DRAFT:
        if short and portions > before:
            raise Refused("short", _("还缺：%(what)s。补货，或者少做几份。") % {"what": shortage(short)},
                          field="portions")
        account = books.portions(row)
        planned = books.side(account.book, "planned")
        if portions != before:
            if portions < before and reads.balance(account).available < before - portions:
                raise Refused("ordered", _("已经订出去的比这还多，不能少于订的份数。"), field="portions")
            debit, credit = (planned, account) if portions > before else (account, planned)
            books.move(person, f"kitchen.menu.{row.pk}.{row.changes}", debit, credit, abs(portions - before),
                       verb="kitchen.plan", about=row)
        ordering.promote(row)
    audit.record(person, "kitchen.change_portions", row, before=before, after=portions)
    return row


@atomic
def cancel_menu(person: Person, menu: Menu, *, why: str) -> Menu:
    """Call it off: what it kept is given back, every order ends, everybody is told. Twice is once.

    Raises `Denied`, `Refused`: no_reason, too_late (cooked food is handed out or written off).
    """
    permit(person, "kitchen.plan", menu)
    row = locked(menu)
    if row.state == MenuState.CANCELLED:
        return row
    if row.state in (MenuState.COOKED, MenuState.CLOSED):
        raise Refused("too_late", _("已经做好了，不能取消。"))
    if len(why.strip()) < 2:
        raise Refused("no_reason", _("请写一句为什么取消，订餐的人会看到。"), field="why")
    was_open = row.state != MenuState.DRAFT
    drop_plans(person, row)
    living = [OrderState.PLACED, OrderState.PACKED, OrderState.WAITING]
    for order in Order.objects.filter(menu=row, state__in=living).select_related(
            "menu__area", "area", "person").order_by("pk"):
        if order.state != OrderState.WAITING:
            books.free_meal(person, order, verb="kitchen.plan")
        ordering.end(order, OrderState.CANCELLED)
        if order.person is not None:
            tell(order.person, gettext_lazy("%(menu)s 取消了：%(why)s"), about=order, urgent=True,
                 key=f"kitchen.cancelled.{order.pk}", url=reverse("kitchen:home"),
                 values={"menu": row.said, "why": why.strip()[:120]})
    if was_open:
        account = books.portions(row)
        books.move(person, f"kitchen.menu.{row.pk}.off", account, books.side(account.book, "planned"), row.portions,
                   verb="kitchen.plan", about=row)
    row.state, row.why_cancelled = MenuState.CANCELLED, why.strip()[:120]
    row.save(update_fields=["state", "why_cancelled"])
    audit.record(person, "kitchen.cancel_menu", row)
    return row


@atomic
def lock_menu(menu: Menu) -> bool:
    """By the clock, at the cut-off: the day's orders stand; who still waits is told there is nothing. False: it was."""
    row = locked(menu)
    if row.state != MenuState.OPEN or now() < row.cutoff_at:
        return False
    row.state = MenuState.LOCKED
    row.save(update_fields=["state"])
    ordering.end_waiting(row)
    audit.record(None, "kitchen.lock_menu", row)
    emit("kitchen.menu_locked", menu=row.pk)
    return True


def locked(menu: Menu) -> Menu:
    """The menu's row, locked: orders, promotions and changes of one menu go one after the other."""
    found: Menu = Menu.objects.select_for_update(of=("self",)).select_related("area").get(pk=menu.pk)
    return found
