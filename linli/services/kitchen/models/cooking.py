"""From shelf to pot: recipes, the menu of a day, which lots it takes, and what was cooked of them."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db.models import (
    CASCADE,
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
    SmallIntegerField,
    TextChoices,
    UniqueConstraint,
)
from django.utils.functional import Promise
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import AreaModel
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.foundation.records import Record
from linli.services.kitchen.models.stock import KEEPERS, Ingredient, Lot


class Recipe(AreaModel):
    """A dish: what goes into one portion, and for which diets it is right."""

    name = CharField(_("菜名"), max_length=40)
    diets = JSONField(_("适合的饮食"), default=list, blank=True)
    is_active = BooleanField(_("在用"), default=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [UniqueConstraint(fields=["area", "name"], name="kitchen_recipe_once")]

    def __str__(self) -> str:
        return self.name


class RecipeLine(Record):
    """So much of an ingredient in one portion, in its own measure."""

    recipe = ForeignKey(Recipe, CASCADE, related_name="lines")
    ingredient = ForeignKey(Ingredient, PROTECT, related_name="+")
    amount = PositiveIntegerField(_("每份用多少"))

    class Meta:
        ordering = ["id"]
        constraints = [UniqueConstraint(fields=["recipe", "ingredient"], name="kitchen_recipe_line_once")]


class Serving(TextChoices):
    LUNCH = "lunch", _("午餐")
    DINNER = "dinner", _("晚餐")


class MenuState(TextChoices):
    DRAFT = "draft", _("还没公布")
    OPEN = "open", _("可以订")
    LOCKED = "locked", _("截止了")
    COOKED = "cooked", _("做好了")
    CLOSED = "closed", _("结束了")
    CANCELLED = "cancelled", _("取消了")


class Menu(AreaModel):
    """One meal of one day. How many of its portions are left to order stands in the book of meals."""

    on = DateField(_("哪天"))
    serving = CharField(_("哪一餐"), max_length=6, choices=Serving, default=Serving.LUNCH)
    dishes = JSONField(default=list, help_text="ids of the recipes, in order")
    portions = PositiveSmallIntegerField(_("做多少份"))
    price = PositiveIntegerField(_("每份多少分钱"), default=0, help_text="cents, recorded; nothing is paid here")
    cutoff_at = DateTimeField(_("几点截止"))
    serves_from = DateTimeField(_("几点开始送"))
    serves_until = DateTimeField(_("几点前送完"))
    state = CharField(max_length=10, choices=MenuState, default=MenuState.DRAFT)
    why_cancelled = CharField(max_length=120, blank=True)
    changes = PositiveSmallIntegerField(default=0, help_text="how often its portions were changed")
    made_by = ForeignKey(Person, PROTECT, related_name="+")

    class Meta:
        ordering = ["on", "serving", "id"]
        constraints = [
            UniqueConstraint(fields=["area", "on", "serving"], condition=~Q(state="cancelled"),
                             name="kitchen_menu_once"),
            CheckConstraint(name="kitchen_menu_portions", condition=Q(portions__gt=0)),
        ]
        indexes = [Index(fields=["state", "cutoff_at"], name="kitchen_menu_by_cutoff")]

    def __str__(self) -> str:
        return f"{self.on:%m-%d} {self.get_serving_display()}"

    @property
    def said(self) -> Promise:
        """"11-25 午餐", for notices: put into words in the reader's language, not in that of who acts."""
        said: Promise = format_lazy("{day} {meal}", day=f"{self.on:%m-%d}", meal=Serving(self.serving).label)
        return said

    def takes_orders(self, moment: datetime) -> bool:
        """Open, and before the minute of the cut-off: at the cut-off itself it is too late."""
        return self.state == MenuState.OPEN and moment < self.cutoff_at

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        """The people of its community once it is open; the kitchen's keepers always."""
        return (person.scope_q("area__code") & ~Q(state=MenuState.DRAFT)) | person.scope_q(
            "area__code", roles=KEEPERS)


class MenuLot(Record):
    """So much of a lot is meant for a menu. It is held in the ledger, so that no other menu plans with it."""

    menu = ForeignKey(Menu, CASCADE, related_name="lots")
    lot = ForeignKey(Lot, PROTECT, related_name="planned")
    recipe = ForeignKey(Recipe, PROTECT, related_name="+")
    amount = PositiveIntegerField()
    is_used = BooleanField(default=False, help_text="it went into a pot")

    class Meta:
        ordering = ["id"]

    @property
    def hold(self) -> str:
        """The ledger's id of what is held."""
        return f"kitchen.plan.{self.pk}"


class Batch(AreaModel):
    """What was cooked at one time: how much, how hot, and the sample that is kept of it."""

    menu = ForeignKey(Menu, PROTECT, related_name="batches")
    code = CharField(_("锅次"), max_length=24)
    portions = PositiveSmallIntegerField(_("做了多少份"))
    cooked_at = DateTimeField(_("几点出锅"), default=now)
    tenths = SmallIntegerField(_("中心温度"), help_text="tenths of a degree Celsius")
    sample_grams = PositiveSmallIntegerField(_("留样多少克"))
    sample_until = DateTimeField(_("留样到"))
    sample_gone_at = DateTimeField(null=True, blank=True)
    is_stopped = BooleanField(default=False, help_text="a lot in it was called back")
    by = ForeignKey(Person, PROTECT, related_name="+")

    class Meta:
        ordering = ["cooked_at", "id"]
        constraints = [UniqueConstraint(fields=["area", "code"], name="kitchen_batch_code_once")]
        indexes = [Index(fields=["sample_until"], condition=Q(sample_gone_at=None), name="kitchen_batch_sample")]

    def __str__(self) -> str:
        return self.code

    @property
    def celsius(self) -> Decimal:
        return Decimal(self.tenths) / 10

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return person.scope_q("area__code", roles=KEEPERS)


class BatchLot(Record):
    """So much of a lot went into a batch: the link by which a sack is followed to plates, and a plate to sacks."""

    batch = ForeignKey(Batch, CASCADE, related_name="lots")
    lot = ForeignKey(Lot, PROTECT, related_name="batches")
    amount = PositiveIntegerField()

    class Meta:
        ordering = ["id"]
        constraints = [UniqueConstraint(fields=["batch", "lot"], name="kitchen_batch_lot_once")]
