"""Materials: received into a company's store, issued to a case, given back. Never below zero."""

from __future__ import annotations

from decimal import Decimal

from django.db import IntegrityError
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Organisation, Person
from linli.foundation.people.permit import permit
from linli.foundation.web import Refused
from linli.mechanisms.cases import engine
from linli.mechanisms.cases.models import Case
from linli.services.repairs.models import StockItem, StockMove


@atomic
def add_item(person: Person, company: Organisation, *, name: str, unit: str, price: Decimal,
             least: Decimal = Decimal(0)) -> StockItem:
    """A new material in the store, with nothing on hand yet. Raises `Denied`, `Refused("twice" | "price")`."""
    permit(person, "repairs.keep_stock", company)
    if price < 0 or least < 0:
        raise Refused("price", _("单价和提醒数量不能小于 0。"), field="price")
    try:
        with atomic():
            row = StockItem.objects.create(organisation=company, name=name.strip()[:60], unit=unit.strip()[:10] or "个",
                                           price=price, least=least)
    except IntegrityError:
        raise Refused("twice", _("「%(name)s」已经在库里了。") % {"name": name.strip()}, field="name") from None
    audit.record(person, "repairs.add_material", row)
    return row


@atomic
def receive(person: Person, item: StockItem, quantity: Decimal, *, price: Decimal | None = None, serial: str = "",
            note: str = "") -> StockMove:
    """Goods arrive. Raises `Denied`, `Refused("quantity")`."""
    permit(person, "repairs.keep_stock", item)
    return _move(person, item, StockMove.Kind.RECEIVE, quantity, case=None, price=price, serial=serial, note=note)


@atomic
def issue(person: Person, item: StockItem, quantity: Decimal, case: Case, *, serial: str = "") -> StockMove:
    """Take material for a case. Raises `Denied`, `Refused("quantity" | "not_enough" | "other_company")`."""
    permit(person, "repairs.use_material", case)
    permit(person, "repairs.see_stock", item)
    if case.unit_id != item.organisation_id:
        raise Refused("other_company", _("这种材料是别的单位的。"), field="item")
    row = _move(person, item, StockMove.Kind.ISSUE, quantity, case=case, serial=serial)
    _tell_case(person, case, row, _("用了 %(what)s %(count)s %(unit)s"))
    return row


@atomic
def give_back(person: Person, item: StockItem, quantity: Decimal, case: Case) -> StockMove:
    """What was taken for a case and not used. Raises `Denied`, `Refused("quantity" | "not_taken")`."""
    permit(person, "repairs.use_material", case)
    permit(person, "repairs.see_stock", item)
    StockItem.objects.select_for_update().get(pk=item.pk)
    taken = sum((move.quantity if move.kind == StockMove.Kind.ISSUE else -move.quantity)
                for move in StockMove.objects.filter(item=item, case=case))
    if quantity > taken:
        raise Refused("not_taken", _("这件事只领了 %(count)s，不能多退。") % {"count": taken}, field="quantity")
    row = _move(person, item, StockMove.Kind.RETURN, quantity, case=case)
    _tell_case(person, case, row, _("退回 %(what)s %(count)s %(unit)s"))
    return row


def _move(person: Person, item: StockItem, kind: str, quantity: Decimal, *, case: Case | None,
          price: Decimal | None = None, serial: str = "", note: str = "") -> StockMove:
    if quantity <= 0:
        raise Refused("quantity", _("数量要大于 0。"), field="quantity")
    locked = StockItem.objects.select_for_update().get(pk=item.pk)
    sign = -1 if kind == StockMove.Kind.ISSUE else 1
    if locked.on_hand + sign * quantity < 0:
        raise Refused("not_enough", _("「%(name)s」只剩 %(count)s %(unit)s，不够领。") % {
            "name": locked.name, "count": locked.on_hand, "unit": locked.unit}, field="quantity")
    locked.on_hand += sign * quantity
    if price is not None:
        locked.price = price
    locked.save(update_fields=["on_hand", "price"])
    row = StockMove.objects.create(item=locked, kind=kind, quantity=quantity, case=case, serial=serial.strip()[:60],
                                   price=locked.price, by=person, at=now(), note=note.strip()[:100])
    audit.record(person, f"repairs.{kind}_material", locked, quantity=str(quantity), case=str(case.pk) if case else "")
    return row


def _tell_case(person: Person, case: Case, row: StockMove, sentence: str) -> None:
    locked = engine.lock(case.pk)
    engine.append(locked, person, "material", data={"move": str(row.pk), "serial": row.serial},
                  text_public=sentence % {
                      "what": row.item.name, "count": f"{row.quantity.normalize():f}", "unit": row.item.unit})
