from django.apps import AppConfig
from django.db.models.signals import post_migrate


class LedgerConfig(AppConfig):
    name = "linli.mechanisms.ledger"
    label = "ledger"

    def ready(self) -> None:
        from linli.foundation.audit.triggers import also_lifted
        from linli.mechanisms.ledger import triggers

        post_migrate.connect(triggers.after_migrate, sender=self)
        also_lifted.append(triggers.lifted)
