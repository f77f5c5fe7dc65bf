"""The resident's shell declares one verb of its own: how its pages look."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.foundation.web.manifest import Manifest, Menu

manifest = Manifest(
    name="portal", title=_("居民门户"), icon="home", permissions={"choose_look": ["@self"]},
    menu=[Menu("portal", "portal:near", _("邻居报的事"), "people", tone="info", order=60)],
    cards={"portal.mine": "linli.interfaces.portal.casecards.waiting",
           "elder.mine": "linli.interfaces.portal.casecards.waiting",
           "portal.matters": "linli.interfaces.portal.casecards.matters"},
    search="linli.interfaces.portal.casecards.search")
