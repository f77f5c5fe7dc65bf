"""What this room does by the clock for applications."""

from __future__ import annotations

from linli.foundation.jobs import periodic
from linli.services.gov.actions import rating, watching


@periodic(every_s=600)
def let_silence_speak() -> None:
    """Tacit acceptance and tacit grant, within ten minutes of the midnight that completes the silence."""
    watching.let_silence_speak()


@periodic(every_s=3_600)
def recompute_deadlines() -> None:
    """Provisional deadlines, as soon as a notice is loaded."""
    watching.recompute_provisional()


@periodic(every_s=86_400, at="09:00")
def remind_of_corrections() -> None:
    watching.remind_of_corrections()


@periodic(every_s=86_400, at="09:10")
def remind_of_call_backs() -> None:
    rating.remind_of_call_backs()
