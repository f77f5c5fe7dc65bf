"""Keys for programs: made, used, withdrawn."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta
from hashlib import sha256

from django.db.transaction import atomic
from django.utils.translation import gettext as _

from linli.foundation import audit
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.web import Refused
from linli.interfaces.api.models import ApiToken

SCOPES = {"read": _("读"), "write": _("写")}
DAYS_MAX, TOKENS_MAX = 365, 20


@atomic
def make_token(person: Person, *, name: str, scopes: Sequence[str], days: int) -> tuple[ApiToken, str]:
    """A new key and its only showing. Raises `Denied`, `Refused("no_name" | "bad_scope" | "bad_days" | "too_many")`."""
    permit(person, "api.make_token", person)
    if not name.strip():
        raise Refused("no_name", _("请写这把钥匙给哪个程序用。"), field="name")
    if not scopes or set(scopes) - SCOPES.keys():
        raise Refused("bad_scope", _("请选它可以读，还是也可以写。"), field="scopes")
    if not 1 <= days <= DAYS_MAX:
        raise Refused("bad_days", _("有效期 1 到 %(most)s 天。") % {"most": DAYS_MAX}, field="days")
    if ApiToken.objects.filter(person=person, withdrawn=None, until__gt=now()).count() >= TOKENS_MAX:
        raise Refused("too_many", _("钥匙太多了，请先收回不用的。"))
    plain = f"linli_{secrets.token_urlsafe(32)}"
    token = ApiToken.objects.create(
        person=person, name=name.strip()[:60], prefix=plain[:12], digest=digest(plain), scopes=sorted(set(scopes)),
        until=now() + timedelta(days=days))
    audit.record(person, "api.make_token", token, scopes=sorted(set(scopes)), days=days)
    return token, plain


@atomic
def withdraw_token(person: Person, token: ApiToken) -> None:
    """From now on the key opens nothing."""
    permit(person, "api.withdraw_token", token)
    if token.withdrawn is None:
        token.withdrawn = now()
        token.save(update_fields=["withdrawn"])
        audit.record(person, "api.withdraw_token", token)


def digest(plain: str) -> str:
    """What is kept of a key: it is 256 random bits, so one SHA-256 is enough."""
    return sha256(plain.encode()).hexdigest()
