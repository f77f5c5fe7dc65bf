"""What is offered: an offer, its sessions, and changing or cancelling one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Model
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.people.models import Organisation, Person
from linli.foundation.people.permit import permit
from linli.foundation.records import new_id
from linli.foundation.web import Refused
from linli.foundation.web.manifest import grants
from linli.mechanisms.bookings import capacity, promotion, telling, writing
from linli.mechanisms.bookings.actions import resources
from linli.mechanisms.bookings.models import (
    Claim,
    EntryState,
    Offer,
    OfferState,
    Resource,
    Session,
    SessionState,
    Share,
    State,
    WaitEntry,
    WaitFor,
)
from linli.mechanisms.bookings.models.parties import facts_of
from linli.mechanisms.bookings.rules import BadRules, OfferRules

CHANGEABLE = frozenset({"starts", "ends", "place", "title", "capacity", "closes_at", "opens_at", "resources"})


@atomic
def create_offer(
    person: Person, area: Area, *, category: str, title: str, owner: Model | str = "", rules: Mapping[str, Any] | None
    = None, verb: str = "bookings.manage", manage_verb: str = "bookings.manage", book_verb: str = "bookings.book",
    organisation: Organisation | None = None, host: Person | None = None, url: str = "", term: str = "",
    reach: str = "", is_public: bool = False, is_sealed: bool = False, state: str = OfferState.OPEN,
) -> Offer:
    """Offer something. `verb` is asked now of `area`; `manage_verb` and `book_verb` later of the offer, its sessions
    and reservations. `owner` is the service's thing, or "activities.activity:123". `reach`: the area prefix whose
    people see it (default: the area itself). Raises `Denied`, `Refused("bad_rules")`; `ValueError` for unknown verbs.
    """
    permit(person, verb, area)
    for name in (manage_verb, book_verb):
        if name not in grants():
            raise ValueError(f"no manifest declares {name}")
    offer = Offer(
        area=area, category=category, title=title[:80], term=term, url=url, book_verb=book_verb,
        manage_verb=manage_verb, organisation=organisation, host=host, reach=reach or area.code, is_public=is_public,
        is_sealed=is_sealed, state=state, rules=checked(rules), created_by=person, **owner_of(owner))
    offer.save(force_insert=True)
    audit.record(person, "bookings.create_offer", offer, category=category, owner=offer.owner)
    return offer


@atomic
def change_offer(person: Person, offer: Offer, **changes: Any) -> Offer:
    """Change title, url, term, category, reach, is_public, host, organisation, state or `rules` (the whole of them).

    Rules of new registrations only: who has a place keeps it. Raises `Denied`, `Refused("bad_rules")`.
    """
    permit(person, offer.manage_verb, offer)
    unknown = set(changes) - {"title", "url", "term", "category", "reach", "is_public", "is_sealed", "host",
                              "organisation", "state", "rules"}
    if unknown:
        raise ValueError(f"an offer has no {', '.join(sorted(unknown))} to change")
    if "rules" in changes:
        changes["rules"] = checked(changes["rules"])
        offer.__dict__.pop("terms", None)
    for name, value in changes.items():
        setattr(offer, name, value)
    offer.save(update_fields=list(changes))
    audit.record(person, "bookings.change_offer", offer, changed=sorted(changes))
    return offer


def publish(person: Person, offer: Offer) -> Offer:
    """Open a draft. Raises `Denied`."""
    return change_offer(person, offer, state=OfferState.OPEN)


def checked(rules: Mapping[str, Any] | OfferRules | None) -> dict[str, Any]:
    try:
        return (rules if isinstance(rules, OfferRules) else OfferRules.read(rules or {})).data
    except (BadRules, TypeError) as error:
        raise Refused("bad_rules", _("预约规则不对：%(why)s") % {"why": error}, field="rules") from error


def owner_of(owner: Model | str) -> dict[str, str]:
    """owner_room, owner_type and owner_id of a thing, or of its name `room.model:id`."""
    kind, _colon, pk = owner.partition(":") if isinstance(owner, str) else (owner._meta.label_lower, ":", str(owner.pk))
    return {"owner_room": kind.partition(".")[0], "owner_type": kind, "owner_id": pk}


@atomic
def add_session(
    person: Person, offer: Offer, starts: datetime, ends: datetime, capacity: int, *, place: str = "",
    resources: Sequence[Resource] = (), cutoff: datetime | None = None, opens: datetime | None = None, title: str = "",
) -> Session:
    """One time of the offer. Its resources are acquired with it, all or none; `cutoff` ends registration (default: by
    the offer's rules). Raises `Denied`, `Refused("resource_taken" | "resource_closed" | "venue_full" | "past")`.
    """
    permit(person, offer.manage_verb, offer)
    if starts <= now():
        raise Refused("past", _("开始时间已经过去，请改成以后的时间。"), field="starts")
    session = make_session(person, offer, starts, ends, capacity, place=place, resources=resources, cutoff=cutoff,
                           opens=opens, title=title)
    audit.record(person, "bookings.add_session", session, capacity=capacity)
    emit("bookings.session_added", session=session.pk, offer=offer.pk, owner=offer.owner)
    return session


def make_session(
    person: Person | None, offer: Offer, starts: datetime, ends: datetime, places: int, *, place: str = "",
    resources: Sequence[Resource] = (), cutoff: datetime | None = None, opens: datetime | None = None, title: str = "",
    **more: Any,
) -> Session:
    """The rows of a session: its shares, its resources. For actions that asked already."""
    from linli.mechanisms.bookings.actions.resources import claim_all

    if ends <= starts:
        raise Refused("bad_times", _("结束时间要晚于开始时间。"), field="ends")
    terms, pk = offer.terms, new_id()
    kept = [share for share in terms.shares if starts - timedelta(hours=share.hours_before) > now()]
    reserved = sum(share.places for share in kept)
    if reserved > places:
        raise Refused("shares_too_large", _("预留的名额比总名额还多，请改小。"), field="capacity")
    session = Session(
        id=pk, offer=offer, starts=starts, ends=ends, capacity=places, reserved=reserved, place=place, title=title,
        opens_at=opens, closes_at=cutoff or starts - timedelta(hours=terms.closes_h), uid=f"{pk}@linli",
        **more)
    session.save(force_insert=True)
    Share.objects.bulk_create([
        Share(session=session, name=share.name, places=share.places, classes=list(share.classes),
              channels=list(share.channels), releases_at=starts - timedelta(hours=share.hours_before))
        for share in kept])
    claim_all(person, resources, starts, ends, session=session, people=places)
    return session


@atomic
def change_session(person: Person, session: Session, *, by_hand: bool = True, **changes: Any) -> Session:
    """Change this one session: starts, ends, place, title, capacity, closes_at, opens_at, resources=[…].

    Who is in it is told of a new time or place and may leave freely. More capacity goes to who waits at once;
    less than is taken is refused with the reservations that would have to go (`data["reservations"]`, last come first).
    For "this and following" and "all" see `recurring.change_series`.
    Raises `Denied`, `Refused("too_many_taken" | "resource_taken" | "resource_closed" | "venue_full" | "over")`.
    """
    permit(person, session.offer.manage_verb, session)
    return alter(person, session, by_hand=by_hand, **changes)


def alter(
    person: Person | None, session: Session, *, by_hand: bool = True, told: bool = True, **changes: Any,
) -> Session:
    """`change_session` for actions that asked already; `told`: who is in it hears of a new time or place from here."""
    unknown = set(changes) - CHANGEABLE
    if unknown:
        raise ValueError(f"a session has no {', '.join(sorted(unknown))} to change")
    locked = capacity.lock_with_waiting([session.pk])
    row = locked[session.pk]
    if row.state == SessionState.CANCELLED or row.ends < now():
        raise Refused("over", _("这一场已经结束或者取消，不能再改。"))
    moved = rewrite(person, row, changes)
    row.changed_by_hand = row.changed_by_hand or by_hand
    row.sequence += 1
    if moved:
        row.moved_at, row.reminded_24, row.reminded_2 = now(), False, False
    row.save()
    audit.record(person, "bookings.change_session", row, changed=sorted(changes))
    emit("bookings.session_changed", session=row.pk, offer=row.offer_id, owner=row.offer.owner, changed=sorted(changes),
         moved=moved)
    if moved and told:
        for reservation in row.reservations.filter(is_active=True).select_related("party__booker", "party__agent"):
            reservation.session = row
            telling.session_moved(reservation, row.sequence)
    promotion.promote(locked, [row.pk])
    return row


def rewrite(person: Person | None, row: Session, changes: Mapping[str, Any]) -> bool:
    """Put `changes` on a locked session (unsaved), with its resources. True if time or place moved."""
    wanted = dict(changes)
    things = wanted.pop("resources", None)
    before = (row.starts, row.ends, row.place)
    shift = wanted["starts"] - row.starts if "starts" in wanted else timedelta(0)
    if "starts" in wanted and "ends" not in wanted:
        wanted["ends"] = row.ends + shift
    if "starts" in wanted and "closes_at" not in wanted:
        wanted["closes_at"] = row.closes_at + shift
    if "capacity" in wanted and wanted["capacity"] < row.taken + row.reserved:
        late = row.reservations.filter(is_active=True).order_by("-created", "-id").values_list("pk", flat=True)
        raise Refused("too_many_taken", _("已有 %(taken)s 个名额给出去了，不能少于这个数。请先和后来报名的人商量。") % {
            "taken": row.taken + row.reserved}, field="capacity", reservations=[str(pk) for pk in late])
    for name, value in wanted.items():
        setattr(row, name, value)
    if row.ends <= row.starts:
        raise Refused("bad_times", _("结束时间要晚于开始时间。"), field="ends")
    if things is not None or before[:2] != (row.starts, row.ends) or "capacity" in wanted:
        kept = list(Resource.objects.filter(claims__session=row)) if things is None else list(things)
        Claim.objects.filter(session=row).delete()
        resources.claim_all(person, kept, row.starts, row.ends, session=row, people=row.capacity)
    if shift:
        for share in row.shares.filter(released_at=None):
            share.releases_at += shift
            share.save(update_fields=["releases_at"])
    return before != (row.starts, row.ends, row.place)


@atomic
def cancel_session(person: Person, session: Session, *, reason: str) -> Session:
    """Call it off: everybody is told why, nothing counts against anyone, its resources are free again.

    Events: `bookings.cancelled` for each reservation (fees to give back), `bookings.session_cancelled` once. Who has
    no account is in `queries.call_list`. Twice is once. Raises `Denied`, `Refused("no_reason")`.
    """
    permit(person, session.offer.manage_verb, session)
    if not reason.strip():
        raise Refused("no_reason", _("请写一句为什么取消，报名的人会看到。"), field="reason")
    return call_off(person, session, reason=reason)


def call_off(person: Person | None, session: Session, *, reason: str, told: bool = True) -> Session:
    """`cancel_session` for actions that asked already; `told`: who is in it hears why from here."""
    locked = capacity.lock_with_waiting([session.pk])
    row = locked[session.pk]
    if row.state == SessionState.CANCELLED:
        return row
    row.state, row.reason, row.sequence = SessionState.CANCELLED, reason[:200], row.sequence + 1
    row.save(update_fields=["state", "reason", "sequence"])
    for reservation in row.reservations.filter(is_active=True).select_related("party__booker", "party__agent", "share"):
        reservation.session = row
        writing.release(reservation, State.CANCELLED, reason=reason)
        capacity.give_back(row, reservation.places, reservation.share)
        emit("bookings.cancelled", **facts_of(reservation), late=False, by=person.pk if person else None,
             session_cancelled=True)
        if told:
            telling.session_cancelled(reservation, reason)
    _let_wishes_go(row, locked)
    Claim.objects.filter(session=row).delete()
    audit.record(person, "bookings.cancel_session", row)
    emit("bookings.session_cancelled", session=row.pk, offer=row.offer_id, owner=row.offer.owner)
    promotion.promote(locked, set(locked) - {row.pk})
    return row


def _let_wishes_go(row: Session, locked: dict[int, Session]) -> None:
    from linli.mechanisms.bookings.actions.waiting import offer_gone

    entries = WaitEntry.objects.filter(wishes__session=row, wishes__is_open=True).select_related("party__offer")
    for entry in entries.distinct():
        if entry.wishes.filter(is_open=True).exclude(session=row).exists() and entry.state == EntryState.WAITING:
            WaitFor.objects.filter(entry=entry, session=row).update(is_open=False)
            Session.objects.filter(pk=row.pk).update(waiting=max(row.waiting - 1, 0))
            row.waiting = max(row.waiting - 1, 0)
            continue
        if entry.state == EntryState.OFFERED:
            offer_gone(entry.party)
        else:
            promotion.close(entry, EntryState.LAPSED, locked)


@atomic
def close_session(person: Person, session: Session, *, reopen: bool = False) -> Session:
    """Stop (or reopen) registration by hand; reopened, what is free goes to who waits. Raises `Denied`."""
    permit(person, session.offer.manage_verb, session)
    locked = capacity.lock_with_waiting([session.pk])
    row = locked[session.pk]
    if row.state != SessionState.CANCELLED:
        row.state = SessionState.OPEN if reopen else SessionState.CLOSED
        row.save(update_fields=["state"])
        audit.record(person, "bookings.close_session", row, reopen=reopen)
        promotion.promote(locked, [row.pk])
    return row
