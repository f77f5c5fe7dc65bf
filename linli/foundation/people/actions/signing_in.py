"""From a telephone number to a session. Counting happens outside the transaction that a refusal takes back."""

from __future__ import annotations

import hmac
import json
import secrets
import unicodedata
from datetime import timedelta
from functools import cache
from typing import Any

import pyotp
from django.contrib.auth import login, logout
from django.contrib.auth.hashers import check_password as matches, make_password
from django.db import IntegrityError
from django.db.models import F
from django.db.transaction import atomic
from django.http import HttpRequest
from django.utils.translation import gettext as _, ngettext

from linli.foundation import audit
from linli.foundation.areas.models import Area, Level
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.people import limits, webauthn
from linli.foundation.people.models import (
    CodePurpose,
    Passkey,
    Person,
    RecoveryCode,
    SecondFactor,
    SignInCode,
    SignInSession,
)
from linli.foundation.people.rules import Client
from linli.foundation.privacy.crypto import blind
from linli.foundation.web.refusals import Refused

BACKEND = "linli.foundation.people.backends.PersonBackend"
HOUR = timedelta(hours=1)
STEP_S = 30


def ask_code(phone: str, *, address: str = "", purpose: str = CodePurpose.SIGN_IN,
             person: Person | None = None) -> SignInCode:
    """Make a code for `phone` (E.164) and have it sent by a job; the same whether the phone is known or not.

    Raises `Refused("locked")` while phone or address is locked out, `Refused("too_many_codes")`.
    """
    from linli.foundation.people.jobs import send_code

    limits.guard(phone, address)
    if address and not limits.count("codes.address", address, limits.limit("codes_per_address_per_hour"), HOUR):
        raise limits.locked()
    if not limits.count("codes.phone", phone, limits.limit("codes_per_phone_per_hour"), HOUR):
        raise Refused("too_many_codes", _("这个号码一小时里要了太多次码。请过一会儿再要，或打社区电话。"))
    plain = f"{secrets.randbelow(1_000_000):06d}"
    moment = now()
    with atomic():
        code = SignInCode(phone=phone, purpose=purpose, asked_by=person, unsent=plain, asked_at=moment,
                          expires_at=moment + timedelta(minutes=limits.limit("code_life_minutes")))
        code.proof = proof_of(code, plain)
        code.save(force_insert=True)
        audit.record(person, "people.ask_code", code, purpose=purpose)
        send_code.enqueue(code=code.pk)
    return code


@atomic
def extend_code(code_id: int) -> SignInCode:
    """「再给我 3 分钟」: once, before the time is up. Raises `Refused("not_extended")`."""
    more = timedelta(minutes=limits.limit("code_life_minutes"))
    done = SignInCode.objects.filter(pk=code_id, extended=False, used_at=None, expires_at__gt=now()).update(
        extended=True, expires_at=F("expires_at") + more)
    if not done:
        raise Refused("not_extended", _("这个码不能再延长了。请再要一个。"))
    code = SignInCode.objects.get(pk=code_id)
    audit.record(code.asked_by, "people.extend_code", code)
    return code


def try_code(code_id: int, typed: str, *, address: str = "") -> SignInCode:
    """Prove that one holds the phone of that code; once. Raises `Refused` with what to do now.

    Codes: locked, code_gone (expired, used, or tried too often), code_wrong.
    """
    code = SignInCode.objects.get(pk=code_id)
    limits.guard(code.phone, address)
    allowed = limits.limit("code_tries")
    digits = "".join(sign for sign in unicodedata.normalize("NFKC", typed) if sign.isdigit())
    live = SignInCode.objects.filter(pk=code.pk, used_at=None, tries__lt=allowed, expires_at__gt=now())
    if not live.update(tries=F("tries") + 1):
        raise Refused("code_gone", _("这个码过时了，或试过太多次。请再要一个。"), field="code")
    if hmac.compare_digest(proof_of(code, digits), code.proof):
        with atomic():
            if SignInCode.objects.filter(pk=code.pk, used_at=None).update(used_at=now(), unsent=""):
                audit.record(code.asked_by, "people.prove_phone", code)
                code.refresh_from_db()
                return code
    limits.failed(code.phone, address)
    code.refresh_from_db(fields=["tries"])
    left = max(0, allowed - code.tries)
    if not left:
        raise Refused("code_gone", _("这个码过时了，或试过太多次。请再要一个。"), field="code")
    raise Refused("code_wrong", ngettext(
        "码不对，还能再试 %(left)d 次。请看最新那条短信。",
        "码不对，还能再试 %(left)d 次。请看最新那条短信。", left) % {"left": left}, field="code")


def proven(code_id: int | None, purpose: str = CodePurpose.SIGN_IN) -> SignInCode | None:
    """The code whose phone was proven a moment ago and not yet made use of."""
    since = now() - timedelta(minutes=limits.limit("join_minutes"))
    return SignInCode.objects.filter(
        pk=code_id or 0, purpose=purpose, used_at__gt=since, spent_at=None).first()


def spend(code: SignInCode) -> None:
    """Take what `code` proved, once. Raises `Refused("proof_gone")`."""
    if not SignInCode.objects.filter(pk=code.pk, used_at__isnull=False, spent_at=None).update(spent_at=now()):
        raise Refused("proof_gone", _("隔得太久了，请重新收一次验证码。"))


@atomic
def join(code: SignInCode, community: Area, *, title: str = "", name: str = "", language: str = "zh-hans",
         notice: str = "") -> Person:
    """Make the account of a proven phone. The basis is the contract one asks for, so no consent is taken:
    `notice` names the version of the notice that was shown (个人信息保护法 第13条第一款第二项, 第17条).
    """
    spend(code)
    if community.level != Level.COMMUNITY:
        raise Refused("no_community", _("请选您住的社区。"), field="community")
    person = Person(phone=code.phone, community=community, title=title, name=name, language=language)
    person.set_unusable_password()
    try:
        with atomic():
            person.save(force_insert=True)
    except IntegrityError:
        raise Refused("phone_taken", _("这个手机号已经登记过了，请直接登录。")) from None
    limits.forget("failed.phone", code.phone)
    audit.record(person, "people.join", person, notice=notice)
    emit("people.joined", person=person.pk)
    return person


def check_password(phone: str, password: str, *, address: str = "") -> Person:
    """Whose phone and password these are. Raises `Refused("locked")`, `Refused("not_matching")`."""
    limits.guard(phone, address)
    person: Person | None = Person.objects.by_phone(phone).filter(is_active=True).first()
    # An unknown phone costs the same hashing, so that time does not tell who has an account.
    known = person.password if person and person.has_usable_password() else _decoy()
    if matches(password, known) and person is not None and known != _decoy():
        limits.forget("failed.phone", phone)
        return person
    limits.failed(phone, address)
    raise Refused("not_matching", _("手机号或密码不对。忘了密码，用短信验证码登录就行。"), field="password")


def check_second_factor(person: Person, typed: str) -> None:
    """An authenticator's code (RFC 6238, one step of 30 s either way, never the same step twice) or a recovery code.

    Raises `Refused("locked")`, `Refused("second_wrong")`.
    """
    if limits.is_full("failed.person", str(person.pk), limits.limit("failures_per_person"), limits.lock_time()):
        raise limits.locked()
    plain = "".join(unicodedata.normalize("NFKC", typed).split()).replace("-", "").upper()
    factor = SecondFactor.objects.filter(person=person, confirmed_at__isnull=False).first()
    with atomic():
        if factor is not None and plain.isdigit() and step_taken(factor, plain):
            return
        if RecoveryCode.objects.filter(
                person=person, used_at=None, proof=recovery_proof(person, plain)).update(used_at=now()):
            audit.record(person, "people.use_recovery_code", person)
            return
    limits.count("failed.person", str(person.pk), limits.limit("failures_per_person"), limits.lock_time())
    raise Refused("second_wrong", _("动态码不对。请看验证器里现在的 6 位数字，或用一个备用码。"), field="code")


def check_passkey(answer: dict[str, Any], challenge: bytes) -> Person:
    """Whose passkey signed `challenge`. Raises `Refused("passkey_unknown")`."""
    passkey = Passkey.objects.select_related("person").filter(
        credential=str(answer.get("id", "")), person__is_active=True).first()
    if passkey is None:
        raise Refused("passkey_unknown", _("这把通行密钥在这里没有登记。请用手机号登录。"))
    count = webauthn.verified_sign_count(
        json.dumps(answer), challenge, bytes(passkey.public_key), passkey.sign_count)
    if count is None:
        raise Refused("passkey_unknown", _("这把通行密钥没有通过核对。请用手机号登录。"))
    Passkey.objects.filter(pk=passkey.pk).update(sign_count=count, last_used=now())
    return passkey.person


@atomic
def open_door(request: HttpRequest, person: Person, *, how: str, client: Client, strong: bool = False,
              code: SignInCode | None = None) -> SignInSession:
    """Begin a session with a new key. `strong` says that a second factor was shown; `code` is spent by it."""
    if code is not None:
        spend(code)
        limits.forget("failed.phone", code.phone)
    if not person.is_active:
        raise Refused("closed", _("这个账号已经停用。请到社区窗口问一问。"))
    login(request, person, backend=BACKEND)
    request.session.set_expiry(timedelta(days=limits.limit("resident_session_days")))
    request.session["strong"] = strong
    request.session["seen"] = int(now().timestamp())
    began = SignInSession.objects.create(
        person=person, session_key=request.session.session_key or "", how=how, device=client.device, place=client.place)
    audit.record(person, "people.sign_in", person, how=how, strong=strong)
    return began


@atomic
def sign_out(request: HttpRequest, person: Person) -> None:
    """End this session."""
    SignInSession.objects.filter(
        person=person, session_key=request.session.session_key, ended=None).update(ended=now())
    audit.record(person, "people.sign_out", person)
    logout(request)


def proof_of(code: SignInCode, plain: str) -> str:
    """Keyed hash of a code: six digits alone are guessed from a plain hash in a millisecond."""
    return blind(f"{code.pk}|{plain}", "people.signincode|proof")


def recovery_proof(person: Person, plain: str) -> str:
    """Keyed hash of a recovery code of `person`."""
    return blind(f"{person.pk}|{plain}", "people.recoverycode|proof")


def step_taken(factor: SecondFactor, digits: str) -> bool:
    """Is `digits` the code of a step next to now, and not one that was taken before?"""
    generator = pyotp.TOTP(factor.secret)
    here = int(now().timestamp()) // STEP_S
    for step in (here, here - 1, here + 1):
        if hmac.compare_digest(generator.generate_otp(step), digits):
            return bool(SecondFactor.objects.filter(pk=factor.pk, last_step__lt=step).update(last_step=step))
    return False


@cache
def _decoy() -> str:
    return make_password(secrets.token_urlsafe(16))
