"""Telling those whom an urgent announcement concerns, batch by batch; forgetting who read what."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import F
from django.db.transaction import atomic
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from linli.foundation.calendar.clock import now
from linli.foundation.jobs import job, periodic
from linli.foundation.notices import tell
from linli.foundation.policy import policy
from linli.services.bulletin import queries
from linli.services.bulletin.models import Announcement, Read, State, Tally


@job(retries=8)
def tell_concerned(*, announcement: int, after: int = 0) -> None:
    """Tell the next batch and queue the one after it. A batch that ran twice tells nobody twice."""
    row = Announcement.objects.select_related("area", "organisation").filter(
        pk=announcement, state=State.PUBLISHED, is_urgent=True).first()
    if row is None or not row.is_open:
        return  # withdrawn or past before its turn came
    with atomic():
        tally, _made = Tally.objects.get_or_create(announcement=row)
        people = queries.concerned(row, after=after, most=policy("bulletin.tell_batch"))
        told = 0
        for person in people:
            if row.ages and not queries.may_use_age(person):
                continue
            told += 1
            tell(person, row.title, title=_("紧急公告"), about=row, key=f"bulletin.{row.pk}", urgent=True,
                 url=reverse("bulletin:page", args=[row.pk]))
        if people:
            last = people[-1].pk
            tell_concerned.enqueue_once(f"bulletin.tell.{row.pk}.{last}", announcement=row.pk, after=last)
        Tally.objects.filter(pk=tally.pk).update(told=F("told") + told, finished_at=None if people else now())


@periodic(every_s=86_400, at="03:40")
def forget_reads() -> int:
    """Delete who read announcements that are past for long; their number is kept by nobody and needed by nobody."""
    before = now() - timedelta(days=policy("bulletin.keep_read_days"))
    return int(Read.objects.filter(announcement__expires_at__lt=before).delete()[0])
