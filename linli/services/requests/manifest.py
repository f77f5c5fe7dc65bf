from __future__ import annotations

from pathlib import Path

from django.utils.translation import gettext_lazy as _

from linli.foundation.web.manifest import Manifest

KINDS = Path(__file__).parent / "kinds"
manifest = Manifest(
    name="requests", title=_("诉求咨询"), icon="message",
    case_kinds=[str(KINDS / "complaint.yaml"), str(KINDS / "consult.yaml")],
)
