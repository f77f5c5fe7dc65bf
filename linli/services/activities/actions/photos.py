"""Pictures of an activity: who is in them is said first; without everybody's yes they are not hung."""

from __future__ import annotations

from collections.abc import Sequence

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.calendar.clock import now
from linli.foundation.files import StoredFile, attach
from linli.foundation.files.actions import forget_files_of
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.web import Refused
from linli.mechanisms.bookings.models import PartyMember
from linli.services.activities import consents
from linli.services.activities.models import Activity, Photo, Shown

RUN = "activities.run"
PURPOSE = "activities.photo"


@atomic
def hang(person: Person, activity: Activity, *, kept: StoredFile | None, caption: str, shown: Sequence[int],
         no_others: bool) -> Photo:
    """Hang a picture. `shown` are the members one recognises in it; `no_others`: nobody else can be recognised.

    Raises `Denied`, `Refused`: too_early, no_photo, no_caption, others, not_listed, no_consent (with their names).
    """
    permit(person, RUN, activity)
    if activity.starts > now():
        raise Refused("too_early", _("活动还没有开始，请办过以后再放照片。"))
    if kept is None:
        raise Refused("no_photo", _("请选一张照片。"), field="photo")
    if len(caption.strip()) < 4:
        raise Refused("no_caption", _("请写一句照片里有什么，看不见的邻居靠它知道。"), field="caption")
    if not no_others:
        raise Refused(
            "others", _("照片里还有认得出、又不在名单上的人，不能放。请换一张，或者先打码。"), field="no_others")
    listed = {one.pk: one for one in consents.roll(activity)}
    if any(pk not in listed for pk in shown):
        raise Refused("not_listed", _("照片里的人要从这次的名单里选。"), field="shown")
    members = [listed[pk] for pk in dict.fromkeys(shown)]
    refusing = [one for one in members if not consents.agrees(one, activity, consents.guardian_yes(members))]
    if refusing:
        raise Refused("no_consent", _("%(names)s没有同意出现在照片里，这张不能放。") % {
            "names": "、".join(one.shown_name for one in refusing)}, field="shown")
    photo = Photo.objects.create(activity=activity, caption=caption.strip()[:120], by=person)
    Shown.objects.bulk_create([Shown(photo=photo, member=one) for one in members])
    attach(person, [kept], photo)
    audit.record(person, "activities.hang", activity, photo=str(photo.pk), shown=len(members))
    return photo


@atomic
def remove(person: Person, photo: Photo) -> None:
    """Take a picture down, with its file. Twice is once. Raises `Denied`."""
    permit(person, RUN, photo.activity)
    row = Photo.objects.select_for_update(of=("self",)).get(pk=photo.pk)
    if row.is_removed:
        return
    row.is_removed, row.removed_because = True, "staff"
    row.save(update_fields=["is_removed", "removed_because"])
    forget_files_of(row)
    audit.record(person, "activities.remove_photo", photo.activity, photo=str(photo.pk))


def choices(activity: Activity) -> list[tuple[PartyMember, bool]]:
    """Who came (or, without a check-in, who was on the list), and whether pictures may show them."""
    members = consents.roll(activity, came=True) or consents.roll(activity)
    yes = consents.guardian_yes(members)
    return [(one, consents.agrees(one, activity, yes)) for one in members]
