"""Rate limits and lockout, counted in a table so that they hold over processes and restarts."""

from __future__ import annotations

from datetime import timedelta

from django.db import transaction
from django.db.models import F
from django.utils.translation import ngettext

from linli.foundation.calendar.clock import now, today
from linli.foundation.people.models import Meter
from linli.foundation.policy import policy
from linli.foundation.privacy.crypto import blind
from linli.foundation.web.refusals import Refused


def limit(key: str) -> int:
    """The number in force today for `people.<key>` (policy/sign_in.yaml)."""
    return int(policy(f"people.{key}", on=today()))


def count(subject: str, value: str, allowed: int, window: timedelta) -> bool:
    """Count one more for `value`; False if that would be more than `allowed` within `window`.

    Its own transaction: what is refused afterwards must not take the count back. Each step is one
    statement whose condition is judged by the database, so two processes never both get the last one.
    """
    key = _key(subject, value)
    moment = now()
    with transaction.atomic():
        Meter.objects.bulk_create([Meter(key=key, since=moment, count=0)], ignore_conflicts=True)
        row = Meter.objects.filter(key=key)
        if row.filter(since__lte=moment - window).update(since=moment, count=1):
            return True
        return bool(row.filter(count__lt=allowed).update(count=F("count") + 1))


def is_full(subject: str, value: str, allowed: int, window: timedelta) -> bool:
    """Is nothing left for `value` now? Counts nothing."""
    return Meter.objects.filter(key=_key(subject, value), since__gt=now() - window, count__gte=allowed).exists()


def forget(subject: str, value: str) -> None:
    """Start again from nothing: the person proved to be the right one."""
    Meter.objects.filter(key=_key(subject, value)).update(count=0)


def guard(phone: str, address: str) -> None:
    """Raise `Refused("locked")` while `phone` or `address` has failed too often."""
    pairs = [("phone", phone, "failures_per_phone"), ("address", address, "failures_per_address")]
    for subject, value, allowed in pairs:
        if value and is_full(f"failed.{subject}", value, limit(allowed), lock_time()):
            raise locked()


def failed(phone: str, address: str) -> None:
    """Count one failure of both."""
    count("failed.phone", phone, limit("failures_per_phone"), lock_time())
    if address:
        count("failed.address", address, limit("failures_per_address"), lock_time())


def lock_time() -> timedelta:
    """How long the door stays shut, and the window in which failures add up."""
    return timedelta(minutes=limit("lock_minutes"))


def locked() -> Refused:
    """The same sentence whichever of the limits it was: it must not tell a guesser how close he is."""
    minutes = limit("lock_minutes")
    return Refused("locked", ngettext(
        "试得太多了，先停 %(minutes)d 分钟。要马上办，请打社区电话，或到窗口。",
        "试得太多了，先停 %(minutes)d 分钟。要马上办，请打社区电话，或到窗口。", minutes) % {"minutes": minutes})


def _key(subject: str, value: str) -> str:
    return f"{subject}.{blind(value, f'people.meter|{subject}')}"
