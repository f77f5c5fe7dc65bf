"""The room's use of the classifier: which model, which tree, and units for the tree's first level."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from django.conf import settings
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now, today
from linli.foundation.people.models import Organisation, Person
from linli.foundation.people.permit import permit
from linli.foundation.policy import in_force
from linli.foundation.web import Refused
from linli.mechanisms.cases import routing
from linli.mechanisms.cases.models import RoutingRow, RoutingTable
from linli.services.requests.models import Category

if TYPE_CHECKING:
    from linli.services.requests.classify import CategoryTree, Classifier, Model, Suggestion

OTHER = "其他"  # every case has a category; this one says that nobody could tell
CODE_MAX = 60


def folder() -> Path:
    """Where models lie: in the data folder, none is shipped."""
    return Path(settings.LINLI_DATA) / "models" / "requests"


def suggest_many(texts: Sequence[str]) -> list[Suggestion]:
    """A suggestion for each text, by the model if there is one, else by tree and keyword rules (and it says so)."""
    return classifier().suggest_many(list(texts)) if texts else []


def suggest(text: str) -> Suggestion:
    return classifier().suggest(text)


def classifier() -> Classifier:
    """The classifier in force: read again when the model's file or the tree changes."""
    path = folder()
    stamp = max((item.stat().st_mtime_ns for item in path.glob("*")), default=0) if path.is_dir() else 0
    return _loaded(str(path), stamp, codes(), today())


def codes() -> tuple[str, ...]:
    """Every category one may choose, in the tree's order: the community's own tree, else the shipped one."""
    kept = tuple(Category.objects.values_list("code", flat=True))
    found = kept or shipped()
    return found if OTHER in found else (*found, OTHER)


@cache
def shipped() -> tuple[str, ...]:
    """The codes of `categories.yaml`."""
    rows = yaml.safe_load(Path(__file__).with_name("categories.yaml").read_text(encoding="utf-8"))
    return tuple(code for first, below in rows.items() for code in (first, *(f"{first}.{name}" for name in below)))


def is_known(code: str) -> bool:
    return code in codes()


def find_category(words: str) -> list[str]:
    """The categories that what a person typed may mean: the code itself, a name, or every code that holds it."""
    words = words.strip().replace(" › ", ".")
    known = codes()
    if not words:
        return []
    if words in known:
        return [words]
    named = [code for code in known if code.rpartition(".")[2] == words]
    return named or [code for code in known if words in code]


def shown(code: str) -> str:
    """A code as people read it: 公共设施 › 路灯."""
    return code.replace(".", " › ")


@lru_cache(maxsize=2)
def _loaded(path: str, stamp: int, known: tuple[str, ...], _day: date) -> Classifier:
    from linli.services.requests.classify import Classifier, Model, Rules

    model = Model.load(Path(path)) if stamp else None
    own = None
    if known == shipped():  # its names are ours, so it has a word list of its own
        found = in_force("requests.tree_words")
        own = Rules.of(found.value, found.since.isoformat(), found.source)
    return Classifier(model, tree_of(known), rules=own)


def tree() -> CategoryTree:
    """The tree in force, as the classifier reads it."""
    return tree_of(codes())


def tree_of(known: Iterable[str]) -> CategoryTree:
    from linli.services.requests.classify import CategoryTree

    return CategoryTree.from_rows([code.split(".") for code in known if code != OTHER])


def learn(rows: Sequence[tuple[str, str]], *, source: str) -> Model:
    """Train on (text, category) rows, keep the model in the data folder, and use it from the next question on.

    Raises `Refused("too_few")`.
    """
    from linli.services.requests.classify import Labelled, Message, TooFew, train

    try:
        model = train([Labelled(Message.of(text), label) for text, label in rows], tree(), source=source)
    except TooFew as error:
        raise Refused("too_few", _("件数太少，学不了。请多给一些标好类别的工单。")) from error
    model.save(folder())
    return model


def chosen(suggestion: Suggestion) -> str:
    """The category of a case that nobody looked at yet: the suggested one, or 其他."""
    return suggestion.category_code or OTHER


def told(suggestion: Suggestion) -> dict[str, Any]:
    """A suggestion as a case keeps it, for the page that shows the reason."""
    return {
        "category": suggestion.category_code, "confidence": round(float(suggestion.confidence), 4),
        "method": suggestion.method, "reason": dict(suggestion.reason), "sure": suggestion.sure,
        "alternatives": [[code, round(float(share), 4)] for code, share in list(suggestion.alternatives)[:3]],
    }


def why(kept: Mapping[str, Any]) -> str:
    """How a suggestion (as `told` gives it) was made, in one sentence."""
    reason = kept.get("reason") or {}
    words = "」「".join(str(word) for word in reason.get("words", []))
    if not words:
        return "" if kept.get("category") else _("写的话里没有哪个词说得出是哪一类。")
    facts = {"words": words, "since": str(reason.get("since", "")), "source": str(reason.get("source", ""))}
    return {
        "model": _("因为写到「%(words)s」，和以前标过的像（%(since)s 学的）。"),
        "tree": _("因为写到「%(words)s」。按关键词规则猜的（就是分类的名字）。"),
        "keywords": _("因为写到「%(words)s」。按关键词规则猜的（%(since)s 起的词表）。"),
    }.get(str(kept.get("method")), _("因为写到「%(words)s」。")) % facts


@atomic
def keep_tree(path: Path) -> int:
    """Read a category tree (columns 一级分类, 二级分类, 三级分类) and keep its nodes; known ones stay.

    Returns how many there are now. Raises `Refused("unreadable" | "no_column" | "too_long")`.
    """
    from linli.services.requests.classify import CategoryTree

    if not path.is_file():
        raise Refused("unreadable", _("没有这个文件：%(path)s。") % {"path": path})
    found = list(CategoryTree.from_xlsx(path).codes())
    long = next((code for code in found if len(code) > CODE_MAX), None)
    if long is not None:
        raise Refused("too_long", _("分类「%(code)s」太长，连同上级最多 %(most)s 个字。") % {
            "code": long, "most": CODE_MAX})
    known = set(Category.objects.values_list("code", flat=True))
    fresh = [Category(code=code, name=code.rpartition(".")[2], level=code.count(".") + 1, order=order)
             for order, code in enumerate(found) if code not in known]
    if fresh:
        Category.objects.bulk_create(fresh, batch_size=500)
        audit.record(None, "requests.keep_tree", fresh[0], nodes=len(fresh))
    return Category.objects.count()


@atomic
def make_units(area: Area, person: Person | None = None) -> int:
    """A department of the street and a routing row for each first-level category that no row speaks of yet.

    Published as a new version of the area's table, with what it held before and a catch-all at its end.
    Returns how many rows it made; a second call makes none and no version either.
    """
    if person is not None:
        permit(person, "cases.route", area)
    newest = RoutingTable.objects.filter(area_code=area.code, state="published").order_by("-version").first()
    old = list(newest.rows.all()) if newest else []
    spoken_of = {row.category for row in old if row.kind_code in ("", "complaint")}
    first = dict.fromkeys(code.partition(".")[0] for code in codes() if code != OTHER)
    names = [name for name in first if name not in spoken_of]
    caught = any(is_catch_all(row) and row.unit_id for row in old)
    if not names and caught:
        return 0
    highest = RoutingTable.objects.filter(area_code=area.code).order_by("-version").first()
    table = RoutingTable.objects.create(
        area_code=area.code, version=(highest.version if highest else 0) + 1, state="published",
        effective_from=now(), published_by=person, note=_("按分类树补的部门"))
    street = Area.objects.filter(code=area.code[:9]).first() or area
    # Without a unit the old catch-all would leave its cases to nobody's desk: the duty desk takes its place.
    rows = [copied(row, table) for row in old if caught or not is_catch_all(row)]
    for order, name in enumerate(names):
        unit, _made = Organisation.objects.get_or_create(
            area=street, name=_("%(name)s（部门）") % {"name": name}, defaults={"kind": "department"})
        rows.append(RoutingRow(table=table, order=200 + order, area_prefix=area.code, kind_code="complaint",
                               category=name, unit=unit, note=_("%(name)s 归口部门") % {"name": name}))
    if not caught:
        duty, _made = Organisation.objects.get_or_create(
            area=area, name=_("%(area)s值班") % {"area": area.name}, defaults={"kind": "residents_committee"})
        rows.append(RoutingRow(table=table, order=999, area_prefix=area.code, unit=duty, note=_("兜底：社区值班")))
    RoutingRow.objects.bulk_create(rows)
    audit.record(person, "requests.make_units", area, units=len(names), version=table.version)
    routing.forget()
    return len(names)


def is_catch_all(row: RoutingRow) -> bool:
    """Does the row take whatever no other row took?"""
    return not (row.kind_code or row.category or row.source or row.words or row.compound_id)


def copied(row: RoutingRow, table: RoutingTable) -> RoutingRow:
    """The same rule (unsaved) as a row of another version."""
    return RoutingRow(
        table=table, order=row.order, area_prefix=row.area_prefix, kind_code=row.kind_code, category=row.category,
        source=row.source, words=list(row.words), compound_id=row.compound_id, unit_id=row.unit_id,
        helpers=list(row.helpers), urgency=row.urgency, note=row.note)
