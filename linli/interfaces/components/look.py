"""How a page looks to this person: mode, text size, theme, contrast. Of the person, else of the device (a cookie)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from django.http import HttpRequest, HttpResponse
from django.utils.html import format_html_join
from django.utils.safestring import SafeString

COOKIE = "look"
COOKIE_AGE_S = 60 * 60 * 24 * 365
# The first value of each is the default: the system's own wish is followed then.
CHOICES: Mapping[str, tuple[str, ...]] = {
    "mode": ("", "elder"),
    "size": ("", "l", "xl", "max"),
    "theme": ("", "light", "dark"),
    "contrast": ("", "more"),
}


@dataclass(frozen=True)
class Look:
    """Attributes of `<html>`; an empty value means "as the device wishes"."""

    mode: str = ""
    size: str = ""
    theme: str = ""
    contrast: str = ""

    @property
    def is_elder(self) -> bool:
        return self.mode == "elder"

    @property
    def attributes(self) -> SafeString:
        """` data-mode="elder" data-size="xl"`, ready for the tag."""
        return format_html_join("", ' data-{}="{}"', ((key, value) for key, value in asdict(self).items() if value))

    def bigger(self) -> Look:
        """One text size up; after the largest comes the first again, so that one button does it all."""
        steps = ("", "xl", "max") if self.is_elder else CHOICES["size"]
        at = steps.index(self.size) if self.size in steps else 0
        return replace(self, size=steps[(at + 1) % len(steps)])

    def changed(self, wishes: Mapping[str, str]) -> Look:
        """With those of `wishes` that are known keys and values; anything else is left as it was."""
        known = {key: value for key, value in wishes.items() if value in CHOICES.get(key, ())}
        return replace(self, **known)


def parse(values: Mapping[str, Any]) -> Look:
    """A look from stored values; unknown ones are dropped."""
    return Look().changed({key: str(value) for key, value in values.items()})


def of(request: HttpRequest) -> Look:
    """The look of the person who asks, else of the device."""
    person = getattr(request, "person", None)
    if person and person.look:
        return parse(person.look)
    return parse(dict(parse_qsl(request.COOKIES.get(COOKIE, ""))))


def remember(response: HttpResponse, look: Look, *, secure: bool) -> None:
    """Keep the look on the device, so that the sign-in page already has it."""
    value = urlencode({key: value for key, value in asdict(look).items() if value})
    response.set_cookie(COOKIE, value, max_age=COOKIE_AGE_S, httponly=True, samesite="Lax", secure=secure)
