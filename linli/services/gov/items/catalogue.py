"""A whole catalogue of folders: every item, every bundle, everything wrong with them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from linli.services.gov.items import bundles, checks, folder
from linli.services.gov.items.bundles import BundleFolder
from linli.services.gov.items.faults import Fault
from linli.services.gov.items.finding import Doc, Index
from linli.services.gov.items.folder import Folder

SHIPPED = Path(__file__).resolve().parent.parent / "catalogue"
BUNDLES = "bundles"


@dataclass
class Catalogue:
    items: list[Folder] = field(default_factory=list)
    bundles: list[BundleFolder] = field(default_factory=list)


def read(path: Path, *, known: Iterable[str] = ()) -> Catalogue:
    """The folder of a catalogue, or of one item or one bundle. `known`: items that exist besides."""
    if (path / "bundle.yaml").exists():
        siblings = {one.name for one in path.parent.parent.iterdir() if (one / "item.yaml").exists()}
        return Catalogue([], [bundles.read(path, siblings | set(known))])
    if (path / "item.yaml").exists():
        return Catalogue([folder.read(path)])
    found = Catalogue([folder.read(one) for one in sorted(path.iterdir()) if (one / "item.yaml").exists()])
    slugs = {one.slug for one in found.items} | set(known)
    group = path if path.name == BUNDLES else path / BUNDLES
    if group.is_dir():
        if group == path:
            slugs |= {one.name for one in path.parent.iterdir() if (one / "item.yaml").exists()}
        found.bundles = [bundles.read(one, slugs) for one in sorted(group.iterdir()) if one.is_dir()]
    return found


def faults_of(found: Catalogue) -> list[Fault]:
    """Everything wrong with the form of items and bundles."""
    return [fault for item in found.items for fault in item.faults] + [
        fault for bundle in found.bundles for fault in bundle.faults]


def index_of(found: Catalogue) -> Index:
    """What residents' words are looked up in."""
    docs = [Doc(one.slug, str(one.body["base"]["name"]), [str(said) for said in one.body.get("wordings") or []],
                str(one.body.get("summary", ""))) for one in found.items if one.loads]
    docs += [Doc(one.slug, str(one.body["name"]), [str(said) for said in one.body.get("wordings") or []],
                 str(one.body.get("summary", ""))) for one in found.bundles if one.loads]
    return Index(docs)


def publish_faults(found: Catalogue, today: date, *, quick: bool = False) -> list[Fault]:
    """The publish checks of every item that loads, each with file and line."""
    index = index_of(found)

    def find(words: str) -> list[str]:
        return [key for key, _score in index.find(words, 3)]

    world = checks.World(today, None if quick else find)
    only = [one.code for one in checks.CHECKS if not quick or one.code not in ("rule_right", "rule_tested")]
    return [one.point(fault) for one in found.items if one.loads
            for fault in checks.failing(one.body, world, only=only)]
