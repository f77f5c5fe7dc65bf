"""Who carries which meals to which doors in which order, and the door that stays shut."""

from __future__ import annotations

from django.db.models import (
    CASCADE,
    PROTECT,
    SET_NULL,
    BooleanField,
    CharField,
    DateTimeField,
    FloatField,
    ForeignKey,
    Index,
    OneToOneField,
    PositiveIntegerField,
    PositiveSmallIntegerField,
    Q,
    TextChoices,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import AreaModel, VisibleModel
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.foundation.privacy.fields import EncryptedTextField
from linli.services.kitchen.models.cooking import Menu
from linli.services.kitchen.models.orders import Order
from linli.services.kitchen.models.stock import KEEPERS


class RoundState(TextChoices):
    PLANNED = "planned", _("排好了")
    OUT = "out", _("正在送")
    DONE = "done", _("送完了")


class Round(AreaModel):
    """送餐路线: one bag, one pair of legs."""

    menu = ForeignKey(Menu, PROTECT, related_name="rounds")
    number = PositiveSmallIntegerField()
    carrier = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+", verbose_name=_("谁送"))
    state = CharField(max_length=8, choices=RoundState, default=RoundState.PLANNED)
    starts_at = DateTimeField()
    metres = PositiveIntegerField(default=0, help_text="straight lines times the detour factor")
    by_solver = BooleanField(default=False, help_text="put in order by the solver, not by the plain rule")
    left_at = DateTimeField(null=True, blank=True)
    back_at = DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["menu", "number"]
        constraints = [UniqueConstraint(fields=["menu", "number"], name="kitchen_round_number")]

    def __str__(self) -> str:
        return f"{self.menu} {self.number}"

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(carrier=person) | person.scope_q("area__code", roles=KEEPERS)

    def relations_to(self, person: Person) -> frozenset[str]:
        return frozenset({"@carrier"} if self.carrier_id == person.pk else ())


class StopState(TextChoices):
    WAITING = "waiting", _("还没到")
    AGAIN = "again", _("第一次没人，再来一次")
    DELIVERED = "delivered", _("送到了")
    LEFT = "left", _("放在邻居家")
    ABSENT = "absent", _("两次没人开门")
    STOPPED = "stopped", _("停送了")


class Stop(VisibleModel):
    """One door of a round. `position` is where it stands in the order now; a second try goes to the end."""

    round = ForeignKey(Round, CASCADE, related_name="stops")
    order = OneToOneField(Order, PROTECT, related_name="stop")
    position = PositiveSmallIntegerField()
    lon = FloatField(null=True, blank=True)
    lat = FloatField(null=True, blank=True)
    state = CharField(max_length=10, choices=StopState, default=StopState.WAITING)
    tries = PositiveSmallIntegerField(default=0)
    once = CharField(max_length=40, blank=True, help_text="the last report that was taken in")
    at = DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["round", "position", "id"]

    @property
    def is_open(self) -> bool:
        return self.state in (StopState.WAITING, StopState.AGAIN)

    @property
    def area_code(self) -> str:
        return self.round.area_code

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(round__carrier=person) | person.scope_q("round__area__code", roles=KEEPERS)

    def relations_to(self, person: Person) -> frozenset[str]:
        return self.round.relations_to(person)


class AlertState(TextChoices):
    OPEN = "open", _("等人去看")
    SETTLED = "settled", _("有结果了")


class Found(TextChoices):
    SAFE = "safe", _("人在家，平安")
    OUT = "out", _("出门了，联系上了")
    HOSPITAL = "hospital", _("在医院")
    HELPED = "helped", _("需要帮助，已经在办")
    EMERGENCY = "emergency", _("出了急事，已打 120 或 110")


class WelfareAlert(AreaModel):
    """Somebody who ordered a meal did not open twice. It stays on the desk until it is written what was found."""

    order = OneToOneField(Order, PROTECT, related_name="alert")
    person = ForeignKey(Person, SET_NULL, null=True, related_name="+")
    raised_at = DateTimeField(default=now)
    raised_by = ForeignKey(Person, SET_NULL, null=True, related_name="+")
    state = CharField(max_length=8, choices=AlertState, default=AlertState.OPEN)
    taken_by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    taken_at = DateTimeField(null=True, blank=True)
    found = CharField(_("看到什么"), max_length=10, choices=Found, blank=True)
    words = EncryptedTextField(_("说明"), purpose="kitchen.alert", blank=True)
    settled_by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    settled_at = DateTimeField(null=True, blank=True)
    is_told_again = BooleanField(default=False, help_text="nobody took it in time: the head was told")

    class Meta:
        ordering = ["raised_at", "id"]
        indexes = [Index(fields=["raised_at"], condition=Q(state="open"), name="kitchen_alert_open")]

    @property
    def data_subject_id(self) -> int | None:
        return self.person_id

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return person.scope_q("area__code", roles=KEEPERS | {"grid_worker"})
