from django.apps import AppConfig


class WindowConfig(AppConfig):
    name = "linli.services.window"
    label = "window"
