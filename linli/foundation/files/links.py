"""Links that work for one person and for a short while; the right to see is asked again when one is opened."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core import signing
from django.urls import reverse

from linli.foundation.calendar.clock import now
from linli.foundation.files.limits import limit
from linli.foundation.files.seeing import may_see
from linli.foundation.web.refusals import Denied

if TYPE_CHECKING:
    from linli.foundation.files.models import StoredFile
    from linli.foundation.people.models import Person

_SALT = "linli.files.link"


def link(stored: StoredFile, person: Person | None, *, thumb: bool = False) -> str:
    """The path at which `person` (None: not signed in) may read `stored` for some minutes.

    A sealed original gives its redacted copy, except to its owner. Raises `Denied`.
    """
    if not may_see(person, stored):
        copy = stored.copies.filter(is_public=True).order_by("-pk").first() if stored.is_sealed else None
        if copy is None:
            raise Denied("files.see")
        return link(copy, person, thumb=thumb)
    return signed(stored, person, thumb=thumb)


def signed(stored: StoredFile, person: Person | None, *, thumb: bool = False, opening: int = 0) -> str:
    """As `link`, without asking; `opening` names the recorded opening of a sealed original."""
    until = int(now().timestamp()) + 60 * limit("link_minutes")
    # Rounded up to five minutes, so that a list shown twice asks the browser's cache and not the disk.
    until += -until % 300
    token = signing.Signer(salt=_SALT).sign(f"{stored.pk}.{person.pk if person else 0}.{until}.{opening}")
    path = reverse("files:open", args=[stored.pk, token.split(".", 1)[1]])
    return f"{path}?thumb=1" if thumb and stored.is_photo else path


def read(pk: int, token: str) -> tuple[int, int, int] | None:
    """(person or 0, end as epoch seconds, opening or 0) of a token that we signed for file `pk`, else None."""
    try:
        plain = signing.Signer(salt=_SALT).unsign(f"{pk}.{token}")
        _pk, person, until, opening = (int(part) for part in plain.split("."))
    except (signing.BadSignature, ValueError):
        return None
    return person, until, opening
