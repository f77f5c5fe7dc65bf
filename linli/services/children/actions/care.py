"""Verbs of after-school care by the term: rooms, papers, groups, staff, enrolling and leaving, days that differ."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.transaction import atomic
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now, today
from linli.foundation.events import emit
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.policy import policy
from linli.foundation.privacy.retention import start_retention, stop_retention
from linli.foundation.web import Denied, Refused
from linli.mechanisms.bookings import actions as bookings
from linli.mechanisms.bookings.models import Reservation, Session, WaitEntry
from linli.services.children import papers
from linli.services.children.actions.people import tell_guardians
from linli.services.children.models import (
    CareGroup,
    CarePaper,
    CareSite,
    CareStaff,
    Child,
    DayChange,
    DayEntry,
    DayState,
    Enrolment,
    EnrolmentState,
    at,
)
from linli.services.children.rules import Capacity, age_on, care_capacity
from linli.services.children.vetting import refuse_unvetted, vetted_among


@atomic
def save_site(person: Person, area: Area, site: CareSite | None = None, **facts: Any) -> CareSite:
    """Write down the rooms of a provider; the places of its groups follow. Raises `Denied`, `Refused`."""
    permit(person, "children.keep_care", site or area)
    row = site or CareSite(area=area)
    for name, value in facts.items():
        setattr(row, name, value)
    row.save()
    audit.record(person, "children.keep_care", row)
    for group in row.groups.filter(ends_on__gte=today()).exclude(session_id=None).select_related("site", "area"):
        refit(person, group)
    return row


@atomic
def record_paper(person: Person, site: CareSite, *, kind: str, number: str, valid_until: date) -> CarePaper:
    """A paper with its last day. Raises `Denied`, `Refused("no_number")`."""
    permit(person, "children.keep_care", site)
    if len(number.strip()) < 2:
        raise Refused("no_number", _("请写证照上的编号。"), field="number")
    row = CarePaper.objects.create(
        site=site, kind=kind, number=number.strip()[:60], valid_until=valid_until, recorded_by=person)
    audit.record(person, "children.record_paper", site, kind=kind, until=valid_until.isoformat())
    return row


@atomic
def save_group(person: Person, site: CareSite, group: CareGroup | None = None, **facts: Any) -> CareGroup:
    """Plan a group of one term; nobody can enrol before `open_group`.

    Raises `Denied`, `Refused`: bad_term, no_days, bad_hours.
    """
    permit(person, "children.keep_care", group or site)
    row = group or CareGroup(area=site.area, site=site)
    for name, value in facts.items():
        setattr(row, name, value)
    if row.ends_on <= row.starts_on:
        raise Refused("bad_term", _("学期的最后一天要在第一天以后。"), field="ends_on")
    if not row.weekdays:
        raise Refused("no_days", _("请选星期几开。"), field="weekdays")
    if row.closes <= row.meets:
        raise Refused("bad_hours", _("接走的时间要比从学校接的时间晚。"), field="closes")
    row.save()
    audit.record(person, "children.keep_care", row)
    return row


@atomic
def add_staff(person: Person, group: CareGroup, who: Person) -> CareStaff:
    """Somebody looks after the group, from today: only with a look-up in date (未保法 第62条).

    Raises `Denied`, `Refused`.
    """
    permit(person, "children.keep_care", group)
    refuse_unvetted(who, today())
    row, made = CareStaff.objects.get_or_create(group=group, person=who, until=None)
    if made:
        audit.record(person, "children.add_staff", group)
        refit(person, group)
    return row


@atomic
def remove_staff(person: Person, row: CareStaff) -> None:
    """No longer on the staff. The places never fall below the children who have one; the desk then reads 「超员」."""
    permit(person, "children.keep_care", row.group)
    CareStaff.objects.filter(pk=row.pk, until=None).update(until=today() - timedelta(days=1))
    audit.record(person, "children.remove_staff", row.group)
    refit(person, row.group)


def capacity_of(group: CareGroup) -> Capacity:
    """How many children the group may take today, and by which limit. Two queries."""
    staff = [row.person_id for row in CareStaff.current().filter(group=group)]
    site = group.site
    return care_capacity(
        room_m2=float(site.room_m2), m2_each=policy("children.m2_each"), staff=len(vetted_among(staff, today())),
        ratio=policy("children.care_ratio"), fire_limit=site.fire_limit, seats=site.seats,
        meals=(site.meals or 0) if group.has_meal else None)


def refit(person: Person, group: CareGroup) -> None:
    """Bring the places at bookings in line with the limits; more places go to who waits at once."""
    if group.session_id is None:
        return
    session = Session.objects.select_related("offer__area").get(pk=group.session_id)
    wanted = max(capacity_of(group).children, session.taken + session.reserved)
    if wanted != session.capacity:
        bookings.change_session(person, session, by_hand=False, capacity=wanted)


@atomic
def open_group(person: Person, group: CareGroup) -> CareGroup:
    """Let guardians enrol: the papers hold to the term's first day, staff are looked up, there is room.

    Raises `Denied`, `Refused`: papers, no_room, over, open.
    """
    permit(person, "children.keep_care", group)
    row = CareGroup.objects.select_for_update(of=("self",)).select_related("site", "area", "school").get(pk=group.pk)
    if row.ends_on < today():
        raise Refused("over", _("这个学期已经结束了。"))
    papers.refuse_without(row.site, max(today(), row.starts_on), has_meal=row.has_meal)
    capacity = capacity_of(row)
    if capacity.children < 1:
        raise Refused("no_room", _("按面积、人手、消防、座位算，现在一个名额也没有。请先加老师，或改场地资料。"))
    if row.session_id is None:
        offer = bookings.create_offer(
            person, row.area, category="after_school", title=f"{row.site.name} {row.name}"[:80],
            owner=f"children.caregroup:{row.pk}", verb="children.keep_care", manage_verb="children.keep_care",
            book_verb="children.join", url=reverse("children:group", args=[row.pk]), is_sealed=True,
            rules={"no_show": False, "walk_in": False, "reminders": False, "guardian": True, "party_max": 1,
                   "calendar": "veiled", "siblings_together": True})
        starts = max(at(row.starts_on, row.meets), now() + timedelta(minutes=1))
        ends = at(row.ends_on, row.closes)
        session = bookings.add_session(person, offer, starts, ends, capacity.children, place=row.site.name, cutoff=ends)
        row.offer_id, row.session_id = offer.pk, session.pk
    row.is_open = True
    row.save(update_fields=["offer_id", "session_id", "is_open"])
    refit(person, row)
    audit.record(person, "children.open_group", row, places=capacity.children)
    return row


@atomic
def close_group(person: Person, group: CareGroup) -> CareGroup:
    """No more enrolling; who has a place keeps it. Raises `Denied`."""
    permit(person, "children.keep_care", group)
    CareGroup.objects.filter(pk=group.pk).update(is_open=False)
    group.is_open = False
    audit.record(person, "children.close_group", group)
    return group


@atomic
def enrol(person: Person, group: CareGroup, child: Child) -> Enrolment:
    """A verified guardian enrols a child: a place, or one's turn in the queue. Staff × ratio is asked here again.

    Raises `Denied`, `Refused`: not_open, papers, bad_age, no_collector, already, and those of bookings.
    """
    permit(person, "children.guard", child)
    row = CareGroup.objects.select_for_update(of=("self",)).select_related("site", "area").get(pk=group.pk)
    if child.area_code[:12] != row.area_code[:12]:
        raise Denied("children.guard")
    found = Enrolment.objects.filter(group=row, child=child).exclude(state=EnrolmentState.ENDED).first()
    if found is not None:
        return found
    if not row.is_open or row.session_id is None or row.ends_on < today():
        raise Refused("not_open", _("这个班现在不接受报名，请看看别的班。"))
    papers.refuse_without(row.site, today(), has_meal=row.has_meal)
    age = age_on(date.fromisoformat(child.born_on), max(today(), row.starts_on))
    if not policy("children.care_age_from") <= age <= policy("children.care_age_to"):
        raise Refused("bad_age", _("托管班收 %(from)s 到 %(to)s 岁的孩子。") % {
            "from": policy("children.care_age_from"), "to": policy("children.care_age_to")})
    if not child.collectors.filter(state="active").exists():
        raise Refused("no_collector", _("请先定一位接送人，放好照片，再报名。"))
    session = Session.objects.select_related("offer__area").get(pk=row.session_id)
    if capacity_of(row).children <= session.taken < session.capacity:
        raise Refused("too_few_staff", _("现在老师不够，暂时不收新的孩子。可以过几天再看。"))
    placed = bookings.book_or_wait(
        person, session, party=[bookings.Member(name=f"{child.shown_name}·{child.pk % 10000:04d}")], auto_accept=True,
        key=f"children.{row.pk}.{child.pk}.{now():%y%m%d%H%M%S}")
    got = isinstance(placed, Reservation)
    enrolment = Enrolment.objects.create(
        area=row.area, group=row, child=child, by=person, since=max(today(), row.starts_on),
        state=EnrolmentState.ACTIVE if got else EnrolmentState.WAITING,
        reservation_id=placed.pk if got else None, entry_id=None if got else placed.pk)
    stop_retention(child, "children.care")
    audit.record(person, "children.enrol", enrolment, waits=not got)
    emit("children.enrolment_asked", enrolment=enrolment.pk)
    return enrolment


@atomic
def leave(person: Person, enrolment: Enrolment, *, reason: str = "") -> Enrolment:
    """The child leaves the group, or the queue; the place goes to who waits. Raises `Denied`, `Refused("is_here")`."""
    if "@guardian" not in enrolment.child.relations_to(person):
        permit(person, "children.keep_care", enrolment)
    row = Enrolment.objects.select_for_update(of=("self",)).select_related("group", "child").get(pk=enrolment.pk)
    if row.state == EnrolmentState.ENDED:
        return row
    if row.days.filter(state=DayState.ARRIVED).exists():
        raise Refused("is_here", _("孩子现在还在托管班，接走以后再退。"))
    if row.reservation_id:
        _cancel_place(person, row)
    elif row.entry_id:
        bookings.leave(person, WaitEntry.objects.select_related("party__offer__area").get(pk=row.entry_id))
    row.state, row.until = EnrolmentState.ENDED, today()
    row.save(update_fields=["state", "until"])
    row.days.filter(state=DayState.EXPECTED).update(state=DayState.ABSENT, absent_because=_("已退托"))
    if not Enrolment.objects.filter(child=row.child_id).exclude(state=EnrolmentState.ENDED).exists():
        start_retention(row.child, "children.care")
    audit.record(person, "children.leave", row)
    return row


def _cancel_place(person: Person, row: Enrolment) -> None:
    reservation = Reservation.objects.select_related("session__offer__area", "party").get(pk=row.reservation_id or 0)
    bookings.cancel(person, reservation, reason=_("退托"))


@atomic
def place_given(*, reservation: int, owner: str) -> None:
    """A child that waited has a place now: said by `bookings.confirmed`; a second call does nothing."""
    kind, _colon, pk = owner.partition(":")
    if kind != "children.caregroup":
        return
    place = Reservation.objects.filter(pk=reservation).first()
    entries = list(WaitEntry.objects.filter(party=place.party_id).values_list("pk", flat=True)) if place else []
    row = Enrolment.objects.select_for_update(of=("self",)).select_related("child", "group").filter(
        group=int(pk), entry_id__in=entries, state=EnrolmentState.WAITING).first()
    if row is None or place is None:
        return
    row.state, row.reservation_id, row.since = EnrolmentState.ACTIVE, place.pk, max(today(), row.group.starts_on)
    row.save(update_fields=["state", "reservation_id", "since"])
    audit.record(None, "children.placed", row)
    tell_guardians(row.child, gettext_lazy("托管班轮到您家孩子了：%(group)s。"), key=f"children.placed.{row.pk}",
                   values={"group": str(row.group)})


@atomic
def change_day(person: Person, group: CareGroup, on: date, *, reason: str, is_closed: bool = False,
               meets: time | None = None, closes: time | None = None) -> DayChange:
    """One day is different: closed, or meeting or closing earlier or later. Every guardian is told at once.

    Raises `Denied`, `Refused`: no_reason, past, nothing, bad_hours.
    """
    permit(person, "children.keep_care", group)
    if len(reason.strip()) < 2:
        raise Refused("no_reason", _("请写一句原因，家长会看到。"), field="reason")
    if on < today():
        raise Refused("past", _("过去的日子不能改。"), field="on")
    if not is_closed and meets is None and closes is None:
        raise Refused("nothing", _("请写改到几点，或者选这天不开。"), field="closes")
    if (closes or group.closes) <= (meets or group.meets):
        raise Refused("bad_hours", _("接走的时间要比从学校接的时间晚。"), field="closes")
    change, _made = DayChange.objects.update_or_create(group=group, on=on, defaults={
        "is_closed": is_closed, "meets": meets, "closes": closes, "reason": reason.strip()[:120], "by": person,
        "at": now()})
    entries = DayEntry.objects.select_for_update().filter(group=group, on=on)
    if is_closed:
        entries.filter(state=DayState.EXPECTED).update(state=DayState.ABSENT, absent_because=reason.strip()[:80])
    else:
        entries.filter(state__in=[DayState.EXPECTED, DayState.ARRIVED]).update(
            meets_at=at(on, meets or group.meets), closes_at=at(on, closes or group.closes))
    audit.record(person, "children.change_day", group, on=on.isoformat(), closed=is_closed)
    _tell_of_change(group, change)
    emit("children.day_changed", group=group.pk, on=on.isoformat())
    return change


def _tell_of_change(group: CareGroup, change: DayChange) -> None:
    sentence = gettext_lazy("%(on)s %(group)s不开：%(reason)s。请另作安排。") if change.is_closed else gettext_lazy(
        "%(on)s %(group)s改时间：%(closes)s 前来接。原因：%(reason)s。")
    closes = change.closes or group.closes
    values: dict[str, object] = {
        "on": f"{change.on:%Y-%m-%d}", "group": group.name, "reason": change.reason, "closes": f"{closes:%H:%M}"}
    for enrolment in group.enrolments.filter(state=EnrolmentState.ACTIVE).select_related("child"):
        tell_guardians(enrolment.child, sentence, values=values, urgent=change.on == today(),
                       key=f"children.day.{change.pk}.{datetime.timestamp(change.at):.0f}.{enrolment.pk}")

