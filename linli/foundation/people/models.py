"""People, what they live in, what they work for, and who may act for whom."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db.models import (
    CASCADE,
    PROTECT,
    BooleanField,
    CharField,
    CheckConstraint,
    DateTimeField,
    F,
    ForeignKey,
    Index,
    JSONField,
    Q,
    QuerySet,
    SmallIntegerField,
    TextChoices,
    TextField,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import Area, AreaModel, Home, VisibleModel, VisibleQuerySet
from linli.foundation.calendar.clock import now
from linli.foundation.prepared import Prepared
from linli.foundation.privacy.fields import BlindIndexField, EncryptedTextField
from linli.foundation.privacy.masks import mask_name, mask_phone
from linli.foundation.records import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from linli.foundation.people.acting import Acting


class OrganisationKind(TextChoices):
    PROPERTY_COMPANY = "property_company", _("物业公司")
    COMMITTEE = "residents_committee", _("居委会")
    STREET_OFFICE = "street_office", _("街道办")
    DEPARTMENT = "department", _("部门")
    UTILITY = "utility", _("水电气热单位")
    CONTRACTOR = "contractor", _("维保单位")
    GROUP = "group", _("社会组织")
    ENTERPRISE = "enterprise", _("企业")
    CLINIC = "clinic", _("医疗机构")
    SCHOOL = "school", _("学校")


class Organisation(VisibleModel):
    """A body that answers for things: property company, committee, street office, department …"""

    name = CharField(_("名称"), max_length=80)
    kind = CharField(_("类型"), max_length=24, choices=OrganisationKind)
    area = ForeignKey(Area, PROTECT, related_name="organisations", verbose_name=_("所属"))
    phone = CharField(_("电话"), max_length=20, blank=True)
    is_active = BooleanField(default=True)

    class Meta:
        ordering = ["name"]
        constraints = [UniqueConstraint(fields=["area", "name"], name="organisation_name_once")]

    def __str__(self) -> str:
        return self.name

    @property
    def area_code(self) -> str:
        return self.area.code

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        """Bodies and their public telephone are public."""
        return Q()


@dataclass(frozen=True)
class Standing:
    """One role a person holds now, with its scope: an area prefix, an organisation, or both."""

    role: str
    area_code: str
    organisation_id: int | None = None

    def covers(self, area_code: str, organisations: Sequence[int]) -> bool:
        """Does this role reach an object of that place, answered for by those organisations?"""
        if self.organisation_id is not None and self.role in ORGANISATION_ROLES:
            return self.organisation_id in organisations and area_code.startswith(self.area_code)
        return bool(self.area_code) and area_code.startswith(self.area_code)


class RoleName(TextChoices):
    """The roles of the house. `resident` is implied by living somewhere; the others are given from–until."""

    RESIDENT = "resident", _("居民")
    GRID_WORKER = "grid_worker", _("网格员")
    WORKER = "worker", _("社区工作者")
    COMMUNITY_HEAD = "community_head", _("社区书记")
    PROPERTY_DESK = "property_desk", _("物业前台")
    PROPERTY_WORKER = "property_worker", _("物业维修工")
    DEPARTMENT_DESK = "department_desk", _("部门经办")
    STREET_LEADER = "street_leader", _("街道负责人")
    DISTRICT_LEADER = "district_leader", _("区负责人")
    SYSTEM_ADMIN = "system_admin", _("系统管理员")
    SECURITY_ADMIN = "security_admin", _("安全管理员")
    AUDIT_ADMIN = "audit_admin", _("审计管理员")
    AUDITOR = "auditor", _("第三方审计员")


# Scope by organisation: such a role reaches only what its organisation answers for.
ORGANISATION_ROLES = frozenset({RoleName.PROPERTY_DESK, RoleName.PROPERTY_WORKER, RoleName.DEPARTMENT_DESK})
STAFF_ROLES = frozenset(RoleName.values) - {RoleName.RESIDENT}


class PersonManager(BaseUserManager["Person"]):
    def get_by_natural_key(self, phone: str | None) -> Person:
        found: Person = self.by_phone(phone or "").get()
        return found

    def by_phone(self, phone: str) -> QuerySet[Person]:
        """Those (none or one) whose phone number, in E.164, is `phone`."""
        from linli.foundation.privacy.crypto import blind

        return self.get_queryset().filter(phone_index=blind(phone, "people.person|phone"))


class Person(Record, AbstractBaseUser):
    """An account. The phone number is the name one signs in with; it is encrypted and found by its blind index."""

    phone = EncryptedTextField(_("手机号"), purpose="people.account", null=True, help_text="E.164")
    phone_index = BlindIndexField(of="phone", unique=True, null=True)
    name = EncryptedTextField(_("姓名"), purpose="people.account", blank=True)
    title = CharField(_("称呼"), max_length=20, blank=True, help_text=_("别人看得到的称呼，例如 林女士"))
    community = ForeignKey(Area, PROTECT, null=True, blank=True, related_name="+", verbose_name=_("社区"))
    birth_year = SmallIntegerField(_("出生年份"), null=True, blank=True)
    is_active = BooleanField(default=True)
    is_demo = BooleanField(default=False, help_text=_("演示账号，只在演示模式里能一键登录"))
    created = DateTimeField(default=now)
    language = CharField(max_length=10, default="zh-hans")
    look = JSONField(default=dict, blank=True, help_text="mode, size, theme, contrast")
    channels = JSONField(default=dict, blank=True, help_text="notices: the person's own choice of channels")

    acting: Acting | None = None  # 亲情代办: for whom the present request acts (web.middleware); no column

    USERNAME_FIELD = "phone_index"
    objects = PersonManager.from_queryset(VisibleQuerySet)()

    class Meta:
        indexes = [Index(fields=["community", "birth_year"], name="person_by_age")]

    def __str__(self) -> str:
        return self.shown_name

    @property
    def area_code(self) -> str:
        return self.community.code if self.community else ""

    @property
    def shown_name(self) -> str:
        """What others read: the chosen title, else the masked name."""
        return self.title or mask_name(self.name)

    @property
    def masked_phone(self) -> str:
        return mask_phone(self.phone or "")

    @cached_property
    def standings(self) -> tuple[Standing, ...]:
        """The roles held at this moment, read once for a request. One query."""
        held = [Standing(RoleName.RESIDENT, self.community.code)] if self.community_id and self.community else []
        moment = now()
        rows = _held.all(self.pk, moment)
        held += [Standing(role, code or "", organisation) for role, code, organisation in rows]
        return tuple(held)

    def has_usable_password(self) -> bool:
        """Was a password ever set? An empty column, as an import may leave it, is none."""
        return bool(self.password) and super().has_usable_password()

    @property
    def is_staff(self) -> bool:
        return any(standing.role in STAFF_ROLES for standing in self.standings)

    def holds(self, *roles: str) -> bool:
        """Does the person hold one of `roles` anywhere, now?"""
        return any(standing.role in roles for standing in self.standings)

    def scope_q(self, path: str, *, roles: frozenset[str] | None = None) -> Q:
        """The rows whose area code at `path` lies in one of the person's places (of `roles`, if given)."""
        found = Q(pk__in=[])
        for code in {s.area_code for s in self.standings if s.area_code and (roles is None or s.role in roles)}:
            found |= Q(**{path: code}) if len(code) >= 12 else prefix_q(path, code)
            if len(code) == 12:
                found |= prefix_q(path, code)
        return found

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        """Oneself; and for staff of a place, those who live there."""
        return Q(pk=person.pk) | person.scope_q("community__code", roles=STAFF_ROLES - ORGANISATION_ROLES)

    def relations_to(self, person: Person) -> frozenset[str]:
        return frozenset({"@self"}) if self.pk == person.pk else frozenset()


def prefix_q(path: str, code: str) -> Q:
    """`code` and everything under it, as a range that both databases answer from an index."""
    return Q(**{f"{path}__gte": code, f"{path}__lt": code + ":"})  # ":" is the sign after "9"


class RoleAssignment(VisibleModel):
    """A role with its scope and term. A role ends by its `until` or by withdrawal; rows are never deleted."""

    person = ForeignKey(Person, CASCADE, related_name="roles")
    role = CharField(_("角色"), max_length=20, choices=RoleName)
    area = ForeignKey(Area, PROTECT, related_name="+", null=True, blank=True)
    organisation = ForeignKey(Organisation, PROTECT, related_name="members", null=True, blank=True)
    since = DateTimeField(_("从"), default=now)
    until = DateTimeField(_("到"), null=True, blank=True)
    given_by = ForeignKey(Person, PROTECT, related_name="+", null=True)
    withdrawn = DateTimeField(null=True, blank=True)
    skills = JSONField(_("资质"), default=list, blank=True, help_text=_("例如 电工证"))
    on_shift = BooleanField(_("在班"), default=True)

    class Meta:
        indexes = [Index(fields=["person", "withdrawn"], name="role_of_person")]
        constraints = [
            CheckConstraint(name="role_has_scope", condition=Q(area__isnull=False) | Q(organisation__isnull=False)),
            CheckConstraint(name="role_term_forward", condition=Q(until=None) | Q(until__gt=F("since"))),
        ]

    @property
    def area_code(self) -> str:
        return self.area.code if self.area else (self.organisation.area.code if self.organisation else "")

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(person=person) | person.scope_q("area__code", roles=STAFF_ROLES - ORGANISATION_ROLES)


_held = Prepared(lambda person, moment: RoleAssignment.objects.filter(
    Q(until=None) | Q(until__gt=moment), person=person, since__lte=moment, withdrawn=None,
).values_list("role", "area__code", "organisation_id"))


class Residency(AreaModel):
    """住在哪: a person's bond to a home, claimed by the resident and confirmed by staff."""

    class Bond(TextChoices):
        OWNER = "owner", _("业主")
        TENANT = "tenant", _("租户")
        FAMILY = "family", _("家人")

    class State(TextChoices):
        CLAIMED = "claimed", _("待核实")
        CONFIRMED = "confirmed", _("已核实")
        REJECTED = "rejected", _("没核实上")
        ENDED = "ended", _("已搬走")

    person = ForeignKey(Person, CASCADE, related_name="residencies")
    home = ForeignKey(Home, PROTECT, related_name="residencies", verbose_name=_("住址"))
    bond = CharField(_("身份"), max_length=8, choices=Bond)
    state = CharField(max_length=10, choices=State, default=State.CLAIMED)
    claimed_at = DateTimeField(default=now)
    decided_at = DateTimeField(null=True, blank=True)
    decided_by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")
    note = CharField(_("说明"), max_length=200, blank=True)

    class Meta:
        constraints = [UniqueConstraint(
            fields=["person", "home"], condition=Q(state__in=["claimed", "confirmed"]), name="residency_once")]
        indexes = [Index(fields=["area", "state"], name="residency_queue")]

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(person=person) | person.scope_q("area__code", roles=STAFF_ROLES - ORGANISATION_ROLES)

    def relations_to(self, person: Person) -> frozenset[str]:
        return frozenset({"@self"}) if self.person_id == person.pk else frozenset()


class Mandate(VisibleModel):
    """亲情代办: `agent` may act for `subject` within `scope` until a date; withdrawn any time."""

    class Evidence(TextChoices):
        APP = "app", _("本人在手机上同意")
        PAPER = "paper", _("书面委托书")
        WITNESSED = "witnessed", _("社区工作者当面见证")

    subject = ForeignKey(Person, CASCADE, related_name="mandates_given", verbose_name=_("被代办人"))
    agent = ForeignKey(Person, CASCADE, related_name="mandates_held", verbose_name=_("代办人"))
    scope = JSONField(_("可以代办"), default=list, help_text=_("服务名的列表，例如 repairs、requests"))
    evidence = CharField(_("凭据"), max_length=10, choices=Evidence, default=Evidence.APP)
    evidence_note = TextField(blank=True)
    since = DateTimeField(default=now)
    until = DateTimeField(_("到"), null=True, blank=True)
    agreed_at = DateTimeField(null=True, blank=True)
    withdrawn = DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [CheckConstraint(name="mandate_not_self", condition=~Q(subject=F("agent")))]
        indexes = [Index(fields=["agent", "withdrawn"], name="mandate_of_agent")]

    @property
    def area_code(self) -> str:
        return self.subject.area_code

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(subject=person) | Q(agent=person)

    def relations_to(self, person: Person) -> frozenset[str]:
        found = {"@subject"} if self.subject_id == person.pk else set()
        return frozenset(found | ({"@agent"} if self.agent_id == person.pk else set()))


# The tables of sign-in lie in a file of their own; Django looks for them here.
from linli.foundation.people.credentials import (  # noqa: E402
    CodePurpose,
    Meter,
    Passkey,
    RecoveryCode,
    SecondFactor,
    SignInCode,
    SignInSession,
)

__all__ = [
    "CodePurpose",
    "Mandate",
    "Meter",
    "Organisation",
    "OrganisationKind",
    "Passkey",
    "Person",
    "RecoveryCode",
    "Residency",
    "RoleAssignment",
    "RoleName",
    "SecondFactor",
    "SignInCode",
    "SignInSession",
    "Standing",
]
