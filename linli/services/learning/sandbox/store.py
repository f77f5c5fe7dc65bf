"""Where visitors of the sandbox are: one row for a visitor and an exercise, gone the next morning."""

from __future__ import annotations

import re
import secrets

from django.db.transaction import atomic

from linli.foundation.calendar.clock import now
from linli.services.learning.models.sandbox import SandboxVisit
from linli.services.learning.sandbox.tasks import State, Task, begin

ROWS_MOST = 50_000  # far more than a community practises in a day; above it the oldest go
_TOKEN = re.compile(r"[A-Za-z0-9_-]{22,32}")


def new_token() -> str:
    return secrets.token_urlsafe(18)


def is_token(text: str) -> bool:
    """Is it one that `new_token` may have made?"""
    return _TOKEN.fullmatch(text) is not None


def read(token: str, task: Task) -> tuple[State, str]:
    """Where a visitor is, and the press that was last explained to them; the beginning for who is new."""
    row = SandboxVisit.objects.filter(token=token, task=task.code).first() if token else None
    if row is None or row.screen not in task.screens:
        return begin(task), ""
    return State(row.screen, row.tries, row.mistakes, row.size), row.said


@atomic
def keep(token: str, task: Task, state: State, said: str) -> None:
    """Put down where a visitor is."""
    values = {"screen": state.screen, "tries": state.tries, "mistakes": state.mistakes, "size": state.size,
              "said": said, "at": now()}
    _row, is_new = SandboxVisit.objects.update_or_create(token=token, task=task.code, defaults=values)
    if is_new:
        _not_too_many()


def forget(token: str, task: Task) -> None:
    """From the beginning."""
    SandboxVisit.objects.filter(token=token, task=task.code).delete()


def finished(token: str) -> set[str]:
    """The exercises this visitor came to the end of, today."""
    from linli.services.learning.sandbox.tasks import load

    ends = {(code, screen.code) for code, task in load().items() for screen in task.screens.values() if screen.is_end}
    rows = SandboxVisit.objects.filter(token=token).values_list("task", "screen") if token else []
    return {task for task, screen in rows if (task, screen) in ends}


def wipe() -> int:
    """Every night: nothing is left. Returns how many rows went."""
    count, _rows = SandboxVisit.objects.all().delete()
    return count


def _not_too_many() -> None:
    over = SandboxVisit.objects.count() - ROWS_MOST
    if over > 0:
        oldest = list(SandboxVisit.objects.order_by("at", "id").values_list("pk", flat=True)[: over + ROWS_MOST // 10])
        for start in range(0, len(oldest), 500):
            SandboxVisit.objects.filter(pk__in=oldest[start: start + 500]).delete()
