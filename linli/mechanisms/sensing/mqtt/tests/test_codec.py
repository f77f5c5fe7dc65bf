"""The codec: whatever is written is read back; whatever else comes is refused with a reason, never with a crash."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given, settings, strategies as st

from linli.mechanisms.sensing.mqtt import packets, topics, wire
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
    decode,
    encode,
)
from linli.mechanisms.sensing.mqtt.reading import Reader
from linli.mechanisms.sensing.mqtt.reasons import Broken, Reason
from linli.mechanisms.sensing.mqtt.wire import KINDS, Cursor, Props

words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), max_size=12)
names = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00+#"), min_size=1, max_size=12)
ids = st.integers(1, 65_535)


def props_of(where: str) -> st.SearchStrategy[Props]:
    shapes = {"byte": 255, "u16": 65_535, "u32": 2**32 - 1, "varint": wire.VARINT_MAX}
    fields = {
        name: words if kind.shape == "text" else st.binary(max_size=8) if kind.shape == "binary"
        else st.integers(kind.least, min(kind.most, shapes[kind.shape]))
        for name, kind in KINDS.items() if where in kind.where and not name.startswith("auth_")
    }
    return st.builds(Props, st.fixed_dictionaries({}, optional=fields), st.lists(st.tuples(words, words), max_size=2))


def both(strategy_of):
    return st.sampled_from([4, 5]).flatmap(lambda version: st.tuples(st.just(version), strategy_of(version)))


def _any_packet(version: int) -> st.SearchStrategy[packets.Packet]:
    def props(where: str) -> st.SearchStrategy[Props]:
        return props_of(where) if version == 5 else st.just(Props())

    will = st.none() | st.builds(Will, names, st.binary(max_size=9), st.integers(0, 2), st.booleans(), props("will"))
    login = st.tuples(words, st.none() | st.binary(max_size=9)) | st.just((None, None))
    codes = st.lists(st.integers(0, 255), min_size=1, max_size=4)
    filters = st.lists(st.tuples(words, st.integers(0, 2)), min_size=1, max_size=3)
    return st.one_of(
        st.builds(lambda client, clean, alive, who, *more: Connect(client, version, clean, alive, *who, *more),
                  words, st.booleans(), st.integers(0, 65_535), login, will, props("connect")),
        st.builds(Publish, names, st.binary(max_size=200), st.just(0), st.just(0), st.booleans(), st.just(False),
                  props("publish")),
        st.builds(Publish, names, st.binary(max_size=200), st.integers(1, 2), ids, st.booleans(), st.booleans(),
                  props("publish")),
        st.builds(Puback, ids, st.integers(0, 255) if version == 5 else st.just(0), props("puback")),
        st.builds(Subscribe, ids, filters, props("subscribe")), st.builds(Suback, ids, codes, props("suback")),
        st.builds(Unsubscribe, ids, st.lists(words, min_size=1, max_size=3), props("unsubscribe")),
        st.builds(Unsuback, ids, codes if version == 5 else st.just([]), props("unsuback")),
        st.builds(Connack, st.sampled_from([0] if version == 4 else list(range(256))), st.booleans(), props("connack")),
        st.just(Pingreq()), st.just(Pingresp()),
        st.builds(Disconnect, st.integers(0, 255), props("disconnect")) if version == 5 else st.just(Disconnect()))


@settings(max_examples=100, deadline=None)
@given(both(lambda version: st.lists(_any_packet(version), min_size=1, max_size=4)), st.data())
def test_what_is_written_is_read_back_in_pieces_of_any_size(told, data) -> None:
    version, written = told
    stream = b"".join(encode(packet, version) for packet in written)
    reader, found = Reader(1_000_000, version), []
    while stream:
        size = data.draw(st.integers(1, len(stream)))
        reader.feed(stream[:size])
        stream = stream[size:]
        while (packet := reader.next()) is not None:
            found.append(packet)
            reader.version = version
    assert found == written
    assert len(reader) == 0


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 255), st.binary(max_size=60), st.sampled_from([4, 5]))
def test_any_bytes_are_a_packet_or_broken(first: int, body: bytes, version: int) -> None:
    with suppress(Broken):  # and nothing but Broken
        decode(first, body, version)


@settings(max_examples=100, deadline=None)
@given(both(_any_packet), st.data())
def test_a_damaged_packet_is_a_packet_or_broken(told, data) -> None:
    version, packet = told
    damaged = bytearray(encode(packet, version))
    for _ in range(data.draw(st.integers(1, 3))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    reader = Reader(4_096, version)
    reader.feed(bytes(damaged))
    with suppress(Broken):
        while reader.next() is not None:
            pass


@given(st.integers(0, wire.VARINT_MAX))
def test_numbers(value: int) -> None:
    assert Cursor(wire.varint(value)).varint() == value


@pytest.mark.parametrize(("data", "reason"), [
    (b"\x36\x00", Reason.MALFORMED),                                    # QoS 3
    (b"\x50\x02\x00\x01", Reason.PROTOCOL_ERROR),                       # PUBREC
    (b"\xf0\x00", Reason.PROTOCOL_ERROR),                               # AUTH
    (b"\x80\x05\x00\x01\x00\x00\x00", Reason.MALFORMED),                # SUBSCRIBE with wrong flags
    (b"\x30\xff\xff\xff\xff\x01", Reason.MALFORMED),                    # a length of five bytes
    (b"\x30\xff\xff\x7f", Reason.TOO_LARGE),                            # said to be 2 MB: refused before it comes
    (b"\x32\x05\x00\x01a\x00\x00", Reason.PROTOCOL_ERROR),              # packet identifier 0
    (b"\x30\x03\x00\x01#", Reason.BAD_TOPIC),
    (b"\x30\x04\x00\x02\xc3\x28", Reason.MALFORMED),                    # not UTF-8
    (b"\x30\x03\x00\x01\x00", Reason.MALFORMED),                        # U+0000
    (b"\x38\x03\x00\x01a", Reason.MALFORMED),                           # QoS 0 repeated
    (b"\x82\x02\x00\x01", Reason.PROTOCOL_ERROR),                       # a subscription to nothing
    (b"\x10\x0a\x00\x04MQTT\x03\x02\x00\x00", Reason.BAD_VERSION),      # MQTT 3.1
    (b"\x10\x0c\x00\x04HTTP\x04\x02\x00\x00\x00\x00", Reason.BAD_VERSION),
    (b"\x10\x0c\x00\x04MQTT\x04\x03\x00\x00\x00\x00", Reason.MALFORMED),  # the reserved bit of CONNECT
])
def test_what_is_refused_and_why(data: bytes, reason: Reason) -> None:
    reader = Reader(65_536)
    reader.feed(data)
    with pytest.raises(Broken) as broken:
        reader.next()
    assert broken.value.reason is reason


@pytest.mark.parametrize(("props", "reason"), [
    (b"\x02\x01\x02", Reason.PROTOCOL_ERROR),           # payload format 2
    (b"\x04\x01\x00\x01\x00", Reason.PROTOCOL_ERROR),   # twice
    (b"\x02\x24\x01", Reason.PROTOCOL_ERROR),           # maximum QoS in a PUBLISH
    (b"\x02\x7e\x01", Reason.MALFORMED),                # unknown
    (b"\x05\x01\x01", Reason.MALFORMED),                # longer than the packet
])
def test_properties_that_cannot_be(props: bytes, reason: Reason) -> None:
    with pytest.raises(Broken) as broken:
        decode(0x30, b"\x00\x01a" + props, 5)
    assert broken.value.reason is reason


@pytest.mark.parametrize(("wanted", "topic", "expected"), [
    ("a/b", "a/b", True), ("a/+", "a/b", True), ("a/+", "a/b/c", False), ("a/#", "a", True), ("a/#", "a/b/c", True),
    ("+", "a", True), ("+/+", "/a", True), ("+", "/a", False), ("#", "$SYS/x", False), ("$SYS/#", "$SYS/x", True),
    ("a/b", "a/B", False), ("a/+/c", "a//c", True),
])
def test_filters(wanted: str, topic: str, expected: bool) -> None:
    assert topics.is_filter(wanted)
    assert topics.matches(wanted, topic) is expected


@pytest.mark.parametrize("wanted", ["", "a#", "a/#/b", "a+/b", "#/a"])
def test_no_filters(wanted: str) -> None:
    assert not topics.is_filter(wanted)
