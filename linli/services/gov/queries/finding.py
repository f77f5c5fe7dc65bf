"""Search over everything public, by an index each process builds once and again when something changed."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Max
from django.urls import reverse

from linli.foundation.areas.models import Area
from linli.services.gov.items.finding import Doc, Index, english_pieces
from linli.services.gov.models import Bundle, BundleVersion, ItemKind, Publication, PublicState, ServiceItem

BUNDLE = "bundle:"
_lock = threading.Lock()
_held: dict[str, tuple[Any, Index]] = {}


@dataclass(frozen=True)
class Hit:
    """One thing found. `unchecked`: listed only, nobody here has looked at it."""

    slug: str
    name: str
    summary: str
    is_bundle: bool
    url: str
    unchecked: bool
    score: float
    department: str = ""
    state: str = ""


def find(words: str, *, area: Area | None = None, limit: int = 8) -> list[Hit]:
    """What fits the words, best first: what counts in `area`, what was taken off there left out.

    Words and pairs of characters in the index, for words in Latin letters the English names and summaries; where those
    find nothing, a part of the name.
    """
    words = words.strip()[:100]
    if not words:
        return []
    scored = (_index("en").find(words, limit * 3) if words.isascii() else []) or _index().find(words, limit * 3)
    if not scored:
        rows = ServiceItem.objects.filter(name__icontains=words).order_by("kind", "name", "id")[: limit * 2]
        scored = [(slug, 0.0) for slug in rows.values_list("slug", flat=True)]
    return _hits(scored, area)[:limit]


def slugs_for(words: str) -> list[str]:
    """The first few things found, by slug: what the publish check of wordings looks at."""
    return [key.removeprefix(BUNDLE) for key, _score in _index().find(words, 3)]


def _index(language: str = "zh") -> Index:
    now_is = stamp()
    held = _held.get(language)
    if held is None or held[0] != now_is:
        with _lock:
            held = _held.get(language)
            if held is None or held[0] != now_is:
                made = Index(_docs()) if language == "zh" else Index(_english_docs(), english_pieces)
                held = _held[language] = (now_is, made)
    return held[1]


def stamp() -> Any:
    """Changes whenever something public does."""
    found = Publication.objects.aggregate(count=Count("id"), last=Max("changed_at"))
    bundles = BundleVersion.objects.aggregate(count=Count("id"), last=Max("made_at"))
    return found["count"], found["last"], bundles["count"], bundles["last"]


def _docs() -> list[Doc]:
    public = Publication.objects.filter(area=None).exclude(state=PublicState.OFF).values_list("item_id", flat=True)
    rows = ServiceItem.objects.filter(pk__in=public).order_by("kind", "name", "id")
    docs = [Doc(row.slug, row.name, row.wordings, f"{row.summary} {row.department}" if row.kind == ItemKind.IMPORTED
                else row.summary, row.kind == ItemKind.SHIPPED) for row in rows]
    return [Doc(f"{BUNDLE}{row.slug}", row.name, row.wordings, row.summary) for row in Bundle.objects.order_by(
        "name", "id")] + docs


def _english_docs() -> list[Doc]:
    """What is shipped and public, by its English words."""
    rows = Publication.objects.filter(area=None, item__kind=ItemKind.SHIPPED).exclude(
        state=PublicState.OFF).select_related("item", "version").order_by("item__name", "id")
    found = []
    for row in rows:
        said = (row.version.body.get("texts") or {}).get("en") or {}
        papers = [str(text) for path, text in said.items()
                  if path.startswith(("local.results.", "local.situations.")) and path.endswith(".name")]
        found.append(Doc(row.item.slug, str(said.get("base.name") or ""), papers, str(said.get("summary") or "")))
    newest = {row.bundle_id: row for row in BundleVersion.objects.select_related("bundle").order_by("number", "id")}
    bundles = [Doc(f"{BUNDLE}{row.bundle.slug}", str(row.body.get("name_en") or ""), (),
                   str(row.body.get("summary_en") or "")) for row in newest.values()]
    return bundles + found


def _hits(scored: list[tuple[str, float]], area: Area | None) -> list[Hit]:
    slugs = [key for key, _score in scored if not key.startswith(BUNDLE)]
    rows: dict[str, Publication] = {}
    code = area.code if area else ""
    public = Publication.objects.filter(item__slug__in=slugs).select_related("item", "area").defer("version")
    for row in sorted(public, key=lambda one: len(one.area.code) if one.area else 0):
        if row.area is None or code.startswith(row.area.code):
            rows[row.item.slug] = row
    bundles = {row.slug: row for row in Bundle.objects.filter(
        slug__in=[key.removeprefix(BUNDLE) for key, _score in scored if key.startswith(BUNDLE)])}
    found = []
    for key, score in scored:
        if key.startswith(BUNDLE):
            bundle = bundles.get(key.removeprefix(BUNDLE))
            if bundle is not None:
                found.append(Hit(bundle.slug, bundle.name, bundle.summary, True,
                                 reverse("gov:bundle", args=[bundle.slug]), False, score))
        elif key in rows and rows[key].state != PublicState.OFF:
            item = rows[key].item
            found.append(Hit(item.slug, item.name, item.summary, False, reverse("gov:item", args=[item.slug]),
                             rows[key].state == PublicState.LISTED, score, item.department, rows[key].state))
    return found


def forget() -> None:
    """Tests begin with an empty index."""
    _held.clear()
