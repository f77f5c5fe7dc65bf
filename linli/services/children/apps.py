from django.apps import AppConfig


class ChildrenConfig(AppConfig):
    name = "linli.services.children"
    label = "children"
