"""The small library: titles, copies, who has one now, who waits for one. What was read before is kept by nobody."""

from __future__ import annotations

from django.db.models import (
    CASCADE,
    PROTECT,
    SET_NULL,
    CharField,
    CheckConstraint,
    DateField,
    DateTimeField,
    ForeignKey,
    Index,
    JSONField,
    OneToOneField,
    PositiveSmallIntegerField,
    Q,
    TextChoices,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import AreaModel, VisibleModel
from linli.foundation.calendar import clock
from linli.foundation.people.models import Person
from linli.foundation.records import Record


class Title(AreaModel):
    """A book as one looks for it. `isbn` has 13 digits, or none for a book without one."""

    name = CharField(_("书名"), max_length=120)
    authors = CharField(_("作者"), max_length=120, blank=True)
    isbn = CharField(_("ISBN"), max_length=13, blank=True)
    publisher = CharField(_("出版社"), max_length=60, blank=True)
    year = PositiveSmallIntegerField(_("出版年"), null=True, blank=True)
    age_from = PositiveSmallIntegerField(_("从几岁读"), null=True, blank=True)
    call_number = CharField(_("索书号"), max_length=30, blank=True)

    class Meta:
        ordering = ["name", "id"]
        constraints = [UniqueConstraint(fields=["area", "isbn"], condition=~Q(isbn=""), name="child_isbn_once")]
        indexes = [Index(fields=["area", "name"], name="child_title_by_name")]

    def __str__(self) -> str:
        return self.name


class CopyState(TextChoices):
    SHELF = "shelf", _("在架")
    LENT = "lent", _("借出")
    KEPT = "kept", _("留给预约的人")
    MISSING = "missing", _("没找到")
    WITHDRAWN = "withdrawn", _("下架")


class Copy(AreaModel):
    """One book on one shelf, with the number on its label."""

    title = ForeignKey(Title, CASCADE, related_name="copies")
    barcode = CharField(_("馆藏条码"), max_length=20)
    shelf = CharField(_("书架"), max_length=20, blank=True)
    state = CharField(_("状态"), max_length=10, choices=CopyState, default=CopyState.SHELF)
    seen_at = DateTimeField(null=True, blank=True, help_text="last found by a stock-take or at the desk")

    class Meta:
        ordering = ["shelf", "barcode"]
        constraints = [UniqueConstraint(fields=["area", "barcode"], name="child_barcode_once")]
        indexes = [Index(fields=["title", "state"], name="child_copy_by_state")]

    def __str__(self) -> str:
        return f"{self.title.name}（{self.barcode}）"


class ReaderCard(VisibleModel):
    """读者证: a number the desk may scan, so that nobody says a phone number aloud."""

    person = OneToOneField(Person, CASCADE, related_name="+")
    number = CharField(max_length=10, unique=True)
    since = DateField(default=clock.today)

    @property
    def area_code(self) -> str:
        return self.person.area_code

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(person=person)


class Loan(AreaModel):
    """A copy that is out. On return the person is cut from the row (公共图书馆法 第43条); what stays is a number."""

    copy = ForeignKey(Copy, CASCADE, related_name="loans")
    reader = ForeignKey(Person, SET_NULL, null=True, blank=True, related_name="+")
    lent_at = DateTimeField()
    due_on = DateField()
    renewals = PositiveSmallIntegerField(default=0)
    returned_at = DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["due_on", "id"]
        constraints = [
            UniqueConstraint(fields=["copy"], condition=Q(returned_at=None), name="child_copy_lent_once"),
            CheckConstraint(
                name="child_loan_forgotten", condition=Q(returned_at=None) | Q(returned_at__isnull=False, reader=None)),
        ]
        indexes = [Index(fields=["due_on"], condition=Q(returned_at=None), name="child_loan_due")]

    @property
    def is_overdue(self) -> bool:
        return self.returned_at is None and self.due_on < clock.today()

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        """Oneself. The desk works on it by its own verb, and lists no reader's past: there is none."""
        return Q(reader=person)

    def relations_to(self, person: Person) -> frozenset[str]:
        return frozenset({"@reader"}) if self.reader_id == person.pk else frozenset()


class HoldState(TextChoices):
    WAITING = "waiting", _("排队中")
    READY = "ready", _("可以来取")
    DONE = "done", _("取走了")
    EXPIRED = "expired", _("过期没取")
    CANCELLED = "cancelled", _("不要了")


class Hold(AreaModel):
    """A place in the queue for a title. The person is cut from it when it ends."""

    title = ForeignKey(Title, CASCADE, related_name="holds")
    reader = ForeignKey(Person, SET_NULL, null=True, blank=True, related_name="+")
    state = CharField(max_length=10, choices=HoldState, default=HoldState.WAITING)
    asked_at = DateTimeField()
    copy = ForeignKey(Copy, SET_NULL, null=True, blank=True, related_name="+")
    ready_until = DateField(null=True, blank=True)

    class Meta:
        ordering = ["asked_at", "id"]
        constraints = [
            UniqueConstraint(fields=["title", "reader"], condition=Q(state__in=["waiting", "ready"]),
                             name="child_hold_once"),
            UniqueConstraint(fields=["copy"], condition=Q(state="ready"), name="child_copy_kept_once"),
        ]
        indexes = [Index(fields=["ready_until"], condition=Q(state="ready"), name="child_hold_due")]

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(reader=person)

    def relations_to(self, person: Person) -> frozenset[str]:
        return frozenset({"@reader"}) if self.reader_id == person.pk else frozenset()


class StockTake(AreaModel):
    """盘点: what should stand on some shelves, and what was really seen there."""

    name = CharField(_("名称"), max_length=60)
    shelf = CharField(_("书架"), max_length=20, blank=True, help_text=_("不填就是全馆"))
    opened_at = DateTimeField()
    opened_by = ForeignKey(Person, PROTECT, related_name="+")
    closed_at = DateTimeField(null=True, blank=True)
    result = JSONField(default=dict, help_text="found, missing, strange: counts when it was closed")

    class Meta:
        ordering = ["-opened_at", "-id"]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return person.scope_q("area__code", roles=frozenset({"worker", "community_head"}))


class StockScan(Record):
    """One barcode seen in one stock-take. The pair is unique: a list sent twice adds nothing."""

    take = ForeignKey(StockTake, CASCADE, related_name="scans")
    barcode = CharField(max_length=20)
    at = DateTimeField()
    by = ForeignKey(Person, PROTECT, related_name="+")

    class Meta:
        constraints = [UniqueConstraint(fields=["take", "barcode"], name="child_scan_once")]


class CopyImport(AreaModel):
    """The judged rows of a list of copies, between preview and confirmation."""

    person = ForeignKey(Person, CASCADE, related_name="+")
    file_name = CharField(max_length=120)
    rows = JSONField()
    created = DateTimeField()
    done_at = DateTimeField(null=True, blank=True)

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(person=person)
