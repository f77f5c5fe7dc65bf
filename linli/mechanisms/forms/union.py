"""一件事: the forms of several items as one, in which each data element is asked once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from linli.mechanisms.forms.definition import Definition, Field, Note, Page, Repeat, parse
from linli.mechanisms.forms.rules.trees import Tree


def union(definitions: Sequence[Definition], *, key: str, title: str, title_en: str = "",
          order: Sequence[str] = ()) -> Definition:
    """One form for all: pages with the same key become one, an element stays where it is asked first.

    It is shown where any of the members would show it, and required where any of them requires it. A page repeated
    in one member is repeated for all. `order` names pages that come first. Raises `BadForm`.
    """
    conditions: dict[str, list[Tree | None]] = {}
    required: dict[str, list[Any]] = {}
    homes: dict[str, str] = {}
    pages: dict[str, dict[str, Any]] = {}
    repeats = {name: repeat for form in definitions for name, repeat in form.repeated.items()}
    for form in definitions:
        for page in form.pages:
            for one in page.fields:
                if isinstance(one, Note):
                    _add_note(_page_for(page, pages, page.repeat), one, page)
                    continue
                made = _page_for(page, pages, repeats.get(one.element))
                condition = _both(page.when, one.when)
                conditions.setdefault(one.element, []).append(condition)
                required.setdefault(one.element, []).append(_required(one.required, condition))
                if one.element not in homes:
                    homes[one.element] = made["key"]
                    made["fields"].append(_as_data(one))
    for made in pages.values():
        for entry in made["fields"]:
            if "element" in entry:
                _settle(entry, conditions[entry["element"]], required[entry["element"]])
    found = [page for page in pages.values() if any("element" in one for one in page["fields"])]
    found.sort(key=lambda page: order.index(page["key"]) if page["key"] in order else len(order))
    return parse(_body(definitions, key, title, title_en, found))


def values_for(definition: Definition, values: Mapping[str, Any]) -> dict[str, Any]:
    """The share of one member: what its own form asks."""
    return {name: values[name] for name in definition.element_ids if name in values}


def _body(definitions: Sequence[Definition], key: str, title: str, title_en: str,
          pages: list[dict[str, Any]]) -> dict[str, Any]:
    parameters: dict[str, Any] = {}
    own: dict[str, Any] = {}
    for form in definitions:
        parameters.update(form.parameters)
        own.update({one["id"]: one for one in form.source.get("elements") or []})
    body: dict[str, Any] = {"key": key, "title": title, "pages": pages}
    if title_en:
        body["title_en"] = title_en
    if parameters:
        body["parameters"] = parameters
    if own:
        body["elements"] = list(own.values())
    for name in ("consent", "consent_en"):
        said = list(dict.fromkeys(text for form in definitions if (text := getattr(form, name))))
        if said:
            body[name] = "\n".join(said)
    return body


def _page_for(page: Page, pages: dict[str, dict[str, Any]], repeat: Repeat | None) -> dict[str, Any]:
    """The page of the union that takes in a field of `page`: that of the same key and the same repeat."""
    wanted = repeat.group if repeat else ""
    key, number = page.key, 2
    while key in pages and pages[key].get("repeat", {}).get("group", "") != wanted:
        key, number = f"{page.key}-{number}", number + 1
    if key not in pages:
        pages[key] = {"key": key, "title": page.title, "fields": []}
        pages[key].update({name: value for name in ("title_en", "intro", "intro_en") if (value := getattr(page, name))})
    if repeat:
        before = pages[key].get("repeat", {"min": repeat.min, "max": repeat.max})
        pages[key]["repeat"] = {"group": repeat.group, "min": max(before["min"], repeat.min),
                                "max": max(before["max"], repeat.max)}
    return pages[key]


def _as_data(one: Field) -> dict[str, Any]:
    found: dict[str, Any] = {"element": one.element}
    found.update({name: value for name in ("hint", "hint_en", "computed") if (value := getattr(one, name))})
    return found


def _add_note(made: dict[str, Any], one: Note, page: Page) -> None:
    entry: dict[str, Any] = {"note": one.note}
    if one.note_en:
        entry["note_en"] = one.note_en
    if (condition := _both(page.when, one.when)) is not None:
        entry["when"] = condition
    if entry not in made["fields"]:
        made["fields"].append(entry)


def _both(first: Tree | None, second: Tree | None) -> Tree | None:
    if first is None or second is None:
        return first if second is None else second
    return {"all": [first, second]}


def _required(required: bool | Tree, condition: Tree | None) -> bool | Tree | None:
    if required is False:
        return False
    return _both(condition, None if required is True else required) or True


def _settle(entry: dict[str, Any], conditions: list[Tree | None], required: Iterable[bool | Tree | None]) -> None:
    if all(conditions):
        entry["when"] = _either([one for one in conditions if one is not None])
    wanted = [one for one in required if one]
    if any(one is True for one in wanted):
        entry["required"] = True
    elif wanted and not entry.get("computed"):
        # Shown only where one of them holds: then what makes it shown need not be said again.
        trees = [one for one in wanted if isinstance(one, Mapping)]
        same = len(trees) == len(conditions) and all(one in conditions for one in trees)
        entry["required"] = True if same else _either(trees)


def _either(trees: list[Tree]) -> Tree:
    unique = [one for number, one in enumerate(trees) if one not in trees[:number]]
    return unique[0] if len(unique) == 1 else {"any": unique}
