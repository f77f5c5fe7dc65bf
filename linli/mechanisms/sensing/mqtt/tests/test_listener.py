"""The listener against a client that speaks in packets: what is answered, when, and what never is."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace

import pytest

from linli.mechanisms.sensing.mqtt.listener import Listener
from linli.mechanisms.sensing.mqtt.packets import (
    Connack,
    Connect,
    Disconnect,
    Pingreq,
    Pingresp,
    Puback,
    Publish,
    Suback,
    Subscribe,
    Unsuback,
    Unsubscribe,
    Will,
)
from linli.mechanisms.sensing.mqtt.reasons import Reason
from linli.mechanisms.sensing.mqtt.shelf import FileShelf
from linli.mechanisms.sensing.mqtt.tests.house import QUICK, House, Raw, run
from linli.mechanisms.sensing.mqtt.wire import Props

UP, DOWN = "d/7/up/hr", "d/7/down/ack"


@pytest.mark.parametrize("version", [4, 5])
def test_a_reading_is_acknowledged_after_it_is_kept(version: int) -> None:
    async def scene(house: House, listener: Listener, port: int) -> None:
        house.delay_s = 0.3
        client = await Raw.to(port, version)
        await client.enter()
        began = time.monotonic()
        client.say(Publish(UP, b"1", 1, 9))
        assert await client.hear() == Puback(9)
        assert time.monotonic() - began >= 0.3
        assert house.payloads == [b"1"]
        assert house.kept[0].key_id == 107

    run(scene)


def test_nothing_is_acknowledged_while_the_store_is_away() -> None:
    async def scene(house: House, listener: Listener, port: int) -> None:
        client = await Raw.to(port)
        await client.enter()
        house.away = True
        client.say(Publish(UP, b"1", 1, 9))
        assert await client.hear() == Disconnect(Reason.BUSY)
        assert await client.hear() is None
        late = await Raw.to(port)
        assert (await late.enter()).reason == Reason.UNAVAILABLE
        house.away = False
        await asyncio.sleep(0.5)
        again = await Raw.to(port)
        await again.enter()
        again.say(Publish(UP, b"1", 1, 9, dup=True))
        assert await again.hear() == Puback(9)

    assert run(scene).payloads == [b"1"]


def test_a_short_absence_of_the_store_is_waited_for() -> None:
    async def scene(house: House, listener: Listener, port: int) -> None:
        client = await Raw.to(port)
        await client.enter()
        house.away = True
        client.say(Publish(UP, b"1", 1, 9))
        assert await client.silent()
        house.away = False
        assert await client.hear() == Puback(9)

    assert run(scene).payloads == [b"1"]


def test_one_poisoned_message_costs_its_sender_alone() -> None:
    async def scene(house: House, listener: Listener, port: int) -> None:
        house.delay_s = 0.1
        good, bad = await Raw.to(port), await Raw.to(port)
        await good.enter(7)
        await bad.enter(8)
        for number in range(1, 6):
            good.say(Publish(UP, b"%d" % number, 1, number))
        bad.say(Publish("d/8/up/x", house.poison, 1, 1))
        assert [await good.hear() for _ in range(5)] == [Puback(number) for number in range(1, 6)]
        assert await bad.hear() == Disconnect(Reason.BUSY)

    assert sorted(run(scene).payloads) == [b"1", b"2", b"3", b"4", b"5"]


def test_acknowledgements_keep_their_order_and_share_transactions() -> None:
    async def scene(house: House, listener: Listener, port: int) -> None:
        house.delay_s = 0.02
        client = await Raw.to(port, 4)
        await client.enter()
        for number in range(1, 1_001):
            client.say(Publish(UP, b"%d" % number, 1, number))
        assert [await client.hear() for _ in range(1_000)] == [Puback(number) for number in range(1, 1_001)]

    house = run(scene, limits=replace(QUICK, burst=2_000.0))
    assert house.payloads == [b"%d" % number for number in range(1, 1_001)]
    assert len(house.batches) < 100
    assert max(house.batches) <= QUICK.in_flight  # one connection never holds more than its share
    assert len(house.threads) == 1


@pytest.mark.parametrize("version", [4, 5])
def test_more_in_flight_than_agreed_waits_its_turn(version: int) -> None:
    async def scene(house: House, listener: Listener, port: int) -> None:
        house.delay_s = 0.05
        client = await Raw.to(port, version)
        answer = await client.enter()
        assert answer.props.known.get("receive_maximum") == (3 if version == 5 else None)
        for number in range(1, 12):
            client.say(Publish(UP, b"%d" % number, 1, number))
        assert [await client.hear() for _ in range(11)] == [Puback(number) for number in range(1, 12)]

    assert max(run(scene, limits=replace(QUICK, in_flight=3)).batches) <= 3


def test_a_flood_is_read_slowly_and_harms_nobody_else() -> None:
    async def scene(house: House, listener: Listener, port: int) -> None:
        flood, calm = await Raw.to(port, 4), await Raw.to(port)
        await flood.enter(7)
        await calm.enter(8)
        began = time.monotonic()
        for number in range(1, 41):
            flood.say(Publish(UP, b"%d" % number, 1, number))
        calm.say(Publish("d/8/up/hr", b"calm", 1, 1))
        assert await calm.hear() == Puback(1)
        assert time.monotonic() - began < 0.5
        assert [await flood.hear() for _ in range(40)] == [Puback(number) for number in range(1, 41)]
        assert time.monotonic() - began > 0.6  # 10 at once, 30 more at 40 a second

    assert len(run(scene, limits=replace(QUICK, burst=10.0, rate_per_s=40.0)).kept) == 41


@pytest.mark.parametrize(("version", "expected"), [(4, 4), (5, Reason.BAD_LOGIN)])
def test_a_wrong_key(version: int, expected: int) -> None:
    async def scene(house: House, listener: Listener, port: int) -> None:
        client = await Raw.to(port, version)
        client.say(Connect("c", version, username="7", password=b"wrong"))
        assert await client.hear() == Connack(expected)
        assert await client.hear() is None

    run(scene)


def test_a_revoked_key_is_put_out() -> None:
    async def scene(house: House, listener: Listener, port: int) -> None:
        thief, other = await Raw.to(port), await Raw.to(port)
        await thief.enter(7)
        await other.enter(8)
        house.revoked.add(107)
        assert await thief.hear() == Disconnect(Reason.NOT_AUTHORISED)
        other.say(Pingreq())
        assert await other.hear() == Pingresp()
        assert (await (await Raw.to(port)).enter(7)).reason == Reason.BAD_LOGIN

    run(scene)


@pytest.mark.parametrize(("version", "expected"), [(4, 0), (5, Reason.NOT_AUTHORISED)])
def test_anothers_topic_is_handed_on_to_be_quarantined(version: int, expected: int) -> None:
    async def scene(house: House, listener: Listener, port: int) -> None:
        client = await Raw.to(port, version)
        await client.enter(7)
        client.say(Publish("d/8/up/hr", b"1", 1, 1))
        assert await client.hear() == Puback(1, expected)
        assert (house.kept[0].key_id, house.kept[0].topic) == (107, "d/8/up/hr")

    run(scene)


def test_a_quarantined_payload_is_told_why() -> None:
    async def scene(house: House, listener: Listener, port: int) -> None:
        client = await Raw.to(port)
        await client.enter()
        client.say(Publish(UP, b"bad", 1, 1))
        assert await client.hear() == Puback(1, Reason.BAD_PAYLOAD, Props({"reason": "unit"}))

    run(scene)


def test_an_alarm_gets_its_receipt_and_its_acknowledgement() -> None:
    async def scene(house: House, listener: Listener, port: int) -> None:
        client = await Raw.to(port)
        await client.enter()
        client.say(Subscribe(1, [("d/7/down/#", 1)]))
        assert await client.hear() == Suback(1, [1])
        client.say(Publish(UP, b"sos-1", 1, 5))
        heard = [await client.hear(), await client.hear()]
        assert Puback(5) in heard
        assert Publish(DOWN, b'{"id": "sos-1"}', 1, 1) in heard

    run(scene)


@pytest.mark.parametrize(("wanted", "reason"), [
    ("d/7/down/#", 1), ("d/7/down/ack", 1), ("d/8/down/#", 0x87), ("#", 0x87), ("d/+/down/ack", 0x87),
    ("d/7/up/#", 0x87), ("d/7/down/#/x", 0x8F), ("$share/g/d/7/down/#", 0x9E)])
def test_a_device_hears_its_own_and_nothing_else(wanted: str, reason: int) -> None:
    async def scene(house: House, listener: Listener, port: int) -> None:
        new, old = await Raw.to(port), await Raw.to(port, 4)
        await new.enter(client="new")
        await old.enter(client="old")
        new.say(Subscribe(1, [(wanted, 2)]))
        old.say(Subscribe(1, [(wanted, 1)]))
        assert await new.hear() == Suback(1, [reason])
        assert await old.hear() == Suback(1, [min(reason, 0x80)])
        new.say(Unsubscribe(2, [wanted]))
        assert await new.hear() == Unsuback(2, [0 if reason == 1 else 0x11])

    run(scene)


def test_a_message_waits_for_a_session_that_is_away_and_is_repeated_until_confirmed() -> None:
    async def scene(house: House, listener: Listener, port: int) -> None:
        lasting = Props({"session_expiry": 60})
        client = await Raw.to(port)
        assert not (await client.enter(clean=True, props=lasting)).present
        client.say(Subscribe(1, [("d/7/down/#", 1)]))
        await client.hear()
        assert listener.send(7, DOWN, b"a")
        assert await client.hear() == Publish(DOWN, b"a", 1, 1)
        client.writer.close()
        await asyncio.sleep(0.05)
        assert listener.send(7, DOWN, b"b")
        assert not listener.send(8, "d/8/down/ack", b"nobody")
        client = await Raw.to(port)
        assert (await client.enter(clean=False, props=lasting)).present
        assert await client.hear() == Publish(DOWN, b"a", 1, 1, dup=True)
        assert await client.hear() == Publish(DOWN, b"b", 1, 2)
        client.say(Puback(1))
        client.say(Puback(2))
        client.say(Pingreq())
        assert await client.hear() == Pingresp()
        client.writer.close()
        client = await Raw.to(port)
        assert not (await client.enter(clean=True, props=lasting)).present
        assert not listener.send(7, DOWN, b"c")

    run(scene)


def test_the_same_client_takes_over_and_another_device_does_not() -> None:
    async def scene(house: House, listener: Listener, port: int) -> None:
        first, stranger, second = await Raw.to(port), await Raw.to(port), await Raw.to(port)
        await first.enter(7, "one")
        await stranger.enter(8, "one")
        assert await first.silent()
        await second.enter(7, "one")
        assert await first.hear() == Disconnect(Reason.TAKEN_OVER)
        stranger.say(Pingreq())
        assert await stranger.hear() == Pingresp()

    run(scene)


def test_a_will_speaks_for_who_vanished_and_not_for_who_said_goodbye() -> None:
    async def scene(house: House, listener: Listener, port: int) -> None:
        for number, goodbye in enumerate((False, True)):
            client = await Raw.to(port)
            await client.enter(client=f"w{number}", will=Will("d/7/up/status", b"%d" % number, 1))
            if goodbye:
                client.say(Disconnect())
                assert await client.hear() is None
            client.writer.close()
        foreign = await Raw.to(port)
        assert (await foreign.enter(will=Will("d/8/up/status", b"x"))).reason == Reason.NOT_AUTHORISED
        await asyncio.sleep(0.1)

    assert run(scene).payloads == [b"0"]


def test_who_is_silent_beyond_the_keep_alive_is_ended() -> None:
    async def scene(house: House, listener: Listener, port: int) -> None:
        client, dumb = await Raw.to(port), await Raw.to(port)
        answer = await client.enter(keep_alive=1)
        assert "server_keep_alive" not in answer.props.known
        assert await client.hear() == Disconnect(Reason.KEEP_ALIVE_TIMEOUT)
        assert await dumb.hear() is None
        assert (await (await Raw.to(port)).enter(client="d")).props.known["server_keep_alive"] == 1_200

    run(scene, limits=replace(QUICK, connect_s=1.0))


@pytest.mark.parametrize(("data", "reason"), [
    (b"\x30\x03\x00\x01#", Reason.BAD_TOPIC),
    (b"\x30\xff\xff\x7f", Reason.TOO_LARGE),
    (b"\x36\x00", Reason.MALFORMED),
    (b"\x34\x06\x00\x01a\x00\x01\x00", Reason.NO_QOS_2),
    (b"\x10\x0d\x00\x04MQTT\x05\x02\x00\x00\x00\x00\x00", Reason.PROTOCOL_ERROR),  # CONNECT twice
    (b"\x30\x07\x00\x00\x03\x23\x00\x09x", Reason.PROTOCOL_ERROR),  # an alias nobody gave
    (b"\x30\x07\x00\x00\x03\x23\x00\x63x", Reason.BAD_ALIAS),
])
def test_nonsense_ends_one_connection_with_a_reason(data: bytes, reason: Reason) -> None:
    async def scene(house: House, listener: Listener, port: int) -> None:
        client, other = await Raw.to(port), await Raw.to(port)
        await client.enter(7)
        await other.enter(8)
        client.say(data)
        assert await client.hear() == Disconnect(reason)
        assert await client.hear() is None
        other.say(Publish("d/8/up/hr", b"1", 1, 1))
        assert await other.hear() == Puback(1)

    run(scene)


def test_nonsense_before_connect() -> None:
    async def scene(house: House, listener: Listener, port: int) -> None:
        for data in (b"GET / HTTP/1.1\r\n\r\n", b"\xc0\x00", b"\x16\x03\x01\x02\x00\x01\x00", b"\x30\x03\x00\x01a"):
            client = await Raw.to(port)
            client.say(data)
            assert await client.hear() is None
        old = await Raw.to(port, 4)
        old.say(b"\x10\x0c\x00\x04MQTT\x06\x02\x00\x00\x00\x00")
        assert await old.hear() == Connack(1)

    run(scene)


def test_topic_aliases_and_message_ids() -> None:
    async def scene(house: House, listener: Listener, port: int) -> None:
        client = await Raw.to(port)
        await client.enter()
        client.say(Publish(UP, b"1", 1, 1, props=Props({"topic_alias": 2}, [("id", "m-1")])))
        client.say(Publish("", b"2", 1, 2, props=Props({"topic_alias": 2})))
        assert [await client.hear(), await client.hear()] == [Puback(1), Puback(2)]
        assert [(one.topic, one.message_id) for one in house.kept] == [(UP, "m-1"), (UP, "")]

    run(scene)


def test_a_stop_writes_and_acknowledges_what_was_taken() -> None:
    async def scene(house: House, listener: Listener, port: int) -> None:
        house.delay_s = 0.2
        client = await Raw.to(port)
        await client.enter()
        for number in range(1, 21):
            client.say(Publish(UP, b"%d" % number, 1, number))
        await asyncio.sleep(0.05)
        assert await listener.close(3)
        heard = [await client.hear() for _ in range(21)]
        assert heard == [*(Puback(number) for number in range(1, 21)), Disconnect(Reason.SHUTTING_DOWN)]

    assert len(run(scene).kept) == 20


def test_sessions_outlive_the_process(tmp_path) -> None:
    shelf = tmp_path / "sessions"
    lasting = Props({"session_expiry": 60})

    async def before(house: House, listener: Listener, port: int) -> None:
        for name, props in (("stays", lasting), ("goes", Props())):
            client = await Raw.to(port)
            await client.enter(client=name, props=props)
            client.say(Subscribe(1, [("d/7/down/#", 1)]))
            await client.hear()

    async def after(house: House, listener: Listener, port: int) -> None:
        stays, goes = await Raw.to(port), await Raw.to(port)
        assert (await stays.enter(client="stays", clean=False, props=lasting)).present
        assert not (await goes.enter(client="goes", clean=False)).present
        listener.send(7, DOWN, b"x")
        assert await stays.hear() == Publish(DOWN, b"x", 1, 1)

    run(before, shelf=FileShelf(shelf))
    with shelf.open("a") as torn:
        torn.write('{"device":"9","cli')
    run(after, shelf=FileShelf(shelf))
    assert len(shelf.read_text().splitlines()) == 1
