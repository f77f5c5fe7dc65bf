"""An application: who asks, who filed it, by what right and how, on which version; and the dated facts of its life."""

from __future__ import annotations

from typing import Any

from django.db.models import (
    PROTECT,
    SET_NULL,
    BooleanField,
    CharField,
    CheckConstraint,
    DateTimeField,
    ForeignKey,
    Index,
    JSONField,
    OneToOneField,
    Q,
    TextChoices,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import AreaModel
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Mandate, Person
from linli.foundation.people.queries import subjects_for
from linli.foundation.privacy.fields import EncryptedTextField
from linli.foundation.records import Record
from linli.mechanisms.cases.models import Case
from linli.mechanisms.forms.models import Sheet
from linli.services.gov.models.bundles import BundleVersion
from linli.services.gov.models.items import STAFF, ItemVersion

ROOM = "gov"
HANDLERS = STAFF | {"department_desk"}


class ApplicationState(TextChoices):
    DRAFT = "draft", _("没交，还在填")
    WAITING = "waiting", _("等前一项办好")
    SUBMITTED = "submitted", _("交了，等受理")
    CORRECTING = "correcting", _("等您补正")
    ACCEPTED = "accepted", _("受理了，正在办")
    DECIDED = "decided", _("有决定了")
    DELIVERED = "delivered", _("办完了")
    REFUSED = "refused", _("没有受理")
    WITHDRAWN = "withdrawn", _("撤回了")


OPEN = frozenset({"submitted", "correcting", "accepted", "decided"})
OVER = frozenset({"delivered", "refused", "withdrawn"})


class Channel(TextChoices):
    APP = "app", _("网上")
    WINDOW = "window", _("窗口")
    PHONE = "phone", _("电话")
    KIOSK = "kiosk", _("自助机")
    HOME_VISIT = "home_visit", _("上门")


class _Filed(AreaModel):
    """Abstract. Who it is for (`subject`, or somebody without an account: `contact_*`), who filed it (`actor`), by what
    right (`mandate`) and how (`channel`) stand apart; none of them is ever changed."""

    subject = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    actor = ForeignKey(Person, PROTECT, related_name="+")
    mandate = ForeignKey(Mandate, SET_NULL, null=True, blank=True, related_name="+")
    channel = CharField(max_length=10, choices=Channel, default=Channel.APP)
    contact_name = EncryptedTextField(_("姓名"), purpose="gov.application", blank=True)
    contact_phone = EncryptedTextField(_("电话"), purpose="gov.application", blank=True)
    sheet = ForeignKey(Sheet, PROTECT, null=True, blank=True, related_name="+")
    created = DateTimeField(default=now)
    once = CharField(max_length=60, blank=True)

    class Meta:
        abstract = True

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        """Whose it is, who filed it, who may act for them now; of what was handed in, who handles it in that place."""
        family = [one.pk for one in subjects_for(person, ROOM)]
        own = Q(subject=person) | Q(actor=person) | Q(subject__in=family) if family else (
            Q(subject=person) | Q(actor=person))
        return own | (person.scope_q("area__code", roles=HANDLERS) & cls.handed_in_q())

    @classmethod
    def handed_in_q(cls) -> Q:
        raise NotImplementedError

    @property
    def data_subject_id(self) -> int | None:
        found: int | None = self.subject_id
        return found

    @property
    def for_whom(self) -> str:
        """The name as its holder wrote it; for who may read it."""
        return self.subject.name if self.subject is not None else self.contact_name

    def relations_to(self, person: Person) -> frozenset[str]:
        found = {name for name, pk in (("@subject", self.subject_id), ("@actor", self.actor_id)) if pk == person.pk}
        if self.subject_id and any(one.pk == self.subject_id for one in subjects_for(person, ROOM)):
            found.add("@family")
        return frozenset(found)


class Filing(_Filed):
    """A bundle filed at once: one union form, one application for each of its items."""

    bundle = ForeignKey(BundleVersion, PROTECT, related_name="+")
    handed_in_at = DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-created", "-id"]
        constraints = [UniqueConstraint(fields=["actor", "once"], condition=~Q(once=""), name="gov_filing_once")]

    def __str__(self) -> str:
        return str(self.bundle)

    @classmethod
    def handed_in_q(cls) -> Q:
        return Q(handed_in_at__isnull=False)


class Application(_Filed):
    """One item asked for. Pinned to the version it began with; the case is opened when it is handed in.

    `due_at`, `is_provisional` and `phase` are a copy of what the clock says of its events, for lists; `step` is the key
    of the item's step that it stands at.
    """

    number = CharField(_("申请号"), max_length=24, blank=True)
    version = ForeignKey(ItemVersion, PROTECT, related_name="+")
    filing = ForeignKey(Filing, PROTECT, null=True, blank=True, related_name="applications")
    case = OneToOneField(Case, PROTECT, null=True, blank=True, related_name="+")
    state = CharField(max_length=10, choices=ApplicationState, default=ApplicationState.DRAFT)
    granted = BooleanField(null=True, blank=True)
    step = CharField(max_length=60, blank=True)
    handed_in_at = DateTimeField(null=True, blank=True)
    due_at = DateTimeField(null=True, blank=True)
    is_provisional = BooleanField(default=False)
    phase = CharField(max_length=12, blank=True)

    class Meta:
        ordering = ["-created", "-id"]
        constraints = [
            UniqueConstraint(fields=["number"], condition=~Q(number=""), name="gov_application_number_once"),
            UniqueConstraint(fields=["actor", "once"], condition=~Q(once=""), name="gov_application_once"),
            CheckConstraint(name="gov_handed_in_has_number", condition=(
                Q(state__in=["draft", "waiting", "withdrawn"]) | (~Q(number="") & Q(case__isnull=False)))),
        ]
        indexes = [
            Index(fields=["area", "state", "due_at"], name="gov_applications_of_area"),
            Index(fields=["subject", "created"], name="gov_applications_of_subject"),
            Index(fields=["actor", "created"], name="gov_applications_of_actor"),
            Index(fields=["version"], condition=Q(state="accepted"), name="gov_applications_running"),
            Index(fields=["due_at"], condition=Q(is_provisional=True), name="gov_applications_provisional"),
        ]

    def __str__(self) -> str:
        return self.number or f"{self.version} ({self.state})"

    @classmethod
    def handed_in_q(cls) -> Q:
        return ~Q(number="")

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def slug(self) -> str:
        found: str = self.version.item.slug
        return found


class Way(TextChoices):
    FILE = "file", _("拍照交了")
    WINDOW = "window", _("到窗口带来")
    LATER = "later", _("以后补")
    PROMISED = "promised", _("写了承诺")
    SEEN = "seen", _("窗口看过原件")


class Brought(AreaModel):
    """How one of the item's papers comes: photographed, brought, to follow, promised. What comes out of the wallet is
    written down there."""

    application = ForeignKey(Application, PROTECT, related_name="brought")
    key = CharField(max_length=60)
    way = CharField(max_length=8, choices=Way)
    by = ForeignKey(Person, PROTECT, related_name="+")
    at = DateTimeField(default=now)

    class Meta:
        ordering = ["id"]
        constraints = [UniqueConstraint(fields=["application", "key"], name="gov_brought_once")]

    def __str__(self) -> str:
        return f"{self.application_id} {self.key}"

    @property
    def data_subject_id(self) -> int | None:
        return self.application.data_subject_id

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(application__in=Application.objects.visible_to(person))


class ProcedureEvent(Record):
    """A dated fact from which the clock is computed; only added, never changed (the database refuses)."""

    application = ForeignKey(Application, PROTECT, related_name="procedure_events")
    kind = CharField(max_length=24)
    at = DateTimeField(default=now)
    data = JSONField()
    by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["at", "id"]

    def __str__(self) -> str:
        return f"{self.application_id} {self.kind}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not self._state.adding:
            raise TypeError("what happened is not changed; add what happened next")
        super().save(*args, **kwargs)
