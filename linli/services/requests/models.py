"""The tree of categories a community uses, and the record of what was taken in from elsewhere."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db.models import (
    PROTECT,
    CharField,
    DateTimeField,
    ForeignKey,
    JSONField,
    PositiveIntegerField,
    PositiveSmallIntegerField,
    TextChoices,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import AreaModel
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import ORGANISATION_ROLES, STAFF_ROLES, Person
from linli.foundation.records import Record

if TYPE_CHECKING:
    from django.db.models import Q


class Category(Record):
    """One node of the tree. Its code is its path of names, joined by dots: a prefix is an ancestor.

    As long as a case's own `category` column, so that no code is ever cut short on its way there.
    """

    code = CharField(max_length=60, unique=True)
    name = CharField(_("名称"), max_length=60)
    level = PositiveSmallIntegerField()
    order = PositiveIntegerField(default=0)

    class Meta:
        ordering = ["order", "code"]

    def __str__(self) -> str:
        return self.name


class Intake(AreaModel):
    """One file taken in: what it was, who did it, how far it came. Started again, it goes on where it stopped."""

    class State(TextChoices):
        RUNNING = "running", _("正在导入")
        DONE = "done", _("导入完了")

    source = CharField(_("来源"), max_length=30)
    file_name = CharField(_("文件"), max_length=200)
    digest = CharField(max_length=64)
    mapping = JSONField(default=dict)
    state = CharField(max_length=8, choices=State, default=State.RUNNING)
    rows = PositiveIntegerField(default=0)
    taken = PositiveIntegerField(default=0)
    known = PositiveIntegerField(default=0)
    broken = PositiveIntegerField(default=0)
    by = ForeignKey(Person, PROTECT, null=True, related_name="+")
    started = DateTimeField(default=now)
    ended = DateTimeField(null=True)

    class Meta:
        ordering = ["-started", "-id"]

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return person.scope_q("area__code", roles=STAFF_ROLES - ORGANISATION_ROLES)
