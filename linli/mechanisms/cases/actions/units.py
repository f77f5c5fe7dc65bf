"""Between units: helpers called in, a contested dispatch, an extension, an exclusion from the rates."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.people.models import Organisation, Person
from linli.foundation.people.permit import permit
from linli.foundation.web import Refused
from linli.mechanisms.cases import engine, timers
from linli.mechanisms.cases.actions.talking import call_tries
from linli.mechanisms.cases.models import Case, CaseEvent, Leg, Outcome, Timer
from linli.mechanisms.cases.reach import permit_on

TRIES_MIN = 3


@atomic
def whistle(person: Person, case: Case, unit: Organisation, *, reason: str) -> Leg:
    """吹哨: open a helper leg for `unit`; the lead stays the lead (首接负责, 条例 第14条, 双考核 第33条)."""
    permit_on(person, "cases.whistle", case)
    locked = engine.lock(case.pk)
    if not reason.strip():
        raise Refused("missing", _("请写清要他们来做什么。"), field="reason")
    if unit.pk in (locked.unit_id, locked.complained_of):
        raise Refused("own_unit", _("这个单位不能做协办，请另选一个。"), field="unit")
    if Leg.objects.filter(case=locked, unit=unit, closed_at=None).exists():
        raise Refused("already", _("已经请过这个单位了。"), field="unit")
    leg = Leg.objects.create(case=locked, unit=unit, opened_by=person, reason=reason.strip()[:300])
    engine.append(locked, person, "whistle", text_public=unit.name, text_internal=leg.reason, data={"leg": leg.pk})
    audit.record(person, "cases.whistle", locked, unit=str(unit.pk))
    emit("case.whistled", case=case.pk, leg=leg.pk, unit=unit.pk)
    return leg


@atomic
def arrive_leg(person: Person, leg: Leg) -> Leg:
    """The helper unit says it is there; its own time counts."""
    permit(person, "cases.help", leg)
    locked = engine.lock(leg.case_id)
    leg = Leg.objects.select_for_update().select_related("unit", "case").get(pk=leg.pk)
    if leg.arrived_at is None and leg.closed_at is None:
        leg.arrived_at = now()
        leg.save(update_fields=["arrived_at"])
        engine.append(locked, person, "arrive_leg", text_public=leg.unit.name, data={"leg": leg.pk})
        audit.record(person, "cases.arrive_leg", locked, leg=str(leg.pk))
    return leg


@atomic
def report_leg(person: Person, leg: Leg, *, report: str, done: bool = True) -> Leg:
    """A (stage) report of the helper unit; `done` ends the leg, never the case."""
    permit(person, "cases.help", leg)
    locked = engine.lock(leg.case_id)
    leg = Leg.objects.select_for_update().select_related("unit", "case").get(pk=leg.pk)
    if leg.closed_at is not None:
        raise Refused("over", _("这一段协办已经结束了。"))
    if not report.strip():
        raise Refused("missing", _("请写一句办得怎么样。"), field="report")
    moment = now()
    leg.report, leg.reported_at = report.strip()[:2000], moment
    leg.arrived_at = leg.arrived_at or moment
    leg.closed_at = moment if done else None
    leg.save(update_fields=["report", "reported_at", "arrived_at", "closed_at"])
    engine.append(locked, person, "report_leg", text_internal=leg.report, text_public=leg.unit.name,
                  data={"leg": leg.pk, "done": done})
    audit.record(person, "cases.report_leg", locked, leg=str(leg.pk), done=done)
    emit("case.leg_reported", case=leg.case_id, leg=leg.pk)
    return leg


@atomic
def file_objection(person: Person, case: Case, *, reason: str, unit: Organisation | None) -> CaseEvent:
    """异议: only before handling begins, once a cycle, with a reason; the handling clock goes on (条例 第12条)."""
    permit_on(person, "cases.object", case)
    locked = engine.lock(case.pk)
    if unit is not None and unit.pk in (locked.unit_id, locked.complained_of):
        raise Refused("own_unit", _("请另选一个单位，或者选「不清楚该归谁」。"), field="unit")
    if locked.state not in locked.kind.transitions["dispatch"].sources | {locked.kind.transitions["dispatch"].to}:
        raise Refused("begun", _("已经开始办了，不能再提异议。"))
    if open_objection(locked) or _decided_in_cycle(locked):
        raise Refused("already", _("这一轮已经提过异议了。"))
    if not reason.strip():
        raise Refused("missing", _("请写清为什么不归本单位。"), field="reason")
    event = engine.append(locked, person, "object", text_internal=reason.strip()[:1000], data={
        "unit": locked.unit_id, "proposed": unit.pk if unit else None, "cycle": locked.cycle})
    audit.record(person, "cases.object", locked, seq=event.seq)
    emit("case.contested", case=case.pk, event=event.pk)
    return event


def open_objection(case: Case) -> CaseEvent | None:
    """The objection of this cycle that nobody decided yet."""
    filed = CaseEvent.objects.filter(case=case, name="object").order_by("-seq").first()
    if filed is None or filed.data.get("cycle") != case.cycle:
        return None
    decided = CaseEvent.objects.filter(case=case, name="decide_objection", seq__gt=filed.seq).exists()
    return None if decided else filed


def _decided_in_cycle(case: Case) -> bool:
    return any(data.get("cycle") == case.cycle for data in CaseEvent.objects.filter(
        case=case, name="object").values_list("data", flat=True))


@atomic
def decide_objection(person: Person, case: Case, *, upheld: bool, reason: str) -> Case:
    """The reviewer belongs to neither unit. Upheld: the lead is replaced by the proposed unit, or its place's queue."""
    permit_on(person, "cases.review", case)
    locked = engine.lock(case.pk)
    filed = open_objection(locked)
    if filed is None:
        raise Refused("none", _("没有等着处理的异议。"))
    proposed = filed.data.get("proposed")
    if any(s.organisation_id in (locked.unit_id, proposed) and s.organisation_id for s in person.standings):
        raise Refused("own_unit", _("两边单位的人都不能裁定，请换一位。"))
    alive = Organisation.objects.filter(pk=proposed or 0, is_active=True).exclude(pk=locked.complained_of or 0)
    proposed = alive.values_list("pk", flat=True).first()  # closed meanwhile, or complained of: the place's own queue
    changes = {"unit_id": proposed, "assignee_id": None, "offered_to_id": None} if upheld else {}
    engine.append(locked, person, "decide_objection", changes=changes, text_internal=reason.strip()[:1000], data={
        "upheld": upheld, "objection": filed.seq, "cycle": locked.cycle})
    audit.record(person, "cases.decide_objection", locked, upheld=upheld)
    emit("case.objection_decided", case=case.pk, objection=filed.pk, upheld=upheld)
    return locked


@atomic
def ask_extension(person: Person, case: Case, *, until: datetime, reason: str) -> CaseEvent:
    """延期: asked before the deadline, with a reason and a new date; one level up decides."""
    permit_on(person, "cases.extend", case)
    locked = engine.lock(case.pk)
    clock = locked.clock_at
    if clock is None or not locked.is_open:
        raise Refused("no_clock", _("现在没有在走的时限，不用延期。"))
    if now() >= clock:
        raise Refused("too_late", _("已经过了时限，不能再申请延期。请尽快办，或申请挂账。"))
    if not reason.strip():
        raise Refused("missing", _("请写清为什么要延期。"), field="reason")
    if until <= clock or until > clock + timedelta(days=locked.kind.extend_days_max):
        raise Refused("bad_date", _("新的期限要在现在的期限之后，最多延 %(days)s 天。") % {
            "days": locked.kind.extend_days_max}, field="until")
    given = CaseEvent.objects.filter(case=locked, name="extend", data__cycle=locked.cycle).count()
    if given >= locked.kind.extend_max:
        raise Refused("too_often", _("这件事已经延过 %(times)s 次，不能再延了。") % {"times": given})
    if open_extension(locked):
        raise Refused("already", _("上一次延期申请还没批。"))
    event = engine.append(locked, person, "ask_extension", text_internal=reason.strip()[:500], data={
        "until": until.isoformat(), "cycle": locked.cycle, "timer": locked.due_name})
    audit.record(person, "cases.ask_extension", locked, seq=event.seq)
    emit("case.extension_asked", case=case.pk, event=event.pk)
    return event


def open_extension(case: Case) -> CaseEvent | None:
    """The request for more time that nobody decided yet."""
    asked = CaseEvent.objects.filter(case=case, name="ask_extension").order_by("-seq").first()
    if asked is None or asked.data.get("cycle") != case.cycle:
        return None
    answered = CaseEvent.objects.filter(case=case, name__in=["extend", "refuse_extension"], seq__gt=asked.seq).exists()
    return None if answered else asked


@atomic
def decide_extension(person: Person, case: Case, *, agreed: bool, reason: str = "") -> Case:
    """One level up agrees or not. Agreed: the deadline moves and the requester is told; refused: the old one stands."""
    permit_on(person, "cases.review", case)
    locked = engine.lock(case.pk)
    asked = open_extension(locked)
    if asked is None:
        raise Refused("none", _("没有等着批的延期申请。"))
    if asked.actor_id == person.pk:
        raise Refused("own_case", _("不能批自己的申请。"))
    if not agreed:
        engine.append(locked, person, "refuse_extension", text_internal=reason.strip()[:500],
                      data={"cycle": locked.cycle, "asked": asked.seq})
        emit("case.extension_refused", case=case.pk, asked=asked.pk)
    else:
        _extend(person, locked, asked)
    audit.record(person, "cases.decide_extension", locked, agreed=agreed)
    return locked


def _extend(person: Person, case: Case, asked: CaseEvent) -> None:
    until = datetime.fromisoformat(asked.data["until"])
    timer = case.timers.filter(name=asked.data["timer"], state=Timer.State.RUNNING).first()
    rule = case.kind.timers.get(asked.data["timer"])
    if timer is None or rule is None:
        raise Refused("no_clock", _("申请延的那个时限已经不在走了，不用批。"))
    if until <= now():
        raise Refused("too_late", _("申请延到的时间也过了，请让他们重新申请。"))
    first = case.facts.get("first_due", timer.due_at.isoformat())
    changes: dict[str, object] = {"facts": {**case.facts, "first_due": first}}
    timers.extend(timer, rule, until)
    timer.save(update_fields=["allowance_s", "due_at", "next_at"])
    if case.due_name == timer.name:
        changes["due_at"] = until
    engine.append(case, person, "extend", changes=changes, text_public=asked.text_internal,
                  data={"until": until.isoformat(), "cycle": case.cycle, "asked": asked.seq})
    emit("case.extended", case=case.pk, until=until.isoformat())


EXCLUSIONS = {
    "unreachable": _("三次都联系不上"), "unreasonable": _("诉求不合理"),
    "outside_duty": _("不属于职责范围"), "withdrawn": _("本人撤回"),
}


@atomic
def exclude_from_rates(person: Person, case: Case, *, reason: str) -> Outcome:
    """Leave this cycle out of the rates: one person asks with a listed reason, a second one agrees."""
    permit_on(person, "cases.review", case)
    locked = engine.lock(case.pk)
    if reason not in EXCLUSIONS:
        raise Refused("reason", _("请选一个剔除原因。"), field="reason")
    outcome = Outcome.objects.select_for_update().filter(case=locked, cycle=locked.cycle).first()
    if outcome is None:
        raise Refused("no_outcome", _("还没办结，不用剔除。"))
    if outcome.excluded_second_id:
        raise Refused("already", _("这一轮已经剔除了。"))
    if reason == "unreachable" and call_tries(locked) < TRIES_MIN:
        raise Refused("too_few_tries", _("要在 %(tries)s 个不同的半天打过电话，才算联系不上。") % {"tries": TRIES_MIN},
                      field="reason")
    if outcome.excluded_by_id and outcome.excluded_by_id != person.pk:
        if reason != outcome.excluded_for:
            raise Refused("other_reason", _("前一位选的原因是「%(reason)s」。您也这样看才能剔除。") % {
                "reason": EXCLUSIONS[outcome.excluded_for]}, field="reason")
        outcome.excluded_second = person
    else:
        outcome.excluded_for, outcome.excluded_by = reason, person
    outcome.save(update_fields=["excluded_for", "excluded_by", "excluded_second"])
    engine.append(locked, person, "exclude", data={"reason": reason, "agreed": bool(outcome.excluded_second_id)})
    audit.record(person, "cases.exclude", locked, reason=reason, agreed=bool(outcome.excluded_second_id))
    return outcome
