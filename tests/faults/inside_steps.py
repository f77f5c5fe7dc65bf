"""A life, and a worker's round, killed after each single statement and each single commit: one fork a kill."""

from __future__ import annotations

import os
import signal
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

STEPS = ("dispatch", "take", "finish", "rate")


@contextmanager
def _after(point: int, then: Callable[[], None]) -> Iterator[list[int]]:
    """Call `then` after the `point`th statement or commit of the block (0: never); yields [how many there were]."""
    from django.db import connections

    connection = connections["default"]  # itself: the proxy keeps no attribute of its own
    seen = [0]

    def count() -> None:
        seen[0] += 1
        if seen[0] == point:
            then()

    def statement(execute: Any, *rest: Any) -> Any:
        given = execute(*rest)
        count()
        return given

    commit = connection._commit

    def committed() -> None:
        commit()
        count()

    with ExitStack() as stack:
        stack.enter_context(connection.execute_wrapper(statement))
        connection._commit = committed  # type: ignore[method-assign]
        stack.callback(connection.__dict__.pop, "_commit")
        yield seen


def _forked(work: Callable[[], int]) -> tuple[bool, int]:
    """(was it killed, the number it gave): `work` in a process of its own with a connection of its own."""
    ours, theirs = os.pipe()
    pid = os.fork()
    if not pid:
        code = 1
        try:
            os.write(theirs, str(work()).encode())
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(theirs)
    said = b""
    while part := os.read(ours, 1024):
        said += part
    os.close(ours)
    status = os.waitpid(pid, 0)[1]
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    if not killed and os.waitstatus_to_exitcode(status):
        raise RuntimeError(f"A life ended with {os.waitstatus_to_exitcode(status)}.")
    return killed, int(said or b"0")


def _die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _life(once: str, *, patiently: bool) -> int:
    """One life to its end; `patiently`: people who do not know what came of a step send the same form again."""
    from linli.foundation.web import Denied, Refused
    from linli.mechanisms.cases import actions
    from tests.faults.inside import _stars

    town = _stars()
    case = actions.open_case(
        town["resident"], "repair", town["area"], category="public", title="扶手", text="松了",
        building=town["building"], once=once)
    for seen, (who, name, data) in enumerate((
            ("desk", "dispatch", {"worker": town["fitter"].pk}), ("fitter", "take", {}),
            ("fitter", "finish", {"note": "紧好了", "after_photo": 1}),
            ("resident", "rate", {"solved": "yes", "satisfied": 5})), start=1):
        try:
            case = actions.act(town[who], case, name, seen=seen, **data)
        except (Refused, Denied):
            if not patiently:
                raise
    return case.pk


def kill_at_each_statement(every: int) -> dict[str, Any]:
    """Lives of a case, each killed after another statement or commit, then taken up again by the same people.

    Returns how many statements and commits a life has, how many were killed, and what is wrong with the cases.
    """
    def counted() -> int:
        with _after(0, _die) as seen:
            _life("whole", patiently=False)
        return seen[0]

    def killed(point: int) -> int:
        with _after(point, _die):
            return _life(f"killed-{point}", patiently=False)

    _killed, points = _forked(counted)
    kills, wrong = 0, {}
    for point in range(1, points + 1, every):
        was_killed, _pk = _forked(lambda point=point: killed(point))
        kills += was_killed
        _killed, pk = _forked(lambda point=point: _life(f"killed-{point}", patiently=True))
        _killed, fine = _forked(lambda pk=pk: _whole(pk))
        if not fine:
            wrong[point] = pk
    return {"points": points, "kills": kills, "wrong": {point: _steps_of(pk) for point, pk in wrong.items()}}


def _steps_of(pk: int) -> list[str]:
    from linli.mechanisms.cases.models import CaseEvent

    return list(CaseEvent.objects.filter(case=pk).exclude(name="rung").order_by("seq").values_list("name", flat=True))


def _whole(pk: int) -> int:
    """Has the case each of its steps, once?"""
    from linli.mechanisms.cases.models import Case

    made = Counter(_steps_of(pk))
    return int({made[name] for name in ("open", *STEPS)} == {1} and not Case.objects.get(pk=pk).is_open)


def kill_the_round_at_each_statement(every: int) -> dict[str, int]:
    """The worker's round over a case long overdue, killed after one statement or commit after the other.

    What one leaves, the next finds: so each kill falls into a round that is taking up another one's work.
    """
    from linli.foundation.jobs import worker
    from tests.faults.inside import report

    def round_of(point: int) -> int:
        report(1, days_ago=16, urgency="danger")
        with _after(point, _die) as seen:
            worker._until_quiet([])
        return seen[0]

    _killed, first = _forked(lambda: round_of(0))
    _killed, points = _forked(lambda: round_of(0))  # the first one also queues what runs by the clock
    kills = sum(_forked(lambda point=point: round_of(point))[0] for point in range(1, points + 1, every))
    return {"points": points, "first_round": first, "kills": kills}
