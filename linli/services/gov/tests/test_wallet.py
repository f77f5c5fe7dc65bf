"""The wallet: sealed, shown for minutes, checked at a window, used by a tap, spoken of before it ends, taken out."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date, timedelta
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import translation
from PIL import Image
from pypdf import PdfWriter

from linli.foundation.areas.models import Area
from linli.foundation.calendar import clock
from linli.foundation.files.models import StoredFile
from linli.foundation.notices.models import Notice
from linli.foundation.people.models import Mandate, Person
from linli.foundation.privacy.actions import withdraw_consent
from linli.foundation.privacy.models import Consent
from linli.foundation.web import Denied, Refused
from linli.services.gov import rights, wallet
from linli.services.gov.actions import wallet as verbs
from linli.services.gov.models import Paper, PaperScan, PaperUse, Showing
from linli.services.gov.tests.handed_in import handed_in

pytestmark = pytest.mark.django_db
NUMBER = "330106194811250028"


def photo(name: str = "card.png", size: int = 40) -> SimpleUploadedFile:
    out = BytesIO()
    Image.new("RGB", (size, size), "teal").save(out, "PNG")
    return SimpleUploadedFile(name, out.getvalue(), "image/png")


def pdf() -> SimpleUploadedFile:
    out = BytesIO()
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    writer.write(out)
    return SimpleUploadedFile("paper.pdf", out.getvalue(), "application/pdf")


def add(person: Person, owner: Person | None = None, **more: Any) -> Paper:
    told: dict[str, Any] = {"licence": "id_card", "number": NUMBER, "file": photo(), "agreed": True, "once": "a",
                            "valid_until": date(2030, 1, 1), **more}
    return verbs.add_paper(person, owner or person, **told)


@pytest.fixture
def mother(make_person: Any, community: Area, resident: Person) -> Person:
    person: Person = make_person("王阿姨", community, name="王桂兰")
    Mandate.objects.create(subject=person, agent=resident, scope=["gov"], since=clock.now(), agreed_at=clock.now())
    return person


def test_it_lies_sealed_and_in_no_plain_folder(resident: Person) -> None:
    paper = add(resident)
    assert add(resident) == paper  # the same form twice
    assert paper.masked == "**************0028"
    found = wallet.scan_of(paper)
    assert found is not None
    assert found[1] in {"image/jpeg", "image/png"}
    assert not StoredFile.objects.exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM gov_paper")
        number = cursor.fetchone()[0]
        cursor.execute("SELECT content FROM gov_paperscan")
        content = cursor.fetchone()[0]
    assert NUMBER not in number
    assert re.match(r"[AS]\.k\d+\.", content)


@pytest.mark.parametrize(("change", "code"), [
    ({"agreed": False}, "consent_missing"), ({"licence": "moon"}, "no_such_licence"),
    ({"valid_until": date(2026, 11, 24)}, "over"), ({"file": None}, "no_file"),
    ({"file": SimpleUploadedFile("a.png", b"")}, "empty"),
    ({"file": SimpleUploadedFile("a.exe", b"MZ" + b"\0" * 80)}, "a_program"),
    ({"file": SimpleUploadedFile("a.txt", b"hello there")}, "not_accepted"),
    ({"file": None, "pdf": True}, None)])
def test_what_is_not_taken(resident: Person, change: dict[str, Any], code: str | None) -> None:
    if code is None:
        paper = add(resident, file=pdf())
        found = wallet.scan_of(paper)
        assert found is not None
        assert found[1] == "application/pdf"
        return
    with pytest.raises(Refused, match=code):
        add(resident, **change)
    assert not Paper.objects.exists()
    assert not StoredFile.objects.exists()


def test_too_many(resident: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verbs, "policy", lambda key: 1 if key == "gov.wallet_papers_most" else 4_000_000)
    add(resident)
    with pytest.raises(Refused, match="too_many"):
        add(resident, once="b")


def test_who_sees_it(resident: Person, mother: Person, neighbour: Person, clerk: Person, stranger: Person,
                     client_of: Callable[[Person], Client]) -> None:
    paper = add(mother)
    one = f"/gov/wallet/{paper.pk}/"
    assert NUMBER not in client_of(mother).get(one).content.decode()
    assert NUMBER in client_of(mother).get(one + "?number=1").content.decode()
    assert NUMBER not in client_of(resident).get(one + "?number=1").content.decode()  # by mandate: never the whole
    assert "身份证" in client_of(resident).get(f"/gov/wallet/?who={mother.pk}").content.decode()
    assert client_of(resident).get(one + "scan/")["Cache-Control"] == "private, no-store"
    for person in (neighbour, clerk, stranger):
        assert client_of(person).get(one).status_code == 404
        assert client_of(person).get(one + "scan/").status_code == 404
        assert client_of(person).post(one + "show/").status_code == 404
        assert client_of(person).get(f"/gov/wallet/?who={mother.pk}").status_code == 404
    assert client_of(resident).get(one + "drop/").status_code == 403
    Mandate.objects.update(scope=["repairs"])
    assert client_of(resident).get(one).status_code == 404


def test_a_daughter_adds_for_her_mother(resident: Person, mother: Person, neighbour: Person) -> None:
    paper = add(resident, mother)
    assert (paper.owner, paper.added_by) == (mother, resident)
    assert Consent.objects.get().person == mother
    with pytest.raises(Denied):
        add(neighbour, mother, once="n")


def test_shown_once_for_minutes(resident: Person, clerk: Person, other_worker: Person, head: Person,
                                client_of: Callable[[Person], Client]) -> None:
    paper = add(resident)
    page = client_of(resident).post(f"/gov/wallet/{paper.pk}/show/").content.decode()
    found = re.search(r">(\d{4} \d{4})<", page)
    assert found
    code = found[1]
    with pytest.raises(Refused, match="code_unknown"):
        verbs.open_shown(other_worker, code)  # the same sentence, and the code still stands
    window = client_of(clerk)
    assert code.replace(" ", "") in window.get(
        f"/gov/desk/wallet/?code={code.replace(' ', '')}").content.decode()
    assert Showing.objects.get().opened_at is None  # looking at the form is not looking
    answer = window.post("/gov/desk/wallet/", {"code": code})
    assert answer.status_code == 302
    seen = window.get(answer["Location"]).content.decode()
    assert NUMBER in seen
    assert window.get(f"/gov/wallet/{paper.pk}/scan/").status_code == 200
    assert client_of(head).get(answer["Location"]).status_code == 404  # shown to one window
    assert window.post("/gov/desk/wallet/", {"code": code}).status_code == 422
    assert [use.kind for use in wallet.history(paper)] == ["window"]
    with clock.at(clock.now() + timedelta(minutes=11)):
        assert window.get(answer["Location"]).status_code == 404
        assert window.get(f"/gov/wallet/{paper.pk}/scan/").status_code == 404


@pytest.mark.parametrize("late", [False, True])
def test_a_code_ends(resident: Person, clerk: Person, late: bool) -> None:
    paper = add(resident)
    code = verbs.show(resident, paper)
    if late:
        with clock.at(clock.now() + timedelta(minutes=3)), pytest.raises(Refused, match="code_unknown"):
            verbs.open_shown(clerk, code)
    else:
        verbs.show(resident, paper)  # another code: the former is over
        with clock.at(clock.now() + timedelta(seconds=1)), pytest.raises(Refused, match="code_unknown"):
            verbs.open_shown(clerk, code)


def test_guessing_is_bounded(resident: Person, clerk: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verbs, "policy", lambda key: 2)
    for _try in range(2):
        with pytest.raises(Refused, match="code_unknown"):
            verbs.open_shown(clerk, "00000000")
    with pytest.raises(Refused, match="too_many_tries"):
        verbs.open_shown(clerk, "00000000")
    with pytest.raises(Denied):
        verbs.open_shown(resident, "00000000")


def test_the_window_checks_the_original(resident: Person, clerk: Person, head: Person,
                                        client_of: Callable[[Person], Client]) -> None:
    paper = add(resident, number="33010619481125002", valid_until=None)
    showing = verbs.open_shown(clerk, verbs.show(resident, paper))
    with pytest.raises(Denied):
        verbs.verify(head, showing)
    url = f"/gov/desk/wallet/{showing.pk}/"
    assert client_of(clerk).post(url, {"number": NUMBER, "valid_until": "2020-01-01"}).status_code == 422
    for _twice in range(2):
        assert client_of(clerk).post(url, {"number": NUMBER, "valid_until": "2030-01-01"}).status_code == 302
    paper.refresh_from_db()
    assert (paper.source, paper.verified_by, paper.number) == ("verified", clerk, NUMBER)
    assert PaperUse.objects.filter(kind="verified").count() == 1


def test_nobody_checks_their_own(clerk: Person) -> None:
    paper = add(clerk)
    showing = verbs.open_shown(clerk, verbs.show(clerk, paper))
    with pytest.raises(Refused, match="own_paper"):
        verbs.verify(clerk, showing)
    with pytest.raises(Refused, match="own_paper"):
        verbs.keep_verified(clerk, clerk, licence="id_card")


def test_staff_put_one_in_at_the_window(resident: Person, clerk: Person, other_worker: Person,
                                        client_of: Callable[[Person], Client]) -> None:
    told = {"phone": resident.phone, "licence": "senior_card", "number": "Y-1", "present": "on", "once": "w"}
    assert client_of(clerk).post("/gov/desk/wallet/keep/", {**told, "present": ""}).status_code == 422
    assert client_of(other_worker).post("/gov/desk/wallet/keep/", told).status_code == 422  # not one of theirs
    for _twice in range(2):
        assert client_of(clerk).post("/gov/desk/wallet/keep/", {**told, "photo": photo()}).status_code == 302
    paper = Paper.objects.get()
    assert (paper.owner, paper.source, paper.verified_by) == (resident, "verified", clerk)
    assert Consent.objects.get().channel == "window"
    assert PaperScan.objects.count() == 1


def test_the_best_one_counts(resident: Person, clerk: Person) -> None:
    own = add(resident)
    assert wallet.held(resident, "id_card") == own
    checked = wallet.keep_verified(clerk, resident, "id_card", None, date(2026, 11, 30))
    assert wallet.held(resident, "id_card") == checked
    assert wallet.held(resident, "id_card", on=date(2026, 12, 1)) == own
    assert wallet.held(resident, "passport") is None


def test_used_by_a_tap_and_seen_by_who_handles_it(
        catalogue: Any, community: Area, resident: Person, mother: Person, clerk: Person, other_worker: Person,
        neighbour: Person, client_of: Callable[[Person], Client]) -> None:
    paper = add(mother)
    matter = handed_in("test-allowance", mother, community, actor=resident)
    assert wallet.offer(neighbour, matter) == []
    assert wallet.offer(resident, matter) == [("id_card", paper)]
    with pytest.raises(Denied):
        verbs.use(neighbour, matter, "id_card", paper)
    with pytest.raises(Refused, match="no_such_material"):
        verbs.use(resident, matter, "moon", paper)
    scan = f"/gov/wallet/{paper.pk}/scan/"
    assert client_of(clerk).get(scan).status_code == 404
    assert verbs.use(resident, matter, "id_card", paper) == verbs.use(resident, matter, "id_card", paper)
    assert wallet.offer(resident, matter) == []
    assert wallet.used_in(matter.pk) == {"id_card": paper}
    assert client_of(clerk).get(scan).status_code == 200
    assert client_of(other_worker).get(scan).status_code == 404
    assert client_of(clerk).get(f"/gov/wallet/{paper.pk}/").status_code == 404  # the picture, not the wallet
    assert "测试津贴发放" in client_of(mother).get(f"/gov/wallet/{paper.pk}/").content.decode()
    other = add(mother, once="b")
    assert verbs.use(mother, matter, "id_card", other).paper == other  # replaced, not doubled
    assert PaperUse.objects.filter(kind="matter").count() == 1


def test_a_dead_paper_is_not_used(catalogue: Any, community: Area, resident: Person) -> None:
    paper = add(resident, valid_until=date(2026, 11, 26))
    matter = handed_in("test-allowance", resident, community)
    with clock.at(clock.now() + timedelta(days=2)):
        assert wallet.offer(resident, matter) == []
        with pytest.raises(Refused, match="paper_over"):
            verbs.use(resident, matter, "id_card", paper)
        with pytest.raises(Refused, match="paper_over"):
            verbs.show(resident, paper)


def result(pk: int = 1) -> Any:
    return SimpleNamespace(pk=pk, name="老年人优待证", number="LLR-1", valid_from=date(2026, 11, 25), valid_until=None)


def test_what_is_issued_goes_in_by_itself(resident: Person) -> None:
    paper = wallet.keep_issued(resident, licence="senior_card", result=result())
    assert paper is not None
    assert wallet.keep_issued(resident, licence="senior_card", result=result()) == paper
    assert wallet.keep_issued(None, licence="senior_card", result=result(2)) is None
    assert wallet.held(resident, "senior_card") == paper
    wallet.revoke_issued(result())
    assert wallet.held(resident, "senior_card") is None
    paper.refresh_from_db()
    assert paper.state == "revoked"


@pytest.mark.parametrize(("left", "told"), [(61, []), (60, [60]), (45, [60]), (30, [30]), (8, [30]), (7, [7]),
                                            (0, [7]), (-1, [])])
def test_reminders(resident: Person, left: int, told: list[int]) -> None:
    paper = add(resident, valid_until=date(2027, 3, 1))
    with clock.at(clock.now() + timedelta(days=(date(2027, 3, 1) - date(2026, 11, 25)).days - left)):
        wallet.remind()
        wallet.remind()
    keys = [row.key for row in Notice.objects.filter(person=resident, key__startswith="gov.wallet.")]
    assert keys == [f"gov.wallet.{paper.pk}.20270301.{days}" for days in told]


def test_reminders_reach_who_acts_and_stop_when_renewed(resident: Person, mother: Person) -> None:
    add(mother, valid_until=date(2026, 12, 20))
    assert wallet.remind() == 2
    assert Notice.objects.filter(person=resident, key__startswith="gov.wallet.").count() == 1
    add(mother, once="new", valid_until=date(2036, 12, 20))
    with clock.at(clock.now() + timedelta(days=20)):
        assert wallet.remind() == 0


def test_taken_out(catalogue: Any, community: Area, resident: Person, clerk: Person,
                   client_of: Callable[[Person], Client]) -> None:
    paper, other = add(resident), add(resident, once="b", licence="senior_card")
    matter = handed_in("test-allowance", resident, community)
    verbs.use(resident, matter, "id_card", paper)
    client = client_of(resident)
    assert "先留着" in client.get(f"/gov/wallet/{other.pk}/drop/").content.decode()
    assert Paper.objects.count() == 2
    assert client.post(f"/gov/wallet/{other.pk}/drop/").status_code == 302
    assert client.post(f"/gov/wallet/{paper.pk}/drop/").status_code == 302
    assert [row.pk for row in Paper.objects.all()] == [paper.pk]  # the matter rests on it
    assert client.get(f"/gov/wallet/{paper.pk}/").status_code == 404
    assert client_of(clerk).get(f"/gov/wallet/{paper.pk}/scan/").status_code == 200
    paper.refresh_from_db()
    assert rights.erase_paper(paper, "gov.application") == "deleted"


def test_consent_taken_back_empties_it(resident: Person) -> None:
    add(resident)
    issued = wallet.keep_issued(resident, licence="senior_card", result=result())
    withdraw_consent(resident, "gov.wallet")
    rights.on_consent_withdrawn(Consent.objects.get().pk)
    assert list(Paper.objects.all()) == [issued]


def test_erasure_and_copy(resident: Person) -> None:
    add(resident)
    assert rights.copy_of_wallet(resident)["papers"][0]["number"] == NUMBER
    assert rights.erase_wallet(resident) == ["从证照里删掉了 1 张证。"]
    assert not PaperScan.objects.exists()
    assert rights.erase_wallet(resident) == []


def test_by_the_pages(resident: Person, client_of: Callable[[Person], Client]) -> None:
    client = client_of(resident)
    assert "还没有放证" in client.get("/gov/wallet/").content.decode()
    page = client.get("/gov/wallet/add/").content.decode()
    assert 'name="agreed"' in page
    told = {"licence": "id_card", "number": NUMBER, "once": "f", "agreed": "on"}
    missing = client.post("/gov/wallet/add/", told)
    assert missing.status_code == 422
    assert NUMBER in missing.content.decode()
    assert client.post("/gov/wallet/add/", {**told, "photo": photo()}).status_code == 302
    assert 'name="agreed"' not in client.get("/gov/wallet/add/").content.decode()  # asked once
    assert "**************0028" in client.get("/gov/wallet/").content.decode()


def test_a_papers_name_is_in_the_readers_language_unless_it_has_one_of_its_own() -> None:
    plain, own = Paper(licence="id_card", name="身份证"), Paper(licence="id_card", name="老身份证")
    assert wallet.name_of(plain) == "身份证"
    with translation.override("en"):
        assert (wallet.name_of(plain), wallet.name_of(own)) == ("Identity card", "老身份证")
