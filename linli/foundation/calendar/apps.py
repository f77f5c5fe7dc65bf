from django.apps import AppConfig


class CalendarConfig(AppConfig):
    name = "linli.foundation.calendar"
    label = "calendar"

    def ready(self) -> None:
        from linli.foundation.calendar import checks  # noqa: F401 - registers itself
