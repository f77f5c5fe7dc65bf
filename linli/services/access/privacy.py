"""This room's part in a person's rights. Works are the cases mechanism's to copy and to erase."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from linli.foundation.privacy.erasers import eraser
from linli.services.access.models import Fact, Guide, GuideRequest, GuideState, Outage, Signing

if TYPE_CHECKING:
    from linli.foundation.people.models import Person


def copy_of(person: Person) -> dict[str, Any]:
    """What one asked for, offered, proposed and reported."""
    return {
        "guiding_asked": [
            {"kind": row.kind, "starts": row.starts.isoformat(), "ends": row.ends.isoformat(), "place": row.place,
             "note": row.note, "state": row.state, "minutes": row.minutes}
            for row in GuideRequest.objects.filter(requester=person).order_by("pk")],
        "guiding_offered": [{"kinds": row.kinds, "when": row.when, "since": row.since.isoformat()}
                            for row in Guide.objects.filter(person=person).order_by("pk")],
        "signing": [
            {"starts": row.starts.isoformat(), "ends": row.ends.isoformat(), "place": row.place, "about": row.about,
             "state": row.state} for row in Signing.objects.filter(person=person).order_by("pk")],
        "facts": [{"facility": row.facility.name, "key": row.key, "value": row.value, "state": row.state}
                  for row in Fact.objects.filter(recorded_by=person).select_related("facility").order_by("pk")],
        "outages": [{"where": row.where, "note": row.note, "at": row.reported_at.isoformat()}
                    for row in Outage.objects.filter(reported_by=person).select_related("facility", "edge")],
    }


@eraser("access.guiderequest")
def erase_guiding(row: GuideRequest, purpose: str) -> str:
    """Half a year after the walk: where and what for goes; that somebody was guided, and how long, stays."""
    row.place, row.note = "", ""
    row.save(update_fields=["place", "note"])
    return "anonymised"


@eraser("access.signing")
def erase_signing(row: Signing, purpose: str) -> str:
    """Half a year after the session: where and what about goes; the hours interpreted stay."""
    row.place, row.about = "", ""
    row.save(update_fields=["place", "about"])
    return "anonymised"


def erase(person: Person) -> list[str]:
    """Places and notes of guiding go; offers end. Facts and outages say nothing of the person and stay."""
    from linli.foundation.calendar.clock import now

    sentences = []
    for row in GuideRequest.objects.filter(requester=person):
        row.place, row.note = "", ""
        if row.state == GuideState.ASKED:
            row.state = GuideState.CANCELLED
        row.save(update_fields=["place", "note", "state"])
        sentences = [_("您请人陪伴时写的地点和说明已删除。")]
    for signing in Signing.objects.filter(person=person):
        signing.place, signing.about = "", ""
        signing.save(update_fields=["place", "about"])
        sentences = [*sentences[:1], _("您约手语翻译时写的地点和事情已删除。")]
    if Guide.objects.filter(person=person, left_at=None).update(left_at=now()):
        sentences.append(_("您的陪伴志愿者报名已退出。"))
    return sentences
