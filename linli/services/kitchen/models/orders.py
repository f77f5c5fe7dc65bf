"""Who eats, what they must not eat, and what they ordered."""

from __future__ import annotations

from django.db.models import (
    CASCADE,
    PROTECT,
    SET_NULL,
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
    TimeField,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import AreaModel, Building
from linli.foundation.calendar import clock
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Mandate, Person
from linli.foundation.people.queries import mandate_for, running
from linli.foundation.privacy.fields import EncryptedTextField
from linli.services.kitchen.models.cooking import Batch, Menu, Serving
from linli.services.kitchen.models.stock import KEEPERS


def _subjects(person: Person) -> list[int]:
    """Those for whom `person` may act in this room now."""
    held = Mandate.objects.filter(running(), agent=person, agreed_at__isnull=False)
    return [one.subject_id for one in held if "kitchen" in one.scope]


class Eater(AreaModel):
    """What the kitchen must know of a person. Allergies only with consent, and sealed; the door for who brings it."""

    person = ForeignKey(Person, CASCADE, related_name="+")
    diets = JSONField(_("饮食"), default=list, blank=True)
    allergies = EncryptedTextField(_("过敏"), purpose="kitchen.health", blank=True, help_text="codes, by comma")
    building = ForeignKey(Building, PROTECT, null=True, blank=True, related_name="+", verbose_name=_("楼栋"))
    door = EncryptedTextField(_("门牌"), purpose="kitchen.delivery", blank=True)
    door_words = EncryptedTextField(_("送餐的人要知道的"), purpose="kitchen.delivery", blank=True)
    neighbour = EncryptedTextField(_("可以放在哪位邻居那里"), purpose="kitchen.delivery", blank=True)
    contact = EncryptedTextField(_("没人开门时找谁"), purpose="kitchen.delivery", blank=True)
    contact_phone = EncryptedTextField(_("他的电话"), purpose="kitchen.delivery", blank=True)
    home_from = TimeField(_("几点后在家"), null=True, blank=True)
    subsidy = CharField(_("补贴类别"), max_length=20, blank=True)
    subsidy_source = CharField(_("依据"), max_length=80, blank=True)
    subsidy_by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [UniqueConstraint(fields=["area", "person"], name="kitchen_eater_once")]

    @property
    def allergy_codes(self) -> frozenset[str]:
        return frozenset(code for code in self.allergies.split(",") if code)

    @property
    def data_subject_id(self) -> int | None:
        return self.person_id

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(person=person) | Q(person__in=_subjects(person)) | person.scope_q("area__code", roles=KEEPERS)

    def relations_to(self, person: Person) -> frozenset[str]:
        return _relations(person, self.person)


def _relations(person: Person, eater: Person | None) -> frozenset[str]:
    if eater is None:
        return frozenset()
    if eater.pk == person.pk:
        return frozenset({"@eater"})
    return frozenset({"@agent"} if mandate_for(person, eater, "kitchen") else ())


class Channel(TextChoices):
    APP = "app", _("手机")
    FAMILY = "family", _("家人代订")
    PHONE = "phone", _("打电话")
    DESK = "desk", _("到窗口")
    STANDING = "standing", _("长期订")


class Way(TextChoices):
    DELIVER = "deliver", _("送上门")
    PICK_UP = "pick_up", _("自己来取")


class OrderState(TextChoices):
    WAITING = "waiting", _("候补中")
    PLACED = "placed", _("订好了")
    PACKED = "packed", _("装好了")
    DELIVERED = "delivered", _("送到了")
    LEFT = "left", _("放在邻居家")
    ABSENT = "absent", _("没人开门")
    CANCELLED = "cancelled", _("取消了")
    STOPPED = "stopped", _("停送了")
    UNSERVED = "unserved", _("没排上")


LIVE = (OrderState.PLACED, OrderState.PACKED)
HAD_IT = (OrderState.DELIVERED, OrderState.LEFT)


class Standing(AreaModel):
    """长期订: every Tuesday and Thursday, until said otherwise."""

    person = ForeignKey(Person, CASCADE, related_name="+")
    by = ForeignKey(Person, SET_NULL, null=True, related_name="+")
    weekdays = JSONField(_("星期几"), default=list, help_text="1 Monday … 7 Sunday")
    serving = CharField(_("哪一餐"), max_length=6, choices=Serving, default=Serving.LUNCH)
    portions = PositiveSmallIntegerField(_("几份"), default=1)
    way = CharField(_("怎么拿"), max_length=8, choices=Way, default=Way.DELIVER)
    since = DateField(default=clock.today)
    until = DateField(_("到哪天"), null=True, blank=True)
    ended_at = DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-since", "-id"]
        constraints = [
            UniqueConstraint(fields=["area", "person", "serving"], condition=Q(ended_at=None),
                             name="kitchen_standing_once"),
            CheckConstraint(name="kitchen_standing_some", condition=Q(portions__gt=0)),
            CheckConstraint(name="kitchen_standing_on", condition=Q(until=None) | Q(until__gte=F("since"))),
        ]

    @property
    def data_subject_id(self) -> int | None:
        return self.person_id

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(person=person) | Q(person__in=_subjects(person)) | person.scope_q("area__code", roles=KEEPERS)

    def relations_to(self, person: Person) -> frozenset[str]:
        return _relations(person, self.person)


class Order(AreaModel):
    """A meal for a person: its portions are held in the book of meals from the order to the hand-over.

    `person` goes when the term of keeping ends; the row stays for the sums.
    """

    class Taste(TextChoices):
        GOOD = "good", _("好吃")
        FINE = "fine", _("还行")
        BAD = "bad", _("不合口味")

    menu = ForeignKey(Menu, PROTECT, related_name="orders")
    person = ForeignKey(Person, SET_NULL, null=True, related_name="+")
    by = ForeignKey(Person, SET_NULL, null=True, related_name="+")
    channel = CharField(_("怎么订的"), max_length=10, choices=Channel, default=Channel.APP)
    standing = ForeignKey(Standing, SET_NULL, null=True, blank=True, related_name="orders")
    portions = PositiveSmallIntegerField(_("几份"), default=1)
    way = CharField(_("怎么拿"), max_length=8, choices=Way, default=Way.DELIVER)
    price = PositiveIntegerField(default=0, help_text="cents for all portions")
    subsidy = PositiveIntegerField(default=0, help_text="cents the community bears")
    subsidy_class = CharField(max_length=20, blank=True)
    batch = ForeignKey(Batch, PROTECT, null=True, blank=True, related_name="orders")
    state = CharField(max_length=10, choices=OrderState)
    once = CharField(max_length=60)
    placed_at = DateTimeField(default=now)
    ended_at = DateTimeField(null=True, blank=True)
    note = EncryptedTextField(_("给厨房的话"), purpose="kitchen.order", blank=True)
    taste = CharField(_("怎么样"), max_length=4, choices=Taste, blank=True)
    words = EncryptedTextField(_("想说的"), purpose="kitchen.order", blank=True)

    class Meta:
        ordering = ["placed_at", "id"]
        constraints = [
            UniqueConstraint(
                fields=["menu", "person"], name="kitchen_order_one_each",
                condition=~Q(state__in=["cancelled", "unserved"]) & Q(person__isnull=False)),
            UniqueConstraint(fields=["menu", "once"], name="kitchen_order_once"),
            CheckConstraint(name="kitchen_order_some", condition=Q(portions__gt=0)),
            CheckConstraint(name="kitchen_order_subsidy", condition=Q(subsidy__lte=F("price"))),
        ]
        indexes = [
            Index(fields=["menu", "state"], name="kitchen_order_of_menu"),
            Index(fields=["person", "placed_at"], name="kitchen_order_of_person"),
        ]

    @property
    def own_cents(self) -> int:
        return self.price - self.subsidy

    @property
    def hold(self) -> str:
        """The ledger's id of its held portions."""
        return f"kitchen.order.{self.pk}"

    @property
    def shown_name(self) -> str:
        return self.person.shown_name if self.person else "**"

    @property
    def data_subject_id(self) -> int | None:
        return self.person_id

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(person=person) | Q(person__in=_subjects(person)) | person.scope_q("area__code", roles=KEEPERS)

    def relations_to(self, person: Person) -> frozenset[str]:
        return _relations(person, self.person)
