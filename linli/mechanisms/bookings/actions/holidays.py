"""What staff decide of the sessions a holiday notice touches: skipped, moved or kept, all of them or none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.transaction import atomic
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.foundation import audit, calendar
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.web import Refused
from linli.mechanisms.bookings.actions.offering import cancel_session, change_session
from linli.mechanisms.bookings.actions.recurring import CONFLICTS, holiday_of
from linli.mechanisms.bookings.models import Series, Session, SessionState


@dataclass(frozen=True)
class Choice:
    """`what`: "skip", "move" (to `starts`) or "keep"."""

    session: int
    what: str
    starts: datetime | None = None


@atomic
def settle_holidays(person: Person, choices: Sequence[Choice]) -> dict[str, int]:
    """Carry out what was chosen, in one go; who is in a session is told of it. Returns how many of each.

    What somebody settled meanwhile is passed over. Raises `Denied`, `Refused("no_choice" | "no_date" | "past" |
    "conflicts")` naming the session; then nothing was done.
    """
    if not choices:
        raise Refused("no_choice", _("请至少选一场。"))
    counts = {"skip": 0, "move": 0, "keep": 0}
    rows = {row.pk: row for row in Session.objects.filter(
        pk__in=[one.session for one in choices], series__isnull=False).select_related("offer__area", "series")}
    for choice in sorted(choices, key=lambda one: one.session):
        row = rows.get(choice.session)
        if row is None or row.state == SessionState.CANCELLED or row.starts <= now():
            continue
        permit(person, row.offer.manage_verb, row)
        if choice.what == "skip":
            _skip(person, row)
        elif choice.what == "move":
            _move(person, row, choice.starts)
        elif choice.what == "keep":
            _keep(person, row)
        else:
            raise ValueError("skip, move or keep")
        counts[choice.what] += 1
    return counts


def _skip(person: Person, row: Session) -> None:
    name = holiday_of(timezone.localdate(row.starts))
    reason = _("%(holiday)s放假，这一场不上") % {"holiday": name} if name else _("这个周末调休上班，这一场不上")
    series = _locked(row)
    series.exdates = [*series.exdates, [row.occurrence, name or "worked"]]
    series.sequence += 1
    series.save(update_fields=["exdates", "sequence"])
    cancel_session(person, row, reason=reason)


def _move(person: Person, row: Session, starts: datetime | None) -> None:
    if starts is None:
        raise Refused("no_date", _("“%(what)s”（%(at)s）要移到哪一天？请选日期。") % _named(row), session=str(row.pk))
    if starts <= now():
        raise Refused("past", _("“%(what)s”（%(at)s）不能移到已经过去的时间。") % _named(row), session=str(row.pk))
    try:
        with atomic():
            change_session(person, row, starts=starts)
    except Refused as refusal:
        if refusal.code not in CONFLICTS:
            raise
        raise Refused("conflicts", _("“%(what)s”（%(at)s）排不上：%(why)s") % {
            **_named(row), "why": refusal.sentence}, session=str(row.pk)) from refusal


def _keep(person: Person, row: Session) -> None:
    series = _locked(row)
    kept = series.pattern.get("kept", [])
    if row.occurrence not in kept:
        series.pattern = {**series.pattern, "kept": [*kept, row.occurrence]}
        series.save(update_fields=["pattern"])
    audit.record(person, "bookings.keep_on_holiday", row)


def _locked(row: Session) -> Series:
    assert row.series_id is not None  # only sessions of a series come here
    found: Series = Series.objects.select_for_update().get(pk=row.series_id)
    return found


def _named(row: Session) -> dict[str, str]:
    return {"what": row.shown_title, "at": f"{timezone.localtime(row.starts):%m-%d %H:%M}"}


def notice_version() -> str:
    """Which holiday notices are loaded: changes when a new one is."""
    return calendar.version("days")
