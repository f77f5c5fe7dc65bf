from django.apps import AppConfig


class WebConfig(AppConfig):
    name = "linli.foundation.web"
    label = "web"
