"""The database itself refuses to change or delete an event or a firing, except the events of an erased case."""

from __future__ import annotations

from linli.foundation.triggers import Guard, Kept

_WORDS = "the story of a case is append-only"
_ERASED = "EXISTS (SELECT 1 FROM cases_case WHERE id = OLD.case_id AND erased_at IS NOT NULL)"

GUARD = Guard(Kept("cases_caseevent", _WORDS, unless=_ERASED), Kept("cases_timerfiring", _WORDS))
