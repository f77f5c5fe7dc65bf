from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.foundation.web.manifest import Manifest, Menu

_KEEPERS = ["system_admin", "community_head"]

manifest = Manifest(
    name="jobs",
    title=_("后台任务"),
    icon="refresh",
    menu=[Menu("desk", "jobs:list", _("后台任务"), icon="refresh", verb="jobs.see", order=95)],
    permissions={"see": _KEEPERS, "retry": _KEEPERS, "discard": _KEEPERS},
)
