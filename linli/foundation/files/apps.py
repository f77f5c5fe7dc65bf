from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class FilesConfig(AppConfig):
    name = "linli.foundation.files"
    label = "files"

    def ready(self) -> None:
        """A room says in its `sights.py` who sees the files of its things, and what its purposes accept."""
        autodiscover_modules("sights")
