"""What this room does when something happened. Each may be called twice."""

from __future__ import annotations

from typing import Any

from django.db.transaction import atomic
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from linli.foundation.events import emit
from linli.foundation.notices import tell
from linli.mechanisms.bookings.models import Attendance, PartyMember
from linli.services.activities import consents, queries
from linli.services.activities.models import Activity, Complaint, ComplaintState, GuardianYes


def on_photo_consent(*, member: int, agrees: bool, offer: int, **_more: Any) -> None:
    """A consent changed, on whatever page: a no takes pictures down; a young member's yes needs the guardian's."""
    activity = Activity.objects.filter(offer=offer).select_related("area").first()
    row = PartyMember.objects.filter(pk=member).select_related("person", "party__booker").first()
    if activity is None or row is None:
        return
    if not agrees:
        if not row.photo_consent:  # the events may come late: what counts is what is said now
            GuardianYes.objects.filter(member=row).delete()
        consents.take_down(activity)
        return
    guardian = consents.guardian_of(row) if consents.is_young(row, activity) else None
    if guardian is not None and row.photo_consent and not GuardianYes.objects.filter(member=row).exists():
        tell(guardian, _("%(who)s可能不满 14 岁，出现在照片里要监护人单独同意。请在活动页上选一下，没选不会放照片。"),
             about=activity, key=f"activities.guardian.{row.pk}", values={"who": row.shown_name},
             url=reverse("activities:activity", args=[activity.pk]) + "#photos")


@atomic
def on_attended(*, reservation: int, offer: int, **_more: Any) -> None:
    """A volunteer came to a shift: `activities.helped` says whose minutes they were (for who keeps hours)."""
    activity = Activity.objects.filter(helper_offer=offer).first()
    if activity is None:
        return
    rows = Attendance.objects.filter(
        reservation=reservation, came_at__isnull=False, person__isnull=False).select_related("session")
    for row in rows:
        minutes = int((row.session.ends - row.session.starts).total_seconds() // 60)
        emit("activities.helped", person=row.person_id, minutes=minutes, about=f"activities.activity:{activity.pk}",
             reservation=reservation)


def on_objected(*, complaint: int, **_more: Any) -> None:
    """Somebody has to look at it: the workers of the place, but nobody who judges."""
    row = Complaint.objects.filter(pk=complaint, state=ComplaintState.OPEN).select_related("work__call__area").first()
    if row is None:
        return
    call = row.work.call
    judges = set(call.jurors.filter(left_at=None).values_list("person", flat=True))
    for person in queries.keepers(call.area):
        if person.pk not in judges:
            tell(person, _("“%(call)s”有一条异议等着核实。"), about=call, key=f"activities.complaint.{row.pk}",
                 values={"call": call.title}, url=reverse("activities:desk_call", args=[call.pk]))
