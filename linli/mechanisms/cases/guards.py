"""The guards and effects the mechanism itself offers to kinds."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils.translation import gettext as _

from linli.foundation.people.models import Organisation, Person, RoleAssignment
from linli.foundation.prepared import Prepared, insert
from linli.foundation.web import Refused
from linli.mechanisms.cases.models import Case, CaseEvent, Outcome
from linli.mechanisms.cases.queries import whole
from linli.mechanisms.cases.reach import works_for
from linli.mechanisms.cases.registry import Move, effect, guard


@guard("has_unit")
def has_unit(move: Move) -> None:
    if not (move.case.unit_id or move.data.get("unit")):
        raise Refused("no_unit", _("还没有负责单位，请先派到一个单位。"), field="unit")


@guard("is_free")
def is_free(move: Move) -> None:
    """抢单: the second of two sees that somebody has it."""
    if move.case.assignee_id:
        raise Refused("taken", _("已被接单，请看下一件。"))


@guard("is_lead")
def is_lead(move: Move) -> None:
    """首接负责: only the lead unit's people (条例 第14条)."""
    if move.person is None or move.case.unit_id not in {s.organisation_id for s in move.person.standings}:
        raise Refused("not_lead", _("这件事由首接单位负责，请它来办。"))


@guard("not_complained_of")
def not_complained_of(move: Move) -> None:
    """The unit complained of never checks, closes or calls back its own case (信访工作条例 第30条)."""
    if move.person and works_for(move.person, move.case.complained_of):
        raise Refused("complained_of", _("这件事投诉的是您的单位，要由别的单位来办。"))


@guard("reviewer_is_not_handler")
def reviewer_is_not_handler(move: Move) -> None:
    """回访 is made by someone who did not handle the case (条例 第23条): who had it, or proposed its closing."""
    if move.person is None:
        return
    outcome = Outcome.objects.filter(case=move.case, cycle=move.case.cycle).first()
    hands_on = [name for name, step in move.kind.transitions.items()
                if {"propose_close", "take_it"} & {effect.partition("(")[0] for effect in step.effects}]
    handled = CaseEvent.objects.filter(case=move.case, actor=move.person, name__in=hands_on).exists()
    if handled or move.person.pk in (move.case.assignee_id, outcome.handler_id if outcome else None):
        raise Refused("own_case", _("回访要由没有经手的人来做，请换一位同事。"))


@guard("has_photo")
def has_photo(move: Move, when: str = "after") -> None:
    """A photo of the kind the category asks for (`after` the work) lies with the case."""
    category = move.kind.category(move.case.category)
    if category is not None and not category.after_photo:
        return
    if move.data.get(f"{when}_photo") or move.case.facts.get(f"{when}_photos"):
        return
    raise Refused("no_photo", _("请拍一张修好以后的照片。"), field=f"{when}_photo")


@guard("incident_finished")
def incident_finished(move: Move) -> None:
    """The case is tied to an incident whose own closing has been proposed, and not undone since."""
    incident = move.case.incident
    if incident is None or not Outcome.objects.filter(case=incident, cycle=incident.cycle).exists():
        raise Refused("incident_open", _("它归到的那起事件还没办好，先办那一件。"))


@guard("within_reopen_days")
def within_reopen_days(move: Move) -> None:
    closed = move.case.closed_at
    if closed and move.at - closed > timedelta(days=move.kind.reopen_days):
        raise Refused("too_late", _("办结超过 %(days)s 天了，请新报一件，会和这件连在一起。") % {
            "days": move.kind.reopen_days})


@guard("solved")
def solved(move: Move) -> None:
    if str(move.data.get("solved", "")).lower() not in {"yes", "true", "1"}:
        raise Refused("not_solved", _("还没好的话，请点「还没好」。"))


@effect("set_unit")
def set_unit(move: Move) -> None:
    """Give the case to the unit named in the form; the worker of another unit lets go."""
    unit = _organisation(move.data["unit"])
    if unit.pk == move.case.complained_of:
        raise Refused("complained_of", _("不能派给被投诉的单位。"), field="unit")
    if move.case.unit_id != unit.pk:
        move.set(unit=unit, assignee=None, offered_to=None)


@effect("set_worker")
def set_worker(move: Move) -> None:
    """指派 to the worker named in the form, who must belong to the lead unit or, without one, to the place."""
    worker = _person(move.data["worker"])
    if not belongs(worker, move.case):
        raise Refused("not_theirs", _("这位师傅不在负责这件事的单位，请另选一位。"), field="worker")
    move.set(assignee=worker, offered_to=None)


@effect("take_it")
def take_it(move: Move) -> None:
    """接单: whoever makes the transition has the case."""
    move.set(assignee=move.person, offered_to=None)


@effect("offer_to")
def offer_to(move: Move) -> None:
    """转单: offered to another worker; until they accept, the first stays responsible."""
    worker = _person(move.data["worker"])
    if worker.pk == move.case.assignee_id or not belongs(worker, move.case):
        raise Refused("not_theirs", _("请选同一单位的另一位师傅。"), field="worker")
    move.set(offered_to=worker)


@effect("let_go")
def let_go(move: Move) -> None:
    """退单: back to the pool; who sent it back is left out of the next offer."""
    sent_back = [*move.case.facts.get("sent_back", []), move.person.pk if move.person else None]
    move.set(assignee=None, offered_to=None, facts={**move.case.facts, "sent_back": sent_back})


@effect("propose_close")
def propose_close(move: Move) -> None:
    """办结 is a proposal: the outcome of this cycle begins, and the requester is asked."""
    case = move.case
    shown = [timer for timer in move.timers if timer.name in move.kind.timers and move.kind.timers[timer.name].shown]
    in_time = all(timer.due_at >= move.at for timer in shown)
    first_due = case.facts.get("first_due")
    _set_outcome(case, {
        "unit_id": case.unit_id, "proposed_at": move.at,
        "handler_id": case.assignee_id or (move.person.pk if move.person else None),
        "in_extended_limit": in_time,
        "in_first_limit": in_time and not (first_due and first_due < move.at.isoformat()),
        "contacted": _was_contacted(move) or None,
    })


def _was_contacted(move: Move) -> bool:
    """Did somebody turn to the requester in this cycle? The requester's own words are no contact."""
    again = [name for name, step in move.kind.transitions.items() if "next_cycle" in step.effects]
    story = _story.all(move.case.pk)
    since = max((seq for seq, name, _actor in story if name in again), default=0)
    own = [pk for pk in (move.case.requester_id, move.case.agent_id) if pk]
    return any(seq > since and name in TURNED and actor not in own for seq, name, actor in story)


TURNED = frozenset({"take", "arrive", "message", "try_call", "begin"})
_story = Prepared(lambda case: CaseEvent.objects.filter(case=case).values_list("seq", "name", "actor"))


def _set_outcome(case: Case, values: dict[str, Any]) -> None:
    """Set the outcome of the present cycle; the case's row is locked, so nobody else makes one meanwhile."""
    if not Outcome.objects.filter(case=case, cycle=case.cycle).update(**values):
        insert(Outcome(case=case, cycle=case.cycle, area_code=case.area_code, kind_code=case.kind_code, **values))


@effect("ask_rating")
def ask_rating(move: Move) -> None:
    """Kept for readability of a kind: the state after this transition waits for the requester."""


@effect("record_answer")
def record_answer(move: Move, by: str = "requester") -> None:
    """The requester's three answers (contacted in time, solved, satisfied 1–5) for this cycle."""
    contacted, answered = move.data.get("contacted"), str(move.data.get("solved", ""))
    satisfied = str(move.data.get("satisfied") or "")
    values: dict[str, Any] = {
        "solved": answered.lower() in {"yes", "true", "1"},
        "satisfied": int(satisfied) if satisfied in {"1", "2", "3", "4", "5"} else None,
        "answered_at": move.at, "answered_by": by,
    }
    if contacted not in (None, ""):
        values["contacted"] = str(contacted).lower() in {"yes", "true", "1"}
    _set_outcome(move.case, values)


@effect("record_silence")
def record_silence(move: Move) -> None:
    """Nobody answered in the time given: closed as "no answer", neither solved nor unsolved in the rates."""
    Outcome.objects.filter(case=move.case, cycle=move.case.cycle, answered_at=None).update(
        answered_at=move.at, answered_by="no_answer")


@effect("next_cycle")
def next_cycle(move: Move) -> None:
    """重开: cycle n+1; cycle n keeps its result for the rates, and its extensions."""
    facts = {key: value for key, value in move.case.facts.items() if key != "first_due"}
    move.set(cycle=move.case.cycle + 1, level=0, facts=facts)


@effect("note_redirect")
def note_redirect(move: Move) -> None:
    """不予派单: one of the six reasons of 条例 第11条, counted apart."""
    move.set(facts={**move.case.facts, "redirected": move.data.get("reason", ""),
                    "redirected_to": move.data.get("target", "")})


@effect("note_park")
def note_park(move: Move) -> None:
    """挂账: reason class and the date on which it is looked at again."""
    move.set(facts={**move.case.facts, "parked": move.data.get("reason", ""),
                    "review_on": str(move.data.get("until", ""))})


@effect("promote_to_knowledge")
def promote_to_knowledge(move: Move) -> None:
    """A good answer is offered to the knowledge base: marked here, gathered by who keeps that base."""
    move.set(facts={**move.case.facts, "good_answer": True})


@effect("start_timer")
def start_timer(move: Move, name: str) -> None:
    move.starts.add(name)


@effect("stop_timer")
def stop_timer(move: Move, name: str) -> None:
    move.stops.add(name)


def belongs(worker: Person, case: Case) -> bool:
    """May this worker be given the case: of its unit, or, where no unit leads, staff of its place?"""
    if works_for(worker, case.complained_of):
        return False
    if case.unit_id:
        return works_for(worker, case.unit_id)
    here = case.grid_code or case.area_code
    return any(s.area_code and here.startswith(s.area_code) for s in worker.standings if s.role != "resident")


def on_shift(worker: Person) -> bool:
    """Is the worker on shift in any of their roles?"""
    return RoleAssignment.objects.filter(person=worker, withdrawn=None, on_shift=True).exists()


def _organisation(value: object) -> Organisation:
    found = value if isinstance(value, Organisation) else Organisation.objects.filter(
        pk=whole(value) or 0, is_active=True).first()
    if not isinstance(found, Organisation):
        raise Refused("no_unit", _("没有这个单位，请重选。"), field="unit")
    return found


_active = Prepared(lambda pk: Person.objects.filter(pk=pk, is_active=True))


def _person(value: object) -> Person:
    found = value if isinstance(value, Person) else _active.first(whole(value) or 0)
    if not isinstance(found, Person):
        raise Refused("no_worker", _("没有这个人，请重选。"), field="worker")
    return found
