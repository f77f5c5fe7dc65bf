from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "linli.interfaces.api"
    label = "api"
