"""The signed link that proves that a letter reached the person who gave the address."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.core import signing

from linli.foundation.privacy.crypto import blind

if TYPE_CHECKING:
    from linli.foundation.notices.models import EmailAddress

_SALT, _LIVES_S = "notices.email", 3 * 24 * 3600


def token_of(address: EmailAddress) -> str:
    """Good for three days, for this person and this very address."""
    return signing.dumps([address.pk, blind(address.address, _SALT)[:16]], salt=_SALT)


def address_of(token: str) -> EmailAddress | None:
    """The address that `token` was sent to, if it is still the person's; else None."""
    from linli.foundation.notices.models import EmailAddress

    try:
        pk, mark = signing.loads(token, salt=_SALT, max_age=_LIVES_S)
    except (signing.BadSignature, ValueError):
        return None
    found = EmailAddress.objects.select_related("person").filter(pk=pk).first()
    return found if found is not None and blind(found.address, _SALT)[:16] == mark else None
