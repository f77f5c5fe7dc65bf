"""Clubs: staff found one with its leader; people join and leave by themselves; the leader sets the meetings."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import IntegrityError
from django.db.transaction import atomic
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now
from linli.foundation.notices import tell
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.web import Refused
from linli.mechanisms.bookings import actions as bookings
from linli.mechanisms.bookings.models import Offer, Series, Session
from linli.mechanisms.bookings.recurrence import aware
from linli.services.activities.models import Club, ClubMember

KEEP, LEAD = "activities.keep_clubs", "activities.lead"


@atomic
def found(person: Person, area: Area, *, name: str, about: str, leader: Person, meets: str = "",
          place: str = "") -> Club:
    """A club with its leader, who is its first member. Raises `Denied`, `Refused("no_name" | "no_about" | "twice")`."""
    permit(person, KEEP, area)
    name = name.strip()[:40]
    if len(name) < 2:
        raise Refused("no_name", _("请写社团的名称。"), field="name")
    if len(about.strip()) < 4:
        raise Refused("no_about", _("请写社团做什么。"), field="about")
    club = Club(area=area, name=name, about=about.strip()[:600], meets=meets.strip()[:80], place=place.strip()[:80],
                leader=leader)
    club.offer = bookings.create_offer(
        person, area, category="club.meeting", title=name, owner=f"activities.club:{club.pk}", verb=KEEP,
        manage_verb="activities.run", book_verb="activities.join", host=leader,
        url=reverse("activities:club", args=[club.pk]), is_public=True, rules={"no_show": False, "party_max": 1})
    try:
        with atomic():
            club.save(force_insert=True)
    except IntegrityError:
        raise Refused("twice", _("已经有同名的社团了。"), field="name") from None
    ClubMember.objects.create(club=club, person=leader)
    audit.record(person, "activities.found_club", club)
    return club


@atomic
def change(person: Person, club: Club, *, about: str, meets: str = "", place: str = "") -> Club:
    """What the page says. Raises `Denied`, `Refused("no_about")`."""
    permit(person, LEAD, club)
    if len(about.strip()) < 4:
        raise Refused("no_about", _("请写社团做什么。"), field="about")
    club.about, club.meets, club.place = about.strip()[:600], meets.strip()[:80], place.strip()[:80]
    club.save(update_fields=["about", "meets", "place"])
    audit.record(person, "activities.change_club", club)
    return club


@atomic
def hand_over(person: Person, club: Club, leader: Person) -> Club:
    """Another leader. Raises `Denied`."""
    permit(person, KEEP, club)
    club.leader = leader
    club.save(update_fields=["leader"])
    ClubMember.objects.get_or_create(club=club, person=leader, left_at=None)
    bookings.change_offer(person, Offer.objects.select_related("area").get(pk=club.offer_id), host=leader)
    audit.record(person, "activities.hand_over_club", club)
    return club


@atomic
def join(person: Person, club: Club) -> ClubMember:
    """Become a member; twice is once. The leader is told. Raises `Denied`, `Refused("over")`."""
    permit(person, "activities.join", club)
    if not club.is_active:
        raise Refused("over", _("这个社团已经不活动了。"))
    row, made = ClubMember.objects.get_or_create(club=club, person=person, left_at=None)
    if made:
        audit.record(person, "activities.join_club", club)
        if club.leader_id != person.pk:
            tell(club.leader, gettext_lazy("%(who)s加入了%(club)s。"), about=club, key=f"activities.club.{row.pk}",
                 values={"who": person.shown_name, "club": club.name}, url=reverse("activities:club", args=[club.pk]))
    return row


@atomic
def leave(person: Person, club: Club) -> None:
    """Leave; the meetings one signed up for are let go. Raises `Denied`, `Refused("leader")`."""
    permit(person, "activities.join", club)
    if club.leader_id == person.pk:
        raise Refused("leader", _("您是负责人。请先让社区换一位负责人，再退出。"))
    if ClubMember.objects.filter(club=club, person=person, left_at=None).update(left_at=now()):
        audit.record(person, "activities.leave_club", club)


@atomic
def meet(
    person: Person, club: Club, *, starts: datetime, minutes: int, places: int, weekly_until: date | None = None,
) -> Series | Session:
    """A meeting (`starts` local, without zone), or one each week until a day. Raises `Denied`, and as bookings."""
    permit(person, LEAD, club)
    offer = Offer.objects.select_related("area").get(pk=club.offer_id)
    if weekly_until is None:
        begins = aware(starts)
        made: Series | Session = bookings.add_session(
            person, offer, begins, begins + timedelta(minutes=minutes), places, place=club.place)
    else:
        made = bookings.repeat(person, offer, rrule="FREQ=WEEKLY", first=starts, minutes=minutes, capacity=places,
                               place=club.place, until=weekly_until)
    audit.record(person, "activities.meet", club)
    return made


@atomic
def close(person: Person, club: Club) -> Club:
    """The club rests: it stays readable, nobody joins any more. Raises `Denied`."""
    permit(person, KEEP, club)
    club.is_active = False
    club.save(update_fields=["is_active"])
    audit.record(person, "activities.close_club", club)
    return club
