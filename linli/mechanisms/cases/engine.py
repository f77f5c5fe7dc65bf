"""How a case changes: row, event, timers, audit entry and outbox message in one transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db.models import Field, Max, Model
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.people.models import Person
from linli.foundation.prepared import Prepared, insert, update
from linli.foundation.web import Denied, Refused
from linli.mechanisms.cases import timers
from linli.mechanisms.cases.kinds import Kind, Transition, say
from linli.mechanisms.cases.models import Case, CaseEvent, Outcome, Timer, jsonable
from linli.mechanisms.cases.parties import stands_for
from linli.mechanisms.cases.reach import reaches_case
from linli.mechanisms.cases.registry import EFFECTS, GUARDS, Move, call


def lock(pk: int) -> Case:
    """The case's row, held until the transaction ends (on SQLite the transaction itself holds it)."""
    found = _locked.first(pk)
    if found is None:
        raise Case.DoesNotExist(pk)
    return found


_locked = Prepared(lambda pk: Case.objects.select_for_update().filter(pk=pk))
_ticking = Prepared(lambda case: Timer.objects.filter(case=case).exclude(state=Timer.State.STOPPED))


def append(
    case: Case, person: Person | None, name: str, *, channel: str = "app", changes: dict[str, Any] | None = None,
    data: dict[str, Any] | None = None, text_public: str = "", text_internal: str = "", from_state: str = "",
    to_state: str = "", acting_for: Person | None = None, at: datetime | None = None,
) -> CaseEvent:
    """Add one event to a locked case and fold its `changes` into the row: two statements."""
    moment = at or now()
    acting_for = acting_for or stands_for(person, case)
    columns = dict(changes or {})
    for column, value in columns.items():
        setattr(case, column, value)
    case.seq += 1
    case.updated = moment
    event = CaseEvent(
        case=case, seq=case.seq, at=moment, actor=person, acting_for=acting_for, channel=channel, name=name,
        from_state=from_state, to_state=to_state, data=data or {}, text_public=text_public,
        text_internal=text_internal, changes={column: jsonable(value) for column, value in columns.items()})
    insert(event)
    update(case, "seq", "updated", *columns)
    return event


def move(
    person: Person | None, case: Case, transition: Transition, *, channel: str = "app", note: str = "",
    internal: str = "", acting_for: Person | None = None, data: dict[str, Any] | None = None, system: bool = False,
) -> CaseEvent:
    """Make one transition on a locked case. Raises `Denied`, `Refused`."""
    given = dict(data or {})
    if not system and not may_move(person, case, transition):
        raise Denied(f"cases.{case.kind_code}.{transition.name}", visible=True)
    _check_state(case, transition)
    for name in transition.required:
        if not (given.get(name) or (name == "note" and note)):
            raise Refused("missing", _missing(name), field=name)
    made = Move(person=person, case=case, kind=case.kind, transition=transition, data=given, at=now(),
                timers=_ticking.all(case.pk))
    for guard in transition.guards:
        call(GUARDS, guard, made)
    before = case.state
    was_paused = case.now_state.clock == "pause"
    if transition.to and transition.to != before:
        made.set(state=transition.to)
        final = case.kind.states[transition.to].final
        if final and case.is_open:
            made.set(is_open=False, closed_at=made.at)
        elif not final and not case.is_open:
            made.set(is_open=True, closed_at=None)
    for effect in transition.effects:
        call(EFFECTS, effect, made)
    timers.change(made, was_paused=was_paused, is_paused=case.now_state.clock == "pause")
    text = say(transition.text, **words_for(case, given)) if transition.text and not note else note
    event = append(
        case, person, transition.name, channel=channel, changes=made.changes, from_state=before, to_state=case.state,
        data={k: jsonable(v) for k, v in given.items()}, text_public=text, text_internal=internal,
        acting_for=acting_for, at=made.at)
    audit.record(person, f"cases.{transition.name}", case, acting_for=event.acting_for, state=case.state, seq=case.seq)
    emit("case.moved", case=case.pk, event=event.pk, transition=transition.name, kind=case.kind_code,
         state=case.state, by=person.pk if person else None)
    return event


def system_move(case: Case, name: str) -> CaseEvent | None:
    """A transition that a timer makes; nothing where the case has moved on meanwhile."""
    transition = case.kind.transitions[name]
    if case.state not in transition.sources:
        return None
    return move(None, case, transition, channel="system", system=True)


def may_move(person: Person | None, case: Case, transition: Transition) -> bool:
    """Is the transition granted to `person` for this case? A complaint's own target never handles it."""
    return reaches_case(person, transition.who, case)


def _check_state(case: Case, transition: Transition) -> None:
    if case.state not in transition.sources:
        raise Refused("moved_on", _("这件事现在是「%(state)s」，不能再「%(verb)s」了。请看最新的经过。") % {
            "state": case.now_state, "verb": transition}, state=case.state)
    if case.merged_into_id:
        raise Refused("merged", _("这件事已并入另一件，请到那一件上办。"))
    if transition.once_since and transition.name in made_already(case):
        raise Refused("made_already", _("「%(verb)s」已经记过了，不用再记。请接着办下一步。") % {"verb": transition})


def check_version(case: Case, seen: int | None) -> None:
    """Two editors: the second is told what changed since the `seen` event, and nothing is overwritten."""
    if seen is None or seen == case.seq:
        return
    newer = CaseEvent.objects.filter(case=case, seq__gt=seen).order_by("seq").values_list("name", "actor")
    names = [str(case.kind.transitions[name]) if name in case.kind.transitions else event_title(name)
             for name, _actor in newer]
    raise Refused("changed", _("您打开以后，这件事又有了变化：%(changes)s。看过再点一次。") % {
        "changes": "、".join(names)}, seq=case.seq)


EVENT_TITLES = {
    "open": {"zh": "收到", "en": "Received"},
    "note": {"zh": "内部备注", "en": "Internal note"},
    "message": {"zh": "留言", "en": "Message"},
    "nudge": {"zh": "催单", "en": "Nudged"},
    "remind": {"zh": "前台催办", "en": "Reminded by the desk"},
    "join": {"zh": "邻居也遇到", "en": "A neighbour joined"},
    "leave": {"zh": "退出关注", "en": "A neighbour left"},
    "rung": {"zh": "到了提醒时间", "en": "Deadline rung reached"},
    "recomputed": {"zh": "按放假通知重算时限", "en": "Deadline recomputed"},
    "reaimed": {"zh": "期限有变", "en": "Deadline moved"},
    "field": {"zh": "改了内容", "en": "Details changed"},
    "merge": {"zh": "并案", "en": "Merged"},
    "unmerge": {"zh": "撤销并案", "en": "Unmerged"},
    "tie": {"zh": "归到同一起事件", "en": "Tied to an incident"},
    "untie": {"zh": "移出事件", "en": "Untied from incident"},
    "broadcast": {"zh": "统一答复", "en": "Common answer"},
    "whistle": {"zh": "吹哨，请部门协办", "en": "Departments called in"},
    "arrive_leg": {"zh": "协办单位到场", "en": "Helper unit arrived"},
    "report_leg": {"zh": "协办单位回报", "en": "Helper unit reported"},
    "extend": {"zh": "延期", "en": "Extended"},
    "ask_extension": {"zh": "申请延期", "en": "Extension asked"},
    "refuse_extension": {"zh": "延期没批", "en": "Extension refused"},
    "object": {"zh": "提出派单异议", "en": "Dispatch contested"},
    "decide_objection": {"zh": "异议有了结果", "en": "Objection decided"},
    "attach": {"zh": "添了附件", "en": "Attachment added"},
    "exclude": {"zh": "申请剔除评价", "en": "Exclusion from rates asked"},
    "try_call": {"zh": "回访没打通", "en": "Call-back not answered"},
    "quote": {"zh": "报价", "en": "Quoted"},
    "agree_quote": {"zh": "同意报价", "en": "Quote agreed"},
    "decline_quote": {"zh": "不同意报价", "en": "Quote declined"},
    "slot": {"zh": "约了上门时间", "en": "Visit agreed"},
    "material": {"zh": "用了材料", "en": "Material used"},
    "route": {"zh": "按规则找到负责单位", "en": "Unit found by the rules"},
    "payer": {"zh": "说明由谁付", "en": "Who pays"},
}


def event_title(name: str) -> str:
    """What an event that is no transition is called."""
    return say(EVENT_TITLES.get(name, name))


def words_for(case: Case, data: dict[str, Any] | None = None) -> dict[str, object]:
    """The values a kind's sentences may use."""
    given = {key: value for key, value in (data or {}).items() if isinstance(value, str | int | float)}
    # What the case itself says comes last: a step's form sends the ids of a unit and a worker under the same names.
    return {
        "reason": "", **given, "number": case.number, "title": case.title,
        "unit": case.unit.name if case.unit_id and case.unit else "",
        "worker": case.assignee.shown_name if case.assignee_id and case.assignee else "",
        "place": case.place_public, "state": str(case.now_state),
    }


def _missing(name: str) -> str:
    return {
        "note": _("请写一句说明。"), "reason": _("请选一个原因。"), "unit": _("请选由哪个单位办。"),
        "worker": _("请选由谁去办。"), "until": _("请选一个日期。"), "after_photo": _("请拍一张修好以后的照片。"),
        "solved": _("请说一声解决了没有。"), "target": _("请填要报给谁。"),
    }.get(name, _("还差一项没填。"))


def fold(case: Case) -> dict[str, Any]:
    """The columns of the row as its events alone give them (for `rebuild_projection` and its test)."""
    columns: dict[str, Any] = {}
    for changes in CaseEvent.objects.filter(case=case).order_by("seq").values_list("changes", flat=True):
        columns.update(changes)
    return columns


def as_column(model: type[Model], name: str, value: Any) -> Any:
    """A value from an event's `changes`, as the model's column holds it."""
    column = model._meta.get_field(name)
    assert isinstance(column, Field)
    return column.to_python(value) if value is not None else None


def outcome_of(case: Case) -> Outcome | None:
    """The outcome of the present cycle, if one was proposed."""
    return Outcome.objects.filter(case=case, cycle=case.cycle).first()



def transitions_for(person: Person | None, case: Case) -> list[Transition]:
    """The transitions that `person` may make on the case as it stands, in the kind's order."""
    kind: Kind = case.kind
    if case.merged_into_id:
        return []
    found = [t for t in kind.transitions.values()
             if case.state in t.sources and t.button != "hidden" and may_move(person, case, t)]
    if any(step.once_since for step in found):  # else no statement is spent on it
        made = made_already(case)
        found = [step for step in found if not step.once_since or step.name not in made]
    return [titled(case, step) for step in found]


def titled(case: Case, step: Transition) -> Transition:
    """The step as it is called for this case: 指派 is 改派 where somebody has it already."""
    return replace(step, title=step.title_again) if step.title_again and case.assignee_id else step


def why_not(person: Person, case: Case, step: Transition, worker: Person) -> str:
    """Why the step's guards would refuse to give the case to `worker`, in words; "" where they would not."""
    made = Move(person=person, case=case, kind=case.kind, transition=step, data={"worker": worker}, at=now())
    for guard in step.guards:
        try:
            call(GUARDS, guard, made)
        except Refused as refusal:
            if refusal.field == "worker":
                return str(refusal.sentence)
    return ""


def made_already(case: Case) -> set[str]:
    """The steps of the kind that are made once and were made, with none of what allows them again since."""
    once = {step.name: step.once_since for step in case.kind.transitions.values() if step.once_since}
    if not once:
        return set()
    told = frozenset(once).union(*once.values())
    last = dict(CaseEvent.objects.filter(case=case, name__in=told).order_by().values_list("name").annotate(
        at=Max("seq")))
    return {name for name, again in once.items() if name in last and last[name] > max(
        (last[other] for other in again if other in last), default=0)}


def next_step(person: Person, case: Case, steps: Sequence[Transition]) -> Transition | None:
    """Which of `steps` is `person`'s own next one; None where the case waits for somebody else.

    What a desk may do in a worker's stead is no step of the desk's while the worker has the case.
    """
    main = [step for step in steps if step.button == "main"]
    if case.assignee_id:
        main = [step for step in main if "set_worker" not in step.effects]
        if case.now_state.waits_for == "worker" and person.pk != case.assignee_id:
            main = [step for step in main if "@assignee" not in step.who]
    onward = [step for step in main if not step.once_since]
    once = [step for step in main if step.once_since]  # 到场 comes before 修好了
    return once[0] if once else (onward[-1] if onward else None)
