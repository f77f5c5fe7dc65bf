"""What each event does to the clock of an application; days are indices of `Days`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from linli.services.gov.procedure.days import Days, midnight_after
from linli.services.gov.procedure.events import NEVER, Event
from linli.services.gov.procedure.rule import Rule
from linli.services.gov.procedure.state import Extended, Missed, Pause, Phase, Problem, Tacit

# The phases as plain numbers: comparing those is several times faster, and this is the inner loop.
_NOTHING, _RECEIVED, _CORRECTING, _CORRECTED, _REVIEWING, _DECIDED, _ISSUED, _DELIVERED, _REFUSED, _WITHDRAWN, \
    _TRANSFERRED = map(int, Phase)
Spans = tuple[tuple[int, int], ...]
FAR = 1 << 40  # a day that never comes


class Open:
    """A pause that has begun and not ended."""

    __slots__ = ("begun", "counts_from", "days", "told")

    def __init__(self, begun: int, told: int | None, days: int) -> None:
        self.begun, self.told, self.days = begun, told, days
        self.counts_from: int | None = None


class Walk:
    """What is known after some events. Days are indices of `days`."""

    phase = _NOTHING
    received = corrected = runs_from = sent_up = decided = ended = -1  # -1: not yet
    accept_by = accepted_late_on = -1
    expires = FAR       # the last day of a licence to be renewed
    silent_until = FAR  # silence means something once this day is over
    expires_on: date | None = None
    granted: bool | None = None
    extended: Extended | None = None
    extends_promise = False
    spans: tuple[tuple[int, int], ...] = ()  # what closed pauses take out, sorted and apart
    pauses: tuple[Pause, ...] = ()
    tacit: tuple[Tacit, ...] = ()
    late: tuple[Missed, ...] = ()
    problems: tuple[Problem, ...] = ()
    untold: frozenset[str] = frozenset()

    def __init__(self, rule: Rule, days: Days) -> None:
        self.rule, self.days = rule, days
        self.heeds_silence = rule.tacit_grant
        self.in_first_review = rule.first_review is not None
        self.open: dict[str, Open] = {}
        self.pretold: dict[str, tuple[int, int]] = {}

    # ── events ──
    def on_received(self, event: Event, day: int) -> None:
        if self.phase != _NOTHING:
            self._cannot("received_twice", event)
            return
        self.phase, self.received = _RECEIVED, day
        self._expect_acceptance(day)
        if event.expires_on != NEVER and self.rule.renew:
            left = event.expires_on.toordinal() - self.days.dates[day].toordinal()
            if left < 0:
                self._cannot("expired_already", event)
            elif left < self.rule.renew.days:  # 第50条: asked 30 days before; later, the ordinary limits hold
                self._cannot("renewal_late", event)
            else:
                self.expires, self.expires_on, self.heeds_silence = day + left, event.expires_on, True

    def on_corrections_asked(self, event: Event, day: int) -> None:
        if self.phase == _RECEIVED:
            self.phase, self.silent_until = _CORRECTING, FAR
        elif self.phase in (_CORRECTING, _CORRECTED):
            self._cannot("asked_twice", event)
        else:
            self._cannot("asked_too_late" if self.phase == _REVIEWING else "out_of_turn", event)

    def on_corrections_received(self, event: Event, day: int) -> None:
        if self.phase != _CORRECTING:
            self._cannot("corrections_not_asked", event)
            return
        # All is there now: silence for another five days means what it means on a complete application (第32条).
        self.phase, self.corrected = _CORRECTED, day
        self._expect_acceptance(day)

    def on_accepted(self, event: Event, day: int) -> None:
        if self.phase == _NOTHING:
            self._cannot("not_received", event)
            self.phase, self.received = _RECEIVED, day
        if self.phase in (_RECEIVED, _CORRECTING, _CORRECTED):
            self._run(day)
        elif self.phase == _REVIEWING and self.tacit and self.accepted_late_on < 0:
            self.accepted_late_on = day
            self._cannot("accepted_late", event)
        else:
            self._cannot("accepted_twice" if self.runs_from >= 0 else "out_of_turn", event)

    def on_refused(self, event: Event, day: int) -> None:
        if self.phase not in (_RECEIVED, _CORRECTING, _CORRECTED):
            self._cannot("refused_too_late" if self.phase == _REVIEWING else "out_of_turn", event)
            return
        if not event.reasons:
            self._cannot("no_reasons", event)
        self._end(_REFUSED, day)

    def on_pause_told(self, event: Event, day: int) -> None:
        kind = event.pause
        running = self.open.get(kind)
        if self.phase != _REVIEWING:
            self._cannot("pause_out_of_turn", event)
        elif running is None:
            if kind in self.untold:
                self.untold -= {kind}
                self._cannot("pause_told_after", event)
            else:
                self.pretold.setdefault(kind, (day, event.days))
        elif running.told is None:
            running.told, running.days = day, event.days
            if day > running.begun:
                self._cannot("pause_told_late", event)
            if kind in self.rule.pausable:
                # Only what the applicant was told of is left out, from the day of the telling (第45条).
                running.counts_from = day

    def on_pause_begun(self, event: Event, day: int) -> None:
        kind = event.pause
        if self.phase != _REVIEWING:
            self._cannot("pause_out_of_turn", event)
            return
        if kind in self.open:
            self._cannot("pause_begun_twice", event)
            return
        told, needed = self.pretold.pop(kind, (None, 0)) if self.pretold else (None, 0)
        self.open[kind] = running = Open(day, told, needed)
        if kind in self.rule.pausable:
            running.counts_from = None if told is None else day
        elif kind not in self.rule.specials:
            self._cannot("pause_without_basis", event)

    def on_pause_ended(self, event: Event, day: int) -> None:
        if event.pause not in self.open:
            self._cannot("pause_not_begun", event)
            return
        running = self.open[event.pause]
        if running.told is None and event.pause in self.rule.pausable:
            self.untold |= {event.pause}
            self._cannot("pause_not_told", event)
        self._close(event.pause, day)

    def on_extension_approved(self, event: Event, day: int) -> None:
        may = self.rule.extension
        if self.phase != _REVIEWING or self.in_first_review:
            self._cannot("extension_out_of_turn", event)
            return
        if may is None:
            self._cannot("extension_without_basis", event)
            return
        if self.extended:
            self._cannot("extended_twice", event)
            return
        if not event.by or event.office != may.approver:
            self._cannot("extension_without_approver", event)
            return
        if not event.reasons:
            self._cannot("extension_without_reasons", event)
            return
        spans, since = self.spans_now()
        promised, statutory = self.limits(spans, since)
        if day > (statutory if self.rule.statutory else promised):
            self._cannot("extension_late", event)
            return
        # A promise that is already broken is not mended by a later extension.
        self.extends_promise = day <= promised
        self.extended = Extended(self.days.dates[day], may.days, event.by, event.office, event.reasons)

    def on_transferred(self, event: Event, day: int) -> None:
        if not _RECEIVED <= self.phase <= _REVIEWING:
            self._cannot("out_of_turn", event)
            return
        if self.in_first_review and self.phase == _REVIEWING:
            # Sent up to the body that decides (第35条): its own period begins.
            spans, since = self.spans_now()
            self.was_due("first_review", self.first_review(spans, since), day)
            for kind in tuple(self.open):
                self._close(kind, day)
            self.sent_up, self.in_first_review = day, False
            if self.heeds_silence:
                self.silent_until = self._silent_day()
        else:
            self._end(_TRANSFERRED, day)

    def on_withdrawn(self, event: Event, day: int) -> None:
        if _RECEIVED <= self.phase <= _REVIEWING:
            self._end(_WITHDRAWN, day)
        else:
            self._cannot("out_of_turn", event)

    def on_decided(self, event: Event, day: int) -> None:
        if _RECEIVED <= self.phase < _REVIEWING and not self.in_first_review:  # on the spot (第34条)
            self._run(day)
        if self.phase in (_DECIDED, _ISSUED, _DELIVERED):
            self._cannot("decided_after_grant" if self.tacit and self.tacit[-1].effect == "granted"
                                else "decided_twice", event)
            return
        if self.phase != _REVIEWING or self.in_first_review:
            self._cannot("out_of_turn", event)
            return
        if self.open:
            self._cannot("decided_in_pause", event)
        if not event.granted and not event.reasons:
            self._cannot("no_reasons", event)
        for kind in tuple(self.open):
            self._close(kind, day)
        self._decide(day, event.granted, day)

    def on_issued(self, event: Event, day: int) -> None:
        if self.phase != _DECIDED or not self.granted:
            self._cannot("issued_without_grant" if self.phase != _ISSUED else "out_of_turn", event)
            return
        self.phase = _ISSUED

    def on_delivered(self, event: Event, day: int) -> None:
        if self.phase not in (_DECIDED, _ISSUED):
            self._cannot("out_of_turn", event)
            return
        self.was_due("deliver", self.deliver_by(), day)
        self._end(_DELIVERED, day)

    # ── what events do ──
    def _cannot(self, code: str, event: Event) -> None:
        self.problems += (Problem(code, event[0], event[1], event[2]),)

    def _expect_acceptance(self, day: int) -> None:
        accept = self.rule.accept
        self.accept_by = self.silent_until = self.days.end(day, accept.days, accept.working)

    def _run(self, day: int) -> None:
        self.phase, self.runs_from, self.silent_until = _REVIEWING, day, FAR
        if self.heeds_silence:
            self.silent_until = self._silent_day()

    def _silent_day(self) -> int:
        """After which day silence counts as a grant: the statutory period, or the end of the licence to be renewed."""
        if self.rule.tacit_grant and not self.in_first_review:
            return self.limits(*self.spans_now())[1]
        return self.expires

    def _close(self, kind: str, day: int) -> None:
        running, dates = self.open.pop(kind), self.days.dates
        since, told = running.counts_from, running.told
        self.pauses += (Pause(kind, dates[running.begun], None if told is None else dates[told], dates[day],
                              None if since is None else dates[since]),)
        if since is not None and since < day:
            spans = self.spans
            if spans and spans[-1][1] >= since:
                spans, since = _joined(spans, since)
            self.spans = (*spans, (since, day))

    def _decide(self, day: int, granted: bool, late_on: int | None) -> None:
        promised, statutory = self.limits(self.spans, None)
        if day > promised:
            self.was_due("promised", promised, day, late_on)
        if day > statutory:
            self.was_due("statutory", statutory, day, late_on)
        self.phase, self.decided, self.granted, self.silent_until = _DECIDED, day, granted, FAR

    def was_due(self, limit: str, due: int, day: int, late_on: int | None = -1) -> None:
        if day > due:
            dates, done = self.days.dates, day if late_on == -1 else late_on
            self.late += (Missed(limit, dates[due], None if done is None else dates[done]),)

    def _end(self, phase: int, day: int) -> None:
        for kind in tuple(self.open):
            self._close(kind, day)
        self.phase, self.ended, self.silent_until = phase, day, FAR

    def let_silence_speak(self, day: int) -> None:
        """What follows from nothing having been said until `day`: tacit acceptance (第32条), tacit grant (第50条)."""
        while day > self.silent_until:
            last, dates = self.silent_until, self.days.dates
            if self.phase < _REVIEWING:
                since = self.received if self.corrected < 0 else self.corrected
                self.tacit += (Tacit("accepted", dates[since], midnight_after(dates[last])),)
                self._run(since)
            else:
                # What happened since `silent_until` was noted can only have moved it later. The end of a licence, which
                # holds while a pause lasts, is not noted: when the pause ends, an earlier day may hold again.
                last = self._silent_day()
                if day <= last:
                    self.silent_until = self.silent_until if self.open or last == FAR else last
                    return
                self.tacit += (Tacit("granted", dates[last], midnight_after(dates[last])),)
                for kind in tuple(self.open):
                    self._close(kind, last)
                self._decide(last + 1, True, None)
                self.decided = last

    # ── limits ──
    def spans_now(self) -> tuple[Spans, int | None]:
        """The closed pauses, and since when the clock stands still (None: it runs)."""
        since = None
        for running in self.open.values():
            start = running.counts_from
            if start is not None and (since is None or start < since):
                since = start
        return (self.spans, None) if since is None else _joined(self.spans, since)

    def limits(self, spans: Spans, since: int | None) -> tuple[int, int]:
        """The promised and the statutory day; `FAR` where there is none, or none can be named: the clock stands still.

        第42条 and 第45条 move the periods of their own section; the end of a licence (第50条) is not one of them.
        """
        rule, expires, extended, end = self.rule, self.expires, self.extended, self.days.end
        promised = statutory = FAR
        if rule.promised is not None:
            n, working, _ = rule.promised
            if extended is not None and self.extends_promise:
                n += extended[1]
            promised = end(self.runs_from, n, working, spans)
            if promised > expires or (since is not None and promised > since):
                promised = expires
        if self.in_first_review:  # the period of the body that decides has not begun
            statutory = expires
        elif rule.statutory is not None:
            n, working, _ = rule.statutory
            if extended is not None:
                n += extended[1]
            statutory = end(self.runs_from if self.sent_up < 0 else self.sent_up, n, working, spans)
            if statutory > expires or (since is not None and statutory > since):
                statutory = expires
        return promised, statutory

    def first_review(self, spans: Spans, since: int | None) -> int:
        limit = self.rule.first_review
        assert limit is not None
        day = self.days.end(self.runs_from, limit[0], limit[1], spans)
        return self.expires if day > self.expires or (since is not None and day > since) else day

    def deliver_by(self) -> int:
        limit = self.rule.deliver
        return self.days.end(self.decided, limit.days, limit.working) if limit and self.granted else FAR


def _joined(spans: Spans, since: int) -> tuple[Spans, int]:
    """`spans` without those that a pause which runs since `since` touches, and the first day of the whole."""
    while spans and spans[-1][1] >= since:
        since, spans = min(since, spans[-1][0]), spans[:-1]
    return spans, since


HANDLERS: tuple[Callable[[Walk, Event, int], None], ...] = (
    Walk.on_received, Walk.on_corrections_asked, Walk.on_corrections_received, Walk.on_accepted, Walk.on_refused,
    Walk.on_pause_told, Walk.on_pause_begun, Walk.on_pause_ended, Walk.on_extension_approved,
    Walk.on_transferred, Walk.on_withdrawn, Walk.on_decided, Walk.on_issued, Walk.on_delivered)
