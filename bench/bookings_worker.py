"""One process of the bookings bench: eight threads, each a client. Reads one order a line, says "set" when all its
clients stand ready, waits for "go", answers one line.

An order is {"do": "book"|"family"|"acquire"|"cancel"|"tap", "session": id, "clients": [person id …], …}.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

# Threads and their connections stay, as those of a web server do.
_threads = ThreadPoolExecutor(64)


def main() -> None:
    import django

    django.setup()
    _warm()
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(_obey(json.loads(line))), flush=True)


def _warm() -> None:
    """Catalogues, grants and policy are read once, as in a server that runs since the morning."""
    from django.urls import reverse

    from linli.foundation.people.models import Person
    from linli.foundation.people.permit import may
    from linli.mechanisms.bookings import settings, telling

    reverse("bookings:mine")
    str(telling.VEILED)
    person = Person.objects.exclude(community=None).select_related("community").order_by("id")[0]
    may(person, "bookings.book", person.community)
    settings.offer_clock(person.community)  # type: ignore[arg-type]


def _obey(order: dict[str, Any]) -> dict[str, Any]:
    clients: list[int] = order["clients"]
    gate, go = threading.Barrier(len(clients) + 1), threading.Event()
    times: list[float] = []
    told: list[str] = []
    does: Callable[[int, dict[str, Any]], str] = DOES[order["do"]]

    def run(client: int) -> None:
        ready = _ready(order, client)
        gate.wait()
        go.wait()
        began = time.perf_counter()
        try:
            said = does(client, ready)
        except Exception as error:  # what a client would see as a broken page: counted, and told
            said = f"error:{type(error).__name__}: {error}"[:200]
        times.append((time.perf_counter() - began) * 1000)
        told.append(said)

    running = [_threads.submit(run, client) for client in clients]
    gate.wait()
    print("set", flush=True)
    sys.stdin.readline()
    go.set()
    for one in running:
        one.result()
    return {"times": times, "told": dict(Counter(told))}


def _ready(order: dict[str, Any], client: int) -> dict[str, Any]:
    """What a client's page has read before the tap."""
    from linli.foundation.people.models import Person
    from linli.mechanisms.bookings.models import Reservation, Resource, Session

    found: dict[str, Any] = {**order, "person": Person.objects.select_related("community").get(pk=client)}
    if order.get("session"):
        found["session"] = Session.objects.select_related("offer__area").get(pk=order["session"])
    if order.get("resources"):
        found["resources"] = list(Resource.objects.filter(pk__in=order["resources"]).select_related("area"))
    if order["do"] == "cancel":
        found["row"] = Reservation.objects.select_related("session__offer__area", "party").get(
            session=order["session"], party__booker=client, is_active=True)
    return found


def _book(client: int, ready: dict[str, Any]) -> str:
    from linli.mechanisms.bookings import actions

    made = actions.book_or_wait(ready["person"], ready["session"], key=f"b{ready['session'].pk}", auto_accept=True)
    return "booked" if type(made).__name__ == "Reservation" else "waits"


def _family(client: int, ready: dict[str, Any]) -> str:
    from linli.mechanisms.bookings import actions
    from linli.mechanisms.bookings.actions import Member

    party = [Member(ready["person"]), *(Member(name=name) for name in ("甲", "乙", "丙"))]
    made = actions.book_or_wait(ready["person"], ready["session"], party=party, auto_accept=True)
    return "booked" if type(made).__name__ == "Reservation" else "waits"


def _acquire(client: int, ready: dict[str, Any]) -> str:
    from datetime import datetime, timedelta

    from linli.foundation.web import Refused
    from linli.mechanisms.bookings import actions

    starts = datetime.fromisoformat(ready["at"]) + timedelta(hours=client % ready["slots"])
    try:
        actions.acquire(ready["person"], ready["resources"], starts, starts + timedelta(hours=1))
    except Refused as refusal:
        return refusal.code
    return "booked"


def _cancel(client: int, ready: dict[str, Any]) -> str:
    from linli.mechanisms.bookings import actions

    return str(actions.cancel(ready["person"], ready["row"]).state)


def _tap(client: int, ready: dict[str, Any]) -> str:
    """One person's phone that sends the same attempt again and again."""
    from linli.mechanisms.bookings import actions

    return f"reservation {actions.book(ready['person'], ready['session'], key='the same tap').pk}"


DOES: dict[str, Callable[[int, dict[str, Any]], str]] = {
    "book": _book, "family": _family, "acquire": _acquire, "cancel": _cancel, "tap": _tap,
}

if __name__ == "__main__":
    main()
