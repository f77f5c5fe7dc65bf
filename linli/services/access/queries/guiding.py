"""Who guides, who asks to be guided, and what a person has of both."""

from __future__ import annotations

from django.db.models import QuerySet

from linli.foundation.areas.models import Area
from linli.foundation.people.models import Person
from linli.services.access.models import Guide, GuideRequest, GuideState
from linli.services.access.models.guiding import STAFF


def own_guide(person: Person) -> Guide | None:
    """The person's standing offer to guide, if there is one."""
    found: Guide | None = Guide.objects.filter(person=person, left_at=None).select_related("area").first()
    return found


def asked_by(person: Person) -> QuerySet[GuideRequest]:
    return GuideRequest.objects.filter(requester=person).select_related("guide__person", "area").order_by(
        "-starts", "-pk")


def given_to(person: Person) -> QuerySet[GuideRequest]:
    """The requests this person was matched to."""
    return GuideRequest.objects.filter(guide__person=person).select_related("requester", "guide", "area").order_by(
        "-starts", "-pk")


def requests_at_desk(person: Person, *, state: str = "") -> QuerySet[GuideRequest]:
    found = GuideRequest.objects.filter(person.scope_q("area__code", roles=STAFF)).select_related(
        "requester", "guide__person", "area")
    if state:
        found = found.filter(state=state)
    return found.order_by("starts", "pk")


def guides_at_desk(person: Person) -> QuerySet[Guide]:
    return Guide.objects.filter(person.scope_q("area__code", roles=STAFF), left_at=None).select_related(
        "person", "area", "checked_by").order_by("since", "pk")


def free_guides(request: GuideRequest) -> list[Guide]:
    """Checked guides of the place who do this kind of help and have nothing else then. Two queries."""
    busy = set(GuideRequest.objects.filter(
        guide__area=request.area, state__in=[GuideState.MATCHED, GuideState.REPORTED], starts__lt=request.ends,
        ends__gt=request.starts).exclude(pk=request.pk).values_list("guide_id", flat=True))
    guides = Guide.objects.filter(area=request.area, left_at=None).exclude(checked_by=None).exclude(
        person=request.requester).select_related("person").order_by("since", "pk")
    return [one for one in guides if one.pk not in busy and request.kind in one.kinds]


def waiting(area: Area) -> int:
    return GuideRequest.objects.filter(area=area, state=GuideState.ASKED).count()
