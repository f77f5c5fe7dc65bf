from django.apps import AppConfig


class PrivacyConfig(AppConfig):
    name = "linli.foundation.privacy"
    label = "privacy"

    def ready(self) -> None:
        from linli.foundation.privacy import purposes  # noqa: F401  # registers the checks
