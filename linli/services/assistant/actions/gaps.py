"""What could not be answered is written down without who asked, and mended by adding wordings."""

from __future__ import annotations

from django.db.models import F
from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.privacy.masks import mask_door, mask_text
from linli.foundation.privacy.retention import start_retention
from linli.foundation.web import Refused
from linli.mechanisms.knowledge import actions as knowledge
from linli.mechanisms.knowledge.texts import even
from linli.services.assistant import measuring
from linli.services.assistant.models import Gap, GapState, week_of

_TEXT_MAX = 200


def note_gap(area: Area, words: str) -> Gap:
    """Write a question down that nobody could answer; the same one again counts up. In the caller's transaction."""
    plain = even(mask_door(mask_text(words)))[:_TEXT_MAX]
    row, made = Gap.objects.get_or_create(
        area=area, text_index=Gap._meta.get_field("text_index").digest(plain),
        defaults={"text": plain, "week": week_of(now())})
    if not made:
        Gap.objects.filter(pk=row.pk).update(times=F("times") + 1, last_at=now(), week=week_of(now()))
    start_retention(row, "assistant.gap")
    return row


def mend_gap(person: Person, row: Gap, group: str, wording: str) -> Gap:
    """Let the question find `group` from now on: a wording is added to it. What is found is measured before, and after.

    Raises `Denied`, `Refused("no_group" | "no_text" | "too_long" | "personal" | "settled")`.
    """
    permit(person, "assistant.mend", row)
    before = measuring.measured(row, group)  # asks many questions: not while others wait to write
    with atomic():
        row = Gap.objects.select_for_update(of=("self",)).select_related("area").get(pk=row.pk)
        if row.state == GapState.MENDED and row.group == group:
            return row
        if row.state != GapState.OPEN:
            raise Refused("settled", _("这个问题同事已经处理了。"))
        added = knowledge.add_wording(person, row.area, group, wording)
        row.state, row.group, row.group_title = GapState.MENDED, group, measuring.title_of(group)
        row.settled_by, row.settled_at, row.before = person, now(), before
        row.save()
        audit.record(person, "assistant.mend", row, group=group, wording=added.pk)
        emit("assistant.mended", gap=row.pk)
    return row


@atomic
def drop_gap(person: Person, row: Gap) -> Gap:
    """Not a question for this house. Twice is once. Raises `Denied`, `Refused("settled")`."""
    permit(person, "assistant.mend", row)
    row = Gap.objects.select_for_update().get(pk=row.pk)
    if row.state == GapState.DROPPED:
        return row
    if row.state != GapState.OPEN:
        raise Refused("settled", _("这个问题同事已经处理了。"))
    row.state, row.settled_by, row.settled_at = GapState.DROPPED, person, now()
    row.save()
    audit.record(person, "assistant.drop", row)
    return row
