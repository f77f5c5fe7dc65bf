"""Freed places go to who waits, in the same transaction: never a hole while someone waits.

Everything here runs while the sessions concerned are locked (`capacity.lock_with_waiting`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime

from django.db.models import F

from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.prepared import Prepared
from linli.mechanisms.bookings import capacity, settings, telling, writing
from linli.mechanisms.bookings.models import (
    Attendance,
    EntryState,
    PlaceOffer,
    Session,
    Share,
    State,
    WaitEntry,
    WaitFor,
)
from linli.mechanisms.bookings.models.parties import facts_of
from linli.mechanisms.bookings.rules import Waiter, is_rush, offer_expires, walk

_smallest = Prepared(lambda session: WaitEntry.objects.filter(
    state=EntryState.WAITING, wishes__session=session, wishes__is_open=True).order_by("at_least")
    .values_list("at_least")[:1])


def promote(locked: Mapping[int, Session], ids: Iterable[int] | None = None) -> int:
    """Offer what is free in the sessions `ids` (all of `locked`) to who waits. Returns how many entries were served."""
    served = 0
    for pk in sorted(locked if ids is None else ids):
        session = locked[pk]
        if session.waiting > 0:
            served += _Walk(session, locked, now()).run()
    return served


def queue(session: Session, *, on_site: bool = False) -> list[WaitEntry]:
    """Who waits for `session`, in the order in which they are served."""
    rows = WaitEntry.objects.filter(
        state=EntryState.WAITING, wishes__session=session, wishes__is_open=True, on_site=on_site)
    return list(rows.select_related("party__booker", "party__agent", "party__offer__area").order_by(
        "klass", "rank", "id"))


def _wanted(entries: list[int]) -> dict[int, list[int]]:
    """The sessions each entry waits for, in id order: one statement for the whole queue."""
    found: dict[int, list[int]] = {pk: [] for pk in entries}
    rows = WaitFor.objects.filter(entry__in=entries, is_open=True).order_by("session")
    for entry, session in rows.values_list("entry", "session"):
        found[entry].append(session)
    return found


class _Walk:
    """One walk over the queue of one locked session."""

    def __init__(self, session: Session, locked: Mapping[int, Session], moment: datetime) -> None:
        self.session, self.locked, self.moment = session, locked, moment
        self.area = session.offer.area
        self.clock = settings.offer_clock(self.area)
        self.rush = is_rush(moment, session.starts, self.clock)
        self.served = 0
        self.shares: dict[int, Share | None] = {}

    def run(self) -> int:
        if not self.session.takes_registrations(self.moment):
            return 0
        if self.session.free <= 0 and self.session.reserved <= 0:
            return 0
        smallest = _smallest.first(self.session.pk)
        if not self.rush and smallest is not None and self.session.free + self.session.reserved < smallest[0]:
            return 0  # too few for everybody who waits: two places, and nothing but families of three
        entries = queue(self.session)
        self.wanted = _wanted([entry.pk for entry in entries])
        if self.rush:
            self.entries = {entry.pk: entry for entry in entries if entry.auto_accept}
        else:
            self.entries = {entry.pk: entry for entry in entries}
        most = pass_limit(self.session, self.moment)
        passed = walk(
            [Waiter(entry.pk, entry.size, entry.at_least, entry.passed) for entry in self.entries.values()],
            self.room, self.give, pass_most=most)
        for key, times in passed.items():
            WaitEntry.objects.filter(pk=key).update(passed=F("passed") + times)
        if self.rush and self.session.free > 0 and self.session.rush_at is None:
            self._open_to_all(entries)
        return self.served

    def wishes(self, entry: WaitEntry) -> list[Session]:
        """The sessions of the entry that can still be had; each is locked."""
        return [self.locked[pk] for pk in self.wanted[entry.pk] if self.locked[pk].takes_registrations(self.moment)]

    def room(self, key: int) -> int:
        if self.session.free <= 0 and self.session.reserved <= 0:
            return -1
        entry = self.entries[key]
        wishes = self.wishes(entry)
        if not wishes:
            return 0
        free = max(min(session.free for session in wishes), 0)
        self.shares[key] = None
        if free < min(entry.at_least, entry.size) and len(wishes) == 1 and wishes[0].reserved:
            classes = {name for member in entry.party.members.all() for name in member.classes}
            share = capacity.usable_share(wishes[0], classes, entry.party.channel, entry.at_least)
            if share is not None:
                self.shares[key] = share
                return share.places - share.taken
        return free

    def give(self, key: int, places: int) -> bool:
        """Place the entry, or offer it places for a while. False if one of it has a place there meanwhile."""
        entry, share = self.entries[key], self.shares.get(key)
        wishes = self.wishes(entry)
        members = list(entry.party.members.all())[:places]
        whos = [writing.who_of(entry.party, member) for member in members]
        if Attendance.objects.filter(session__in=[s.pk for s in wishes], who__in=whos, is_active=True).exists():
            close(entry, EntryState.LEFT, self.locked)
            return False
        for session in wishes:
            if not capacity.take(session, places, share):
                raise AssertionError(f"session {session.pk} had room for {places} a moment ago")
        self.served += 1
        at_once = entry.auto_accept
        state = (State.PENDING if self.session.offer.terms.approval else State.CONFIRMED) if at_once else State.OFFERED
        made = [writing.reserve(entry.party, session, members, state, share=share) for session in wishes]
        if at_once:
            close(entry, EntryState.PLACED, self.locked)
            for reservation in made:
                emit("bookings.confirmed", **facts_of(reservation))
            telling.placed(made[0])
            return True
        close(entry, EntryState.OFFERED, self.locked)
        offer = PlaceOffer.objects.create(
            entry=entry, places=places, offered_at=self.moment, expires_at=offer_expires(
                self.moment, min(s.starts for s in wishes), min(s.closes_at for s in wishes), self.clock))
        emit("bookings.offered", **facts_of(made[0]), place_offer=offer.pk)
        telling.offered(offer, wishes)
        return True

    def _open_to_all(self, entries: list[WaitEntry]) -> None:
        self.session.rush_at = self.moment
        Session.objects.filter(pk=self.session.pk).update(rush_at=self.moment)
        for entry in entries:
            if entry.pk not in self.entries:
                telling.rush(entry, self.session)


def pass_limit(session: Session, moment: datetime) -> int | None:
    """How often a large party may be passed now; None when it is too late to let places lie empty for it."""
    area = session.offer.area
    late = session.starts - moment < settings.accumulate_until(area)
    return None if late else settings.pass_most(area)


def close(entry: WaitEntry, state: str, locked: Mapping[int, Session]) -> None:
    """The entry waits no more; the counts of its sessions follow."""
    was_waiting = entry.state == EntryState.WAITING
    entry.state = state
    entry.ended_at = None if state == EntryState.OFFERED else now()
    entry.save(update_fields=["state", "ended_at"])
    ids = list(WaitFor.objects.filter(entry=entry, is_open=True).values_list("session", flat=True))
    if state != EntryState.OFFERED:
        WaitFor.objects.filter(entry=entry).update(is_open=False)
    if was_waiting:
        Session.objects.filter(pk__in=ids).update(waiting=F("waiting") - 1)
        for pk in ids:
            if pk in locked:
                locked[pk].waiting -= 1
