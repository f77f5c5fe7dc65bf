"""Verbs of the shelf: the kitchen itself, ingredients, a lot that comes in, what is thrown away, a count, dates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.areas.models import Area, Facility
from linli.foundation.calendar.clock import today
from linli.foundation.people.models import Organisation, Person
from linli.foundation.people.permit import permit
from linli.foundation.web import Refused
from linli.services.kitchen import books, words
from linli.services.kitchen.models import (
    Gift,
    Ingredient,
    Lot,
    LotState,
    MenuLot,
    Site,
    StockTake,
)


@atomic
def save_site(person: Person, area: Area, *, name: str, phone: str, facility: Facility | None = None,
              organisation: Organisation | None = None) -> Site:
    """Write down the kitchen of the community, or change it. Raises `Denied`."""
    permit(person, "kitchen.keep", area)
    row, _made = Site.objects.update_or_create(area=area, defaults={
        "name": name.strip(), "phone": phone.strip(), "facility": facility, "organisation": organisation})
    audit.record(person, "kitchen.save_site", row)
    return row


def locked_site(area: Area) -> Site:
    """The kitchen of the community, locked: what is numbered one after the other is numbered under it.

    Raises `Refused("no_kitchen")`.
    """
    row: Site | None = Site.objects.select_for_update(of=("self",)).select_related("area", "organisation").filter(
        area=area).first()
    if row is None:
        raise Refused("no_kitchen", _("这里还没有登记厨房。请社区先在「厨房」页写下名称和电话。"))
    return row


@atomic
def save_ingredient(person: Person, area: Area, *, name: str, measure: str, allergens: Iterable[str] = (),
                    ingredient: Ingredient | None = None) -> Ingredient:
    """Write an ingredient down, or correct its allergens. Its measure stays once a lot of it came in.

    Raises `Denied`, `Refused`: name_taken, has_lots.
    """
    permit(person, "kitchen.keep", area)
    row = ingredient or Ingredient(area=area)
    if Ingredient.objects.filter(area=area, name=name.strip()).exclude(pk=row.pk).exists():
        raise Refused("name_taken", _("已经有这样食材了。"), field="name")
    if ingredient is not None and row.measure != measure and row.lots.exists():
        raise Refused("has_lots", _("这样食材已经有批次，不能再改计量。"), field="measure")
    row.name, row.measure, row.allergens = name.strip()[:40], measure, sorted(set(allergens))
    row.save()
    audit.record(person, "kitchen.save_ingredient", row)
    return row


@atomic
def shelve(person: Person, area: Area, *, ingredient: Ingredient, amount: int, expires_on: date, storage: str,
           allergens: Iterable[str] = (), source: str = "", label: str = "", gift: Gift | None = None) -> Lot:
    """Put a lot on the shelf and into the book. Past or recalled goods are refused (慈善法 第36条).

    Raises `Denied`, `Refused`: no_kitchen, nothing, expired, recalled, no_source.
    """
    permit(person, "kitchen.keep", area)
    if amount <= 0:
        raise Refused("nothing", _("请写点下来有多少。"), field="amount")
    if expires_on < today():
        raise Refused("expired", _("已经过期的不能收（慈善法 第36条）。"), field="expires_on")
    refuse_recalled(area, label)
    if gift is None and not source.strip():
        raise Refused("no_source", _("请写从哪里来的，例如 社区经费采购。"), field="source")
    site = locked_site(area)
    count = Lot.objects.filter(area=area, code__startswith=f"{today():%y%m%d}-").count()
    lot = Lot(area=site.area, ingredient=ingredient, code=f"{today():%y%m%d}-{count + 1:02d}", gift=gift,
              source=source.strip()[:80], label=label.strip()[:40], amount=amount, expires_on=expires_on,
              storage=storage, allergens=sorted(set(allergens) | set(ingredient.allergens)), received_by=person)
    lot.save(force_insert=True)
    account = books.shelf(lot)
    books.move(person, f"kitchen.lot.{lot.pk}", books.side(account.book, "given"), account, amount,
               verb="kitchen.keep", about=lot)
    audit.record(person, "kitchen.shelve", lot, amount=amount)
    return lot


def refuse_recalled(area: Area, label: str) -> None:
    """Raises `Refused("recalled")` where a lot of the same maker's number was called back here."""
    if label.strip() and Lot.objects.filter(area=area, state=LotState.RECALLED, label=label.strip()).exists():
        raise Refused("recalled", _("这个厂家批号召回过，不能收（慈善法 第36条）。"), field="label")


@atomic
def waste(person: Person, lot: Lot, *, amount: int, reason: str, once: str) -> Lot:
    """Throw some of a lot away and say why; what a menu plans with stays. The same `once` counts once.

    Raises `Denied`, `Refused`: no_reason, nothing, short.
    """
    permit(person, "kitchen.keep", lot)
    if reason not in {code for code, _word in words.choices("waste_reasons", lot.area)}:
        raise Refused("no_reason", _("请选为什么扔掉。"), field="reason")
    if amount <= 0:
        raise Refused("nothing", _("请写扔掉多少。"), field="amount")
    account = books.shelf(lot)
    books.move(person, f"kitchen.waste.{lot.pk}.{once[:40]}", account, books.side(account.book, "wasted"), amount,
               verb="kitchen.keep", about=lot, reason=reason)
    audit.record(person, "kitchen.waste", lot, amount=amount, reason=reason)
    return lot


@atomic
def take_stock(person: Person, area: Area, counts: Mapping[int, int], *, once: str) -> StockTake:
    """盘点: what lies on the shelves becomes what the books say. The same `once` counts once.

    `counts`: lot id → grams or pieces found. A lot cannot be counted below what menus plan with: re-plan first.
    Raises `Denied`, `Refused`: nothing, short.
    """
    permit(person, "kitchen.keep", area)
    locked_site(area)
    found: StockTake | None = StockTake.objects.filter(area=area, once=once[:40]).first()
    if found is not None:
        return found
    lots = list(Lot.objects.select_related("area", "ingredient").filter(area=area, pk__in=list(counts)).order_by("pk"))
    if not lots:
        raise Refused("nothing", _("请至少点一批。"))
    take = StockTake(area=area, by=person, once=once[:40])
    standing = books.left_of(lots)
    take.counts = [[lot.pk, standing[lot.pk].posted, max(0, counts[lot.pk])] for lot in lots]
    take.save(force_insert=True)
    for lot, (_pk, before, after) in zip(lots, take.counts, strict=True):
        if before == after:
            continue
        account = books.shelf(lot)
        counted = books.side(account.book, "counted")
        debit, credit = (counted, account) if after > before else (account, counted)
        books.move(person, f"kitchen.count.{take.pk}.{lot.pk}", debit, credit, abs(after - before),
                   verb="kitchen.keep", about=lot, reason="counted")
    audit.record(person, "kitchen.take_stock", take, lots=len(lots),
                 changed=sum(before != after for _pk, before, after in take.counts))
    return take


@atomic
def block_expired(lot: Lot) -> bool:
    """By the clock: a lot past its date is blocked, and menus that planned with it must plan anew. False: it was."""
    row: Lot = Lot.objects.select_for_update(of=("self",)).select_related("area", "ingredient").get(pk=lot.pk)
    if row.state != LotState.USABLE or row.expires_on >= today():
        return False
    row.state = LotState.EXPIRED
    row.save(update_fields=["state"])
    drop_plans(None, row)
    audit.record(None, "kitchen.block_expired", row, on=row.expires_on.isoformat())
    return True


def drop_plans(person: Person | None, lot: Lot) -> int:
    """No menu plans with the lot any more; how many did. The menus show what is missing now."""
    rows = list(MenuLot.objects.select_related("menu__area", "lot__area", "lot__ingredient").filter(
        lot=lot, is_used=False).order_by("pk"))
    for row in rows:
        books.plan_no_more(person, row)
        row.delete()
    return len(rows)


def keepers_of(area: Area) -> list[Person]:
    """Who looks after the kitchen: workers and heads of the place, the first given role first."""
    from linli.foundation.people.models import RoleAssignment
    from linli.foundation.people.queries import running

    held = RoleAssignment.objects.filter(
        running(), role__in=["worker", "community_head"], area__code=area.code).select_related("person")
    return list({row.person_id: row.person for row in held.order_by("pk")}.values())[:20]


def as_counts(given: Mapping[str, Any]) -> dict[int, int]:
    """Fields `lot-<id>` of a stock-take as numbers; what is empty was not counted."""
    found = {}
    for name, value in given.items():
        key = name.removeprefix("lot-")
        if key != name and key.isdecimal() and str(value).strip().isdecimal():
            found[int(key)] = int(str(value).strip())
    return found
