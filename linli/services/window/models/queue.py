"""The hall, its counters, and the tickets of a day. A ticket holds no name: it is a number, a topic and a class."""

from __future__ import annotations

import secrets

from django.db.models import (
    PROTECT,
    BooleanField,
    CharField,
    CheckConstraint,
    DateField,
    DateTimeField,
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

from linli.foundation.areas.models import AreaModel
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.mechanisms.bookings.models import Reservation


def new_token() -> str:
    """What stands in a link or QR code: whoever holds it may read the ticket, nobody can guess it."""
    return secrets.token_urlsafe(16)


class Hall(AreaModel):
    """A place where people are served. `token` is in the addresses of its screen, its kiosk and its entrance QR."""

    name = CharField(_("大厅名称"), max_length=60)
    place = CharField(_("地址"), max_length=120)
    phone = CharField(_("电话"), max_length=20, blank=True)
    hours = CharField(_("开放时间"), max_length=80, blank=True)
    token = CharField(max_length=32, unique=True, default=new_token)
    is_open = BooleanField(_("可以取号"), default=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.name


class Counter(AreaModel):
    """One window. `topics` empty: serves all; `first`: classes it takes before other preferred ones."""

    hall = ForeignKey(Hall, PROTECT, related_name="counters")
    number = PositiveSmallIntegerField(_("几号窗口"))
    name = CharField(_("窗口名称"), max_length=30)
    topics = JSONField(default=list, blank=True)
    first = JSONField(default=list, blank=True)
    is_active = BooleanField(default=True)
    staffed_by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    streak = PositiveIntegerField(default=0, help_text="preferred tickets called in a row")

    class Meta:
        ordering = ["number"]
        constraints = [UniqueConstraint(fields=["hall", "number"], name="window_counter_once")]

    def __str__(self) -> str:
        return _("%(number)s 号窗口 %(name)s") % {"number": self.number, "name": self.name}


class TicketState(TextChoices):
    WAITING = "waiting", _("等着叫号")
    CALLED = "called", _("正在叫")
    SERVING = "serving", _("正在办")
    SERVED = "served", _("办完了")
    MISSED = "missed", _("过号")
    LEFT = "left", _("不等了")


OPEN = (TicketState.WAITING, TicketState.CALLED, TicketState.SERVING)


class Ticket(AreaModel):
    """One number of one day. `rank_at` is its place in the line; `once` makes a double tap one ticket."""

    hall = ForeignKey(Hall, PROTECT, related_name="tickets")
    day = DateField()
    serial = PositiveIntegerField()
    number = CharField(_("号码"), max_length=8)
    topic = CharField(max_length=20)
    klass = CharField(max_length=12, blank=True)
    token = CharField(max_length=32, unique=True, default=new_token)
    once = CharField(max_length=64, unique=True)
    person = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    reservation = ForeignKey(Reservation, PROTECT, null=True, blank=True, related_name="+")
    due = DateTimeField(null=True, blank=True, help_text="the time of its appointment")
    state = CharField(max_length=8, choices=TicketState, default=TicketState.WAITING)
    taken_at = DateTimeField(default=now)
    rank_at = DateTimeField(default=now)
    counter = ForeignKey(Counter, PROTECT, null=True, blank=True, related_name="tickets")
    wanted = ForeignKey(Counter, PROTECT, null=True, blank=True, related_name="+", help_text="handed on to this one")
    calls = PositiveSmallIntegerField(default=0)
    called_at = DateTimeField(null=True, blank=True)
    started_at = DateTimeField(null=True, blank=True)
    ended_at = DateTimeField(null=True, blank=True)
    served_by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-id"]
        constraints = [
            UniqueConstraint(fields=["hall", "day", "serial"], name="window_serial_once"),
            UniqueConstraint(fields=["reservation"], condition=Q(reservation__isnull=False), name="window_booked_once"),
            UniqueConstraint(fields=["counter"], condition=Q(state__in=["called", "serving"]),
                             name="window_one_at_a_counter"),
            CheckConstraint(name="window_called_has_counter", condition=~Q(
                state__in=["called", "serving", "served"]) | Q(counter__isnull=False)),
        ]
        indexes = [
            Index(fields=["hall", "day", "state"], name="window_queue"),
            Index(fields=["hall", "called_at"], condition=Q(called_at__isnull=False), name="window_called"),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        staff = frozenset({"worker", "community_head", "street_leader"})
        return Q(person=person) | person.scope_q("area__code", roles=staff)
