"""Cases that are one matter: merged (and unmerged again), or tied to one incident."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit, calendar
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.people.models import Person
from linli.foundation.web import Denied, Refused
from linli.mechanisms.cases import engine, timers
from linli.mechanisms.cases.actions.talking import written
from linli.mechanisms.cases.models import FAR, Case, Follower, Outcome, Timer
from linli.mechanisms.cases.reach import permit_on


@atomic
def merge(person: Person, child: Case, into: Case, *, reason: str = "") -> Case:
    """并案: `child` rests inside `into`; its people are told of `into`; its clocks are kept for `unmerge`.

    Raises `Denied`, `Refused("self" | "over" | "nested" | "other_place")`.
    """
    permit_on(person, "cases.merge", child)
    permit_on(person, "cases.merge", into)
    first, second = sorted([child.pk, into.pk])  # always in one order, so that two merges cannot wait for each other
    locked = {pk: engine.lock(pk) for pk in (first, second)}
    child, into = locked[child.pk], locked[into.pk]
    if child.pk == into.pk:
        raise Refused("self", _("不能并到自己。"))
    if not (child.is_open and into.is_open):
        raise Refused("over", _("两件都还没办结才能并案。"))
    if child.merged_into_id or into.merged_into_id or Case.objects.filter(merged_into=child).exists():
        raise Refused("nested", _("其中一件已经并过案了，请先撤销。"))
    if child.area_code != into.area_code or child.kind_code != into.kind_code:
        raise Refused("other_place", _("只能并同一社区、同一类的事。"))
    resting = {"due_at": child.due_at.isoformat(), "due_name": child.due_name, "provisional": child.is_provisional}
    moment = now()
    for timer in child.timers.filter(state=Timer.State.RUNNING):
        rule = child.kind.timers.get(timer.name)
        if rule is not None:
            timer.consumed_s += max(round(calendar.worked_or_provisional(
                timer.resumed_at, moment, timer.calendar)), 0)
        timer.state, timer.paused_at, timer.next_at = Timer.State.PAUSED, moment, None
        timer.save(update_fields=["state", "paused_at", "next_at", "consumed_s"])
    engine.append(child, person, "merge", text_internal=reason, data={"into": into.pk, "resting": resting}, changes={
        "merged_into_id": into.pk, "is_open": False, "due_at": FAR, "due_name": "", "is_provisional": False})
    joined = 0
    people = {child.requester_id, *child.joined.values_list("person_id", flat=True)}
    for who in sorted(pk for pk in people if pk is not None and pk != into.requester_id):
        _row, made = Follower.objects.get_or_create(case=into, person_id=who)
        joined += made
    engine.append(into, person, "merge", changes={"followers": into.followers + joined},
                  data={"child": child.pk, "number": child.number, "joined": joined})
    audit.record(person, "cases.merge", child, into=str(into.pk))
    emit("case.merged", case=child.pk, into=into.pk)
    return child


@atomic
def unmerge(person: Person, child: Case) -> Case:
    """Take a merged case out again: its own state and clocks go on where they stood. Raises `Denied`, `Refused`."""
    permit_on(person, "cases.merge", child)
    child = Case.objects.get(pk=child.pk)
    if not child.merged_into_id:
        raise Refused("not_merged", _("这件事没有并到别的事里。"))
    locked = {pk: engine.lock(pk) for pk in sorted([child.pk, child.merged_into_id])}
    into, child = locked[child.merged_into_id], locked[child.pk]
    if child.merged_into_id != into.pk:  # somebody was faster
        raise Refused("not_merged", _("这件事没有并到别的事里。"))
    moment = now()
    kind, running = child.kind, []
    paused_by_state = child.now_state.clock == "pause"
    for timer in child.timers.filter(state=Timer.State.PAUSED):
        rule = kind.timers.get(timer.name)
        if rule is None or (paused_by_state and rule.pausable):
            continue
        timer.state, timer.resumed_at, timer.paused_at = Timer.State.RUNNING, moment, None
        timers.aim(timer, rule)
        timer.save(update_fields=["state", "resumed_at", "paused_at", "due_at", "next_at", "is_provisional"])
        if rule.shown:
            running.append(timer)
    first = min(running, key=lambda timer: timer.due_at, default=None)
    engine.append(child, person, "unmerge", data={"from": into.pk}, changes={
        "merged_into_id": None, "is_open": True, "due_at": first.due_at if first else FAR,
        "due_name": first.name if first else "", "is_provisional": bool(first and first.is_provisional)})
    engine.append(into, person, "unmerge", data={"child": child.pk, "number": child.number})
    audit.record(person, "cases.unmerge", child, into=str(into.pk))
    emit("case.unmerged", case=child.pk, into=into.pk)
    return child


@atomic
def tie(person: Person, child: Case, incident: Case) -> Case:
    """Tie a case to an incident (停水, 电梯停运), whose public text then reaches its requester too."""
    permit_on(person, "cases.merge", child)
    permit_on(person, "cases.merge", incident)
    first, second = sorted([child.pk, incident.pk])
    both = {pk: engine.lock(pk) for pk in (first, second)}
    locked, incident = both[child.pk], both[incident.pk]
    has_its_own = Case.objects.filter(incident=locked).exists()
    if child.pk == incident.pk or incident.incident_id or has_its_own or incident.area_code != locked.area_code:
        raise Refused("nested", _("请选同一社区里的一起事件。"))
    if not (locked.is_open and incident.is_open):
        raise Refused("over", _("两件都还没办结才能归到一起。"))
    engine.append(locked, person, "tie", changes={"incident_id": incident.pk}, data={"number": incident.number})
    audit.record(person, "cases.tie", locked, incident=str(incident.pk))
    return locked


@atomic
def untie(person: Person, child: Case) -> Case:
    """The case goes its own way again."""
    permit_on(person, "cases.merge", child)
    locked = engine.lock(child.pk)
    if not locked.incident_id:
        raise Refused("not_tied", _("这件事没有归到别的事件里。"))
    engine.append(locked, person, "untie", changes={"incident_id": None}, data={"from": locked.incident_id})
    audit.record(person, "cases.untie", locked)
    return locked


@atomic
def broadcast(person: Person, incident: Case, text: str) -> int:
    """One public text to the incident and every case tied to it. Returns how many cases it reached."""
    permit_on(person, "cases.edit", incident)
    words = written(text)
    reached = 0
    tied = Case.objects.filter(incident=incident, is_open=True).values_list("pk", flat=True)
    for pk in sorted([incident.pk, *tied]):
        locked = engine.lock(pk)
        event = engine.append(locked, person, "broadcast", text_public=words, data={"incident": incident.pk})
        emit("case.said", case=pk, event=event.pk, by=person.pk)
        reached += 1
    audit.record(person, "cases.broadcast", incident, reached=reached)
    return reached


@atomic
def finish_tied(person: Person, incident: Case, numbers: Sequence[str], text: str) -> tuple[int, dict[str, str]]:
    """An incident that is done with proposes the closing of what is tied to it: each child by an event of its own.

    Returns how many were closed and, by number, why others were not. Each requester still says whether it is so.
    Raises `Denied`, `Refused`: no_text, incident_open, none.
    """
    permit_on(person, "cases.finish_tied", incident)
    words = written(text)
    if not Outcome.objects.filter(case=incident, cycle=incident.cycle).exists():
        raise Refused("incident_open", _("这件事自己还没办好，先办这一件。"))
    if not numbers:
        raise Refused("none", _("请至少勾一件。"), field="which")
    done, left = 0, {}
    children = Case.objects.filter(incident=incident, is_open=True, number__in=numbers)
    for pk, number in sorted(children.values_list("pk", "number")):
        try:
            with atomic():  # one that cannot be closed holds up none of the others
                _finish_one(person, engine.lock(pk), words)
            done += 1
        except Denied:
            left[number] = _("不归您办。")
        except Refused as refusal:
            left[number] = str(refusal.sentence)
    audit.record(person, "cases.finish_tied", incident, done=done, left=len(left))
    return done, left


def _finish_one(person: Person, child: Case, words: str) -> None:
    step = next((step for step in child.kind.transitions.values() if "incident_finished" in step.guards), None)
    if step is None:
        raise Refused("no_such_step", _("这一类要一件一件办结。"))
    engine.move(person, child, step, channel="desk", note=words)


def open_tied(incident: Case) -> list[Case]:
    """What is tied to the incident and still being handled, the oldest first; at most 100."""
    rows = Case.objects.filter(incident=incident, is_open=True).select_related("unit").order_by("id")[:100]
    return [child for child in rows if child.now_state.waits_for not in ("requester", "caller")]
