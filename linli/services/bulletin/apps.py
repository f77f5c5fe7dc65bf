from django.apps import AppConfig


class BulletinConfig(AppConfig):
    name = "linli.services.bulletin"
    label = "bulletin"
