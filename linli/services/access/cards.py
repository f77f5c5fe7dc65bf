"""What this room puts on the shells' pages and into the search."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _

from linli.foundation.areas.models import Area, Facility
from linli.foundation.people.models import Person
from linli.foundation.web.manifest import Card
from linli.foundation.web.middleware import Request
from linli.mechanisms.cases.models import Case
from linli.mechanisms.cases.reach import may_on
from linli.services.access.models import GuideRequest, GuideState
from linli.services.access.queries import works
from linli.services.access.rules import needs_consent


def desk_case(request: Request, case: Case) -> Sequence[Card]:
    """Survey, plan, consent and measurements beside the case, with the link to write the next one."""
    if case.kind_code != works.KIND:
        return []
    return [Card("access/work_card.html", {**papers(case), "may_keep": case.is_open and may_on(
        request.person, "access.keep_work", case)}, order=10)]


def case_side(request: Request, case: Case) -> Sequence[Card]:
    """The same for who asked, without the forms: what was seen, planned, agreed and measured is theirs to know."""
    if case.kind_code != works.KIND or request.person.pk not in (case.requester_id, case.agent_id):
        return []
    return [Card("access/work_card.html", {**papers(case), "may_keep": False}, order=10)]


def papers(case: Case) -> dict[str, Any]:
    plan = works.plan_of(case)
    rule = works.rule_of(plan, case) if plan else None
    asked = works.consents_of(plan)
    return {
        "case": case, "survey": works.survey_of(case), "plan": plan, "rule": rule,
        "asks_owners": bool(rule and needs_consent(rule)), "consent": asked[0] if asked else None,
        "reached": works.reached(asked[0], rule) if asked and rule else None,
        "items": works.acceptance(case) if case.state not in ("asked", "surveyed", "asking", "parked") else [],
    }


def mine(request: Request) -> Sequence[Card]:
    """A guide is coming, or hours wait for a word: nothing else of this room asks for attention."""
    person: Person | None = request.person or None  # type: ignore[truthy-bool]  # lazy: nobody is falsy
    if person is None:
        return []
    rows = list(GuideRequest.objects.filter(
        requester=person, state__in=[GuideState.MATCHED, GuideState.REPORTED]).select_related(
            "guide__person").order_by("starts")[:2])
    return [Card("access/mine_card.html", {"rows": rows}, order=25)] if rows else []


_WORDS = {
    "way": ("轮椅", "怎么走", "路线", "坡道", "盲道", "无障碍", "婴儿车", "wheelchair", "step-free", "route", "way"),
    "outages": ("电梯坏", "电梯停", "停用", "坡道堵", "故障", "outage", "out of order"),
    "works": ("改造", "加装电梯", "扶手", "装坡道", "ramp", "handrail"),
    "interpreters": ("手语", "翻译", "聋", "sign language", "interpreter", "deaf"),
    "guides": ("陪", "推轮椅", "志愿", "guide", "escort"),
}


def search(person: Person | None, area: Area | None, words: str) -> Sequence[tuple[str, str, str, str]]:
    """The room's pages by what people call them, and facilities by their names."""
    lower = words.lower()
    pages = {
        "way": (_("怎么走好走"), _("轮椅、婴儿车、走不远，都能找"), "map"),
        "outages": (_("现在用不了的"), _("电梯停、坡道堵，大家报的"), "alert"),
        "works": (_("无障碍改造"), _("装扶手、修坡道、加装电梯"), "ladder"),
        "interpreters": (_("手语翻译"), _("看病、办事、开会，都能约"), "talk"),
        "guides": (_("陪伴"), _("请人陪着走、推轮椅"), "hands"),
    }
    found = [(title, sub, reverse(f"access:{name}"), icon) for name, (title, sub, icon) in pages.items()
             if any(word in lower for word in _WORDS[name])]
    if person is not None and area is not None and len(words) > 1:
        rows = Facility.objects.visible_to(person).filter(area=area, name__icontains=words).order_by("name")[:3]
        found += [(_("%(name)s好不好进") % {"name": one.name}, str(one.get_kind_display()),
                   reverse("access:facility", args=[one.pk]), "hands") for one in rows]
    return found
