from django.apps import AppConfig


class RepairsConfig(AppConfig):
    name = "linli.services.repairs"
    label = "repairs"

    def ready(self) -> None:
        from linli.services.repairs import guards  # noqa: F401  # they register themselves
