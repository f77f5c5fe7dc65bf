"""The dictionary of data elements of the whole house: every installed room's `elements/*.yaml`, read once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

from django.apps import apps
from django.utils.translation import gettext as _

from linli.foundation.web.manifest import manifests
from linli.mechanisms.forms import elements as shape, located
from linli.mechanisms.forms.elements import Element
from linli.mechanisms.forms.faults import Fault, placed


def files() -> list[Path]:
    """The dictionary files of every installed room, this one's first."""
    found: list[Path] = []
    for config in apps.get_app_configs():
        if config.name.startswith("linli."):
            found += sorted((Path(config.path) / "elements").glob("*.yaml"))
    return sorted(found, key=lambda path: "mechanisms/forms/" not in path.as_posix())


@cache
def _loaded() -> tuple[Mapping[str, Element], tuple[Fault, ...]]:
    purposes = frozenset(purpose.code for manifest in manifests() for purpose in manifest.purposes)
    return read_all(files(), purposes)


def read_all(paths: Iterable[Path], purposes: frozenset[str] | None = None) -> tuple[
        Mapping[str, Element], tuple[Fault, ...]]:
    """The elements of `paths` by id, and every fault. `purposes` None: whether one is declared is not checked."""
    found: dict[str, Element] = {}
    faults: list[Fault] = []
    homes: dict[str, str] = {}
    for path in paths:
        entries, wrong = read(path, purposes)
        faults += wrong
        for element in entries:
            if element.id in found:
                faults.append(Fault("element_twice", _("「%(id)s」已经写在 %(file)s 里了，请删掉一处，或换个编号。") % {
                    "id": element.id, "file": homes[element.id]}, (), str(path), 1))
            else:
                found[element.id] = element
                homes[element.id] = str(path)
    return found, tuple(faults)


def read(path: Path, purposes: frozenset[str] | None = None) -> tuple[list[Element], list[Fault]]:
    """One file: its sound elements, and what is wrong with the others."""
    source = located.read(path)
    if source.faults:
        return [], source.faults
    if not isinstance(source.data, list):
        return [], placed([Fault("shape", _("文件应是一列数据项，每项以「- id:」开头。"))], source.file, source.lines)
    found: list[Element] = []
    faults: list[Fault] = []
    for number, entry in enumerate(source.data):
        element, wrong = shape.parse(entry, (number,))
        if element is not None:
            if element.sensitivity != "plain" and not element.purpose:
                wrong.append(Fault("purpose", _("「%(id)s」是个人信息，要写 purpose（为什么要收）。") % {
                    "id": element.id}, (number,)))
            elif element.purpose and purposes is not None and element.purpose not in purposes:
                wrong.append(Fault("purpose", _("没有「%(purpose)s」这个用途。请先写进某个模块的 manifest.py。") % {
                    "purpose": element.purpose}, (number, "purpose")))
            elif any(element.id == other.id for other in found):
                wrong.append(Fault("element_twice", _("「%(id)s」在这个文件里写了两遍，请删掉一处。") % {
                    "id": element.id}, (number, "id")))
            else:
                found.append(element)
        faults += placed(wrong, source.file, source.lines)
    return found, faults


def elements() -> Mapping[str, Element]:
    """Every element of the house, by id."""
    return _loaded()[0]


def element(name: str) -> Element:
    """Raises `KeyError` for what nobody declared."""
    return elements()[name]


def groups() -> frozenset[str]:
    """The first parts of the ids: what a page may repeat and a rule may count."""
    return frozenset(one.group for one in elements().values())


def faults() -> list[Fault]:
    """What is wrong with the dictionary files; empty in a sound house."""
    return list(_loaded()[1])


def forget() -> None:
    """Read the files again on the next call."""
    _loaded.cache_clear()
