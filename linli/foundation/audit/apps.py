from django.apps import AppConfig


class AuditConfig(AppConfig):
    name = "linli.foundation.audit"
    label = "audit"

    def ready(self) -> None:
        from linli.foundation.audit.triggers import GUARD

        GUARD.watch(self)
