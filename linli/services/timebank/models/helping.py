"""Help asked for, help given, and what proves it."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

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
    Index,
    JSONField,
    PositiveIntegerField,
    PositiveSmallIntegerField,
    Q,
    TextChoices,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import AreaModel, Building
from linli.foundation.calendar.clock import now, today
from linli.foundation.people.models import Person
from linli.foundation.privacy.fields import EncryptedTextField
from linli.services.timebank.models.people import KEEPERS, Gender, Team


class Channel(TextChoices):
    APP = "app", _("本人在手机上")
    FAMILY = "family", _("家人代办")
    PHONE = "phone", _("电话")
    WINDOW = "window", _("窗口")
    PAPER = "paper", _("纸质单")


class NeedState(TextChoices):
    REQUESTED = "requested", _("等审核")
    PUBLISHED = "published", _("正在找人")
    ACCEPTED = "accepted", _("有人来")
    RUNNING = "running", _("正在服务")
    DONE = "done", _("等确认")
    SETTLED = "settled", _("已记时间")
    REFUSED = "refused", _("没通过")
    WITHDRAWN = "withdrawn", _("已取消")


LOOKS = {
    "requested": ("clock", "info"), "published": ("users", "warn"), "accepted": ("check", "ok"),
    "running": ("clock", "brand"), "done": ("alert", "warn"), "settled": ("check", "ok"), "refused": ("info", ""),
    "withdrawn": ("undo", ""),
}


class Need(AreaModel):
    """求助: an hour of company, a way to the hospital. `person` is helped, `asked_by` asked.

    Neighbours read what, when and roughly where; the door and the words are for who comes and who keeps the bank.
    """

    person = ForeignKey(Person, PROTECT, related_name="+", verbose_name=_("谁需要帮忙"))
    asked_by = ForeignKey(Person, PROTECT, related_name="+")
    channel = CharField(_("怎么提的"), max_length=8, choices=Channel, default=Channel.APP)
    item = CharField(_("帮什么"), max_length=20)
    note = EncryptedTextField(_("要说明的"), purpose="timebank.help", blank=True)
    place = CharField(_("大概在哪里"), max_length=80)
    door = EncryptedTextField(_("门牌"), purpose="timebank.help", blank=True)
    building = ForeignKey(Building, PROTECT, null=True, blank=True, related_name="+")
    lon = FloatField(null=True, blank=True)
    lat = FloatField(null=True, blank=True)
    begins = DateTimeField(_("什么时候"))
    minutes = PositiveSmallIntegerField(_("大约多久（分钟）"))
    gender = CharField(_("希望来的人"), max_length=1, choices=Gender, blank=True)
    language = CharField(_("说什么话"), max_length=12, blank=True)
    risk = CharField(max_length=12, default="low")
    risk_told = CharField(_("可能的风险"), max_length=200, blank=True)
    funding = CharField(_("用谁的时间"), max_length=8, default="own", choices=[
        ("own", _("自己的时间")), ("pool", _("公益池"))])
    state = CharField(max_length=10, choices=NeedState, default=NeedState.REQUESTED)
    once = CharField(max_length=40, blank=True)
    created = DateTimeField(default=now)
    reviewed_by = ForeignKey(Person, PROTECT, null=True, related_name="+")
    reviewed_at = DateTimeField(null=True)
    why = CharField(_("说明"), max_length=200, blank=True)

    class Meta:
        indexes = [Index(fields=["area", "state", "begins"], name="timebank_need_board"),
                   Index(fields=["person", "-begins"], name="timebank_need_of_person")]
        constraints = [
            UniqueConstraint(fields=["asked_by", "once"], condition=~Q(once=""), name="timebank_need_once"),
            CheckConstraint(name="timebank_need_some_time", condition=Q(minutes__gt=0)),
        ]

    @property
    def ends(self) -> datetime:
        return self.begins + timedelta(minutes=self.minutes)

    @property
    def spot(self) -> tuple[float, float] | None:
        return (self.lon, self.lat) if self.lon is not None and self.lat is not None else None

    @property
    def state_word(self) -> str:
        return str(NeedState(self.state).label)

    @property
    def icon(self) -> str:
        return LOOKS[self.state][0]

    @property
    def tone(self) -> str:
        return LOOKS[self.state][1]

    @property
    def data_subject_id(self) -> int:
        return self.person_id

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        """Helped, asker, helper; those who keep the bank; and while it looks for somebody, the community."""
        mine = Q(person=person) | Q(asked_by=person) | Q(
            pk__in=Service.objects.filter(helper=person).exclude(need=None).values("need"))
        return mine | person.scope_q("area__code", roles=KEEPERS) | (
            Q(state=NeedState.PUBLISHED) & person.scope_q("area__code"))

    def relations_to(self, person: Person) -> frozenset[str]:
        from linli.foundation.people.queries import mandate_for

        found = set()
        if self.person_id == person.pk:
            found.add("@helped")
        elif self.asked_by_id == person.pk:
            found.add("@asker")
        if "@helped" not in found and mandate_for(person, self.person, "timebank") is not None:
            found.add("@agent")
        if any(s.area_code == self.area_code for s in person.standings):
            found.add("@neighbour")
        return frozenset(found)


class Invitation(AreaModel):
    """A volunteer was shown a need. Declining is remembered only so that nobody asks again; it costs nothing (R21)."""

    need = ForeignKey(Need, CASCADE, related_name="invitations")
    person = ForeignKey(Person, CASCADE, related_name="+")
    points = PositiveSmallIntegerField(default=0)
    reasons = JSONField(default=list)
    at = DateTimeField(default=now)
    declined_at = DateTimeField(null=True)

    class Meta:
        constraints = [UniqueConstraint(fields=["need", "person"], name="timebank_invited_once")]

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(person=person) | person.scope_q("area__code", roles=KEEPERS)


class ServiceState(TextChoices):
    ACCEPTED = "accepted", _("说好了")
    RUNNING = "running", _("正在服务")
    DONE = "done", _("等确认")
    HELD = "held", _("等人核对")
    SETTLED = "settled", _("已记时间")
    WITHDRAWN = "withdrawn", _("没有去")
    VOID = "void", _("不记时间")


OPEN_STATES = (ServiceState.ACCEPTED, ServiceState.RUNNING, ServiceState.DONE, ServiceState.HELD)
CONFIRM_WAYS = {
    "app": _("本人在手机上确认"), "aloud": _("读给本人听后确认"), "family": _("家人代为确认"), "paper": _("纸上签字"),
    "staff": _("工作人员核实"), "auto": _("凭据充分，到期自动确认"), "outside": _("由别的服务记录"),
}


def _code() -> str:
    return f"{secrets.randbelow(1_000_000):06d}"


class Service(AreaModel):
    """一次服务: one volunteer's coming, from the yes to the minutes. `need` is empty for what other rooms report.

    `rule_day` is the local day on which it began: the rules of that day count, whenever it is settled.
    """

    need = ForeignKey(Need, PROTECT, null=True, related_name="services")
    helper = ForeignKey(Person, PROTECT, related_name="+", verbose_name=_("谁来"))
    helped = ForeignKey(Person, PROTECT, null=True, related_name="+")
    team = ForeignKey(Team, PROTECT, null=True, related_name="+")
    item = CharField(max_length=20)
    source = CharField(max_length=40, default="timebank", help_text="the event of another room, where one reported it")
    about = CharField(max_length=80, blank=True)
    once = CharField(max_length=120, unique=True)
    state = CharField(max_length=10, choices=ServiceState, default=ServiceState.ACCEPTED)
    agreed_minutes = PositiveSmallIntegerField()
    risk_read_at = DateTimeField(null=True)
    accepted_at = DateTimeField(default=now)
    in_at = DateTimeField(null=True)
    out_at = DateTimeField(null=True)
    travel_minutes = PositiveSmallIntegerField(default=0)
    rule_day = DateField(null=True)
    code_in = CharField(max_length=6, default=_code)
    code_out = CharField(max_length=6, default=_code)
    wrong_codes = PositiveSmallIntegerField(default=0)
    held_minutes = PositiveIntegerField(default=0)
    purses = JSONField(default=list, help_text="[[account code, minutes], …] that pay, in the order they pay")
    credit = PositiveIntegerField(default=0, help_text="R2, R1, R3: minutes the helper earned")
    decided_minutes = PositiveIntegerField(null=True, help_text="what a person decided after a claim")
    to_person = PositiveIntegerField(default=0)
    to_pool = PositiveIntegerField(default=0)
    to_honour = PositiveIntegerField(default=0)
    confirmed_at = DateTimeField(null=True)
    confirmed_by = ForeignKey(Person, PROTECT, null=True, related_name="+")
    confirm_way = CharField(max_length=8, blank=True)
    thanks = EncryptedTextField(_("想说的话"), purpose="timebank.help", blank=True)
    settled_at = DateTimeField(null=True)
    chain = CharField(max_length=64, blank=True, help_text="hash of the last piece of evidence")
    helper_device = CharField(max_length=32, blank=True)
    helped_device = CharField(max_length=32, blank=True)
    why = CharField(max_length=200, blank=True)

    class Meta:
        indexes = [
            Index(fields=["helper", "rule_day"], name="timebank_service_of_helper"),
            Index(fields=["area", "state", "out_at"], name="timebank_service_queue"),
            Index(fields=["helped", "out_at"], name="timebank_service_of_helped"),
        ]
        constraints = [
            UniqueConstraint(fields=["need"], condition=Q(
                need__isnull=False, state__in=["accepted", "running", "done", "held", "settled"]),
                name="timebank_one_helper"),
            CheckConstraint(name="timebank_not_oneself", condition=Q(helped=None) | ~Q(helped=F("helper"))),
            CheckConstraint(name="timebank_out_after_in", condition=Q(out_at=None) | Q(out_at__gte=F("in_at"))),
        ]

    @property
    def state_word(self) -> str:
        return str(ServiceState(self.state).label)

    @property
    def tone(self) -> str:
        return {"accepted": "ok", "running": "brand", "done": "warn", "held": "info", "settled": "ok"}.get(
            self.state, "")

    @property
    def hold_key(self) -> str:
        return f"timebank.accept.{self.pk}"

    @property
    def began_on(self) -> object:
        return self.rule_day or (self.in_at.date() if self.in_at else today())

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return (Q(helper=person) | Q(helped=person) | Q(need__asked_by=person) | Q(team__leader=person)
                | person.scope_q("area__code", roles=KEEPERS))

    def relations_to(self, person: Person) -> frozenset[str]:
        found = self.need.relations_to(person) - {"@neighbour"} if self.need_id and self.need else frozenset()
        if self.helper_id == person.pk:
            found |= {"@helper"}
        return frozenset(found)


class Evidence(AreaModel):
    """R12: one piece of proof of a coming or a going. Never a position: in or out, and how exact."""

    service = ForeignKey(Service, CASCADE, related_name="evidence")
    kind = CharField(max_length=16)
    phase = CharField(max_length=3)
    at = DateTimeField(default=now)
    by = ForeignKey(Person, PROTECT, related_name="+")
    facts = JSONField(default=dict)
    hash = CharField(max_length=64)

    class Meta:
        ordering = ["id"]

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(service__in=Service.objects.filter(Service.seen_by(person)).values("pk"))


class Review(AreaModel):
    """R22: signals ask a person to look. The minutes wait; nobody is punished by a program (个人信息保护法 第24条)."""

    service = ForeignKey(Service, CASCADE, related_name="reviews")
    signals = JSONField(default=list)
    at = DateTimeField(default=now)
    decided_at = DateTimeField(null=True)
    decided_by = ForeignKey(Person, PROTECT, null=True, related_name="+")
    is_fine = BooleanField(null=True)
    note = CharField(_("怎么核对的"), max_length=200, blank=True)

    class Meta:
        constraints = [UniqueConstraint(fields=["service"], name="timebank_review_once")]

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return person.scope_q("area__code", roles=KEEPERS) | Q(service__helper=person)


class ClaimState(TextChoices):
    OPEN = "open", _("等答复")
    DECIDED = "decided", _("已答复")
    APPEALED = "appealed", _("等再看")
    CLOSED = "closed", _("已了结")


class Claim(AreaModel):
    """R14: somebody says the minutes are not right. They stay held until a person has decided."""

    service = ForeignKey(Service, CASCADE, related_name="claims")
    by = ForeignKey(Person, PROTECT, related_name="+")
    text = EncryptedTextField(_("哪里不对"), purpose="timebank.help")
    minutes = PositiveIntegerField(_("您觉得是多少分钟"), null=True, blank=True)
    state = CharField(max_length=8, choices=ClaimState, default=ClaimState.OPEN)
    made_at = DateTimeField(default=now)
    answer_by = DateField(null=True)
    decided_at = DateTimeField(null=True)
    decided_by = ForeignKey(Person, PROTECT, null=True, related_name="+")
    answer = EncryptedTextField(_("答复"), purpose="timebank.help", blank=True)
    appeal_until = DateField(null=True)
    appealed_at = DateTimeField(null=True)
    appeal = EncryptedTextField(_("为什么不服"), purpose="timebank.help", blank=True)
    appeal_by = ForeignKey(Person, PROTECT, null=True, related_name="+", help_text="another person than who decided")

    class Meta:
        constraints = [UniqueConstraint(
            fields=["service"], condition=Q(state__in=["open", "decided", "appealed"]), name="timebank_claim_once")]

    @property
    def is_late(self) -> bool:
        return self.state in (ClaimState.OPEN, ClaimState.APPEALED) and (
            self.answer_by is not None and self.answer_by < today())

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(by=person) | Q(service__helper=person) | Q(service__helped=person) | person.scope_q(
            "area__code", roles=KEEPERS)

    def relations_to(self, person: Person) -> frozenset[str]:
        return frozenset({"@claimant"}) if self.by_id == person.pk else frozenset()
