"""A person's own choices: which channel for what, when to be left alone, and no profile behind a push."""

from __future__ import annotations

from datetime import date, time
from typing import TYPE_CHECKING, Any

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from linli.foundation.calendar.clock import today
from linli.foundation.notices.rules import Hours

if TYPE_CHECKING:
    from linli.foundation.people.models import Person

WAYS = ("push", "sms", "email")
# Until chosen: a text message costs money and wakes people, so only what is urgent; push and e-mail are opted into.
DEFAULTS = {"push": "off", "sms": "urgent", "email": "off"}


class Mode(TextChoices):
    """What goes through a channel."""

    ALL = "all", _("都发")
    DIGEST = "digest", _("每天汇总一次")
    URGENT = "urgent", _("只发紧急的")
    OFF = "off", _("不发")


_MODES = frozenset(Mode.values)


def mode_of(person: Person, way: str) -> str:
    """The person's choice for `way` (push, sms, email)."""
    chosen = (person.channels or {}).get(way)
    return chosen if chosen in _MODES else DEFAULTS[way]


def hours_of(person: Person, *, on: date | None = None) -> Hours:
    """The person's quiet hours and digest time, else those of the policy."""
    own = person.channels or {}
    return Hours(*(_time(own.get(key)) or policy_time(key, on) for key in ("quiet_from", "quiet_until", "digest_at")))


def policy_time(key: str, on: date | None = None) -> time:
    """A time of day from this room's policy, e.g. `notices.quiet_from`."""
    return time.fromisoformat(str(policy_value(key, on)))


def policy_value(key: str, on: date | None = None) -> Any:
    """A dated value of this room's policy."""
    from linli.foundation.policy import policy

    return policy(f"notices.{key}", on=on or today())


def profile_allowed(person: Person) -> bool:
    """May what this person is shown or sent be chosen by who they are (个人信息保护法 第24条: they may say no)?"""
    return not (person.channels or {}).get("no_profile", False)


def _time(value: object) -> time | None:
    try:
        return time.fromisoformat(str(value)) if value else None
    except ValueError:
        return None
