from django.apps import AppConfig


class FormsConfig(AppConfig):
    name = "linli.mechanisms.forms"
    label = "forms"

    def ready(self) -> None:
        from linli.mechanisms.forms import known, system_checks, triggers  # noqa: F401  # two register themselves

        triggers.GUARD.watch(self)
