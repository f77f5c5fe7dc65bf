"""The clock of an application: one walk over its events in the order of their moments, then what follows from now.

The result depends on the set of events, not on the order in which they arrived, nor on how often one arrived. Events
after `now` have not happened yet, so a state of the past can be asked for at any time.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from linli.foundation.calendar import Unannounced
from linli.services.gov.procedure.days import ORIGIN, Days, announced, plain
from linli.services.gov.procedure.events import Event
from linli.services.gov.procedure.rule import Rule
from linli.services.gov.procedure.state import Missed, Pause, Phase, State
from linli.services.gov.procedure.walk import FAR, HANDLERS, Walk

_RECEIVED, _CORRECTING, _CORRECTED, _REVIEWING, _DECIDED, _ISSUED = map(int, tuple(Phase)[1:7])
_PHASES = tuple(Phase)
_DAY = timedelta(days=1)


def clock(events: Iterable[Event], rule: Rule, days: Days, now: datetime) -> State:
    """The state at `now`. Raises `Unannounced` where `days` does not know a year that it depends on."""
    walk, today, offset = Walk(rule, days), days.index(now), days.offset
    ordered = sorted(events)
    if ordered and ordered[-1][0] > now:
        ordered = [event for event in ordered if event[0] <= now]
    previous, kind = None, -1
    for event in ordered:
        if event[1] == kind and event == previous:
            continue
        previous, kind = event, event[1]
        day = (event[0] - ORIGIN).days - offset
        if day < 0:
            raise days.beyond(day)
        if day > walk.silent_until:
            walk.let_silence_speak(day)
        HANDLERS[kind](walk, event, day)
    if today > walk.silent_until:
        walk.let_silence_speak(today)
    return _state(walk, today)


def clock_or_provisional(events: Iterable[Event], rule: Rule, now: datetime) -> State:
    """As `clock` with the notices loaded now; where one is missing, with plain weeks in its place and
    `provisional` set. Raises `OverflowError` for what lies more than 12 years beyond the last notice."""
    found = tuple(events)
    try:
        return clock(found, rule, announced(), now)
    except Unannounced:
        return clock(found, rule, plain(), now)


def _state(walk: Walk, today: int) -> State:
    phase, rule = walk.phase, walk.rule
    if phase == _REVIEWING:
        return _reviewing(walk, today)
    if phase in (_RECEIVED, _CORRECTED):
        accept, since = rule.accept, walk.received if phase == _RECEIVED else walk.corrected
        used = walk.days.spent(since, today, accept.days, accept.working, (), walk.accept_by)
        return _known(walk, "accept", "receives", walk.accept_by, FAR, FAR, accept.working, accept.days, used)
    if phase == _CORRECTING:
        return _known(walk, "correct", "applicant", FAR, FAR, FAR, rule.accept.working, None, 0)
    if phase in (_DECIDED, _ISSUED):
        limit = rule.deliver if walk.granted else None
        if limit is None:
            return _known(walk, "deliver", "delivers", FAR, FAR, FAR, rule.working, None, 0)
        due = walk.deliver_by()
        walk.was_due("deliver", due, today, None)
        used = walk.days.spent(walk.decided, today, limit.days, limit.working, (), due)
        return _known(walk, "deliver", "delivers", due, FAR, FAR, limit.working, limit.days, used)
    return _known(walk, "", "", FAR, FAR, FAR, rule.working, None, 0)


def _reviewing(walk: Walk, today: int) -> State:
    rule, days, (spans, since) = walk.rule, walk.days, walk.spans_now()
    promised, statutory = walk.limits(spans, since)
    start, more = walk.runs_from, walk.extended.days if walk.extended else 0
    duty, who, kept = "decide", "decides", "statutory"
    if walk.in_first_review:
        limit, due = rule.first_review, walk.first_review(spans, since)
        statutory, duty, who, kept = due, "review", "reviews", "first_review"
    elif rule.promised is not None:
        limit, due = rule.promised, promised
        more = more if walk.extends_promise else 0
    else:
        limit, due, start = rule.statutory, statutory, start if walk.sent_up < 0 else walk.sent_up
    assert limit is not None  # a rule has one of the two
    if today > promised:
        walk.was_due("promised", promised, today, None)
    if today > statutory:
        walk.was_due(kept, statutory, today, None)
    n, working = limit[0] + more, limit[1]
    if since is None or days.end(start, n, working, spans) <= since:
        if due == walk.expires:  # the end of the old licence comes before the end of the period
            n, spans = days.used(start, due, working), ()
        used = days.spent(start, today, n, working, spans, due)
        return _known(walk, duty, who, due, promised, statutory, working, n, used)
    used = min(n, days.used(start, min(today, since), working, spans))
    found = _known(walk, "end_pause", "reviews", due, promised, statutory, working, n, used)
    resumes = _resumes_by(walk)
    if resumes is None:
        return found._replace(paused_since=days.dates[since])
    until = max(resumes, today)
    expected = days.end(start, n, working, (*spans, (since, until)) if until > since else spans)
    return found._replace(paused_since=days.dates[since], resumes_by=days.dates[resumes],
                          expected=days.dates[expected] if expected < walk.expires else walk.expires_on)


def _resumes_by(walk: Walk) -> int | None:
    """When the pauses that run now should be over, by what was told or by the rule; None where one is unlimited."""
    found = -1
    for kind, running in walk.open.items():
        if running.counts_from is None:
            continue
        term = walk.rule.pause_terms.get(kind)
        n = running.days or (term.days if term else 0)
        if not n:
            return None
        found = max(found, walk.days.end(running.begun, n, term.working if term else True))
    return found


def _known(walk: Walk, duty: str, who: str, due: int, promised: int, statutory: int, working: bool, n: int | None,
           used: int) -> State:
    dates, pauses, late = walk.days.dates, walk.pauses, walk.late
    if walk.open:
        pauses += tuple(Pause(kind, dates[running.begun], None if running.told is None else dates[running.told], None,
                              None if running.counts_from is None else dates[running.counts_from])
                        for kind, running in walk.open.items())
    tacit, expires = walk.tacit, walk.expires
    if tacit and tacit[0].effect == "accepted":
        done = walk.accepted_late_on
        late = (Missed("accept", tacit[0].at.date() - _DAY, None if done < 0 else dates[done]), *late)
    received, runs_from, decided, ended = walk.received, walk.runs_from, walk.decided, walk.ended
    return State(
        _PHASES[walk.phase], duty, who,
        walk.expires_on if due == expires else None if due == FAR else dates[due],
        walk.expires_on if promised == expires else None if promised == FAR else dates[promised],
        walk.expires_on if statutory == expires else None if statutory == FAR else dates[statutory],
        "working_day" if working else "calendar_day", n, used, None if n is None else n - used,
        dates[received] if received >= 0 else None, dates[runs_from] if runs_from >= 0 else None,
        dates[decided] if decided >= 0 else None, walk.granted, walk.extended, None, None, None,
        pauses, tacit, late, walk.problems, walk.days.provisional,
        dates[ended] if ended >= 0 else None, walk.expires_on)
