"""书画征集: a call with versioned rules, the works handed in, and complaints about them."""

from __future__ import annotations

from django.db.models import (
    CASCADE,
    PROTECT,
    BooleanField,
    CharField,
    CheckConstraint,
    DateField,
    DateTimeField,
    F,
    ForeignKey,
    Index,
    JSONField,
    PositiveIntegerField,
    PositiveSmallIntegerField,
    Q,
    TextChoices,
    TextField,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import AreaModel, VisibleModel
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.foundation.privacy.fields import EncryptedTextField
from linli.foundation.records import Record
from linli.mechanisms.bookings.models.offers import PLACE_ROLES
from linli.services.activities.models.activities import Activity
from linli.services.activities.rules import AgeClass

KEEPERS = frozenset({"worker", "community_head"})  # who may `activities.keep_calls`: they read the authors' names


def kept(path: str, person: Person) -> Q:
    """The calls at `path` ("call__") whose works `person` reads with their authors: as keeper, never as juror."""
    from linli.services.activities.models.judging import Juror

    judged = Juror.objects.filter(person=person, left_at=None).values("call")
    return person.scope_q(f"{path}area__code", roles=KEEPERS) & ~Q(**{f"{path}pk__in": judged})


class CallState(TextChoices):
    DRAFT = "draft", _("草稿")
    OPEN = "open", _("正在征集")
    JUDGING = "judging", _("正在评选")
    ANNOUNCED = "announced", _("结果公示")
    CLOSED = "closed", _("已经结束")


class Call(AreaModel):
    """征集: what is asked for and until when; who judges stands in `Juror`, how in `CallRules`."""

    title = CharField(_("名称"), max_length=60)
    about = TextField(_("征集什么"), max_length=1500)
    activity = ForeignKey(
        Activity, PROTECT, null=True, blank=True, related_name="calls", verbose_name=_("属于哪个活动"))
    deadline = DateTimeField(_("截止"))
    vote_from = DateTimeField(_("大家投票从"), null=True, blank=True)
    vote_until = DateTimeField(_("投票到"), null=True, blank=True)
    show_until = DateField(_("展到哪天"), help_text=_("作者同意展出的期限，不能更长"))
    version = PositiveSmallIntegerField(default=1, editable=False)
    state = CharField(max_length=10, choices=CallState, default=CallState.DRAFT)
    announced_at = DateTimeField(null=True, editable=False)
    objection_until = DateField(null=True, editable=False)
    closed_at = DateTimeField(null=True, editable=False)
    created = DateTimeField(default=now)
    created_by = ForeignKey(Person, PROTECT, related_name="+")

    class Meta:
        ordering = ["-id"]
        constraints = [
            CheckConstraint(name="activity_call_vote_forward", condition=Q(vote_from=None, vote_until=None) | Q(
                vote_until__gt=F("vote_from"))),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def are_authors_open(self) -> bool:
        """May anybody read who made what? Only after the judging."""
        return self.state in (CallState.ANNOUNCED, CallState.CLOSED)

    def relations_to(self, person: Person) -> frozenset[str]:
        return frozenset({"@juror"} if self.jurors.filter(person=person, left_at=None).exists() else ())

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        """A draft: only who keeps it. A juror from elsewhere sees the call they judge."""
        from linli.services.activities.models.judging import Juror

        judged = Q(pk__in=Juror.objects.filter(person=person, left_at=None).values("call"))
        open_to = (person.scope_q("area__code") | judged) & ~Q(state=CallState.DRAFT)
        return person.scope_q("area__code", roles=PLACE_ROLES) | open_to


class CallRules(Record):
    """One version of the rules. A new one is a new row; a work keeps the number of the one its author agreed to."""

    call = ForeignKey(Call, CASCADE, related_name="rules")
    version = PositiveSmallIntegerField()
    text = TextField(_("规则"), max_length=3000)
    ages = JSONField(_("年龄组"), default=list, help_text="[{code, name, from, to}]")
    method = CharField(max_length=8, default="trimmed")
    cut = PositiveSmallIntegerField(default=1)
    tie = CharField(max_length=8, default="median")
    prizes = JSONField(default=list, help_text="names of prizes, first prize first")
    by = ForeignKey(Person, PROTECT, related_name="+")
    at = DateTimeField(default=now)

    class Meta:
        ordering = ["-version"]
        constraints = [UniqueConstraint(fields=["call", "version"], name="activity_call_version_once")]

    @property
    def classes(self) -> list[AgeClass]:
        return [AgeClass(one["code"], one["name"], one["from"], one["to"]) for one in self.ages]

    def class_name(self, code: str) -> str:
        return next((one.name for one in self.classes if one.code == code), code)


class MadeByAI(TextChoices):
    NO = "no", _("没有用 AI")
    PARTLY = "partly", _("部分用了 AI")
    WHOLLY = "wholly", _("主要由 AI 生成")


class WorkState(TextChoices):
    IN = "in", _("已收到")
    WITHDRAWN = "withdrawn", _("已撤回")
    EXCLUDED = "excluded", _("不参评")


class Work(VisibleModel):
    """作品. Its number says nothing of who made it. The author keeps the right; a licence to show it has an end."""

    call = ForeignKey(Call, PROTECT, related_name="works")
    number = PositiveIntegerField(help_text="drawn at random; the only name the jury sees")
    author = ForeignKey(Person, PROTECT, null=True, related_name="+")
    signed_as = EncryptedTextField(_("署名"), purpose="activities.work")
    birth_year = EncryptedTextField(_("出生年份"), purpose="activities.work")
    age_class = CharField(max_length=12)
    by_guardian = BooleanField(default=False, help_text="handed in by the guardian of a minor")
    title = CharField(_("作品名"), max_length=40)
    alt = CharField(_("画面说明"), max_length=300)
    ai = CharField(max_length=8, choices=MadeByAI)
    ai_note = CharField(max_length=120, blank=True)
    rules_version = PositiveSmallIntegerField()
    licensed_until = DateField(null=True, blank=True)
    has_original = BooleanField(default=False, help_text="the original was handed in at the window")
    returned_at = DateTimeField(null=True, blank=True)
    returned_to = EncryptedTextField(_("签收人"), purpose="activities.work", blank=True)
    state = CharField(max_length=10, choices=WorkState, default=WorkState.IN)
    reason = CharField(max_length=200, blank=True)
    once = CharField(max_length=40, blank=True)
    created = DateTimeField(default=now)

    class Meta:
        ordering = ["number"]
        constraints = [
            UniqueConstraint(fields=["call", "number"], name="activity_work_number_once"),
            UniqueConstraint(fields=["author", "once"], condition=~Q(once=""), name="activity_work_once"),
        ]
        indexes = [Index(fields=["call", "age_class", "state"], name="activity_works_of_class")]

    def __str__(self) -> str:
        return f"No. {self.number}"

    @property
    def area_code(self) -> str:
        return self.call.area_code

    @property
    def data_subject_id(self) -> int | None:
        return self.author_id

    def relations_to(self, person: Person) -> frozenset[str]:
        return frozenset({"@author"} if self.author_id == person.pk else ())

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        """With the name of who made it: the author, and who keeps the call. Others see it through the exhibition."""
        return Q(author=person) | kept("call__", person)


class ComplaintKind(TextChoices):
    ORIGINAL = "original", _("不是本人原创")
    RESULT = "result", _("对结果有异议")


class ComplaintState(TextChoices):
    OPEN = "open", _("等核实")
    UPHELD = "upheld", _("成立")
    DISMISSED = "dismissed", _("不成立")


class Complaint(VisibleModel):
    """Somebody doubts that a work is the author's own, or objects to the result. Decided by a person, with words."""

    work = ForeignKey(Work, CASCADE, related_name="complaints")
    kind = CharField(max_length=10, choices=ComplaintKind)
    by = ForeignKey(Person, CASCADE, related_name="+")
    text = EncryptedTextField(_("为什么"), purpose="activities.work")
    state = CharField(max_length=10, choices=ComplaintState, default=ComplaintState.OPEN)
    answer = CharField(max_length=300, blank=True)
    decided_by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    decided_at = DateTimeField(null=True, blank=True)
    at = DateTimeField(default=now)

    class Meta:
        ordering = ["-id"]
        constraints = [UniqueConstraint(
            fields=["work", "by", "kind"], condition=Q(state="open"), name="activity_complaint_once")]

    @property
    def area_code(self) -> str:
        return self.work.call.area_code

    @property
    def data_subject_id(self) -> int | None:
        return self.by_id

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(by=person) | kept("work__call__", person)
