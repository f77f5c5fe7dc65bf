"""The lottery anyone can check, and a person's choice after published criteria."""

from __future__ import annotations

import json
import random
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from linli.foundation.calendar import clock
from linli.foundation.web import Refused
from linli.mechanisms.bookings import actions, verify_draw
from linli.mechanisms.bookings.actions import Member
from linli.mechanisms.bookings.actions.draws import record_of
from linli.mechanisms.bookings.models import EntryState


@pytest.mark.django_db
def test_a_draw_places_in_the_seeds_order_and_anyone_can_recompute_it(make_session, people, worker, tmp_path):
    session = make_session(4, mode="lottery")
    crowd = people(7)
    with pytest.raises(Refused, match="apply_first"):
        actions.book(crowd[0], session)
    entries = [actions.book_or_wait(person, session) for person in crowd[:6]]
    family = actions.wait(crowd[6], session, party=[Member(crowd[6]), Member(name="甲"), Member(name="乙")])
    assert {entry.state for entry in [*entries, family]} == {EntryState.APPLIED}
    at = clock.now() + timedelta(days=1)
    draw = actions.commit_draw(worker, session.offer, [session], seed_source="双色球 2026-11-03", seed_at=at)
    with pytest.raises(Refused, match="too_early"):
        actions.run_draw(worker, draw, seed="1 2 3")
    with clock.at(at + timedelta(hours=1)):
        draw = actions.run_draw(worker, draw, seed="03 11 14 20 27 33 09", witnesses="王、李")
        with pytest.raises(Refused, match="drawn"):
            actions.run_draw(worker, draw, seed="another")
    session.refresh_from_db()
    assert session.taken == 4
    placed = {entry.pseudonym for entry in [*entries, family] if _state(entry) == EntryState.PLACED}
    assert placed == set(draw.placed)
    waiting = [entry for entry in [*entries, family] if _state(entry) == EntryState.WAITING]
    assert [name for name in draw.order if name not in placed] == [
        entry.pseudonym for entry in sorted(waiting, key=lambda one: one.rank)]
    path = tmp_path / "record.json"
    path.write_text(json.dumps(record_of(draw)), encoding="utf-8")
    script = Path(verify_draw.__file__)
    run = subprocess.run([sys.executable, "-I", str(script), str(path)], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout
    path.write_text(json.dumps({**record_of(draw), "order": draw.order[::-1]}), encoding="utf-8")
    again = subprocess.run([sys.executable, "-I", str(script), str(path)], capture_output=True, check=False)
    assert again.returncode == 1


def _state(entry) -> str:
    entry.refresh_from_db()
    return entry.state


@pytest.mark.django_db
def test_a_choice_is_made_by_a_person_and_the_rest_keep_waiting(make_session, people, worker):
    session = make_session(1, mode="choice", criteria="试唱")
    a, b = people(2)
    first, second = actions.wait(a, session), actions.wait(b, session)
    actions.choose(worker, [second])
    assert (_state(first), _state(second)) == (EntryState.APPLIED, EntryState.PLACED)
    with pytest.raises(Refused, match="full"):
        actions.choose(worker, [first])


def test_the_order_depends_on_list_and_seed_and_on_nothing_else():
    listed = [[f"{n:012x}", 1 + n % 3, n % 3] for n in range(60)]
    shuffled = random.Random(3).sample(listed, len(listed))
    assert verify_draw.order_of(listed, "seed") == verify_draw.order_of(shuffled, "seed")
    assert verify_draw.commitment(listed) == verify_draw.commitment(shuffled)
    assert verify_draw.order_of(listed, "seed") != verify_draw.order_of(listed, "seed2")
    tiers = {name: tier for name, _size, tier in listed}
    order = [tiers[name] for name in verify_draw.order_of(listed, "seed")]
    assert order == sorted(order)


def test_within_a_tier_every_place_is_as_likely():
    """χ² of the first of five over 5,000 seeds: 4 degrees of freedom, 0.1 % point 18.47."""
    listed = [[name, 1, 1] for name in "abcde"]
    counts = dict.fromkeys("abcde", 0)
    for seed in range(5_000):
        counts[verify_draw.order_of(listed, str(seed))[0]] += 1
    assert sum((count - 1_000) ** 2 / 1_000 for count in counts.values()) < 18.47
