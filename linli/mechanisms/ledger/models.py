"""Books, accounts and what moved between them. Transfers and entries only grow: the database itself refuses more."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from django.db.models import (
    DO_NOTHING,
    PROTECT,
    BigIntegerField,
    BooleanField,
    CharField,
    CheckConstraint,
    DateTimeField,
    F,
    ForeignKey,
    Index,
    JSONField,
    OneToOneField,
    PositiveIntegerField,
    PositiveSmallIntegerField,
    Q,
    SmallIntegerField,
    TextChoices,
    TextField,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import VisibleModel
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import ORGANISATION_ROLES, STAFF_ROLES, Organisation, Person
from linli.foundation.records import Record

if TYPE_CHECKING:
    from collections.abc import Iterable

READERS = frozenset({"worker", "community_head", "street_leader", "district_leader", "auditor", "audit_admin"})
_COMPANY_READERS = ORGANISATION_ROLES & STAFF_ROLES


class Unit(TextChoices):
    """What a book counts, in its smallest part; `queries.amount_words` says how it is shown."""

    MINUTE = "minute", _("分钟")
    MEAL = "meal", _("份餐")
    GRAM = "gram", _("克")
    CENT = "cent", _("分钱")
    PIECE = "piece", _("件")


class Kind(TextChoices):
    """What an account stands for. The ledger treats all alike; pages group by it."""

    PERSON = "person", _("个人")
    ORGANISATION = "organisation", _("单位")
    POOL = "pool", _("公益池")
    TREASURY = "treasury", _("发放账户")
    STOCK = "stock", _("库存")
    MIRROR = "mirror", _("往来账户")
    INCOME = "income", _("收入")
    EXPENSE = "expense", _("支出")
    OUTSIDE = "outside", _("外部")


class Book(VisibleModel):
    """One thing counted in one place; its accounts add up to zero at every commit."""

    code = CharField(_("代码"), max_length=60, unique=True)
    title = CharField(_("账本"), max_length=60)
    unit = CharField(_("单位"), max_length=10, choices=Unit)
    room = CharField(max_length=30, help_text="the service whose book it is")
    area_code = CharField(max_length=15)
    organisation = ForeignKey(Organisation, PROTECT, null=True, blank=True, related_name="+")
    opened = DateTimeField(default=now)

    class Meta:
        ordering = ["title", "id"]
        indexes = [Index(fields=["area_code"], name="ledger_book_in_area")]

    def __str__(self) -> str:
        return self.title

    @property
    def organisation_ids(self) -> tuple[int, ...]:
        return (self.organisation_id,) if self.organisation_id else ()

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        """Staff of its place and those who audit it; of an organisation's own book, also its staff."""
        return person.scope_q("area_code", roles=READERS) | Q(organisation__in=_companies(person))


class Account(VisibleModel):
    """A place in a book where units lie. Its balance stands in `Balance`, never in this row."""

    book = ForeignKey(Book, PROTECT, related_name="accounts", db_index=False)
    code = CharField(_("账号"), max_length=60)
    kind = CharField(_("类型"), max_length=12, choices=Kind)
    title = CharField(_("名称"), max_length=80, blank=True, help_text="blank for a person's: the page asks the person")
    owner = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    organisation = ForeignKey(Organisation, PROTECT, null=True, blank=True, related_name="+")
    is_hot = BooleanField(default=False)
    shards = PositiveSmallIntegerField(default=1, help_text="how many rows its balance is spread over")
    opened = DateTimeField(default=now)
    closed_at = DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["kind", "code", "id"]
        constraints = [UniqueConstraint(fields=["book", "code"], name="ledger_account_code_once")]
        indexes = [Index(fields=["book", "kind", "code", "id"], name="ledger_account_listed")]

    def __str__(self) -> str:
        if self.title:
            return self.title
        return self.owner.shown_name if self.owner_id and self.owner else self.code

    @property
    def area_code(self) -> str:
        return self.book.area_code

    @property
    def organisation_ids(self) -> tuple[int, ...]:
        own = (self.organisation_id,) if self.organisation_id else ()
        return (*own, *self.book.organisation_ids)

    @property
    def data_subject_id(self) -> int | None:
        return self.owner_id

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        """Its owner; staff of the book's place and its auditors; the staff of the organisation it belongs to."""
        companies = _companies(person)
        return (Q(owner=person) | person.scope_q("book__area_code", roles=READERS)
                | Q(organisation__in=companies) | Q(book__organisation__in=companies))

    def relations_to(self, person: Person) -> frozenset[str]:
        return frozenset({"@owner"}) if self.owner_id == person.pk else frozenset()


def _companies(person: Person) -> list[int]:
    return [s.organisation_id for s in person.standings if s.organisation_id and s.role in _COMPANY_READERS]


class Balance(Record):
    """Where a part of an account stands now. The only rows of the ledger that change, by `writing` alone.

    A hot account has several parts; each keeps its share of floor and ceiling, so that no two writers meet in one row.
    Of the parts only the sums mean something: a part's `pending_out` may be below zero.
    """

    account = ForeignKey(Account, PROTECT, related_name="parts", db_index=False)
    shard = PositiveSmallIntegerField(default=0)
    posted = BigIntegerField(default=0)
    pending_in = BigIntegerField(default=0)
    pending_out = BigIntegerField(default=0)
    floor = BigIntegerField(null=True)
    ceiling = BigIntegerField(null=True)
    is_open = BooleanField(default=True)

    class Meta:
        constraints = [UniqueConstraint(fields=["account", "shard"], name="ledger_balance_once")]


class TransferKind(TextChoices):
    POSTED = "posted", _("入账")
    PENDING = "pending", _("冻结")
    POST = "post", _("结算")
    VOID = "void", _("释放")
    EXPIRE = "expire", _("到期释放")
    REVERSE = "reverse", _("冲正")


ENDINGS = (TransferKind.POST, TransferKind.VOID, TransferKind.EXPIRE)


class Transfer(VisibleModel):
    """One movement, with all its lines. Created, never changed; a correction is another transfer."""

    book = ForeignKey(Book, PROTECT, related_name="+", db_constraint=False, db_index=False)
    key = CharField(_("编号"), max_length=120, unique=True, help_text="idempotency id, made by the room")
    kind = CharField(max_length=8, choices=TransferKind)
    digest = CharField(max_length=64, help_text="SHA-256 of the content: what the same id must mean again")
    of = ForeignKey("self", PROTECT, null=True, related_name="+", db_constraint=False, db_index=False,
                    help_text="the hold it ends, or the transfer it reverses")
    verb = CharField(max_length=60)
    memo = CharField(_("摘要"), max_length=200, blank=True)
    facts = TextField(default="{}", help_text="canonical JSON")
    about_type = CharField(max_length=60, blank=True)
    about_id = CharField(max_length=40, blank=True)
    person_id = BigIntegerField(null=True)
    acting_for_id = BigIntegerField(null=True)
    at = DateTimeField(default=now)
    expires_at = DateTimeField(null=True)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["of"], condition=Q(kind__in=["post", "void", "expire"]), name="ledger_ends_once"),
            UniqueConstraint(fields=["of"], condition=Q(kind="reverse"), name="ledger_reverses_once"),
        ]

    def __str__(self) -> str:
        return self.key

    @property
    def area_code(self) -> str:
        return self.book.area_code

    @property
    def organisation_ids(self) -> tuple[int, ...]:
        return self.book.organisation_ids

    @property
    def known_facts(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.facts)
        return found

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        """Who sees its book; and the owner of an account it touched."""
        mine = Account.objects.filter(owner=person).values("pk")
        own = Entry.objects.filter(Q(debit__in=mine) | Q(credit__in=mine)).values("transfer")
        return Q(book__in=Book.objects.filter(Book.seen_by(person)).values("pk")) | Q(pk__in=own)


class Phase:
    """What an entry does to the balances: reserve, move, or give back what was reserved."""

    PENDING, POSTED, RELEASED = 0, 1, 2


class Entry(Record):
    """One line of a transfer: `amount` goes from `debit` to `credit`. Both sides are one row, so no book can lean.

    No foreign keys in the database: on PostgreSQL each would lock the account's row for every writer of a hot account.
    The nightly check looks for entries whose account or transfer is not there.
    """

    transfer = ForeignKey(Transfer, DO_NOTHING, related_name="entries", db_constraint=False)
    debit = ForeignKey(Account, DO_NOTHING, related_name="+", db_constraint=False, db_index=False)
    credit = ForeignKey(Account, DO_NOTHING, related_name="+", db_constraint=False, db_index=False)
    amount = BigIntegerField()
    phase = SmallIntegerField(default=Phase.POSTED)
    at = DateTimeField(default=now)

    class Meta:
        ordering = ["id"]
        constraints = [
            CheckConstraint(name="ledger_entry_positive", condition=Q(amount__gt=0)),
            CheckConstraint(name="ledger_entry_two_sides", condition=~Q(debit=F("credit"))),
        ]
        indexes = [
            Index(fields=["debit", "id"], name="ledger_entry_debit"),
            Index(fields=["credit", "id"], name="ledger_entry_credit"),
        ]


class OpenHold(Record):
    """A hold that nobody has ended yet: a queue by time-out. Its row goes when the hold ends, so it ends once."""

    transfer = OneToOneField(Transfer, PROTECT, related_name="+", db_constraint=False)
    expires_at = DateTimeField(null=True)

    class Meta:
        indexes = [Index(fields=["expires_at"], name="ledger_hold_by_time")]


class Seal(Record):
    """One batch of sealing: the root over the new heads of the accounts it touched, written into the audit log."""

    at = DateTimeField(default=now)
    links = PositiveIntegerField()
    root = CharField(max_length=64)


class Link(Record):
    """An entry's place in the history of one of its two accounts, and the hash over that history up to it."""

    account = ForeignKey(Account, DO_NOTHING, related_name="+", db_constraint=False, db_index=False)
    number = BigIntegerField(help_text="1, 2, 3 … in the account's history")
    entry = ForeignKey(Entry, DO_NOTHING, related_name="links", db_constraint=False, db_index=False)
    amount = BigIntegerField(help_text="what it did to the account's balance; 0 for a hold or its release")
    balance = BigIntegerField(help_text="the account's balance after it")
    at = DateTimeField()
    hash = CharField(max_length=64)
    seal = ForeignKey(Seal, DO_NOTHING, related_name="+", db_constraint=False)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["account", "number"], name="ledger_link_number"),
            UniqueConstraint(fields=["entry", "account"], name="ledger_link_once"),
        ]
        indexes = [Index(fields=["account", "at"], name="ledger_link_by_time")]


class Reconciliation(Record):
    """What a check of the books found: empty `problems` is a clean check."""

    at = DateTimeField(default=now)
    books = PositiveIntegerField(default=0)
    accounts = PositiveIntegerField(default=0)
    entries = BigIntegerField(default=0)
    is_clean = BooleanField()
    problems = JSONField(default=list)

    class Meta:
        indexes = [Index(fields=["at"], name="ledger_check_by_time")]


def ids(accounts: Iterable[Account]) -> list[int]:
    """The keys of accounts, each once, in order."""
    return sorted({account.pk for account in accounts})
