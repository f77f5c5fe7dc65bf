from __future__ import annotations

import base64
import json
import smtplib
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import http_ece
import pytest
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.core import mail
from django.test import Client

from linli.foundation import audit
from linli.foundation.calendar import clock
from linli.foundation.jobs import run_all
from linli.foundation.notices import actions, profile_allowed, sending, tell
from linli.foundation.notices.channels import NotSent, email, push
from linli.foundation.notices.confirming import token_of
from linli.foundation.notices.models import Delivery, EmailAddress, Notice, PushSubscription
from linli.foundation.people.models import Person

pytestmark = pytest.mark.django_db
ClientOf = Callable[[Person], Client]
NOON = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)
BROWSER = ec.generate_private_key(ec.SECP256R1())
P256DH = base64.urlsafe_b64encode(BROWSER.public_key().public_bytes(
    serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)).rstrip(b"=").decode()
AUTH = "AAECAwQFBgcICQoLDA0ODw"
ENDPOINT = "https://updates.push.services.mozilla.com/wpush/v2/abc"


# The inbox

def test_the_inbox_shows_ones_own_newest_first_and_is_read(
    resident: Person, neighbour: Person, client_of: ClientOf,
) -> None:
    for number in range(35):
        tell(resident, f"第 {number} 条消息", key=f"n.{number}", url="/me/")
    tell(neighbour, "别人的消息", key="other")
    client = client_of(resident)
    page = client.get("/me/notices/").content.decode()
    assert page.index("第 34 条") < page.index("第 33 条")
    assert "第 4 条消息" not in page  # it is on the next page
    assert "别人的消息" not in page
    assert "下一页" in page
    first = Notice.objects.filter(person=resident).latest("id")
    assert client.get(f"/me/notices/{first.pk}/").headers["Location"] == "/me/"
    assert "第 34 条" not in client.get("/me/notices/?only=unread").content.decode()
    client.post("/me/notices/read/")
    assert not Notice.objects.filter(person=resident, read_at=None).exists()
    assert Notice.objects.filter(person=neighbour, read_at=None).exists()


def test_another_persons_notice_is_not_there(resident: Person, neighbour: Person, client_of: ClientOf) -> None:
    notice = tell(neighbour, "别人的消息", key="other")
    client = client_of(resident)
    assert client.get(f"/me/notices/{notice.pk}/").status_code == 404
    assert client.post(f"/me/notices/{notice.pk}/read/").status_code == 404
    notice.refresh_from_db()
    assert notice.read_at is None


def test_a_notice_leads_to_no_other_site(resident: Person, client_of: ClientOf) -> None:
    notice = tell(resident, "看这里", key="x", url="https://example.com/")
    answer = client_of(resident).get(f"/me/notices/{notice.pk}/")
    assert answer.status_code == 200
    assert "看这里" in answer.content.decode()


def test_what_a_notice_says_is_shown_as_text(resident: Person, client_of: ClientOf) -> None:
    notice = tell(resident, "<script>alert(1)</script>", key="x", title="<b>x</b>")
    for url in ("/me/notices/", f"/me/notices/{notice.pk}/"):
        page = client_of(resident).get(url).content.decode()
        assert "<script>alert" not in page
        assert "<b>x</b>" not in page


# The choices

SETTINGS = {
    "sms": "all", "push": "off", "email": "urgent", "quiet_from": "21:30", "quiet_until": "08:00", "digest_at": "08:30"}


def test_a_choice_holds_from_then_on(resident: Person, client_of: ClientOf) -> None:
    client = client_of(resident)
    assert "22:00" in client.get("/me/notices/settings/").content.decode()
    assert client.post("/me/notices/settings/", {**SETTINGS, "no_profile": "on"}).status_code == 302
    mine = Person.objects.get(pk=resident.pk)
    assert not profile_allowed(mine)
    with clock.at(datetime(2026, 11, 25, 13, 45, tzinfo=UTC)):  # 21:45 in Shanghai: quiet by her own choice
        tell(mine, "水来了", key="x")
    assert Delivery.objects.get(channel="sms").due_at == datetime(2026, 11, 26, 0, 30, tzinfo=UTC)
    assert audit.verbs(mine)[-1] == "notices.choose"


@pytest.mark.parametrize(("change", "sentence"), [
    ({"quiet_from": ""}, "写一个时间"), ({"quiet_from": "25:99"}, "写一个时间"), ({"sms": "always"}, "选一项"),
    ({"digest_at": "23:00"}, "别打扰的时段里"),
])
def test_what_cannot_be_chosen_is_said_beside_the_field(
    resident: Person, client_of: ClientOf, change: dict[str, str], sentence: str,
) -> None:
    answer = client_of(resident).post("/me/notices/settings/", {**SETTINGS, **change})
    assert answer.status_code == 422
    assert sentence in answer.content.decode()


# Push

def subscription(**changes: object) -> str:
    return json.dumps({"endpoint": ENDPOINT, "keys": {"p256dh": P256DH, "auth": AUTH}, **changes})


def subscribed(client: Client, body: str) -> int:
    return client.post("/notices/push/", body, content_type="application/json").status_code


def test_a_browser_rings_for_who_asked_last(resident: Person, neighbour: Person, client_of: ClientOf) -> None:
    assert subscribed(client_of(resident), subscription()) == 201
    assert subscribed(client_of(neighbour), subscription()) == 201
    assert PushSubscription.objects.get().person == neighbour
    assert Person.objects.get(pk=neighbour.pk).channels["push"] == "all"
    client_of(neighbour).post("/me/notices/push/off/")
    assert not PushSubscription.objects.exists()
    assert Person.objects.get(pk=neighbour.pk).channels["push"] == "off"


@pytest.mark.parametrize("body", [
    "", "[]", "{}", '{"endpoint": 1, "keys": {"p256dh": [], "auth": {}}}', "x" * 5000,
    subscription(endpoint="http://127.0.0.1:8000/inner"), subscription(endpoint="https://169.254.169.254/latest"),
    subscription(endpoint="https://push.apple.com.example.org/x"), subscription(endpoint="https://evilpush.apple.com/x"),
    subscription(endpoint="https://fcm.googleapis.com:22/x"), subscription(keys={"p256dh": "AAAA", "auth": "AAAA"}),
    subscription(keys={"p256dh": "B" + "A" * 86, "auth": AUTH}),
])
def test_a_forged_subscription_is_refused(resident: Person, client_of: ClientOf, body: str) -> None:
    assert subscribed(client_of(resident), body) == 422
    assert not PushSubscription.objects.exists()


def test_nobody_subscribes_without_signing_in(client: Client) -> None:
    assert subscribed(client, subscription()) == 302


def test_a_push_is_encrypted_to_the_browser_and_a_gone_browser_is_forgotten(
    resident: Person, monkeypatch: pytest.MonkeyPatch,
) -> None:
    actions.subscribe(resident, endpoint=ENDPOINT, p256dh=P256DH, auth=AUTH)
    asked: list[tuple[str, bytes, dict[str, str]]] = []
    statuses = [503, 201, 410]

    def post(session: object, endpoint: str, data: bytes, headers: dict[str, str], timeout: float) -> requests.Response:
        asked.append((endpoint, data, headers))
        answer = requests.Response()
        answer.status_code = statuses.pop(0)
        return answer

    monkeypatch.setattr(requests.Session, "post", post)
    resident = Person.objects.get(pk=resident.pk)
    with clock.at(NOON):
        tell(resident, "水来了", key="x")
        sending.send_all()
    with clock.at(NOON + timedelta(seconds=10)):
        sending.send_all()
    assert Delivery.objects.get().state == Delivery.State.SENT
    endpoint, data, headers = asked[-1]
    assert endpoint == ENDPOINT
    assert json.loads(http_ece.decrypt(data, private_key=BROWSER, auth_secret=bytes(range(16))))["body"] == "水来了"
    assert push.public_key() in headers["authorization" if "authorization" in headers else "Authorization"]
    with clock.at(NOON + timedelta(minutes=1)):
        tell(resident, "电梯修好了", key="y")
        sending.send_all()
    assert not PushSubscription.objects.exists()
    assert Delivery.objects.get(notice__key="y").state == Delivery.State.FAILED


# E-mail

@pytest.fixture
def post_office(monkeypatch: pytest.MonkeyPatch) -> list[mail.EmailMessage]:
    """An SMTP server that takes everything; what it took is Django's outbox."""
    monkeypatch.setenv("LINLI_EMAIL_URL", "smtp://linli%40example.org:pw@smtp.example.org:587")
    real = mail.get_connection
    monkeypatch.setattr(email, "get_connection", lambda *a, **k: real("django.core.mail.backends.locmem.EmailBackend"))
    return mail.outbox


def test_an_address_gets_mail_only_after_it_was_confirmed(
    resident: Person, neighbour: Person, client_of: ClientOf, post_office: list[mail.EmailMessage],
) -> None:
    client = client_of(resident)
    assert client.post("/me/notices/email/", {"address": "lin@example.com"}).status_code == 302
    run_all()
    letter = post_office[-1]
    assert letter.to == ["lin@example.com"]
    path = "/me/notices/email/" + letter.body.split("/me/notices/email/")[1].strip()
    assert client_of(neighbour).get(path).status_code == 404  # whoever else opens the link
    assert client.get(path).status_code == 200
    assert EmailAddress.objects.get().confirmed_at is None  # a link scanner confirms nothing
    assert client.post(path).status_code == 302
    with clock.at(NOON):
        tell(Person.objects.get(pk=resident.pk), "水来了", key="x", title="停水\n通知")
        sending.send_all()
    assert post_office[-1].subject == "停水 通知"
    assert "水来了" in post_office[-1].body
    client.post("/me/notices/email/off/")
    assert not EmailAddress.objects.exists()


def test_a_changed_address_makes_the_old_link_worthless(
    resident: Person, post_office: list[mail.EmailMessage],
) -> None:
    with clock.at(NOON):
        old = token_of(actions.give_address(resident, "old@example.com"))
    with clock.at(NOON + timedelta(minutes=3)):
        actions.give_address(resident, "new@example.com")
    from linli.foundation.notices.confirming import address_of

    assert address_of(old) is None


def test_nobody_is_mailed_again_and_again(
    resident: Person, client_of: ClientOf, post_office: list[mail.EmailMessage],
) -> None:
    client = client_of(resident)
    client.post("/me/notices/email/", {"address": "lin@example.com"})
    answer = client.post("/me/notices/email/", {"address": "stranger@example.com"})
    assert answer.status_code == 422
    assert "stranger@example.com" in answer.content.decode()  # what was typed stays


@pytest.mark.parametrize(("problem", "code", "final"), [
    (smtplib.SMTPRecipientsRefused({"a@b.c": (550, b"no")}), "address_refused", True),
    (smtplib.SMTPRecipientsRefused({"a@b.c": (450, b"later")}), "address_refused", False),
    (smtplib.SMTPDataError(451, b"later"), "smtp_451", False), (OSError("down"), "unreachable", False),
])
def test_what_the_mail_server_says_decides_whether_to_try_again(
    post_office: list[mail.EmailMessage], monkeypatch: pytest.MonkeyPatch, problem: Exception, code: str, final: bool,
) -> None:
    def fail(self: mail.EmailMessage, fail_silently: bool = False) -> int:
        raise problem

    monkeypatch.setattr(mail.EmailMessage, "send", fail)
    with pytest.raises(NotSent) as caught:
        email.send_letter("a@b.c", "x", "y", key="k")
    assert (caught.value.code, caught.value.final) == (code, final)


# What did not arrive

@pytest.fixture
def lost(neighbour: Person) -> Delivery:
    """A text that the gateway refused for good."""
    with clock.at(NOON):
        notice = tell(neighbour, "秘密的事", key="x", urgent=True)
    Delivery.objects.filter(notice=notice).update(state=Delivery.State.FAILED, error="http_400", tries=8)
    return Delivery.objects.get()


def test_staff_of_the_place_see_that_it_did_not_arrive_but_not_what_it_said(
    worker: Person, other_worker: Person, lost: Delivery, client_of: ClientOf,
) -> None:
    page = client_of(worker).get("/desk/notices/").content.decode()
    assert "http_400" in page
    assert "****" in page
    assert "秘密" not in page
    assert "http_400" not in client_of(other_worker).get("/desk/notices/").content.decode()
    assert client_of(other_worker).post(f"/desk/notices/{lost.pk}/retry/").status_code == 404


def test_staff_send_it_again_or_tell_the_person_otherwise(worker: Person, lost: Delivery, client_of: ClientOf) -> None:
    client = client_of(worker)
    client.post(f"/desk/notices/{lost.pk}/retry/")
    lost.refresh_from_db()
    assert (lost.state, lost.tries) == (Delivery.State.QUEUED, 0)
    Delivery.objects.update(state=Delivery.State.FAILED)
    assert client.get(f"/desk/notices/{lost.pk}/give-up/").status_code == 200
    client.post(f"/desk/notices/{lost.pk}/give-up/")
    lost.refresh_from_db()
    assert lost.state == Delivery.State.SKIPPED
    assert audit.verbs(lost) == ["notices.retry", "notices.give_up"]
