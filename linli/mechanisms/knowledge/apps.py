from django.apps import AppConfig


class KnowledgeConfig(AppConfig):
    name = "linli.mechanisms.knowledge"
    label = "knowledge"
