"""Gifts and shelves: what is refused, what the books say, which paper the donor gets."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from linli.foundation.areas.models import Area
from linli.foundation.calendar import clock
from linli.foundation.notices.models import Notice
from linli.foundation.people.models import Person
from linli.foundation.web import Denied, Refused
from linli.services.kitchen import books, jobs, papers
from linli.services.kitchen.actions import giving, planning, recalling, stocking
from linli.services.kitchen.models import Gift, Ingredient, Lot, LotState, Menu, Receipt, Site
from linli.services.kitchen.queries import menus, stock
from linli.services.kitchen.tests.conftest import at, books_are_clean

pytestmark = pytest.mark.django_db
LATER = date(2026, 12, 20)


@pytest.fixture
def offer(resident: Person, community: Area) -> Callable[..., Gift]:
    def make(**facts: Any) -> Gift:
        donor = giving.donor_of(resident, community, name="林晓")
        return giving.offer_gift(resident, donor, **{
            "what": "大米", "measure": "gram", "amount": 20_000, "expires_on": LATER, "storage": "room", "once": "a",
            "none_refused": True, **facts})

    return make


def take(worker: Person, gift: Gift, good: Ingredient, counted: int = 19_800, **facts: Any) -> Lot:
    giving.accept_gift(worker, gift, collect_at=at(9, day=24), collect_where="后门")
    return giving.receive_gift(worker, Gift.objects.get(pk=gift.pk), **{
        "ingredient": good, "counted": counted, "condition": "good", "expires_on": LATER, "storage": "room",
        "not_recalled": True, **facts})


@pytest.mark.parametrize(("facts", "code"), [
    ({"expires_on": date(2026, 11, 22)}, "too_old"), ({"expires_on": date(2026, 11, 24)}, "too_old"),
    ({"is_packaged": True}, "no_licence"), ({"none_refused": False}, "refused_food"), ({"amount": 0}, "nothing")])
def test_what_is_not_taken(facts: dict[str, Any], code: str, offer: Callable[..., Gift]) -> None:
    with pytest.raises(Refused, match=code):
        offer(**facts)
    assert not Gift.objects.exists()


def test_two_taps_are_one_offer(offer: Callable[..., Gift]) -> None:
    assert offer().pk == offer().pk
    assert offer(once="b").pk != offer().pk


def test_a_gift_from_offer_to_receipt(worker: Person, resident: Person, site: Site, goods: dict[str, Ingredient],
                                      offer: Callable[..., Gift]) -> None:
    gift = offer()
    lot = take(worker, gift, goods["rice"])
    assert (lot.code, lot.amount, lot.gift_id) == ("261123-01", 19_800, gift.pk)
    assert books.left_of([lot])[lot.pk].posted == 19_800
    receipt = Receipt.objects.get()
    assert (receipt.kind, receipt.number, receipt.body) == ("acknowledgement", "JZ2026-0001", "梧桐里爱心厨房")
    assert papers.receipt(receipt).startswith(b"%PDF")
    assert {notice.key.rsplit(".", 1)[1] for notice in Notice.objects.filter(person=resident)} == {
        "accepted", "received"}
    [became] = stock.became(gift)
    assert (became.left, became.cooked, became.meals) == (19_800, 0, None)
    assert books_are_clean()


@pytest.mark.parametrize(("facts", "kind"), [
    ({"is_anonymous": True}, "anonymous"), ({"wants_receipt": False}, "waived"), ({}, "acknowledgement")])
def test_anonymous_or_waived_is_written_down(facts: dict[str, Any], kind: str, worker: Person, site: Site,
                                             goods: dict[str, Ingredient], offer: Callable[..., Gift]) -> None:
    take(worker, offer(**facts), goods["rice"])
    assert Receipt.objects.get().kind == kind
    assert Receipt.objects.get().is_paper is (kind == "acknowledgement")


def test_who_asked_for_an_agreement_signs_before(worker: Person, resident: Person, site: Site,
                                                 goods: dict[str, Ingredient], offer: Callable[..., Gift]) -> None:
    gift = offer(wants_agreement=True)
    with pytest.raises(Refused, match="not_accepted"):
        giving.sign_agreement(resident, gift)
    with pytest.raises(Refused, match="no_agreement"):
        take(worker, gift, goods["rice"])
    gift.refresh_from_db()
    assert papers.agreement(gift).startswith(b"%PDF")
    giving.sign_agreement(resident, gift)
    assert giving.receive_gift(worker, gift, ingredient=goods["rice"], counted=1_000, condition="good",
                               expires_on=LATER, storage="room", not_recalled=True).amount == 1_000


@pytest.mark.parametrize(("facts", "code"), [
    ({"condition": "bad"}, "not_usable"), ({"not_recalled": False}, "not_checked"),
    ({"expires_on": date(2026, 11, 22)}, "expired"), ({"counted": 0}, "nothing")])
def test_what_is_sent_back_at_the_door(facts: dict[str, Any], code: str, worker: Person, site: Site,
                                       goods: dict[str, Ingredient], offer: Callable[..., Gift]) -> None:
    with pytest.raises(Refused, match=code):
        take(worker, offer(), goods["rice"], **facts)
    assert not Lot.objects.exists()


def test_a_makers_number_that_was_called_back_is_refused(worker: Person, site: Site, shelve: Callable[..., Lot],
                                                         offer: Callable[..., Gift]) -> None:
    lot = shelve("tofu", 5_000, label="DF-1")
    recalling.recall(worker, lot, reason="菌落超标", advice="不要吃")
    with pytest.raises(Refused, match="recalled"):
        shelve("tofu", 5_000, label="DF-1")
    with pytest.raises(Refused, match="recalled"):
        offer(label="DF-1")


def test_a_name_is_public_only_while_its_owner_agrees(worker: Person, resident: Person, community: Area, site: Site,
                                                      goods: dict[str, Ingredient],
                                                      offer: Callable[..., Gift]) -> None:
    gift = offer()
    take(worker, gift, goods["rice"])
    assert stock.thanks(community).donors == []
    giving.allow_name(resident, gift.donor, is_named=True)
    assert stock.thanks(community).donors == ["林晓"]
    giving.allow_name(resident, gift.donor, is_named=False)
    assert stock.thanks(community).donors == []


def test_sums_below_five_are_not_shown(community: Area, worker: Person, site: Site, goods: dict[str, Ingredient],
                                       offer: Callable[..., Gift]) -> None:
    take(worker, offer(), goods["rice"])
    thanks = stock.thanks(community)
    assert (thanks.meals, thanks.eaters, thanks.grams) == (None, None, None)


def test_a_donor_of_another_community_sees_nothing(worker: Person, stranger: Person, other_worker: Person,
                                                   neighbour: Person, offer: Callable[..., Gift],
                                                   client_of: Callable[[Person], Client]) -> None:
    gift = offer()
    for person in (stranger, other_worker, neighbour):
        client = client_of(person)
        assert client.get(reverse("kitchen:gift", args=[gift.pk])).status_code == 404
        assert client.post(reverse("kitchen:gift_verb", args=[gift.pk, "withdraw"])).status_code == 404
        with pytest.raises(Denied):
            giving.withdraw_gift(person, gift)
    assert client_of(other_worker).get(reverse("kitchen:desk_gift", args=[gift.pk])).status_code == 404


def test_the_shelf_never_goes_below_zero(worker: Person, shelve: Callable[..., Lot]) -> None:
    lot = shelve("rice", 1_000)
    stocking.waste(worker, lot, amount=400, reason="spoiled", once="a")
    stocking.waste(worker, lot, amount=400, reason="spoiled", once="a")  # a double tap
    assert books.left_of([lot])[lot.pk].posted == 600
    with pytest.raises(Refused, match="short"):
        stocking.waste(worker, lot, amount=601, reason="spoiled", once="b")
    with pytest.raises(Refused, match="no_reason"):
        stocking.waste(worker, lot, amount=1, reason="because", once="c")
    assert [(move.what, move.reason, move.amount) for move in stock.moves(lot)] == [
        ("wasted", "spoiled", -400), ("given", "", 1_000)]
    assert books_are_clean()


def test_what_a_menu_keeps_cannot_be_thrown_away(worker: Person, shelve: Callable[..., Lot],
                                                 make_menu: Callable[..., Menu]) -> None:
    lot = shelve("rice", 1_000)
    make_menu("rice", portions=10, stocked=True)
    with pytest.raises(Refused, match="short"):
        stocking.waste(worker, lot, amount=1, reason="spoiled", once="a")


def test_two_menus_do_not_plan_with_the_same_sack(worker: Person, shelve: Callable[..., Lot],
                                                  make_menu: Callable[..., Menu]) -> None:
    shelve("rice", 1_500)
    make_menu("rice", portions=10, stocked=True)
    second = make_menu("rice", portions=10, stocked=True, on=date(2026, 11, 26), opened=False)
    assert [(one.name, amount) for one, amount in menus.missing(second)] == [("大米", 500)]
    with pytest.raises(Refused, match="short"):
        planning.open_menu(worker, second)


def test_a_count_puts_the_books_right(worker: Person, community: Area, shelve: Callable[..., Lot]) -> None:
    rice, egg = shelve("rice", 1_000), shelve("egg", 30)
    counts = {rice.pk: 900, egg.pk: 32}
    take_one = stocking.take_stock(worker, community, counts, once="a")
    assert stocking.take_stock(worker, community, counts, once="a").pk == take_one.pk
    left = books.left_of([rice, egg])
    assert (left[rice.pk].posted, left[egg.pk].posted) == (900, 32)
    assert books_are_clean()


def test_past_its_date_it_is_blocked_and_menus_miss_it(worker: Person, shelve: Callable[..., Lot],
                                                       make_menu: Callable[..., Menu]) -> None:
    lot = shelve("rice", 2_000, date(2026, 11, 25))
    menu = make_menu("rice", portions=10, stocked=True)
    with clock.at(at(8, day=25)):
        assert not stocking.block_expired(lot)  # the last day is still a good day
    with clock.at(at(8, day=26)):
        jobs.watch_dates()
        jobs.watch_dates()
        lot.refresh_from_db()
        assert lot.state == LotState.EXPIRED
        assert [one.name for one, _amount in menus.missing(menu)] == ["大米"]
        with pytest.raises(Refused, match="expired"):
            shelve("rice", 1, date(2026, 11, 25))
    keys = Notice.objects.filter(person=worker, key__startswith=f"kitchen.date.{lot.pk}").values_list("key", flat=True)
    assert list(keys) == [f"kitchen.date.{lot.pk}.expired"]
    assert books_are_clean()


def test_first_expired_is_planned_first(shelve: Callable[..., Lot], make_menu: Callable[..., Menu]) -> None:
    late, soon = shelve("rice", 5_000, date(2027, 3, 1)), shelve("rice", 600, date(2026, 11, 27))
    shelve("rice", 5_000, date(2026, 11, 24))  # gone by Wednesday
    menu = make_menu("rice", portions=10, stocked=True)
    assert {row.lot_id: row.amount for row in menu.lots.all()} == {soon.pk: 600, late.pk: 400}


def test_allergens_of_a_menu_come_from_its_lots(shelve: Callable[..., Lot], make_menu: Callable[..., Menu]) -> None:
    shelve("rice", 5_000, allergens=["nuts"])  # the label says: may contain nuts
    shelve("egg", 100)
    assert menus.card(make_menu(stocked=True)).allergens == {"egg", "nuts"}
