"""无障碍改造: asking for it, and the papers its steps rest on."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.areas.models import Area, Building, Facility, Home
from linli.foundation.calendar.clock import today
from linli.foundation.people.models import Person
from linli.foundation.policy import policy
from linli.foundation.web import Refused
from linli.mechanisms.cases import actions as cases, engine
from linli.mechanisms.cases.models import Case
from linli.mechanisms.cases.reach import permit_on
from linli.services.access.models import Consent, Measurement, Plan, Survey
from linli.services.access.queries import works
from linli.services.access.rules import needs_consent

HOME = "home"


@atomic
def ask_work(
    person: Person,
    area: Area,
    *,
    category: str,
    text: str,
    place: str = "",
    building: Building | None = None,
    facility: Facility | None = None,
    home: Home | None = None,
    once: str = "",
) -> Case:
    """Ask for a barrier-free work. A work inside a home is seen by who handles it only.

    Raises `Denied`, `Refused`: no_place, no_text, too_long, elsewhere.
    """
    thing: Any = facility or building
    if thing is None and not place.strip() and category != HOME:
        raise Refused("no_place", _("请选楼栋或设施，或者写一句在哪里。"), field="place")
    if thing is not None and thing.area_id != area.pk:
        raise Refused("elsewhere", _("选的地方不在这个社区，请重选。"), field="place")
    where = place.strip() or (str(thing) if thing is not None else _("家里"))
    public = str(thing) if thing is not None and category != HOME else ""
    kind = works.KIND
    title = _("%(where)s：%(what)s") % {
        "where": public or (_("家里") if category == HOME else _("社区里")),
        "what": _category(category),
    }
    return cases.open_case(
        person,
        kind,
        area,
        verb="access.ask_work",
        category=category,
        title=title,
        text=text,
        place=where,
        place_public=public,
        building=building,
        home=home if category == HOME else None,
        facility=facility,
        lon=thing.lon if thing is not None else None,
        lat=thing.lat if thing is not None else None,
        once=once,
    )


def _category(code: str) -> str:
    from linli.mechanisms.cases.kinds import current

    return str(current(works.KIND).category(code) or code)


@atomic
def keep_survey(
    person: Person, case: Case, *, found: str, surveyed_on: date, users: str = "", can_be_done: bool = True
) -> Survey:
    """Write down what was seen on the spot. Raises `Denied`, `Refused`: not_now, in_future."""
    locked = _open(person, case, {"asked", "surveyed", "parked"})
    if surveyed_on > today():
        raise Refused("in_future", _("勘查日期不能在今天以后。"), field="surveyed_on")
    row: Survey = Survey.objects.create(
        case=locked,
        found=found.strip(),
        users=users.strip(),
        can_be_done=can_be_done,
        surveyed_on=surveyed_on,
        by=person,
    )
    _tell(person, locked, "survey", can_be_done=can_be_done)
    return row


@atomic
def keep_plan(
    person: Person,
    case: Case,
    *,
    text: str,
    consent_rule: str,
    responsible: str,
    builder: str = "",
    cost: Decimal | None = None,
    paid_from: str = "",
) -> Plan:
    """Write down what shall be built and whose consent it needs. Raises `Denied`, `Refused`: not_now, no_rule."""
    locked = _open(person, case, {"surveyed"})
    if consent_rule not in {rule["code"] for rule in policy("access.consent_rules", area=locked.area_code)}:
        raise Refused("no_rule", _("请选这件事要谁同意。"), field="consent_rule")
    if consent_rule == "own_home" and locked.category != HOME:
        raise Refused("no_rule", _("共有部分的事要业主共同决定，不能按「自己家里」办。"), field="consent_rule")
    row: Plan = Plan.objects.create(
        case=locked,
        text=text.strip(),
        consent_rule=consent_rule,
        responsible=responsible.strip(),
        builder=builder.strip(),
        cost=cost,
        paid_from=paid_from.strip(),
        by=person,
    )
    _tell(person, locked, "plan", rule=consent_rule)
    return row


@atomic
def keep_consent(
    person: Person,
    case: Case,
    *,
    owners: int,
    owners_took_part: int,
    owners_agreed: int,
    m2: Decimal,
    m2_took_part: Decimal,
    m2_agreed: Decimal,
    held_on: date,
    paper: str,
) -> Consent:
    """Write down how the owners were asked, as sums and the paper they are on; nobody's own answer.

    Raises `Denied`, `Refused`: not_now, no_plan, not_needed, more_than_all, in_future, no_paper.
    """
    locked = _open(person, case, {"asking"})
    plan = works.plan_of(locked)
    if plan is None:
        raise Refused("no_plan", _("还没有方案，先写方案再征求意见。"))
    if not needs_consent(works.rule_of(plan, locked)):
        raise Refused("not_needed", _("按这个方案不用业主表决，可以直接开工。"))
    if not owners_agreed <= owners_took_part <= owners:
        raise Refused(
            "more_than_all", _("人数不对：同意的不能多过参与的，参与的不能多过总人数。"), field="owners_agreed"
        )
    if not m2_agreed <= m2_took_part <= m2:
        raise Refused("more_than_all", _("面积不对：同意的不能多过参与的，参与的不能多过总面积。"), field="m2_agreed")
    if held_on > today():
        raise Refused("in_future", _("表决日期不能在今天以后。"), field="held_on")
    if len(paper.strip()) < 4:
        raise Refused("no_paper", _("请写凭据是什么、存在哪里。"), field="paper")
    row: Consent = Consent.objects.create(
        case=locked,
        plan=plan,
        owners=owners,
        owners_took_part=owners_took_part,
        owners_agreed=owners_agreed,
        m2=m2,
        m2_took_part=m2_took_part,
        m2_agreed=m2_agreed,
        held_on=held_on,
        paper=paper.strip(),
        by=person,
    )
    _tell(person, locked, "consent", reached=works.reached(row, works.rule_of(plan, locked)).is_reached)
    return row


@atomic
def keep_measurement(
    person: Person, case: Case, *, item: str, value: Decimal, note: str = "", with_user: bool = False
) -> Measurement:
    """Write down one measured value. Raises `Denied`, `Refused`: not_now, no_item."""
    locked = _open(person, case, {"building", "measuring"})
    if item not in {line.code for line in works.acceptance(locked)}:
        raise Refused("no_item", _("请选量的是哪一样。"), field="item")
    row: Measurement = Measurement.objects.create(
        case=locked, item=item, value=value, note=note.strip(), with_user=with_user, by=person
    )
    _tell(person, locked, "measure", item=item)
    return row


def _open(person: Person, case: Case, states: set[str]) -> Case:
    locked = engine.lock(case.pk)
    permit_on(person, "access.keep_work", locked)
    if locked.kind_code != works.KIND or locked.state not in states:
        raise Refused("not_now", _("现在这一步不能记这个，请刷新看看到哪一步了。"))
    return locked


def _tell(person: Person, case: Case, what: str, **facts: Any) -> None:
    """Into the case's story (the kind names it), without a word of the papers themselves."""
    engine.append(case, person, f"keep_{what}", channel="desk", data=facts)
    audit.record(person, f"access.keep_{what}", case, **facts)
