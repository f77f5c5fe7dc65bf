from __future__ import annotations

import pytest
from hypothesis import given, strategies as st

from linli.foundation.people.rules import apart, client_of, may_give, parse_phone
from linli.foundation.web import Refused


@pytest.mark.parametrize(("typed", "number"), [
    ("13800138000", "+8613800138000"),
    ("138 0013 8000", "+8613800138000"),
    ("138-0013-8000", "+8613800138000"),
    ("１３８００１３８０００", "+8613800138000"),
    ("+86 138 0013 8000", "+8613800138000"),
    ("0086 13800138000", "+8613800138000"),
    ("8613800138000", "+8613800138000"),
    ("+852 6123 4567", "+85261234567"),
    ("19900000000", "+8619900000000"),
])
def test_a_number_is_understood_as_people_write_it(typed: str, number: str) -> None:
    assert parse_phone(typed) == number


@pytest.mark.parametrize(("typed", "code", "words"), [
    ("", "phone_empty", "请写手机号"),
    ("1380013800", "phone_length", "手机号要 11 位，现在是 10 位"),
    ("138001380000", "phone_length", "现在是 12 位"),
    ("1380013800a", "phone_not_digits", "现在有「a」"),
    ("一三八", "phone_not_digits", "现在有「一」"),
    ("12800138000", "phone_not_mobile", "第二位是 3 到 9"),
    ("05718000000", "phone_not_mobile", "座机收不到短信"),
    ("+99912345678", "phone_unknown", "没有这样的号码"),
    ("+8613800", "phone_length", "现在是 5 位"),
])
def test_a_wrong_number_is_told_what_to_do(typed: str, code: str, words: str) -> None:
    with pytest.raises(Refused) as refused:
        parse_phone(typed)
    assert (refused.value.code, refused.value.field) == (code, "phone")
    assert words in str(refused.value.sentence)


@given(st.text(max_size=40))
def test_whatever_is_typed_is_a_number_or_a_sentence(typed: str) -> None:
    try:
        number = parse_phone(typed)
    except Refused as refused:
        said = str(refused.sentence)
    else:
        said = number
        assert parse_phone(number) == number
    assert said


@given(st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True), st.sampled_from([" ", "-", " - "]), st.integers(1, 10))
def test_spacing_never_changes_a_number(number: str, spacer: str, at: int) -> None:
    assert parse_phone(number[:at] + spacer + number[at:]) == f"+86{number}"


@pytest.mark.parametrize(("address", "place", "counted"), [
    ("203.0.113.77", "203.0.113.0/24", "203.0.113.77"),
    ("2001:db8:1:2:3::4", "2001:db8:1::/48", "2001:db8:1:2::/64"),
    ("", "", ""), ("unknown", "", ""),
])
def test_of_an_address_only_the_network_is_kept(address: str, place: str, counted: str) -> None:
    found = client_of("Mozilla/5.0 (Linux; Android 14) Chrome/130 Mobile MicroMessenger/8", address)
    assert (found.device, found.place, found.address) == ("微信 · Android", place, counted)


def test_nobody_gives_their_own_rank_and_the_administrators_stay_apart() -> None:
    assert may_give("community_head", "worker")
    for role in ("community_head", "street_leader", "system_admin", "auditor"):
        assert not may_give("community_head", role)
    assert not may_give("system_admin", "audit_admin")
    assert not may_give("worker", "grid_worker")
    assert apart(frozenset({"system_admin"}), "audit_admin")
    assert not apart(frozenset({"system_admin", "worker"}), "worker")
