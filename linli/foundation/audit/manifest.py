from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.foundation.web.manifest import Command, Manifest, Menu

manifest = Manifest(
    name="audit",
    title=_("审计"),
    icon="shield",
    menu=[Menu("desk", "audit:entries", _("审计"), icon="shield", verb="audit.read", order=95)],
    # Only they: who runs the system, and who decides in it, does not also watch over it.
    permissions={"read": ["audit_admin", "auditor"]},
    commands=[
        Command("audit", "check", "linli.foundation.audit.checking", help="compare every sealed row with its leaf"),
        Command("audit", "export", "linli.foundation.audit.exporting", help="write the log as files for the verifier"),
        Command("audit", "verify", "linli.foundation.audit.verifying", help="check an export, without the database"),
    ],
)
