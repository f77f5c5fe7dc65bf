from django.apps import AppConfig
from django.db.models.signals import post_migrate


class GovConfig(AppConfig):
    name = "linli.services.gov"
    label = "gov"

    def ready(self) -> None:
        from linli.foundation import triggers
        from linli.services.gov import deadline, loading
        from linli.services.gov.letters import triggers as papers

        assert deadline.CLOCK, "imported, and so the clock of its cases knows where to ask"
        triggers.keep(self, *(
            triggers.Kept(f"gov_{name}", "a version is never changed; make the next one")
            for name in ("itemversion", "bundleversion")),
            triggers.Kept("gov_procedureevent", "what happened is not changed; add what happened next"))
        papers.GUARD.watch(self)
        post_migrate.connect(loading.after_migrate, sender=self)
