"""Verbs of stock-takes and of importing a list of copies."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.web import Refused
from linli.services.children.actions.library import add_title, mark_copy
from linli.services.children.importing import Judged, judge
from linli.services.children.models import Copy, CopyImport, CopyState, StockScan, StockTake

SCANS_MAX = 2000


@atomic
def open_take(person: Person, area: Area, *, name: str, shelf: str = "") -> StockTake:
    """Begin a stock-take of one shelf, or of all. Raises `Denied`, `Refused`: one_open, no_shelf."""
    permit(person, "children.lend", area)
    if StockTake.objects.filter(area=area, closed_at=None, shelf__in=[shelf, ""]).exists():
        raise Refused("one_open", _("这里有一次盘点还没结束，请先结束它。"))
    if shelf and not Copy.objects.filter(area=area, shelf=shelf).exists():
        raise Refused("no_shelf", _("没有叫这个名字的书架。"), field="shelf")
    take = StockTake.objects.create(
        area=area, name=name.strip()[:60] or _("盘点"), shelf=shelf, opened_at=now(), opened_by=person)
    audit.record(person, "children.stock_open", take)
    return take


@atomic
def add_scans(person: Person, take: StockTake, scans: Sequence[tuple[str, datetime | None]]) -> int:
    """Take in what was scanned, perhaps hours ago and without a connection; how many of them are new.

    The same list sent twice, or by two devices, adds nothing: (take, barcode) is unique.
    Raises `Denied`, `Refused`: closed, too_many.
    """
    permit(person, "children.lend", take)
    row = StockTake.objects.select_for_update().get(pk=take.pk)
    if row.closed_at is not None:
        raise Refused("closed", _("这次盘点已经结束了。没传上来的请在下一次里扫。"))
    if len(scans) > SCANS_MAX:
        raise Refused("too_many", _("一次最多传 %(most)s 条，请分几次。") % {"most": SCANS_MAX})
    moment = now()
    known = set(StockScan.objects.filter(take=row).values_list("barcode", flat=True))
    fresh: dict[str, datetime] = {}
    for code, at in scans:
        barcode = code.strip()[:20]
        if barcode and barcode not in known:
            fresh.setdefault(barcode, min(at or moment, moment))
    StockScan.objects.bulk_create(
        [StockScan(take=row, barcode=code, at=at, by=person) for code, at in fresh.items()], ignore_conflicts=True)
    if fresh:
        audit.record(person, "children.stock_scan", row, scans=len(fresh))
    return len(fresh)


@atomic
def close_take(person: Person, take: StockTake) -> StockTake:
    """End it: seen copies are found again; those on the shelf that nobody saw are missing.

    Raises `Denied`, `Refused("closed")`.
    """
    permit(person, "children.lend", take)
    row = StockTake.objects.select_for_update(of=("self",)).select_related("area").get(pk=take.pk)
    if row.closed_at is not None:
        raise Refused("closed", _("这次盘点已经结束了。没传上来的请在下一次里扫。"))
    seen = set(row.scans.values_list("barcode", flat=True))
    copies = Copy.objects.filter(area=row.area).exclude(state=CopyState.WITHDRAWN).select_related("title", "area")
    here = copies.filter(shelf=row.shelf) if row.shelf else copies
    known = set(Copy.objects.filter(area=row.area, barcode__in=seen).values_list("barcode", flat=True))
    found = list(copies.filter(barcode__in=seen))
    for copy in found:
        if copy.state == CopyState.MISSING:
            mark_copy(person, copy, CopyState.SHELF)
    Copy.objects.filter(pk__in=[copy.pk for copy in found]).update(seen_at=now())
    missing = [copy for copy in here.filter(state=CopyState.SHELF) if copy.barcode not in seen]
    Copy.objects.filter(pk__in=[copy.pk for copy in missing]).update(state=CopyState.MISSING)
    row.closed_at = now()
    row.result = {"found": len(found), "missing": len(missing), "strange": len(seen - known)}
    row.save(update_fields=["closed_at", "result"])
    audit.record(person, "children.stock_close", row, **row.result)
    return row


@atomic
def draft_import(person: Person, area: Area, *, file_name: str, raw: bytes) -> tuple[CopyImport | None, Judged]:
    """Judge a list of copies; a sound one is kept for a day until somebody says yes. Raises `Denied`, `Refused`."""
    permit(person, "children.lend", area)
    judged = judge(area, file_name, raw)
    CopyImport.objects.filter(person=person, done_at=None).delete()
    if not judged.is_sound:
        return None, judged
    draft = CopyImport.objects.create(
        area=area, person=person, file_name=file_name[:120], rows=judged.rows, created=now())
    audit.record(person, "children.import_draft", draft, rows=len(judged.rows))
    return draft, judged


@atomic
def import_copies(person: Person, draft: CopyImport) -> int:
    """Write the rows of a preview; how many copies. All or none.

    Raises `Denied`, `Refused`: done, too_old, barcode_taken.
    """
    permit(person, "children.lend", draft.area)
    row = CopyImport.objects.select_for_update(of=("self",)).select_related("area").get(pk=draft.pk)
    if row.done_at is not None:
        raise Refused("done", _("这份表已经导入过了。"))
    if row.created < now() - timedelta(days=1):
        raise Refused("too_old", _("预览是一天以前的了，请重新传一次表格。"))
    for facts in row.rows:
        known: dict[str, Any] = {key: value for key, value in facts.items() if key not in {"row", "barcode"}}
        add_title(person, row.area, barcodes=[facts["barcode"]], **known)
    row.done_at = now()
    row.save(update_fields=["done_at"])
    audit.record(person, "children.import_copies", row, copies=len(row.rows))
    return len(row.rows)
