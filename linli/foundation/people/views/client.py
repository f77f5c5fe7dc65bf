"""What a request says of itself."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest

from linli.foundation.people.rules import Client, client_of


def client_at(request: HttpRequest) -> Client:
    """The nearest address we can vouch for: behind our own TLS proxy, the last one that it added."""
    address = request.META.get("REMOTE_ADDR", "")
    if settings.HTTPS:
        address = request.META.get("HTTP_X_FORWARDED_FOR", address).split(",")[-1].strip()
    return client_of(request.META.get("HTTP_USER_AGENT", ""), address)


def number(text: str | None) -> int:
    """An id out of a query; 0, which no row has, for anything else."""
    return int(text) if text and text.isascii() and text.isdecimal() and len(text) < 19 else 0
