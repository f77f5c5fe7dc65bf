"""What is decided without a database: phone numbers, ranks of roles, what a device is called."""

from __future__ import annotations

import ipaddress
import re
import unicodedata
from dataclasses import dataclass

import phonenumbers
from django.utils.translation import gettext as _

from linli.foundation.people.models import ORGANISATION_ROLES, RoleName
from linli.foundation.web.refusals import Refused

_SPACERS = re.compile(r"[\s\-‐-―()（）.·]+")
_MOBILE = re.compile(r"1[3-9]\d{9}")


def parse_phone(typed: str) -> str:
    """The E.164 number in `typed`; without a country sign it is of mainland China.

    Raises `Refused` with field "phone" and one of the codes phone_empty, phone_not_digits, phone_length,
    phone_not_mobile, phone_unknown. The mainland's ranges are judged by shape, not by the library's
    list of segments: a segment opened last month must not lock its people out.
    """
    plain = _SPACERS.sub("", unicodedata.normalize("NFKC", typed))
    if not plain:
        raise Refused("phone_empty", _("请写手机号。"), field="phone")
    plain = re.sub(r"^(\+|00)(?=\d)", "+", plain)
    strange = re.search(r"[^\d]", plain.removeprefix("+"))
    if strange:
        raise Refused(
            "phone_not_digits", _("手机号里只有数字，现在有「%(sign)s」。") % {"sign": strange.group()}, field="phone")
    national = plain.removeprefix("+86") if plain.startswith("+86") else plain
    if len(national) == 13 and national.startswith("86"):
        national = national[2:]
    if not national.startswith("+"):
        if len(national) != 11:
            raise Refused(
                "phone_length", _("手机号要 11 位，现在是 %(count)d 位。") % {"count": len(national)}, field="phone")
        if not _MOBILE.fullmatch(national):
            raise Refused(
                "phone_not_mobile", _("手机号以 1 开头，第二位是 3 到 9。座机收不到短信。"), field="phone")
        return f"+86{national}"
    try:
        number = phonenumbers.parse(plain)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or not phonenumbers.is_valid_number(number):
        raise Refused(
            "phone_unknown", _("没有这样的号码。国外和港澳台号码请从 + 和国家或地区代码写起。"), field="phone")
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


# Who may give which role. Nobody gives their own rank or one above it, save that the three administrators of
# 等保 (GB/T 22239-2019 8.1.5: system, security, audit) appoint within their own line, and never across it.
GIVES: dict[str, frozenset[str]] = {
    RoleName.COMMUNITY_HEAD: frozenset({
        RoleName.GRID_WORKER, RoleName.WORKER, RoleName.PROPERTY_DESK, RoleName.PROPERTY_WORKER}),
    RoleName.SYSTEM_ADMIN: frozenset({
        RoleName.GRID_WORKER, RoleName.WORKER, RoleName.COMMUNITY_HEAD, RoleName.PROPERTY_DESK,
        RoleName.PROPERTY_WORKER, RoleName.DEPARTMENT_DESK, RoleName.STREET_LEADER, RoleName.DISTRICT_LEADER,
        RoleName.SYSTEM_ADMIN}),
    RoleName.SECURITY_ADMIN: frozenset({RoleName.SECURITY_ADMIN, RoleName.AUDIT_ADMIN, RoleName.AUDITOR}),
}
APART = frozenset({RoleName.SYSTEM_ADMIN, RoleName.SECURITY_ADMIN, RoleName.AUDIT_ADMIN, RoleName.AUDITOR})
TERM_NEEDED = frozenset({RoleName.AUDITOR})
ORGANISATION_NEEDED = ORGANISATION_ROLES


def may_give(held: str, given: str) -> bool:
    """Does holding `held` let one give `given`? The place is a matter of `permit`."""
    return given in GIVES.get(held, frozenset())


def apart(held: frozenset[str], given: str) -> bool:
    """Would `given` beside `held` put two of the administrators that must stay apart into one hand?"""
    return given in APART and bool((held & APART) - {given})


@dataclass(frozen=True)
class Client:
    """What is kept of a device: a few words of the browser, and the network part of the address."""

    device: str
    place: str
    address: str


_BROWSERS = (("MicroMessenger", "微信"), ("AlipayClient", "支付宝"), ("Edg", "Edge"), ("Firefox", "Firefox"),
             ("Chrome", "Chrome"), ("Safari", "Safari"))
_SYSTEMS = (("HarmonyOS", "HarmonyOS"), ("OpenHarmony", "HarmonyOS"), ("iPhone", "iPhone"), ("iPad", "iPad"),
            ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "Mac"), ("Linux", "Linux"))


def client_of(agent: str, address: str) -> Client:
    """Names the device for its owner's list; IPv4 is cut to /24, IPv6 to /48 (个人信息保护法 第6条)."""
    words = [next((name for sign, name in table if sign in agent), "") for table in (_BROWSERS, _SYSTEMS)]
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return Client(" · ".join(filter(None, words)), "", "")
    network = ipaddress.ip_network(f"{ip}/{24 if ip.version == 4 else 48}", strict=False)
    # A household of IPv6 owns a whole /64: counted by single addresses it would never be slowed.
    counted = str(ip) if ip.version == 4 else str(ipaddress.ip_network(f"{ip}/64", strict=False))
    return Client(" · ".join(filter(None, words)), str(network), counted)
