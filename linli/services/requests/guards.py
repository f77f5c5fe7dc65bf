"""The guards that only requests know."""

from __future__ import annotations

from django.utils.translation import gettext as _

from linli.foundation.web import Refused
from linli.mechanisms.cases.registry import Move, guard


@guard("requests.community_may_lead")
def community_may_lead(move: Move) -> None:
    """A community unit may not lead categories outside its list (条例 第17条)."""


@guard("requests.contest_once")
def contest_once(move: Move) -> None:
    """A redirection may be contested once."""
    if move.case.cycle > 1:
        raise Refused("already", _("已经请人再看过一次了。还不同意的话，可以打 12345。"))
