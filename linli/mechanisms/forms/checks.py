"""What a sound shape does not yet say: is anything asked twice, in a circle, or by a rule before it is known?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _

from linli.mechanisms.forms import dictionary
from linli.mechanisms.forms.definition import OWN, Definition, Field, Page
from linli.mechanisms.forms.faults import Fault, Where
from linli.mechanisms.forms.rules.checking import check, check_expression, check_parameters, unknown_element
from linli.mechanisms.forms.rules.trees import elements_in, elements_of


def faults_in(form: Definition) -> list[Fault]:
    """Every fault of a form whose shape is sound, in the order of its pages."""
    found = [fault.under("parameters") for fault in check_parameters(form.parameters)] if form.parameters else []
    found += _own_faults(form)
    found += _twice(form)
    for number, page in enumerate(form.pages):
        found += _page_faults(form, page, ("pages", number))
    if not found:
        found += _circles(form)
    if not found:
        found += _order(form)
    return found + list(_migrations(form))


def _own_faults(form: Definition) -> Iterator[Fault]:
    seen: set[str] = set()
    for number, one in enumerate(form.elements):
        at = ("elements", number, "id")
        if one.group != OWN:
            yield Fault("own_element", _("表自带的问题，编号以 own. 开头，例如 own.opinion。"), at)
        if one.id in seen:
            yield Fault("element_twice", _("「%(id)s」在这个文件里写了两遍，请删掉一处。") % {"id": one.id}, at)
        if one.is_sensitive:
            yield Fault("own_element", _("敏感信息要写进数据项目录，不能由一张表自带。"), at)
        seen.add(one.id)


def _twice(form: Definition) -> Iterator[Fault]:
    seen: set[str] = set()
    for number, page in enumerate(form.pages):
        for place, one in enumerate(page.fields):
            if isinstance(one, Field):
                if one.element in seen:
                    yield Fault("asked_twice", _("「%(name)s」问了两遍。一样东西只问一次，请删掉后面这处。") % {
                        "name": one.element}, ("pages", number, "fields", place, "element"))
                seen.add(one.element)


def _page_faults(form: Definition, page: Page, at: Where) -> Iterator[Fault]:
    known = form.known_elements
    yield from _rule_faults(form, page.when, (*at, "when"))
    groups = dictionary.groups() | ({OWN} if form.elements else set())
    if page.repeat and page.repeat.group not in groups:
        yield Fault("unknown_group", _("没有「%(group)s」这一组数据项，可以用：%(all)s。") % {
            "group": page.repeat.group, "all": "、".join(sorted(groups))}, (*at, "repeat", "group"))
    for number, one in enumerate(page.fields):
        place = (*at, "fields", number)
        yield from _rule_faults(form, one.when, (*place, "when"))
        if not isinstance(one, Field):
            continue
        if one.element not in known:
            near = sorted(name for name in known if name.split(".")[0] == one.element.split(".")[0])[:6]
            yield unknown_element(one.element, near, (*place, "element"))
        elif page.repeat and known[one.element].group != page.repeat.group:
            yield Fault("repeat", _("这一页按「%(group)s」一位一位地问，不能放别组的「%(name)s」。请移到另一页。") % {
                "group": page.repeat.group, "name": one.element}, (*place, "element"))
        if isinstance(one.required, Mapping):
            yield from _rule_faults(form, one.required, (*place, "required"))
        if one.computed is not None:
            yield from check_expression(one.computed, parameters=form.parameters, elements=known,
                                        where=(*place, "computed"))
            if one.required:
                yield Fault("computed", _("算出来的值不用填，请去掉 required。"), (*place, "required"))


def _rule_faults(form: Definition, tree: Any, where: Where) -> list[Fault]:
    if tree is None:
        return []
    return check(tree, parameters=form.parameters, elements=form.known_elements, where=where)


def _reads(form: Definition) -> Iterator[tuple[Where, str, frozenset[str]]]:
    """(place, the element that hangs on it, what is read)."""
    for number, page in enumerate(form.pages):
        of_page = elements_in(page.when)
        for place, one in enumerate(page.fields):
            if isinstance(one, Field):
                required = elements_in(one.required) if isinstance(one.required, Mapping) else frozenset()
                at = ("pages", number, "fields", place)
                yield at, one.element, of_page | elements_in(one.when) | required | elements_of(one.computed)


def _circles(form: Definition) -> Iterator[Fault]:
    reads = {name: read for _at, name, read in _reads(form)}
    places = {name: at for at, name, _read in _reads(form)}
    told: set[str] = set()
    for start in reads:
        way = _way_back(start, reads)
        if way and not told & set(way):
            told |= set(way)
            yield Fault("cycle", _("这些条件互相等着：%(way)s。请去掉其中一个条件。") % {"way": " → ".join(way)},
                        places[start])


def _way_back(start: str, reads: Mapping[str, frozenset[str]]) -> list[str]:
    """The shortest way from `start` back to itself; empty where there is none."""
    frontier = [[start]]
    seen: set[str] = set()
    while frontier:
        way = frontier.pop(0)
        for name in sorted(reads.get(way[-1], ())):
            if name == start:
                return [*way, start]
            if name not in seen:
                seen.add(name)
                frontier.append([*way, name])
    return []


def _order(form: Definition) -> Iterator[Fault]:
    """A condition may read only what stands before it: else it can never be known in time."""
    position = {name: number for number, name in enumerate(form.element_ids)}
    groups = {form.element(name).group for name in form.element_ids}
    for at, name, read in _reads(form):
        for other in sorted(read):
            if other in groups and other not in position:
                continue
            if other not in position:
                yield Fault("never_asked", _("条件里的「%(name)s」这张表没有问。请在前面加上它，或改条件。") % {
                    "name": other}, at)
            elif position[other] >= position[name]:
                yield Fault("asked_later", _("条件里的「%(name)s」在后面才问。请把它移到前面。") % {"name": other}, at)


def _migrations(form: Definition) -> Iterator[Fault]:
    for number, rule in enumerate(form.migrate):
        for old, new in (rule.get("rename") or {}).items():
            if new not in form.element_ids:
                yield Fault("migrate", _("把「%(old)s」换成「%(new)s」，但这张表没有后者。请改正。") % {
                    "old": old, "new": new}, ("migrate", number, "rename", old))
