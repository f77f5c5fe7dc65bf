"""The place's own numbers, read from policy."""

from __future__ import annotations

from datetime import time, timedelta

from linli.foundation.areas.models import Area
from linli.foundation.policy import policy
from linli.mechanisms.bookings.rules import OfferClock, StrikeRule


def hold_span(area: Area) -> timedelta:
    return timedelta(minutes=policy("bookings.hold_min", area=area))


def hold_extensions(area: Area) -> int:
    return int(policy("bookings.hold_extensions", area=area))


def offer_clock(area: Area) -> OfferClock:
    quiet = policy("bookings.offer_quiet", area=area)
    return OfferClock(
        **policy("bookings.offer_hours", area=area), quiet_from=time.fromisoformat(quiet["from"]),
        quiet_until=time.fromisoformat(quiet["until"]))


def pass_most(area: Area) -> int:
    return int(policy("bookings.pass_most", area=area))


def accumulate_until(area: Area) -> timedelta:
    """How long before the start free places stop being kept together for a large party."""
    return timedelta(hours=policy("bookings.accumulate_until_h", area=area))


def rush_alone(area: Area) -> timedelta:
    return timedelta(minutes=policy("bookings.rush_alone_min", area=area))


def strike_rule(area: Area) -> StrikeRule:
    return StrikeRule(**policy("bookings.no_show", area=area))


def exempt_classes(area: Area) -> frozenset[str]:
    return frozenset(policy("bookings.no_show_exempt", area=area))


def never_counted(area: Area) -> frozenset[str]:
    return frozenset(policy("bookings.no_show_never", area=area))


def appeal_days(area: Area) -> int:
    return int(policy("bookings.appeal_days", area=area))


def elder_age(area: Area) -> int:
    return int(policy("bookings.elder_age", area=area))


def door_list_for(area: Area) -> timedelta:
    """How long a list taken to the door may be handed in."""
    return timedelta(hours=policy("bookings.door_list_h", area=area))
