"""Who comes: a party that stands or falls together, its reservation of a session, and who of it was there."""

from __future__ import annotations

from typing import Any

from django.db.models import (
    CASCADE,
    PROTECT,
    BooleanField,
    CharField,
    DateTimeField,
    ForeignKey,
    Index,
    JSONField,
    PositiveSmallIntegerField,
    Q,
    SmallIntegerField,
    TextChoices,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import VisibleModel
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.foundation.privacy.fields import EncryptedTextField
from linli.foundation.privacy.masks import mask_name
from linli.foundation.records import Record
from linli.mechanisms.bookings.models.offers import Offer, Session, Share, offer_kept


class Party(Record):
    """同行人: one attempt of 1…n named persons. `booker` is whose it is; None with a contact: no account.

    `key` makes a repeated attempt of the same booker the same party.
    """

    offer = ForeignKey(Offer, CASCADE, related_name="parties")
    booker = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    agent = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    channel = CharField(max_length=12, default="app")
    contact_name = EncryptedTextField(_("姓名"), purpose="bookings.contact", blank=True)
    contact_phone = EncryptedTextField(_("手机号"), purpose="bookings.contact", blank=True)
    note = EncryptedTextField(_("说明"), purpose="bookings.booking", blank=True)
    facts = JSONField(default=dict, help_text="small facts of the service behind the offer; nothing personal")
    key = CharField(max_length=64, blank=True)
    created = DateTimeField(default=now)

    class Meta:
        constraints = [UniqueConstraint(fields=["booker", "key"], condition=~Q(key=""), name="bk_attempt_once")]

    @property
    def area_code(self) -> str:
        return self.offer.area_code

    @property
    def data_subject_id(self) -> int | None:
        return self.booker_id

    @property
    def shown_name(self) -> str:
        """What others read: never the whole name."""
        return self.booker.shown_name if self.booker else mask_name(self.contact_name)

    @property
    def full_name(self) -> str:
        """For the roster of who runs it."""
        return (self.booker.name or self.booker.title) if self.booker else self.contact_name

    @property
    def phone(self) -> str:
        return (self.booker.phone or "") if self.booker else self.contact_phone


class PartyMember(Record):
    """One person of a party, with an account or by name."""

    party = ForeignKey(Party, CASCADE, related_name="members")
    order = PositiveSmallIntegerField(default=0)
    person = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    name = EncryptedTextField(_("姓名"), purpose="bookings.booking", blank=True)
    birth_year = SmallIntegerField(null=True, blank=True)
    classes = JSONField(default=list, help_text="verified by the service: elder, disabled, newcomer …")
    photo_consent = BooleanField(default=False, help_text="may be seen in pictures of it (民法典 第1019条)")

    class Meta:
        ordering = ["order", "id"]

    @property
    def shown_name(self) -> str:
        return self.person.shown_name if self.person else mask_name(self.name)

    @property
    def full_name(self) -> str:
        return (self.person.name or self.person.title) if self.person else self.name

    @property
    def data_subject_id(self) -> int | None:
        return self.person_id


class State(TextChoices):
    HELD = "held", _("为您留着")
    PENDING = "pending", _("等待审核")
    OFFERED = "offered", _("轮到您了")
    CONFIRMED = "confirmed", _("已约好")
    ATTENDED = "attended", _("已到场")
    ABSENT = "absent", _("未到")
    CANCELLED = "cancelled", _("已经取消")
    LATE_CANCELLED = "late_cancelled", _("临时取消")
    REFUSED = "refused", _("未通过")
    LAPSED = "lapsed", _("已过时")


LIVING = (State.HELD, State.PENDING, State.OFFERED, State.CONFIRMED, State.ATTENDED)


class Reservation(VisibleModel):
    """预约: a party in one session. `is_active` rows are exactly those that `Session.taken` counts."""

    session = ForeignKey(Session, PROTECT, related_name="reservations")
    party = ForeignKey(Party, CASCADE, related_name="reservations")
    places = PositiveSmallIntegerField()
    share = ForeignKey(Share, PROTECT, null=True, blank=True, related_name="+")
    state = CharField(max_length=16, choices=State, default=State.CONFIRMED)
    is_active = BooleanField(default=True)
    held_until = DateTimeField(null=True, blank=True)
    extended = PositiveSmallIntegerField(default=0)
    ticket = CharField(max_length=8, help_text="read out at the door")
    nonce = CharField(max_length=16, help_text="in the QR code; a new one makes old codes void")
    coming = BooleanField(null=True, help_text="the answer to the reminder: 来 or 不来")
    reason = CharField(max_length=200, blank=True)
    created = DateTimeField(default=now)
    confirmed_at = DateTimeField(null=True, blank=True)
    ended_at = DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created", "id"]
        constraints = [
            UniqueConstraint(fields=["session", "party"], name="bk_party_once"),
            UniqueConstraint(fields=["session", "ticket"], name="bk_ticket_once"),
        ]
        indexes = [
            Index(fields=["party", "state"], name="bk_reservation_of_party"),
            Index(fields=["held_until"], condition=Q(state="held"), name="bk_hold_due"),
        ]

    @property
    def area_code(self) -> str:
        return self.session.area_code

    @property
    def organisation_ids(self) -> tuple[int, ...]:
        return self.session.organisation_ids

    @property
    def data_subject_id(self) -> int | None:
        return self.party.booker_id

    @property
    def is_living(self) -> bool:
        """Is it still something to come to?"""
        return self.state in LIVING

    def relations_to(self, person: Person) -> frozenset[str]:
        found = set(self.session.relations_to(person))
        if person.pk == self.party.booker_id:
            found.add("@booker")
        if person.pk == self.party.agent_id:
            found.add("@agent")
        if any(member.person_id == person.pk for member in self.party.members.all()):
            found.add("@member")
        return frozenset(found)

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return party_seen("party__", person) | offer_kept("session__offer__", person)


def party_seen(path: str, person: Person) -> Q:
    """The parties at `path` ("party__") that `person` booked, booked for somebody, or belongs to."""
    joined = PartyMember.objects.filter(person=person).values("party")
    return Q(**{f"{path}booker": person}) | Q(**{f"{path}agent": person}) | Q(**{f"{path}pk__in": joined})


class Attendance(Record):
    """One member in one session: unique while active, so nobody is twice in the same session."""

    session = ForeignKey(Session, PROTECT, related_name="attendances")
    reservation = ForeignKey(Reservation, CASCADE, related_name="attendances")
    member = ForeignKey(PartyMember, CASCADE, related_name="attendances")
    person = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    who = CharField(max_length=64, help_text="p<id> of an account, else a blind index of booker and name")
    is_active = BooleanField(default=True)
    came_at = DateTimeField(null=True, blank=True)
    left_at = DateTimeField(null=True, blank=True)
    how = CharField(max_length=8, blank=True, help_text="qr, name, phone, ticket, list, walk_in")
    noted_by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    absent_at = DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["id"]
        constraints = [
            UniqueConstraint(fields=["session", "who"], condition=Q(is_active=True), name="bk_person_once"),
            UniqueConstraint(fields=["reservation", "member"], name="bk_attendance_once"),
        ]
        indexes = [Index(fields=["person", "session"], name="bk_attendance_of_person")]


class StrikeState(TextChoices):
    COUNTED = "counted", _("算一次")
    APPEALED = "appealed", _("申诉中")
    FORGIVEN = "forgiven", _("不算了")
    UPHELD = "upheld", _("申诉未成立")


class Strike(VisibleModel):
    """爽约: not come (2 halves) or cancelled late (1 half), within one category of one area. Never a credit score."""

    reservation = ForeignKey(Reservation, CASCADE, related_name="strikes")
    person = ForeignKey(Person, CASCADE, related_name="+")
    category = CharField(max_length=40)
    area_code = CharField(max_length=15)
    halves = PositiveSmallIntegerField(default=2)
    at = DateTimeField(default=now)
    noted_by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    state = CharField(max_length=8, choices=StrikeState, default=StrikeState.COUNTED)
    appeal = EncryptedTextField(_("理由"), purpose="bookings.booking", blank=True)
    appealed_at = DateTimeField(null=True, blank=True)
    decided_by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    decided_at = DateTimeField(null=True, blank=True)
    answer = CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [UniqueConstraint(fields=["reservation", "person"], name="bk_strike_once")]
        indexes = [
            Index(fields=["person", "category", "at"], name="bk_strike_of_person"),
            Index(fields=["area_code", "state"], name="bk_strike_in_area"),
        ]

    @property
    def data_subject_id(self) -> int | None:
        return self.person_id

    @property
    def organisation_ids(self) -> tuple[int, ...]:
        return self.reservation.organisation_ids

    def relations_to(self, person: Person) -> frozenset[str]:
        found: set[str] = set(self.reservation.session.relations_to(person))
        return frozenset(found | ({"@subject"} if person.pk == self.person_id else set()))

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(person=person) | offer_kept("reservation__session__offer__", person)


def facts_of(reservation: Reservation) -> dict[str, Any]:
    """The payload of every event about a reservation."""
    session = reservation.session
    return {
        "reservation": reservation.pk, "session": session.pk, "offer": session.offer_id,
        "owner": session.offer.owner, "party": reservation.party_id}
