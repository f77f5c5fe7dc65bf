"""Random lives of a book against a naive model: whatever is moved, held, settled, released, timed out, corrected, sent
again or sealed, in whatever order, the ledger says what plain sums of a dict say."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings, strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from linli.foundation.areas.models import Area
from linli.foundation.calendar import clock
from linli.foundation.calendar.clock import now
from linli.foundation.web import Refused
from linli.mechanisms.ledger import actions, checking, queries, sealing, verifying
from linli.mechanisms.ledger.models import Account

FULL = os.environ.get("LINLI_FAULTS") == "full"  # `make faults`: 220 lives of 50 steps
SYSTEM: dict[str, Any] = {"verb": "test.move", "system": True}
NAMES = ("plain", "capped", "parts", "treasury")
LIMITS: dict[str, tuple[int | None, int | None]] = {
    "plain": (0, None), "capped": (0, 60), "parts": (0, 90), "treasury": (-120, None)}
names = st.sampled_from(NAMES)
amounts = st.integers(1, 40)
picks = st.integers(0, 1000)


@dataclass
class Naive:
    """What the ledger should say: a balance by name, holds and posted transfers by id."""

    limits: dict[str, tuple[int | None, int | None]] = field(default_factory=lambda: dict(LIMITS))
    posted: dict[str, int] = field(default_factory=lambda: dict.fromkeys(NAMES, 0))
    holds: dict[str, tuple[list[tuple[str, str, int]], Any]] = field(default_factory=dict)
    done: dict[str, list[tuple[str, str, int]]] = field(default_factory=dict)
    reversed: set[str] = field(default_factory=set)

    def going(self, name: str) -> int:
        return sum(a for lines, _end in self.holds.values() for d, _c, a in lines if d == name)

    def coming(self, name: str) -> int:
        return sum(a for lines, _end in self.holds.values() for _d, c, a in lines if c == name)

    def refuses(self, lines: list[tuple[str, str, int]], *, hold: bool = False) -> str:
        """The refusal there must be, or nothing."""
        found = set()
        for name in NAMES:
            out = sum(a for d, _c, a in lines if d == name)
            into = sum(a for _d, c, a in lines if c == name)
            given, taken = (out, into) if hold else (out - into, into - out)
            floor, ceiling = self.limits[name]
            if given > 0 and floor is not None and self.posted[name] - self.going(name) - given < floor:
                found.add("short")
            if taken > 0 and ceiling is not None and self.posted[name] + self.coming(name) + taken > ceiling:
                found.add("full")
        return "|".join(sorted(found))

    def move(self, lines: list[tuple[str, str, int]]) -> None:
        for debit, credit, amount in lines:
            self.posted[debit] -= amount
            self.posted[credit] += amount


class Life(RuleBasedStateMachine):
    area: Any = None

    @initialize()
    def begin(self) -> None:
        self.atom = transaction.atomic()
        self.atom.__enter__()
        self.moment, self.count, self.naive = now(), 0, Naive()
        with clock.at(self.moment):
            book = actions.open_book(None, "life", unit="minute", title="账", room="test", area=self.area, **SYSTEM)
            self.accounts: dict[str, Account] = {
                name: actions.open_account(
                    None, book, name, kind="person", floor=LIMITS[name][0], ceiling=LIMITS[name][1],
                    parts=3 if name == "parts" else 1, **SYSTEM) for name in NAMES}
        self.book = book

    def teardown(self) -> None:
        with clock.at(self.moment):
            sealing.seal_batch(everything=True)
            problems = [*checking.check().problems, *verifying.verify()]
        transaction.set_rollback(True)
        self.atom.__exit__(None, None, None)
        assert problems == []

    def real(self, lines: list[tuple[str, str, int]]) -> list[tuple[Account, Account, int]]:
        return [(self.accounts[debit], self.accounts[credit], amount) for debit, credit, amount in lines]

    def tries(self, expected: str, act: Any, *args: Any, **known: Any) -> Any:
        """Run an action that must be refused for one of the `expected` reasons, or not at all."""
        found, refused = None, ""
        with clock.at(self.moment):
            try:
                found = act(None, *args, **known, **SYSTEM)
            except Refused as refusal:
                refused = refusal.code
        assert refused in expected.split("|"), f"{refused or 'done'} where {expected or 'nothing'} is expected"
        return found

    def chosen(self, of: Any, pick: int) -> Any:
        keys = sorted(of)
        return keys[pick % len(keys)] if keys else None

    @rule(lines=st.lists(st.tuples(names, names, amounts).filter(lambda one: one[0] != one[1]), min_size=1, max_size=3))
    def transfer(self, lines: list[tuple[str, str, int]]) -> None:
        self.count += 1
        key = f"t.{self.count}"
        expected = self.naive.refuses(lines)
        self.tries(expected, actions.transfer, id=key, lines=self.real(lines))
        if not expected:
            self.naive.move(lines)
            self.naive.done[key] = lines

    @rule(pick=picks, other=st.booleans())
    def send_again(self, pick: int, other: bool) -> None:
        key = self.chosen([key for key in self.naive.done if key.startswith("t.")], pick)
        if key is None:
            return
        lines = [(d, c, a + other) for d, c, a in self.naive.done[key]]
        found = self.tries("same_id" if other else "", actions.transfer, id=key, lines=self.real(lines))
        assert other or found.key == key

    @rule(debit=names, credit=names, amount=amounts, hours=st.none() | st.integers(1, 50))
    def pend(self, debit: str, credit: str, amount: int, hours: int | None) -> None:
        if debit == credit:
            return
        self.count += 1
        key, lines = f"h.{self.count}", [(debit, credit, amount)]
        expected = self.naive.refuses(lines, hold=True)
        self.tries(expected, actions.pend, id=key, lines=self.real(lines),
                   timeout=timedelta(hours=hours) if hours else None)
        if not expected:
            self.naive.holds[key] = (lines, self.moment + timedelta(hours=hours) if hours else None)

    @rule(pick=picks, part=st.floats(0.01, 1))
    def post(self, pick: int, part: float) -> None:
        key = self.chosen(self.naive.holds, pick)
        if key is None:
            return
        [(debit, credit, amount)], ends = self.naive.holds[key]
        moved = max(1, int(amount * part))
        expected = "expired" if ends and ends <= self.moment else ""
        self.tries(expected, actions.post, key, amount=moved)
        if not expected:
            del self.naive.holds[key]
            self.naive.move([(debit, credit, moved)])
            self.naive.done[f"{key}:post"] = [(debit, credit, moved)]
            self.tries("", actions.post, key, amount=moved)
            self.tries("resolved", actions.void, key)

    @rule(pick=picks)
    def void(self, pick: int) -> None:
        key = self.chosen(self.naive.holds, pick)
        if key is not None:
            self.tries("", actions.void, key)
            del self.naive.holds[key]
            self.tries("resolved", actions.post, key)

    @rule(hours=st.integers(1, 30))
    def time_passes(self, hours: int) -> None:
        self.moment += timedelta(hours=hours)
        with clock.at(self.moment):
            ended = actions.expire_due()
        over = [key for key, (_lines, ends) in self.naive.holds.items() if ends and ends <= self.moment]
        assert ended == len(over)
        for key in over:
            del self.naive.holds[key]

    @rule(pick=picks, beyond=st.booleans())
    def correct(self, pick: int, beyond: bool) -> None:
        key = self.chosen(self.naive.done, pick)
        if key is None:
            return
        lines = [(credit, debit, amount) for debit, credit, amount in self.naive.done[key]]
        if key in self.naive.reversed:
            self.tries("", actions.reverse, key, reason="误记", beyond=beyond)
            self.tries("same_id", actions.reverse, key, reason="别的", beyond=beyond)
            return
        expected = "" if beyond else self.naive.refuses(lines)
        self.tries(expected, actions.reverse, key, reason="误记", beyond=beyond)
        if not expected:
            self.naive.reversed.add(key)
            self.naive.move(lines)

    @rule(name=names, floor=st.none() | st.integers(-100, 0), ceiling=st.none() | st.integers(0, 100))
    def set_limits(self, name: str, floor: int | None, ceiling: int | None) -> None:
        self.tries("", actions.set_limits, self.accounts[name], floor=floor, ceiling=ceiling)
        self.naive.limits[name] = (floor, ceiling)

    @rule()
    def seal(self) -> None:
        with clock.at(self.moment):
            sealing.seal_batch()

    @invariant()
    def says_what_the_model_says(self) -> None:
        if not hasattr(self, "accounts"):
            return
        standing = queries.balance(list(self.accounts.values()))
        for name, account in self.accounts.items():
            found = standing[account.pk]
            assert (found.posted, found.pending_in, found.pending_out, found.floor, found.ceiling) == (
                self.naive.posted[name], self.naive.coming(name), self.naive.going(name), *self.naive.limits[name])
        assert queries.trial_balance(self.book).is_balanced


@pytest.mark.django_db
def test_the_ledger_says_what_a_naive_model_says(community: Area) -> None:
    life = type("Walk", (Life,), {"area": community})
    run_state_machine_as_test(life, settings=settings(
        max_examples=220 if FULL else 8, stateful_step_count=50 if FULL else 25, deadline=None,
        suppress_health_check=list(HealthCheck)))
