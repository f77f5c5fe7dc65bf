from __future__ import annotations

from pathlib import Path

from django.utils.translation import gettext_lazy as _

from linli.foundation.web.manifest import Manifest

manifest = Manifest(
    name="repairs", title=_("物业报修"), icon="wrench",
    case_kinds=[str(Path(__file__).parent / "kinds" / "repair.yaml")],
)
