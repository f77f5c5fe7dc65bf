"""When a message leaves: pure functions of moment, urgency and the person's own choice."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta


@dataclass(frozen=True)
class Hours:
    """A person's quiet hours (local time; equal ends mean none) and the time of day of the digest."""

    quiet_from: time
    quiet_until: time
    digest_at: time

    def quiet(self, at: time) -> bool:
        """Is `at` within the quiet hours? The first minute is, the last is not."""
        if self.quiet_from <= self.quiet_until:
            return self.quiet_from <= at < self.quiet_until
        return at >= self.quiet_from or at < self.quiet_until


def leaves_at(local: datetime, hours: Hours, *, urgent: bool, mode: str) -> tuple[datetime, bool] | None:
    """When a message made at `local` may leave, and whether it is bundled; None: not through this channel.

    `mode` is the person's choice for the channel: all, digest (once a day), urgent, off. What is
    urgent leaves at once at any hour. In quiet hours the rest waits for the morning.
    """
    if mode == "off" or (mode == "urgent" and not urgent):
        return None
    if urgent:
        return local, False
    if mode == "digest" or hours.quiet(local.time()):
        return _next(local, _morning(hours)), True
    return local, False


def _morning(hours: Hours) -> time:
    """The digest time, or the end of the quiet hours if the digest time lies within them."""
    return hours.quiet_until if hours.quiet(hours.digest_at) else hours.digest_at


def _next(local: datetime, at: time) -> datetime:
    candidate = local.replace(hour=at.hour, minute=at.minute, second=0, microsecond=0)
    return candidate if candidate > local else candidate + timedelta(days=1)
