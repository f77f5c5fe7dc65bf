"""候补 and 递补: who waits for what, the place offered to them for a while, and a draw that anyone can recompute."""

from __future__ import annotations

from django.db.models import (
    CASCADE,
    PROTECT,
    BigIntegerField,
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
from linli.foundation.records import Record
from linli.mechanisms.bookings.models.offers import Offer, Session, offer_kept
from linli.mechanisms.bookings.models.parties import Party, party_seen


class EntryState(TextChoices):
    APPLIED = "applied", _("已报名，等抽签或挑选")
    WAITING = "waiting", _("候补中")
    OFFERED = "offered", _("轮到您了")
    PLACED = "placed", _("已补上")
    LEFT = "left", _("已退出候补")
    LAPSED = "lapsed", _("没轮到")


class WaitEntry(VisibleModel):
    """A party that waits for all of `sessions` together: all of it, or at least `at_least` of it in its order."""

    party = ForeignKey(Party, CASCADE, related_name="entries")
    size = PositiveSmallIntegerField()
    at_least = PositiveSmallIntegerField(help_text="as few as this are content to come; equal to size: all or none")
    klass = SmallIntegerField(default=50, help_text="priority class of the offer's rules; low goes first")
    rank = BigIntegerField(help_text="order of arrival (µs), or the order a draw gave")
    auto_accept = BooleanField(default=False)
    on_site = BooleanField(default=False)
    by_phone = BooleanField(default=False, help_text="has no phone that reads messages: staff call")
    passed = PositiveSmallIntegerField(default=0, help_text="how often smaller parties went by")
    state = CharField(max_length=8, choices=EntryState, default=EntryState.WAITING)
    pseudonym = CharField(max_length=12, blank=True, help_text="under which it stands in a published draw")
    tier = PositiveSmallIntegerField(default=2)
    created = DateTimeField(default=now)
    ended_at = DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["klass", "rank", "id"]

    @property
    def area_code(self) -> str:
        return self.party.area_code

    @property
    def organisation_ids(self) -> tuple[int, ...]:
        return self.party.offer.organisation_ids

    @property
    def data_subject_id(self) -> int | None:
        return self.party.booker_id

    def relations_to(self, person: Person) -> frozenset[str]:
        found = set(self.party.offer.relations_to(person))
        if person.pk in (self.party.booker_id, self.party.agent_id):
            found.add("@booker")
        return frozenset(found)

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return party_seen("party__", person) | offer_kept("party__offer__", person)


class WaitFor(Record):
    """One session of an entry's wish."""

    entry = ForeignKey(WaitEntry, CASCADE, related_name="wishes")
    session = ForeignKey(Session, CASCADE, related_name="wishes")
    who = CharField(max_length=64, help_text="the booker: nobody waits twice for the same session")
    is_open = BooleanField(default=True)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["entry", "session"], name="bk_wish_once"),
            UniqueConstraint(fields=["session", "who"], condition=Q(is_open=True), name="bk_waits_once"),
        ]


class PlaceOfferState(TextChoices):
    OPEN = "open", _("等您答复")
    ACCEPTED = "accepted", _("已接受")
    DECLINED = "declined", _("已谢绝")
    EXPIRED = "expired", _("已过时")


class PlaceOffer(VisibleModel):
    """递补: places kept for an entry until `expires_at`; its reservations stand in state `offered` and are counted."""

    entry = ForeignKey(WaitEntry, CASCADE, related_name="offers")
    places = PositiveSmallIntegerField()
    state = CharField(max_length=8, choices=PlaceOfferState, default=PlaceOfferState.OPEN)
    offered_at = DateTimeField(default=now)
    expires_at = DateTimeField()
    called_at = DateTimeField(null=True, blank=True)
    called_by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    called_note = CharField(max_length=100, blank=True)
    answered_at = DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["expires_at", "id"]
        constraints = [
            UniqueConstraint(fields=["entry"], condition=Q(state="open"), name="bk_one_open_offer"),
        ]
        indexes = [Index(fields=["expires_at"], condition=Q(state="open"), name="bk_place_offer_due")]

    @property
    def area_code(self) -> str:
        return self.entry.area_code

    @property
    def organisation_ids(self) -> tuple[int, ...]:
        return self.entry.organisation_ids

    def relations_to(self, person: Person) -> frozenset[str]:
        return self.entry.relations_to(person)

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return party_seen("entry__party__", person) | offer_kept("entry__party__offer__", person)


class Draw(VisibleModel):
    """摇号: the list is fixed and its SHA-256 published before the seed exists; then anyone recomputes the order."""

    offer = ForeignKey(Offer, PROTECT, related_name="draws")
    session_ids = JSONField(default=list)
    seed_source = CharField(max_length=200, help_text="the public source named beforehand")
    seed_at = DateTimeField()
    listed = JSONField(default=list, help_text="[[pseudonym, size, tier]] sorted")
    commitment = CharField(max_length=64)
    committed_at = DateTimeField(default=now)
    committed_by = ForeignKey(Person, PROTECT, related_name="+")
    seed = CharField(max_length=200, blank=True)
    witnesses = CharField(max_length=120, blank=True)
    order = JSONField(default=list)
    placed = JSONField(default=list, help_text="pseudonyms that got in, in their order")
    drawn_at = DateTimeField(null=True, blank=True)
    drawn_by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")

    @property
    def area_code(self) -> str:
        return self.offer.area_code

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(offer__in=Offer.objects.visible_to(person).values("pk"))
