"""Tags of this room's templates."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from linli.services.gov import wallet
from linli.services.gov.models import Paper

register = template.Library()


@register.simple_tag
def linked_data(made: Mapping[str, Any]) -> SafeString:
    """A block of JSON-LD for the head of a page; nothing in it can end the block."""
    text = json.dumps(made, ensure_ascii=False).replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    return format_html('<script type="application/ld+json">{}</script>', mark_safe(text))  # noqa: S308


@register.filter
def paper_name(paper: Paper) -> str:
    """A paper of the wallet, named in the reader's language."""
    return wallet.name_of(paper)
