from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING

import pyotp
import pytest
from django.test import Client

from linli.foundation.calendar import clock
from linli.foundation.people import actions
from linli.foundation.people.models import Person, SecondFactor, SignInSession
from linli.foundation.people.tests.conftest import Outbox
from linli.foundation.web import Denied, Refused

if TYPE_CHECKING:
    from linli.foundation.areas.models import Area

Ask = Callable[..., str]


def enter(ask: Ask, person: Person) -> Client:
    client = Client(HTTP_USER_AGENT="Mozilla/5.0 (iPhone) Safari/604")
    client.post("/sign-in/code/", {"code": ask(client, person.phone or "")})
    return client


def totp(person: Person) -> pyotp.TOTP:
    return pyotp.TOTP(SecondFactor.objects.get(person=person).secret)


def test_staff_reach_only_the_set_up_page_until_the_authenticator_is_set(ask: Ask, worker: Person) -> None:
    client = enter(ask, worker)
    for path in ("/desk/people/residencies/", "/me/profile/", "/"):
        assert client.get(path).headers["Location"] == "/me/security/second-factor/"
    assert client.get("/api/v1/anything").status_code == 403
    page = client.get("/me/security/second-factor/").content.decode()
    assert "<svg" in page
    wrong = client.post("/me/security/second-factor/", {"code": "000000"})
    assert wrong.status_code == 422
    done = client.post("/me/security/second-factor/", {"code": totp(worker).at(clock.now())}).content.decode()
    assert done.count("<li>") >= 8
    assert client.get("/desk/people/residencies/").status_code == 200


def test_the_next_sign_in_of_staff_asks_for_both_factors(ask: Ask, worker: Person) -> None:
    client = enter(ask, worker)
    client.get("/me/security/second-factor/")
    client.post("/me/security/second-factor/", {"code": totp(worker).at(clock.now())})
    with clock.at(clock.now() + timedelta(minutes=5)):
        again = Client()
        digits = ask(again, worker.phone or "")
        assert again.post("/sign-in/code/", {"code": digits}).headers["Location"] == "/sign-in/second/"
        assert "_auth_user_id" not in again.session
        assert again.post("/sign-in/second/", {"code": "123"}).status_code == 422
        assert again.post("/sign-in/second/", {"code": totp(worker).at(clock.now())}).headers["Location"] == "/"
        assert again.get("/desk/people/residencies/").status_code == 200


def test_a_totp_code_is_good_once_and_a_recovery_code_too(resident: Person) -> None:
    actions.start_second_factor(resident)
    start = clock.now()
    with clock.at(start):
        codes = actions.confirm_second_factor(resident, totp(resident).at(start))
        with pytest.raises(Refused, match="second_wrong"):
            actions.check_second_factor(resident, totp(resident).at(start))
        actions.check_second_factor(resident, codes[0].lower())
        with pytest.raises(Refused, match="second_wrong"):
            actions.check_second_factor(resident, codes[0])
    with clock.at(start + timedelta(seconds=90)):
        actions.check_second_factor(resident, totp(resident).at(clock.now()))


def test_guessing_the_second_factor_locks_it(resident: Person) -> None:
    actions.start_second_factor(resident)
    codes = actions.confirm_second_factor(resident, totp(resident).at(clock.now()))
    for _attempt in range(10):
        with pytest.raises(Refused, match="second_wrong"):
            actions.check_second_factor(resident, "000000")
    with pytest.raises(Refused, match="locked"):
        actions.check_second_factor(resident, codes[0])


def test_an_idle_staff_session_ends_and_a_residents_does_not(
        ask: Ask, worker: Person, resident: Person, settings: pytest.FixtureRequest) -> None:
    desk, home = enter(ask, worker), enter(ask, resident)
    desk.get("/me/security/")
    with clock.at(clock.now() + timedelta(minutes=31)):
        gone = desk.get("/me/security/sessions/")
        assert gone.headers["Location"].startswith("/sign-in/?next=%2Fme%2Fsecurity%2Fsessions%2F&idle=30")
        assert "_auth_user_id" not in desk.session
        assert home.get("/me/security/sessions/").status_code == 200
    assert SignInSession.objects.get(person=worker).ended


def test_a_device_is_listed_and_can_be_signed_out(ask: Ask, resident: Person, neighbour: Person) -> None:
    phone, library = enter(ask, resident), enter(ask, resident)
    page = phone.get("/me/security/sessions/").content.decode()
    assert page.count("Safari · iPhone") == 2
    assert "127.0.0.0/24" in page
    row = SignInSession.objects.get(session_key=library.session.session_key)
    assert enter(ask, neighbour).post(f"/me/security/sessions/{row.pk}/end/").status_code == 404
    assert library.get("/me/security/").status_code == 200
    phone.post(f"/me/security/sessions/{row.pk}/end/")
    assert library.get("/me/security/").status_code == 302
    assert phone.get("/me/security/").status_code == 200
    third = enter(ask, resident)
    phone.post("/me/security/sessions/others/end/")
    assert third.get("/me/security/").status_code == 302
    assert phone.get("/me/security/").status_code == 200


def test_a_password_may_be_set_changed_and_given_up(ask: Ask, resident: Person, outbox: Outbox) -> None:
    client, other = enter(ask, resident), enter(ask, resident)
    assert client.post("/me/security/password/", {"password": "short"}).status_code == 422
    assert client.post("/me/security/password/", {"password": "1234567890"}).status_code == 422
    assert client.post("/me/security/password/", {"password": "梧桐树下有一只猫"}).status_code == 302
    assert client.get("/me/security/").status_code == 200
    assert other.get("/me/security/").status_code == 302  # a new password ends what was open elsewhere
    wrong = client.post("/me/security/password/", {"present": "no", "password": "另一句很长的话呀"})
    assert wrong.status_code == 422
    by_password = Client()
    typed = {"phone": resident.phone, "password": "梧桐树下有一只猫"}
    assert by_password.post("/sign-in/password/", typed).headers["Location"] == "/"
    client.post("/me/security/password/", {"remove": "1"})
    assert Client().post("/sign-in/password/", typed).status_code == 422


def test_a_wrong_password_and_an_unknown_phone_read_the_same(resident: Person, db: None) -> None:
    def said(phone: str) -> str:
        with pytest.raises(Refused) as refused:
            actions.check_password(phone, "whatever")
        return f"{refused.value.code} {refused.value.sentence}"

    assert said(resident.phone or "") == said("+8613800000077")


def test_the_phone_is_changed_by_proving_the_new_one(
        ask: Ask, outbox: Outbox, resident: Person, neighbour: Person) -> None:
    from linli.foundation.jobs import run_all

    client = enter(ask, resident)
    client.post("/me/profile/phone/", {"phone": "13800000044"})
    run_all()
    assert outbox.sent[-1][0] == "+8613800000044"
    assert client.post("/me/profile/phone/code/", {"code": outbox.code}).status_code == 302
    assert Person.objects.by_phone("+8613800000044").get() == resident
    taken = actions.ask_code(neighbour.phone or "", purpose="new_phone", person=resident)
    proof = actions.try_code(taken.pk, taken.unsent)
    with pytest.raises(Refused, match="phone_taken"):
        actions.change_phone(resident, proof)
    for_sign_in = actions.ask_code("+8613800000045")
    with pytest.raises(Denied):
        actions.change_phone(resident, actions.try_code(for_sign_in.pk, for_sign_in.unsent))


def test_a_lost_authenticator_is_reset_by_another_administrator(
        ask: Ask, make_person: Callable[..., Person], worker: Person, community_head: Person, street: Area) -> None:
    admin = make_person("系统员", None, "system_admin", at=street)
    client = enter(ask, worker)
    client.get("/me/security/second-factor/")
    client.post("/me/security/second-factor/", {"code": totp(worker).at(clock.now())})
    held = worker.roles.get()
    with pytest.raises(Denied):
        actions.reset_second_factor(community_head, held)
    with pytest.raises(Refused, match="own_factor"):
        actions.reset_second_factor(admin, admin.roles.get())
    actions.reset_second_factor(admin, held)
    assert client.get("/me/security/").status_code == 302
    assert not SecondFactor.objects.exists()


def test_codes_meters_and_old_sign_ins_are_forgotten(ask: Ask, resident: Person) -> None:
    from linli.foundation.people.jobs import forget_old_sign_ins
    from linli.foundation.people.models import Meter, SignInCode

    client = enter(ask, resident)
    client.post("/sign-out/")
    with clock.at(clock.now() + timedelta(days=3)):
        forget_old_sign_ins()
    assert not SignInCode.objects.exists()
    assert not Meter.objects.exists()
    assert SignInSession.objects.exists()  # 网络安全法: six months
    with clock.at(clock.now() + timedelta(days=181)):
        forget_old_sign_ins()
    assert not SignInSession.objects.exists()
