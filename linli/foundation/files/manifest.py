from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.foundation.web.manifest import Manifest, Purpose

manifest = Manifest(
    name="files",
    title=_("文件"),
    icon="upload",
    permissions={
        "keep": ["@self"],
        "drop": ["@owner"],
        "redact": ["@owner", "@handles"],
        "reveal": ["@handles"],
    },
    purposes=[Purpose(
        code="files.opening", title=_("打开封存原图的理由"), basis="duty", keep_days=1095,
        source="个人信息保护法 第51条（访问权限与操作记录）", fields=_("打开文件的人写的原因"))],
)
