"""What an interpreter's own calendar says of a session: its subject, unless it is confidential."""

from __future__ import annotations

from django.utils.translation import gettext as _

from linli.foundation.people.models import Person
from linli.mechanisms.bookings.ical import describes
from linli.services.access.models import Signing


@describes("access.signing")
def signing_words(pk: int, person: Person) -> tuple[str, str] | None:
    """(title, place) for the interpreter; of a confidential session neither, not even where it is: a place tells too.

    The address of a feed is a secret that lies in other programs; who signs in reads the place on the page.
    """
    row = Signing.objects.visible_to(person).filter(pk=pk).first()
    if row is None or row.confidential:
        return None
    return _("手语翻译：%(about)s") % {"about": row.about_for(person)}, _("视频") if row.remote else row.place
