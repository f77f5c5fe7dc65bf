"""What happens by the clock alone: silence that the law gives a meaning, deadlines in a year now announced, reminders.

Each effect is made once, whatever happens in between: it is a transition of the case from a state that it leaves.
"""

from __future__ import annotations

import logging

from django.db import InterfaceError, OperationalError
from django.db.transaction import atomic
from django.utils.translation import gettext_lazy as lazy

from linli.foundation import audit
from linli.foundation.calendar import Due, keep_promise
from linli.foundation.calendar.clock import now, today
from linli.foundation.events import emit
from linli.foundation.notices import tell
from linli.foundation.policy import policy
from linli.services.gov import deadline, letters
from linli.services.gov.actions.moving import held, step
from linli.services.gov.actions.stepping import handle, tell_applicant
from linli.services.gov.models import Application, ApplicationState, Correction
from linli.services.gov.models.applications import OPEN

log = logging.getLogger("linli.gov")
MOST = 200


def let_silence_speak(limit: int = MOST) -> int:
    """Look at applications whose next deadline has passed. Returns how many were changed by it."""
    late = Application.objects.filter(
        state__in=[ApplicationState.SUBMITTED, ApplicationState.ACCEPTED], due_at__lte=now())
    changed = 0
    for pk in list(late.order_by("due_at").values_list("pk", flat=True)[:limit]):
        try:
            changed += _speak(pk)
        except (OperationalError, InterfaceError):  # the database is away: nobody's fault, the worker waits
            raise
        except Exception:  # one that cannot be read must not keep the law from the others
            log.exception("gov.silence_failed", extra={"application": pk})
    return changed


@atomic
def _speak(pk: int) -> bool:
    row = held(Application.objects.get(pk=pk))
    state, _rule = deadline.state_of(row)
    effects = {one.effect for one in state.tacit}
    before = row.state
    if row.state == ApplicationState.SUBMITTED and "accepted" in effects:
        _accepted(row)
    if row.state == ApplicationState.ACCEPTED and "granted" in effects:
        _granted(row)
    if row.state == before and deadline.due_of(state) != row.due_at:
        deadline.refresh(row)
    return row.state != before


def _accepted(row: Application) -> None:
    """Nothing was asked within five working days: accepted from the day it came (行政许可法 第32条第1款第4项)."""
    step(row, None, "accept", state="accepted")
    handle(row, None, "receives")
    letters.write(row, "accepted", by=None)
    audit.record(None, "gov.accept", row, number=row.number, tacit=True)
    emit("gov.accepted", application=row.pk)
    tell_applicant(row, lazy("单号 %(number)s 过了五个工作日没有告知补正，从收到那天起就算受理了。"), key="accepted")


def _granted(row: Application) -> None:
    """Nothing was decided in time, and the item or 第50条 says what that means."""
    from linli.services.gov.actions.concluding import record

    step(row, None, "grant", state="decided", granted=True)
    record(row, by=None, granted=True)


def recompute_provisional() -> int:
    """Once a year's holidays are announced: its provisional deadlines again, never later than what was promised.

    Returns how many became firm. One transaction each.
    """
    rows = Application.objects.filter(is_provisional=True, state__in=OPEN).order_by("due_at")
    return sum(_firm(pk) for pk in list(rows.values_list("pk", flat=True)[:MOST]))


@atomic
def _firm(pk: int) -> bool:
    row = held(Application.objects.get(pk=pk))
    state, _rule = deadline.state_of(row)
    due = deadline.due_of(state)
    if state.provisional or due is None:
        return False
    row.due_at = due if row.due_at is None else keep_promise(Due(due, False, deadline.VERSION), row.due_at).at
    row.is_provisional = False
    row.save(update_fields=["due_at", "is_provisional"])
    audit.record(None, "gov.recompute", row, number=row.number, due_at=row.due_at.isoformat())
    return True


def remind_of_corrections() -> int:
    """Who was asked for corrections and has not answered hears of it now and then; each reminder once."""
    days: list[int] = policy("gov.correction_reminder_days")
    told = 0
    waiting = Correction.objects.filter(answered_at=None, application__state=ApplicationState.CORRECTING)
    for one in waiting.select_related("application__subject", "application__actor").order_by("asked_at")[:MOST]:
        passed = (today() - one.asked_at.date()).days
        reached = [day for day in days if day <= passed]
        row = one.application
        if reached:
            for person in {p.pk: p for p in (row.subject, row.actor) if p is not None}.values():
                tell(person, lazy("单号 %(number)s 还等您补正。补上就接着办，不用重填；不办了可以撤回。"), about=row,
                     key=f"gov.correcting.{row.pk}.{reached[-1]}.{person.pk}", url=f"/gov/mine/{row.number}/",
                     values={"number": row.number})
            told += 1
    return told

