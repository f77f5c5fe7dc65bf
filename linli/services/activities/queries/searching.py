"""What the search box finds of this room."""

from __future__ import annotations

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext as _

from linli.foundation.areas.models import Area
from linli.foundation.people.models import Person
from linli.services.activities.models import Call, CallState, Club
from linli.services.activities.queries.browsing import upcoming

Hit = tuple[str, str, str, str]
_DOORS = ("活动", "兴趣班", "书法", "跳舞", "舞蹈", "合唱", "讲座", "文化节", "邻里节", "报名", "社团")


def search(person: Person | None, area: Area | None, words: str) -> Sequence[Hit]:
    """Activities, clubs, calls for works, and the room by its everyday names."""
    words = words.replace("\0", "").strip()[:60]
    if person is None or area is None or not words:
        return []
    found: list[Hit] = []
    if any(door in words for door in _DOORS):
        found.append((_("社区活动"), _("报名、我报的、社团"), reverse("activities:home"), "calendar"))
    found += [(row.title, str(row.get_kind_display()), reverse("activities:activity", args=[row.pk]), row.icon)
              for row in upcoming(person, area, words=words)[:4]]
    clubs = Club.objects.visible_to(person).filter(is_active=True, area__code__startswith=area.code[:12])
    found += [(row.name, _("社团"), reverse("activities:club", args=[row.pk]), "people")
              for row in clubs.filter(name__icontains=words)[:3]]
    calls = Call.objects.visible_to(person).exclude(state=CallState.DRAFT).filter(
        area__code__startswith=area.code[:12], title__icontains=words)
    found += [(row.title, _("作品征集"), reverse("activities:call", args=[row.pk]), "edit") for row in calls[:3]]
    return found
