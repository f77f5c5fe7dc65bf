"""The guards that only repairs know: money before work, and who may pick or send back."""

from __future__ import annotations

from linli.mechanisms.cases.registry import Move, guard


@guard("repairs.may_pick")
def may_pick(move: Move) -> None:
    """On shift, qualified, not the one who sent it back, below the cap of open jobs."""


@guard("repairs.may_send_back")
def may_send_back(move: Move) -> None:
    """Within the minutes the policy gives."""


@guard("repairs.quote_settled")
def quote_settled(move: Move) -> None:
    """No quote waits for the resident's answer."""
