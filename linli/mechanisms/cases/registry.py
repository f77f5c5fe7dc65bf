"""Guards and effects that kinds may name. A kind's file holds names only; text is never evaluated as code."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from linli.foundation.calendar import Due
    from linli.foundation.people.models import Person
    from linli.mechanisms.cases.kinds import Kind, Transition
    from linli.mechanisms.cases.models import Case, Timer


@dataclass
class Move:
    """One transition being made: what a guard may read and an effect may change."""

    person: Person | None
    case: Case
    kind: Kind
    transition: Transition
    data: dict[str, Any]
    at: datetime
    changes: dict[str, Any] = field(default_factory=dict)
    starts: set[str] = field(default_factory=set)
    stops: set[str] = field(default_factory=set)
    timers: list[Timer] = field(default_factory=list)  # the case's live rows

    def set(self, **columns: Any) -> None:
        """Set columns of the case row; they go into the event, from which the row can be folded again."""
        for name, value in columns.items():
            setattr(self.case, name, value)
            self.changes[name] = value


Guard = Callable[..., None]
Effect = Callable[..., None]
Deadline = Callable[["Case"], "Due | None"]
GUARDS: dict[str, Guard] = {}
EFFECTS: dict[str, Effect] = {}
DEADLINES: dict[str, Deadline] = {}


def guard(name: str) -> Callable[[Guard], Guard]:
    """Register a guard: called with the `Move` (and the argument in brackets); raises `Refused` to stop it."""

    def keep(function: Guard) -> Guard:
        GUARDS[name] = function
        return function

    return keep


def effect(name: str) -> Callable[[Effect], Effect]:
    """Register an effect: called with the `Move` (and the argument in brackets) inside the transaction."""

    def keep(function: Effect) -> Effect:
        EFFECTS[name] = function
        return function

    return keep


def deadline(name: str) -> Callable[[Deadline], Deadline]:
    """Register where a clock's deadline comes from: a timer's `limit` names it as `source`, beside its ordinary limit.

    It is asked with the case when the clock starts, resumes or is aimed anew; None: the ordinary limit holds.
    """

    def keep(function: Deadline) -> Deadline:
        DEADLINES[name] = function
        return function

    return keep


def call(table: Mapping[str, Callable[..., None]], written: str, move: Move) -> None:
    """Call `name` or `name(argument)` as a kind's file writes it."""
    name, _, rest = written.partition("(")
    arguments = [rest.rstrip(")")] if rest else []
    table[name](move, *arguments)
