"""64 clients on 8 processes after 10 places: nobody too many, nobody lost, the queue in order; how long it takes."""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from bench.running import Bench, percentile

if TYPE_CHECKING:
    from linli.mechanisms.bookings.models import Offer, Session

NAME = "bookings"
HELP = "64 clients on 8 processes after 10 places: overbooked, errors, p95; family, term, room and teacher, storms."
DATABASES = ("sqlite", "postgresql")
PROCESSES, PLACES = 8, 10


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rounds", type=int, default=0, help="rounds of each scenario (default 10; quick 1)")
    parser.add_argument("--clients", type=int, default=64, help="clients at the same moment (default 64)")


def run(args: argparse.Namespace, bench: Bench) -> None:
    rounds = args.rounds or (1 if bench.quick else 10)
    town = Town(args.clients)
    crew = Crew(max(args.clients // (64 // PROCESSES), 2))
    bench.figure("processes", crew.size)
    bench.figure("clients", args.clients)
    bench.note("a try = book_or_wait: permission, rules, lock, guarded count, party, reservation or queue entry, audit "
               "entry and outbox message, committed")
    bench.note("one round is not counted: connections stand and know their statements, as on a running server")
    try:
        crew.order("book", town.people, session=town.session().pk)
        _single(bench, town, crew, rounds)
        _family(bench, town, crew, rounds)
        _term(bench, town, crew, rounds)
        _together(bench, town, crew, rounds)
        _storm(bench, town, crew, rounds)
        _taps(bench, town, crew, rounds)
    finally:
        crew.stop()
    _killed(bench, town, rounds)


class Town:
    """A community with a worker and as many residents as clients, none of them real."""

    def __init__(self, clients: int) -> None:
        from linli.foundation.areas.models import Area
        from linli.foundation.people.models import Person, RoleAssignment

        self.area = Area.objects.create(code="330199009001", name="测试社区", level="community", short="CS")
        self.worker = Person.objects.create(phone="+8613900000000", name="工作人员")
        RoleAssignment.objects.create(person=self.worker, role="worker", area=self.area)
        self.people = [Person.objects.create(phone=f"+86139{n:08d}", name=f"居民{n}", community=self.area).pk
                       for n in range(1, clients + 1)]

    def offer(self, **rules: Any) -> Offer:
        from linli.mechanisms.bookings import actions

        return actions.create_offer(
            self.worker, self.area, category="course.bench", title="测试班", rules=rules)

    def session(self, offer: Offer | None = None, *, places: int = PLACES, days: int = 20) -> Session:
        from linli.foundation.calendar.clock import now
        from linli.mechanisms.bookings import actions

        starts = now().replace(minute=0, second=0, microsecond=0) + timedelta(days=days)
        return actions.add_session(
            self.worker, offer or self.offer(), starts, starts + timedelta(hours=1), places)


class Crew:
    """The processes with their threads; one order goes to all of them, each with its part of the clients."""

    def __init__(self, size: int) -> None:
        self.size = size
        self.workers = [subprocess.Popen(
            [sys.executable, "-m", "bench.bookings_worker"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
            for _ in range(size)]
        for worker in self.workers:
            assert worker.stdout is not None
            if worker.stdout.readline().strip() != "ready":
                raise RuntimeError("a worker of the bench did not start")

    def order(self, do: str, clients: list[int], **facts: Any) -> tuple[list[float], Counter[str]]:
        """The milliseconds of every client, and what each was told."""
        for number, worker in enumerate(self.workers):
            assert worker.stdin is not None
            worker.stdin.write(json.dumps({"do": do, "clients": clients[number::self.size], **facts}) + "\n")
            worker.stdin.flush()
        self.go()
        times: list[float] = []
        told: Counter[str] = Counter()
        for worker in self.workers:
            assert worker.stdout is not None
            answer = json.loads(worker.stdout.readline())
            times += answer["times"]
            told.update(answer["told"])
        return times, told

    def go(self) -> None:
        """Once every client of every process has read its page, all tap at the same moment."""
        for worker in self.workers:
            assert worker.stdout is not None
            if worker.stdout.readline().strip() != "set":
                raise RuntimeError("a worker of the bench did not get ready")
        for worker in self.workers:
            assert worker.stdin is not None
            worker.stdin.write("go\n")
            worker.stdin.flush()

    def stop(self) -> None:
        for worker in self.workers:
            worker.kill()
            worker.wait()


def errors_of(told: Counter[str], bench: Bench) -> int:
    bad = {said: count for said, count in told.items() if said.startswith("error:")}
    for said in bad:
        bench.note(said)
    return sum(bad.values())


def check(session_ids: list[int]) -> dict[str, int]:
    """What is wrong with the sessions now: places too many, counts that do not agree, holes while somebody waits."""
    from django.db.models import Sum

    from linli.mechanisms.bookings.models import Session, WaitFor

    over = disagree = holes = 0
    for session in Session.objects.filter(pk__in=session_ids):
        active = session.reservations.filter(is_active=True).aggregate(sum=Sum("places"))["sum"] or 0
        waits = WaitFor.objects.filter(session=session, is_open=True, entry__state="waiting")
        over += max(active - session.capacity, 0)
        disagree += int(active != session.taken) + int(waits.count() != session.waiting)
        holes += int(session.free > 0 and any(one.entry.at_least <= session.free
                                              for one in waits.select_related("entry")
                                              if one.entry.wishes.count() == 1))
    return {"overbooked": over, "disagree": disagree, "holes": holes}


def _single(bench: Bench, town: Town, crew: Crew, rounds: int) -> None:
    times, booked, errors, lost, wrong = [], 0, 0, 0, Counter[str]()
    for _round in range(rounds):
        session = town.session()
        took, told = crew.order("book", town.people, session=session.pk)
        times += took
        booked += told["booked"]
        errors += errors_of(told, bench)
        lost += len(town.people) - told["booked"] - told["waits"]
        wrong.update(check([session.pk]))
    bench.figure("tries", rounds * len(town.people))
    bench.figure("places", rounds * PLACES)
    bench.figure("booked", booked)
    bench.figure("overbooked", wrong["overbooked"])
    bench.figure("errors", errors)
    bench.figure("lost", lost)
    bench.figure("counts_wrong", wrong["disagree"] + wrong["holes"])
    bench.figure("p50_ms", percentile(times, 0.5))
    bench.figure("p95_ms", percentile(times, 0.95))


def _family(bench: Bench, town: Town, crew: Crew, rounds: int) -> None:
    booked = wrong = errors = 0
    times: list[float] = []
    for _round in range(rounds):
        session = town.session()
        took, told = crew.order("family", town.people, session=session.pk)
        times += took
        booked += told["booked"]
        errors += errors_of(told, bench)
        wrong += sum(check([session.pk]).values())
    bench.figure("family_booked", booked)
    bench.figure("family_expected", rounds * (PLACES // 4))
    bench.figure("family_wrong", wrong)
    bench.figure("family_errors", errors)
    bench.figure("family_p95_ms", percentile(times, 0.95))


def _term(bench: Bench, town: Town, crew: Crew, rounds: int) -> None:
    """Twelve sessions, all or none."""
    from linli.mechanisms.bookings.models import Reservation

    booked = wrong = errors = 0
    times: list[float] = []
    for _round in range(rounds):
        offer = town.offer(unit="term")
        sessions = [town.session(offer, days=14 + 7 * n) for n in range(12)]
        took, told = crew.order("book", town.people, session=sessions[0].pk)
        times += took
        booked += told["booked"]
        errors += errors_of(told, bench)
        wrong += sum(check([one.pk for one in sessions]).values())
        rows = Reservation.objects.filter(session__offer=offer, is_active=True).count()
        wrong += int(rows != 12 * told["booked"])
    bench.figure("term_booked", booked)
    bench.figure("term_expected", rounds * PLACES)
    bench.figure("term_wrong", wrong)
    bench.figure("term_errors", errors)
    bench.figure("term_p95_ms", percentile(times, 0.95))


def _together(bench: Bench, town: Town, crew: Crew, rounds: int) -> None:
    """A room and a teacher for one of four hours: four win, nobody has the one without the other."""
    from linli.foundation.calendar.clock import now
    from linli.foundation.people.models import RoleAssignment
    from linli.mechanisms.bookings import actions
    from linli.mechanisms.bookings.models import Claim

    for pk in town.people:
        RoleAssignment.objects.get_or_create(person_id=pk, role="worker", area=town.area)
    booked = wrong = errors = 0
    for number in range(rounds):
        things = [actions.add_resource(town.worker, town.area, kind=kind, name=f"{kind} {number}").pk
                  for kind in ("room", "teacher")]
        at = now().replace(minute=0, second=0, microsecond=0) + timedelta(days=9)
        _took, told = crew.order("acquire", town.people, resources=things, at=at.isoformat(), slots=4)
        booked += told["booked"]
        errors += errors_of(told, bench)
        counts = Counter(Claim.objects.filter(resource__in=things).values_list("resource", flat=True))
        wrong += int(len(set(counts.values())) != 1) + abs(told["booked"] - counts[things[0]])
    RoleAssignment.objects.filter(person__in=town.people).delete()
    bench.figure("together_booked", booked)
    bench.figure("together_expected", rounds * len({pk % 4 for pk in town.people}))
    bench.figure("together_wrong", wrong)
    bench.figure("together_errors", errors)


def _storm(bench: Bench, town: Town, crew: Crew, rounds: int) -> None:
    """Everybody who has a place cancels at the same moment: the head of the queue moves up, in its order."""
    from linli.mechanisms.bookings.models import Reservation, WaitEntry

    errors = out_of_order = 0
    for _round in range(rounds):
        session = town.session()
        crew.order("book", town.people, session=session.pk)
        first = list(Reservation.objects.filter(session=session, is_active=True).values_list(
            "party__booker", flat=True))
        queue = list(WaitEntry.objects.filter(wishes__session=session, state="waiting").order_by(
            "klass", "rank", "id").values_list("party__booker", flat=True))
        _took, told = crew.order("cancel", first, session=session.pk)
        errors += errors_of(told, bench)
        now_in = set(Reservation.objects.filter(session=session, is_active=True).values_list(
            "party__booker", flat=True))
        out_of_order += int(now_in != set(queue[:PLACES])) + sum(check([session.pk]).values())
    bench.figure("storm_out_of_order", out_of_order)
    bench.figure("storm_errors", errors)


def _taps(bench: Bench, town: Town, crew: Crew, rounds: int) -> None:
    """One attempt sent from every client of one person at once is one booking."""
    doubles = errors = 0
    for _round in range(rounds):
        session = town.session()
        _took, told = crew.order("tap", [town.people[0]] * len(town.people), session=session.pk)
        errors += errors_of(told, bench)
        doubles += len([said for said in told if said.startswith("reservation")]) - 1
    bench.figure("double_taps", doubles)
    bench.figure("tap_errors", errors)


def _killed(bench: Bench, town: Town, rounds: int) -> None:
    """Kill -9 while clients book and cancel: what is in the tables afterwards agrees, and the rest go on."""
    import random

    dice, wrong, kills = random.Random(9), 0, 0
    for _round in range(max(rounds, 2)):
        session = town.session()
        crew = Crew(2)
        for number, worker in enumerate(crew.workers):
            assert worker.stdin is not None
            worker.stdin.write(json.dumps({
                "do": "book", "clients": town.people[number::2], "session": session.pk}) + "\n")
            worker.stdin.flush()
        crew.go()
        time.sleep(dice.uniform(0.005, 0.2))
        os.kill(crew.workers[0].pid, signal.SIGKILL)
        kills += 1
        assert crew.workers[1].stdout is not None
        told = Counter(json.loads(crew.workers[1].stdout.readline())["told"])
        wrong += sum(check([session.pk]).values()) + errors_of(told, bench)
        crew.stop()
    bench.figure("kills", kills)
    bench.figure("wrong_after_kill", wrong)
