from django.apps import AppConfig
from django.db.models.signals import post_migrate


class FormsConfig(AppConfig):
    name = "linli.mechanisms.forms"
    label = "forms"

    def ready(self) -> None:
        from linli.foundation.audit.triggers import also_lifted
        from linli.mechanisms.forms import known, system_checks, triggers  # noqa: F401  # two register themselves

        post_migrate.connect(triggers.after_migrate, sender=self)
        also_lifted.append(triggers.lifted)
