"""An item, its versions that never change, what is public of it where, and what a place wants to change."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.db.models import (
    PROTECT,
    BigIntegerField,
    CharField,
    CheckConstraint,
    DateField,
    DateTimeField,
    F,
    ForeignKey,
    Index,
    JSONField,
    PositiveIntegerField,
    Q,
    TextChoices,
    TextField,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import Area, AreaModel, VisibleModel
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.services.gov.items import checks, codes

STAFF = frozenset({"worker", "community_head", "street_leader", "district_leader"})


class ItemKind(TextChoices):
    SHIPPED = "shipped", _("随系统来的")
    IMPORTED = "imported", _("导入的目录")


class PublicState(TextChoices):
    PUBLISHED = "published", _("已发布")
    LISTED = "listed", _("只列出，未核对")
    OFF = "off", _("已下架")


class DraftState(TextChoices):
    WAITING = "waiting", _("等另一位同事看")
    PUBLISHED = "published", _("发布了")
    SENT_BACK = "sent_back", _("退回了")


class ServiceItem(VisibleModel):
    """What an authority does for people. Everything that can change lies in its versions; here is what it is found by.

    `area_code` is where an imported item belongs; empty: everywhere. `code_fault` says what is wrong with `code`, which
    is kept as it came.
    """

    slug = CharField(max_length=80, unique=True)
    kind = CharField(max_length=8, choices=ItemKind)
    name = CharField(_("名称"), max_length=200)
    base_code = CharField(_("基本编码"), max_length=12, blank=True)
    code = CharField(_("实施编码"), max_length=40, blank=True)
    code_fault = CharField(max_length=200, blank=True)
    department = CharField(_("部门"), max_length=120, blank=True)
    level = CharField(max_length=10, blank=True)
    area_code = CharField(max_length=15, blank=True)
    summary = TextField(blank=True)
    topics = JSONField(default=list)
    life_events = JSONField(default=list)
    wordings = JSONField(default=list)
    source = CharField(_("来源"), max_length=120, blank=True)
    ident = CharField(max_length=64, blank=True, help_text="identity of the record in its source")
    created = DateTimeField(default=now)

    class Meta:
        ordering = ["name", "id"]
        constraints = [UniqueConstraint(fields=["source", "ident"], condition=~Q(ident=""), name="gov_record_once")]
        indexes = [Index(fields=["kind", "name"], name="gov_items_by_kind")]

    def __str__(self) -> str:
        return self.name

    @property
    def has_own_code(self) -> bool:
        return codes.is_own(self.base_code)

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        """The catalogue is public."""
        return Q()


class ItemVersion(VisibleModel):
    """A numbered state of an item, never changed and never deleted: what was applied for stays what it was.

    `body` is the whole folder. A place's version has an `area`: the same base, its own `local`, of which `changes`
    tells what differs.
    """

    item = ForeignKey(ServiceItem, PROTECT, related_name="versions")
    number = PositiveIntegerField()
    area = ForeignKey(Area, PROTECT, null=True, blank=True, related_name="+")
    body = JSONField()
    changes = JSONField(default=dict)
    digest = CharField(max_length=64)
    form_version = BigIntegerField(null=True, blank=True, editable=False)  # the forms' own numbered version
    made_at = DateTimeField(default=now)
    made_by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    checked_by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    note = CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-number"]
        constraints = [
            UniqueConstraint(fields=["item", "number"], name="gov_version_number_once"),
            CheckConstraint(name="gov_version_four_eyes", condition=(
                Q(made_by=None) | Q(checked_by=None) | ~Q(made_by=F("checked_by")))),
        ]

    def __str__(self) -> str:
        return f"{self.item.slug} {self.number}"

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        """What was once public stays readable."""
        return Q()

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("a version is never changed; make the next one")
        super().save(*args, **kwargs)

    def delete(self, *args: Any, **kwargs: Any) -> tuple[int, dict[str, int]]:
        raise TypeError("a version is never deleted")


class Publication(VisibleModel):
    """What is public of an item for a place (or, without one, for every place that has no own), and who checked it."""

    item = ForeignKey(ServiceItem, PROTECT, related_name="publications")
    area = ForeignKey(Area, PROTECT, null=True, blank=True, related_name="+")
    version = ForeignKey(ItemVersion, PROTECT, related_name="+")
    state = CharField(max_length=9, choices=PublicState)
    reason = CharField(max_length=200, blank=True)
    changed_by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    changed_at = DateTimeField(default=now)
    checked_by = CharField(_("谁核对的"), max_length=80, blank=True)
    checked_on = DateField(_("核对日期"), null=True, blank=True)
    checked_months = PositiveIntegerField(default=checks.CHECK_MONTHS)

    class Meta:
        ordering = ["id"]
        constraints = [
            UniqueConstraint(fields=["item", "area"], name="gov_publication_once"),
            UniqueConstraint(fields=["item"], condition=Q(area=None), name="gov_base_publication_once"),
            CheckConstraint(name="gov_off_has_reason", condition=~Q(state="off") | ~Q(reason="")),
        ]
        indexes = [Index(fields=["state", "changed_at"], name="gov_publications_by_state")]

    def __str__(self) -> str:
        return f"{self.item.slug} {self.state}"

    @property
    def area_code(self) -> str:
        return self.area.code if self.area else self.item.area_code

    @property
    def is_published(self) -> bool:
        return self.state == PublicState.PUBLISHED

    @property
    def due_on(self) -> date | None:
        """From this day on it must be checked again."""
        return checks.due_for_check(self.checked_on.isoformat(), self.checked_months) if self.checked_on else None

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return ~Q(state=PublicState.OFF) | person.scope_q("area__code", roles=STAFF)


class LocalDraft(AreaModel):
    """What a place wants to say differently in its `local` part; another colleague looks before it is published."""

    item = ForeignKey(ServiceItem, PROTECT, related_name="drafts")
    changes = JSONField()
    note = CharField(_("改了什么、为什么"), max_length=200)
    prepared_by = ForeignKey(Person, PROTECT, related_name="+")
    prepared_at = DateTimeField(default=now)
    state = CharField(max_length=9, choices=DraftState, default=DraftState.WAITING)
    decided_by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    decided_at = DateTimeField(null=True, blank=True)
    answer = CharField(max_length=200, blank=True)
    once = CharField(max_length=40, blank=True)

    class Meta:
        ordering = ["-prepared_at", "-id"]
        constraints = [
            CheckConstraint(name="gov_draft_four_eyes", condition=(
                ~Q(state="published") | (Q(decided_by__isnull=False) & ~Q(decided_by=F("prepared_by"))))),
            UniqueConstraint(fields=["item", "area"], condition=Q(state="waiting"), name="gov_one_draft_waiting"),
        ]

    def __str__(self) -> str:
        return f"{self.item.slug} {self.state}"

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        """Staff of the place and above it; nobody else before it is public."""
        return person.scope_q("area__code", roles=STAFF)
