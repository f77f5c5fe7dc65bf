from django.apps import AppConfig


class LearningConfig(AppConfig):
    name = "linli.services.learning"
    label = "learning"

    def ready(self) -> None:
        from linli.services.learning import catalogue
        from linli.services.learning.sandbox import tasks

        tasks.load()  # a lesson or an exercise that cannot be followed stops every process here
        catalogue.load()
