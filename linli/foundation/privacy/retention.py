"""The clock after which personal data goes: started by a room, run by a job, stopped by a statute."""

from __future__ import annotations

import logging
from datetime import date, timedelta
from typing import Any

from django.apps import apps
from django.db.models import F, Q
from django.db.transaction import atomic

from linli.foundation import audit
from linli.foundation.calendar.clock import now, today
from linli.foundation.prepared import insert_once
from linli.foundation.privacy import rules
from linli.foundation.privacy.erasers import eraser_of
from linli.foundation.privacy.models import RetentionHold, RetentionTimer, TimerState
from linli.foundation.privacy.purposes import purpose as declared

log = logging.getLogger("linli.privacy")


def start_retention(thing: Any, purpose: str, from_: date | None = None) -> None:
    """Let the term of `purpose` run for `thing` from the day of its last use (default: today).

    Called inside the action that ends the use (a case closed, an account left). Started again, it runs anew.
    """
    ends = rules.ends_on(from_ or today(), declared(purpose).keep_days)
    which = {"thing_type": thing._meta.label_lower, "thing_id": str(thing.pk), "purpose": purpose}
    values: dict[str, Any] = {
        "ends_on": ends, "state": TimerState.RUNNING, "result": "", "done_at": None, "tries": 0,
        "area_code": getattr(thing, "area_code", "") or ""}
    if not insert_once(RetentionTimer(**which, **values)):
        RetentionTimer.objects.filter(**which).update(**values)


def stop_retention(thing: Any, purpose: str) -> None:
    """The thing is in use again (a case reopened): its term does not run."""
    RetentionTimer.objects.filter(
        thing_type=thing._meta.label_lower, thing_id=str(thing.pk), purpose=purpose, state=TimerState.RUNNING,
    ).update(state=TimerState.STOPPED)


def is_held(kind: str, pk: Any) -> bool:
    """Must the thing stay, for a statute, a dispute or an investigation?"""
    return RetentionHold.objects.filter(
        Q(until=None) | Q(until__gte=today()), thing_type=kind, thing_id=str(pk), released_at=None).exists()


def delete_due(*, limit: int = 2000) -> int:
    """Delete or anonymise what is past its term; gives how many things. Each one is its own transaction.

    A held thing stays and is looked at again the next day. A thing whose eraser fails stays too, is said in the
    log, and does not keep the others from going.
    """
    done = 0
    due = RetentionTimer.objects.filter(state=TimerState.RUNNING, ends_on__lte=today())
    for pk in list(due.order_by("tries", "ends_on", "pk").values_list("pk", flat=True)[:limit]):
        try:
            done += _delete_one(pk)
        except Exception:
            log.exception("privacy.erase_failed", extra={"timer": pk})
            RetentionTimer.objects.filter(pk=pk).update(tries=F("tries") + 1)
    return done


@atomic
def _delete_one(pk: int) -> int:
    timer = RetentionTimer.objects.select_for_update().get(pk=pk)
    if timer.state != TimerState.RUNNING or timer.ends_on > today():
        return 0
    if is_held(timer.thing_type, timer.thing_id):
        RetentionTimer.objects.filter(pk=pk).update(ends_on=today() + timedelta(days=1))
        return 0
    erase = eraser_of(timer.thing_type)
    if erase is None:
        raise LookupError(f"{timer.thing_type} has a term but no eraser: the room's privacy.py must register one")
    thing = apps.get_model(timer.thing_type)._default_manager.filter(pk=timer.thing_id).first()
    timer.result = (erase(thing, timer.purpose) if thing is not None else "gone")[:200]
    timer.state, timer.done_at = TimerState.DONE, now()
    timer.save(update_fields=["result", "state", "done_at"])
    audit.record(
        None, "privacy.expire", audit.Ref(timer.thing_type, timer.thing_id, timer.area_code),
        purpose=timer.purpose, result=timer.result)
    return 1
