"""Two at once: whoever comes second is told so, and nothing is done twice. Real threads on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connection, connections

from linli.foundation.areas.models import Area
from linli.foundation.calendar import SHANGHAI
from linli.foundation.people.models import Person
from linli.foundation.web import Refused
from linli.services.gov.actions import applying, deciding, loading, moving
from linli.services.gov.models import Application, ItemVersion, Letter, ProcedureEvent, Publication
from linli.services.gov.tests.filling import fill, sign

SLUG = "residence-proof"


def ready(person: Person) -> Application:
    begun = applying.begin(person, item=SLUG)
    assert isinstance(begun, Application)
    fill(person, begun)
    sign(person, begun)
    return begun


def at_once(*works: Callable[[], Any]) -> list[Any]:
    """Run each in a thread of its own with its own connection, let go together; gives results or refusals."""
    found: list[Any] = [None] * len(works)
    gate = Barrier(len(works))

    def run(number: int, work: Callable[[], Any]) -> None:
        try:
            gate.wait(10)
            found[number] = work()
        except Refused as refusal:
            found[number] = refusal
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return found


@pytest.mark.django_db(transaction=True)
def test_withdrawn_while_it_is_accepted(make_person: Any, community: Area, clerk: Person) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer: the order is tested one after the other below")
    loading.load()
    person = make_person("林女士", community)
    for _round in range(3):
        [row] = applying.hand_in(person, ready(person))
        results = at_once(lambda row=row: applying.withdraw(person, row),  # type: ignore[misc]
                          lambda row=row: deciding.accept(clerk, row))  # type: ignore[misc]
        row.refresh_from_db()
        assert row.state == "withdrawn"  # accepted first, it can still be withdrawn; withdrawn first, not accepted
        told = {one.code for one in results if isinstance(one, Refused)}
        accepted = ProcedureEvent.objects.filter(application=row, kind="accepted").exists()
        assert told == (set() if accepted else {"moved_on"})
        assert Letter.objects.filter(application=row, kind="withdrawn").count() == 1


@pytest.mark.django_db(transaction=True)
def test_ten_hands_press_at_once(make_person: Any, community: Area) -> None:
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has one writer: ten times one after the other is tested in test_applying")
    loading.load()
    person = make_person("林女士", community)
    begun = ready(person)
    numbers = {one[0].number for one in at_once(*[lambda: applying.hand_in(person, begun)] * 10)}
    assert len(numbers) == 1
    assert ProcedureEvent.objects.filter(application=begun, kind="received").count() == 1


@pytest.mark.django_db
@pytest.mark.parametrize("withdrawn_first", [True, False])
def test_either_order_of_withdrawing_and_accepting(withdrawn_first: bool, make_person: Any, community: Area,
                                                   clerk: Person) -> None:
    person = make_person("林女士", community)
    [row] = applying.hand_in(person, ready(person))
    if withdrawn_first:
        applying.withdraw(person, row)
        with pytest.raises(Refused, match="moved_on"):
            deciding.accept(clerk, row)
    else:
        deciding.accept(clerk, row)
        applying.withdraw(person, row)
    row.refresh_from_db()
    assert row.state == "withdrawn"


@pytest.mark.django_db
def test_an_item_is_published_anew_while_fifty_run(make_person: Any, community: Area, clerk: Person) -> None:
    """Each stays on the version it began with: its limit, its steps, its letters."""
    person = make_person("林女士", community)
    [first] = applying.hand_in(person, ready(person))
    old = first.version
    rows = [first]
    for number in range(49):
        other = make_person(f"第{number}位", community)
        begun = Application.objects.create(area=community, version=old, subject=other, actor=other, once=f"n{number}")
        rows.append(applying.receive(moving.held(begun), other))
    body = {**old.body, "local": {**old.body["local"], "clock": {
        **old.body["local"]["clock"], "promised": {"days": 9, "unit": "working_day"}}}}
    new = ItemVersion.objects.create(item=old.item, number=old.number + 1, body=body, digest="x" * 64,
                                     form_version=old.form_version)
    Publication.objects.filter(item=old.item).update(version=new)
    for row in rows:
        deciding.accept(clerk, row)
    running = Application.objects.filter(pk__in=[row.pk for row in rows])
    assert set(running.values_list("version", "state")) == {(old.pk, "accepted")}
    assert {row.due_at for row in running} == {datetime(2026, 11, 27, tzinfo=SHANGHAI)}  # one promised day, not nine
    assert Letter.objects.filter(application__in=running, kind="accepted").count() == 50
    fresh = applying.begin(make_person("新来的", community), item=SLUG)
    assert isinstance(fresh, Application)
    assert fresh.version_id == new.pk
