"""A festival's programme and its volunteers' shifts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q
from django.db.transaction import atomic
from django.utils import timezone
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.web import Refused
from linli.mechanisms.bookings import actions as bookings
from linli.mechanisms.bookings.models import Offer, Session
from linli.services.activities.models import Activity, ItemKind, ProgrammeItem, Shift, Stage
from linli.services.activities.rules import overlap

RUN = "activities.run"


@atomic
def add_stage(person: Person, activity: Activity, *, name: str, place: str = "") -> Stage:
    """One more stage. Raises `Denied`, `Refused("no_name" | "twice")`."""
    permit(person, RUN, activity)
    name = name.strip()[:30]
    if not name:
        raise Refused("no_name", _("请写舞台的名称。"), field="name")
    if activity.stages.filter(name=name).exists():
        raise Refused("twice", _("已经有这个舞台了。"), field="name")
    made = Stage.objects.create(activity=activity, name=name, place=place.strip()[:60], order=activity.stages.count())
    audit.record(person, "activities.add_stage", activity)
    return made


@atomic
def put_item(
    person: Person, stage: Stage, *, title: str, starts: datetime, ends: datetime, who: str = "",
    kind: str = ItemKind.SHOW, item: ProgrammeItem | None = None,
) -> ProgrammeItem:
    """Put a line on the programme, or (`item`) change one. A stage holds one thing at a time.

    Raises `Denied`, `Refused`: no_title, bad_times, outside (before or after the festival itself), overlap.
    """
    permit(person, RUN, stage.activity)
    locked = Stage.objects.select_for_update(of=("self",)).select_related("activity").get(pk=stage.pk)
    if not title.strip():
        raise Refused("no_title", _("请写节目的名称。"), field="title")
    if ends <= starts:
        raise Refused("bad_times", _("结束时间要晚于开始时间。"), field="ends")
    activity = locked.activity
    if kind == ItemKind.SHOW and not _within(activity, starts, ends):
        raise Refused("outside", _("节目要排在活动的时间里：%(hours)s。") % {"hours": _hours(activity)}, field="starts")
    others = locked.items.exclude(pk=item.pk if item else 0).filter(
        Q(starts__lt=ends, ends__gt=starts)).values_list("starts", "ends")
    if overlap(starts, ends, others):
        raise Refused("overlap", _("这个舞台那时候有别的节目，请换个时间或者舞台。"), field="starts")
    row = item or ProgrammeItem()
    row.stage, row.kind, row.title, row.who = locked, kind, title.strip()[:60], who.strip()[:60]
    row.starts, row.ends = starts, ends
    row.save()
    audit.record(person, "activities.put_item", activity)
    return row


def _within(activity: Activity, starts: datetime, ends: datetime) -> bool:
    sessions = Session.objects.filter(offer=activity.offer_id).exclude(state="cancelled")
    return sessions.filter(starts__lte=starts, ends__gte=ends).exists()


def _hours(activity: Activity) -> str:
    rows = Session.objects.filter(offer=activity.offer_id).exclude(state="cancelled").order_by("starts")[:6]
    return "、".join(f"{timezone.localtime(one.starts):%m-%d %H:%M}–{timezone.localtime(one.ends):%H:%M}"
                    for one in rows) or "—"


@atomic
def drop_item(person: Person, item: ProgrammeItem) -> None:
    """Take a line off the programme. Raises `Denied`."""
    permit(person, RUN, item.stage.activity)
    audit.record(person, "activities.drop_item", item.stage.activity)
    item.delete()


@atomic
def add_shift(
    person: Person, activity: Activity, *, name: str, starts: datetime, ends: datetime, places: int, what: str = "",
) -> Shift:
    """A volunteers' shift; who comes, waits and is reminded is bookings' matter. Raises `Denied`, `Refused`."""
    permit(person, RUN, activity)
    if not name.strip():
        raise Refused("no_name", _("请写是什么岗位。"), field="name")
    offer = _helper_offer(person, activity)
    session = bookings.add_session(
        person, offer, starts, ends, places, place=activity.place, title=f"{activity.title} · {name.strip()}"[:80])
    row = Shift.objects.create(
        activity=activity, session=session, name=name.strip()[:30], what=what.strip()[:120])
    audit.record(person, "activities.add_shift", activity, places=places)
    return row


def _helper_offer(person: Person, activity: Activity) -> Offer:
    row = Activity.objects.select_for_update(of=("self",)).select_related("area").get(pk=activity.pk)
    if row.helper_offer_id is not None:
        return Offer.objects.select_related("area").get(pk=row.helper_offer_id)
    terms: dict[str, Any] = {"party_max": 1, "guardian": True, "no_show": False}
    offer = bookings.create_offer(
        person, row.area, category="volunteer.festival", title=_("%(what)s志愿者") % {"what": row.title}, owner=row,
        rules=terms, verb=RUN, manage_verb=RUN, book_verb="activities.join", host=row.host,
        url=row.offer.url if row.offer else "", is_public=False)
    row.helper_offer = offer
    row.save(update_fields=["helper_offer"])
    return offer


@atomic
def drop_shift(person: Person, shift: Shift, *, reason: str) -> None:
    """Call a shift off; who took it is told why. Raises `Denied`, `Refused("no_reason")`."""
    permit(person, RUN, shift.activity)
    bookings.cancel_session(person, Session.objects.select_related("offer__area").get(pk=shift.session_id),
                            reason=reason)
    audit.record(person, "activities.drop_shift", shift.activity)
