from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.translation import gettext_lazy
from hypothesis import HealthCheck, given, settings, strategies as st

from linli.foundation.calendar import clock
from linli.foundation.notices import queries, sending, tell, unread_count
from linli.foundation.notices.jobs import forget_old_notices
from linli.foundation.notices.models import Delivery, DemoMessage, Notice
from linli.foundation.notices.tests.gateway import gateway
from linli.foundation.people.models import Person

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 11, 25, 4, 0, tzinfo=UTC)  # 12:00 in Shanghai
NIGHT = datetime(2026, 11, 25, 15, 0, tzinfo=UTC)  # 23:00
MORNING = datetime(2026, 11, 25, 23, 30, tzinfo=UTC)  # 07:30


@pytest.fixture
def texted(neighbour: Person) -> Person:
    """Somebody who wants everything as text messages."""
    neighbour.channels = {"sms": "all"}
    neighbour.save()
    return neighbour


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.sampled_from("abc"), st.booleans()), max_size=12))
def test_the_same_key_tells_the_same_person_once(texted: Person, told: list[tuple[str, bool]]) -> None:
    Notice.objects.all().delete()
    for key, urgent in told:
        tell(texted, "水来了", key=key, urgent=urgent)
    keys = {key for key, _urgent in told}
    assert {notice.key for notice in Notice.objects.filter(person=texted)} == keys
    assert Delivery.objects.filter(person=texted).count() == len(keys)
    assert unread_count(texted) == len(keys)


def test_two_people_may_be_told_by_the_same_key(texted: Person, resident: Person) -> None:
    assert tell(texted, "水来了", key="water").pk != tell(resident, "水来了", key="water").pk
    assert list(queries.inbox(resident)) == list(Notice.objects.filter(person=resident))


def test_a_person_reads_it_in_their_language(neighbour: Person) -> None:
    neighbour.language = "en"
    notice = tell(neighbour, gettext_lazy("您有 %(count)d 条新消息"), key="x", values={"count": 3})
    assert notice.sentence != "您有 3 条新消息"
    assert "3" in notice.sentence


def test_an_unchosen_channel_costs_nothing(neighbour: Person) -> None:
    tell(neighbour, "水来了", key="calm")
    assert not Delivery.objects.exists()
    tell(neighbour, "燃气泄漏，请开窗离开", key="gas", urgent=True)  # a text message is for what is urgent
    assert [row.channel for row in Delivery.objects.all()] == ["sms"]


def test_the_sentence_does_not_lie_open_in_the_database(neighbour: Person) -> None:
    tell(neighbour, "王阿姨的药到了", key="x", title="取药")
    with connection.cursor() as cursor:
        cursor.execute("SELECT sentence, title FROM notices_notice")
        raw = str(cursor.fetchall())
    assert "药" not in raw


def test_a_gateway_that_fails_twice_is_asked_a_third_time(texted: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    with gateway(503, 500) as server:
        monkeypatch.setenv("LINLI_SMS_URL", server.url)
        monkeypatch.setenv("LINLI_SMS_TOKEN", "token")
        with clock.at(NOON):
            tell(texted, "水来了", key="x", url="/matters/1/")
            assert sending.send_all() == 1
        for wait in (9, 10, 29, 30):
            with clock.at(NOON + timedelta(seconds=wait)):
                sending.send_all()
        row = Delivery.objects.get()
        assert (row.state, row.tries, row.error) == (Delivery.State.SENT, 3, "")
        assert row.sent_at == NOON + timedelta(seconds=30)
        _key, body, authorisation = server.asked[0]
        assert authorisation == "Bearer token"
        assert body["to"] == texted.phone
        assert body["text"].startswith("水来了 http")


def test_a_gateway_that_took_it_but_could_not_say_so_sees_the_same_key_again(
    texted: Person, monkeypatch: pytest.MonkeyPatch,
) -> None:
    with gateway("drop") as server:
        monkeypatch.setenv("LINLI_SMS_URL", server.url)
        with clock.at(NOON):
            tell(texted, "水来了", key="x")
            sending.send_all()
        with clock.at(NOON + timedelta(seconds=10)):
            sending.send_all()
        assert len(server.asked) == 2
        assert len(server.taken) == 1


def test_a_worker_that_dies_while_sending_is_followed_by_another(
    texted: Person, monkeypatch: pytest.MonkeyPatch,
) -> None:
    with gateway() as server:
        monkeypatch.setenv("LINLI_SMS_URL", server.url)
        with clock.at(NOON):
            tell(texted, "水来了", key="x")
            assert sending.claim(NOON) is not None  # and then nothing more is heard of that worker
            assert sending.send_all() == 0
        with clock.at(NOON + sending.LEASE):
            assert sending.send_all() == 1
        assert Delivery.objects.get().state == Delivery.State.SENT


@pytest.mark.parametrize(("answer", "tries", "error"), [
    (400, 1, "http_400"), (302, None, "http_302"), (429, None, "http_429")])
def test_what_the_gateway_will_never_take_is_not_tried_for_ever(
    texted: Person, monkeypatch: pytest.MonkeyPatch, answer: int, tries: int | None, error: str,
) -> None:
    with gateway(*[answer] * 50) as server:
        monkeypatch.setenv("LINLI_SMS_URL", server.url)
        with clock.at(NOON):
            tell(texted, "水来了", key="x")
        for hour in range(24):
            with clock.at(NOON + timedelta(hours=hour)):
                sending.send_all()
        row = Delivery.objects.get()
        assert (row.state, row.error) == (Delivery.State.FAILED, error)
        assert row.tries == (tries or 8)


def test_the_night_is_kept_quiet_and_told_in_one_message_in_the_morning(
    texted: Person, monkeypatch: pytest.MonkeyPatch,
) -> None:
    with gateway(503) as server:
        monkeypatch.setenv("LINLI_SMS_URL", server.url)
        with clock.at(NIGHT):
            for number, sentence in enumerate(("水来了。", "电梯修好了。", "包裹到了。")):
                tell(texted, sentence, key=f"night.{number}")
            tell(texted, "燃气泄漏，请开窗离开", key="gas", urgent=True)
            sending.send_all()
        with clock.at(NIGHT + timedelta(seconds=10)):
            sending.send_all()
        assert next(iter(server.taken.values())).startswith("燃气泄漏")
        assert unread_count(texted) == 4  # the inbox has them at once
        with clock.at(MORNING - timedelta(seconds=1)):
            assert sending.send_all() == 0
        with clock.at(MORNING):
            assert sending.send_all() == 1
    digest = list(server.taken.values())[1]
    assert digest.startswith("您有 3 条新消息：水来了；电梯修好了；包裹到了 http")
    assert not Delivery.objects.exclude(state=Delivery.State.SENT).exists()
    assert len(set(Delivery.objects.filter(held=True).values_list("bundle", flat=True))) == 1


def test_a_failed_digest_keeps_its_content_and_its_key(texted: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    with gateway("drop") as server:
        monkeypatch.setenv("LINLI_SMS_URL", server.url)
        with clock.at(NIGHT):
            for number in range(2):
                tell(texted, f"第 {number} 条", key=f"night.{number}")
        with clock.at(MORNING):
            sending.send_all()
            texted.channels = {"sms": "digest"}
            Notice.objects.create(person=texted, key="late", sentence="晚来的")
        with clock.at(MORNING + timedelta(seconds=10)):
            sending.send_all()
    assert len(server.asked) == 2
    assert len(server.taken) == 1


def test_in_demo_mode_the_text_is_kept_to_be_looked_at(
    texted: Person, community_head: Person, client_of,  # type: ignore[no-untyped-def]
) -> None:
    with clock.at(NOON):
        tell(texted, "水来了", key="x")
        sending.send_all()
    message = DemoMessage.objects.get()
    assert message.text.startswith("水来了")
    assert "****" in message.to
    page = client_of(community_head).get("/desk/notices/demo/").content.decode()
    assert "水来了" in page
    assert str(texted.phone) not in page
    assert client_of(texted).get("/desk/notices/demo/").status_code == 404


def test_old_notices_are_forgotten(texted: Person) -> None:
    with clock.at(NOON):
        tell(texted, "水来了", key="x")
    with clock.at(NOON + timedelta(days=364)):
        tell(texted, "水又来了", key="y")
    with clock.at(NOON + timedelta(days=366)):
        forget_old_notices()
    assert [notice.key for notice in Notice.objects.all()] == ["y"]


def test_the_count_of_the_unread_is_one_query(texted: Person) -> None:
    tell(texted, "水来了", key="x")
    with CaptureQueriesContext(connection) as statements:
        assert unread_count(texted) == 1
    assert len(statements) == 1


def test_what_is_urgent_overtakes_the_mornings_digests(
    texted: Person, resident: Person, monkeypatch: pytest.MonkeyPatch,
) -> None:
    with gateway() as server:
        monkeypatch.setenv("LINLI_SMS_URL", server.url)
        with clock.at(NIGHT):
            tell(texted, "水来了", key="x")
        with clock.at(MORNING):
            tell(resident, "燃气泄漏，请开窗离开", key="gas", urgent=True)
            sending.send_due(limit=1)
    assert [body["to"] for _key, body, _auth in server.asked] == [resident.phone]


def test_two_workers_cannot_share_out_one_digest(texted: Person) -> None:
    with clock.at(NIGHT):
        for number in range(3):
            tell(texted, f"第 {number} 条", key=f"n.{number}")
    first, second = sending.claim(MORNING), sending.claim(MORNING)
    assert first is not None
    assert len(first.deliveries) == 3
    assert second is None
