"""The pages as people meet them: they open, they refuse in words, what was typed stays, next door gets 404."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from linli.foundation.areas.models import Area
from linli.foundation.calendar import clock
from linli.foundation.people.models import Mandate, Person
from linli.services.kitchen.actions import delivering, giving, recalling, shifting
from linli.services.kitchen.models import (
    Eater,
    Gift,
    Ingredient,
    Lot,
    Menu,
    Order,
    Recipe,
    Round,
    Shift,
    Site,
    Standing,
    Stop,
    WelfareAlert,
)
from linli.services.kitchen.tests.conftest import at

pytestmark = pytest.mark.django_db
Open = Callable[[Person], Client]
NOON = at(11, 30, day=25)


def page(client: Client, name: str, *args: object) -> str:
    answer = client.get(reverse(f"kitchen:{name}", args=args))
    assert answer.status_code == 200, name
    return answer.content.decode()


def test_a_resident_orders_on_the_page(menu: Menu, resident: Person, client_of: Open) -> None:
    client, url = client_of(resident), reverse("kitchen:menu", args=[menu.pk])
    assert "含：蛋" in page(client, "home")
    assert "还有 10 份" in page(client, "home")
    answer = client.post(url, {"portions": "1", "way": "deliver", "note": "饭软一点", "once": "x"})
    assert answer.status_code == 422  # no door yet
    assert "饭软一点" in answer.content.decode()
    assert client.post(reverse("kitchen:eater"), {"door": "1单元702"}).status_code == 302
    for _tap in range(2):
        assert client.post(url, {"portions": "1", "way": "deliver", "note": "饭软一点", "once": "x"}).status_code == 302
    order = Order.objects.get()
    assert (order.state, order.note) == ("placed", "饭软一点")
    assert "订好了" in page(client, "mine")
    client.post(reverse("kitchen:cancel", args=[order.pk]))
    assert Order.objects.get().state == "cancelled"


def test_an_allergy_is_said_on_the_page_and_refused(menu: Menu, resident: Person, client_of: Open) -> None:
    client = client_of(resident)
    sent = {"door": "1单元702", "allergies": ["egg"]}
    answer = client.post(reverse("kitchen:eater"), sent)
    assert answer.status_code == 422
    assert "1单元702" in answer.content.decode()
    assert client.post(reverse("kitchen:eater"), {**sent, "agrees_health": "on"}).status_code == 302
    assert "您写过对它过敏" in page(client, "menu", menu.pk)
    answer = client.post(reverse("kitchen:menu", args=[menu.pk]), {"portions": "1", "way": "deliver", "once": "x"})
    assert answer.status_code == 422
    assert not Order.objects.exists()


def test_family_orders_on_the_page(menu: Menu, resident: Person, neighbour: Person, know: Callable[..., None],
                                   client_of: Open) -> None:
    know(resident)
    client, url = client_of(neighbour), reverse("kitchen:menu", args=[menu.pk])
    sent = {"subject": str(resident.pk), "portions": "1", "way": "deliver", "once": "x"}
    assert client.post(url, sent).status_code == 422  # without a mandate it is one's own meal, without a door
    assert not Order.objects.filter(person=resident).exists()
    Mandate.objects.create(subject=resident, agent=neighbour, scope=["kitchen"], agreed_at=clock.now())
    assert client.post(url, {**sent, "once": "y"}).status_code == 302
    assert Order.objects.get(person=resident).by == neighbour
    assert "林女士" in page(client, "mine")


def test_a_draft_is_nobodys_menu(make_menu: Callable[..., Menu], resident: Person, stranger: Person, worker: Person,
                                 client_of: Open) -> None:
    draft = make_menu(opened=False)
    url = reverse("kitchen:menu", args=[draft.pk])
    assert client_of(resident).get(url).status_code == 404
    assert client_of(worker).get(url).status_code == 200


def test_next_door_finds_nothing(menu: Menu, resident: Person, stranger: Person, other_worker: Person, order: Any,
                                 shelve: Callable[..., Lot], client_of: Open) -> None:
    placed, lot = order(menu, resident), shelve("rice", 100)
    for person in (stranger, other_worker):
        client = client_of(person)
        for name, pk in (("menu", menu.pk), ("cancel", placed.pk), ("taste", placed.pk)):
            found = client.post(reverse(f"kitchen:{name}", args=[pk])) if name == "cancel" else client.get(
                reverse(f"kitchen:{name}", args=[pk]))
            assert found.status_code == 404, name
    client = client_of(other_worker)
    for name, pk in (("lot", lot.pk), ("desk_menu", menu.pk), ("orders", menu.pk), ("order", placed.pk),
                     ("recall_new", lot.pk), ("rounds", menu.pk), ("labels", menu.pk), ("orders_csv", menu.pk),
                     ("desk_eater", resident.pk)):
        assert client.get(reverse(f"kitchen:{name}", args=[pk])).status_code == 404, name
    assert client_of(resident).get(reverse("kitchen:lot", args=[lot.pk])).status_code == 404


def test_the_whole_desk_opens(menu: Menu, worker: Person, resident: Person, neighbour: Person, community: Area,
                              goods: dict[str, Ingredient], dishes: dict[str, Recipe], order: Any, cook: Any,
                              walk: Any, client_of: Open) -> None:
    client = client_of(worker)
    for name in ("desk", "site", "stock", "lot_new", "count", "ingredients", "recalls", "desk_gifts", "desk_gift_new",
                 "desk_menus", "menu_new", "recipes", "recipe_new", "alerts", "desk_shifts", "certificates"):
        page(client, name)
    placed = order(menu, resident)
    page(client, "order_new", menu.pk)
    batch = cook(menu)
    row = walk(menu)
    for name, pk in (("desk_menu", menu.pk), ("orders", menu.pk), ("order", placed.pk), ("rounds", menu.pk),
                     ("batch", batch.pk), ("lot", Lot.objects.first().pk), ("recall_new", Lot.objects.first().pk),
                     ("ingredient", goods["egg"].pk), ("recipe", dishes["egg"].pk), ("desk_eater", resident.pk),
                     ("round", row.pk)):
        page(client, name, pk)
    for name, pk, kind in (("labels", menu.pk, "application/pdf"), ("orders_csv", menu.pk, "text/csv"),
                           ("stock_csv", None, "text/csv"), ("gifts_csv", None, "text/csv")):
        answer = client.get(reverse(f"kitchen:{name}", args=[pk] if pk else []))
        assert answer["Content-Type"].startswith(kind), name
    alert = delivering.raise_alert(worker, placed)
    page(client, "alert", alert.pk)
    made = recalling.recall(worker, Lot.objects.filter(ingredient=goods["egg"]).get(), reason="坏了", advice="别吃")
    page(client, "recall", made.pk)
    assert client.get(reverse("kitchen:calls", args=[made.pk])).content.startswith(b"%PDF")
    page(client, "batch", batch.pk)


def test_a_day_on_the_desk_by_its_buttons(worker: Person, site: Site, dishes: dict[str, Recipe],
                                          shelve: Callable[..., Lot], client_of: Open) -> None:
    shelve("rice", 5_000), shelve("egg", 60)
    client = client_of(worker)
    sent = {"on": "2026-11-25", "serving": "lunch", "dishes": [dishes["rice"].pk, dishes["egg"].pk], "portions": "8",
            "yuan": "12.50", "serves_from": "2026-11-25T11:00", "serves_until": "2026-11-25T12:30",
            "cutoff_at": "2026-11-24T17:00"}
    assert client.post(reverse("kitchen:menu_new"), {**sent, "portions": ""}).status_code == 422
    assert client.post(reverse("kitchen:menu_new"), sent).status_code == 302
    menu = Menu.objects.get()
    assert (menu.price, menu.lots.count()) == (1250, 2)
    for verb, facts in (("open", {}), ("portions", {"portions": "9"}), ("fill", {})):
        assert client.post(reverse("kitchen:menu_verb", args=[menu.pk, verb]), facts).status_code == 302
    answer = client.post(reverse("kitchen:menu_verb", args=[menu.pk, "cook"]), {
        "portions": "9", "celsius": "60", "sample_grams": "130"})
    assert answer.status_code == 422
    menu.refresh_from_db()
    assert (menu.state, menu.portions) == ("open", 9)


def test_the_desk_orders_for_who_rings(menu: Menu, worker: Person, resident: Person, make_person: Any,
                                       community: Area, know: Callable[..., None], client_of: Open) -> None:
    know(resident)
    silent = make_person("吴奶奶", community, name="吴秀英", phone=None)
    know(silent)
    client, url = client_of(worker), reverse("kitchen:order_new", args=[menu.pk])
    sent = {"channel": "phone", "portions": "1", "way": "deliver", "once": "x"}
    assert client.post(url, {**sent, "phone": "13900000000"}).status_code == 422
    assert client.post(url, {**sent, "name": "没有这人"}).status_code == 422
    assert client.post(url, {**sent, "phone": resident.phone}).status_code == 302
    assert client.post(url, {**sent, "name": "吴秀英"}).status_code == 302
    assert set(Order.objects.values_list("person", "channel")) == {(resident.pk, "phone"), (silent.pk, "phone")}


def test_a_gift_on_the_pages(worker: Person, resident: Person, site: Site, goods: dict[str, Ingredient],
                             client_of: Open) -> None:
    donor, desk = client_of(resident), client_of(worker)
    sent = {"name": "林晓", "what": "大米", "amount": "12.5", "unit": "kg", "expires_on": "2027-03-01",
            "storage": "room", "once": "x"}
    answer = donor.post(reverse("kitchen:gift_new"), sent)
    assert answer.status_code == 422
    assert 'value="12.5"' in answer.content.decode()
    assert donor.post(reverse("kitchen:gift_new"), {**sent, "none_refused": "on"}).status_code == 302
    gift = Gift.objects.get()
    assert gift.amount == 12_500
    assert "大米" in page(donor, "gifts")
    url = reverse("kitchen:desk_gift_verb", args=[gift.pk, "accept"])
    assert desk.post(url, {"collect_at": "2026-11-20T09:00", "collect_where": "后门"}).status_code == 422
    assert desk.post(url, {"collect_at": "2026-11-24T09:00", "collect_where": "后门"}).status_code == 302
    assert "后门" in page(donor, "gift", gift.pk)
    page(desk, "desk_gift", gift.pk)
    received = {"ingredient": goods["rice"].pk, "counted": "12400", "condition": "good", "expires_on": "2027-03-01",
                "storage": "room", "not_recalled": "on"}
    assert desk.post(reverse("kitchen:desk_gift_verb", args=[gift.pk, "receive"]), received).status_code == 302
    assert "不是捐赠票据" in page(donor, "gift", gift.pk)
    assert donor.get(reverse("kitchen:receipt", args=[gift.pk])).content.startswith(b"%PDF")
    assert "不到 5 个人吃" in page(donor, "gift", gift.pk)
    donor.post(reverse("kitchen:gift_verb", args=[gift.pk, "name"]))
    assert "林晓" in page(donor, "home")


def test_a_round_on_the_phone(menu: Menu, resident: Person, neighbour: Person, worker: Person, order: Any, cook: Any,
                              walk: Any, client_of: Open) -> None:
    order(menu, resident)
    cook(menu)
    row: Round = walk(menu)
    client = client_of(neighbour)
    with clock.at(NOON):
        shown = page(client, "round", row.pk)
        assert "1单元702" in shown
        assert "测试" not in shown  # the name is masked
        stop = Stop.objects.get()
        assert f'data-draft="kitchen.stop.{stop.pk}.1"' in shown
        for _sent_twice in range(2):
            assert client.post(reverse("kitchen:report", args=[stop.pk]), {
                "what": "absent", "once": "p"}).status_code == 302
        assert "再敲一次" in page(client, "round", row.pk)
        assert f'data-draft-clear="kitchen.stop.{stop.pk}.1"' in page(client, "round", row.pk)
        client.post(reverse("kitchen:report", args=[stop.pk]), {"what": "absent", "once": "q"})
        assert "1单元702" not in page(client, "round", row.pk)
        alert = WelfareAlert.objects.get()
        desk = client_of(worker)
        assert "两次没人开门" in page(desk, "desk")
        url = reverse("kitchen:alert", args=[alert.pk])
        assert desk.post(url, {"found": "safe"}).status_code == 422
        assert desk.post(url, {"found": "safe", "words": "在午睡"}).status_code == 302
        assert "两次没人开门" not in page(desk, "desk")
    assert client_of(resident).get(reverse("kitchen:round", args=[row.pk])).status_code == 404


def test_helping_on_the_page(worker: Person, community: Area, neighbour: Person, client_of: Open) -> None:
    shift = shifting.plan_shift(worker, community, kind="pack", starts=at(13), ends=at(15), places=2)
    client = client_of(neighbour)
    assert "我来" in page(client, "shifts")
    client.post(reverse("kitchen:shift_verb", args=[shift.pk, "join"]))
    with clock.at(at(13)):
        assert "签到" in page(client, "shifts")
        client.post(reverse("kitchen:shift_verb", args=[shift.pk, "in"]))
    with clock.at(at(15)):
        client.post(reverse("kitchen:shift_verb", args=[shift.pk, "out"]))
        assert "记了 120 分钟" in page(client, "shifts")
    assert Shift.objects.get().attending.get().minutes == 120


def test_standing_orders_on_the_page(resident: Person, client_of: Open) -> None:
    client, url = client_of(resident), reverse("kitchen:standing")
    assert client.post(url, {"serving": "lunch", "portions": "1", "way": "deliver"}).status_code == 422
    assert client.post(url, {"weekdays": ["2", "4"], "serving": "lunch", "portions": "1", "way": "deliver"}
                       ).status_code == 302
    assert "周二、周四" in page(client, "mine")
    client.post(reverse("kitchen:end_standing", args=[Standing.objects.get().pk]))
    assert Standing.objects.get().ended_at is not None


def test_a_count_keeps_what_was_typed(worker: Person, shelve: Callable[..., Lot], client_of: Open) -> None:
    lot, client = shelve("rice", 1_000), client_of(worker)
    url = reverse("kitchen:count")
    assert client.post(url, {"once": "x"}).status_code == 422
    assert client.post(url, {"once": "x", f"lot-{lot.pk}": "900"}).status_code == 302
    assert "900 克" in page(client, "lot", lot.pk)


def test_what_one_gets_as_a_copy_and_what_is_forgotten(menu: Menu, resident: Person, order: Any,
                                                       know: Callable[..., None], community: Area) -> None:
    from linli.services.kitchen import privacy

    know(resident, allergies=["fish"], agrees_health=True)
    order(menu, resident)
    giving.donor_of(resident, community, name="林晓")
    copy = privacy.copy_of(resident)
    assert (copy["eater"][0]["allergies"], copy["orders"][0]["state"]) == ("fish", "placed")
    for _twice in range(2):
        privacy.erase(resident)
    assert not Eater.objects.exists()
    assert Order.objects.get().state == "cancelled"
    privacy.erase_order(Order.objects.get(), "kitchen.order")
    assert Order.objects.get().person is None
