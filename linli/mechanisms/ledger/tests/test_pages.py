"""The desk pages: who sees which book, what they read there, and what leaves the house."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import today
from linli.foundation.jobs.models import Job
from linli.foundation.people.models import Organisation, Person
from linli.mechanisms.ledger import actions, checking, exporting, sealing, triggers
from linli.mechanisms.ledger.amounts import amount_words, plain
from linli.mechanisms.ledger.models import Account, Book, Entry
from linli.mechanisms.ledger.tests.conftest import MakeAccount

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Person], Client]
SYSTEM: dict[str, Any] = {"verb": "test.move", "system": True}


@pytest.fixture
def auntie(make_account: MakeAccount, owner: Person) -> Account:
    return make_account("person.1", owner=owner, funds=300)


@pytest.fixture
def pool(make_account: MakeAccount) -> Account:
    return make_account("pool", kind="pool", title="公益池")


def text(answer: Any) -> str:
    content = b"".join(answer.streaming_content) if answer.streaming else answer.content
    return str(content.decode())


def test_staff_of_the_place_read_its_books(client_of: ClientOf, worker: Person, other_worker: Person,
                                           resident: Person, book: Book, auntie: Account, pool: Account) -> None:
    hold = actions.pend(None, id="h.1", debit=auntie, credit=pool, amount=90, timeout=timedelta(days=1), memo="陪诊",
                        **SYSTEM)
    addresses = [
        reverse("ledger:book", args=[book.pk]), reverse("ledger:account", args=[auntie.pk]),
        reverse("ledger:csv", args=[auntie.pk]), reverse("ledger:print", args=[auntie.pk]),
        reverse("ledger:journal", args=[book.pk]), reverse("ledger:transfer", args=[hold.pk])]
    for address in addresses:
        assert client_of(worker).get(address).status_code == 200, address
        assert client_of(other_worker).get(address).status_code == 404, address
        assert client_of(resident).get(address).status_code in (403, 404), address
    assert "测试账本" in text(client_of(worker).get(reverse("ledger:books")))
    assert "测试账本" not in text(client_of(other_worker).get(reverse("ledger:books")))
    page = text(client_of(worker).get(reverse("ledger:account", args=[auntie.pk])))
    for words in ("王阿姨", "5 小时", "3 小时 30 分", "冻结中", "陪诊"):
        assert words in page


def test_a_companys_own_book(client_of: ClientOf, property_desk: Person, property_company: Organisation,
                             community: Area, book: Book) -> None:
    own = actions.open_book(None, "company", unit="cent", title="物业收费", room="test", area=community,
                            organisation=property_company, **SYSTEM)
    page = text(client_of(property_desk).get(reverse("ledger:books")))
    assert "物业收费" in page
    assert "测试账本" not in page
    assert client_of(property_desk).get(reverse("ledger:book", args=[own.pk])).status_code == 200
    assert client_of(property_desk).get(reverse("ledger:book", args=[book.pk])).status_code == 404


def test_what_leaves_the_house_is_written_down(client_of: ClientOf, worker: Person, book: Book,
                                               auntie: Account) -> None:
    for name in ("csv", "print"):
        text(client_of(worker).get(reverse(f"ledger:{name}", args=[auntie.pk])))
    text(client_of(worker).get(reverse("ledger:journal", args=[book.pk])))
    assert audit.verbs(auntie)[-2:] == ["ledger.export"] * 2
    assert audit.verbs(book)[-1] == "ledger.export"


def test_a_transfer_with_its_proof(client_of: ClientOf, worker: Person, auntie: Account, pool: Account) -> None:
    gift = actions.transfer(worker, id="t.1", debit=auntie, credit=pool, amount=60, memo="捐给公益池",
                            verb="ledger.read", facts={"n": 1})
    address = reverse("ledger:transfer", args=[gift.pk])
    page = text(client_of(worker).get(address))
    for words in ("捐给公益池", "1 小时", "公益池", "周敏", "一分钟内会封存"):
        assert words in page
    sealing.seal_batch()
    assert "没有被改动" in text(client_of(worker).get(address))
    assert actions.reverse(None, gift, reason="录错了", **SYSTEM)
    assert "冲正" in text(client_of(worker).get(address))


def test_a_changed_entry_shows_on_its_page(client_of: ClientOf, worker: Person, auntie: Account, pool: Account,
                                           move: Any) -> None:
    gift = move("t.1", auntie, pool, 60)
    sealing.seal_batch()
    with triggers.lifted():
        Entry.objects.filter(transfer=gift).update(amount=61)
    assert "被改动过" in text(client_of(worker).get(reverse("ledger:transfer", args=[gift.pk])))


def test_a_check_is_asked_for_and_shown(client_of: ClientOf, worker: Person, grid_worker: Person,
                                        auntie: Account) -> None:
    client = client_of(worker)
    assert "还没有核对过" in text(client.get(reverse("ledger:checks")))
    assert client_of(grid_worker).post(reverse("ledger:check_now")).status_code == 404
    assert client.post(reverse("ledger:check_now")).status_code == 302
    assert Job.objects.filter(name="linli.mechanisms.ledger.jobs.check").count() == 1
    checking.check_and_note()
    assert "都对得上" in text(client.get(reverse("ledger:checks")))
    assert "余额都对得上" in text(client.get(reverse("ledger:books")))


def test_days_that_make_no_sense_are_said(client_of: ClientOf, worker: Person, auntie: Account) -> None:
    address = reverse("ledger:account", args=[auntie.pk])
    answer = client_of(worker).get(address, {"since": "2026-05-02", "until": "2026-05-01"})
    assert answer.status_code == 422
    assert "结束日期不能早于开始日期" in text(answer)
    assert "没有流水" in text(client_of(worker).get(address, {"until": "2020-01-01"}))
    assert "没有流水" not in text(client_of(worker).get(address, {"since": today().isoformat()}))


def test_a_spreadsheet_takes_no_cell_for_a_formula(auntie: Account, pool: Account, move: Any) -> None:
    move("=1+1", auntie, pool, 75, memo="=HYPERLINK(1)")
    lines = "".join(exporting.csv_of(auntie)).splitlines()
    assert "'=1+1" in lines[1]
    assert "'=HYPERLINK(1)" in lines[1]
    assert lines[1].endswith(",75,225")


@pytest.mark.parametrize(("unit", "amount", "words", "number"), [
    ("minute", 150, "2 小时 30 分", "150"), ("minute", 120, "2 小时", "120"), ("minute", 0, "0 分钟", "0"),
    ("minute", -45, "−45 分钟", "-45"), ("cent", 123456, "¥1,234.56", "1234.56"), ("cent", -5, "−¥0.05", "-0.05"),
    ("gram", 3200, "3.2 公斤", "3.200"), ("gram", 999, "999 克", "0.999"), ("meal", 1, "1 份", "1"),
    ("piece", 1200, "1,200 个", "1200"),
])
def test_amounts_as_people_and_programs_read_them(unit: str, amount: int, words: str, number: str) -> None:
    book = Book(unit=unit)
    assert (amount_words(book, amount), plain(book, amount)) == (words, number)


class TestJournal:
    @pytest.fixture
    def written(self, auntie: Account, pool: Account, book: Book, move: Any, tmp_path: Path) -> Path:
        move("t.1", auntie, pool, 60, memo="捐给; 公益池 (一)\n谢谢")
        hold = actions.pend(None, id="h.1", debit=auntie, credit=pool, amount=90, timeout=None, **SYSTEM)
        actions.post(None, hold, amount=45, **SYSTEM)
        actions.reverse(None, "t.1", reason="录错了", **SYSTEM)
        actions.pend(None, id="h.2", debit=auntie, credit=pool, amount=7, timeout=None, **SYSTEM)
        sealing.seal_batch()
        path = tmp_path / "book.journal"
        path.write_text("".join(exporting.journal_of(book)), encoding="utf-8")
        return path

    def test_what_stands_in_it(self, written: Path) -> None:
        journal = written.read_text(encoding="utf-8")
        assert "* (t.1) 捐给 公益池 一 谢谢" in journal
        assert "    person:person.1  -60 minute" in journal
        assert "    pool:pool  45 minute" in journal
        assert "    person:person.1  0 minute = 255 minute" in journal
        assert "王阿姨" not in journal
        assert "h.2" not in journal

    def test_hledger_agrees(self, written: Path) -> None:
        binary = shutil.which("hledger")
        if binary is None:
            pytest.skip("hledger is not installed here (Debian: apt-get install hledger)")
        done = subprocess.run([binary, "-f", str(written), "check"], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        told = subprocess.run([binary, "-f", str(written), "balance", "--flat", "-N", "-O", "csv"],
                              capture_output=True, text=True, check=True)
        assert '"person:person.1","255 minute"' in told.stdout
        written.write_text(written.read_text(encoding="utf-8").replace("= 255", "= 254"), encoding="utf-8")
        assert subprocess.run([binary, "-f", str(written), "check"], capture_output=True).returncode != 0

    def test_the_command_writes_the_file(self, auntie: Account, book: Book, tmp_path: Path, capsys: Any) -> None:
        from argparse import Namespace

        path = tmp_path / "out.journal"
        assert exporting.run(Namespace(book=book.code, to=path)) == 0
        assert "= 300 minute" in path.read_text(encoding="utf-8")
        assert exporting.run(Namespace(book="nothing", to=None)) == 2
