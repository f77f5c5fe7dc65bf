from django.apps import AppConfig


class RequestsConfig(AppConfig):
    name = "linli.services.requests"
    label = "requests"

    def ready(self) -> None:
        from linli.services.requests import guards  # noqa: F401  # they register themselves
