"""What a clock and a loop over days both know, in the same words."""

from __future__ import annotations

from typing import Any

from linli.services.gov.procedure import Phase, State


def facts(state: State) -> dict[str, Any]:
    """`state` in the words of `day_by_day.live`."""
    return {
        "phase": state.phase.code, "received": state.received, "runs_from": state.runs_from, "decided": state.decided,
        "granted": state.granted, "ended": state.ended, "due": state.due, "promised": state.promised,
        "statutory": state.statutory, "stands": state.is_paused,
        "left": None if state.expires_on and state.phase == Phase.REVIEWING else state.left_days,
        "extended": state.extended.days if state.extended else None,
        "tacit": [(tacit.effect, tacit.since) for tacit in state.tacit],
        "missed": sorted([tuple(missed) for missed in state.missed], key=str)}
