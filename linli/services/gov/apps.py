from django.apps import AppConfig
from django.db.models.signals import post_migrate


class GovConfig(AppConfig):
    name = "linli.services.gov"
    label = "gov"

    def ready(self) -> None:
        from linli.services.gov import loading

        post_migrate.connect(loading.after_migrate, sender=self)
