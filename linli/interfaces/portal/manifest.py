"""The resident's shell declares one verb of its own: how its pages look."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.foundation.web.manifest import Manifest

manifest = Manifest(name="portal", title=_("居民门户"), icon="home", permissions={"choose_look": ["@self"]})
