from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.foundation.web.manifest import Manifest, Menu

manifest = Manifest(
    name="desk", title=_("工作台"), icon="list",
    menu=[
        Menu("desk", "desk:worklist", _("工单"), "list", verb="cases.worklist", order=10),
    ],
)
