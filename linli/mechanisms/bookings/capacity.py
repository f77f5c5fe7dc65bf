"""The one place where places are counted: rows locked in id order, a guarded update, and the CHECK behind it."""

from __future__ import annotations

from collections.abc import Iterable

from django.db import connection
from django.db.models import F

from linli.foundation.prepared import Prepared
from linli.mechanisms.bookings.models import Session, SessionState, Share, WaitFor

# A crowd asks these of one session at the same moment; the general forms below answer for several.
_locked_one = Prepared(lambda pk: Session.objects.select_for_update(of=("self",)).select_related("offer__area")
                       .filter(pk=pk))
_wanted_with = Prepared(lambda pk: WaitFor.objects.filter(
    entry__in=WaitFor.objects.filter(session=pk, is_open=True).values("entry"), is_open=True)
    .values_list("session").order_by().distinct())


def lock(ids: Iterable[int]) -> dict[int, Session]:
    """The sessions, locked until the transaction ends, in id order: two who want the same never wait in a circle.

    On SQLite the transaction is IMMEDIATE and holds the whole database; the query is an ordinary one.
    """
    wanted = set(ids)
    if len(wanted) == 1:
        return {row.pk: row for row in _locked_one.all(*wanted)}
    rows = Session.objects.select_for_update(of=("self",)).select_related("offer__area").filter(pk__in=wanted)
    return {row.pk: row for row in rows.order_by("pk")}


def lock_with_waiting(ids: Iterable[int]) -> dict[int, Session]:
    """As `lock`, and with them every session that somebody who waits for one of `ids` wants as well.

    Who waits for several sessions is given all of them or none, so all must be locked before the first is touched.
    """
    wanted = set(ids)
    while True:
        locked = lock(wanted | _also_wanted(wanted))
        if not connection.features.has_select_for_update:
            return locked
        again = _also_wanted(wanted)
        if again <= set(locked):
            return locked
        wanted |= again  # somebody joined between the look and the lock; their sessions come later in id order or wait


def _also_wanted(ids: set[int]) -> set[int]:
    """Every session that somebody who waits for one of `ids` wants."""
    if len(ids) == 1:
        return {pk for pk, in _wanted_with.all(*ids)}
    entries = WaitFor.objects.filter(session__in=ids, is_open=True).values("entry")
    return set(WaitFor.objects.filter(entry__in=entries, is_open=True).values_list("session", flat=True))


def take(session: Session, places: int, share: Share | None = None) -> bool:
    """Count `places` more if they are free; False if not. The session must be locked. Refreshes its counts."""
    free = Session.objects.filter(pk=session.pk, state=SessionState.OPEN)
    if share is not None:
        kept = Share.objects.filter(pk=share.pk, released_at=None, taken__lte=F("places") - places)
        if not kept.update(taken=F("taken") + places):
            return False
        free.filter(reserved__gte=places).update(taken=F("taken") + places, reserved=F("reserved") - places)
        session.taken += places
        session.reserved -= places
        return True
    if not free.filter(capacity__gte=F("taken") + F("reserved") + places).update(taken=F("taken") + places):
        return False
    session.taken += places
    return True


def give_back(session: Session, places: int, share: Share | None = None) -> None:
    """Count `places` less; those of a share not yet released stay kept for it. The session must be locked."""
    if share is not None:
        share.refresh_from_db(fields=["released_at"])
    if share is not None and share.released_at is None:
        Share.objects.filter(pk=share.pk).update(taken=F("taken") - places)
        Session.objects.filter(pk=session.pk).update(taken=F("taken") - places, reserved=F("reserved") + places)
        session.taken -= places
        session.reserved += places
        return
    Session.objects.filter(pk=session.pk).update(taken=F("taken") - places)
    session.taken -= places


def usable_share(session: Session, classes: Iterable[str], channel: str, places: int) -> Share | None:
    """An unreleased share of `session` with room for `places` that somebody of `classes` may use."""
    if not session.reserved:
        return None
    from linli.mechanisms.bookings.rules import share_for

    rows = [row for row in session.shares.filter(released_at=None).order_by("id") if row.places - row.taken >= places]
    found: Share | None = share_for(rows, classes, channel)
    return found
