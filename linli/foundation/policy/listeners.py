"""What the proposer is told when a proposal has been decided; run after the commit, each key tells once."""

from __future__ import annotations

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linli.foundation.notices import tell
from linli.foundation.policy.models import PolicyOverlay


def tell_approved(overlay: int) -> None:
    """Listener of `policy.overlay_approved`."""
    _tell(overlay, "approved", _("您提的修改同意了：%(key)s，从 %(day)s 起用。"))


def tell_rejected(overlay: int) -> None:
    """Listener of `policy.overlay_rejected`."""
    _tell(overlay, "rejected", _("您提的修改没有同意：%(key)s。原因：%(reason)s"))


def _tell(pk: int, what: str, sentence: str | Promise) -> None:
    overlay = PolicyOverlay.objects.select_related("proposed_by").get(pk=pk)
    tell(
        overlay.proposed_by, sentence, about=overlay, key=f"policy.{what}.{pk}",
        url=reverse("policy:overlay", args=[pk]),
        values={"key": overlay.key, "day": overlay.valid_from.isoformat(), "reason": overlay.reason},
    )
