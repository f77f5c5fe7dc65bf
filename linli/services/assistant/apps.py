from django.apps import AppConfig


class AssistantConfig(AppConfig):
    name = "linli.services.assistant"
    label = "assistant"
