"""What this room does when something happened: here, at bookings, at privacy. Each may be called twice."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from linli.foundation.notices import tell
from linli.services.children import queries
from linli.services.children.actions.care import place_given
from linli.services.children.models import Child, Enrolment, EnrolmentState, Guardianship, GuardState


def on_guardian_claimed(*, guardianship: int, **_more: Any) -> None:
    """Somebody has to look at the paper."""
    claim = Guardianship.objects.select_related("child__area").filter(pk=guardianship, state=GuardState.CLAIMED).first()
    if claim is None:
        return
    for person in queries.keepers(claim.child.area):
        tell(person, _("有一位家长等着核实监护关系，请看证件。"), about=claim, key=f"children.claim.{claim.pk}",
             url=reverse("children:desk_families"))


def on_enrolment_asked(*, enrolment: int, **_more: Any) -> None:
    """The guardian reads what became of it: a place, or a turn in the queue."""
    row = Enrolment.objects.select_related("by", "group", "child").filter(pk=enrolment).first()
    if row is None or row.by is None or row.state == EnrolmentState.ENDED:
        return
    sentence = _("报上了：%(group)s。") if row.state == EnrolmentState.ACTIVE else _(
        "%(group)s满了，排上了候补。有名额就自动补上，会告诉您。")
    tell(row.by, sentence, about=row, key=f"children.enrolled.{row.pk}", values={"group": str(row.group)},
         url=reverse("children:child", args=[row.child_id]))


def on_place_given(*, reservation: int, owner: str = "", **_more: Any) -> None:
    """Bookings gave a place to a party that waited."""
    place_given(reservation=int(reservation), owner=owner)


def on_consent_withdrawn(*, consent: int, **_more: Any) -> None:
    """A guardian took back the consent to keep health facts: they go from every child of theirs, at once."""
    from linli.foundation.privacy.models import Consent

    row = Consent.objects.filter(pk=consent, purpose="children.health", withdrawn_at__isnull=False).first()
    if row is None:
        return
    theirs = Guardianship.objects.filter(person=row.person_id, state=GuardState.VERIFIED).values("child")
    for child in Child.objects.filter(pk__in=theirs):
        if child.health:
            child.health = ""
            child.save(update_fields=["health"])
