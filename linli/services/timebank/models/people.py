"""Volunteers, their teams, their family, and who is entitled to issued time."""

from __future__ import annotations

from datetime import date

from django.db.models import (
    CASCADE,
    PROTECT,
    BooleanField,
    CharField,
    CheckConstraint,
    DateField,
    DateTimeField,
    F,
    FloatField,
    ForeignKey,
    JSONField,
    Q,
    TextChoices,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import AreaModel, VisibleModel
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Organisation, Person
from linli.foundation.privacy.fields import EncryptedTextField

KEEPERS = frozenset({"worker", "community_head", "street_leader"})


class Gender(TextChoices):
    FEMALE = "f", _("女")
    MALE = "m", _("男")


class Volunteer(AreaModel):
    """志愿者: registered to earn (R4), with what is needed to be sent nowhere unfit (R21). One for each person.

    What is not needed for matching is encrypted: the day of birth, the document's number, the note on health.
    """

    person = ForeignKey(Person, CASCADE, related_name="+")
    organisation = ForeignKey(Organisation, PROTECT, null=True, related_name="+", verbose_name=_("记录单位"))
    number = CharField(_("志愿者编号"), max_length=24, unique=True)
    registered_on = DateField(_("登记日期"))
    birth_date = EncryptedTextField(_("出生日期"), purpose="timebank.volunteer", blank=True)
    document = EncryptedTextField(_("证件号码"), purpose="timebank.volunteer", blank=True)
    gender = CharField(_("性别"), max_length=1, choices=Gender, blank=True)
    skills = JSONField(_("技能"), default=list, blank=True)
    proven_skills = JSONField(_("看过证书的技能"), default=list, blank=True)
    languages = JSONField(_("会说的话"), default=list, blank=True)
    slots = JSONField(_("哪些时段有空"), default=list, blank=True)
    items = JSONField(_("愿意做什么"), default=list, blank=True)
    unfit_for = JSONField(_("不方便做什么"), default=list, blank=True)
    health = EncryptedTextField(_("身体情况"), purpose="timebank.health", blank=True)
    lon = FloatField(null=True, blank=True, help_text="of the building one lives in, not of the person")
    lat = FloatField(null=True, blank=True)
    trained_on = DateField(_("培训日期"), null=True, blank=True)
    insured_until = DateField(_("保险到"), null=True, blank=True)
    insurance = CharField(_("保险单号"), max_length=60, blank=True)
    guardian = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+", verbose_name=_("监护人"))
    guardian_agreed_at = DateTimeField(null=True, blank=True)
    left_on = DateField(null=True, blank=True)

    class Meta:
        constraints = [UniqueConstraint(fields=["person"], name="timebank_volunteer_once")]

    def __str__(self) -> str:
        return self.person.shown_name

    @property
    def place(self) -> tuple[float, float] | None:
        return (self.lon, self.lat) if self.lon is not None and self.lat is not None else None

    @property
    def born(self) -> date | None:
        return date.fromisoformat(self.birth_date) if self.birth_date else None

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        """Oneself, one's guardian, and those who keep the bank there."""
        return Q(person=person) | Q(guardian=person) | person.scope_q("area__code", roles=KEEPERS)

    def relations_to(self, person: Person) -> frozenset[str]:
        found = {"@self"} if self.person_id == person.pk else set()
        return frozenset(found | ({"@guardian"} if self.guardian_id == person.pk else set()))


class Relation(TextChoices):
    """What the other person is to the first: `parent` = my parent."""

    SPOUSE = "spouse", _("配偶")
    PARENT = "parent", _("父母")
    CHILD = "child", _("子女")
    GRANDPARENT = "grandparent", _("祖父母、外祖父母")
    GRANDCHILD = "grandchild", _("孙子女、外孙子女")
    SIBLING = "sibling", _("兄弟姐妹")
    RELATIVE = "relative", _("其他亲属")
    FRIEND = "friend", _("朋友")


MIRRORED = {"parent": "child", "child": "parent", "grandparent": "grandchild", "grandchild": "grandparent"}


class Kinship(VisibleModel):
    """A bond that gifts (R8), spending (R5) and leaving (R19) ask for: claimed by one, confirmed by staff."""

    person = ForeignKey(Person, CASCADE, related_name="+")
    other = ForeignKey(Person, CASCADE, related_name="+")
    relation = CharField(_("关系"), max_length=12, choices=Relation)
    claimed_at = DateTimeField(default=now)
    confirmed_at = DateTimeField(null=True, blank=True)
    confirmed_by = ForeignKey(Person, PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            UniqueConstraint(fields=["person", "other"], name="timebank_kin_once"),
            CheckConstraint(name="timebank_kin_not_self", condition=~Q(person=F("other"))),
        ]

    @property
    def area_code(self) -> str:
        return self.person.area_code

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(person=person) | Q(other=person) | person.scope_q("person__community__code", roles=KEEPERS)

    def relations_to(self, person: Person) -> frozenset[str]:
        return frozenset({"@self"}) if self.person_id == person.pk else frozenset()


class Entitlement(AreaModel):
    """An elder to whom time may be issued (R9), or who redeems earlier (R5): put down by staff with its paper."""

    class Kind(TextChoices):
        KEY_EMPTY_NEST = "key_empty_nest", _("重点空巢独居老人")
        HARDSHIP = "hardship", _("困难老人")

    person = ForeignKey(Person, CASCADE, related_name="+")
    kind = CharField(_("类别"), max_length=16, choices=Kind)
    source = CharField(_("依据"), max_length=120)
    since = DateField()
    until = DateField(null=True, blank=True)
    by = ForeignKey(Person, PROTECT, related_name="+")

    class Meta:
        constraints = [UniqueConstraint(fields=["person", "kind"], name="timebank_entitled_once")]

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(person=person) | person.scope_q("area__code", roles=KEEPERS)


class Team(AreaModel):
    """志愿服务队: what it earns together may only be donated (R7)."""

    name = CharField(_("队名"), max_length=40)
    about = CharField(_("做什么"), max_length=200, blank=True)
    leader = ForeignKey(Person, PROTECT, related_name="+", verbose_name=_("队长"))
    created = DateTimeField(default=now)
    is_active = BooleanField(default=True)

    class Meta:
        ordering = ["name"]
        constraints = [UniqueConstraint(fields=["area", "name"], name="timebank_team_name_once")]

    def __str__(self) -> str:
        return self.name

    def relations_to(self, person: Person) -> frozenset[str]:
        return frozenset({"@leader"}) if self.leader_id == person.pk else frozenset()


class TeamMember(VisibleModel):
    """Who is in a team, from when to when."""

    team = ForeignKey(Team, CASCADE, related_name="members")
    person = ForeignKey(Person, CASCADE, related_name="+")
    since = DateTimeField(default=now)
    until = DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [UniqueConstraint(
            fields=["team", "person"], condition=Q(until=None), name="timebank_member_once")]

    @property
    def area_code(self) -> str:
        return self.team.area_code

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(person=person) | Q(team__leader=person) | person.scope_q("team__area__code", roles=KEEPERS)


class Move(AreaModel):
    """R16: a volunteer's record goes to another organisation; anybody asks, only the volunteer agrees."""

    volunteer = ForeignKey(Volunteer, CASCADE, related_name="moves")
    to = ForeignKey(Organisation, PROTECT, related_name="+", verbose_name=_("转到"))
    was = ForeignKey(Organisation, PROTECT, null=True, related_name="+")
    asked_by = ForeignKey(Person, PROTECT, related_name="+")
    asked_at = DateTimeField(default=now)
    consented_at = DateTimeField(null=True, blank=True)
    refused_at = DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [UniqueConstraint(
            fields=["volunteer"], condition=Q(consented_at=None, refused_at=None), name="timebank_move_once")]

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(volunteer__person=person) | person.scope_q("area__code", roles=KEEPERS)

    def relations_to(self, person: Person) -> frozenset[str]:
        return frozenset({"@self"}) if self.volunteer.person_id == person.pk else frozenset()
