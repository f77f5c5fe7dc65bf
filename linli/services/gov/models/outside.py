"""Systems outside: where they are, what was sent to them, where one books in person, and what was booked."""

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
    ForeignKey,
    Index,
    JSONField,
    OneToOneField,
    PositiveSmallIntegerField,
    Q,
    TextChoices,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import AreaModel
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Organisation, Person
from linli.foundation.people.queries import mandate_for, subjects_for
from linli.foundation.privacy.fields import EncryptedTextField
from linli.foundation.records import Record

ROOM = "gov"
KEEPERS = frozenset({"system_admin"})
DESK = frozenset({"worker", "community_head", "street_leader"})


class Endpoint(AreaModel):
    """The system of a department (by the name that items give it), or of one clinic or school, for one place."""

    department = CharField(_("部门"), max_length=120, blank=True)
    organisation = ForeignKey(Organisation, PROTECT, null=True, blank=True, related_name="+", verbose_name=_("单位"))
    url = CharField(_("接口地址"), max_length=300)
    key_id = CharField(_("密钥编号"), max_length=60)
    secret = EncryptedTextField(_("密钥"), purpose="gov.connection")
    is_on = BooleanField(_("接通"), default=True)
    changed_by = ForeignKey(Person, PROTECT, null=True, related_name="+")
    changed_at = DateTimeField(default=now)

    class Meta:
        ordering = ["id"]
        constraints = [
            UniqueConstraint(fields=["area", "department"], condition=~Q(department=""),
                             name="gov_endpoint_of_department_once"),
            UniqueConstraint(fields=["area", "organisation"], condition=Q(organisation__isnull=False),
                             name="gov_endpoint_of_organisation_once"),
            CheckConstraint(name="gov_endpoint_of_one", condition=(
                Q(department="", organisation__isnull=False) | ~Q(department="") & Q(organisation=None))),
        ]

    def __str__(self) -> str:
        return self.department or str(self.organisation)

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return person.scope_q("area__code", roles=KEEPERS)


class DispatchState(TextChoices):
    WAITING = "waiting", _("等着发")
    SENT = "sent", _("对方收到了")
    ANSWERED = "answered", _("对方有答复")
    DEAD = "dead", _("发不出去")
    GIVEN_UP = "given_up", _("不再发")


class Dispatch(AreaModel):
    """One message to a department about one application. `key` is its idempotency key, `body` never changes: whatever
    happens between sending and writing it down, the department gets the same bytes under the same key again."""

    endpoint = ForeignKey(Endpoint, PROTECT, related_name="dispatches")
    application = BigIntegerField()
    number = CharField(_("申请号"), max_length=40)
    what = CharField(max_length=12)
    key = CharField(max_length=64, unique=True)
    body = EncryptedTextField(purpose="gov.application", blank=True)
    state = CharField(max_length=8, choices=DispatchState, default=DispatchState.WAITING)
    attempts = PositiveSmallIntegerField(default=0)
    queued_at = DateTimeField(default=now)
    next_at = DateTimeField(default=now)
    fault = CharField(max_length=40, blank=True)
    sent_at = DateTimeField(null=True, blank=True)
    their_number = CharField(_("对方的编号"), max_length=60, blank=True)
    their_status = CharField(max_length=40, blank=True)
    given_up_by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    given_up_reason = CharField(_("为什么不再发"), max_length=300, blank=True)

    class Meta:
        ordering = ["-queued_at", "-id"]
        indexes = [Index(fields=["next_at"], condition=Q(state="waiting"), name="gov_dispatch_due"),
                   Index(fields=["area", "state", "queued_at"], name="gov_dispatch_of_area"),
                   Index(fields=["application"], name="gov_dispatch_of_matter")]
        constraints = [
            UniqueConstraint(fields=["number", "what"], name="gov_dispatch_once"),
            CheckConstraint(name="gov_given_up_with_reason", condition=(
                ~Q(state="given_up") | Q(given_up_by__isnull=False) & ~Q(given_up_reason=""))),
        ]

    def __str__(self) -> str:
        return self.key

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return person.scope_q("area__code", roles=DESK)


class OutsideAnswer(Record):
    """What a department said, call by call. The same `ident` is written once, however often it is said."""

    dispatch = ForeignKey(Dispatch, CASCADE, related_name="answers")
    ident = CharField(max_length=80)
    status = CharField(max_length=40)
    their_number = CharField(max_length=60, blank=True)
    is_conflict = BooleanField(default=False, help_text="names another number than the first answer did")
    at = DateTimeField(default=now)

    class Meta:
        ordering = ["at", "id"]
        constraints = [UniqueConstraint(fields=["dispatch", "ident"], name="gov_outside_answer_once")]


class OutsideService(TextChoices):
    """What one books at a clinic or a school."""

    CLINIC = "clinic", _("看病预约")
    FAMILY_DOCTOR = "family-doctor", _("家庭医生")
    VACCINATION = "vaccination", _("打疫苗")
    SCHOOL = "school", _("学校办事")


class OutsidePlace(AreaModel):
    """A clinic or school with what one must know to go there: the hand-off where nothing can be booked online."""

    organisation = OneToOneField(Organisation, PROTECT, related_name="+", verbose_name=_("单位"))
    services = JSONField(_("能办什么"), default=list)
    address = CharField(_("地址"), max_length=160)
    hours = CharField(_("几点开门"), max_length=160)
    note = CharField(_("还要知道的"), max_length=300, blank=True)
    is_shown = BooleanField(_("给居民看"), default=True)
    checked_by = ForeignKey(Person, PROTECT, null=True, related_name="+")
    checked_on = DateField(_("核对日期"), null=True, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.organisation.name


class BookingState(TextChoices):
    ASKING = "asking", _("在等对方确认")
    BOOKED = "booked", _("约上了")
    REFUSED = "refused", _("没约上")
    UNCLEAR = "unclear", _("对方没答复，请打电话问")
    CANCELLING = "cancelling", _("在等对方取消")
    CANCELLED = "cancelled", _("已经取消")


ALIVE = (BookingState.ASKING, BookingState.BOOKED, BookingState.CANCELLING)


class OutsideBooking(AreaModel):
    """An appointment in another house's book. Ours is a copy: it says booked only when they said so."""

    place = ForeignKey(OutsidePlace, PROTECT, related_name="bookings")
    service = CharField(max_length=16, choices=OutsideService)
    subject = ForeignKey(Person, PROTECT, related_name="+", verbose_name=_("给谁约"))
    actor = ForeignKey(Person, PROTECT, related_name="+")
    mandate = ForeignKey("people.Mandate", PROTECT, null=True, blank=True, related_name="+")
    consent = ForeignKey("privacy.Consent", PROTECT, related_name="+")
    slot = CharField(max_length=80)
    starts_at = DateTimeField(_("什么时候"))
    with_whom = CharField(_("科室或医生"), max_length=120, blank=True)
    key = CharField(max_length=64, unique=True)
    sent = EncryptedTextField(purpose="gov.outside", blank=True, help_text="what was told to the other house, JSON")
    state = CharField(max_length=10, choices=BookingState, default=BookingState.ASKING)
    fault = CharField(max_length=40, blank=True)
    attempts = PositiveSmallIntegerField(default=0)
    next_at = DateTimeField(default=now)
    their_number = CharField(_("预约号"), max_length=60, blank=True)
    said = CharField(_("对方说的"), max_length=200, blank=True)
    made_at = DateTimeField(default=now)
    once = CharField(max_length=64)

    class Meta:
        ordering = ["-made_at", "-id"]
        indexes = [Index(fields=["subject", "starts_at"], name="gov_booking_of_subject"),
                   Index(fields=["next_at"], condition=Q(state__in=["asking", "cancelling"]), name="gov_booking_due")]
        constraints = [
            UniqueConstraint(fields=["actor", "once"], name="gov_booking_once"),
            UniqueConstraint(fields=["subject", "place", "slot"], name="gov_booking_slot_once",
                             condition=Q(state__in=["asking", "booked", "cancelling"])),
            CheckConstraint(name="gov_booked_has_number", condition=~Q(state="booked") | ~Q(their_number="")),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def data_subject_id(self) -> int:
        return self.subject_id

    @property
    def is_alive(self) -> bool:
        return self.state in ALIVE

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        """The subject, and who holds the subject's mandate for this room; no staff: it is about health."""
        return Q(subject__in=[person.pk, *(one.pk for one in subjects_for(person, ROOM))])

    def relations_to(self, person: Person) -> frozenset[str]:
        if self.subject_id == person.pk:
            return frozenset({"@subject"})
        return frozenset({"@agent"} if mandate_for(person, self.subject, ROOM) else ())
