"""How fast deadlines are computed, and whether they are right: beside a loop over days, and against vectors.

`deadlines_per_s`: bare terms of government procedures. `with_pauses_per_s`: the whole clock of an application from its
events (acceptance, corrections, pauses, extension, decision …). `timers_*`: the timers of cases, on the same calendar.

`--vectors FILE.json` is a list of `{"start", "due"}` with `"allowance"` (as in a kind: `3wd`, `4wh`, `7d`) or
`"allowance_s"` and `"calendar"`; `"pauses"`: a list of [from, until]; `"day_end"`: n calendar days, as 民法典
第201–203条 counts them; `"working_day_end"`: n working days. Moments are ISO 8601; without an offset, Asia/Shanghai.
Or of `{"clock": as in an item, "events": [{"kind", "at", …}], "now", "expect": {"due": "2026-10-12", …}}`: any fields
of the clock's state, and `phase`, `problems`, `tacit`, `missed` by their codes.
"""

from __future__ import annotations

import argparse
import json
import random
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

from bench import deadlines_lives as lives
from bench.running import Bench, NoData

NAME = "deadlines"
HELP = "Deadlines a second, bare and with pauses, beside a loop over days; mismatches with it and with vectors."
HOURS = ((9, 12), (14, 18))
SPAN = "2025-01-01T00:00", "2026-09-01T00:00"  # two announced years, less what the longest allowance reaches


class Sum(NamedTuple):
    """One deadline to compute. `pauses` lie after the start, in order."""

    start: datetime
    allowance_s: int
    calendar: str
    pauses: tuple[tuple[datetime, datetime], ...] = ()


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--vectors", default="", help="a JSON file of deadlines to check")
    parser.add_argument("--seed", type=int, default=2026)


def run(args: argparse.Namespace, bench: Bench) -> None:
    size, runs = (20_000, 3) if bench.quick else (100_000, 5)
    bench.figure("size", size)
    bench.figure("seed", args.seed)
    compared, wrong = _procedures(args.seed, size, runs, bench)
    compared_timers, wrong_timers = _timers(args.seed, size, runs, bench)
    bench.figure("compared_with_day_loop", compared + compared_timers)
    checked, missed = _vectors(args.vectors, bench) if args.vectors else (0, 0)
    bench.figure("vectors", checked)
    bench.figure("mismatches", wrong + wrong_timers + missed)


def _procedures(seed: int, size: int, runs: int, bench: Bench) -> tuple[int, int]:
    """Speed of procedures' deadlines; how many were compared with the loop, how many differ."""
    from linli.services.gov.procedure import announced

    chance, days = random.Random(seed), announced()
    bares, lived, unruly = lives.bares(chance, size), lives.lives(chance, size // 5), lives.unruly(chance, size // 10)
    bare, whole = lives.ours(days)
    loop_bare, loop_whole = lives.by_days(days)
    ours = bench.median("deadlines_per_s", lambda: lives.rate(bares, bare), runs=runs)
    paused = bench.median("with_pauses_per_s", lambda: lives.rate(lived, whole), runs=runs)
    bench.median("unruly_per_s", lambda: lives.rate(unruly, whole), runs=runs)
    few, some = bares[:size // 10], lived[:size // 50]
    theirs, theirs_paused = lives.rate(few, loop_bare), lives.rate(some, loop_whole)
    bench.peer("day loop", {"deadlines_per_s": theirs, "with_pauses_per_s": theirs_paused})
    bench.ratio("deadlines_vs_day_loop", ours, theirs)
    bench.ratio("with_pauses_vs_day_loop", paused, theirs_paused)
    bench.figure("events_per_life", sum(len(life.events) for life in lived) / len(lived))
    wrong: list[object] = [one for one in few if bare(one) != loop_bare(one)]
    some += unruly[:size // 20]
    wrong += [one for one in some if lives.differ(whole(one), loop_whole(one))]
    for example in wrong[:5]:
        bench.note(f"differs from the day loop: {example}")
    bench.note("procedures: function level, one process, one at a time; a bare term is 1 to 45 days, two thirds in "
               "working days; a life has one or two pauses that were told, perhaps an extension and a decision, and "
               "is read from events in any order to a whole state (phase, dues, days left, pauses, what silence did, "
               "what was missed, problems); unruly: the random lives of the tests, most with events that cannot be")
    return len(few) + len(some), len(wrong)


def _timers(seed: int, size: int, runs: int, bench: Bench) -> tuple[int, int]:
    """Speed of the timers of cases; how many were compared with the loop, how many differ."""
    sums = _sums(random.Random(seed), size)
    for calendar in ("24x7", "hours", "days"):
        _fast(next(s for s in sums if s.calendar == calendar))  # tables compiled
    ours = bench.median("timers_per_s", lambda: _rate(sums, _fast), runs=runs)
    paused = bench.median("timers_with_pauses_per_s", lambda: _rate(sums, _with_pauses), runs=runs)
    few = sums[:len(sums) // 50]
    theirs, theirs_paused = _rate(few, _loop), _rate(few, _loop_with_pauses)
    bench.peer("day loop", {"timers_per_s": theirs, "timers_with_pauses_per_s": theirs_paused})
    bench.ratio("timers_vs_day_loop", ours, theirs)
    bench.ratio("timers_with_pauses_vs_day_loop", paused, theirs_paused)
    wrong = [s for s in few if _fast(s) != _loop(s) or _with_pauses(s) != _loop_with_pauses(s)]
    for example in wrong[:5]:
        bench.note(f"differs from the day loop: {example}")
    bench.note("timers: one process; a third each of 24x7, working hours and working days, 1 minute to 30 days; with "
               "pauses: 0 to 3 of them, each consumed time computed and the rest aimed anew")
    return len(few), len(wrong)


def _sums(chance: random.Random, size: int) -> list[Sum]:
    begin, end = _moment(SPAN[0]), _moment(SPAN[1])
    width = int((end - begin).total_seconds())
    found = []
    for number in range(size):
        start = begin + timedelta(seconds=chance.randrange(width))
        calendar, most = (("24x7", 30 * 86_400), ("hours", 60 * 3600), ("days", 20 * 86_400))[number % 3]
        pauses, at = [], start
        for _pause in range(chance.randrange(4)):
            since = at + timedelta(seconds=chance.randrange(1, 200_000))
            at = since + timedelta(seconds=chance.randrange(60, 500_000))
            pauses.append((since, at))
        found.append(Sum(start, chance.randrange(60, most), calendar, tuple(pauses)))
    return found


def _rate(sums: Sequence[Sum], work: Callable[[Sum], object]) -> float:
    began = time.perf_counter()
    for one in sums:
        work(one)
    return len(sums) / (time.perf_counter() - began)


def _fast(one: Sum) -> datetime:
    from linli.foundation.calendar.deadlines import due

    return due(one.start, one.allowance_s, one.calendar)


def _with_pauses(one: Sum) -> datetime:
    """What a timer of a case does: at each pause the worked time is consumed, at each resumption it is aimed anew."""
    from linli.foundation.calendar.deadlines import due, worked_between

    resumed, left = one.start, one.allowance_s
    for since, until in one.pauses:
        used = worked_between(resumed, since, one.calendar)
        if used >= left:  # it was due before this pause began
            break
        left -= used
        resumed = until
    return due(resumed, left, one.calendar)


# ── the same by a loop over days: the peer, and the second opinion ──
def _segments(day: datetime, calendar: str) -> list[tuple[datetime, datetime]]:
    from linli.foundation.calendar.deadlines import is_workday

    midnight = day.replace(hour=0, minute=0, second=0, microsecond=0)
    if calendar == "24x7":
        return [(midnight, midnight + timedelta(days=1))]
    if not is_workday(midnight.date()):
        return []
    if calendar == "days":
        return [(midnight, midnight + timedelta(days=1))]
    return [(midnight + timedelta(hours=a), midnight + timedelta(hours=b)) for a, b in HOURS]


def _loop(one: Sum) -> datetime:
    left, day = timedelta(seconds=one.allowance_s), one.start
    while True:
        for begin, end in _segments(day, one.calendar):
            begin = max(begin, one.start)
            if begin < end:
                if begin + left <= end:
                    return begin + left
                left -= end - begin
        day += timedelta(days=1)


def _loop_with_pauses(one: Sum) -> datetime:
    resumed, left = one.start, one.allowance_s
    for since, until in one.pauses:
        used, day = 0, resumed
        while day.date() <= since.date():
            used += sum(max(0, int((min(end, since) - max(begin, resumed)).total_seconds()))
                        for begin, end in _segments(day, one.calendar))
            day += timedelta(days=1)
        if used >= left:
            break
        left -= used
        resumed = until
    return _loop(Sum(resumed, left, one.calendar))


def _vectors(path: str, bench: Bench) -> tuple[int, int]:
    """How many vectors were checked, how many came out otherwise."""
    from linli.foundation.calendar.holidays import Unannounced

    if not Path(path).exists():
        raise NoData(f"{path} is not on this machine: name a JSON file of vectors.")
    rows = json.loads(Path(path).read_text("utf-8"))
    rows = rows["vectors"] if isinstance(rows, dict) else rows
    missed = 0
    for row in rows:
        try:
            got, wanted = _outcome(row)
        except Unannounced as error:
            got, wanted = f"unannounced {error}", row.get("due", row.get("expect"))
        if got != wanted:
            missed += 1
            bench.note(f"vector {json.dumps(row, ensure_ascii=False)}: got {got}")
    return len(rows), missed


def _outcome(row: dict[str, Any]) -> tuple[object, object]:
    return (lives.state_of(row), row["expect"]) if "events" in row else (_vector(row), _moment(row["due"]))


def _vector(row: dict[str, Any]) -> datetime:
    from linli.foundation.calendar import day_end, seconds, working_day_end

    start = _moment(row["start"])
    if "day_end" in row:
        return day_end(start, int(row["day_end"]))
    if "working_day_end" in row:
        return working_day_end(start, int(row["working_day_end"]))
    allowance_s, calendar = seconds(row["allowance"]) if "allowance" in row else (row["allowance_s"], row["calendar"])
    pauses = tuple((_moment(since), _moment(until)) for since, until in row.get("pauses", ()))
    return _with_pauses(Sum(start, int(allowance_s), row.get("calendar", calendar), pauses))


def _moment(text: str) -> datetime:
    from linli.foundation.calendar import SHANGHAI

    found = datetime.fromisoformat(text)
    return found if found.tzinfo else found.replace(tzinfo=SHANGHAI)
