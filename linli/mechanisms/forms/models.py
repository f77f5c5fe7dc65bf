"""Forms and their numbered versions, the draft at the desk, the sheets people fill in, and what is sent round."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

from django.db.models import (
    PROTECT,
    SET_NULL,
    BooleanField,
    CharField,
    CheckConstraint,
    DateField,
    DateTimeField,
    F,
    ForeignKey,
    Index,
    JSONField,
    OneToOneField,
    PositiveIntegerField,
    Q,
    TextChoices,
    TextField,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import Area, VisibleModel
from linli.foundation.calendar.clock import now, today
from linli.foundation.people.models import Person
from linli.foundation.privacy.fields import EncryptedTextField
from linli.foundation.records import Record
from linli.mechanisms.forms.elements import in_language
from linli.mechanisms.forms.settings import KEEPERS

if TYPE_CHECKING:
    from linli.mechanisms.forms.definition import Definition

OWN_ROOM = "forms"  # forms made at the desk; those of a service carry its name


class Form(VisibleModel):
    """One form with all its versions. `room` says who keeps it; a desk form belongs to an area."""

    key = CharField(max_length=120, unique=True)
    room = CharField(max_length=40, default=OWN_ROOM)
    area = ForeignKey(Area, PROTECT, null=True, blank=True, related_name="+", verbose_name=_("所属"))
    title = CharField(_("表名"), max_length=80)
    created = DateTimeField(default=now)

    class Meta:
        indexes = [Index(fields=["area", "room"], name="form_of_area")]
        constraints = [CheckConstraint(
            name="desk_form_has_area", condition=~Q(room=OWN_ROOM) | Q(area__isnull=False))]

    def __str__(self) -> str:
        return self.title

    @property
    def area_code(self) -> str:
        return self.area.code if self.area else ""

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        """The staff who keep forms at that place; a service's own forms are shown by the service."""
        return Q(room=OWN_ROOM) & person.scope_q("area__code", roles=frozenset(KEEPERS))

    @cached_property
    def published(self) -> FormVersion | None:
        """The newest version."""
        return self.versions.order_by("-number").first()


class FormVersion(Record):
    """A published version: never changed, never deleted (the database refuses). Sheets stay on theirs."""

    form = ForeignKey(Form, PROTECT, related_name="versions")
    number = PositiveIntegerField()
    body = JSONField()
    parameters = JSONField(default=dict)
    digest = CharField(max_length=64)
    note = CharField(_("改了什么"), max_length=200, blank=True)
    made_by = ForeignKey(Person, PROTECT, null=True, related_name="+")
    agreed_by = ForeignKey(Person, PROTECT, null=True, related_name="+")
    at = DateTimeField(default=now)

    class Meta:
        ordering = ["form", "number"]
        constraints = [
            UniqueConstraint(fields=["form", "number"], name="form_version_once"),
            CheckConstraint(name="form_two_people", condition=Q(agreed_by=None) | ~Q(agreed_by=F("made_by"))),
        ]

    def __str__(self) -> str:
        return f"{self.form_id} v{self.number}"

    @cached_property
    def definition(self) -> Definition:
        from linli.mechanisms.forms.definition import build

        return build(self.body, parameters=self.parameters)


class DraftState(TextChoices):
    EDITING = "editing", _("在改")
    WAITING = "waiting", _("等同事看")
    SENT_BACK = "sent_back", _("退回来了")


class FormDraft(VisibleModel):
    """What the desk is changing; one a form. `seen` moves with every change, so that two people do not overwrite."""

    form = OneToOneField(Form, PROTECT, related_name="draft")
    body = JSONField()
    seen = PositiveIntegerField(default=0)
    state = CharField(max_length=10, choices=DraftState, default=DraftState.EDITING)
    note = CharField(_("改了什么"), max_length=200, blank=True)
    answer = CharField(_("退回的原因"), max_length=200, blank=True)
    edited_by = ForeignKey(Person, PROTECT, related_name="+")
    edited_at = DateTimeField(default=now)
    asked_by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")

    @property
    def area_code(self) -> str:
        return self.form.area_code

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return person.scope_q("form__area__code", roles=frozenset(KEEPERS))


class InquiryKind(TextChoices):
    OPINION = "opinion", _("意见征询")
    REGISTER = "register", _("信息登记")


class Inquiry(VisibleModel):
    """意见征询、信息登记: a form sent round in a place until a day. Everybody answers once."""

    area = ForeignKey(Area, PROTECT, related_name="+", verbose_name=_("所属"))
    version = ForeignKey(FormVersion, PROTECT, related_name="inquiries")
    kind = CharField(_("种类"), max_length=10, choices=InquiryKind)
    title = CharField(_("标题"), max_length=60)
    title_en = CharField(_("英文标题"), max_length=120, blank=True)
    why = TextField(_("为什么问、答案怎么用"), max_length=400)
    why_en = TextField(_("为什么问、答案怎么用（英文）"), max_length=800, blank=True)
    closes_on = DateField(_("截止日期"))
    opened_at = DateTimeField(default=now)
    opened_by = ForeignKey(Person, PROTECT, related_name="+")
    closed_at = DateTimeField(null=True, blank=True)
    told = PositiveIntegerField(default=0)
    told_at = DateTimeField(null=True, blank=True)
    once = CharField(max_length=60, blank=True)

    class Meta:
        indexes = [Index(fields=["area", "closes_on"], name="inquiry_open")]
        constraints = [UniqueConstraint(
            fields=["opened_by", "once"], condition=~Q(once=""), name="inquiry_sent_once")]

    def __str__(self) -> str:
        return self.title

    @property
    def area_code(self) -> str:
        return self.area.code

    @property
    def label(self) -> str:
        """The title for the reader."""
        return in_language(self.title, self.title_en)

    @property
    def reason(self) -> str:
        """Why it is asked, for the reader."""
        return in_language(self.why, self.why_en)

    @property
    def is_open(self) -> bool:
        """Can it be answered now? Its last day counts whole."""
        return self.closed_at is None and today() <= self.closes_on

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        """Who lives in the place, and its staff."""
        return person.scope_q("area__code")


class SheetState(TextChoices):
    DRAFT = "draft", _("没填完")
    SUBMITTED = "submitted", _("交了")
    WITHDRAWN = "withdrawn", _("收回了")


class Sheet(VisibleModel):
    """One person's answers to one version, about one thing. Saved page by page, sealed, read by few."""

    version = ForeignKey(FormVersion, PROTECT, related_name="sheets")
    area = ForeignKey(Area, PROTECT, null=True, related_name="+")
    about_type = CharField(max_length=60)
    about_id = CharField(max_length=40)
    inquiry = ForeignKey(Inquiry, PROTECT, null=True, blank=True, related_name="sheets")
    subject = ForeignKey(Person, SET_NULL, null=True, related_name="+")
    actor = ForeignKey(Person, SET_NULL, null=True, related_name="+")
    content = EncryptedTextField(purpose="forms.answer", blank=True)
    seen = PositiveIntegerField(default=0)
    state = CharField(max_length=10, choices=SheetState, default=SheetState.DRAFT)
    signed_name = EncryptedTextField(_("签名"), purpose="forms.answer", blank=True)
    agreed_sensitive = BooleanField(default=False)
    created = DateTimeField(default=now)
    saved_at = DateTimeField(default=now)
    submitted_at = DateTimeField(null=True, blank=True)
    erased_at = DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [Index(fields=["inquiry", "state", "submitted_at"], name="sheet_of_inquiry"),
                   Index(fields=["subject", "state"], name="sheet_of_person")]
        constraints = [
            UniqueConstraint(fields=["about_type", "about_id", "subject"], name="sheet_once"),
            CheckConstraint(name="sheet_submitted_when", condition=(
                Q(state="submitted", submitted_at__isnull=False) | ~Q(state="submitted"))),
        ]

    @property
    def area_code(self) -> str:
        return self.area.code if self.area else ""

    @property
    def data_subject_id(self) -> int | None:
        return self.subject_id

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        """Whose it is and who fills it in; of an inquiry, once handed in, the staff who sent it round."""
        handed_in = Q(inquiry__isnull=False, state=SheetState.SUBMITTED)
        return Q(subject=person) | Q(actor=person) | (
            handed_in & person.scope_q("area__code", roles=frozenset(KEEPERS)))

    def relations_to(self, person: Person) -> frozenset[str]:
        return frozenset({"@own"}) if person.pk in (self.subject_id, self.actor_id) else frozenset()

    @property
    def definition(self) -> Definition:
        return self.version.definition

    @property
    def data(self) -> dict[str, Any]:
        """`values`, `sources` (element → where a known value came from), `done` (the steps that were sent)."""
        found: dict[str, Any] = json.loads(self.content) if self.content else {}
        return {"values": found.get("values", {}), "sources": found.get("sources", {}), "done": found.get("done", [])}

    @data.setter
    def data(self, data: dict[str, Any]) -> None:
        self.content = json.dumps(data, ensure_ascii=False, separators=(",", ":"), default=str)

    @property
    def values(self) -> dict[str, Any]:
        """Element → value; a repeated element's value is a list, one place a member."""
        found: dict[str, Any] = self.data["values"]
        return found
