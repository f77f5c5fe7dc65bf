"""设备: telephones and tablets to learn on. Who has one, and until when, is a loan of the bookings mechanism."""

from __future__ import annotations

from django.db.models import (
    CASCADE,
    PROTECT,
    BigIntegerField,
    BooleanField,
    CharField,
    CheckConstraint,
    DateTimeField,
    ForeignKey,
    OneToOneField,
    Q,
    TextChoices,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import AreaModel
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.foundation.records import Record
from linli.mechanisms.bookings.models import Resource


class DeviceKind(TextChoices):
    PHONE = "phone", _("手机")
    TABLET = "tablet", _("平板")


class DeviceState(TextChoices):
    READY = "ready", _("可以借")
    LENT = "lent", _("借出去了")
    TO_WIPE = "to_wipe", _("还回来了，先清干净")
    RESTING = "resting", _("停用")


class Device(AreaModel):
    """One device. It is handed out only after the last borrower's traces were wiped."""

    resource = OneToOneField(Resource, PROTECT, related_name="+")
    kind = CharField(_("种类"), max_length=6, choices=DeviceKind)
    label = CharField(_("编号"), max_length=30)
    accessories = CharField(_("配件"), max_length=100, blank=True)
    condition = CharField(_("什么样子"), max_length=200, blank=True)
    state = CharField(max_length=8, choices=DeviceState, default=DeviceState.READY)
    created = DateTimeField(default=now)

    class Meta:
        ordering = ["kind", "label", "id"]
        constraints = [UniqueConstraint(fields=["area", "label"], name="learning_device_label")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.label}"

    @classmethod
    def title_key(cls, kind: str) -> str:
        """What all devices of a kind share, for the queue."""
        return f"learning.device:{kind}"


class Wipe(Record):
    """The check-list between two borrowers. A row exists only when every point is done."""

    device = ForeignKey(Device, CASCADE, related_name="wipes")
    loan_id = BigIntegerField(unique=True, help_text="the loan whose traces went")
    signed_out = BooleanField(_("所有账号都退出了"))
    photos_erased = BooleanField(_("照片、录音、聊天都删了"))
    code_reset = BooleanField(_("锁屏密码改回原来的"))
    at = DateTimeField(default=now)
    by = ForeignKey(Person, PROTECT, related_name="+")

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [CheckConstraint(name="learning_wiped_whole", condition=Q(
            signed_out=True, photos_erased=True, code_reset=True))]
