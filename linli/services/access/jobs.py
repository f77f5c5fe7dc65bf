"""What this room does by the clock: outages to look at again, hours that nobody confirmed."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from linli.foundation.calendar.clock import now
from linli.foundation.jobs import periodic
from linli.foundation.notices import tell
from linli.foundation.policy import policy
from linli.services.access.actions.guiding import expire_guiding
from linli.services.access.listeners import staff_of
from linli.services.access.models import GuideRequest, GuideState, Outage, OutageState

MOST = 200


@periodic(every_s=3_600)
def look_again() -> None:
    """An outage without an end, which nobody has looked at for the hours policy gives: staff are asked, once for each
    such span, until somebody says that it is over or still so."""
    moment = now()
    rows = Outage.objects.filter(
        state__in=[OutageState.REPORTED, OutageState.CONFIRMED], until=None, starts__lte=moment)
    for row in rows.select_related("area", "facility", "edge").order_by("starts", "pk")[:MOST]:
        span = timedelta(hours=policy("access.outage_look_again_h", area=row.area))
        turns = (moment - row.seen_at) // span
        if turns >= 1:
            _ask(row, turns, row.seen_at)


def _ask(row: Outage, turns: int, since: datetime) -> None:
    for person in staff_of(row.area_code):
        tell(
            person, _("「%(where)s」报坏好久了，没人再看过。请去看一眼，还坏着点「看过了，还没好」。"), about=row,
            key=f"access.look_again.{row.pk}.{since:%Y%m%d%H%M}.{turns}", url=reverse("access:desk_outages"),
            values={"where": row.where})


@periodic(every_s=3_600)
def end_confirmations() -> None:
    """Hours that were reported and not confirmed: two days before the term whoever was guided is asked once more, at
    the term they lapse and staff take over."""
    moment = now()
    rows = GuideRequest.objects.filter(state=GuideState.REPORTED, ends__lt=moment).select_related(
        "area", "requester").order_by("ends", "pk")
    for row in rows[:MOST]:
        days = policy("access.guide_confirm_days", area=row.area)
        if moment >= row.ends + timedelta(days=days):
            expire_guiding(row.pk)
        elif days > 2 and moment >= row.ends + timedelta(days=days - 2):
            tell(
                row.requester, _("陪伴记了 %(minutes)s 分钟，还等您点「时长对」。过两天就要社区来确认了。"), about=row,
                key=f"access.confirm_soon.{row.pk}", url=reverse("access:guides"), values={"minutes": row.minutes})
