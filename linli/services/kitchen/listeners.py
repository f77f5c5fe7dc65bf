"""What follows from this room's events, and from a consent taken back. Each may be called twice."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from linli.foundation.notices import tell
from linli.foundation.privacy.models import Consent
from linli.services.kitchen import jobs
from linli.services.kitchen.actions import eating
from linli.services.kitchen.actions.stocking import keepers_of
from linli.services.kitchen.models import Gift, GiftState


def on_offered(*, gift: int, **_more: Any) -> None:
    """Somebody offers food: who keeps the kitchen answers."""
    row = Gift.objects.select_related("area").filter(pk=gift, state=GiftState.OFFERED).first()
    if row is None:
        return
    for keeper in keepers_of(row.area):
        tell(keeper, _("有人要捐「%(what)s」，请答复。"), about=row, key=f"kitchen.offered.{row.pk}",
             values={"what": row.what}, url=reverse("kitchen:desk_gift", args=[row.pk]))


def on_menu_opened(*, menu: int, **_more: Any) -> None:
    """Standing orders are made as soon as a menu is open, so that they stand in the queue before the crowd."""
    jobs.make_standing_orders()


def on_consent_withdrawn(*, consent: int, **_more: Any) -> None:
    """Allergies go at once when the consent to keep them is taken back."""
    row = Consent.objects.filter(
        pk=consent, purpose="kitchen.health", withdrawn_at__isnull=False).select_related("person").first()
    if row is not None:
        eating.forget_allergies(row.person)
