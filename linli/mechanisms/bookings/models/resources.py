"""What a session needs and only one can have at a time: rooms, teachers, interpreters, chairs; and what is lent out."""

from __future__ import annotations

from django.db.models import (
    CASCADE,
    PROTECT,
    BigIntegerField,
    BooleanField,
    CharField,
    CheckConstraint,
    DateField,
    DateTimeField,
    F,
    ForeignKey,
    Index,
    JSONField,
    PositiveIntegerField,
    PositiveSmallIntegerField,
    Q,
    TextChoices,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import AreaModel, Facility, VisibleModel
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Organisation, Person
from linli.foundation.records import Record
from linli.mechanisms.bookings.models.offers import Session


class Resource(AreaModel):
    """A room, a teacher, an interpreter, a court, a wheelchair, a book copy, a counter.

    `facts` are what a requirement may ask for ({"step_free": true, "level": 3}); `hours` its own opening times by
    ISO weekday ({"1": [["08:00", "20:00"]]}, empty: always); `people_max` what it holds at once (fire limit).
    """

    kind = CharField(_("种类"), max_length=30)
    name = CharField(_("名称"), max_length=80)
    owner_room = CharField(max_length=30, blank=True)
    owner_type = CharField(max_length=60, blank=True)
    owner_id = CharField(max_length=40, blank=True)
    organisation = ForeignKey(Organisation, PROTECT, null=True, blank=True, related_name="+")
    person = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    facility = ForeignKey(Facility, PROTECT, null=True, blank=True, related_name="+")
    manage_verb = CharField(max_length=60, default="bookings.manage")
    title_key = CharField(max_length=100, blank=True, help_text="what all copies of one title share")
    is_exclusive = BooleanField(default=True)
    people_max = PositiveIntegerField(null=True, blank=True)
    buffer_before_min = PositiveSmallIntegerField(default=0)
    buffer_after_min = PositiveSmallIntegerField(default=0)
    facts = JSONField(default=dict, blank=True)
    hours = JSONField(default=dict, blank=True)
    is_active = BooleanField(default=True)

    class Meta:
        ordering = ["kind", "name", "id"]
        indexes = [
            Index(fields=["area", "kind"], name="bk_resource_in_area"),
            Index(fields=["owner_type", "owner_id"], name="bk_resource_of_owner"),
            Index(fields=["title_key", "area"], condition=~Q(title_key=""), name="bk_copies"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def organisation_ids(self) -> tuple[int, ...]:
        return (self.organisation_id,) if self.organisation_id else ()

    def relations_to(self, person: Person) -> frozenset[str]:
        return frozenset({"@self"} if self.person_id == person.pk else ())


class Claim(Record):
    """A resource in use: by a session, by a thing of a service (`about`), or closed (`reason`)."""

    resource = ForeignKey(Resource, PROTECT, related_name="claims")
    session = ForeignKey(Session, CASCADE, null=True, blank=True, related_name="claims")
    about = CharField(max_length=100, blank=True, help_text="activities.activity:123")
    starts = DateTimeField()
    ends = DateTimeField()
    reason = CharField(max_length=120, blank=True)
    created_by = ForeignKey(Person, PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ["starts", "id"]
        constraints = [CheckConstraint(name="bk_claim_forward", condition=Q(ends__gt=F("starts")))]
        indexes = [
            Index(fields=["resource", "starts"], name="bk_claim_of_resource"),
            Index(fields=["about"], condition=~Q(about=""), name="bk_claim_about"),
        ]


class Quantum(Record):
    """A quarter of an hour (epoch seconds ÷ 900) of an exclusive resource: the unique pair is the whole lock."""

    resource = ForeignKey(Resource, PROTECT, related_name="quanta", db_index=False)
    quantum = BigIntegerField()
    claim = ForeignKey(Claim, CASCADE, related_name="quanta")

    class Meta:
        constraints = [UniqueConstraint(fields=["resource", "quantum"], name="bk_quantum_once")]


class Loan(VisibleModel):
    """One thing lent to a person until a day. After the return the person is cut from the row (公共图书馆法 第43条)."""

    resource = ForeignKey(Resource, PROTECT, related_name="loans")
    person = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    lent_at = DateTimeField(default=now)
    lent_by = ForeignKey(Person, PROTECT, null=True, related_name="+")
    due_on = DateField()
    renewed = PositiveSmallIntegerField(default=0)
    returned_at = DateTimeField(null=True, blank=True)
    reminded_on = DateField(null=True, blank=True)
    facts = JSONField(default=dict, help_text="condition out and in")

    class Meta:
        ordering = ["due_on", "id"]
        constraints = [UniqueConstraint(fields=["resource"], condition=Q(returned_at=None), name="bk_lent_once")]
        indexes = [Index(fields=["due_on"], condition=Q(returned_at=None), name="bk_loan_due")]

    @property
    def area_code(self) -> str:
        return self.resource.area_code

    @property
    def organisation_ids(self) -> tuple[int, ...]:
        return self.resource.organisation_ids

    def relations_to(self, person: Person) -> frozenset[str]:
        return frozenset({"@borrower"} if person.pk == self.person_id else ())

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        from linli.mechanisms.bookings.models.offers import PLACE_ROLES

        return Q(person=person) | person.scope_q("resource__area__code", roles=PLACE_ROLES)


class LoanHoldState(TextChoices):
    WAITING = "waiting", _("排队中")
    READY = "ready", _("可以来取")
    TAKEN = "taken", _("已取走")
    LEFT = "left", _("已经取消")
    LAPSED = "lapsed", _("过期未取")


class LoanHold(VisibleModel):
    """Somebody waits for any copy of `title_key` ("children.book:9787…") in one area, first come."""

    title_key = CharField(max_length=100)
    area_code = CharField(max_length=15)
    person = ForeignKey(Person, CASCADE, related_name="+")
    state = CharField(max_length=8, choices=LoanHoldState, default=LoanHoldState.WAITING)
    resource = ForeignKey(Resource, PROTECT, null=True, blank=True, related_name="+")
    pick_up_by = DateField(null=True, blank=True)
    created = DateTimeField(default=now)
    rank = BigIntegerField(default=0)

    class Meta:
        ordering = ["rank", "id"]
        constraints = [
            UniqueConstraint(
                fields=["title_key", "area_code", "person"], condition=Q(state__in=["waiting", "ready"]),
                name="bk_loan_hold_once"),
            UniqueConstraint(fields=["resource"], condition=Q(state="ready"), name="bk_kept_for_one"),
        ]

    def relations_to(self, person: Person) -> frozenset[str]:
        return frozenset({"@borrower"} if person.pk == self.person_id else ())

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        from linli.mechanisms.bookings.models.offers import PLACE_ROLES

        return Q(person=person) | person.scope_q("area_code", roles=PLACE_ROLES)
