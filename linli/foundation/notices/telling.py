"""`tell`: write a sentence into a person's inbox, once, and put it on its way through the channels they chose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.db.transaction import atomic
from django.utils import timezone, translation

from linli.foundation.calendar.clock import now
from linli.foundation.notices.choices import WAYS, hours_of, mode_of
from linli.foundation.notices.rules import leaves_at
from linli.foundation.prepared import insert_once

if TYPE_CHECKING:
    from django.utils.functional import Promise

    from linli.foundation.notices.models import Delivery, Notice
    from linli.foundation.people.models import Person


def tell(
    person: Person, sentence: str | Promise, *, about: Any = None, key: str, url: str = "", urgent: bool = False,
    title: str | Promise = "", channels: Sequence[str] | None = None, values: Mapping[str, object] | None = None,
) -> Notice:
    """Tell `person` something, in the caller's transaction; the same `key` tells the same person once.

    `sentence` and `title` may be lazy and are then put into the person's language, with `values` filled
    into their named placeholders (`_("%(who)s …") % {…}` would be in the language of whoever acts).
    `url` is a path of this site. `channels` narrows the person's own choice; nothing widens it.
    `urgent` leaves at any hour. Returns the notice, new or told before. Nothing is sent here: the worker sends.
    """
    from linli.foundation.notices.models import Notice, about_of

    with translation.override(person.language):
        said, headed = str(sentence), str(title)
        if values is not None:
            said, headed = said % values, headed % values
    kind, thing_id = about_of(about)
    notice = Notice(
        person=person, key=key, title=headed, sentence=said, url=url, about_type=kind, about_id=thing_id, urgent=urgent)
    with atomic(savepoint=False):  # the two rows, or none; within the caller's transaction it costs nothing
        if insert_once(notice):
            _put_on_its_way(notice, person, channels)
            return notice
    return Notice.objects.get(person=person, key=key)


def _put_on_its_way(notice: Notice, person: Person, channels: Sequence[str] | None) -> None:
    from linli.foundation.notices.models import Delivery

    local = timezone.localtime(now())
    rows: list[Delivery] = []
    for way in WAYS:
        mode = mode_of(person, way)
        if mode == "off" or (channels is not None and way not in channels) or (mode == "urgent" and not notice.urgent):
            continue
        leaves = leaves_at(local, hours_of(person, on=local.date()), urgent=notice.urgent, mode=mode)
        if leaves is not None:
            due, held = leaves
            rows.append(Delivery(
                notice=notice, person=person, area_code=place_of(person), channel=way, urgent=notice.urgent, due_at=due,
                held=held))
    if rows:
        Delivery.objects.bulk_create(rows)


def place_of(person: Person) -> str:
    """The area whose staff look after undelivered notices of `person`: home, else where they work."""
    return person.area_code or next((s.area_code for s in person.standings if s.area_code), "")
