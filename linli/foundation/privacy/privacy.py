"""This room's own part in a person's rights: the account, consents, reveals, requests."""

from __future__ import annotations

from typing import Any

from linli.foundation.people.models import Person
from linli.foundation.privacy.account import account_of, empty_account
from linli.foundation.privacy.consents import consents_of
from linli.foundation.privacy.models import DataRequest
from linli.foundation.privacy.reveals import reveals_about


def copy_of(person: Person) -> dict[str, Any]:
    """The account, and what this room keeps about the person."""
    return {
        "account": account_of(person),
        "consents": [
            {"purpose": one.purpose, "text": one.text.text, "given_at": one.given_at.isoformat(),
             "channel": one.channel, "withdrawn_at": one.withdrawn_at.isoformat() if one.withdrawn_at else None}
            for one in consents_of(person)],
        "read_by": [
            {"who": one.who.shown_name, "field": one.field, "of": one.thing_type, "reason": one.reason,
             "at": one.at.isoformat()} for one in reveals_about(person)],
        "requests": [
            {"kind": one.kind, "what": one.what, "state": one.state, "made_at": one.made_at.isoformat(),
             "answer": one.answer} for one in DataRequest.objects.filter(person=person).order_by("made_at")],
    }


def erase(person: Person) -> list[str]:
    """Empty the account."""
    return empty_account(person)
