"""Clocks of a case: rows that only transitions start, stop and pause, and that fire each rung exactly once."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import InterfaceError, OperationalError, connection
from django.db.transaction import atomic

from linli.foundation import calendar
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.policy import policy
from linli.foundation.prepared import insert, update
from linli.foundation.web.refusals import Refused
from linli.mechanisms.cases.models import FAR, Case, Timer, TimerFiring
from linli.mechanisms.cases.registry import DEADLINES

if TYPE_CHECKING:
    from linli.mechanisms.cases.kinds import Kind, TimerRule
    from linli.mechanisms.cases.registry import Move

log = logging.getLogger("linli.cases")


def change(move: Move, *, was_paused: bool, is_paused: bool) -> None:
    """Stop, pause, resume and start what the transition names, among the case's live rows.

    Nothing else touches a clock: not a comment, a photo, a nudge or an edit.
    """
    case, kind, at, timers = move.case, move.kind, move.at, move.timers
    name = move.transition.name
    final = kind.states[case.state].final
    written: list[Timer] = []
    made: list[Timer] = []
    for timer in timers:
        rule = kind.timers.get(timer.name)
        if final or (rule and name in rule.stops) or timer.name in move.stops:
            timer.state, timer.stopped_at, timer.next_at = Timer.State.STOPPED, at, None
            written.append(timer)
        elif rule and rule.pausable and is_paused and timer.state == Timer.State.RUNNING:
            timer.consumed_s += _worked(timer.resumed_at, at, timer.calendar)
            timer.paused_at, timer.state, timer.next_at = at, Timer.State.PAUSED, None
            written.append(timer)
        elif was_paused and not is_paused and timer.state == Timer.State.PAUSED:
            timer.case = case
            timer.resumed_at, timer.paused_at, timer.state = at, None, Timer.State.RUNNING
            if rule:
                aim(timer, rule)
            written.append(timer)
    running = {timer.name for timer in timers if timer.state != Timer.State.STOPPED}
    for rule in kind.timers.values():
        if not final and (name in rule.starts or rule.name in move.starts) and rule.name not in running:
            made.append(start(case, rule, at))
    insert(*made)
    for timer in written:
        update(timer, "state", "stopped_at", "next_at", "consumed_s", "paused_at", "resumed_at", "due_at",
               "is_provisional", "allowance_s")
    _set_case_clock(move, [*timers, *made])


def start(case: Case, rule: TimerRule, at: datetime) -> Timer:
    """A new running timer (unsaved) of `rule` for `case`."""
    allowance_s, name = limit_of(case, rule)
    timer = Timer(
        case=case, name=rule.name, cycle=case.cycle, calendar=name, allowance_s=allowance_s,
        started_at=at, resumed_at=at, due_at=at)
    aim(timer, rule)
    return timer


def limit_of(case: Case, rule: TimerRule) -> tuple[int, str]:
    """The allowance in worked seconds and its calendar, by the case's urgency; a policy key may hold the table."""
    table = rule.limit
    if "policy" in table:
        table = policy(table["policy"], on=calendar.today(), area=case.area_code)
    return calendar.seconds(table.get(case.urgency) or table["normal"])


def aim(timer: Timer, rule: TimerRule) -> None:
    """Set when the timer is due and when its next rung fires, from its allowance less what is consumed."""
    due = _due(timer, rule)
    timer.due_at, timer.is_provisional, timer.calendar_version = due.at, due.provisional, due.version
    timer.next_at = rung_at(timer, rule, timer.level)


def _due(timer: Timer, rule: TimerRule) -> calendar.Due:
    """Asked of the timer's source, which knows better than any allowance (its allowance then follows, so that the
    shares of the ladder do); else from its allowance less what is consumed."""
    source = rule.limit.get("source")
    due = DEADLINES[source](timer.case) if source else None
    if due is None:
        return calendar.due_or_provisional(
            timer.resumed_at, max(timer.allowance_s - timer.consumed_s, 0), timer.calendar)
    timer.allowance_s = timer.consumed_s + _worked(timer.resumed_at, due.at, timer.calendar)
    return due


def rung_at(timer: Timer, rule: TimerRule, level: int) -> datetime | None:
    """When rung `level` (0-based) of `rule` is reached, or None above the top of the ladder."""
    if level >= len(rule.ladder):
        return None
    share = rule.ladder[level].share
    if share == 1.0:
        return timer.due_at
    left = round(timer.allowance_s * share) - timer.consumed_s
    return calendar.due_or_provisional(timer.resumed_at, max(left, 0), timer.calendar).at


def _worked(start_: datetime, end: datetime, name: str) -> int:
    return round(calendar.worked_or_provisional(start_, end, name)) if end > start_ else 0


def _set_case_clock(move: Move, timers: Iterable[Timer]) -> None:
    """The row carries the nearest deadline shown to people; far in the future while the clock is paused."""
    shown = [
        timer for timer in timers
        if timer.state == Timer.State.RUNNING
        and (rule := move.kind.timers.get(timer.name)) is not None and rule.shown
    ]
    first = min(shown, key=lambda timer: timer.due_at, default=None)
    due_at, due_name = (first.due_at, first.name) if first else (FAR, "")
    provisional = bool(first and first.is_provisional)
    if (due_at, due_name, provisional) != (move.case.due_at, move.case.due_name, move.case.is_provisional):
        move.set(due_at=due_at, due_name=due_name, is_provisional=provisional)


def fire_due(limit: int = 200) -> int:
    """Fire every rung that is due, at most `limit` timers; returns how many timers were looked at.

    One transaction a timer. Claim: PostgreSQL skips rows another worker holds, SQLite's transaction is
    IMMEDIATE; the unique (timer, cycle, level) makes a second firing impossible whatever happens.
    """
    moment = now()
    due = list(Timer.objects.filter(state=Timer.State.RUNNING, next_at__lte=moment)
               .order_by("next_at").values_list("pk", flat=True)[:limit])
    for pk in due:
        try:
            fire(pk, moment)
        except (OperationalError, InterfaceError):  # the database is away or full: no clock's fault, the worker waits
            raise
        except Exception:  # one clock that breaks must not stop the others
            log.exception("cases.timer_failed", extra={"timer": pk})
    return len(due)


@atomic
def fire(pk: int, moment: datetime) -> Sequence[TimerFiring]:
    """Record every rung of one timer reached by `moment`, in order; people get one notice, of the highest."""
    from linli.mechanisms.cases.engine import append, system_move

    # The case first, as every action does: a timer's row locked before its case's would meet a person's step head-on.
    cases = Case.objects.filter(pk__in=Timer.objects.filter(pk=pk).values("case"))
    if connection.features.has_select_for_update_skip_locked:
        cases = cases.select_for_update(skip_locked=True)
    case = cases.first()
    timer = Timer.objects.filter(pk=pk, state=Timer.State.RUNNING, next_at__lte=moment).first()
    if case is None or timer is None:  # another worker or a person has it, or a transition stopped it meanwhile
        return []
    kind: Kind = case.kind
    rule = kind.timers.get(timer.name)
    if rule is None:
        timer.state, timer.next_at = Timer.State.STOPPED, None
        timer.save(update_fields=["state", "next_at"])
        return []
    fired: list[TimerFiring] = []
    while timer.next_at is not None and timer.next_at <= moment:
        timer.level += 1
        firing = TimerFiring.objects.create(
            timer=timer, cycle=timer.cycle, level=timer.level, due_at=timer.next_at, fired_at=moment,
            late_by_s=int((moment - timer.next_at).total_seconds()))
        fired.append(firing)
        changes = {"level": timer.level} if timer.level > case.level else {}
        append(case, None, "rung", channel="system", changes=changes, data={
            "timer": timer.name, "level": timer.level, "share": rule.ladder[timer.level - 1].share,
            "due_at": timer.next_at.isoformat(), "late_by_s": firing.late_by_s, "firing": firing.pk})
        timer.next_at = rung_at(timer, rule, timer.level)
    timer.save(update_fields=["level", "next_at"])
    emit("case.rung", case=case.pk, timer=timer.name, level=timer.level, firing=fired[-1].pk, kind=case.kind_code)
    past_due = any(rule.ladder[firing.level - 1].share >= 1.0 for firing in fired)
    if rule.then and past_due:
        try:
            with atomic():
                system_move(case, rule.then)
        except Refused as refusal:  # the rung is reached all the same; people were told and see the case where it is
            log.warning("cases.then_refused", extra={"case": case.pk, "step": rule.then, "code": refusal.code})
    return fired


def recompute_provisional() -> int:
    """Once a year's holidays are announced: compute its provisional deadlines again. Returns how many moved.

    A deadline never moves later than what was promised; one that moves earlier is written down and told. One
    transaction a timer: nobody's step waits for the whole backlog.
    """
    found = Timer.objects.filter(is_provisional=True, state=Timer.State.RUNNING).order_by("pk")
    return sum(_recompute(pk, case) for pk, case in list(found.values_list("pk", "case_id")))


@atomic
def _recompute(pk: int, case_id: int) -> bool:
    from linli.mechanisms.cases.engine import append, lock

    case = lock(case_id)
    timer = Timer.objects.filter(pk=pk, is_provisional=True, state=Timer.State.RUNNING).first()
    rule = case.kind.timers.get(timer.name) if timer else None
    if timer is None or rule is None:
        return False
    timer.case = case
    due = _due(timer, rule)
    if due.provisional:
        return False
    promised = timer.due_at
    timer.due_at, timer.is_provisional, timer.calendar_version = min(due.at, promised), False, due.version
    timer.next_at = rung_at(timer, rule, timer.level)
    timer.save(update_fields=["due_at", "is_provisional", "calendar_version", "next_at", "allowance_s"])
    changes: dict[str, object] = {"is_provisional": False}
    if case.due_name == timer.name:
        changes["due_at"] = timer.due_at
    append(case, None, "recomputed", channel="system", changes=changes, data={
        "timer": timer.name, "promised": promised.isoformat(), "computed": due.at.isoformat(),
        "due_at": timer.due_at.isoformat()})
    if timer.due_at == promised:
        return False
    emit("case.recomputed", case=case.pk, timer=timer.name, due_at=timer.due_at.isoformat())
    return True


def reaim(case: Case, name: str) -> bool:
    """Ask the source of the running clock `name` again, after something outside the life of the locked `case` moved its
    deadline: an extension that was granted, a notice that was given. Unlike a recomputed one it may move later.

    Returns whether it moved. Rungs already fired stay fired.
    """
    from linli.mechanisms.cases.engine import append

    timer = Timer.objects.filter(case=case, name=name, state=Timer.State.RUNNING).first()
    rule = case.kind.timers.get(name) if timer else None
    if timer is None or rule is None:
        return False
    before = timer.due_at, timer.is_provisional
    timer.case = case
    aim(timer, rule)
    if (timer.due_at, timer.is_provisional) == before:
        return False
    timer.save(update_fields=["due_at", "is_provisional", "calendar_version", "next_at", "allowance_s"])
    changes: dict[str, object] = {}
    if case.due_name == name:
        changes = {"due_at": timer.due_at, "is_provisional": timer.is_provisional}
    append(case, None, "reaimed", channel="system", changes=changes, data={
        "timer": name, "before": before[0].isoformat(), "due_at": timer.due_at.isoformat()})
    return True


def extend(timer: Timer, rule: TimerRule, until: datetime) -> None:
    """Give a running timer time until `until` (unsaved). Its allowance grows, so that a pause afterwards keeps what
    was given, and the rungs above the deadline move with it."""
    more = calendar.worked_or_provisional(timer.due_at, until, timer.calendar)
    timer.allowance_s += max(round(more), 0)
    timer.due_at = until
    timer.next_at = rung_at(timer, rule, timer.level)
