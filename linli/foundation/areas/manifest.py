from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.foundation.web.manifest import Command, Manifest, Menu

_STAFF = ["worker", "community_head", "system_admin"]

manifest = Manifest(
    name="areas",
    title=_("小区与设施"),
    icon="map",
    menu=[
        Menu("desk", "areas:tree", _("小区与设施"), "building", verb="areas.manage", order=72),
        Menu("portal", "areas:facilities", _("身边设施"), "map", tone="info", order=80),
    ],
    permissions={
        "manage": _STAFF,
        "draw": _STAFF,
        "divide": ["system_admin"],
    },
    commands=[Command("import", "areas", "linli.foundation.areas.importing",
                      "Take divisions, homes or facilities from XLSX or CSV: all rows or none.")],
)
