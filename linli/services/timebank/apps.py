from django.apps import AppConfig


class TimebankConfig(AppConfig):
    name = "linli.services.timebank"
    label = "timebank"

    def ready(self) -> None:
        from linli.services.timebank import presets

        presets.load()  # a city that leaves a rule out stops every process here
