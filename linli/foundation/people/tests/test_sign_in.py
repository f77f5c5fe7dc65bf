from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from django.test import Client

from linli.foundation import audit
from linli.foundation.calendar import clock
from linli.foundation.people import actions
from linli.foundation.people.models import Person, SignInCode, SignInSession
from linli.foundation.web import Refused

if TYPE_CHECKING:
    from pytest_django import Settings

    from linli.foundation.areas.models import Area
    from linli.foundation.people.tests.conftest import Outbox

PHONE, E164 = "138 0000 0001", "+8613800000001"
Ask = Callable[..., str]


def test_a_new_phone_makes_an_account_after_choosing_the_community(ask: Ask, community: Area) -> None:
    client = Client()
    digits = ask(client, PHONE)
    proven = client.post("/sign-in/code/", {"code": f" {digits[:3]} {digits[3:]} "})
    assert proven.headers["Location"] == "/sign-in/join/"
    page = client.get("/sign-in/join/").content.decode()
    assert "180 天删掉" in page
    assert "checkbox" not in page  # a contract needs a notice, not a consent box
    assert client.post("/sign-in/join/", {"community": community.pk, "title": "林女士"}).headers["Location"] == "/"
    person = Person.objects.by_phone(E164).get()
    assert (person.title, person.community) == ("林女士", community)
    assert client.session["_auth_user_id"] == str(person.pk)
    assert audit.verbs(person) == ["people.join", "people.sign_in"]


def test_a_known_phone_is_signed_in_where_it_wanted_to_go(ask: Ask, resident: Person) -> None:
    client = Client()
    digits = ask(client, resident.phone or "", next="/me/residency/")
    before = client.session.session_key
    assert client.post("/sign-in/code/", {"code": digits}).headers["Location"] == "/me/residency/"
    assert client.session.session_key != before
    assert SignInSession.objects.get(person=resident).session_key == client.session.session_key


@pytest.mark.parametrize("target", ["https://elsewhere.example/", "//elsewhere.example/", "javascript:alert(1)"])
def test_signing_in_leads_to_this_site_only(ask: Ask, resident: Person, target: str) -> None:
    client = Client()
    digits = ask(client, resident.phone or "", next=target)
    assert client.post("/sign-in/code/", {"code": digits}).headers["Location"] == "/"


def test_known_and_unknown_phone_get_the_same_answer(outbox: Outbox, resident: Person) -> None:
    pages = []
    for phone in (resident.phone or "", "+8613800000002"):
        client = Client()
        first = client.post("/sign-in/", {"phone": phone})
        page = client.get("/sign-in/code/").content.decode()
        pages.append((first.status_code, first.headers["Location"], page.replace(phone[-4:], "####").replace(
            f"{phone[3:6]}****", "###****").split("csrf")[0]))
    assert pages[0] == pages[1]
    assert SignInCode.objects.count() == 2


def test_a_code_lies_nowhere_in_plain(ask: Ask, resident: Person) -> None:
    from django.db import connection

    digits = ask(Client(), resident.phone or "")
    with connection.cursor() as cursor:
        rooms = {"people", "jobs", "audit", "django"}
        tables = [name for name in connection.introspection.table_names(cursor) if name.split("_")[0] in rooms]
        for table in tables:
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                texts = [cell for cell in row if isinstance(cell, str)]
                assert not any(digits == text or f'"{digits}"' in text for text in texts), table
    assert SignInCode.objects.get().unsent == ""


def test_a_code_lives_three_minutes_and_is_extended_once(outbox: Outbox, db: None) -> None:
    start = clock.now()
    with clock.at(start):
        code = actions.ask_code(E164)
        plain = code.unsent
    with clock.at(start + timedelta(minutes=2, seconds=59)):
        assert actions.extend_code(code.pk).expires_at == start + timedelta(minutes=6)
        with pytest.raises(Refused, match="not_extended"):
            actions.extend_code(code.pk)
    with clock.at(start + timedelta(minutes=6, seconds=1)), pytest.raises(Refused, match="code_gone"):
        actions.try_code(code.pk, plain)
    with clock.at(start + timedelta(minutes=5, seconds=59)):
        assert actions.try_code(code.pk, plain).used_at


def test_an_expired_code_is_not_extended(outbox: Outbox, db: None) -> None:
    code = actions.ask_code(E164)
    with clock.at(clock.now() + timedelta(minutes=3, seconds=1)), pytest.raises(Refused, match="not_extended"):
        actions.extend_code(code.pk)


def test_a_code_works_once(outbox: Outbox, resident: Person) -> None:
    code = actions.ask_code(resident.phone or "")
    plain = code.unsent
    actions.try_code(code.pk, plain)
    with pytest.raises(Refused, match="code_gone"):
        actions.try_code(code.pk, plain)
    proof = actions.proven(code.pk)
    assert proof
    actions.spend(proof)
    with pytest.raises(Refused, match="proof_gone"):
        actions.spend(proof)
    assert actions.proven(code.pk) is None


def test_five_wrong_tries_end_a_code_even_for_the_right_one(outbox: Outbox, db: None) -> None:
    code = actions.ask_code(E164)
    plain = code.unsent
    wrong = "000000" if plain != "000000" else "111111"
    said = []
    for _attempt in range(5):
        with pytest.raises(Refused) as refused:
            actions.try_code(code.pk, wrong)
        said.append(refused.value.code)
    assert said == ["code_wrong"] * 4 + ["code_gone"]
    with pytest.raises(Refused, match="code_gone"):
        actions.try_code(code.pk, plain)


def test_ten_failures_lock_the_phone_whoever_asks(outbox: Outbox, resident: Person) -> None:
    phone = resident.phone or ""
    for _attempt in range(10):
        with pytest.raises(Refused, match="not_matching"):
            actions.check_password(phone, "not this one")
    with pytest.raises(Refused, match="locked"):
        actions.ask_code(phone)
    with clock.at(clock.now() + timedelta(minutes=16)):
        assert actions.ask_code(phone)


def test_failures_of_one_address_lock_it_over_many_phones(outbox: Outbox, db: None) -> None:
    for number in range(50):
        with pytest.raises(Refused, match="not_matching"):
            actions.check_password(f"+86138000010{number:02d}", "guess", address="203.0.113.9")
    with pytest.raises(Refused, match="locked"):
        actions.ask_code(E164, address="203.0.113.9")
    assert actions.ask_code(E164, address="203.0.113.10")


def test_codes_are_not_sent_without_end(outbox: Outbox, db: None) -> None:
    for _attempt in range(5):
        actions.ask_code(E164)
    with pytest.raises(Refused, match="too_many_codes"):
        actions.ask_code(E164)
    with clock.at(clock.now() + timedelta(hours=1, seconds=1)):
        actions.ask_code(E164)


def test_what_was_typed_stays_when_it_is_wrong(client: Client, db: None) -> None:
    answer = client.post("/sign-in/", {"phone": "1380000000"})
    assert answer.status_code == 422
    assert "手机号要 11 位，现在是 10 位" in answer.content.decode()
    assert 'value="1380000000"' in answer.content.decode()


def test_the_code_field_takes_paste_and_autofill(ask: Ask, client: Client, db: None) -> None:
    ask(client, PHONE)
    assert 'autocomplete="one-time-code"' in client.get("/sign-in/code/").content.decode()


def test_signing_out_ends_the_session(ask: Ask, resident: Person) -> None:
    client = Client()
    client.post("/sign-in/code/", {"code": ask(client, resident.phone or "")})
    assert client.get("/sign-out/").status_code == 200
    client.post("/sign-out/")
    assert "_auth_user_id" not in client.session
    assert SignInSession.objects.get(person=resident).ended


def test_one_tap_is_for_demo_people_in_demo_mode_only(settings: Settings, resident: Person) -> None:
    Person.objects.filter(pk=resident.pk).update(is_demo=True)
    settings.LINLI_DEMO = True
    client = Client()
    assert resident.title in client.get("/sign-in/").content.decode()
    assert client.post("/sign-in/demo/", {"person": resident.pk}).status_code == 302
    assert client.session["_auth_user_id"] == str(resident.pk)
    Person.objects.filter(pk=resident.pk).update(is_demo=False)
    assert Client().post("/sign-in/demo/", {"person": resident.pk}).status_code == 404
    Person.objects.filter(pk=resident.pk).update(is_demo=True)
    settings.LINLI_DEMO = False
    assert Client().post("/sign-in/demo/", {"person": resident.pk}).status_code == 404
    assert resident.title not in Client().get("/sign-in/").content.decode()


def test_demo_mode_shows_the_code_and_sends_nothing(settings: Settings, client: Client, db: None) -> None:
    settings.LINLI_DEMO = True
    client.post("/sign-in/", {"phone": PHONE})
    assert SignInCode.objects.get().unsent in client.get("/sign-in/code/").content.decode()
