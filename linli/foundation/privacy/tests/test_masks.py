"""Nothing longer than allowed survives a mask, whatever is typed."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, strategies as st

from linli.foundation.privacy import masks

DIGITS = st.text("0123456789", min_size=4, max_size=8)
AROUND = st.text("电话是我 ，。a:（）\n", max_size=6)
MOBILE = st.builds("1{}{}".format, st.sampled_from("3456789"), st.text("0123456789", min_size=9, max_size=9))
IDENTITY = st.builds(
    "{}{}{}{}{}".format, st.text("123456789", min_size=6, max_size=6), st.integers(1900, 2024), st.just("0315"),
    st.text("0123456789", min_size=3, max_size=3), st.sampled_from("0123456789X"))


@pytest.mark.parametrize(("name", "masked"), [
    ("林小梅", "林**"), ("欧阳娜", "欧阳**"), ("欧阳", "欧**"), (" 王 ", "王**"), ("", "**"), ("Ann Lee", "A**")])
def test_names(name: str, masked: str) -> None:
    assert masks.mask_name(name) == masked


@pytest.mark.parametrize(("phone", "masked"), [
    ("+8613800008000", "138****8000"), ("13800008000", "138****8000"), ("138 0000 8000", "138****8000"),
    ("0571-88123456", "057****3456"), ("88123456", "****3456"), ("12345", "****"), ("", "****")])
def test_phones(phone: str, masked: str) -> None:
    assert masks.mask_phone(phone) == masked


@pytest.mark.parametrize(("address", "masked"), [
    ("杭州市文三路12号 梧桐苑 3号楼2单元501", "杭州市文三路12号 梧桐苑"), ("梧桐苑3幢501室", "梧桐苑"),
    ("梧桐苑3-2-501", "梧桐苑"), ("梧桐苑三号楼", "梧桐苑"), ("解放路100弄5号", "解放路100弄5号"),
    ("梧桐苑 Building 3, Room 5", "梧桐苑"), ("A座1203", "**"), ("幸福小区", "幸福小区")])
def test_addresses_to_the_compound(address: str, masked: str) -> None:
    assert masks.mask_address(address) == masked


@pytest.mark.parametrize(("text", "masked"), [
    ("电话13812345678找我", "电话138****5678找我"), ("138-1234-5678", "138****5678"), ("138 1234 5678", "138****5678"),
    ("+86 13812345678", "138****5678"), ("１３８１２３４５６７８", "138****5678"),
    ("身份证11010119900307123X。", "身份证**************123X。"), ("110101 19900307 1234", "**************1234"),
    ("0571-88123456", "0571****3456"), ("打88123456", "打****3456"),
    ("卡号6222021234567890123", "卡号**************0123"),
    ("mei.lin@example.org", "m***@example.org"),
    # What is no personal number stays readable.
    ("2026-11-24 15:40 停水", "2026-11-24 15:40 停水"), ("单号20261124000123", "单号20261124000123"),
    ("WTL-1124-0031", "WTL-1124-0031"), ("20261124", "20261124"), ("3.14159265", "3.14159265"),
    ("12345 热线", "12345 热线")])
def test_numbers_inside_a_text(text: str, masked: str) -> None:
    assert masks.mask_text(text) == masked


@given(AROUND, MOBILE, AROUND)
def test_no_mobile_survives_a_text(before: str, mobile: str, after: str) -> None:
    masked = masks.mask_text(f"{before}{mobile}{after}")
    assert mobile not in masked
    assert mobile[3:7] not in masked.replace(mobile[-4:], "", 1).replace(mobile[:3], "", 1)


@given(AROUND, IDENTITY, AROUND)
def test_no_identity_number_survives_a_text(before: str, number: str, after: str) -> None:
    masked = masks.mask_text(f"{before}{number}{after}")
    assert number[:14] not in masked
    assert max(map(len, re.findall(r"\d+", masked)), default=0) <= 4


@given(st.text())
def test_a_mask_of_a_text_is_stable_and_leaves_no_long_number(text: str) -> None:
    masked = masks.mask_text(text)
    assert masks.mask_text(masked) == masked
    for run in re.findall(r"[0-9]{11,}", masked):
        assert re.match(r"(19|20)\d\d", run)
        assert len(run) <= 14


@given(st.text("0123456789+- ０１２３４５６７８９()", max_size=30))
def test_a_phone_shows_seven_digits_at_most(phone: str) -> None:
    assert len(re.findall(r"\d", masks.mask_phone(phone))) <= 7


@given(st.text(max_size=40))
def test_an_identity_number_shows_four_signs_at_most(number: str) -> None:
    assert len(masks.mask_id(number).replace("*", "")) <= 4


@given(st.text(max_size=40))
def test_a_name_shows_two_signs_at_most(name: str) -> None:
    assert len(masks.mask_name(name).removesuffix("**")) <= 2


@given(st.text("梧桐苑路号楼单元室0123456789 -", max_size=30))
def test_an_address_never_names_a_household(address: str) -> None:
    assert not re.search(r"\d\s*(号楼|单元|室)|\d+-\d+", masks.mask_address(address))


@pytest.mark.parametrize("element", masks.ELEMENTS)
@pytest.mark.parametrize("audience", masks.AUDIENCES)
def test_every_cell_of_the_table(element: str, audience: str) -> None:
    value = {"name": "林小梅", "phone": "13800008000", "id": "110101199003071234", "address": "梧桐苑3号楼501室",
             "email": "mei.lin@example.org", "text": "电话13800008000"}[element]
    shown = masks.mask(element, audience, value)
    assert masks.mask(element, audience, None) == ""
    if (element, audience) != ("address", "detail"):
        assert shown != value
    if audience == "log" or (audience == "public" and element in {"phone", "id", "email"}):
        assert shown == "***"


def test_a_wrong_word_is_an_error() -> None:
    with pytest.raises(KeyError):
        masks.mask("phone", "everyone", "1")
