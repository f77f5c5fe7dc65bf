"""One item's folder as one body: `item.yaml`, its form, its rule with tests, its texts. Read, and looked over."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from linli.mechanisms.forms import located
from linli.mechanisms.forms.located import Located
from linli.services.gov.items import judging, shape
from linli.services.gov.items.faults import Fault, Where

FILES = {
    "item": "item.yaml", "form": "forms/application.yaml", "eligibility": "rules/eligibility.yaml",
    "tests": "rules/tests.yaml", "easy": "texts/easy.yaml", "en": "texts/en.yaml",
}
ELIGIBILITY = shape.Part(
    {"rule": shape.ANY},
    {"parameters": shape.Named(shape.Many(shape.Part(
        {"from": shape.DATE, "value": shape.ANY, "source": shape.TEXT}, {"until": shape.Leaf("date", nullable=True),
                                                                         "note": shape.TEXT})))})
TESTS = shape.Many(shape.Part(
    {"name": shape.LINE, "on": shape.DATE, "facts": shape.ANY, "expect": shape.Leaf(among=("yes", "no", "unknown"))},
    {"missing": shape.Many(shape.LINE)}))


@dataclass
class Folder:
    """What a folder says. `body` is what a version keeps; `sources` tells where each part of it is written."""

    path: Path
    body: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    sources: dict[str, Located] = field(default_factory=dict)

    @property
    def slug(self) -> str:
        return str(self.body.get("slug", self.path.name))

    @property
    def loads(self) -> bool:
        return not any(fault.blocks == "load" for fault in self.faults)

    def point(self, fault: Fault) -> Fault:
        """A fault of the body with the file and the line where it is mended."""
        if fault.file:
            return fault
        part, rest = _part_of(fault.where)
        source = self.sources.get(part) or self.sources.get("item")
        return fault if source is None else Fault(fault.code, fault.sentence, rest, fault.blocks).at(
            source.file, source.lines)


def _part_of(where: Where) -> tuple[str, Where]:
    if where and where[0] in ("form", "eligibility", "tests"):
        return str(where[0]), where[1:]
    if where[:1] == ("texts",):
        return (str(where[1]) if len(where) > 1 else "easy"), where[2:]
    return "item", where


def read(path: Path) -> Folder:
    """The folder and everything that is wrong with its form. Never raises for what a person wrote."""
    folder = Folder(path)
    for name, file in FILES.items():
        if (path / file).exists() or name == "item":
            source = located.read(path / file)
            folder.sources[name] = source
            folder.faults += loading_faults(source)
    _strangers(folder)
    given = {name: source.data for name, source in folder.sources.items() if not source.faults}
    item = given.get("item")
    if not isinstance(item, dict):
        if "item" in given:
            folder.faults.append(folder.point(Fault("shape", _("item.yaml 应是「名称: 值」的一组。"), (), "load")))
        return folder
    folder.body = item | {
        "form": given.get("form") or {}, "tests": given.get("tests") or [],
        "eligibility": given.get("eligibility") or item.get("eligibility") or {},
        "texts": {name: flat(given.get(name) or {}) for name in ("easy", "en")}}
    found = shape.faults_of(shape.ITEM, item)
    if item.get("slug") != path.name:
        found.append(Fault("slug", _("slug 应与文件夹同名：%(name)s。") % {"name": path.name}, ("slug",), "load"))
    found += [Fault(one.code, one.sentence, (part, *one.where), "load")
              for part, one in _parts(given)]
    folder.faults += [folder.point(fault) for fault in found]
    if folder.loads:
        folder.faults += [folder.point(fault) for fault in references(folder.body)]
    return folder


def loading_faults(source: Located) -> list[Fault]:
    """What kept a file from being read, as ours."""
    return [Fault(one.code, one.sentence, one.where, "load", one.file, one.line) for one in source.faults]


def _strangers(folder: Folder) -> None:
    known = set(FILES.values())
    for file in sorted(folder.path.rglob("*")) if folder.path.is_dir() else []:
        name = file.relative_to(folder.path).as_posix()
        if file.is_file() and name not in known and file.suffix in (".yaml", ".yml"):
            folder.faults.append(Fault("unknown_file", _("不认识这个文件。可以有：%(known)s。") % {
                "known": "、".join(sorted(known))}, (), "load", str(file), 1))


def _parts(given: Mapping[str, Any]) -> list[tuple[str, Fault]]:
    found: list[tuple[str, Fault]] = []
    if given.get("eligibility"):
        found += [("eligibility", one) for one in shape.faults_of(ELIGIBILITY, given["eligibility"])]
    if given.get("tests"):
        found += [("tests", one) for one in shape.faults_of(TESTS, given["tests"])]
    return found


def flat(texts: Any, before: str = "") -> dict[str, Any]:
    """Nested mappings of texts as dotted paths; lists (the FAQ) stay whole."""
    if not isinstance(texts, Mapping):
        return {}
    found: dict[str, Any] = {}
    for key, value in texts.items():
        path = f"{before}.{key}" if before else str(key)
        found.update(flat(value, path) if isinstance(value, Mapping) else {path: value})
    return found


def references(body: Mapping[str, Any]) -> list[Fault]:
    """Rules that are none or can never be true, elements that nobody declared, a form that cannot be asked."""
    eligibility = body["eligibility"]
    parameters = eligibility.get("parameters") or {}
    found = judging.parameter_faults(parameters, ("eligibility", "parameters")) if parameters else []
    trees: list[tuple[Where, Any]] = [(("eligibility", "rule"), eligibility.get("rule"))]
    for part in ("materials", "situations"):
        trees += [(("local", part, number, "when"), one.get("when"))
                  for number, one in enumerate(body["local"].get(part) or [])]
    for where, tree in trees:
        if tree is not None:
            found += judging.rule_faults(tree, parameters, where)
    if body["form"]:
        found += [Fault(one.code, one.sentence, ("form", *one.where), "load")
                  for one in judging.form_faults(body["form"], parameters)]
    for name in body["local"].get("fields", {}):
        found += _unknown(("local", "fields", name), name)
    for number, test in enumerate(body["tests"]):
        for name in test["facts"] if isinstance(test["facts"], Mapping) else ():
            found += _unknown(("tests", number, "facts", name), str(name))
    return found


def _unknown(where: Where, name: str) -> list[Fault]:
    if name in judging.elements() or name in judging.groups():
        return []
    near = sorted(known for known in judging.elements() if known.split(".")[0] == name.split(".")[0])[:6]
    sentence = _("没有「%(name)s」这个数据项。请改成已有的（%(near)s），或写进 elements/*.yaml。")
    return [Fault("unknown_element", sentence % {"name": name, "near": "、".join(near) or "—"}, where, "load")]
