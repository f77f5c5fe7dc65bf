"""What proves that it is you: codes, sign-ins, second factors, passkeys; and the meters that slow a guesser."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import (
    CASCADE,
    BigIntegerField,
    BinaryField,
    BooleanField,
    CharField,
    DateTimeField,
    ForeignKey,
    Index,
    JSONField,
    OneToOneField,
    PositiveIntegerField,
    PositiveSmallIntegerField,
    Q,
    TextChoices,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import VisibleModel
from linli.foundation.calendar.clock import now
from linli.foundation.privacy.fields import BlindIndexField, EncryptedTextField
from linli.foundation.records import Record

if TYPE_CHECKING:
    from linli.foundation.people.models import Person


class CodePurpose(TextChoices):
    SIGN_IN = "sign_in", _("登录")
    NEW_PHONE = "new_phone", _("换手机号")


class SignInCode(Record):
    """One one-time code. `proof` is its keyed hash; `unsent` holds it sealed until the sender has taken it."""

    phone = EncryptedTextField(purpose="people.sign_in", help_text="E.164")
    phone_index = BlindIndexField(of="phone")
    purpose = CharField(max_length=10, choices=CodePurpose, default=CodePurpose.SIGN_IN)
    asked_by = ForeignKey("people.Person", CASCADE, null=True, related_name="+")
    proof = CharField(max_length=64)
    unsent = EncryptedTextField(purpose="people.sign_in", blank=True, default="")
    asked_at = DateTimeField(default=now)
    expires_at = DateTimeField()
    extended = BooleanField(default=False)
    tries = PositiveSmallIntegerField(default=0)
    used_at = DateTimeField(null=True)
    spent_at = DateTimeField(null=True, help_text="when what it proved was made use of")

    class Meta:
        indexes = [Index(fields=["phone_index", "asked_at"], name="code_of_phone"),
                   Index(fields=["asked_at"], name="code_by_age")]


class Meter(Record):
    """How often something was tried in the current window; counted by single statements, so it holds under races."""

    key = CharField(max_length=120, unique=True, help_text="subject and blind index, never a plain number")
    since = DateTimeField()
    count = PositiveIntegerField(default=0)

    class Meta:
        indexes = [Index(fields=["since"], name="meter_by_age")]


class SignInSession(VisibleModel):
    """One sign-in on one device, as its owner sees it and can end it."""

    person = ForeignKey("people.Person", CASCADE, related_name="sign_ins")
    session_key = CharField(max_length=40)
    how = CharField(max_length=10, help_text="code, password, passkey, demo")
    device = CharField(_("设备"), max_length=60, blank=True)
    place = CharField(_("网络"), max_length=45, blank=True, help_text="network prefix of the address, never all of it")
    started = DateTimeField(default=now)
    last_seen = DateTimeField(default=now)
    ended = DateTimeField(null=True)

    class Meta:
        indexes = [Index(fields=["person", "ended"], name="sign_in_of_person"),
                   Index(fields=["session_key"], name="sign_in_by_session")]

    @property
    def area_code(self) -> str:
        """It belongs to a person, not to a place: no role reaches it."""
        return ""

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        """Only oneself."""
        return Q(person=person)

    def relations_to(self, person: Person) -> frozenset[str]:
        return frozenset({"@self"}) if self.person_id == person.pk else frozenset()


class SecondFactor(Record):
    """The authenticator app of a person (TOTP, RFC 6238). `last_step` keeps a code from being used twice."""

    person = OneToOneField("people.Person", CASCADE, related_name="second_factor")
    secret = EncryptedTextField(purpose="people.sign_in")
    confirmed_at = DateTimeField(null=True)
    last_step = BigIntegerField(default=0)


class RecoveryCode(Record):
    """A code on paper for the day the authenticator is lost; used once."""

    person = ForeignKey("people.Person", CASCADE, related_name="recovery_codes")
    proof = CharField(max_length=64, unique=True)
    used_at = DateTimeField(null=True)


class Passkey(VisibleModel):
    """A WebAuthn credential: the device proves itself, nothing to remember."""

    person = ForeignKey("people.Person", CASCADE, related_name="passkeys")
    name = CharField(_("名称"), max_length=40, blank=True)
    credential = CharField(max_length=1400, unique=True, help_text="base64url credential id")
    public_key = BinaryField()
    sign_count = BigIntegerField(default=0)
    transports = JSONField(default=list)
    created = DateTimeField(default=now)
    last_used = DateTimeField(null=True)

    @property
    def area_code(self) -> str:
        """It belongs to a person, not to a place: no role reaches it."""
        return ""

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        """Only oneself."""
        return Q(person=person)

    def relations_to(self, person: Person) -> frozenset[str]:
        return frozenset({"@self"}) if self.person_id == person.pk else frozenset()
