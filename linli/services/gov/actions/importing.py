"""Take records of another directory in: listed, searchable, marked as not checked here, without online application."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.db.transaction import atomic
from django.utils import translation

from linli.foundation import audit
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.services.gov.items import overlay, records
from linli.services.gov.models import ItemKind, ItemVersion, Publication, PublicState, ServiceItem

BATCH = 200


@dataclass
class Report:
    """What became of the lines: `counts` new, changed, same, broken, bad_code; `broken` (line, why); `missing` how
    often each thing is not said; `items` (line, slug, code fault, what is missing)."""

    counts: Counter[str] = field(default_factory=Counter)
    missing: Counter[str] = field(default_factory=Counter)
    broken: list[tuple[int, str]] = field(default_factory=list)
    items: list[tuple[int, str, str, tuple[str, ...]]] = field(default_factory=list)


def import_records(lines: Iterable[str | bytes]) -> Report:
    """Every line of a JSONL file. One transaction a batch; run again, it changes only what changed.

    A line that is no record is reported and left out. Codes that fail their form are kept as they came and marked.
    """
    report = Report()
    numbered = enumerate(lines, start=1)
    with translation.override("zh-hans"):
        for batch in iter(lambda: list(islice(numbered, BATCH)), []):
            _write_batch(list(_understood(batch, report)), report)
    if report.counts["new"] or report.counts["changed"]:
        _tell_knowledge()
    return report


@atomic
def _tell_knowledge() -> None:
    emit("knowledge.changed", room="gov")


def _understood(batch: list[tuple[int, str | bytes]], report: Report) -> Iterator[records.Record]:
    seen: set[str] = set()
    for number, line in batch:
        if not line.strip():
            continue
        try:
            given = json.loads(line)
            if not isinstance(given, Mapping):
                raise ValueError("not an object")
            record = records.read(given)
        except (ValueError, TypeError, UnicodeDecodeError) as error:
            report.counts["broken"] += 1
            report.broken.append((number, str(error)[:200]))
            continue
        report.missing.update(record.missing)
        report.counts["bad_code"] += int(bool(record.code_fault))
        report.items.append((number, record.body["slug"], record.code_fault, record.missing))
        if record.ident in seen:  # the same record twice in a batch: the first one stands
            report.counts["same"] += 1
            continue
        seen.add(record.ident)
        yield record


@atomic
def _write_batch(batch: list[records.Record], report: Report) -> None:
    known = {item.ident: item for item in ServiceItem.objects.select_for_update().filter(
        source=records.SOURCE, ident__in=[one.ident for one in batch])}
    newest: dict[int, ItemVersion] = {}
    for version in ItemVersion.objects.filter(item__in=known.values(), area=None).order_by("number").defer("body"):
        newest[version.item_id] = version
    items, versions, publications = [], [], []
    for record in batch:
        digest = overlay.digest(record.body)
        item = known.get(record.ident)
        if item is not None and newest[item.pk].digest == digest:
            report.counts["same"] += 1
            continue
        report.counts["changed" if item else "new"] += 1
        is_new = item is None
        item = item or ServiceItem(slug=record.body["slug"], kind=ItemKind.IMPORTED, source=records.SOURCE,
                                   ident=record.ident)
        _describe(item, record)
        number = 1 if is_new else newest[item.pk].number + 1
        version = ItemVersion(item=item, number=number, body=record.body, digest=digest)
        versions.append(version)
        if is_new:
            items.append(item)
            publications.append(Publication(item=item, version=version, state=PublicState.LISTED, changed_at=now()))
        else:
            item.save()
    ServiceItem.objects.bulk_create(items, batch_size=BATCH)
    ItemVersion.objects.bulk_create(versions, batch_size=BATCH)
    Publication.objects.bulk_create(publications, batch_size=BATCH)
    fresh = {one.item_id: one for one in versions}
    for row in Publication.objects.filter(item__in=[item for item in known.values() if item.pk in fresh], area=None):
        row.version, row.changed_at = fresh[row.item_id], now()
        row.save(update_fields=["version", "changed_at"])
    if versions:
        audit.record(None, "gov.import_items", versions[0].item, count=len(versions))


def _describe(item: ServiceItem, record: records.Record) -> None:
    body: Mapping[str, Any] = record.body
    item.name, item.summary, item.wordings = body["base"]["name"][:200], body["summary"], list(body["wordings"])
    item.base_code, item.code, item.code_fault = body["base"]["code"][:12], record.ident[:40], record.code_fault[:200]
    item.department, item.level = body["local"]["department"][:120], body["local"]["level"]
    item.area_code, item.topics = record.area_code, list(body["local"]["topics"])
    item.life_events = list(body["local"]["life_events"])
