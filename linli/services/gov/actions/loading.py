"""Take item folders into the database: what has not changed is left alone, what has becomes the next version."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from django.apps import apps
from django.db.models import Max
from django.db.transaction import atomic
from django.utils import translation

from linli.foundation import audit
from linli.foundation.calendar.clock import now, today
from linli.foundation.events import emit
from linli.services.gov.items import bundles, catalogue, checks, overlay
from linli.services.gov.items.bundles import BundleFolder
from linli.services.gov.items.catalogue import Catalogue
from linli.services.gov.items.faults import Fault
from linli.services.gov.items.folder import Folder
from linli.services.gov.models import (
    Bundle,
    BundleVersion,
    ItemKind,
    ItemVersion,
    Publication,
    PublicState,
    ServiceItem,
)

SOURCE = "linli"


class BadCatalogue(Exception):  # noqa: N818 - reads as a sentence
    """A folder that cannot be kept; `faults` name file, line and mend. Nothing was written."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(str(fault) for fault in faults))
        self.faults = faults


def load(path: Path = catalogue.SHIPPED) -> Counter[str]:
    """Bring the database to what a catalogue's folders say; all of it or nothing. Run again it changes nothing.

    Items that fail a publish check are kept as *listed*. What a place laid over an item is laid over its next version.
    Returns counts: new, changed, same, listed, bundles. Raises `BadCatalogue`.
    """
    with translation.override("zh-hans"):
        found = catalogue.read(path)
        broken = [fault for fault in catalogue.faults_of(found) if fault.blocks == "load"]
        if broken:
            raise BadCatalogue(broken)
        return _write(found)


@atomic
def _write(found: Catalogue) -> Counter[str]:
    counts: Counter[str] = Counter()
    index = catalogue.index_of(found)
    world = checks.World(today(), lambda words: [key for key, _score in index.find(words, 3)])
    for folder in found.items:
        counts[_keep(folder, world)] += 1
    for bundle in found.bundles:
        counts["bundles"] += int(_keep_bundle(bundle))
    counts["listed"] = Publication.objects.filter(
        item__slug__in=[folder.slug for folder in found.items], area=None, state=PublicState.LISTED).count()
    if counts["new"] or counts["changed"] or counts["bundles"]:
        emit("knowledge.changed", room="gov")
    return counts


def _keep(folder: Folder, world: checks.World) -> str:
    body = folder.body
    item = ServiceItem.objects.select_for_update().filter(slug=folder.slug).first()
    is_new = item is None
    if item is None:
        item = ServiceItem(slug=folder.slug, kind=ItemKind.SHIPPED, source=SOURCE)
    newest = None if is_new else ItemVersion.objects.filter(item=item, area=None).order_by("-number").first()
    digest = overlay.digest(body)
    if newest is not None and newest.digest == digest:
        return "same"
    describe(item, body)
    item.save(force_insert=is_new)
    version = next_version(item, body, digest=digest)
    _publish_base(item, version, world)
    if newest is not None:
        _carry_on(item, version, world)
    audit.record(None, "gov.load_item", item, version=version.number)
    return "new" if is_new else "changed"


def describe(item: ServiceItem, body: Mapping[str, Any]) -> None:
    """What an item is found by, from its body."""
    base, local = body["base"], body["local"]
    item.name, item.base_code = str(base["name"])[:200], str(base["code"])
    item.code, item.department = str(local.get("code") or ""), str(local["department"])[:120]
    item.level = local["level"]
    item.summary, item.wordings = str(body["summary"]), [str(one) for one in body.get("wordings") or []]
    item.topics, item.life_events = list(local["topics"]), list(local.get("life_events") or [])


def next_version(item: ServiceItem, body: Mapping[str, Any], *, digest: str = "", **fields: Any) -> ItemVersion:
    """The next number of an item, on whose row the caller holds a lock."""
    last = ItemVersion.objects.filter(item=item).aggregate(last=Max("number"))["last"] or 0
    made: ItemVersion = ItemVersion.objects.create(
        item=item, number=last + 1, body=body, digest=digest or overlay.digest(body),
        form_version=_form_version(item, body), **fields)
    return made


def _form_version(item: ServiceItem, body: Mapping[str, Any]) -> int | None:
    if not body.get("form") or not apps.is_installed("linli.mechanisms.forms"):
        return None
    from linli.mechanisms.forms import versions

    kept = versions.keep(str(body["form"]["key"]), body["form"], title=item.name, room="gov",
                         parameters=(body.get("eligibility") or {}).get("parameters"))
    return int(kept.pk)


def _publish_base(item: ServiceItem, version: ItemVersion, world: checks.World) -> None:
    """The public state follows the checks; what somebody took off stays off."""
    fails = bool(checks.failing(version.body, world))
    state = PublicState.LISTED if fails else PublicState.PUBLISHED
    row = Publication.objects.filter(item=item, area=None).first()
    if row is None:
        row = Publication(item=item, version=version, state=state)
    elif row.state != PublicState.OFF:
        row.state = state
    row.version, row.changed_at = version, now()
    note_check(row, version.body)
    row.save()


def note_check(row: Publication, body: Mapping[str, Any]) -> None:
    """Who checked it and when, as the body says."""
    checked = body.get("checked") or {}
    row.checked_by = str(checked.get("by") or "")[:80]
    row.checked_on = date.fromisoformat(str(checked["on"])[:10]) if checked.get("on") else None
    row.checked_months = int(checked.get("months") or checks.CHECK_MONTHS)


def _carry_on(item: ServiceItem, base: ItemVersion, world: checks.World) -> None:
    """A place that follows the base goes on following it; one with its own words gets them laid over the new base.

    Where that no longer passes the checks the place keeps what it had, and its desk says so.
    """
    for row in Publication.objects.filter(item=item).exclude(area=None).select_related("version"):
        changes = row.version.changes
        if not changes:
            row.version, row.changed_at = base, now()
            if row.state != PublicState.OFF:
                row.state = PublicState.LISTED if checks.failing(base.body, world) else PublicState.PUBLISHED
            note_check(row, base.body)
            row.save()
            continue
        body = overlay.merged(base.body, changes)
        if overlay.faults(base.body, changes) or checks.failing(body, world, only=LOCAL_CHECKS):
            continue
        row.version = next_version(item, body, area=row.area, changes=changes, made_by=row.version.made_by,
                                   checked_by=row.version.checked_by, note=row.version.note)
        row.changed_at = now()
        row.save(update_fields=["version", "changed_at"])


# What a place's own words can break; the rest is the base's, or the shared search's.
LOCAL_CHECKS = ("no_other_papers", "papers_complete", "promise_within_law", "steps_complete", "fees_founded",
                "contact_complete", "human_channel", "sensitive_justified", "codes_well_formed")


def _keep_bundle(folder: BundleFolder) -> bool:
    body = folder.body
    slugs = [str(one["item"]) for one in body["members"]]
    numbers = dict(Publication.objects.filter(item__slug__in=slugs, area=None).values_list(
        "item__slug", "version__number"))
    missing = bundles.members_faults(body, numbers)
    if missing:
        raise BadCatalogue(missing)
    members = [{"item": slug, "version": numbers[slug]} for slug in slugs]
    digest = overlay.digest({"body": body, "members": members})
    row = Bundle.objects.select_for_update().filter(slug=folder.slug).first()
    newest = BundleVersion.objects.filter(bundle=row).order_by("-number").first() if row else None
    if newest is not None and newest.digest == digest:
        return False
    is_new = row is None
    if row is None:
        row = Bundle(slug=folder.slug)
    row.name, row.summary = str(body["name"])[:200], str(body["summary"])[:400]
    row.wordings = [str(one) for one in body.get("wordings") or []]
    row.save(force_insert=is_new)
    BundleVersion.objects.create(bundle=row, number=newest.number + 1 if newest else 1, body=body, members=members,
                                 digest=digest)
    audit.record(None, "gov.load_bundle", row)
    return True
