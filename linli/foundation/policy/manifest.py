from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.foundation.web.manifest import Manifest, Menu

_DECIDE = ["community_head", "street_leader", "system_admin"]

manifest = Manifest(
    name="policy",
    title=_("规则参数"),
    icon="filter",
    menu=[Menu("desk", "policy:list", _("规则参数"), icon="filter", verb="policy.see", order=90)],
    permissions={
        "see": [
            "worker", "community_head", "street_leader", "district_leader", "system_admin", "audit_admin", "auditor",
        ],
        # A street's own value can only come from the street, so its leader proposes too (and another one agrees).
        "propose_overlay": ["worker", "community_head", "street_leader"],
        "approve_overlay": _DECIDE,
        "reject_overlay": _DECIDE,
        "withdraw_overlay": [*_DECIDE, "@proposer"],
    },
    listens={
        "policy.overlay_approved": "linli.foundation.policy.listeners.tell_approved",
        "policy.overlay_rejected": "linli.foundation.policy.listeners.tell_rejected",
    },
)
