from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "linli.interfaces.portal"
    label = "portal"
