from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.foundation.people.models import RoleName
from linli.foundation.web.manifest import Manifest

manifest = Manifest(
    name="api", title=_("程序接口"), icon="grid",
    permissions={"make_token": [*RoleName.values, "@self"], "withdraw_token": ["@self"]},
)
