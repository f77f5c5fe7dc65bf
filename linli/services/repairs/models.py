"""What only repairs keep beside a case: half-made reports, price lists, quotes, payments, materials, visits, pools."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from django.db.models import (
    CASCADE,
    PROTECT,
    CharField,
    CheckConstraint,
    DateField,
    DateTimeField,
    DecimalField,
    F,
    ForeignKey,
    Index,
    JSONField,
    OneToOneField,
    PositiveIntegerField,
    PositiveSmallIntegerField,
    Q,
    TextChoices,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import Compound, VisibleModel
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import ORGANISATION_ROLES, STAFF_ROLES, Organisation, Person
from linli.foundation.privacy.fields import EncryptedTextField
from linli.foundation.records import Record
from linli.mechanisms.bookings.models import Reservation, Resource
from linli.mechanisms.cases.models import AUDIT_ROLES, Case, unit_ids
from linli.mechanisms.cases.parties import parties_q

PLACE_ROLES = frozenset(STAFF_ROLES - ORGANISATION_ROLES - AUDIT_ROLES)


class ReportDraft(VisibleModel):
    """A report being made: what each step was told, so that a lost session or another phone goes on from there."""

    person = OneToOneField(Person, CASCADE, related_name="+")
    once = CharField(max_length=64, help_text="the idempotency key of the report it will become")
    words = EncryptedTextField(purpose="repairs.draft", default="{}", help_text="what was filled in, as JSON")
    photos = JSONField(default=list, help_text="ids of kept files")
    created = DateTimeField(default=now)
    updated = DateTimeField(default=now)

    class Meta:
        indexes = [Index(fields=["updated"], name="draft_by_age")]

    @property
    def data(self) -> dict[str, Any]:
        """What was filled in so far. A copy: changes go through the action."""
        found: dict[str, Any] = json.loads(self.words)
        return found

    @property
    def area_code(self) -> str:
        return self.person.area_code

    @property
    def data_subject_id(self) -> int:
        return self.person_id

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(person=person)

    def relations_to(self, person: Person) -> frozenset[str]:
        return frozenset({"@self"}) if self.person_id == person.pk else frozenset()


class ListState(TextChoices):
    DRAFT = "draft", _("还没公布")
    POSTED = "posted", _("已公布")
    REPLACED = "replaced", _("已换新")


class PriceList(VisibleModel):
    """One version of what a compound's property company may charge for; posted, it never changes again."""

    compound = ForeignKey(Compound, PROTECT, related_name="+")
    version = PositiveIntegerField()
    state = CharField(max_length=10, choices=ListState, default=ListState.DRAFT)
    posted_at = DateTimeField(null=True, blank=True)
    posted_by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    note = CharField(_("说明"), max_length=200, blank=True)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["compound", "version"], name="price_list_version_once"),
            UniqueConstraint(fields=["compound"], condition=Q(state="posted"), name="price_list_posted_once"),
            UniqueConstraint(fields=["compound"], condition=Q(state="draft"), name="price_list_draft_once"),
        ]

    @property
    def area_code(self) -> str:
        return self.compound.area.code

    @property
    def organisation_ids(self) -> tuple[int, ...]:
        return (self.compound.property_company_id,) if self.compound.property_company_id else ()

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        """What is posted hangs in public for the place; a draft is the company's own until then."""
        posted = Q(state__in=[ListState.POSTED, ListState.REPLACED]) & person.scope_q("compound__area__code")
        return posted | Q(compound__property_company__in=unit_ids(person)) | person.scope_q(
            "compound__area__code", roles=PLACE_ROLES)


class PriceItem(Record):
    """One line: what is done, by which unit, and the range of labour and material per unit, in yuan."""

    price_list = ForeignKey(PriceList, CASCADE, related_name="items")
    order = PositiveIntegerField(default=100)
    name = CharField(_("项目"), max_length=60)
    unit = CharField(_("单位"), max_length=10, default="次")
    category = CharField(_("种类"), max_length=60, blank=True)
    labour_min = DecimalField(_("人工最低（元）"), max_digits=9, decimal_places=2, default=Decimal(0))
    labour_max = DecimalField(_("人工最高（元）"), max_digits=9, decimal_places=2, default=Decimal(0))
    material_min = DecimalField(_("材料最低（元）"), max_digits=9, decimal_places=2, default=Decimal(0))
    material_max = DecimalField(_("材料最高（元）"), max_digits=9, decimal_places=2, default=Decimal(0))
    warranty_months = PositiveSmallIntegerField(_("保修（月）"), default=3)

    class Meta:
        ordering = ["order", "id"]
        constraints = [
            UniqueConstraint(fields=["price_list", "name"], name="price_item_once"),
            CheckConstraint(name="price_item_ranges", condition=Q(
                labour_min__gte=0, labour_max__gte=F("labour_min"),
                material_min__gte=0, material_max__gte=F("material_min"))),
        ]

    def __str__(self) -> str:
        return self.name


class QuoteState(TextChoices):
    PROPOSED = "proposed", _("等您同意")
    AGREED = "agreed", _("已同意")
    DECLINED = "declined", _("没同意")
    SUPERSEDED = "superseded", _("换了新报价")
    WITHDRAWN = "withdrawn", _("报修撤回，不收费")


class OfCase(VisibleModel):
    """Abstract: a row of one case; who sees the case as its party or its desk sees the row."""

    case = ForeignKey(Case, PROTECT, related_name="+")

    class Meta:
        abstract = True

    @property
    def area_code(self) -> str:
        return self.case.area_code

    @property
    def organisation_ids(self) -> tuple[int, ...]:
        return self.case.organisation_ids

    @property
    def data_subject_id(self) -> int | None:
        return self.case.requester_id

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        mine = Q(case__in=Case.objects.filter(parties_q(person)).values("pk")) | Q(case__assignee=person)
        return mine | Q(case__unit__in=unit_ids(person)) | person.scope_q("case__area_code", roles=PLACE_ROLES)

    def relations_to(self, person: Person) -> frozenset[str]:
        return self.case.relations_to(person)


class Quote(OfCase):
    """What the work will cost, from the posted list; nothing is charged that was not agreed to first."""

    price_list = ForeignKey(PriceList, PROTECT, related_name="+")
    state = CharField(max_length=10, choices=QuoteState, default=QuoteState.PROPOSED)
    total = DecimalField(max_digits=10, decimal_places=2, help_text="yuan")
    note = CharField(_("说明"), max_length=300, blank=True)
    made_by = ForeignKey(Person, PROTECT, related_name="+")
    made_at = DateTimeField(default=now)
    valid_until = DateField()
    answered_at = DateTimeField(null=True, blank=True)
    answered_by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    agreed_by = CharField(max_length=6, blank=True, help_text="tap, sms or paper")
    paper = CharField(max_length=20, blank=True, help_text="the kept photo of the signed paper")
    code_hash = CharField(max_length=64, blank=True)
    code_until = DateTimeField(null=True, blank=True)
    code_tries = PositiveSmallIntegerField(default=0)
    hold = CharField(max_length=120, null=True, blank=True, help_text=(
        "id of the ledger's hold for what is agreed and not paid; blank: none is left; null: not in the books yet"))

    class Meta:
        indexes = [
            Index(fields=["case", "state"], name="quote_of_case"),
            Index(fields=["id"], condition=Q(state="agreed", hold=None), name="quote_not_booked")]
        constraints = [
            UniqueConstraint(fields=["case"], condition=Q(state="proposed"), name="quote_open_once"),
            CheckConstraint(name="quote_not_negative", condition=Q(total__gte=0)),
        ]


class QuoteLine(Record):
    """One item of a quote, with the words and terms it had on the list that day."""

    quote = ForeignKey(Quote, CASCADE, related_name="lines")
    item = ForeignKey(PriceItem, PROTECT, related_name="+")
    name = CharField(max_length=60)
    unit = CharField(max_length=10)
    quantity = DecimalField(max_digits=7, decimal_places=2)
    labour = DecimalField(max_digits=9, decimal_places=2, help_text="yuan for one unit")
    material = DecimalField(max_digits=9, decimal_places=2, help_text="yuan for one unit; 0 when the owner brings it")
    warranty_months = PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["id"]
        constraints = [CheckConstraint(name="quote_line_amounts", condition=Q(
            quantity__gt=0, labour__gte=0, material__gte=0))]

    @property
    def amount(self) -> Decimal:
        return (self.quantity * (self.labour + self.material)).quantize(Decimal("0.01"))


class Payment(OfCase):
    """Money that changed hands for a case: written down, never held."""

    class How(TextChoices):
        CASH = "cash", _("现金")
        TRANSFER = "transfer", _("转账、扫码")

    amount = DecimalField(max_digits=10, decimal_places=2)
    how = CharField(max_length=10, choices=How)
    at = DateTimeField(default=now)
    by = ForeignKey(Person, PROTECT, related_name="+")
    note = CharField(max_length=100, blank=True)
    booked = CharField(max_length=120, blank=True, help_text="id of the first transfer that booked it")

    class Meta:
        indexes = [
            Index(fields=["case"], name="payment_of_case"),
            Index(fields=["id"], condition=Q(booked=""), name="payment_not_booked")]
        constraints = [CheckConstraint(name="payment_positive", condition=Q(amount__gt=0))]


class StockItem(VisibleModel):
    """A material in a company's store. `on_hand` is what the moves add up to; it is never below zero."""

    organisation = ForeignKey(Organisation, PROTECT, related_name="+")
    name = CharField(_("材料"), max_length=60)
    unit = CharField(_("单位"), max_length=10, default="个")
    price = DecimalField(_("单价（元）"), max_digits=9, decimal_places=2, default=Decimal(0))
    on_hand = DecimalField(_("库存"), max_digits=10, decimal_places=2, default=Decimal(0))
    least = DecimalField(_("少于就提醒"), max_digits=10, decimal_places=2, default=Decimal(0))

    class Meta:
        ordering = ["name"]
        constraints = [
            UniqueConstraint(fields=["organisation", "name"], name="stock_item_once"),
            CheckConstraint(name="stock_never_below_zero", condition=Q(on_hand__gte=0)),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def area_code(self) -> str:
        return self.organisation.area.code

    @property
    def organisation_ids(self) -> tuple[int, ...]:
        return (self.organisation_id,)

    @property
    def is_low(self) -> bool:
        return self.on_hand < self.least

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(organisation__in=unit_ids(person))


class StockMove(Record):
    """In, out or back; appended, never changed."""

    class Kind(TextChoices):
        RECEIVE = "receive", _("入库")
        ISSUE = "issue", _("领用")
        RETURN = "return", _("退回")

    item = ForeignKey(StockItem, PROTECT, related_name="moves")
    kind = CharField(max_length=8, choices=Kind)
    quantity = DecimalField(max_digits=10, decimal_places=2)
    case = ForeignKey(Case, PROTECT, null=True, blank=True, related_name="+")
    serial = CharField(_("序列号"), max_length=60, blank=True)
    price = DecimalField(max_digits=9, decimal_places=2, default=Decimal(0))
    by = ForeignKey(Person, PROTECT, related_name="+")
    at = DateTimeField(default=now)
    note = CharField(max_length=100, blank=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            CheckConstraint(name="stock_move_positive", condition=Q(quantity__gt=0)),
            CheckConstraint(name="stock_issue_has_case", condition=Q(kind="receive") | Q(case__isnull=False)),
        ]


class Fitter(Record):
    """Who repairs: their time is one resource of bookings, whichever companies they work for."""

    person = OneToOneField(Person, PROTECT, related_name="+")
    resource = OneToOneField(Resource, PROTECT, related_name="+")


class Visit(OfCase):
    """An agreed time at the door, and what became of it. The promise itself is the `reservation`: it holds the
    fitter's time; a visit that was moved shares it with the one that replaced it."""

    class State(TextChoices):
        AGREED = "agreed", _("约好了")
        KEPT = "kept", _("来过了")
        MISSED = "missed", _("上门没遇到人")
        FAILED = "failed", _("师傅没来")
        MOVED = "moved", _("改了时间")
        DROPPED = "dropped", _("不用来了")

    starts = DateTimeField()
    ends = DateTimeField()
    state = CharField(max_length=8, choices=State, default=State.AGREED)
    reservation = ForeignKey(Reservation, PROTECT, null=True, blank=True, related_name="+")
    fitter = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    rebooked = PositiveSmallIntegerField(default=0, help_text="how many times it was booked again before this one")
    agreed_with = ForeignKey(Person, PROTECT, related_name="+")
    agreed_at = DateTimeField(default=now)
    missed_photo = CharField(max_length=20, blank=True)
    call_tried = CharField(max_length=100, blank=True)

    class Meta:
        indexes = [
            Index(fields=["case", "state"], name="visit_of_case"), Index(fields=["starts"], name="visit_by_time"),
            Index(fields=["ends"], condition=Q(state="agreed"), name="visit_agreed_until")]
        constraints = [
            CheckConstraint(name="visit_forward", condition=Q(ends__gt=F("starts"))),
            UniqueConstraint(fields=["case"], condition=Q(state="agreed"), name="visit_agreed_once"),
        ]


class Pool(Record):
    """轮训: whose turn it was last, for each company."""

    organisation = OneToOneField(Organisation, CASCADE, related_name="+")
    last = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    turns = JSONField(default=dict, help_text="worker id → how many times the turn came to them")
