"""摇号 and 挑选: places by a draw that anyone can recompute, or by a person's choice after published criteria."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import F
from django.db.transaction import atomic
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.web import Refused
from linli.mechanisms.bookings import capacity, promotion, telling
from linli.mechanisms.bookings.actions.waiting import place_entry
from linli.mechanisms.bookings.models import (
    Draw,
    EntryState,
    Offer,
    Reservation,
    Session,
    WaitEntry,
)
from linli.mechanisms.bookings.verify_draw import commitment, order_of


@atomic
def commit_draw(
    person: Person, offer: Offer, sessions: Sequence[Session], *, seed_source: str, seed_at: datetime,
) -> Draw:
    """Fix the list of who registered and publish its SHA-256, before the seed exists (`seed_at` is to come).

    `seed_source`: "the 双色球 draw of 2026-12-01", or dice at a public meeting before two witnesses.
    Raises `Denied`, `Refused("no_entries" | "seed_known" | "committed")`.
    """
    permit(person, offer.manage_verb, offer)
    if seed_at <= now():
        raise Refused("seed_known", _("种子要在公布名单以后才产生，请写一个将来的时间。"), field="seed_at")
    locked = capacity.lock([session.pk for session in sessions])
    ids = sorted(locked)
    if any(set(ids) & set(draw.session_ids) for draw in Draw.objects.filter(offer=offer)):
        raise Refused("committed", _("名单已经公布过了，不能再改。"))
    entries = _applied(ids)
    if not entries:
        raise Refused("no_entries", _("还没有人登记。"))
    listed = sorted([entry.pseudonym, entry.size, entry.tier] for entry in entries)
    draw = Draw.objects.create(
        offer=offer, session_ids=ids, seed_source=seed_source[:200], seed_at=seed_at, listed=listed,
        commitment=commitment(listed), committed_by=person)
    audit.record(person, "bookings.commit_draw", draw, commitment=draw.commitment, entries=len(listed))
    emit("bookings.draw_committed", draw=draw.pk, offer=offer.pk, owner=offer.owner)
    return draw


@atomic
def run_draw(person: Person, draw: Draw, *, seed: str, witnesses: str = "") -> Draw:
    """Place parties in the order the public seed gives; the rest become the waiting list in that order.

    Raises `Denied`, `Refused("too_early" | "drawn" | "no_seed")`.
    """
    permit(person, draw.offer.manage_verb, draw.offer)
    if now() < draw.seed_at:
        raise Refused("too_early", _("种子 %(at)s 才产生，请到时再摇。") % {
            "at": f"{timezone.localtime(draw.seed_at):%Y-%m-%d %H:%M}"})
    if not seed.strip():
        raise Refused("no_seed", _("请写上公开的种子。"), field="seed")
    locked = capacity.lock_with_waiting(draw.session_ids)
    row = Draw.objects.select_related("offer__area").get(pk=draw.pk)
    if row.drawn_at is not None:
        raise Refused("drawn", _("已经摇过号了，结果不能改。"))
    row.seed, row.witnesses, row.drawn_at, row.drawn_by = seed.strip(), witnesses[:120], now(), person
    row.order = order_of(row.listed, row.seed)
    entries = {entry.pseudonym: entry for entry in _applied(row.session_ids)}
    row.save()
    for rank, name in enumerate(row.order):
        entry = entries.pop(name, None)
        if entry is None:  # they left after the list was published
            continue
        if _fits(entry, locked):
            made = place_entry(person, entry, locked)
            row.placed.append(name)
            telling.placed(made)
        else:
            _to_queue(entry, rank, locked)
    for entry in sorted(entries.values(), key=lambda one: (one.rank, one.pk)):  # came after the list was fixed
        _to_queue(entry, entry.rank, locked)
    row.save(update_fields=["placed"])
    audit.record(person, "bookings.run_draw", row, placed=len(row.placed))
    emit("bookings.drawn", draw=row.pk, offer=row.offer_id, owner=row.offer.owner)
    promotion.promote(locked)
    return row


@atomic
def choose(person: Person, entries: Sequence[WaitEntry]) -> list[Reservation]:
    """Mode "choice": these get a place; the others keep waiting until they are chosen or let go (`leave`).

    Raises `Denied`, `Refused("full" | "closed" | …)`; all or none.
    """
    made = []
    for entry in entries:
        offer = entry.party.offer
        permit(person, offer.manage_verb, offer)
        locked = capacity.lock_with_waiting(entry.wishes.values_list("session", flat=True))
        row = WaitEntry.objects.select_related("party__offer__area", "party__booker", "party__agent").get(pk=entry.pk)
        if row.state not in (EntryState.APPLIED, EntryState.WAITING):
            continue
        reservation = place_entry(person, row, locked)
        audit.record(person, "bookings.choose", row)
        telling.decided(reservation, agreed=True, reason="")
        made.append(reservation)
    return made


def record_of(draw: Draw) -> dict[str, object]:
    """What is published, before and after: enough for `verify_draw.py`; no name, no number of anyone."""
    return {
        "offer": draw.offer.title, "seed_source": draw.seed_source, "seed_at": draw.seed_at.isoformat(),
        "listed": draw.listed, "commitment": draw.commitment, "committed_at": draw.committed_at.isoformat(),
        "seed": draw.seed, "witnesses": draw.witnesses, "order": draw.order, "placed": draw.placed}


def _applied(session_ids: Sequence[int]) -> list[WaitEntry]:
    rows = WaitEntry.objects.filter(
        state=EntryState.APPLIED, wishes__session__in=session_ids, wishes__is_open=True).distinct()
    return list(rows.select_related("party__offer__area", "party__booker", "party__agent").order_by("id"))


def _fits(entry: WaitEntry, locked: dict[int, Session]) -> bool:
    ids = entry.wishes.filter(is_open=True).values_list("session", flat=True)
    return all(locked[pk].free >= entry.size for pk in ids)


def _to_queue(entry: WaitEntry, rank: int, locked: dict[int, Session]) -> None:
    entry.state, entry.rank = EntryState.WAITING, rank
    entry.save(update_fields=["state", "rank"])
    ids = list(entry.wishes.filter(is_open=True).values_list("session", flat=True))
    Session.objects.filter(pk__in=ids).update(waiting=F("waiting") + 1)
    for pk in ids:
        locked[pk].waiting += 1
