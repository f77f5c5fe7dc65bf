from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.foundation.web.manifest import Command, Manifest, Menu

manifest = Manifest(
    name="ledger",
    title=_("账本"),
    icon="list",
    menu=[Menu("desk", "ledger:books", _("账本"), icon="list", verb="ledger.read", order=80)],
    permissions={
        "read": ["worker", "community_head", "street_leader", "district_leader", "auditor", "audit_admin",
                 "property_desk"],
        "check": ["worker", "community_head", "street_leader", "auditor", "audit_admin"],
    },
    commands=[
        Command("ledger", "check", "linli.mechanisms.ledger.checking", help="compare every balance with its entries"),
        Command("ledger", "verify", "linli.mechanisms.ledger.verifying", help="compute every account's chain anew"),
        Command("ledger", "export", "linli.mechanisms.ledger.exporting", help="write a book as an hledger journal"),
    ],
)
