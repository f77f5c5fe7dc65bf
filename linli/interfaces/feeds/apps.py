from django.apps import AppConfig


class FeedsConfig(AppConfig):
    name = "linli.interfaces.feeds"
    label = "feeds"
