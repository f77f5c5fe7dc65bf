"""The rules that say who answers for what: drafted by one person, tried on last month, published by another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Max
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.audit import Ref
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.people.models import Organisation, Person
from linli.foundation.people.permit import permit
from linli.foundation.web import Refused
from linli.mechanisms.cases import routing
from linli.mechanisms.cases.kinds import shipped
from linli.mechanisms.cases.models import RoutingRow, RoutingTable, Urgency
from linli.services.requests import classifying
from linli.services.requests.guards import may_lead

ROWS_MAX = 400
STEP = 10
FIELDS = ("area_prefix", "kind_code", "category", "source", "words", "compound_id", "unit", "helpers", "urgency",
          "note")


@atomic
def new_draft(person: Person, area: Area, *, note: str = "") -> RoutingTable:
    """A draft that begins as a copy of what is in force. One at a time for a place. Raises `Denied`, `Refused`."""
    permit(person, "cases.route", area)
    Area.objects.select_for_update().get(pk=area.pk)  # two drafts begun at once would take one version number
    tables = RoutingTable.objects.filter(area_code=area.code)
    if tables.filter(state__in=["draft", "proposed"]).exists():
        raise Refused("draft_exists", _("这里已经有一份草稿，请接着改那一份，或先把它删掉。"))
    published = tables.filter(state="published").order_by("-version").first()
    table = RoutingTable.objects.create(
        area_code=area.code, version=(tables.aggregate(top=Max("version"))["top"] or 0) + 1, state="draft",
        proposed_by=person, note=note.strip()[:200])
    if published is not None:
        RoutingRow.objects.bulk_create([classifying.copied(row, table) for row in published.rows.all()])
    audit.record(person, "requests.draft_routing", _ref(table), version=table.version)
    return table


@atomic
def add_row(person: Person, table: RoutingTable, given: Mapping[str, Any]) -> RoutingRow:
    """A new row at the end of a draft, before its catch-all. `given` holds the `FIELDS`. Raises as `change_row`."""
    locked = _draft(person, table)
    rows = list(locked.rows.all())
    if len(rows) >= ROWS_MAX:
        raise Refused("too_many", _("一份规则最多 %(most)s 行。") % {"most": ROWS_MAX})
    row = RoutingRow(table=locked, order=_last_order(rows))
    _fill(row, locked, given)
    row.save()
    _touch(person, locked)
    audit.record(person, "requests.add_routing_row", _ref(locked), row=str(row.pk))
    return row


@atomic
def change_row(person: Person, row: RoutingRow, given: Mapping[str, Any]) -> RoutingRow:
    """Change a row of a draft.

    Raises `Denied`, `Refused`: not_draft, no_place, no_kind, no_category, dead_unit, not_theirs_to_lead, no_urgency.
    """
    locked = _draft(person, row.table)
    row = RoutingRow.objects.select_for_update().get(pk=row.pk)
    _fill(row, locked, given)
    row.save()
    _touch(person, locked)
    audit.record(person, "requests.change_routing_row", _ref(locked), row=str(row.pk))
    return row


@atomic
def drop_row(person: Person, row: RoutingRow) -> None:
    """Take a row out of a draft. Raises `Denied`, `Refused("not_draft")`."""
    locked = _draft(person, row.table)
    audit.record(person, "requests.drop_routing_row", _ref(locked), row=str(row.pk))
    row.delete()
    _touch(person, locked)


@atomic
def move_row(person: Person, row: RoutingRow, *, up: bool) -> None:
    """One place up or down among the rows of a draft; at the end nothing happens. Raises as `drop_row`."""
    locked = _draft(person, row.table)
    rows = list(locked.rows.order_by("order", "id"))
    at = next(index for index, one in enumerate(rows) if one.pk == row.pk)
    to = at - 1 if up else at + 1
    if not 0 <= to < len(rows):
        return
    rows[at], rows[to] = rows[to], rows[at]
    for index, one in enumerate(rows):
        one.order = (index + 1) * STEP
    RoutingRow.objects.bulk_update(rows, ["order"])
    _touch(person, locked)
    audit.record(person, "requests.move_routing_row", _ref(locked), row=str(row.pk), up=up)


@atomic
def submit_table(person: Person, table: RoutingTable) -> RoutingTable:
    """Hand a draft over to a second person; from here it cannot be changed. Raises `Denied`, `Refused`."""
    locked = _draft(person, table)
    _require_sound(locked)
    locked.state, locked.proposed_by = "proposed", person
    locked.save(update_fields=["state", "proposed_by"])
    audit.record(person, "requests.submit_routing", _ref(locked), version=locked.version)
    emit("requests.routing_proposed", table=locked.pk, area=locked.area_code, by=person.pk)
    return locked


@atomic
def return_table(person: Person, table: RoutingTable) -> RoutingTable:
    """Give a proposed version back to be changed. Raises `Denied`, `Refused("not_proposed")`."""
    locked = _proposed(person, table)
    locked.state = "draft"
    locked.save(update_fields=["state"])
    audit.record(person, "requests.return_routing", _ref(locked), version=locked.version)
    return locked


@atomic
def publish_table(person: Person, table: RoutingTable) -> RoutingTable:
    """The second person publishes: new cases go by it at once; open ones stay where they are.

    Raises `Denied`, `Refused`: not_proposed, same_person, and what `problems_of` finds.
    """
    locked = _proposed(person, table)
    if locked.proposed_by_id == person.pk:
        raise Refused("same_person", _("提交的人不能自己发布，请换一位同事看过再发。"))
    _require_sound(locked)
    locked.state, locked.published_by, locked.effective_from = "published", person, now()
    locked.save(update_fields=["state", "published_by", "effective_from"])
    audit.record(person, "requests.publish_routing", _ref(locked), version=locked.version,
                 proposed_by=str(locked.proposed_by_id))
    emit("requests.routing_published", table=locked.pk, area=locked.area_code, by=person.pk)
    routing.forget()
    return locked


@atomic
def drop_draft(person: Person, table: RoutingTable) -> None:
    """Throw a draft away; its version number stays taken. Raises `Denied`, `Refused("not_draft")`."""
    locked = _draft(person, table)
    locked.state = "dropped"
    locked.save(update_fields=["state"])
    audit.record(person, "requests.drop_routing", _ref(locked), version=locked.version)


def problems_of(table: RoutingTable, rows: Sequence[RoutingRow] | None = None) -> list[tuple[RoutingRow | None, str]]:
    """What forbids publishing: no catch-all, a dead unit, a community unit that may not lead the category."""
    rows = list(table.rows.select_related("unit")) if rows is None else rows
    found: list[tuple[RoutingRow | None, str]] = []
    if not any(classifying.is_catch_all(row) and row.area_prefix == table.area_code for row in rows):
        found.append((None, _("还缺一行兜底：不限类型、种类和来源，什么都接得住。")))
    for row in rows:
        if row.unit is not None and not row.unit.is_active:
            found.append((row, _("「%(unit)s」已经停用，请换一个单位。") % {"unit": row.unit.name}))
        elif row.unit is not None and not may_lead(row.unit, row.category, table.area_code):
            found.append((row, _("「%(category)s」不在社区职责清单里，不能让%(unit)s牵头（条例第17条）。") % {
                "category": row.category, "unit": row.unit.name}))
    return found


def _require_sound(table: RoutingTable) -> None:
    found = problems_of(table)
    if found:
        raise Refused("not_sound", _("还不能提交：%(problems)s") % {
            "problems": " ".join(sentence for _row, sentence in found[:5])})


def _draft(person: Person, table: RoutingTable) -> RoutingTable:
    """The locked draft. Raises `Denied`, `Refused("not_draft")`."""
    return _in_state(person, table, "draft", Refused("not_draft", _("这一版不能再改了，请新开一份草稿。")))


def _proposed(person: Person, table: RoutingTable) -> RoutingTable:
    return _in_state(person, table, "proposed", Refused("not_proposed", _("这一版没有等着发布，请刷新后再看。")))


def _in_state(person: Person, table: RoutingTable, state: str, refusal: Refused) -> RoutingTable:
    permit(person, "cases.route", _ref(table))
    locked: RoutingTable = RoutingTable.objects.select_for_update().get(pk=table.pk)
    if locked.state != state:
        raise refusal
    return locked


def _ref(table: RoutingTable) -> Ref:
    return Ref("cases.routingtable", table.pk, table.area_code)


def _touch(person: Person, table: RoutingTable) -> None:
    """Whoever changed the draft last is the one who may not publish it."""
    table.proposed_by = person
    table.save(update_fields=["proposed_by"])


def _last_order(rows: Sequence[RoutingRow]) -> int:
    """The place before the catch-all, which stays last."""
    others = [row.order for row in rows if not classifying.is_catch_all(row)]
    return max(others, default=0) + STEP


def _fill(row: RoutingRow, table: RoutingTable, given: Mapping[str, Any]) -> None:
    prefix = str(given.get("area_prefix") or table.area_code)
    if not prefix.startswith(table.area_code) or not Area.objects.filter(code=prefix).exists():
        raise Refused("no_place", _("没有这个地方，或者不在这份规则管的范围里。"), field="area_prefix")
    kind = str(given.get("kind_code") or "")
    if kind and kind not in shipped():
        raise Refused("no_kind", _("没有这种工单类型。"), field="kind_code")
    category = str(given.get("category") or "")
    if len(category) > classifying.CODE_MAX:
        raise Refused("no_category", _("没有这个种类，请在列出的里面选一个。"), field="category")
    unit = given.get("unit")
    if unit is not None:
        _check_unit(unit, table, category)
    urgency = str(given.get("urgency") or "")
    if urgency and urgency not in Urgency.values:
        raise Refused("no_urgency", _("请选急不急。"), field="urgency")
    helpers = [one for one in given.get("helpers") or () if one != unit]
    for helper in helpers:
        _check_unit(helper, table, "", field="helpers")
    row.area_prefix, row.kind_code, row.category = prefix, kind, category
    row.source = str(given.get("source") or "")[:30]
    row.words = [str(word).strip()[:20] for word in given.get("words") or () if str(word).strip()][:30]
    row.compound_id = given.get("compound_id") or None
    row.unit, row.urgency, row.note = unit, urgency, str(given.get("note") or "").strip()[:200]
    row.helpers = [helper.pk for helper in helpers]


def _check_unit(unit: Organisation, table: RoutingTable, category: str, *, field: str = "unit") -> None:
    if not unit.is_active:
        raise Refused("dead_unit", _("「%(unit)s」已经停用，请换一个单位。") % {"unit": unit.name}, field=field)
    if not (table.area_code.startswith(unit.area_code) or unit.area_code.startswith(table.area_code)):
        raise Refused("no_unit", _("没有这个单位，请重选。"), field=field)
    if not may_lead(unit, category, table.area_code):
        raise Refused("not_theirs_to_lead", _(
            "「%(category)s」不在社区职责清单里，不能让%(unit)s牵头（条例第17条）。") % {
                "category": category, "unit": unit.name}, field=field)
