"""What happens after a publication, a hand-in or a hand-back, once it is committed. Each may be called twice."""

from __future__ import annotations

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from linli.foundation.calendar.clock import now
from linli.foundation.notices import tell
from linli.foundation.people.models import Person, RoleName
from linli.foundation.people.permit import may
from linli.services.bulletin.jobs import tell_concerned
from linli.services.bulletin.models import Announcement

_APPROVERS = (RoleName.WORKER, RoleName.COMMUNITY_HEAD, RoleName.STREET_LEADER)


def on_published(announcement: int) -> None:
    """An urgent one is told to those it concerns, when it appears."""
    row = Announcement.objects.filter(pk=announcement).first()
    if row is None or not row.is_urgent:
        return
    if row.shown_from > now():
        tell_concerned.enqueue_at(row.shown_from, announcement=row.pk)
    else:
        tell_concerned.enqueue_once(f"bulletin.tell.{row.pk}.0", announcement=row.pk)


def on_submitted(announcement: int) -> None:
    """Those who may approve it are told that it waits; who wrote it is not asked."""
    row = Announcement.objects.select_related("area", "organisation").filter(pk=announcement).first()
    if row is None:
        return
    moment = now()
    held = Q(roles__role__in=_APPROVERS, roles__area__code=row.area.code, roles__withdrawn=None) & (
        Q(roles__until=None) | Q(roles__until__gt=moment))
    asked = Person.objects.filter(held, is_active=True).exclude(pk__in=[row.author_id, row.submitted_by_id])
    for person in asked.distinct():
        if may(person, "bulletin.approve", row):
            tell(person, _("有一条公告等您审核：%(title)s"), values={"title": row.title}, about=row,
                 key=f"bulletin.waits.{row.pk}.{row.version}", url=reverse("bulletin:desk_page", args=[row.pk]))


def on_sent_back(announcement: int) -> None:
    """Who wrote it reads what to change."""
    row = Announcement.objects.select_related("author").filter(pk=announcement).first()
    if row is not None:
        tell(row.author, _("您写的公告要改一改：%(note)s"), values={"note": row.note}, about=row,
             key=f"bulletin.back.{row.pk}.{row.version}", url=reverse("bulletin:desk_page", args=[row.pk]))
