"""A form as data: pages of fields over the dictionary of elements. Parsed once into frozen values, with every fault."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from linli.mechanisms.forms import dictionary, located, shapes
from linli.mechanisms.forms.elements import Element, in_language, parse as parse_element
from linli.mechanisms.forms.faults import BadForm, Fault, Lines, placed
from linli.mechanisms.forms.rules.trees import Tree

OWN = "own"  # the group of the questions that one form brings along
_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,59}")
_FORM = {
    "key": "!text", "title": "!text", "title_en": "text", "intro": "text", "intro_en": "text", "easy": "text",
    "pages": "!list", "elements": "list", "consent": "text", "consent_en": "text", "parameters": "map",
    "migrate": "list", "note": "text",
}
_PAGE = {
    "key": "!text", "title": "!text", "title_en": "text", "intro": "text", "intro_en": "text", "hint": "text",
    "hint_en": "text", "easy": "text", "when": "map", "repeat": "map", "fields": "!list",
}
_FIELD = {"element": "!text", "required": "any", "when": "map", "hint": "text", "hint_en": "text", "computed": "map"}
_NOTE = {"note": "!text", "note_en": "text", "when": "map"}
_REPEAT = {"group": "!text", "min": "whole", "max": "whole"}
_MIGRATE = {"from": "!whole", "rename": "map", "drop": "list"}
PAGES_MAX, FIELDS_MAX, MEMBERS_MAX = 60, 40, 30


@dataclass(frozen=True)
class Field:
    """One element on a page. `required` is a flag or a rule; a `computed` one is shown, never asked."""

    element: str
    required: bool | Tree = False
    when: Tree | None = None
    hint: str = ""
    hint_en: str = ""
    computed: Mapping[str, Any] | None = None

    @property
    def help(self) -> str:
        return in_language(self.hint, self.hint_en)


@dataclass(frozen=True)
class Note:
    """A sentence between the fields."""

    note: str
    note_en: str = ""
    when: Tree | None = None

    @property
    def text(self) -> str:
        return in_language(self.note, self.note_en)


@dataclass(frozen=True)
class Repeat:
    """The page is asked once for each member of `group`."""

    group: str
    min: int = 1
    max: int = 10


@dataclass(frozen=True)
class Page:
    key: str
    title: str
    fields: tuple[Field | Note, ...]
    title_en: str = ""
    intro: str = ""
    intro_en: str = ""
    when: Tree | None = None
    repeat: Repeat | None = None

    @property
    def label(self) -> str:
        return in_language(self.title, self.title_en)

    @property
    def lead(self) -> str:
        return in_language(self.intro, self.intro_en)

    @property
    def asked(self) -> tuple[Field, ...]:
        """The fields without the notes."""
        return tuple(one for one in self.fields if isinstance(one, Field))


@dataclass(frozen=True)
class Definition:
    """One form. `as_data()` gives back the mapping it was made of, in one fixed shape."""

    key: str
    title: str
    pages: tuple[Page, ...]
    title_en: str = ""
    intro: str = ""
    intro_en: str = ""
    consent: str = ""
    consent_en: str = ""
    elements: tuple[Element, ...] = ()
    parameters: Mapping[str, Any] = field(default_factory=dict)
    migrate: tuple[Mapping[str, Any], ...] = ()
    source: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)

    @property
    def label(self) -> str:
        return in_language(self.title, self.title_en)

    @property
    def lead(self) -> str:
        return in_language(self.intro, self.intro_en)

    @property
    def promise(self) -> str:
        """What one agrees to when handing it in."""
        return in_language(self.consent, self.consent_en)

    @cached_property
    def known_elements(self) -> Mapping[str, Element]:
        """Every element a field or rule of this form may name: the dictionary and its own questions."""
        return {**dictionary.elements(), **{one.id: one for one in self.elements}}

    def element(self, name: str) -> Element:
        """Raises `KeyError`."""
        return self.known_elements[name]

    @cached_property
    def element_ids(self) -> tuple[str, ...]:
        """What it asks, in order."""
        return tuple(one.element for page in self.pages for one in page.asked)

    @cached_property
    def repeated(self) -> Mapping[str, Repeat]:
        """Element → the repeat of the page it is asked on."""
        return {one.element: page.repeat for page in self.pages if page.repeat for one in page.asked}

    @property
    def is_sensitive(self) -> bool:
        """Does it ask for sensitive personal information (个人信息保护法 第28条)?"""
        return any(self.element(name).is_sensitive for name in self.element_ids)

    def page(self, key: str) -> Page | None:
        return next((page for page in self.pages if page.key == key), None)

    def as_data(self) -> dict[str, Any]:
        return dict(self.source)

    @property
    def digest(self) -> str:
        return digest_of(self.source)


def digest_of(body: Mapping[str, Any]) -> str:
    """The same for the same content, whatever the order in which it was written."""
    return hashlib.sha256(json.dumps(body, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()


def read(path: Path) -> Definition:
    """The form in a file. Raises `BadForm` with file and line of everything that is wrong."""
    source = located.read(path)
    if source.faults:
        raise BadForm(source.faults)
    return parse(source.data, file=source.file, lines=source.lines)


def parse(data: Any, *, file: str = "", lines: Lines | None = None,
          parameters: Mapping[str, Any] | None = None) -> Definition:
    """The checked form. `parameters` are dated values of its owner. Raises `BadForm`."""
    faults = faults_of(data, parameters=parameters)
    if faults:
        raise BadForm(placed(faults, file, lines or {}) if file else faults)
    return build(data, parameters=parameters)


def faults_of(data: Any, *, parameters: Mapping[str, Any] | None = None) -> list[Fault]:
    """Everything that keeps the form from being used; the shape first, what it means only when that is sound."""
    found = list(_shape(data))
    if found:
        return found
    from linli.mechanisms.forms.checks import faults_in

    return faults_in(build(data, parameters=parameters))


def build(data: Mapping[str, Any], *, parameters: Mapping[str, Any] | None = None) -> Definition:
    """The form of data that was checked before (a stored version)."""
    own = [element for element, _faults in (parse_element(_own(one)) for one in data.get("elements") or []) if element]
    return Definition(
        key=data["key"], title=data["title"], pages=tuple(_page(one) for one in data["pages"]), elements=tuple(own),
        parameters={**(parameters or {}), **(data.get("parameters") or {})}, migrate=tuple(data.get("migrate") or ()),
        source=data,
        **{key: data.get(key) or "" for key in ("title_en", "intro", "intro_en", "consent", "consent_en")})


def _own(entry: Any) -> Any:
    """A form's own question needs fewer words than an entry of the dictionary."""
    if not isinstance(entry, Mapping):
        return entry
    return {"sensitivity": "personal", "purpose": "forms.answer", **entry}


def _page(data: Mapping[str, Any]) -> Page:
    repeat = data.get("repeat")
    return Page(
        key=data["key"], title=data["title"], title_en=data.get("title_en") or "",
        intro=data.get("intro") or data.get("hint") or "", intro_en=data.get("intro_en") or data.get("hint_en") or "",
        when=data.get("when"), fields=tuple(_field(one) for one in data["fields"]),
        repeat=Repeat(repeat["group"], repeat.get("min", 1), repeat.get("max", 10)) if repeat else None)


def _field(data: Mapping[str, Any]) -> Field | Note:
    if "note" in data:
        return Note(data["note"], data.get("note_en") or "", data.get("when"))
    return Field(data["element"], data.get("required") or False, data.get("when"), data.get("hint") or "",
                 data.get("hint_en") or "", data.get("computed"))


def _shape(data: Any) -> Iterator[Fault]:
    wrong = shapes.faults_of(data, _FORM)
    yield from wrong
    if wrong:
        return
    for number, entry in enumerate(data.get("elements") or []):
        yield from parse_element(_own(entry), ("elements", number))[1]
    for number, rule in enumerate(data.get("migrate") or []):
        yield from shapes.faults_of(rule, _MIGRATE, ("migrate", number))
    if not 1 <= len(data["pages"]) <= PAGES_MAX:
        yield Fault("pages", _("表里要有 1 到 %(most)s 页。") % {"most": PAGES_MAX}, ("pages",))
    keys: set[str] = set()
    for number, page in enumerate(data["pages"]):
        at = ("pages", number)
        wrong = shapes.faults_of(page, _PAGE, at)
        yield from wrong
        if wrong:
            continue
        if not _KEY.fullmatch(page["key"]):
            yield Fault("page_key", _("页的 key 用小写英文、数字和短横，例如 applicant。"), (*at, "key"))
        if page["key"] in keys:
            yield Fault("page_key", _("两页的 key 都是「%(key)s」，请改一个。") % {"key": page["key"]}, (*at, "key"))
        keys.add(page["key"])
        yield from _page_shape(page, at)


def _page_shape(page: Mapping[str, Any], at: tuple[str | int, ...]) -> Iterator[Fault]:
    repeat = page.get("repeat")
    if repeat is not None:
        wrong = shapes.faults_of(repeat, _REPEAT, (*at, "repeat"))
        yield from wrong
        low, high = (repeat.get("min", 1), repeat.get("max", 10)) if not wrong else (1, 1)
        if not 0 <= low <= high <= MEMBERS_MAX or high < 1:
            yield Fault("repeat", _("min、max 应在 0 到 %(most)s 之间，min 不大于 max。") % {"most": MEMBERS_MAX},
                        (*at, "repeat"))
    if not 1 <= len(page["fields"]) <= FIELDS_MAX:
        yield Fault("fields", _("一页要有 1 到 %(most)s 项，多了请分页。") % {"most": FIELDS_MAX}, (*at, "fields"))
    for number, one in enumerate(page["fields"]):
        place = (*at, "fields", number)
        is_note = isinstance(one, Mapping) and "note" in one and "element" not in one
        yield from shapes.faults_of(one, _NOTE if is_note else _FIELD, place)
        required = one.get("required") if isinstance(one, Mapping) else None
        if required is not None and not isinstance(required, bool | Mapping):
            yield Fault("wrong_type", _("required 写 true、false 或一条规则。"), (*place, "required"))
