"""The day itself: the pot, the boxes, the doors, the door that stays shut, the shifts."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from linli.foundation.areas.models import Area, Building, Compound
from linli.foundation.calendar import clock
from linli.foundation.events.models import OutboxEvent
from linli.foundation.notices.models import Notice
from linli.foundation.people.models import Person
from linli.foundation.web import Denied, Refused
from linli.mechanisms.ledger import queries as reads
from linli.services.kitchen import books, jobs, papers
from linli.services.kitchen.actions import cooking, delivering, eating, ordering, planning, shifting
from linli.services.kitchen.models import Attending, BatchLot, Menu, Order, OrderState, Round, Stop, WelfareAlert
from linli.services.kitchen.queries import rounds
from linli.services.kitchen.tests.conftest import CUTOFF, SHANGHAI, at, books_are_clean

pytestmark = pytest.mark.django_db
NOON = at(11, 30, day=25)
Place = Callable[..., Order]
Cook = Callable[..., Any]
Walk = Callable[[Menu], Round]


@pytest.mark.parametrize(("facts", "code"), [
    ({"celsius": Decimal("69.9")}, "too_cold"), ({"sample_grams": 124}, "no_sample"), ({"portions": 11}, "too_many"),
    ({"portions": 0}, "too_many")])
def test_a_pot_that_is_not_good(facts: dict[str, Any], code: str, menu: Menu, worker: Person) -> None:
    known = {"portions": 10, "celsius": Decimal("75"), "sample_grams": 125}
    with pytest.raises(Refused, match="still_open"):
        cooking.cook(worker, menu, **known)
    with clock.at(CUTOFF):
        planning.lock_menu(menu)
        with pytest.raises(Refused, match=code):
            cooking.cook(worker, menu, **{**known, **facts})


def test_two_pots_use_what_was_planned_and_no_more(menu: Menu, worker: Person, cook: Cook) -> None:
    planned = {row.lot_id: row.amount for row in menu.lots.all()}
    first = cook(menu, portions=3, packed=False)
    with clock.at(at(10, day=25)):
        second = cooking.cook(worker, menu, portions=7, celsius=Decimal("80"), sample_grams=130)
    assert (first.code, second.code) == ("261125-L1", "261125-L2")
    used: dict[int, int] = {}
    for row in BatchLot.objects.all():
        used[row.lot_id] = used.get(row.lot_id, 0) + row.amount
    assert used == planned
    assert first.sample_until - first.cooked_at == timedelta(hours=48)
    with pytest.raises(Refused, match="too_early"):
        cooking.drop_sample(worker, first)
    with clock.at(at(9, 30, day=27)):
        assert cooking.drop_sample(worker, first).sample_gone_at is not None
    assert books_are_clean()


def test_from_pot_to_door(menu: Menu, worker: Person, resident: Person, neighbour: Person, order: Place, cook: Cook,
                          walk: Walk, know: Callable[..., None]) -> None:
    know(neighbour, building=None)
    order(menu, resident)
    fetched = order(menu, neighbour, way="pick_up")
    batch = cook(menu)
    assert set(Order.objects.values_list("state", "batch")) == {("packed", batch.pk)}
    row = walk(menu)
    assert row.stops.count() == 1
    with clock.at(NOON):
        delivering.set_out(neighbour, row)
        stop = row.stops.select_related("round__area", "round__menu").get()
        for _sent_late_and_twice in range(2):
            delivering.report(neighbour, stop, what="delivered", once="x")
        with pytest.raises(Refused, match="over"):
            delivering.report(neighbour, stop, what="absent", once="y")
        with pytest.raises(Refused, match="not_yet"):
            cooking.close_menu(worker, menu)
        delivering.hand_out(worker, fetched)
        delivering.hand_out(worker, fetched)
        cooking.close_menu(worker, menu)
    row.refresh_from_db()
    assert row.state == "done"
    left = reads.balance(books.portions(menu))
    assert (left.posted, left.pending_out) == (0, 0)
    assert reads.balance(books.side(books.book(menu.area, "meal"), "served")).posted == 2
    assert reads.balance(books.side(books.book(menu.area, "meal"), "wasted")).posted == 8
    assert books_are_clean()


def test_labels_say_what_is_in_it_and_not_where_it_goes(menu: Menu, resident: Person, order: Place, cook: Cook,
                                                        monkeypatch: pytest.MonkeyPatch) -> None:
    order(menu, resident)
    cook(menu)
    kept: dict[str, Any] = {}
    monkeypatch.setattr(papers, "set_paper", lambda template, facts: kept.update(facts) or b"%PDF")
    papers.labels(menu, list(Order.objects.select_related("person", "batch", "menu")))
    [cell] = kept["cells"]
    assert (cell["name"], cell["contains"]) == ("林女士", "含：蛋")
    assert "702" not in str(cell)


def test_a_meal_its_person_may_not_eat_is_not_packed(menu: Menu, worker: Person, community: Area, resident: Person,
                                                     order: Place, cook: Cook) -> None:
    placed = order(menu, resident)
    with clock.at(CUTOFF + timedelta(hours=1)):  # she rings after the cut-off
        eating.save_eater(worker, community, resident, door="1单元702", allergies=["egg"], agrees_health=True,
                          channel="window")
    cook(menu)
    placed.refresh_from_db()
    assert placed.state == OrderState.PLACED
    assert [one.pk for one in cooking.pack(worker, menu).allergic] == [placed.pk]


def test_a_door_that_stays_shut_twice_is_an_alert(menu: Menu, worker: Person, resident: Person, neighbour: Person,
                                                  make_person: Any, community: Area, order: Place, cook: Cook,
                                                  walk: Walk) -> None:
    other = make_person("孙大爷", community)
    order(menu, resident), order(menu, other)
    cook(menu)
    row = walk(menu)
    with clock.at(NOON):
        shut = Stop.objects.select_related("round__area", "round__menu", "order").get(order__person=resident)
        delivering.report(neighbour, shut, what="absent", once="1")
        assert not WelfareAlert.objects.exists()
        assert [stop.order.person for stop in rounds.stops_of(row)] == [other, resident]  # again, last of all
        delivering.report(neighbour, shut, what="absent", once="1")  # the telephone sent it twice
        shut.refresh_from_db()
        assert (shut.tries, shut.state) == (1, "again")
        delivering.report(neighbour, shut, what="absent", once="2")
    alert = WelfareAlert.objects.get()
    event = OutboxEvent.objects.get(name="kitchen.welfare_alert")
    assert '"person"' in event.payload if isinstance(event.payload, str) else "person" in event.payload
    assert Notice.objects.get(person=worker, key=f"kitchen.alert.{alert.pk}").urgent
    assert list(rounds.open_alerts(worker)) == [alert]
    assert reads.balance(books.side(books.book(menu.area, "meal"), "wasted")).posted == 1
    with pytest.raises(Refused, match="no_words"):
        delivering.settle_alert(worker, alert, found="safe", words="")
    delivering.take_alert(worker, alert)
    assert list(rounds.open_alerts(worker)) == [alert]  # somebody goes: it is not over yet
    delivering.settle_alert(worker, alert, found="safe", words="在睡午觉，没听见")
    assert not rounds.open_alerts(worker).exists()
    with pytest.raises(Refused, match="settled"):
        delivering.settle_alert(worker, alert, found="out", words="再写一次")
    assert books_are_clean()


def test_an_alert_nobody_takes_is_said_again_once(menu: Menu, worker: Person, community_head: Person,
                                                  resident: Person, order: Place) -> None:
    placed = order(menu, resident)
    with clock.at(NOON):
        alert = delivering.raise_alert(worker, placed)
    with clock.at(NOON + timedelta(minutes=29)):
        assert jobs.watch_alerts() == 0
    with clock.at(NOON + timedelta(minutes=30)):
        assert (jobs.watch_alerts(), jobs.watch_alerts()) == (1, 0)
    assert Notice.objects.filter(person=community_head, key=f"kitchen.alert.{alert.pk}.again").count() == 1


def test_only_the_neighbour_that_was_named_gets_it(menu: Menu, resident: Person, neighbour: Person, order: Place,
                                                   cook: Cook, walk: Walk, know: Callable[..., None]) -> None:
    know(resident)
    order(menu, resident)
    cook(menu)
    stop = walk(menu).stops.select_related("round__area", "round__menu").get()
    with clock.at(NOON):
        with pytest.raises(Refused, match="no_neighbour"):
            delivering.report(neighbour, stop, what="left", once="1")
        know(resident, neighbour="对门老李")
        assert delivering.report(neighbour, stop, what="left", once="2").state == "left"
    assert Notice.objects.filter(person=resident, key__startswith="kitchen.left").exists()


def test_only_the_carrier_reads_the_doors_and_only_while_they_matter(
        menu: Menu, resident: Person, neighbour: Person, make_person: Any, community: Area, order: Place, cook: Cook,
        walk: Walk) -> None:
    order(menu, resident)
    cook(menu)
    row = walk(menu)
    nosy = make_person("孙先生", community)
    assert not Round.objects.visible_to(nosy).exists()
    stop = row.stops.select_related("round__area", "round__menu", "order__person").get()
    with pytest.raises(Denied):
        delivering.report(nosy, stop, what="delivered", once="1")
    [words] = rounds.words_for([stop])
    assert (words.name, words.door) == ("林女士", "梧桐苑 3号楼 1单元702")
    with clock.at(NOON):
        delivering.report(neighbour, stop, what="delivered", once="1")
    stop.refresh_from_db()
    assert rounds.words_for([stop])[0].door == ""


def test_the_solver_puts_the_doors_in_a_better_order(menu: Menu, worker: Person, make_person: Any, community: Area,
                                                     compound: Compound, order: Place, cook: Cook,
                                                     know: Callable[..., None]) -> None:
    for number in range(9):
        building = Building.objects.create(
            area=community, compound=compound, name=f"{number + 20}号楼", number=number + 20,
            lon=120.1 + (number % 3 - 1) * 0.003 + number * 0.0001, lat=30.2 + (number // 3 - 1) * 0.003)
        person = make_person(f"居民{number}", community)
        know(person, building=building)
        order(menu, person)
    cook(menu)
    made = delivering.make_rounds(worker, menu, carriers=1)
    doors = set(Stop.objects.values_list("order", flat=True))
    before = sum(row.metres for row in made)
    # a bad order on purpose: the job mends it
    stops = list(Stop.objects.filter(round=made[0]).order_by("order"))
    for place, stop in enumerate(sorted(stops, key=lambda one: (one.pk * 7919) % 101), start=1):
        stop.position = place
        stop.save()
    jobs.improve_rounds(menu=menu.pk)
    assert set(Stop.objects.values_list("order", flat=True)) == doors
    assert sum(Round.objects.values_list("metres", flat=True)) <= before
    assert [stop.position for stop in rounds.stops_of(Round.objects.get())] == list(range(1, 10))
    delivering.name_carrier(worker, Round.objects.select_related("area").get(), make_person("送餐员", community))
    assert jobs.improve_rounds(menu=menu.pk) is False  # somebody knows this order by now


def test_who_cooks_has_a_certificate_in_date(worker: Person, community: Area, neighbour: Person) -> None:
    shift = shifting.plan_shift(worker, community, kind="cook", starts=at(8, day=25), ends=at(10, day=25), places=2)
    with pytest.raises(Refused, match="no_certificate"):
        shifting.join(neighbour, shift)
    shifting.certify(worker, community, neighbour, number="健1", valid_until=date(2026, 11, 24))
    with pytest.raises(Refused, match="no_certificate"):  # it runs out the day before
        shifting.join(neighbour, shift)
    shifting.certify(worker, community, neighbour, number="健2", valid_until=date(2026, 11, 25))
    assert shifting.join(neighbour, shift) is True
    assert shifting.join(neighbour, shift) is True
    with pytest.raises(Denied):
        shifting.certify(worker, community, worker, number="健3", valid_until=date(2027, 1, 1))


def test_minutes_of_a_shift_are_said_once(worker: Person, community: Area, neighbour: Person,
                                          resident: Person) -> None:
    shift = shifting.plan_shift(worker, community, kind="pack", starts=at(13), ends=at(15), places=1)
    assert shifting.join(neighbour, shift)
    assert shifting.join(resident, shift) is False  # full: waits
    with clock.at(at(12, 50)):
        with pytest.raises(Refused, match="not_in"):
            shifting.check_in(resident, shift, resident)
        came = shifting.check_in(neighbour, shift, neighbour)
        assert shifting.check_in(worker, shift, neighbour).pk == came.pk
    with clock.at(at(15, 10)):
        for _tap in range(2):
            shifting.check_out(neighbour, came)
    assert Attending.objects.get().minutes == 130
    event = OutboxEvent.objects.get(name="kitchen.shift_done")
    payload = event.payload
    import json

    facts = json.loads(payload) if isinstance(payload, str) else payload
    assert facts == {"person": neighbour.pk, "minutes": 130, "about": f"kitchen.attending:{came.pk}"}


def test_how_it_was_within_a_week(menu: Menu, resident: Person, neighbour: Person, order: Place, cook: Cook,
                                  walk: Walk) -> None:
    placed = order(menu, resident)
    with pytest.raises(Refused, match="not_had"):
        ordering.say_how(resident, placed, taste="good")
    cook(menu)
    stop = walk(menu).stops.select_related("round__area", "round__menu").get()
    with clock.at(NOON):
        delivering.report(neighbour, stop, what="delivered", once="1")
        assert ordering.say_how(resident, placed, taste="bad", words_said="咸").words == "咸"
        with pytest.raises(Denied):
            ordering.say_how(neighbour, placed, taste="good")
    with clock.at(datetime(2026, 12, 3, 9, 0, tzinfo=SHANGHAI)), pytest.raises(Refused, match="too_late"):
        ordering.say_how(resident, placed, taste="good")
