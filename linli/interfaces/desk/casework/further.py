"""The further verbs of a case at the desk: which make sense now, the doing of them, and the sentence afterwards."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _, gettext_lazy

from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Organisation, Person
from linli.foundation.web import Refused
from linli.interfaces.components.telling_time import when
from linli.mechanisms.cases import actions, engine
from linli.mechanisms.cases.actions.units import open_extension, open_objection
from linli.mechanisms.cases.models import Case
from linli.mechanisms.cases.reach import may_on

MORE = {
    # verb → (title, icon, permission)
    "whistle": (gettext_lazy("吹哨请协办"), "hands", "cases.whistle"),
    "object": (gettext_lazy("提派单异议"), "alert", "cases.object"),
    "decide_objection": (gettext_lazy("裁定异议"), "ballot", "cases.review"),
    "extend": (gettext_lazy("申请延期"), "clock", "cases.extend"),
    "decide_extension": (gettext_lazy("批延期"), "ballot", "cases.review"),
    "merge": (gettext_lazy("并案"), "people", "cases.merge"),
    "unmerge": (gettext_lazy("撤销并案"), "back", "cases.merge"),
    "tie": (gettext_lazy("归到一起事件"), "people", "cases.merge"),
    "untie": (gettext_lazy("移出事件"), "back", "cases.merge"),
    "broadcast": (gettext_lazy("统一答复"), "message", "cases.edit"),
    "finish_tied": (gettext_lazy("归到这里的一起办结"), "done", "cases.finish_tied"),
    "remind": (gettext_lazy("催办"), "bell", "cases.remind"),
    "exclude": (gettext_lazy("申请剔除评价"), "filter", "cases.review"),
    "try_call": (gettext_lazy("没打通，记一次"), "phone", "cases.call_back"),
}


def waiting(person: Person, case: Case) -> dict[str, Any] | None:
    """Whom the person's desk waits for, for which step, and until when; None where nobody is waited for."""
    holder = case.assignee
    if holder is None or holder.pk == person.pk or not case.is_open or case.now_state.waits_for != "worker":
        return None
    step = engine.next_step(holder, case, engine.transitions_for(holder, case))
    due = [timer.due_at for timer in case.timers.filter(cycle=case.cycle, state="running")
           if step and timer.name in case.kind.timers and step.name in case.kind.timers[timer.name].stops]
    until = min(due, default=None)
    return {"name": holder.shown_name, "step": step, "until": until, "is_late": until is not None and until < now(),
            "may_remind": may_on(person, "cases.remind", case)}


def is_finished(case: Case) -> bool:
    """Has its closing been proposed, or is it closed?"""
    return case.now_state.waits_for in ("requester", "caller") or case.now_state.final


def makes_sense(verb: str, case: Case) -> bool:
    """A button that could only be refused is not shown."""
    if verb == "unmerge":
        return case.merged_into_id is not None
    if case.merged_into_id is not None:
        return False
    if verb == "decide_objection":
        return open_objection(case) is not None
    if verb == "decide_extension":
        return open_extension(case) is not None
    if verb == "object":
        return "dispatch" in case.kind.transitions and case.state in case.kind.transitions["dispatch"].sources
    if verb == "exclude":
        return case.state in ("done", "call_back", "closed")
    if verb == "try_call":
        return case.state in ("done", "call_back")
    if verb == "untie":
        return case.incident_id is not None
    if verb == "finish_tied":
        return is_finished(case) and bool(actions.open_tied(case))
    if verb == "remind":
        return case.is_open and case.now_state.waits_for in ("worker", "unit")
    if verb == "extend":
        return case.is_open and case.clock_at is not None
    return case.is_open


def what_now(case: Case) -> str:
    """After a step: where the case stands now, who has it, and until when, in one sentence."""
    facts = {"state": case.now_state, "who": case.assignee.shown_name if case.assignee else
             case.unit.name if case.unit else _("社区值班"), "until": when(case.clock_at) if case.clock_at else ""}
    if not case.is_open or case.merged_into_id:
        return _("记下了，现在是「%(state)s」。") % facts
    if case.now_state.waits_for == "requester":
        return _("记下了，已经告诉居民，等居民回话。") % facts
    if facts["until"]:
        return _("记下了，现在是「%(state)s」，在%(who)s手上，%(until)s 前要办好。") % facts
    return _("记下了，现在是「%(state)s」，在%(who)s手上。") % facts


def do(person: Person, case: Case, verb: str, given: dict[str, Any]) -> str:
    """Make the further verb; the sentence to show, where the verb has one of its own."""
    if verb == "whistle":
        actions.whistle(person, case, Organisation.objects.get(pk=given["unit"]), reason=given["reason"])
    elif verb == "object":
        unit = Organisation.objects.filter(pk=given["unit"]).first() if given["unit"] else None
        actions.file_objection(person, case, reason=given["reason"], unit=unit)
    elif verb == "decide_objection":
        actions.decide_objection(person, case, upheld=given["agreed"] == "yes", reason=given["reason"])
    elif verb == "extend":
        actions.ask_extension(person, case, until=given["until"], reason=given["reason"])
    elif verb == "decide_extension":
        actions.decide_extension(person, case, agreed=given["agreed"] == "yes", reason=given["reason"])
    elif verb in ("merge", "tie"):
        other = Case.objects.visible_to(person).filter(number=given["number"].strip().upper()).first()
        if other is None:
            raise Refused("unknown", _("没有找到这个单号。"), field="number")
        if verb == "merge":
            actions.merge(person, case, other, reason=given["reason"])
        else:
            actions.tie(person, case, other)
    elif verb == "unmerge":
        actions.unmerge(person, case)
    elif verb == "untie":
        actions.untie(person, case)
    elif verb == "broadcast":
        actions.broadcast(person, case, given["reason"])
    elif verb == "exclude":
        actions.exclude_from_rates(person, case, reason=given["reason"])
    elif verb == "try_call":
        actions.record_call_try(person, case, note=given["reason"])
    elif verb == "remind":
        actions.remind(person, case, words=given["reason"])
        return _("催了%(who)s，马上就会收到。") % {
            "who": case.assignee.shown_name if case.assignee else case.unit.name if case.unit else _("社区值班")}
    elif verb == "finish_tied":
        done, left = actions.finish_tied(person, case, given["which"], given["reason"])
        told = _("%(count)s 件告诉居民办好了，等他们看是不是真好了。") % {"count": done}
        return told + "".join(f" {number}：{why}" for number, why in left.items())
    return ""
