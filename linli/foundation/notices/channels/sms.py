"""Text messages: the HTTP gateway of the operator's choice; in demo mode a page that shows what would have gone out."""

from __future__ import annotations

import logging

from django.conf import settings

from linli import config
from linli.foundation.notices.channels import Message, NotSent
from linli.foundation.notices.channels.http import post_json
from linli.foundation.privacy.masks import mask_phone

log = logging.getLogger("linli.notices")


class Sms:
    """`LINLI_SMS_URL` takes a POST of {to, text}; without it, demo mode keeps the text for its own page."""

    def ready(self) -> bool:
        return bool(config.env("LINLI_SMS_URL")) or bool(settings.LINLI_DEMO)

    def send(self, message: Message) -> None:
        if not message.person.phone:
            raise NotSent("no_phone", needless=True)
        text = f"{message.text} {message.url}".strip()
        send_text(message.person.phone, text, key=message.key)


def send_text(phone: str, text: str, *, key: str) -> None:
    """Send one text to `phone` (E.164); the gateway gets `key` as Idempotency-Key. Raises `NotSent`."""
    url = config.env("LINLI_SMS_URL")
    if not url:
        return _keep_for_demo(phone, text)
    token = config.env("LINLI_SMS_TOKEN")
    headers = {"Idempotency-Key": key, **({"Authorization": f"Bearer {token}"} if token else {})}
    post_json(url, {"to": phone, "text": text}, headers)
    return None


def _keep_for_demo(phone: str, text: str) -> None:
    from linli.foundation.notices.models import DemoMessage

    if not settings.LINLI_DEMO:
        raise NotSent("no_gateway", final=True)
    DemoMessage.objects.create(to=mask_phone(phone), text=text)
    log.info("sms.demo", extra={"to": mask_phone(phone)})
