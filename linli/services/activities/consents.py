"""Who may be in pictures, and which pictures therefore hang in the gallery."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from django.db.models import Q
from django.db.transaction import atomic
from django.utils import timezone

from linli.foundation import audit
from linli.foundation.files.actions import forget_files_of
from linli.foundation.people.models import Person
from linli.foundation.policy import policy
from linli.mechanisms.bookings.models import Attendance, PartyMember
from linli.services.activities.models import Activity, GuardianYes, Photo
from linli.services.activities.rules import ADULT, is_under


def born(member: PartyMember) -> int | None:
    """The year of birth as the party says it, else as the account does."""
    return member.birth_year or (member.person.birth_year if member.person else None)


def day_of(activity: Activity) -> date:
    return timezone.localtime(activity.starts).date()


def is_young(member: PartyMember, activity: Activity) -> bool:
    """May the member be under 14 on the day? By the year alone, in doubt yes."""
    return is_under(born(member), policy("activities.guardian_under"), day_of(activity))


def guardian_of(member: PartyMember) -> Person | None:
    """Who speaks for a young member: the grown-up who signed them up. Nobody, if that is themselves."""
    booker = member.party.booker
    if booker is None or booker.pk == member.person_id:
        return None
    on = timezone.localdate(member.party.created)
    is_grown = booker.birth_year is None or on.year - booker.birth_year >= ADULT
    return booker if is_grown else None


def mine(person: Person, activity: Activity) -> list[PartyMember]:
    """The members of this activity for whom `person` speaks, or who are themselves. Two queries."""
    rows = PartyMember.objects.filter(
        Q(person=person) | Q(party__booker=person), party__offer=activity.offer_id,
        attendances__isnull=False).select_related("person", "party__booker").distinct().order_by("party", "order", "id")
    return list(rows)


def agrees(member: PartyMember, activity: Activity, yes: Iterable[int]) -> bool:
    """May pictures show the member? `yes`: members for whom a guardian agreed separately."""
    if is_young(member, activity):
        return member.pk in set(yes) and (member.photo_consent or member.person_id is not None)
    return bool(member.photo_consent)


def guardian_yes(members: Iterable[PartyMember]) -> set[int]:
    """Of these, the members with a guardian's separate yes. One query."""
    return set(GuardianYes.objects.filter(member__in=[one.pk for one in members]).values_list("member", flat=True))


def roll(activity: Activity, *, session: int | None = None, came: bool = False) -> list[PartyMember]:
    """The members on the list of an activity (of one session; only who came), by name. One query."""
    rows = Attendance.objects.filter(session__offer=activity.offer_id, is_active=True)
    if session is not None:
        rows = rows.filter(session=session)
    if came:
        rows = rows.filter(came_at__isnull=False)
    found = rows.select_related("member__person", "member__party__booker")
    found = found.order_by("reservation", "member__order", "id")
    return list({one.member_id: one.member for one in found}.values())


def gallery(person: Person, activity: Activity) -> list[Photo]:
    """The pictures that everybody they show agrees to, at this moment: asked anew each time, whatever a job did yet."""
    rows = Photo.objects.visible_to(person).filter(activity=activity)
    return [row for row in rows.prefetch_related(
        "shown__member__person", "shown__member__party__booker") if is_allowed(row, activity)]


def is_allowed(photo: Photo, activity: Activity) -> bool:
    """Does everybody the picture shows agree?"""
    members = [one.member for one in photo.shown.all()]
    yes = guardian_yes(one for one in members if is_young(one, activity))
    return all(agrees(one, activity, yes) for one in members)


@atomic
def take_down(activity: Activity) -> int:
    """Remove the pictures of somebody who does not agree (any more), with their files. Returns how many."""
    gone = 0
    rows = Photo.objects.select_for_update(of=("self",)).filter(activity=activity, is_removed=False)
    for row in rows.prefetch_related("shown__member__person", "shown__member__party__booker"):
        if not is_allowed(row, activity):
            row.is_removed, row.removed_because = True, "consent"
            row.save(update_fields=["is_removed", "removed_because"])
            forget_files_of(row)
            audit.record(None, "activities.take_down", activity, photo=str(row.pk))
            gone += 1
    return gone


def may_still_answer(activity: Activity, on: date) -> bool:
    """Is it over, and not longer ago than the policy says?"""
    last = timezone.localtime(activity.ends).date()
    return last <= on <= last + timedelta(days=policy("activities.feedback_days", on=on))
