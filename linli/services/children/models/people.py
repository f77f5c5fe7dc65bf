"""Children and who answers for them. A child has no account; a verified guardian acts."""

from __future__ import annotations

from django.db.models import (
    CASCADE,
    PROTECT,
    BooleanField,
    CharField,
    DateField,
    DateTimeField,
    ForeignKey,
    Index,
    Q,
    QuerySet,
    TextChoices,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import AreaModel, VisibleModel
from linli.foundation.calendar import clock
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Organisation, Person
from linli.foundation.privacy.fields import EncryptedTextField
from linli.foundation.privacy.masks import mask_name

CARERS = frozenset({"worker", "community_head"})


class Child(AreaModel):
    """A child in the words of its guardian. Name, birthday and health are sealed; lists show the masked name."""

    name = EncryptedTextField(_("姓名"), purpose="children.care")
    born_on = EncryptedTextField(_("出生日期"), purpose="children.care", blank=True, help_text="ISO date")
    school = ForeignKey(Organisation, PROTECT, null=True, blank=True, related_name="+", verbose_name=_("学校"))
    school_class = CharField(_("班级"), max_length=20, blank=True)
    health = EncryptedTextField(_("过敏和要当心的"), purpose="children.health", blank=True)
    second_name = EncryptedTextField(_("另一位联系人"), purpose="children.care", blank=True)
    second_phone = EncryptedTextField(_("另一位联系人的电话"), purpose="children.care", blank=True)
    created = DateTimeField(default=now)
    is_active = BooleanField(default=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return self.shown_name

    @property
    def shown_name(self) -> str:
        return mask_name(self.name)

    @property
    def organisation_ids(self) -> tuple[int, ...]:
        return (self.school_id,) if self.school_id else ()

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        """The verified guardians who are not kept away by a court, the carers of its groups, the place's staff."""
        from linli.services.children.models.care import CareStaff, Enrolment, EnrolmentState

        mine = Guardianship.objects.filter(person=person, state=GuardState.VERIFIED).values("child")
        blocked = CustodyBlock.current().filter(person=person).values("child")
        groups = CareStaff.current().filter(person=person).values("group")
        cared = Enrolment.objects.filter(group__in=groups, state=EnrolmentState.ACTIVE).values("child")
        return (Q(pk__in=mine) & ~Q(pk__in=blocked)) | Q(pk__in=cared) | person.scope_q("area__code", roles=CARERS)

    def relations_to(self, person: Person) -> frozenset[str]:
        from linli.services.children.models.care import CareStaff, Enrolment, EnrolmentState

        found = set()
        if is_guardian(self, person):
            found.add("@guardian")
        groups = Enrolment.objects.filter(child=self, state=EnrolmentState.ACTIVE).values("group")
        if CareStaff.current().filter(person=person, group__in=groups).exists():
            found.add("@care_staff")
        return frozenset(found)


class GuardState(TextChoices):
    CLAIMED = "claimed", _("等核实")
    VERIFIED = "verified", _("已核实")
    REJECTED = "rejected", _("没核实上")
    ENDED = "ended", _("已结束")


class Bond(TextChoices):
    MOTHER = "mother", _("母亲")
    FATHER = "father", _("父亲")
    GRANDPARENT = "grandparent", _("祖辈监护人")
    OTHER = "other", _("其他监护人")


class Guardianship(VisibleModel):
    """Claimed by the person, verified by staff who saw a paper; never by the person alone."""

    child = ForeignKey(Child, CASCADE, related_name="guardianships")
    person = ForeignKey(Person, CASCADE, related_name="+")
    bond = CharField(_("和孩子的关系"), max_length=12, choices=Bond)
    state = CharField(max_length=10, choices=GuardState, default=GuardState.CLAIMED)
    evidence = CharField(_("看过的证件"), max_length=60, blank=True, help_text=_("例如 户口本、出生证明"))
    claimed_at = DateTimeField(default=now)
    decided_at = DateTimeField(null=True, blank=True)
    decided_by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [UniqueConstraint(fields=["child", "person"], name="child_guardian_once")]
        indexes = [Index(fields=["person", "state"], name="child_guardian_of")]

    @property
    def area_code(self) -> str:
        return self.child.area_code

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(person=person) | person.scope_q("child__area__code", roles=CARERS)


class CollectorState(TextChoices):
    PROPOSED = "proposed", _("等监护人确认")
    ACTIVE = "active", _("可以接")
    ENDED = "ended", _("不能再接")


class Collector(VisibleModel):
    """接送人: named by a guardian, with a photograph; without one nobody is given a child."""

    child = ForeignKey(Child, CASCADE, related_name="collectors")
    person = ForeignKey(Person, CASCADE, null=True, blank=True, related_name="+")
    name = EncryptedTextField(_("姓名"), purpose="children.collector")
    phone = EncryptedTextField(_("手机号"), purpose="children.collector", blank=True)
    relation = CharField(_("和孩子的关系"), max_length=20)
    state = CharField(max_length=10, choices=CollectorState, default=CollectorState.PROPOSED)
    added_by = ForeignKey(Person, PROTECT, related_name="+")
    confirmed_by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    added_at = DateTimeField(default=now)
    ended_at = DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["added_at", "id"]

    @property
    def shown_name(self) -> str:
        return mask_name(self.name)

    @property
    def area_code(self) -> str:
        return self.child.area_code

    @property
    def data_subject_id(self) -> int | None:
        return self.person_id

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(child__in=Child.objects.visible_to(person).values("pk"))

    def relations_to(self, person: Person) -> frozenset[str]:
        return self.child.relations_to(person)


class CustodyBlock(VisibleModel):
    """Somebody the child must not be given to, by a court's paper that staff have seen."""

    child = ForeignKey(Child, CASCADE, related_name="blocks")
    person = ForeignKey(Person, CASCADE, null=True, blank=True, related_name="+")
    name = EncryptedTextField(_("姓名"), purpose="children.custody")
    source = EncryptedTextField(_("依据"), purpose="children.custody", help_text=_("裁判文书或人身安全保护令的文号"))
    since = DateField(default=clock.today)
    until = DateField(null=True, blank=True)
    by = ForeignKey(Person, PROTECT, related_name="+")

    class Meta:
        ordering = ["-since", "id"]

    @property
    def area_code(self) -> str:
        return self.child.area_code

    @classmethod
    def current(cls) -> QuerySet[CustodyBlock]:
        """Those in force today."""
        day = clock.today()
        found: QuerySet[CustodyBlock] = cls.objects.filter(Q(until=None) | Q(until__gte=day), since__lte=day)
        return found

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        """The staff of the place, unless it is about themselves. The carers read it on the page of a hand-over."""
        return ~Q(person=person) & person.scope_q("child__area__code", roles=CARERS)


class Vetting(AreaModel):
    """犯罪记录查询: that somebody who is with children was looked up, and when (未成年人保护法 第62条: each year)."""

    person = ForeignKey(Person, CASCADE, related_name="+")
    checked_on = DateField(_("查询日期"))
    receipt = CharField(_("查询回执号"), max_length=40)
    by = ForeignKey(Person, PROTECT, related_name="+")

    class Meta:
        ordering = ["-checked_on", "-id"]
        indexes = [Index(fields=["person", "checked_on"], name="child_vetting_of")]

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(person=person) | person.scope_q("area__code", roles=CARERS)


def is_guardian(child: Child, person: Person) -> bool:
    """A verified guardian whom no court keeps away."""
    return (
        Guardianship.objects.filter(child=child, person=person, state=GuardState.VERIFIED).exists()
        and not CustodyBlock.current().filter(child=child, person=person).exists())

