"""E-mail through the SMTP server in LINLI_EMAIL_URL, to addresses that their owner has confirmed."""

from __future__ import annotations

import smtplib
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import parse_qs, unquote, urlsplit

from django.conf import settings
from django.core.mail import EmailMessage, get_connection

from linli import config
from linli.foundation.notices.channels import Message, NotSent
from linli.foundation.notices.channels.http import TIMEOUT_S


@dataclass(frozen=True)
class Server:
    """The SMTP server: `smtps://` speaks TLS from the start, port 587 switches to it, `?from=` names the sender."""

    host: str
    port: int
    user: str
    password: str
    sender: str
    tls: bool
    starttls: bool


def server() -> Server | None:
    """The configured server, or None."""
    url = config.env("LINLI_EMAIL_URL")
    if not url:
        return None
    parts = urlsplit(url)
    user, host = unquote(parts.username or ""), parts.hostname or "localhost"
    named = parse_qs(parts.query).get("from", [""])[0]
    ours = urlsplit(str(settings.LINLI_BASE_URL)).hostname or "localhost"
    port = parts.port or (465 if parts.scheme == "smtps" else 587)
    return Server(
        host, port, user, unquote(parts.password or ""), named or (user if "@" in user else f"linli@{ours}"),
        tls=parts.scheme == "smtps", starttls=parts.scheme != "smtps" and port == 587)


class Email:
    """One plain-text letter a message."""

    def ready(self) -> bool:
        return server() is not None

    def send(self, message: Message) -> None:
        from linli.foundation.notices.models import EmailAddress

        found = EmailAddress.objects.filter(person=message.person, confirmed_at__isnull=False).first()
        if found is None:
            raise NotSent("no_address", needless=True)
        text = f"{message.text}\n\n{message.url}".strip()
        send_letter(found.address, message.title, text, key=message.key)


def send_letter(address: str, title: str, text: str, *, key: str) -> None:
    """Send one letter; every attempt has the same Message-ID. Raises `NotSent`."""
    through = server()
    if through is None:
        raise NotSent("no_server", final=True)
    domain = through.sender.rpartition("@")[2]
    letter = EmailMessage(
        " ".join(title.split()), text, through.sender, [address],
        headers={
            "Message-ID": f"<{sha256(key.encode()).hexdigest()[:32]}@{domain}>", "Auto-Submitted": "auto-generated"},
        connection=get_connection(
            "django.core.mail.backends.smtp.EmailBackend", host=through.host, port=through.port,
            username=through.user, password=through.password, use_ssl=through.tls, use_tls=through.starttls,
            timeout=int(TIMEOUT_S)))
    try:
        letter.send()
    except smtplib.SMTPRecipientsRefused as error:
        codes = {code for code, _reason in error.recipients.values()}
        raise NotSent("address_refused", final=all(code >= 500 for code in codes)) from None
    except smtplib.SMTPResponseException as error:
        raise NotSent(f"smtp_{error.smtp_code}", final=error.smtp_code == 550) from None
    except (smtplib.SMTPException, OSError):
        raise NotSent("unreachable") from None
