from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.foundation.web.manifest import Manifest

manifest = Manifest(
    name="ledger",
    title=_("账本"),
    icon="list",
    permissions={
        "read": ["worker", "community_head", "street_leader", "district_leader", "auditor", "audit_admin",
                 "property_desk"],
        "check": ["worker", "community_head", "street_leader", "auditor", "audit_admin"],
    },
)
