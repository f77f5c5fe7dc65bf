"""Random walks over every shipped kind: no dead state, and whatever happens somebody has it and a clock runs."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

import pytest

from linli.foundation import calendar
from linli.foundation.calendar import clock
from linli.foundation.people.models import Person
from linli.foundation.web import Denied, Refused
from linli.mechanisms.cases import actions, engine, timers
from linli.mechanisms.cases.actions.living import rebuild_projection
from linli.mechanisms.cases.kinds import BadKind, current, parse, shipped
from linli.mechanisms.cases.models import Case, CaseEvent, Timer
from linli.mechanisms.cases.tests.conftest import Town

START = datetime(2026, 3, 4, 9, 0, tzinfo=calendar.SHANGHAI)


def held_up(case: Case) -> None:
    """The promise: an open case has an owner or a queue, and a running clock or a reason why not."""
    assert case.area_code
    running = Timer.objects.filter(case=case, state=Timer.State.RUNNING)
    if case.is_open:
        assert running.exists() or case.now_state.no_timer, f"{case.state}: nothing runs"
    else:
        assert not Timer.objects.filter(case=case).exclude(state=Timer.State.STOPPED).exists()
    names = list(running.values_list("name", flat=True))
    assert len(names) == len(set(names))
    seqs = list(CaseEvent.objects.filter(case=case).order_by("seq").values_list("seq", flat=True))
    assert seqs == list(range(1, case.seq + 1))
    assert rebuild_projection(case) == {}


def form_for(town: Town, name: str, kind_code: str, chance: random.Random) -> dict[str, object]:
    return {
        "worker": chance.choice([town.fitter, town.mate, town.worker]).pk,
        "unit": chance.choice([town.company, town.second]).pk,
        "reason": "other", "until": "2026-12-01", "after_photo": 1, "target": "12345", "note": "说明",
        "solved": "no" if name == "not_fixed" else "yes", "satisfied": chance.randint(1, 5),
    }


@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("kind_code", ["repair", "complaint", "consult"])
def test_every_walk_keeps_the_promise(town: Town, kind_code: str, seed: int) -> None:
    chance = random.Random(seed)
    kind = current(kind_code)
    everybody: list[Person] = [
        town.resident, town.neighbour, town.stranger, town.worker, town.head, town.desk, town.fitter, town.mate,
        town.leader]
    moment = START
    with clock.at(moment):
        case = actions.open_case(
            town.resident, kind_code, town.area, category=next(iter(kind.categories), ""), title="随便走走")
    made = 0
    for _step in range(60):
        moment += timedelta(hours=chance.choice([0, 1, 3, 30, 200]))
        with clock.at(moment):
            timers.fire_due()
            case.refresh_from_db()
            who = chance.choice(everybody)
            transition = chance.choice(list(kind.transitions.values()))
            open_doors = [(p, t) for p in everybody for t in engine.transitions_for(p, case)]
            if open_doors and chance.random() < 0.6:  # else mostly closed doors are tried
                who, transition = chance.choice(open_doors)
            data = form_for(town, transition.name, kind_code, chance)
            note = str(data.pop("note"))
            allowed = engine.may_move(who, case, transition)
            try:
                actions.act(who, case, transition.name, note=note, **data)
                made += 1
                assert allowed
            except Denied:
                assert not allowed
            except Refused:
                pass
            case.refresh_from_db()
            held_up(case)
    assert made > 0


@pytest.mark.django_db
@pytest.mark.parametrize("kind_code", ["repair", "complaint", "consult"])
def test_only_the_named_roles_pass(town: Town, kind_code: str) -> None:
    case = actions.open_case(town.resident, kind_code, town.area, category="", title="看门")
    for transition in current(kind_code).transitions.values():
        if "resident" not in transition.who:
            assert not engine.may_move(town.stranger, case, transition)
            assert not engine.may_move(None, case, transition)


BROKEN = [
    (lambda d: d["transitions"].pop("finish"), "no transition finish"),
    (lambda d: d["transitions"]["rate"].pop("call_back"), "closes without a call_back policy"),
    (lambda d: d["transitions"]["take"].update(who=["wizard"]), "no role or relation wizard"),
    (lambda d: d["transitions"]["take"].update(guards=["no_such"]), "no guard no_such"),
    (lambda d: d["transitions"]["take"].update(to="nowhere"), "no state nowhere"),
    (lambda d: d["timers"].pop("confirm"), "state done can be left without a running timer"),
    (lambda d: d["states"].update(limbo={"title": "limbo"}), "state limbo is never reached"),
]


@pytest.mark.parametrize(("breaking", "says"), BROKEN)
def test_a_kind_in_which_a_case_could_be_forgotten_is_not_published(breaking: object, says: str) -> None:
    import copy

    data = copy.deepcopy(dict(shipped()["repair"]))
    breaking(data)  # type: ignore[operator]
    with pytest.raises(BadKind, match=says):
        parse(data)
