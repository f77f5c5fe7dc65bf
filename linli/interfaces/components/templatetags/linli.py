"""Filters and tags of every template; loaded by itself."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django import template
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.forms import BoundField, CheckboxInput, CheckboxSelectMultiple, RadioSelect
from django.template.context import Context
from django.template.loader import render_to_string
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from linli.foundation.calendar import clock
from linli.foundation.privacy.masks import mask_name, mask_phone
from linli.foundation.web.manifest import Card
from linli.interfaces.components import maps, shell, telling_time

log = logging.getLogger("linli.shell")
register = template.Library()
register.filter("when", telling_time.when)
register.filter("day", telling_time.day)
register.filter("clock_time", telling_time.clock_time)
register.filter("brief", telling_time.brief)
register.filter("relative_time", telling_time.relative_time)
register.filter("duration", telling_time.duration)
register.filter("left", telling_time.left)
register.filter("mask_name", mask_name)


@register.simple_tag
def today() -> date:
    """The date of the house's clock, which a demo may have set."""
    return clock.today()


@register.filter
def masked_phone(phone: str | None) -> str:
    """138****8000; nothing when there is no number."""
    return mask_phone(phone) if phone else ""


@register.filter
def tel(phone: str | None) -> str:
    """A number for `href="tel:…"`: digits and a leading plus, nothing else."""
    return "".join(sign for sign in phone or "" if sign.isdigit() or sign == "+")


@register.simple_tag
def asset(name: str) -> str:
    """The address of a built file; its plain address where no manifest of hashed names was made yet."""
    path = f"build/{name}"
    try:
        return staticfiles_storage.url(path)
    except ValueError:
        return f"/static/{path}"


@register.simple_tag
def icon(name: str, size: str = "", tone: bool = False) -> SafeString:
    """An icon of the sprite; never alone: a word or a label stands beside it. `size` is "", "s" or "l"."""
    return format_html(
        '<svg class="icon{}"{} aria-hidden="true"><use href="{}#{}"/></svg>',
        " tone" if tone else "", format_html(' data-size="{}"', size) if size else "", asset("icons.svg"), name)


@register.simple_tag(takes_context=True)
def query_with(context: Context, **changes: Any) -> str:
    """`?…` of this page with `changes`; an empty value drops its key."""
    query = context["request"].GET.copy()
    for key, value in changes.items():
        query.pop(key, None)
        if value not in (None, ""):
            query[key] = str(value)
    return f"?{query.urlencode()}"


@register.simple_tag(takes_context=True)
def query_set(context: Context, key: str, value: Any) -> str:
    """As `query_with`, for a key that is itself a variable."""
    return query_with(context, **{key: value})


@register.simple_tag(takes_context=True)
def query_without(context: Context, *keys: str) -> str:
    """`?…` of this page without `keys`."""
    return query_with(context, **dict.fromkeys(keys, ""))


@register.filter
def unlocalised(number: float) -> str:
    """A number as SVG wants it, whatever the language."""
    return str(number)


@register.simple_tag
def address(*names: str, **query: Any) -> str:
    """The address of the first name that exists, with `query`; nothing where no room has one."""
    found = shell.address(*names)
    return f"{found}?{urlencode(query)}" if found and query else found


@register.simple_block_tag
def capture(content: str) -> str:
    """`{% capture as name %}{% block x %}{% endblock %}{% endcapture %}`: what a child wrote, to be asked about."""
    return mark_safe(content.strip())  # noqa: S308 - rendered by the template itself, so already escaped


@register.simple_tag(takes_context=True)
def show_card(context: Context, card: Card) -> str:
    """A room's card, with its own context and the request's. One that breaks is left out and named in the log."""
    try:
        return render_to_string(card.template, dict(card.context), request=context["request"])
    except Exception:
        log.exception("shell.card_failed", extra={"template": card.template})
        return ""


@register.simple_tag(takes_context=True)
def cards_of(context: Context, slot: str, *about: Any) -> Sequence[Card]:
    """The cards the rooms put into `slot` (of the page `about` something), for `{% show_card %}`."""
    return shell.cards(context["request"], slot, *about)


@register.simple_tag
def map_drawing(features: Any, marks: Any = None, width: int | str = 390, height: int | str = 240) -> maps.Drawing:
    """GeoJSON features and marks as paths on a sheet of `width` × `height`."""
    return maps.draw(features or [], marks or [], width=int(width), height=int(height),
                     tile_url=settings.LINLI_TILE_URL, tile_datum=settings.LINLI_TILE_DATUM)


@register.filter
def is_choice_group(field: BoundField) -> bool:
    return isinstance(field.field.widget, RadioSelect | CheckboxSelectMultiple)


@register.filter
def is_single_choice(field: BoundField) -> bool:
    return isinstance(field.field.widget, CheckboxInput)


@register.filter
def error_target(field: BoundField) -> str:
    """The id an error summary links to: the field's, or its first choice's."""
    return f"{field.auto_id}_0" if is_choice_group(field) else field.id_for_label or str(field.auto_id)


@register.simple_tag
def widget(field: BoundField, extra: Mapping[str, Any] | None = None, hint: str = "") -> SafeString:
    """The field's own widget with class, hint and error wired to it; `extra` attributes win."""
    attributes: dict[str, Any] = dict(extra or {})
    if not is_single_choice(field):
        attributes["class"] = f"input {attributes.get('class', '')}".strip()
    described = [f"{field.auto_id}_hint"] if hint else []
    if field.errors:
        described.append(f"{field.auto_id}_error")
        attributes["aria-invalid"] = "true"
    if described:
        attributes["aria-describedby"] = " ".join(described)
    return field.as_widget(attrs=attributes)
