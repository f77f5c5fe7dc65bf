from django.apps import AppConfig


class CliConfig(AppConfig):
    name = "linli.interfaces.cli"
    label = "cli"
