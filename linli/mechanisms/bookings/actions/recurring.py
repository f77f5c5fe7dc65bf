"""Series: a rule makes sessions to a horizon; a change of "this and following" splits it; the past never moves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from django.db.transaction import atomic
from django.utils.translation import gettext as _, gettext_lazy

from linli.foundation import audit, calendar
from linli.foundation.calendar.clock import now, today
from linli.foundation.events import emit
from linli.foundation.notices import tell
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.records import new_id
from linli.foundation.web import Refused
from linli.mechanisms.bookings import capacity, promotion, recurrence, telling
from linli.mechanisms.bookings.actions.offering import make_session, rewrite
from linli.mechanisms.bookings.models import Offer, Resource, Series, Session, SessionState

CONFLICTS = ("resource_taken", "resource_closed", "venue_full")


@atomic
def repeat(
    person: Person, offer: Offer, *, rrule: str, first: datetime, minutes: int, capacity: int, place: str = "",
    resources: Sequence[Resource] = (), until: date | None = None, horizon_weeks: int = 26, holidays: str = "skip",
    stands_for: Mapping[date, int] | None = None, exdates: Sequence[datetime] = (), rdates: Sequence[datetime] = (),
    moves: Mapping[datetime, datetime] | None = None, conflicts: str = "stop",
) -> Series:
    """Sessions by an RRULE (RFC 5545) from `first`, local wall time without zone, made to the horizon or the term's
    end `until`. Where a resource is not free: `conflicts` "stop" refuses with the dates (`data["dates"]`), "skip"
    leaves out only those; `moves` gives single dates another start.
    Raises `Denied`, `Refused("bad_rule" | "conflicts" | "no_dates")`.
    """
    permit(person, offer.manage_verb, offer)
    pk, (rule, first) = new_id(), _checked(rrule, first)
    series = Series(
        id=pk, offer=offer, uid=f"series-{pk}@linli", rrule=rule, first=first.isoformat(),
        minutes=minutes, until=until, horizon_weeks=horizon_weeks, holidays=holidays,
        rdates=[one.isoformat() for one in rdates],
        exdates=[[one.isoformat(), ""] for one in exdates],
        pattern={"capacity": capacity, "place": place, "resources": [one.pk for one in resources],
                 "moves": {a.isoformat(): b.isoformat() for a, b in (moves or {}).items()},
                 "stands_for": {day.isoformat(): weekday for day, weekday in (stands_for or {}).items()}})
    series.save(force_insert=True)
    made = fill(series, person, conflicts=conflicts)
    if not made:
        raise Refused("no_dates", _("按这个规则排不出一场，请检查日期。"), field="rrule")
    audit.record(person, "bookings.repeat", offer, series=series.pk, sessions=len(made))
    emit("bookings.series_made", series=series.pk, offer=offer.pk, owner=offer.owner)
    return series


def _checked(rrule: str, first: datetime) -> tuple[str, datetime]:
    """The rule tidied, and its first occurrence: a calendar takes DTSTART for one, so it must be."""
    try:
        tidy = recurrence.check(rrule, first)
        found = recurrence.occurrences(tidy, first, first.date() + timedelta(days=370))
    except recurrence.BadRule as error:
        raise Refused("bad_rule", _("重复规则不对：%(why)s") % {"why": error}, field="rrule") from error
    return tidy, found[0] if found else first


def fill(series: Series, person: Person | None, *, conflicts: str) -> list[Session]:
    """Make the sessions that are still missing up to the horizon. For actions that asked already."""
    end = today() + timedelta(weeks=series.horizon_weeks)
    first = series.first_start
    end = max(end, first.date() + timedelta(weeks=series.horizon_weeks)) if series.made_until is None else end
    end = min(end, series.until) if series.until else end
    after = datetime.combine(series.made_until, datetime.max.time()) if series.made_until else None
    wanted = recurrence.occurrences(
        series.rrule, first, end, after=after, rdates=[datetime.fromisoformat(one) for one in series.rdates],
        exdates=[datetime.fromisoformat(one) for one, _why in series.exdates])
    stands = {date.fromisoformat(day): weekday for day, weekday in series.pattern.get("stands_for", {}).items()}
    planned = recurrence.plan(wanted, series.holidays, holiday_of, stands)
    left_out = [[one.isoformat(), name] for one, name in planned.skipped]
    given = set(wanted)
    added = [one.isoformat() for one in planned.starts if one not in given]
    made, clashes = [], []
    things = list(Resource.objects.filter(pk__in=series.pattern["resources"]))
    moves = series.pattern.get("moves", {})
    for one in planned.starts:
        start = datetime.fromisoformat(moves.get(one.isoformat(), one.isoformat()))
        starts = recurrence.aware(start)
        if starts <= now():
            left_out.append([one.isoformat(), "past"])
            continue
        try:
            with atomic():
                made.append(make_session(
                    person, series.offer, starts, starts + timedelta(minutes=series.minutes),
                    series.pattern["capacity"], place=series.pattern.get("place", ""), resources=things,
                    series=series, occurrence=one.isoformat(), changed_by_hand=start != one))
        except Refused as refusal:
            if refusal.code not in CONFLICTS:
                raise
            clashes.append((one, str(refusal.sentence)))
            left_out.append([one.isoformat(), refusal.code])
    if clashes and conflicts == "stop":
        raise Refused("conflicts", _("有 %(count)s 天排不上：%(days)s。可以只跳过这几天，或者改时间。") % {
            "count": len(clashes), "days": "、".join(f"{one:%m-%d}" for one, _why in clashes)},
            dates=[[one.isoformat(), why] for one, why in clashes])
    series.exdates = [*series.exdates, *left_out]
    series.rdates = [*series.rdates, *added]
    series.made_until = end
    series.sequence += 1 if after else 0
    series.save(update_fields=["exdates", "rdates", "made_until", "sequence"])
    return made


def holiday_of(day: date) -> str:
    """The statutory holiday of a day, or "". Of a year not announced yet nothing is known."""
    try:
        return calendar.holiday(day)
    except calendar.Unannounced:
        return ""


@atomic
def extend_horizon(pk: int) -> int:
    """Make the sessions that came within the horizon; what cannot be is left out and told to who made the offer."""
    series = Series.objects.select_for_update(of=("self",)).select_related("offer__area", "offer__host").get(pk=pk)
    if series.ended_at is not None or not series.offer.is_open:
        return 0
    before = len(series.exdates)
    made = fill(series, None, conflicts="skip")
    clashes = [one for one, why in series.exdates[before:] if why in CONFLICTS]
    keeper = series.offer.host or series.offer.created_by
    if clashes and keeper is not None:
        tell(keeper, gettext_lazy("“%(what)s”有几天排不上：%(days)s。请看看要不要另排。"), about=series.offer,
             key=f"bookings.horizon.{series.pk}.{series.made_until}",
             values={"what": series.offer.title, "days": "、".join(one[5:10] for one in clashes)})
    return len(made)


@atomic
def change_series(
    person: Person, session: Session, *, scope: str, over_hand_changes: bool = False, rrule: str = "",
    conflicts: str = "stop", **changes: Any,
) -> Series:
    """Change this session and the "following", or "all" that are still to come: starts (all move by as much), ends,
    place, title, capacity, resources. Sessions changed by hand keep their change unless `over_hand_changes`.

    The series splits: the old one ends before, the new one has its own UID and names the old. A new `rrule` keeps
    sessions people are in only where it still has them. Raises `Denied`,
    `Refused("conflicts" | "bad_rule" | "in_use" | "no_series" | as change_session)`.
    """
    permit(person, session.offer.manage_verb, session)
    if session.series_id is None:
        raise Refused("no_series", _("这一场不重复，请单独改。"))
    if scope not in ("following", "all"):
        raise ValueError("scope is following or all; for this one alone: change_session")
    old = Series.objects.select_for_update().get(pk=session.series_id)
    future = Session.objects.filter(series=old, starts__gt=now()).exclude(state=SessionState.CANCELLED)
    if scope == "following":
        future = future.filter(starts__gte=session.starts)
    locked = capacity.lock_with_waiting(future.values_list("pk", flat=True))
    rows = [locked[pk] for pk in future.order_by("starts", "id").values_list("pk", flat=True)]
    if not rows:
        raise Refused("over", _("这一场已经结束或者取消，不能再改。"))
    to = changes.get("starts", session.starts)
    shift = recurrence.wall(to) - recurrence.wall(session.starts)
    length = changes["ends"] - changes.get("starts", session.starts) if "ends" in changes else None
    rest = {name: value for name, value in changes.items() if name not in ("starts", "ends", "closes_at", "opens_at")}
    new = _split(old, rows[0], shift, rrule, length, rest)
    if rrule:
        rows = _only_of(new, rows, locked)
    clashes = []
    for row in rows:
        moved_start = datetime.fromisoformat(row.occurrence) + shift
        keeps = row.changed_by_hand and not over_hand_changes
        wanted = {} if keeps else dict(rest)
        if not keeps and (shift or row.changed_by_hand):
            wanted["starts"] = recurrence.aware(moved_start)
        if not keeps and (length is not None or wanted.get("starts")):
            wanted["ends"] = wanted.get("starts", row.starts) + (length or timedelta(minutes=new.minutes))
        try:
            with atomic():
                _rewrite_one(person, row, wanted, new, moved_start)
        except Refused as refusal:
            if refusal.code not in CONFLICTS:
                raise
            clashes.append((row, str(refusal.sentence)))
            row = locked[row.pk] = Session.objects.select_related("offer__area").get(pk=row.pk)
            row.series, row.occurrence, row.changed_by_hand = new, moved_start.isoformat(), True
            row.save(update_fields=["series", "occurrence", "changed_by_hand"])
    if clashes and conflicts == "stop":
        raise Refused("conflicts", _("有 %(count)s 天排不上：%(days)s。可以只跳过这几天，或者改时间。") % {
            "count": len(clashes), "days": "、".join(f"{recurrence.wall(row.starts):%m-%d}" for row, _why in clashes)},
            dates=[[recurrence.wall(row.starts).isoformat(), why] for row, why in clashes])
    audit.record(person, "bookings.change_series", session.offer, scope=scope, series=new.pk, sessions=len(rows),
                 changed=sorted(changes))
    promotion.promote(locked, [row.pk for row in rows])
    if rrule:
        fill(new, person, conflicts=conflicts)
    return new


def _rewrite_one(person: Person, row: Session, wanted: dict[str, Any], new: Series, occurrence: datetime) -> None:
    moved = rewrite(person, row, wanted) if wanted else False
    row.series, row.occurrence, row.sequence = new, occurrence.isoformat(), row.sequence + 1
    row.changed_by_hand = row.changed_by_hand and not wanted
    if moved:
        row.moved_at, row.reminded_24, row.reminded_2 = now(), False, False
    row.save()
    if wanted:
        emit("bookings.session_changed", session=row.pk, offer=row.offer_id, owner=row.offer.owner,
             changed=sorted(wanted), moved=moved)
    if moved:
        for reservation in row.reservations.filter(is_active=True).select_related("party__booker", "party__agent"):
            reservation.session = row
            telling.session_moved(reservation, row.sequence)


def _split(
    old: Series, first: Session, shift: timedelta, rrule: str, length: timedelta | None, rest: dict[str, Any],
) -> Series:
    """End `old` before `first` and begin a new series there."""
    pivot = datetime.fromisoformat(first.occurrence)
    last = None
    if recurrence.is_bounded(old.rrule):
        far = old.until or pivot.date() + timedelta(weeks=520)
        last = recurrence.occurrences(old.rrule, old.first_start, far)[-1]
    try:
        rule = recurrence.check(rrule, pivot) if rrule else recurrence.moved(old.rrule, pivot, last, shift)
    except recurrence.BadRule as error:
        raise Refused("bad_rule", _("重复规则不对：%(why)s") % {"why": error}, field="rrule") from error
    pattern = dict(old.pattern)
    for name in ("capacity", "place"):
        pattern[name] = rest.get(name, pattern.get(name))
    if "resources" in rest:
        pattern["resources"] = [one.pk for one in rest["resources"]]
    pk, at = new_id(), pivot.isoformat()
    new = Series.objects.create(
        id=pk, offer=old.offer, uid=f"series-{pk}@linli", rrule=rule, first=(pivot + shift).isoformat(),
        minutes=int(length.total_seconds() // 60) if length else old.minutes, until=old.until,
        horizon_weeks=old.horizon_weeks, made_until=old.made_until, holidays=old.holidays,
        exdates=[[(datetime.fromisoformat(one) + shift).isoformat(), why] for one, why in old.exdates if one >= at],
        rdates=[(datetime.fromisoformat(one) + shift).isoformat() for one in old.rdates if one >= at],
        pattern=pattern, previous=old)
    old.rrule = recurrence.ended_before(old.rrule, pivot)
    old.exdates = [[one, why] for one, why in old.exdates if one < at]
    old.rdates = [one for one in old.rdates if one < at]
    old.ended_at, old.sequence = now(), old.sequence + 1
    old.save()
    # Cancelled ones of the future stay with the old series' history; the new feed leaves their dates out.
    return new


def _only_of(new: Series, rows: list[Session], locked: dict[int, Session]) -> list[Session]:
    """By a new rule: sessions it no longer has go, unless people are in them. Raises `Refused("in_use")`."""
    end = new.made_until or rows[-1].starts.date()
    wanted = {one.isoformat() for one in recurrence.occurrences(new.rrule, new.first_start, end)}
    kept = [row for row in rows if row.occurrence in wanted]
    gone = [row for row in rows if row.occurrence not in wanted]
    used = [row for row in gone if row.taken or row.waiting]
    if used:
        raise Refused("in_use", _("这几天已经有人报名：%(days)s。请先取消这几场，再改规则。") % {
            "days": "、".join(f"{recurrence.wall(row.starts):%m-%d}" for row in used)}, field="rrule")
    for row in gone:
        Session.objects.filter(pk=row.pk).delete()
        locked.pop(row.pk)
    new.made_until = None
    new.exdates = [*new.exdates, *[[row.occurrence, "made"] for row in kept]]
    return kept
