"""What a campaign does or looks at inside its own Linli: `python -m tests.faults.inside VERB JSON` prints JSON."""

from __future__ import annotations

import json
import os
import signal
import sys
from datetime import datetime, timedelta
from typing import Any

AREA = "330199001001"


def furnish(town: str) -> dict[str, int]:
    """Tables, static files, and the small community of the demo without its history; 32 fitters, 20 of a desk,
    8 residents of the same compound to sign in as."""
    from linli.foundation.people.models import Person, RoleAssignment
    from linli.interfaces.cli import preparing
    from linli.interfaces.cli.demo_town import build

    preparing.migrate()
    preparing.gather_static()
    demo = build(2026, small=True)
    company = demo.organisations["安和物业"]
    for number in range(52):
        role = "property_worker" if number < 32 else "property_desk"
        person = Person.objects.create(
            phone=f"+8619600000{number:03d}", name=f"甲{number}", title=f"{role}-{number}", is_demo=True)
        RoleAssignment.objects.create(person=person, role=role, area=demo.area, organisation=company)
    near = [p for p in demo.residents if demo.home_of[p.pk].building.compound_id == demo.compounds[0].pk and p.phone]
    for number, person in enumerate([p for p in near if not p.is_demo][:8]):
        Person.objects.filter(pk=person.pk).update(is_demo=True, title=f"resident-{number}")
    _note_people()
    return {"homes": len(demo.homes), "residents": len(demo.residents)}


def _note_people() -> None:
    """Their numbers by title, for the clients that sign in over HTTP."""
    from django.conf import settings

    from linli.foundation.people.models import Person

    people = dict(Person.objects.filter(is_demo=True).values_list("title", "pk"))
    (settings.LINLI_DATA / "people.json").write_text(json.dumps(people, ensure_ascii=False))


def _stars() -> dict[str, Any]:
    from linli.foundation.areas.models import Area, Building
    from linli.foundation.people.models import Person

    people = Person.objects.filter(is_demo=True).select_related("community")
    return {
        "resident": people.get(title="林女士"), "desk": people.get(title="何静"),
        "fitter": people.get(title="赵师傅"), "worker": people.get(title="周敏"),
        "area": Area.objects.get(code=AREA),
        "building": Building.objects.select_related("compound__area", "grid").order_by("id").first()}


def report(count: int, days_ago: float = 0, urgency: str = "", offer: bool = False) -> list[str]:
    """`count` repairs reported `days_ago`, perhaps offered to all; their numbers."""
    from linli.foundation.calendar import clock
    from linli.mechanisms.cases import actions

    town, found = _stars(), []
    with clock.at(clock.now() - timedelta(days=days_ago)):
        for number in range(count):
            case = actions.open_case(
                town["resident"], "repair", town["area"], category="public", title=f"扶手松动 {number}",
                text="楼道扶手松了", place="1号楼", place_public="1号楼", building=town["building"], urgency=urgency)
            if offer:
                case = actions.act(town["desk"], case, "offer")
            found.append(case.number)
    return found


def deliver() -> int:
    """Tell everything that waits, so that a campaign begins with an empty outbox."""
    from linli.foundation.events.delivery import deliver_all

    return deliver_all()


def live(lives: int, log: str) -> dict[str, int]:
    """Lifecycles at function level; each finished step is written to `log` after its commit."""
    from linli.mechanisms.cases import actions

    town = _stars()
    with open(log, "a", buffering=1) as out:
        for number in range(lives):
            case = actions.open_case(
                town["resident"], "repair", town["area"], category="public", title=f"扶手 {number}", text="松了",
                building=town["building"], once=f"{os.getpid()}-{number}")
            out.write(f"open {case.pk}\n")
            for who, name, data in (
                    ("desk", "dispatch", {"worker": town["fitter"].pk}), ("fitter", "take", {}),
                    ("fitter", "finish", {"note": "紧好了", "after_photo": 1}),
                    ("resident", "rate", {"solved": "yes", "satisfied": 5})):
                case = actions.act(town[who], case, name, **data)
                out.write(f"{name} {case.pk}\n")
    return {"lives": lives}


def die_before_commit(timer_case: str) -> None:
    """Fire the timers of a case and be killed after everything is written, before the commit."""
    from linli.mechanisms.cases import timers
    from linli.mechanisms.cases.models import Timer

    kept = timers.emit

    def dying(name: str, **facts: Any) -> None:
        kept(name, **facts)
        os.kill(os.getpid(), signal.SIGKILL)

    timers.emit = dying  # type: ignore[attr-defined]
    from linli.foundation.calendar.clock import now

    for pk in Timer.objects.filter(case__number=timer_case, state="running").values_list("pk", flat=True):
        timers.fire(pk, now())


def die_before_the_outbox_is_told() -> None:
    """Deliver a batch and be killed after its listeners wrote what they write, before the commit."""
    from django.db.models.query import QuerySet

    from linli.foundation.events import delivery

    kept = QuerySet.update

    def dying(self: Any, **values: Any) -> int:
        if values == {"pending": False}:
            os.kill(os.getpid(), signal.SIGKILL)
        return int(kept(self, **values))

    QuerySet.update = dying  # type: ignore[method-assign]
    delivery.deliver_batch()


def check() -> dict[str, Any]:
    """What must be true of every Linli, however it died."""
    from django.db import connection
    from django.db.models import Count, F, Q

    from linli.foundation.audit import checking, sealing
    from linli.foundation.audit.models import AuditEntry
    from linli.foundation.calendar.clock import now
    from linli.foundation.events.models import Debt, OutboxEvent
    from linli.foundation.notices.models import Delivery, Notice
    from linli.mechanisms.cases import engine
    from linli.mechanisms.cases.models import Case, CaseEvent, Timer, TimerFiring

    unfolded = []
    for case in Case.objects.all().iterator():
        folded: dict[str, Any] = {}
        for changes in CaseEvent.objects.filter(case=case).order_by("seq").values_list("changes", flat=True):
            # One column, by whichever of its names an event wrote it: `unit`, or `unit_id`.
            folded.update({Case._meta.get_field(name).attname: value for name, value in changes.items()})  # type: ignore[union-attr]
        for name, value in folded.items():
            mine = getattr(case, name)
            if mine != engine.as_column(Case, name, value):
                unfolded.append(f"{case.number}.{name}: row {mine!r}, events {value!r}")
    while sealing.seal_batch(everything=True):
        pass
    rungs = list(CaseEvent.objects.filter(name="rung").values_list("data", flat=True))
    told = [data["firing"] for data in rungs]
    sound: dict[str, Any] = {}
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA integrity_check")
            sound["integrity"] = cursor.fetchone()[0]
            cursor.execute("PRAGMA foreign_key_check")
            sound["broken_keys"] = len(cursor.fetchall())
    steps = CaseEvent.objects.exclude(name="rung").exclude(~Q(name="field"), from_state="", to_state="").count()
    gaps = Case.objects.annotate(had=Count("events")).exclude(had=F("seq")).count()
    return {
        **sound, "cases": Case.objects.count(), "events": CaseEvent.objects.count(), "unfolded": unfolded, "gaps": gaps,
        "steps": steps, "audited_steps": AuditEntry.objects.filter(verb__startswith="cases.").count(),
        "audit": checking.check(), "audit_unsealed": sealing.unsealed_count(),
        "firings": TimerFiring.objects.count(), "firings_told_of": len(told), "firings_distinct": len(set(told)),
        "doubled": TimerFiring.objects.values("timer", "cycle", "level").annotate(
            n=Count("pk")).filter(n__gt=1).count(),
        "due": Timer.objects.filter(state="running", next_at__lte=now()).count(),
        "outbox": OutboxEvent.objects.filter(pending=True).count(), "debts": Debt.objects.count(),
        "notices": Notice.objects.count(), "notice_keys": Notice.objects.values("person", "key").distinct().count(),
        "deliveries_queued": Delivery.objects.filter(state="queued", due_at__lte=now()).count(),
        "once": Case.objects.exclude(once="").count(),
        "once_distinct": Case.objects.exclude(once="").values("requester", "once").distinct().count(),
    }


def key_of(title: str) -> str:
    """A key for the programs of that person."""
    from linli.foundation.people.models import Person
    from linli.interfaces.api import actions

    _token, plain = actions.make_token(
        Person.objects.get(title=title, is_demo=True), name="试", scopes=["read", "write"], days=1)
    return plain


def firings() -> list[dict[str, Any]]:
    """Every rung reached: case, timer, level, how late, in the order of writing."""
    from linli.mechanisms.cases.models import TimerFiring

    return [
        {"case": row.timer.case.number, "timer": row.timer.name, "cycle": row.cycle, "level": row.level,
         "late_by_s": row.late_by_s, "due_at": row.due_at.isoformat()}
        for row in TimerFiring.objects.select_related("timer__case").order_by("pk")]


def rung_notices() -> list[tuple[int, str]]:
    """Person and key of each notice about a rung."""
    from linli.foundation.notices.models import Notice

    return list(Notice.objects.filter(key__startswith="case.rung.").order_by("pk").values_list("person", "key"))


def unseen_clock(hours: float) -> str:
    """The moment `hours` from now as this database writes it (for the campaigns' own SQL)."""
    from linli.foundation.calendar.clock import now

    moment: datetime = now() + timedelta(hours=hours)
    return moment.strftime("%Y-%m-%d %H:%M:%S")


def main() -> None:
    import django

    django.setup()
    verb, facts = sys.argv[1], json.loads(sys.argv[2])
    from tests.faults import inside_disk, inside_steps

    known = {**globals(), **vars(inside_disk), **vars(inside_steps)}
    print(json.dumps(known[verb](**facts), ensure_ascii=False, default=str), flush=True)


if __name__ == "__main__":
    main()
