"""Sending to a department's system: queued with the hand-in, sent under one key until it is known to have arrived.

The number is ours and is given before anything is sent; `Dispatch.key` and `Dispatch.body` never change. A process
that dies between sending and writing it down leaves a row that is due again when its lease ends: the department gets
the same bytes under the same key, and says the same number. Attempts are bounded; then a person looks.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from django.db.transaction import atomic
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from linli.foundation import audit
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.jobs.backoff import wait_after
from linli.foundation.notices import tell
from linli.foundation.people.models import Person, RoleAssignment
from linli.foundation.people.permit import permit
from linli.foundation.people.queries import running
from linli.foundation.policy import policy
from linli.foundation.prepared import insert_once
from linli.foundation.privacy.retention import start_retention
from linli.foundation.web import Refused
from linli.services.gov.models.outside import Dispatch, DispatchState, Endpoint, OutsideAnswer
from linli.services.gov.outside.adapters import line_of
from linli.services.gov.outside.http import NoAnswer, TurnedDown, ask
from linli.services.gov.outside.package import packed

log = logging.getLogger("linli.gov")
WHAT = ("handed_in", "corrected", "withdrawn")
PATH = "/applications"


def endpoint_for(area_code: str, department: str) -> Endpoint | None:
    """The department's system for that place, switched on: the community's own, else the nearest place's above it."""
    rows = Endpoint.objects.filter(department=department, is_on=True).select_related("area") if department else []
    return max((row for row in rows if area_code.startswith(row.area.code)), key=lambda row: len(row.area.code),
               default=None)


@atomic
def queue(application: Any, what: str) -> Dispatch | None:
    """Put what happened on its way to the item's department; None where none has a system. Twice is once."""
    assert what in WHAT, what
    endpoint = endpoint_for(application.area.code, application.version.body["local"].get("department", ""))
    if endpoint is None:
        return None
    key = f"{application.number}-{what}"
    row = Dispatch(area=application.area, endpoint=endpoint, application=application.pk, number=application.number,
                   what=what, key=key, body=packed(application, what, key), queued_at=now(), next_at=now())
    if not insert_once(row):
        return Dispatch.objects.get(key=key)
    audit.record(None, "gov.queue_dispatch", row, what=what)
    return row


def send_due(limit: int = 5) -> int:
    """Send what is due, the longest waiting first; gives how many were tried."""
    due = Dispatch.objects.filter(state=DispatchState.WAITING, next_at__lte=now()).order_by("next_at", "id")
    return sum(send(pk) for pk in list(due.values_list("pk", flat=True)[:limit]))


def send(pk: int) -> bool:
    """One attempt. False where somebody else has it, or it is not due."""
    row = claim(pk)
    if row is None:
        return False
    try:
        if not row.endpoint.is_on:
            raise NoAnswer("switched_off")
        answer = ask(line_of(row.endpoint), "POST", PATH, row.body.encode(), key=row.key)
        note_sent(row, _number_in(answer, row.key))
    except NoAnswer as none:
        note_failed(row, none.code, final=False)
    except TurnedDown as no:
        note_failed(row, no.code, final=True)
    return True


@atomic
def claim(pk: int) -> Dispatch | None:
    """Take the row for one attempt: it is counted, and due again when the lease ends, before anything leaves."""
    row = Dispatch.objects.select_for_update(of=("self",)).select_related("endpoint", "area").filter(
        pk=pk, state=DispatchState.WAITING, next_at__lte=now()).first()
    if row is None:
        return None
    if _earlier_waits(row):
        Dispatch.objects.filter(pk=pk).update(next_at=now() + timedelta(seconds=int(policy("gov.outside_lease_s"))))
        return None
    if row.attempts >= int(policy("gov.outside_attempts_most")):  # the process died in the last one
        _die(row, row.fault or "no_answer")
        return None
    row.attempts += 1
    row.next_at = now() + timedelta(seconds=int(policy("gov.outside_lease_s")))
    row.save(update_fields=["attempts", "next_at"])
    return row


def _earlier_waits(row: Dispatch) -> bool:
    """Is something of the same application still on its way? A withdrawal must not overtake the hand-in."""
    return Dispatch.objects.filter(application=row.application, state=DispatchState.WAITING, pk__lt=row.pk).exists()


def _number_in(answer: Mapping[str, Any], key: str) -> str:
    """Their number, if the answer is one to this very message. Raises `NoAnswer("garbled")`."""
    number = answer.get("number", "")
    if answer.get("key") != key or not isinstance(number, str) or len(number) > 60:
        raise NoAnswer("garbled")
    return number


@atomic
def note_sent(claimed: Dispatch, number: str) -> None:
    row = Dispatch.objects.select_for_update().get(pk=claimed.pk)
    if row.state != DispatchState.WAITING:
        if number and row.their_number and number != row.their_number:
            _say_conflict(row, number)
        return
    row.state, row.sent_at, row.fault = DispatchState.SENT, now(), ""
    row.their_number = row.their_number or number
    row.save(update_fields=["state", "sent_at", "fault", "their_number"])
    audit.record(None, "gov.sent_dispatch", row, attempts=row.attempts)
    if number and number != row.their_number:
        _say_conflict(row, number)


@atomic
def note_failed(claimed: Dispatch, code: str, *, final: bool) -> None:
    row = Dispatch.objects.select_for_update(of=("self",)).select_related("area").get(pk=claimed.pk)
    if row.state != DispatchState.WAITING or row.attempts != claimed.attempts:
        return  # they called back meanwhile, or somebody else has tried since
    log.warning("gov.dispatch_failed", extra={"dispatch": row.pk, "fault": code, "attempts": row.attempts})
    row.fault = code[:40]
    if final or row.attempts >= int(policy("gov.outside_attempts_most")):
        _die(row, row.fault)
        return
    row.next_at = now() + pause_after(row.attempts)
    row.save(update_fields=["fault", "next_at"])


def pause_after(attempts: int) -> timedelta:
    """The pause after so many failed attempts: doubled each time, never longer than the policy's longest."""
    return wait_after(attempts, first_s=int(policy("gov.outside_first_wait_s")),
                      longest_s=int(policy("gov.outside_longest_wait_s")))


def _die(row: Dispatch, code: str) -> None:
    row.state, row.fault = DispatchState.DEAD, code
    row.save(update_fields=["state", "fault"])
    audit.record(None, "gov.dispatch_died", row, fault=code, attempts=row.attempts)
    emit("gov.dispatch_died", dispatch=row.pk)
    heads = RoleAssignment.objects.filter(running(), role="community_head", area=row.area).select_related("person")
    for held in heads:
        tell(held.person, gettext_lazy("有一份申请发不到部门去，已经不再自己发。请打开看一看，再发一次或者改用电话。"),
             about=row, key=f"gov.dispatch.{row.pk}.dead.{row.attempts}", url=reverse("gov:sending", args=[row.pk]),
             title=gettext_lazy("申请没发到部门"))


@atomic
def retry(person: Person, dispatch: Dispatch) -> Dispatch:
    """Try a dead one again: a new count, the same key. Twice is once. Raises `Denied`, `Refused("not_dead")`."""
    permit(person, "gov.mend_sending", dispatch)
    row = Dispatch.objects.select_for_update().get(pk=dispatch.pk)
    if row.state == DispatchState.WAITING:
        return row
    if row.state not in (DispatchState.DEAD, DispatchState.GIVEN_UP):
        raise Refused("not_dead", _("这份已经发到了，不用再发。"))
    row.state, row.attempts, row.next_at = DispatchState.WAITING, 0, now()
    row.given_up_by, row.given_up_reason = None, ""
    row.save(update_fields=["state", "attempts", "next_at", "given_up_by", "given_up_reason"])
    audit.record(person, "gov.mend_sending", row, what="retry")
    return row


@atomic
def give_up(person: Person, dispatch: Dispatch, *, reason: str) -> Dispatch:
    """Stop sending it: told to the department in another way. Raises `Denied`, `Refused`: no_reason, not_dead."""
    permit(person, "gov.mend_sending", dispatch)
    if len(reason.strip()) < 4:
        raise Refused("no_reason", _("请写清楚改用什么办法告诉部门，至少 4 个字。"), field="reason")
    row = Dispatch.objects.select_for_update().get(pk=dispatch.pk)
    if row.state == DispatchState.GIVEN_UP:
        return row
    if row.state not in (DispatchState.DEAD, DispatchState.WAITING):
        raise Refused("not_dead", _("这份已经发到了，不用再发。"))
    row.state, row.given_up_by, row.given_up_reason = DispatchState.GIVEN_UP, person, reason.strip()[:300]
    row.save(update_fields=["state", "given_up_by", "given_up_reason"])
    start_retention(row, "gov.application")
    audit.record(person, "gov.mend_sending", row, what="give_up")
    return row


@atomic
def take_answer(endpoint: Endpoint, told: Mapping[str, Any], *, at: datetime | None = None) -> bool:
    """What a department says of a message of ours, its signature checked before. False: said before.

    `told`: {id, key, status, number?}. Raises `Refused`: bad_answer, unknown_key.
    """
    ident, key, status, number = (told.get(name, "") for name in ("id", "key", "status", "number"))
    for text, most in ((ident, 80), (key, 64), (status, 40)):
        if not isinstance(text, str) or not 0 < len(text) <= most:
            raise Refused("bad_answer", _("要有 id、key、status，都是短的文字。"))
    if not isinstance(number, str) or len(number) > 60:
        raise Refused("bad_answer", _("number 要是短的文字。"))
    row = Dispatch.objects.select_for_update(of=("self",)).select_related("area").filter(
        endpoint=endpoint, key=key).first()
    if row is None:
        raise Refused("unknown_key", _("没有这个 key。"))
    is_conflict = bool(number and row.their_number and number != row.their_number)
    if not insert_once(OutsideAnswer(dispatch=row, ident=ident, status=status, their_number=number,
                                     is_conflict=is_conflict, at=at or now())):
        return False
    row.their_status = status
    row.their_number = row.their_number or number
    row.state, row.sent_at = DispatchState.ANSWERED, row.sent_at or now()
    row.fault = "second_number" if is_conflict else row.fault if row.fault == "second_number" else ""
    row.save(update_fields=["their_status", "their_number", "state", "sent_at", "fault"])
    start_retention(row, "gov.application")
    audit.record(None, "gov.dispatch_answered", row, status=status, conflict=is_conflict)
    emit("gov.dispatch_answered", dispatch=row.pk)
    return True


def _say_conflict(row: Dispatch, number: str) -> None:
    """They gave a second number for the same key. The first one counts; that there was another is kept for people."""
    insert_once(OutsideAnswer(dispatch=row, ident=f"second:{number}"[:80], status="second_number",
                              their_number=number, is_conflict=True))
    Dispatch.objects.filter(pk=row.pk).update(fault="second_number")
    audit.record(None, "gov.second_number", row)


def body_of(dispatch: Dispatch) -> dict[str, Any]:
    """What was (or will be) sent, for tests and for who looks after the line."""
    found: dict[str, Any] = json.loads(dispatch.body) if dispatch.body else {}
    return found


__all__ = ["body_of", "endpoint_for", "give_up", "pause_after", "queue", "retry", "send", "send_due",
           "take_answer"]
