from django.apps import AppConfig


class ActivitiesConfig(AppConfig):
    name = "linli.services.activities"
    label = "activities"
