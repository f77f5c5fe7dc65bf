from django.apps import AppConfig


class ComponentsConfig(AppConfig):
    name = "linli.interfaces.components"
    label = "components"
