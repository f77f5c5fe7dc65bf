from django.apps import AppConfig


class KitchenConfig(AppConfig):
    name = "linli.services.kitchen"
    label = "kitchen"
