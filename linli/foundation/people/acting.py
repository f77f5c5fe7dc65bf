"""亲情代办 in one's own session: for whom the person acts just now, and in which rooms.

The mandate is the authority and is read anew with each request; the session holds only whose turn was chosen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.contrib import messages
from django.http import HttpRequest
from django.utils.translation import gettext as _

from linli.foundation.web.refusals import Refused

if TYPE_CHECKING:
    from linli.foundation.people.models import Person

KEY = "acting_for"


@dataclass(frozen=True)
class Acting:
    """`subject` is acted for in `rooms` (service names) until the person switches back or the mandate ends."""

    subject: Person
    rooms: frozenset[str]


def acting_in(request: HttpRequest, person: Person) -> Acting | None:
    """For whom this session acts. A mandate that has ended ends it here.

    Raises `Refused("mandate_over")` where something was being sent: it must not be done in one's own name instead.
    """
    chosen = request.session.get(KEY)
    if not chosen:
        return None
    found = running_for(person, int(chosen["subject"]))
    if found is None:
        del request.session[KEY]
        ended = _("替%(name)s办的委托结束了，现在是您自己在办。") % {"name": chosen["name"]}
        if request.method not in ("GET", "HEAD"):
            raise Refused("mandate_over", ended + _("刚才那一步没有办。"))
        messages.warning(request, ended, fail_silently=True)
    return found


def running_for(person: Person, subject: int) -> Acting | None:
    """The mandates by which `person` may now act for the person numbered `subject`, taken together."""
    from linli.foundation.people.queries import mandates_held

    held = [mandate for mandate in mandates_held(person) if mandate.subject_id == subject]
    return Acting(held[0].subject, frozenset(room for mandate in held for room in mandate.scope)) if held else None


def subject_of(person: Person, room: str) -> Person:
    """Whom `person` acts for in `room` just now: the subject whose mandate reaches it, else the person."""
    acting = person.acting
    return acting.subject if acting is not None and room in acting.rooms else person
