"""The library: one copy to one reader, a queue in order, nothing kept of what was read, lists sent twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.areas.sheets import workbook
from linli.foundation.calendar import clock
from linli.foundation.notices.models import Notice
from linli.foundation.people.models import Person
from linli.foundation.web import Denied, Refused
from linli.services.children import importing, jobs, privacy, queries
from linli.services.children.actions import library, stock
from linli.services.children.models import Copy, CopyState, Hold, Loan, ReaderCard, StockScan, StockTake, Title
from linli.services.children.tests.conftest import at

pytestmark = pytest.mark.django_db


@pytest.fixture
def copy(book: Title) -> Copy:
    found: Copy = book.copies.select_related("title", "area").get()
    return found


def test_a_copy_goes_to_one_reader(worker: Person, copy: Copy, resident: Person, neighbour: Person) -> None:
    library.lend(worker, copy, resident)
    with pytest.raises(Refused, match="not_here"):
        library.lend(worker, copy, neighbour)


def test_on_return_the_reader_is_cut_from_the_loan(worker: Person, copy: Copy, resident: Person) -> None:
    library.lend(worker, copy, resident)
    assert [loan["title"] for loan in privacy.copy_of(resident)["loans"]] == ["小鸭子找朋友"]
    library.take_back(worker, copy)
    loan = Loan.objects.get()
    assert loan.reader is None
    assert loan.returned_at is not None
    assert privacy.copy_of(resident)["loans"] == []
    with pytest.raises(Refused, match="not_lent"):
        library.take_back(worker, copy)


def test_nobody_sees_anothers_loans(worker: Person, copy: Copy, resident: Person, neighbour: Person) -> None:
    loan = library.lend(worker, copy, resident)
    assert not Loan.objects.visible_to(neighbour).exists()
    assert not Loan.objects.visible_to(worker).exists()
    with pytest.raises(Denied):
        library.renew(neighbour, loan)


def test_the_queue_is_in_order_and_the_book_is_kept(worker: Person, copy: Copy, book: Title, resident: Person,
                                                    neighbour: Person, make_person: Any, community: Area) -> None:
    third = make_person("孙女士", community)
    library.lend(worker, copy, third)
    first = library.hold(resident, book)
    second = library.hold(neighbour, book)
    assert library.hold(resident, book) == first  # a double tap is one hold
    assert [one.before for one in queries.standing(neighbour)] == [1]
    kept = library.take_back(worker, copy)
    assert kept == first
    copy.refresh_from_db()
    assert copy.state == CopyState.KEPT
    with pytest.raises(Refused, match="kept"):
        library.lend(worker, copy, neighbour)
    library.lend(worker, copy, resident)
    first.refresh_from_db()
    assert (first.state, first.reader) == ("done", None)
    second.refresh_from_db()
    assert second.state == "waiting"


def test_what_is_not_fetched_goes_to_the_next(worker: Person, copy: Copy, book: Title, resident: Person,
                                              neighbour: Person) -> None:
    first, _copy = library.hold(resident, book), copy
    assert first.state == "ready"
    second = library.hold(neighbour, book)
    with clock.at(at(9) + timedelta(days=6)):
        assert jobs.expire_holds() == 1
        assert jobs.expire_holds() == 0
    second.refresh_from_db()
    assert second.state == "ready"
    assert Notice.objects.filter(person=resident, key=f"children.hold_expired.{first.pk}").count() == 1


def test_no_renewal_while_somebody_waits(worker: Person, copy: Copy, book: Title, resident: Person,
                                         neighbour: Person) -> None:
    loan = library.lend(worker, copy, resident)
    assert library.renew(resident, loan).due_on == date(2027, 1, 18)
    library.hold(neighbour, book)
    with pytest.raises(Refused, match="waited_for"):
        library.renew(resident, loan)


def test_reminders_once_each_and_no_word_of_money(worker: Person, copy: Copy, resident: Person) -> None:
    library.lend(worker, copy, resident)
    for days, told in ((20, 0), (26, 1), (27, 1), (28, 1), (29, 2), (30, 2), (35, 3), (60, 4)):
        with clock.at(at(9) + timedelta(days=days)):
            jobs.remind_readers()
            assert Notice.objects.filter(person=resident, key__startswith="children.loan").count() == told, days
    assert all("元" not in notice.sentence for notice in Notice.objects.filter(person=resident))


def test_a_list_with_wrong_rows_imports_nothing(worker: Person, community: Area, copy: Copy) -> None:
    raw = workbook("馆藏", list(importing.COLUMNS), [
        ["TS0001", "重复条码", "", "", "", "", "", "", ""],
        ["TS0002", "", "", "", "", "", "", "", ""],
        ["TS0003", "坏书号", "", "9787532111115", "", "二零", "", "", ""],
        ["TS0004", "好的", "", "", "", "2020", "3", "", "A1"]])
    draft, judged = stock.draft_import(worker, community, file_name="书.xlsx", raw=raw)
    assert draft is None
    assert [row for row, _sentence in judged.errors] == [2, 3, 4, 4]
    assert Copy.objects.count() == 1


def test_a_sound_list_is_imported_once(worker: Person, community: Area) -> None:
    lines = ["馆藏条码,书名,作者,ISBN,书架", "TS1,春天,甲,9787532111114,A1", "TS2,春天,甲,978-7-5321-1111-4,A1"]
    raw = "\n".join(lines).encode("gb18030")
    draft, judged = stock.draft_import(worker, community, file_name="书.csv", raw=raw)
    assert draft is not None
    assert judged.is_sound
    assert stock.import_copies(worker, draft) == 2
    assert (Title.objects.count(), Copy.objects.count()) == (1, 2)
    with pytest.raises(Refused, match="done"):
        stock.import_copies(worker, draft)


def test_an_offline_list_sent_twice_counts_once(worker: Person, community: Area, copy: Copy,
                                                client_of: Callable[[Person], Client]) -> None:
    take = stock.open_take(worker, community, name="盘点")
    client, url = client_of(worker), reverse("children:stock_sync", args=[take.pk])
    body = {"scans": [{"barcode": "TS0001", "at": "2026-11-23T01:00:00Z"}, {"barcode": "XX9", "at": None}]}
    first = client.post(url, body, content_type="application/json").json()
    again = client.post(url, body, content_type="application/json").json()
    assert (first["fresh"], again["fresh"], again["kept"]) == (2, 0, 2)
    assert StockScan.objects.count() == 2
    assert client.post(url, {"scans": [{}]}, content_type="application/json").status_code == 400


def test_a_stock_take_finds_and_misses(worker: Person, community: Area, copy: Copy) -> None:
    library.add_title(worker, community, name="没扫到的", barcodes=["TS0009"], shelf="A1")
    take = stock.open_take(worker, community, name="盘点", shelf="A1")
    with pytest.raises(Refused, match="one_open"):
        stock.open_take(worker, community, name="又一次", shelf="A1")
    stock.add_scans(worker, take, [("TS0001", None)])
    closed = stock.close_take(worker, take)
    assert closed.result == {"found": 1, "missing": 1, "strange": 0}
    assert Copy.objects.get(barcode="TS0009").state == CopyState.MISSING
    with pytest.raises(Refused, match="closed"):
        stock.add_scans(worker, take, [("TS0009", None)])


def test_a_missing_book_that_is_found_goes_to_who_waits(worker: Person, copy: Copy, book: Title, resident: Person,
                                                        neighbour: Person) -> None:
    library.lend(worker, copy, neighbour)
    waits = library.hold(resident, book)
    library.take_back(worker, copy)
    library.drop_hold(resident, waits)
    copy.refresh_from_db()
    assert copy.state == CopyState.SHELF
    library.mark_copy(worker, copy, CopyState.MISSING)
    with pytest.raises(Refused, match="no_copy"):
        library.hold(resident, book)
    assert library.mark_copy(worker, copy, CopyState.SHELF).state == CopyState.SHELF


@pytest.mark.parametrize("words", ["小鸭子", "示例作者", "978-7-5321-1111-4", "9787532111114"])
def test_a_book_is_found_by_what_one_knows_of_it(words: str, resident: Person, community: Area, book: Title) -> None:
    assert list(queries.catalogue(resident, community, words=words)) == [book]


def test_next_door_finds_no_book(stranger: Person, other_worker: Person, community: Area, book: Title,
                                 copy: Copy, client_of: Callable[[Person], Client]) -> None:
    assert client_of(stranger).get(reverse("children:title", args=[book.pk])).status_code == 404
    assert client_of(stranger).post(reverse("children:hold", args=[book.pk])).status_code == 404
    with pytest.raises(Denied):
        library.lend(other_worker, copy, stranger)
    take = StockTake.objects.create(area=community, name="x", opened_at=clock.now(), opened_by=other_worker)
    assert client_of(other_worker).get(reverse("children:stock", args=[take.pk])).status_code == 404


def test_the_desk_lends_by_card(worker: Person, copy: Copy, resident: Person,
                                client_of: Callable[[Person], Client]) -> None:
    card = library.card_of(resident)
    client = client_of(worker)
    answer = client.post(reverse("children:lend"), {"reader": card.number, "barcode": "TS0001"}, follow=True)
    assert "借出《小鸭子找朋友》" in answer.content.decode()
    assert resident.name not in answer.content.decode()
    assert Loan.objects.get().reader == resident
    assert "还好了" in client.post(reverse("children:take_back"), {"barcode": "TS0001"}, follow=True).content.decode()


def test_a_card_is_made_when_asked_for_or_at_the_first_loan(
        worker: Person, copy: Copy, resident: Person, neighbour: Person, stranger: Person,
        client_of: Callable[[Person], Client]) -> None:
    client = client_of(resident)
    page = client.get(reverse("children:mine")).content.decode()
    assert "办读者证" in page
    assert not ReaderCard.objects.exists()  # looking makes nothing
    assert client.get(reverse("children:make_card")).status_code == 405
    for _time in range(2):
        assert client.post(reverse("children:make_card")).status_code == 302
    card = ReaderCard.objects.get()
    assert card.person == resident
    assert audit.verbs(card) == ["children.make_card"]
    assert card.number in client.get(reverse("children:mine")).content.decode()
    library.lend(worker, copy, neighbour)
    assert ReaderCard.objects.filter(person=neighbour).count() == 1


def test_forgetting_a_reader(worker: Person, copy: Copy, book: Title, resident: Person, neighbour: Person) -> None:
    library.card_of(resident)
    library.lend(worker, copy, neighbour)
    library.hold(resident, book)
    assert privacy.erase(resident) == ["您的读者证和预约已删除。"]
    assert not Hold.objects.filter(reader=resident).exists()
    assert privacy.erase(neighbour) == ["您还有书没还，借书的记录等还了才能删。"]
