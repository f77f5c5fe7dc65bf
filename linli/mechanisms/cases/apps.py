from django.apps import AppConfig
from django.db.models.signals import post_migrate


class CasesConfig(AppConfig):
    name = "linli.mechanisms.cases"
    label = "cases"

    def ready(self) -> None:
        from linli.mechanisms.cases import checks, guards, kinds, triggers  # noqa: F401  # two register themselves

        triggers.GUARD.watch(self)
        post_migrate.connect(kinds.publish_all, sender=self)
