"""This room's part in a person's rights, and what goes when a term of keeping ends."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from linli.foundation.calendar.clock import now
from linli.foundation.files.actions import forget_files_of
from linli.foundation.people.models import Person
from linli.foundation.privacy.erasers import eraser
from linli.services.activities import consents
from linli.services.activities.models import (
    Activity,
    AudienceTurn,
    ClubMember,
    Complaint,
    Feedback,
    GuardianYes,
    Juror,
    Photo,
    Shown,
    Work,
    WorkState,
)


def copy_of(person: Person) -> dict[str, Any]:
    """Everything tied to the person; their sign-ups are bookings' part. What they voted nobody knows."""
    return {
        "works": [{
            "call": one.call.title, "number": one.number, "signed_as": one.signed_as, "birth_year": one.birth_year,
            "title": one.title, "alt": one.alt, "ai": one.ai, "state": one.state, "rules_version": one.rules_version,
            "licensed_until": one.licensed_until.isoformat() if one.licensed_until else None,
            "returned_to": one.returned_to,
        } for one in Work.objects.filter(author=person).select_related("call")],
        "complaints": [{"number": one.work.number, "kind": one.kind, "text": one.text, "state": one.state,
                        "answer": one.answer}
                       for one in Complaint.objects.filter(by=person).select_related("work")],
        "voted_in": [{"call": one.call.title, "class": one.age_class}
                     for one in AudienceTurn.objects.filter(person=person).select_related("call")],
        "juror_of": [one.call.title for one in Juror.objects.filter(person=person).select_related("call")],
        "clubs": [{"club": one.club.name, "joined": one.joined_at.isoformat(),
                   "left": one.left_at.isoformat() if one.left_at else None}
                  for one in ClubMember.objects.filter(person=person).select_related("club")],
        "answers": [{"activity": one.activity.title, "answer": one.answer, "text": one.text}
                    for one in Feedback.objects.filter(person=person).select_related("activity")],
        "pictures": Shown.objects.filter(member__person=person, photo__is_removed=False).count(),
        "guardian_consents": GuardianYes.objects.filter(guardian=person).count(),
    }


def erase(person: Person) -> list[str]:
    """Pictures of the person, works, answers and memberships go; a result keeps its place without a name."""
    said = []
    shown = Photo.objects.filter(shown__member__person=person, is_removed=False).distinct()
    for photo in shown:
        photo.is_removed, photo.removed_because = True, "consent"
        photo.save(update_fields=["is_removed", "removed_because"])
        forget_files_of(photo)
    if shown:
        said.append(_("有您的活动照片已撤下。"))
    activities = {one.member.party.offer_id for one in GuardianYes.objects.filter(
        guardian=person).select_related("member__party")}
    GuardianYes.objects.filter(guardian=person).delete()
    for activity in Activity.objects.filter(offer__in=activities).select_related("area"):
        consents.take_down(activity)
    works = list(Work.objects.filter(author=person))
    for work in works:
        forget_work(work)
    if works:
        said.append(_("您的参展作品和署名已删除，名次只留编号。"))
    Complaint.objects.filter(by=person).delete()
    AudienceTurn.objects.filter(person=person).delete()
    ClubMember.objects.filter(person=person, left_at=None).update(left_at=now())
    Feedback.objects.filter(person=person).delete()
    return said


def forget_work(work: Work) -> None:
    """The number, class and scores stay as bare counts; nothing in them says whose they were."""
    forget_files_of(work)
    work.signed_as = work.birth_year = work.returned_to = ""
    work.title, work.alt, work.ai_note = "", "", ""
    work.author, work.licensed_until = None, None
    if work.state == WorkState.IN:
        work.state = WorkState.WITHDRAWN
    work.save()


@eraser("activities.work")
def erase_work(work: Work, purpose: str) -> str:
    """The term after the exhibition has ended."""
    if work.has_original and work.returned_at is None:
        return "in use"
    forget_work(work)
    return "anonymised"
