from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "linli.mechanisms.cases"
    label = "cases"

    def ready(self) -> None:
        from linli.mechanisms.cases import checks, guards  # noqa: F401  # they register themselves
