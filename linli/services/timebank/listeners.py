"""What this room hears: helpers of other rooms, and the new asking that staff should review."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.foundation.notices import tell
from linli.foundation.people.models import Person, RoleAssignment
from linli.foundation.people.queries import running
from linli.foundation.web import Refused
from linli.services.timebank.actions import outside
from linli.services.timebank.models import Claim, Need, Review


def on_access_helped(person: int, minutes: int, about: str) -> None:
    _hear("access.helped", person, minutes, about)


def on_learning_helped(person: int, minutes: int, about: str) -> None:
    _hear("learning.helped", person, minutes, about)


def on_kitchen_shift_done(person: int, minutes: int, about: str) -> None:
    _hear("kitchen.shift_done", person, minutes, about)


def _hear(source: str, person: int, minutes: int, about: str) -> None:
    helper = Person.objects.filter(pk=person, is_active=True).select_related("community").first()
    if helper is None:
        return
    try:
        outside.hear(source, helper, int(minutes), str(about))
    except Refused as refusal:
        if refusal.code != "bad_minutes":  # an impossible number is the other room's; a retry would not mend it
            raise


def on_asked(need: int) -> None:
    """The community's workers are told once a need waits for their look."""
    row = Need.objects.select_related("area").get(pk=need)
    for worker in _workers(row.area.code):
        tell(worker, _("有一件求助等您审核。"), about=row, key=f"timebank.asked.{row.pk}", url="/timebank/desk/")


def on_claimed(claim: int) -> None:
    row = Claim.objects.select_related("area").get(pk=claim)
    for worker in _workers(row.area.code):
        tell(worker, _("有人说时间记得不对，请您看看。"), about=row, key=f"timebank.claimed.{row.pk}",
             url="/timebank/desk/claims/")


def on_held(service: int) -> None:
    row = Review.objects.select_related("area").get(service=service)
    for worker in _workers(row.area.code):
        tell(worker, _("有一次服务要人核对，时间先冻结着。"), about=row, key=f"timebank.held.{row.pk}",
             url="/timebank/desk/reviews/")


def _workers(code: str) -> list[Person]:
    rows = RoleAssignment.objects.filter(running(), role="worker", area__code=code).select_related("person")
    return [row.person for row in rows.order_by("pk")[:20]]
