"""Bundles 一件事 as data: several items in one go, in an order that can be walked."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from linli.mechanisms.forms import located
from linli.services.gov.items import shape
from linli.services.gov.items.faults import Fault
from linli.services.gov.items.folder import loading_faults


@dataclass
class BundleFolder:
    """What a bundle's folder says."""

    path: Path
    body: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    @property
    def slug(self) -> str:
        return str(self.body.get("slug", self.path.name))

    @property
    def loads(self) -> bool:
        return not any(fault.blocks == "load" for fault in self.faults)


def read(path: Path, items: Collection[str]) -> BundleFolder:
    """The bundle and all that is wrong with it; `items`: the slugs that exist."""
    folder = BundleFolder(path)
    source = located.read(path / "bundle.yaml")
    folder.faults += loading_faults(source)
    if source.faults:
        return folder
    if not isinstance(source.data, dict):
        folder.faults.append(Fault("shape", _("bundle.yaml 应是「名称: 值」的一组。"), (), "load", str(source.file), 1))
        return folder
    folder.body = source.data
    found = shape.faults_of(shape.BUNDLE, source.data)
    if not found:
        found = [*members_faults(source.data, items)]
        if source.data["slug"] != path.name:
            found.append(Fault("slug", _("slug 应与文件夹同名：%(name)s。") % {"name": path.name}, ("slug",), "load"))
    folder.faults += [fault.at(source.file, source.lines) for fault in found]
    return folder


def members_faults(body: Mapping[str, Any], items: Collection[str]) -> list[Fault]:
    """Members that are no item, named twice, that wait for somebody outside, or for each other in a circle."""
    found: list[Fault] = []
    slugs = [str(one["item"]) for one in body["members"]]
    for number, one in enumerate(body["members"]):
        where = ("members", number)
        if one["item"] not in items:
            found.append(Fault("unknown_item", _("没有「%(slug)s」这个事项，请改成已有的事项。") % {
                "slug": one["item"]}, (*where, "item"), "load"))
        if slugs.index(one["item"]) != number:
            found.append(Fault("twice", _("「%(key)s」写了两遍，请删掉一处。") % {"key": one["item"]}, where, "load"))
        for place, slug in enumerate(one.get("after") or []):
            if slug not in slugs:
                found.append(Fault("unknown_item", _("「%(slug)s」不在这件事里，不能排在它后面。") % {"slug": slug},
                                   (*where, "after", place), "load"))
    circle = circle_in({str(one["item"]): [str(slug) for slug in one.get("after") or []] for one in body["members"]})
    if circle:
        number = slugs.index(circle[0])
        found.append(Fault("cycle", _("先后绕成了一圈：%(circle)s。请去掉其中一个 after。") % {
            "circle": " → ".join(circle)}, ("members", number, "after"), "load"))
    return found


def circle_in(after: Mapping[str, Collection[str]]) -> list[str]:
    """A way from a member back to itself, first and last the same; empty where the order can be walked."""
    done: set[str] = set()

    def follow(slug: str, way: list[str]) -> list[str]:
        if slug in way:
            return [*way[way.index(slug):], slug]
        if slug in done or slug not in after:
            return []
        for before in after[slug]:
            circle = follow(before, [*way, slug])
            if circle:
                return circle
        done.add(slug)
        return []

    for slug in after:
        circle = follow(slug, [])
        if circle:
            return circle
    return []


def in_order(body: Mapping[str, Any]) -> list[list[str]]:
    """The members in rounds: those of a round can be done side by side, each after the rounds before it."""
    waits = {str(one["item"]): set(one.get("after") or []) for one in body["members"]}
    rounds: list[list[str]] = []
    done: set[str] = set()
    while len(done) < len(waits):
        free = [slug for slug, before in waits.items() if slug not in done and before <= done]
        if not free:
            raise ValueError("the members wait for each other in a circle")
        rounds.append(free)
        done |= set(free)
    return rounds


def in_manner(body: Mapping[str, Any], manner: str) -> dict[str, Any]:
    """The bundle's own words in a manner; what it does not say in that one stays as it is written."""
    said = dict(body)
    if manner == "easy" and body.get("easy"):
        said["summary"] = body["easy"]
    if manner == "en":
        said |= {key.removesuffix("_en"): value for key, value in body.items() if key.endswith("_en") and value}
        said["contact"] = {**(body.get("contact") or {}), **(body.get("contact_en") or {})}
    return said
