from django.apps import AppConfig


class PolicyConfig(AppConfig):
    name = "linli.foundation.policy"
    label = "policy"

    def ready(self) -> None:
        from linli.foundation.policy import checks  # noqa: F401 - registers itself
