"""Who opens a picture: of an activity, who sees the gallery that it hangs in; of a work, who may see the work."""

from __future__ import annotations

from linli.foundation.calendar.clock import today
from linli.foundation.files import accept, sight
from linli.foundation.people.models import Person
from linli.services.activities import consents, exhibition
from linli.services.activities.models import Photo, Work

# Photos alone, everywhere: they are drawn anew, so that no name of an author survives in a file's own data.
accept("activities.photo", "photo")
accept("activities.work", "photo")


@sight("activities.photo")
def sees_photo(person: Person | None, thing_id: str) -> bool:
    """Asked at each opening: who withdraws the consent is gone from the gallery with the next look."""
    photo = Photo.objects.visible_to(person).select_related("activity__area").filter(pk=int(thing_id)).first()
    return photo is not None and consents.is_allowed(photo, photo.activity)


@sight("activities.work")
def sees_work(person: Person | None, thing_id: str) -> bool:
    work = Work.objects.select_related("call__area").filter(pk=int(thing_id)).first()
    return work is not None and exhibition.may_see_picture(person, work, today())
