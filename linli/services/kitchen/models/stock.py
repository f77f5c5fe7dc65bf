"""What lies on the shelves: the kitchen itself, ingredients, lots, a count of the shelves, and a lot called back."""

from __future__ import annotations

from datetime import date

from django.db.models import (
    CASCADE,
    PROTECT,
    SET_NULL,
    BooleanField,
    CharField,
    CheckConstraint,
    DateField,
    DateTimeField,
    ForeignKey,
    Index,
    JSONField,
    PositiveIntegerField,
    Q,
    TextChoices,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import AreaModel, Facility, VisibleModel
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Organisation, Person

KEEPERS = frozenset({"worker", "community_head"})


class Site(AreaModel):
    """The kitchen of a community: where it stands, who runs it and answers for what is given to it."""

    name = CharField(_("厨房名称"), max_length=60)
    facility = ForeignKey(Facility, PROTECT, null=True, blank=True, related_name="+", verbose_name=_("在哪里"))
    organisation = ForeignKey(Organisation, PROTECT, null=True, blank=True, related_name="+", verbose_name=_("谁办的"))
    phone = CharField(_("电话"), max_length=20)

    class Meta:
        constraints = [UniqueConstraint(fields=["area"], name="kitchen_one_in_area")]

    def __str__(self) -> str:
        return self.name

    @property
    def body(self) -> str:
        """Who gives receipts and signs agreements."""
        return self.organisation.name if self.organisation else self.name


class Measure(TextChoices):
    GRAM = "gram", _("克")
    PIECE = "piece", _("个")


class Ingredient(AreaModel):
    """Something one cooks with. `allergens` are those it always has; a lot may add what its label says."""

    name = CharField(_("食材"), max_length=40)
    measure = CharField(_("怎么计量"), max_length=6, choices=Measure, default=Measure.GRAM)
    allergens = JSONField(_("含致敏物"), default=list, blank=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [UniqueConstraint(fields=["area", "name"], name="kitchen_ingredient_once")]

    def __str__(self) -> str:
        return self.name


class Storage(TextChoices):
    ROOM = "room", _("常温")
    CHILLED = "chilled", _("冷藏")
    FROZEN = "frozen", _("冷冻")


class LotState(TextChoices):
    USABLE = "usable", _("能用")
    EXPIRED = "expired", _("过期停用")
    RECALLED = "recalled", _("召回停用")


class Lot(AreaModel):
    """批次: one sack, one crate. How much of it is left stands in the ledger, in an account of its own."""

    ingredient = ForeignKey(Ingredient, PROTECT, related_name="lots", verbose_name=_("食材"))
    code = CharField(_("批次号"), max_length=24)
    gift = ForeignKey("kitchen.Gift", PROTECT, null=True, blank=True, related_name="lots")
    source = CharField(_("从哪里来"), max_length=80, blank=True, help_text=_("不是捐的，例如 社区经费采购"))
    label = CharField(_("厂家批号"), max_length=40, blank=True)
    amount = PositiveIntegerField(_("收到多少"), help_text="grams or pieces, as counted at the door")
    allergens = JSONField(_("含致敏物"), default=list, blank=True)
    expires_on = DateField(_("到期日"), help_text="the last day on which it may be used")
    storage = CharField(_("怎么存"), max_length=8, choices=Storage, default=Storage.ROOM)
    state = CharField(max_length=8, choices=LotState, default=LotState.USABLE)
    received_at = DateTimeField(default=now)
    received_by = ForeignKey(Person, PROTECT, related_name="+")

    class Meta:
        ordering = ["expires_on", "id"]
        constraints = [
            UniqueConstraint(fields=["area", "code"], name="kitchen_lot_code_once"),
            CheckConstraint(name="kitchen_lot_something", condition=Q(amount__gt=0)),
        ]
        indexes = [Index(fields=["area", "state", "expires_on"], name="kitchen_lot_by_expiry")]

    def __str__(self) -> str:
        return f"{self.ingredient} {self.code}"

    def is_good_on(self, day: date) -> bool:
        """May it be eaten on `day`? Past its date it may not, whether or not the clock has marked it yet."""
        return self.state == LotState.USABLE and self.expires_on >= day

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        """The kitchen's keepers. A donor reads of a lot on the page of the gift."""
        return person.scope_q("area__code", roles=KEEPERS)


class StockTake(AreaModel):
    """盘点: what was counted of which lot, and by how much the books were put right."""

    by = ForeignKey(Person, PROTECT, related_name="+")
    at = DateTimeField(default=now)
    once = CharField(max_length=40)
    counts = JSONField(default=list, help_text="[lot, by the books, counted]")

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [UniqueConstraint(fields=["area", "once"], name="kitchen_stock_take_once")]

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return person.scope_q("area__code", roles=KEEPERS)


class Recall(AreaModel):
    """召回: one lot turned out bad, and what became of everything made of it. Written once."""

    lot = ForeignKey(Lot, PROTECT, related_name="recalls")
    reason = CharField(_("为什么召回"), max_length=200)
    advice = CharField(_("吃过的人怎么办"), max_length=200)
    by = ForeignKey(Person, PROTECT, related_name="+")
    at = DateTimeField(default=now)
    shelf = PositiveIntegerField(default=0, help_text="taken off the shelf, in the lot's measure")
    pots = PositiveIntegerField(default=0, help_text="of the lot in meals that were stopped")
    stopped = PositiveIntegerField(default=0, help_text="meals not handed over")
    eaten = PositiveIntegerField(default=0, help_text="meals already with people")
    spare = PositiveIntegerField(default=0, help_text="cooked portions nobody had ordered")

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [UniqueConstraint(fields=["lot"], name="kitchen_recalled_once")]

    def __str__(self) -> str:
        return str(self.lot)

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return person.scope_q("area__code", roles=KEEPERS)


class RecallCall(VisibleModel):
    """One person a recall concerns: told by notice, or to be rung because a notice does not reach them."""

    recall = ForeignKey(Recall, CASCADE, related_name="calls")
    order = ForeignKey("kitchen.Order", PROTECT, related_name="+")
    person = ForeignKey(Person, SET_NULL, null=True, related_name="+")
    had_it = BooleanField(help_text="the meal was with the person already")
    by_phone = BooleanField(help_text="no notice reaches this person: somebody rings or goes")
    called_at = DateTimeField(null=True, blank=True)
    called_by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    answer = CharField(max_length=80, blank=True)

    class Meta:
        ordering = ["-had_it", "id"]
        constraints = [UniqueConstraint(fields=["recall", "order"], name="kitchen_recall_tells_once")]

    @property
    def area_code(self) -> str:
        return self.recall.area_code

    @property
    def data_subject_id(self) -> int | None:
        return self.person_id

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(person=person) | person.scope_q("recall__area__code", roles=KEEPERS)
