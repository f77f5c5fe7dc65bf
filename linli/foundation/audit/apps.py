from django.apps import AppConfig
from django.db.models.signals import post_migrate


class AuditConfig(AppConfig):
    name = "linli.foundation.audit"
    label = "audit"

    def ready(self) -> None:
        from linli.foundation.audit.triggers import after_migrate

        post_migrate.connect(after_migrate, sender=self)
