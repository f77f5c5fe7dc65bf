"""What the time bank's campaign does inside its own Linli: `python -m tests.faults.inside_timebank VERB JSON`."""

from __future__ import annotations

import json
import os
import random
import signal
import sys
import time
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from tests.faults.inside_ledger import _fork

AREA = "330199001001"


def _served(count: int) -> list[int]:
    """`count` services of 5 helpers for one elder, each done and waiting for its word."""
    from linli.foundation.areas.models import Area
    from linli.foundation.calendar import clock
    from linli.foundation.people.models import Person, RoleAssignment
    from linli.services.timebank.actions import asking, attending, joining, keeping
    from linli.services.timebank.actions.joining import Profile

    area = Area.objects.get(code=AREA)
    worker = RoleAssignment.objects.filter(role="worker", area=area).order_by("id")[0].person
    head = RoleAssignment.objects.filter(role="community_head").order_by("id")[0].person
    leader = RoleAssignment.objects.filter(role="street_leader").order_by("id")[0].person
    made, helpers, present = [], [], clock.now()
    with clock.at(present - timedelta(days=count + 9)):
        elder = Person.objects.create(title="受助", name="受助", community=area, birth_year=1940)
        joining.entitle(worker, area, elder, kind="hardship", source="faults 2026")
        decision = keeping.agree_decision(leader, keeping.propose_decision(
            head, area, number="faults 1", title="faults", limit_minutes=10**6, since=clock.today()))
        keeping.fund_pool(worker, decision, 200 * count, once="faults")
        for number in range(5):
            person = Person.objects.create(title=f"帮手{number}", name="帮手", community=area, birth_year=1970)
            row = joining.register(person, area, Profile(birth_date=date(1970, 1, 1)))
            joining.certify_volunteer(worker, row, trained_on=clock.today(), insured_until=None)
            helpers.append(person)
    for number in range(count):
        helper = helpers[number % 5]
        with clock.at(present - timedelta(days=1 + number)):
            need = asking.publish(worker, asking.ask(worker, area, asking.Wanted(
                "company", clock.now(), 60, place="faults", funding="pool"), subject=elder))
            service = asking.accept(helper, need)
            attending.check_in(helper, service)
            start = clock.now()
        with clock.at(start + timedelta(hours=1)):
            made.append(attending.check_out(helper, service).pk)
    return made


def settle(kills: int, seed: int) -> dict[str, Any]:
    """`kills` times: a process confirms service after service and is killed at a random moment; then all once more."""
    from django.db import connections

    from linli.foundation.areas.models import Area
    from linli.mechanisms.ledger import queries as books
    from linli.mechanisms.ledger.models import OpenHold, Transfer
    from linli.services.timebank import purses
    from linli.services.timebank.models import Service

    waiting, dice, cut_off = _served(kills + 1), random.Random(seed), 0
    said = os.path.join(os.environ["LINLI_DATA"], "timebank.said")
    connections.close_all()
    begun_at = time.monotonic()
    os.waitpid(_fork(lambda: _confirm(waiting[:1], said)), 0)
    span = time.monotonic() - begun_at  # so long does one take here, with the start of its process
    left = waiting[1:]
    for _kill in range(kills):
        connections.close_all()
        lot = left[:3]
        pid = _fork(lambda lot=lot: _confirm(lot, said))  # type: ignore[misc]  # a lambda that binds its lot
        time.sleep(dice.uniform(0.2, 1.4) * span)
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        states = dict(Service.objects.filter(pk__in=lot).values_list("pk", "state"))
        begun = {int(line) for line in Path(said).read_text().split()}
        cut_off += any(pk in begun and state != "settled" for pk, state in states.items())
        left = [pk for pk in left if states.get(pk) != "settled"]
    early = kills - len(left)
    connections.close_all()
    _confirm(waiting, said)
    _confirm(waiting, said)
    book = purses.book(Area.objects.get(code=AREA))
    rows = list(Service.objects.filter(pk__in=waiting))
    trial = books.trial_balance(book)
    posted = Transfer.objects.filter(key__in=[f"timebank.settle.{pk}" for pk in waiting]).count()
    return {"settled": sum(row.state == "settled" for row in rows), "early": early, "cut_off": cut_off,
            "credited": sum(row.to_person for row in rows), "transfers": posted, "balanced": trial.is_balanced,
            "people": {kind: total for kind, _n, total in trial.kinds}.get("person", 0),
            "clearing": books.balance(purses.clearing(book)).posted, "open": OpenHold.objects.count()}


def _confirm(lot: list[int], said: str) -> None:
    """Confirm each; `said` is told before each that it begins."""
    from linli.foundation.people.models import RoleAssignment
    from linli.services.timebank.actions import settling
    from linli.services.timebank.models import Review, Service

    held = RoleAssignment.objects.filter(role="worker", area__code=AREA).order_by("id")
    worker, second = held[0].person, held[1].person
    for pk in lot:
        with open(said, "a", encoding="utf-8") as told:
            told.write(f"{pk}\n")
        row = settling.confirm(worker, Service.objects.get(pk=pk), way="paper")
        if row.state == "held":  # many confirmed by one hand: a person looks, as in life
            settling.decide_review(second, Review.objects.get(service=row), is_fine=True, note="faults: checked")


def main() -> None:
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "linli.settings")
    django.setup()
    verbs = {"settle": settle}
    print(json.dumps(verbs[sys.argv[1]](**json.loads(sys.argv[2])), ensure_ascii=False))


if __name__ == "__main__":
    main()
