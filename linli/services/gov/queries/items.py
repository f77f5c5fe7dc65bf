"""What is public of an item in a place, and what its body says."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db.models import Count, Q, QuerySet

from linli.foundation.areas.models import Area
from linli.services.gov.models import (
    Bundle,
    BundleVersion,
    ItemKind,
    ItemVersion,
    LocalDraft,
    Publication,
    PublicState,
    ServiceItem,
)
from linli.services.gov.queries.finding import Hit as Hit, find as find


def published(slug: str, area: Area | None) -> Publication | None:
    """What counts of an item in a place: its own, else the nearest above, else everybody's. None: off, or unknown.

    One that is only *listed* is found too; see `.state`.
    """
    row = anyhow(slug, area)
    return None if row is None or row.state == PublicState.OFF else row


def anyhow(slug: str, area: Area | None) -> Publication | None:
    """As `published`, taken off or not."""
    rows = Publication.objects.filter(_here(area), item__slug=slug).select_related("item", "area", "version")
    return max(rows, key=lambda row: len(row.area.code) if row.area else 0, default=None)


def _here(area: Area | None) -> Q:
    codes = [area.code[:n] for n in (2, 4, 6, 9, 12, 15) if len(area.code) >= n] if area else []
    return Q(area=None) | Q(area__code__in=codes)


def can_apply(row: Publication) -> bool:
    """May one begin it here: published, checked, offered online, with a form."""
    return (row.is_published and row.version.form_version is not None
            and "online" in (row.version.body["local"].get("channels") or []))


def effective(items: Iterable[ServiceItem], area: Area | None) -> dict[int, Publication]:
    """item id → what counts in a place, taken off or not. One query."""
    found: dict[int, Publication] = {}
    rows = Publication.objects.filter(_here(area), item__in=[item.pk for item in items]).select_related(
        "item", "area", "version")
    for row in sorted(rows, key=lambda one: len(one.area.code) if one.area else 0):
        found[row.item_id] = row
    return found


def browse(*, topic: str = "", event: str = "", kind: str = "") -> QuerySet[ServiceItem]:
    """Items of a topic or a moment in life, our own first, by name. Those taken off everywhere are left out."""
    rows = ServiceItem.objects.filter(pk__in=Publication.objects.filter(area=None).exclude(
        state=PublicState.OFF).values("item_id"))
    if kind in ItemKind.values:
        rows = rows.filter(kind=kind)
    for field, value in (("topics", topic), ("life_events", event)):
        if value:
            held = ServiceItem.objects.values_list("pk", field)  # some thousand short lists; both databases speak it
            rows = rows.filter(pk__in=[pk for pk, values in held if value in values])
    found: QuerySet[ServiceItem] = rows.order_by("-kind", "name", "id")
    return found


def version(pk: int) -> ItemVersion:
    """A version, public or not any more. Raises `ItemVersion.DoesNotExist`."""
    found: ItemVersion = ItemVersion.objects.select_related("item", "area").get(pk=pk)
    return found


def versions(item: ServiceItem, area: Area | None) -> QuerySet[ItemVersion]:
    """The versions everybody has and those of a place, newest first."""
    rows: QuerySet[ItemVersion] = ItemVersion.objects.filter(_here(area), item=item)
    return rows.select_related("area", "made_by", "checked_by").defer("body").order_by("-number")


def drafts(item: ServiceItem, area: Area) -> QuerySet[LocalDraft]:
    rows: QuerySet[LocalDraft] = LocalDraft.objects.filter(item=item, area=area)
    return rows.select_related("prepared_by", "decided_by", "area", "item").order_by("-prepared_at", "-id")


def bundles() -> list[Bundle]:
    return list(Bundle.objects.order_by("name", "id"))


def current_bundle(slug: str) -> BundleVersion | None:
    """The newest version of a bundle."""
    found: BundleVersion | None = BundleVersion.objects.filter(bundle__slug=slug).select_related("bundle").order_by(
        "-number").first()
    return found


def bundles_with(slug: str) -> list[Bundle]:
    """The bundles an item belongs to."""
    return [row.bundle for row in newest_bundles() if any(one["item"] == slug for one in row.members)]


def newest_bundles() -> list[BundleVersion]:
    """The newest version of every bundle, by name."""
    found: dict[int, BundleVersion] = {}
    for row in BundleVersion.objects.select_related("bundle").order_by("number"):
        found[row.bundle_id] = row
    return sorted(found.values(), key=lambda row: (row.bundle.name, row.pk))


def form_of(row: ItemVersion) -> Mapping[str, Any]:
    """The definition of its form; empty where it has none."""
    found: Mapping[str, Any] = row.body.get("form") or {}
    return found


def rule_of(row: ItemVersion) -> Mapping[str, Any] | None:
    found: Mapping[str, Any] | None = (row.body.get("eligibility") or {}).get("rule")
    return found


def parameters_of(row: ItemVersion) -> Mapping[str, Any]:
    found: Mapping[str, Any] = (row.body.get("eligibility") or {}).get("parameters") or {}
    return found


def search(person: Any, area: Area | None, words: str) -> Sequence[tuple[str, str, str, str]]:
    """For the search box of a shell."""
    return [(hit.name, hit.summary or hit.department, hit.url, "list" if hit.is_bundle else "file")
            for hit in find(words, area=area, limit=5)]


def english(slugs: Iterable[str]) -> dict[str, tuple[str, str]]:
    """slug of an item → its English name and summary, where it has some."""
    rows = Publication.objects.filter(item__slug__in=list(slugs), area=None, item__kind=ItemKind.SHIPPED)
    found = {}
    for row in rows.select_related("item", "version"):
        words = (row.version.body.get("texts") or {}).get("en") or {}
        if words.get("base.name"):
            found[row.item.slug] = (str(words["base.name"]), str(words.get("summary") or ""))
    return found


def english_bundles() -> dict[str, tuple[str, str]]:
    """slug of a bundle → its English name and summary, where it has some."""
    return {row.bundle.slug: (str(row.body["name_en"]), str(row.body.get("summary_en") or ""))
            for row in newest_bundles() if row.body.get("name_en")}


def counts() -> dict[str, int]:
    """How many are published and how many are only listed, over the whole catalogue."""
    rows = Publication.objects.filter(area=None).values_list("state").annotate(count=Count("id"))
    found = dict(rows)
    return {"published": found.get(PublicState.PUBLISHED, 0), "listed": found.get(PublicState.LISTED, 0)}


def everything(area: Area | None, *, listed: bool, kind: str = "") -> list[Publication]:
    """What counts in a place of every item (of a kind) that is not taken off, by slug."""
    states = [PublicState.PUBLISHED, *([PublicState.LISTED] if listed else [])]
    found: dict[int, Publication] = {}
    rows = Publication.objects.filter(_here(area), **({"item__kind": kind} if kind else {}))
    for row in sorted(rows.select_related("item", "area", "version"),
                      key=lambda one: len(one.area.code) if one.area else 0):
        found[row.item_id] = row
    return sorted((row for row in found.values() if row.state in states), key=lambda row: row.item.slug)
