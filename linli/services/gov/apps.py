from django.apps import AppConfig
from django.db.models.signals import post_migrate


class GovConfig(AppConfig):
    name = "linli.services.gov"
    label = "gov"

    def ready(self) -> None:
        from linli.foundation import triggers
        from linli.services.gov import loading

        triggers.keep(self, *(
            triggers.Kept(f"gov_{name}", "a version is never changed; make the next one")
            for name in ("itemversion", "bundleversion")))
        post_migrate.connect(loading.after_migrate, sender=self)
