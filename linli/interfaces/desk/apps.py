from django.apps import AppConfig


class DeskConfig(AppConfig):
    name = "linli.interfaces.desk"
    label = "desk"
