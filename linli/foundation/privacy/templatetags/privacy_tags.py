"""`{% load privacy_tags %}`: a token for the reveal form, and masks by element and audience."""

from __future__ import annotations

from django import template
from django.db.models import Model

from linli.foundation.privacy import masks, reveals

register = template.Library()


@register.simple_tag
def reveal_token(thing: Model, field: str) -> str:
    """`{% reveal_token case "phone" as token %}{% include "privacy/reveal.html" with masked=… label=… %}`."""
    return reveals.reveal_token(thing, field)


@register.simple_tag
def masked(element: str, audience: str, value: str | None) -> str:
    """`{% masked "phone" "list" case.phone %}`; see `masks.MASKS`."""
    return masks.mask(element, audience, value)


@register.filter
def masked_text(text: str | None) -> str:
    """Free text with the numbers inside it masked."""
    return masks.mask_text(text) if text else ""
