from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "linli.mechanisms.ledger"
    label = "ledger"

    def ready(self) -> None:
        from linli.mechanisms.ledger.triggers import GUARD

        GUARD.watch(self)
