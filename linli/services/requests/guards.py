"""The guards that only requests know."""

from __future__ import annotations

from django.utils.translation import gettext as _

from linli.foundation.calendar.clock import today
from linli.foundation.people.models import Organisation
from linli.foundation.policy import policy
from linli.foundation.web import Refused
from linli.mechanisms.cases.models import CaseEvent
from linli.mechanisms.cases.queries import whole
from linli.mechanisms.cases.registry import Move, guard

ANY = "*"


@guard("requests.community_may_lead")
def community_may_lead(move: Move) -> None:
    """A community unit may not lead categories outside its list (条例 第17条)."""
    named = move.data.get("unit") or move.case.unit_id
    unit = named if isinstance(named, Organisation) else Organisation.objects.filter(pk=whole(named) or 0).first()
    if unit is not None and not may_lead(unit, move.case.category, move.case.area_code):
        raise Refused("not_theirs_to_lead", _(
            "「%(category)s」不在社区职责清单里，不能让%(unit)s牵头（条例第17条）。请派给部门，社区可以协办。") % {
                "category": move.case.category, "unit": unit.name}, field="unit")


def may_lead(unit: Organisation, category: str, area_code: str) -> bool:
    """Is `category` on the list of what a community unit may lead? Other units may lead anything."""
    if unit.kind != "residents_committee" or not category:
        return True
    listed = policy("requests.community_lead", on=today(), area=area_code)
    return any(entry == ANY or category == entry or category.startswith(f"{entry}.") for entry in listed)


@guard("requests.contest_once")
def contest_once(move: Move) -> None:
    """A redirection may be contested once."""
    if CaseEvent.objects.filter(case=move.case, name="contest").exists():
        raise Refused("already", _("已经请人再看过一次了。还不同意的话，可以打 12345。"))
