"""What a person does to guard the account: password, authenticator, passkeys, and the list of sign-ins."""

from __future__ import annotations

import json
import secrets
import unicodedata
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import pyotp
from django.conf import settings
from django.contrib.auth.password_validation import (
    CommonPasswordValidator,
    MinimumLengthValidator,
    NumericPasswordValidator,
    validate_password,
)
from django.core.exceptions import ValidationError
from django.db import IntegrityError
from django.db.transaction import atomic
from django.utils.translation import gettext as _, gettext_lazy

from linli.foundation import audit
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.notices import tell
from linli.foundation.people import webauthn
from linli.foundation.people.actions.signing_in import check_second_factor, recovery_proof, step_taken
from linli.foundation.people.models import Passkey, Person, RecoveryCode, RoleAssignment, SecondFactor, SignInSession
from linli.foundation.people.permit import permit
from linli.foundation.web.refusals import Refused

RECOVERY_CODES = 8
# Read-aloud and copied by hand: no 0/O, 1/I/L.
_ALPHABET = "ABCDEFGHJKMNPQRSTUVWXYZ23456789"
_VALIDATORS: Sequence[Any] = [
    MinimumLengthValidator(min_length=8), CommonPasswordValidator(), NumericPasswordValidator()]


@atomic
def set_password(person: Person, password: str, *, present: str = "") -> None:
    """Set or change the password. Raises `Refused("present_wrong")`, `Refused("password_weak")`."""
    permit(person, "people.secure", person)
    if person.has_usable_password() and not person.check_password(present):
        raise Refused("present_wrong", _("现在的密码不对。忘了的话，先用短信登录，再到这里取消它。"), field="present")
    try:
        validate_password(password, person, _VALIDATORS)
    except ValidationError as error:
        raise Refused("password_weak", " ".join(error.messages), field="password") from None
    person.set_password(password)
    person.save(update_fields=["password"])
    audit.record(person, "people.set_password", person)
    emit("people.secured", person=person.pk, what="password")


@atomic
def remove_password(person: Person) -> None:
    """Go back to codes only."""
    permit(person, "people.secure", person)
    person.set_unusable_password()
    person.save(update_fields=["password"])
    audit.record(person, "people.remove_password", person)
    emit("people.secured", person=person.pk, what="password")


@atomic
def start_second_factor(person: Person) -> SecondFactor:
    """A fresh secret to be scanned; it counts only after `confirm_second_factor`."""
    permit(person, "people.secure", person)
    factor, made = SecondFactor.objects.select_for_update().get_or_create(
        person=person, defaults={"secret": pyotp.random_base32()})
    if factor.confirmed_at is not None:
        raise Refused("second_exists", _("验证器已经设好了。要换手机，请先取消，再重新设。"))
    if made:
        audit.record(person, "people.start_second_factor", person)
    return factor


@atomic
def confirm_second_factor(person: Person, typed: str) -> list[str]:
    """The authenticator shows the right code: from now on it is asked for. Returns the recovery codes, shown once."""
    permit(person, "people.secure", person)
    factor = SecondFactor.objects.select_for_update().filter(person=person, confirmed_at=None).first()
    digits = "".join(unicodedata.normalize("NFKC", typed).split())
    if factor is None or not step_taken(factor, digits):
        raise Refused("second_wrong", _("动态码不对。请看验证器里现在的 6 位数字。"), field="code")
    SecondFactor.objects.filter(pk=factor.pk).update(confirmed_at=now())
    audit.record(person, "people.confirm_second_factor", person)
    emit("people.secured", person=person.pk, what="second_factor")
    return _new_recovery_codes(person)


@atomic
def drop_second_factor(person: Person) -> None:
    """Take the authenticator away; staff will be asked to set one up again before anything else."""
    permit(person, "people.secure", person)
    SecondFactor.objects.filter(person=person).delete()
    RecoveryCode.objects.filter(person=person).delete()
    audit.record(person, "people.drop_second_factor", person)
    emit("people.secured", person=person.pk, what="second_factor")


@atomic
def reset_second_factor(person: Person, assignment: RoleAssignment) -> None:
    """An administrator takes the lost authenticator of a colleague away and signs them out everywhere.

    Not one's own: who lost it cannot be the one who vouches. Raises `Denied`, `Refused("own_factor")`.
    """
    permit(person, "people.reset_second_factor", assignment)
    colleague = assignment.person
    if colleague.pk == person.pk:
        raise Refused("own_factor", _("自己的验证器要请别的管理员重设。"))
    SecondFactor.objects.filter(person=colleague).delete()
    RecoveryCode.objects.filter(person=colleague).delete()
    Passkey.objects.filter(person=colleague).delete()
    _end(list(SignInSession.objects.filter(person=colleague, ended=None)))
    audit.record(person, "people.reset_second_factor", colleague)
    emit("people.secured", person=colleague.pk, what="second_factor")
    tell(colleague, gettext_lazy("%(who)s 重设了您的验证器。不是您要求的，请马上打社区电话。"),
         values={"who": person.shown_name}, about=colleague, urgent=True,
         key=f"people.reset.{colleague.pk}.{now().timestamp():.0f}", url="/me/security/")


def fresh_recovery_codes(person: Person, typed: str) -> list[str]:
    """New recovery codes against a code of the authenticator; the old ones stop working."""
    permit(person, "people.secure", person)
    check_second_factor(person, typed)
    with atomic():
        audit.record(person, "people.fresh_recovery_codes", person)
        return _new_recovery_codes(person)


def _new_recovery_codes(person: Person) -> list[str]:
    RecoveryCode.objects.filter(person=person).delete()
    plain = ["".join(secrets.choice(_ALPHABET) for _sign in range(10)) for _code in range(RECOVERY_CODES)]
    RecoveryCode.objects.bulk_create([RecoveryCode(person=person, proof=recovery_proof(person, one)) for one in plain])
    return [f"{one[:5]}-{one[5:]}" for one in plain]


@atomic
def register_passkey(person: Person, answer: dict[str, Any], challenge: bytes, *, name: str = "") -> Passkey:
    """Keep a device's credential. Raises `Refused("passkey_bad")`."""
    permit(person, "people.secure", person)
    found = webauthn.registered(json.dumps(answer), challenge)
    if found is None:
        raise Refused("passkey_bad", _("设备的回答没有通过核对。请再试一次，或先不设。"))
    transports = [str(one)[:20] for one in (answer.get("response") or {}).get("transports") or []][:6]
    try:
        with atomic():
            passkey = Passkey.objects.create(
                person=person, name=name[:40], credential=found.credential, public_key=found.public_key,
                sign_count=found.sign_count, transports=transports)
    except IntegrityError:
        raise Refused("passkey_bad", _("这把通行密钥已经登记过了。")) from None
    audit.record(person, "people.register_passkey", passkey)
    emit("people.secured", person=person.pk, what="passkey")
    return passkey


@atomic
def remove_passkey(person: Person, passkey: Passkey) -> None:
    """The device no longer opens the account."""
    permit(person, "people.remove_passkey", passkey)
    audit.record(person, "people.remove_passkey", passkey)
    passkey.delete()


@atomic
def end_sign_in(person: Person, sign_in: SignInSession) -> None:
    """Sign that device out, at once."""
    permit(person, "people.end_sign_in", sign_in)
    _end([sign_in])
    audit.record(person, "people.end_sign_in", sign_in)


@atomic
def end_other_sign_ins(person: Person, *, keep: str) -> int:
    """Sign out everywhere but in the session with key `keep`. Returns how many ended."""
    permit(person, "people.secure", person)
    others = list(SignInSession.objects.filter(person=person, ended=None).exclude(session_key=keep))
    _end(others)
    audit.record(person, "people.end_other_sign_ins", person, count=len(others))
    return len(others)


def _end(sign_ins: list[SignInSession]) -> None:
    store = import_module(settings.SESSION_ENGINE).SessionStore
    for one in sign_ins:
        store(session_key=one.session_key).delete()
    SignInSession.objects.filter(pk__in=[one.pk for one in sign_ins], ended=None).update(ended=now())
