from django.apps import AppConfig


class AccessConfig(AppConfig):
    name = "linli.services.access"
    label = "access"

    def ready(self) -> None:
        from linli.services.access import feeds, guards  # noqa: F401  # they register themselves
