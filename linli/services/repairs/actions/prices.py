"""The price list of a compound: drafted, posted, and from then on only replaced by a new version."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.db.models import Max
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.areas.models import Compound
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.web import Refused
from linli.services.repairs.models import ListState, PriceItem, PriceList

FIELDS = ("order", "name", "unit", "category", "labour_min", "labour_max", "material_min", "material_max",
          "warranty_months")


@atomic
def draft_list(person: Person, compound: Compound) -> PriceList:
    """The draft of the next version, with the items of the posted one; there is one draft a compound."""
    row = PriceList(compound=compound)
    permit(person, "repairs.keep_prices", row)
    Compound.objects.select_for_update().get(pk=compound.pk)
    found = PriceList.objects.filter(compound=compound, state=ListState.DRAFT).first()
    if isinstance(found, PriceList):
        return found
    newest = PriceList.objects.filter(compound=compound).aggregate(v=Max("version"))["v"] or 0
    row.version = newest + 1
    row.save(force_insert=True)
    posted = PriceList.objects.filter(compound=compound, state=ListState.POSTED).first()
    if posted is not None:
        PriceItem.objects.bulk_create([
            PriceItem(price_list=row, **{name: getattr(item, name) for name in FIELDS}) for item in posted.items.all()])
    audit.record(person, "repairs.draft_prices", row, version=row.version)
    return row


@atomic
def save_item(person: Person, price_list: PriceList, item: PriceItem | None = None, *, drop: bool = False,
              **values: Any) -> PriceItem | None:
    """Add, change or drop one line of a draft. Raises `Denied`, `Refused("posted" | "range" | "twice")`."""
    permit(person, "repairs.keep_prices", price_list)
    locked = PriceList.objects.select_for_update().get(pk=price_list.pk)
    if locked.state != ListState.DRAFT:
        raise Refused("posted", _("公布了的价目表不能改，请起草新的一版。"))
    if drop:
        PriceItem.objects.filter(price_list=locked, pk=item.pk if item else 0).delete()
        audit.record(person, "repairs.drop_price", locked)
        return None
    row = item or PriceItem(price_list=locked)
    for name, value in values.items():
        assert name in FIELDS, name
        setattr(row, name, value)
    for least, most in (("labour_min", "labour_max"), ("material_min", "material_max")):
        if not Decimal(0) <= getattr(row, least) <= getattr(row, most):
            raise Refused("range", _("最低价要不小于 0，最高价要不低于最低价。"), field=most)
    if PriceItem.objects.filter(price_list=locked, name=row.name).exclude(pk=row.pk).exists():
        raise Refused("twice", _("「%(name)s」已经在表里了。") % {"name": row.name}, field="name")
    row.save()
    audit.record(person, "repairs.save_price", locked, item=str(row.pk))
    return row


@atomic
def post_list(person: Person, price_list: PriceList, *, note: str = "") -> PriceList:
    """Post the draft: from now on quotes come from it, and it never changes. Raises `Denied`, `Refused`."""
    permit(person, "repairs.keep_prices", price_list)
    locked = PriceList.objects.select_for_update().select_related("compound__area").get(pk=price_list.pk)
    assert isinstance(locked, PriceList)
    if locked.state != ListState.DRAFT:
        raise Refused("posted", _("这一版已经公布过了。"))
    if not locked.items.exists():
        raise Refused("empty", _("表里还没有项目，先加几项再公布。"))
    PriceList.objects.filter(compound=locked.compound, state=ListState.POSTED).update(state=ListState.REPLACED)
    locked.state, locked.posted_at, locked.posted_by, locked.note = ListState.POSTED, now(), person, note.strip()[:200]
    locked.save(update_fields=["state", "posted_at", "posted_by", "note"])
    audit.record(person, "repairs.post_prices", locked, version=locked.version)
    emit("repairs.prices_posted", price_list=locked.pk)
    return locked
