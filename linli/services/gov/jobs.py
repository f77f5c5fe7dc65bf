"""What this room does by the clock: guides that should be read again."""

from __future__ import annotations

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from linli.foundation.calendar.clock import today
from linli.foundation.jobs import periodic, tick
from linli.foundation.notices import tell
from linli.foundation.people.models import RoleAssignment
from linli.foundation.people.queries import running
from linli.services.gov import jobs_applying as jobs_applying, wallet
from linli.services.gov.actions import outside, sending
from linli.services.gov.queries import desk


@periodic(every_s=86_400)
def remind_of_checks() -> None:
    """Once a month the head of each community hears how many guides have outlived their check."""
    heads = RoleAssignment.objects.filter(running(), role="community_head", area__isnull=False)
    for held in heads.select_related("person", "area").order_by("pk"):
        area = held.area
        assert area is not None, "asked for above"
        late = desk.overdue(area)
        if late:
            tell(
                held.person, _("有 %(count)s 份办事指南过了核对期，最早的是「%(name)s」。请对照一遍再点「核对过了」。"),
                about=late[0].item, key=f"gov.check.{area.pk}.{today():%Y%m}", url=reverse("gov:desk"),
                values={"count": len(late), "name": late[0].item.name})


@tick(order=40, lane="outside")
def speak_with_systems() -> int:
    """Send what waits for departments, and ask clinics and schools again that did not answer."""
    return sending.send_due(limit=2) + outside.settle_due(limit=1)


@periodic(every_s=86_400, at="08:30")
def look_through_wallets() -> None:
    """Tell of papers that end soon; delete the codes of yesterday."""
    wallet.remind()
    wallet.sweep()
