"""手语翻译: who interprets, and the sessions they are booked for. Their time itself is a resource of `bookings`."""

from __future__ import annotations

from django.db.models import (
    PROTECT,
    BooleanField,
    CharField,
    CheckConstraint,
    DateTimeField,
    F,
    ForeignKey,
    Index,
    ManyToManyField,
    OneToOneField,
    PositiveSmallIntegerField,
    Q,
    TextChoices,
    UniqueConstraint,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import AreaModel
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.foundation.privacy.fields import EncryptedTextField
from linli.mechanisms.bookings.models import Resource
from linli.services.access.models.guiding import STAFF


class SignLevel(TextChoices):
    """Own plain levels; the certificate itself is written beside it."""

    BASIC = "basic", _("日常会话")
    SKILLED = "skilled", _("会议、办事")
    EXPERT = "expert", _("医疗、法律")


LEVELS = list(SignLevel.values)


class Interpreter(AreaModel):
    """Somebody who interprets. A deaf interpreter works as a pair with a hearing one."""

    person = ForeignKey(Person, PROTECT, related_name="+", verbose_name=_("谁"))
    resource = OneToOneField(Resource, PROTECT, related_name="+")
    level = CharField(_("水平"), max_length=8, choices=SignLevel)
    certificate = CharField(_("证书"), max_length=100, blank=True)
    is_deaf = BooleanField(_("聋人翻译（和听人翻译搭档）"), default=False)
    on_site = BooleanField(_("能到现场"), default=True)
    remote = BooleanField(_("能视频"), default=True)
    added_at = DateTimeField(default=now)
    is_active = BooleanField(default=True)

    class Meta:
        constraints = [
            UniqueConstraint(fields=["person", "area"], name="access_interpreter_once"),
            CheckConstraint(name="access_interpreter_reachable", condition=Q(on_site=True) | Q(remote=True)),
        ]

    def __str__(self) -> str:
        return self.person.shown_name

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        return Q(person=person) | person.scope_q("area__code", roles=STAFF)


class SigningState(TextChoices):
    BOOKED = "booked", _("约好了")
    DONE = "done", _("翻译过了")
    CANCELLED = "cancelled", _("取消了")


class Signing(AreaModel):
    """One booked session. `about` is sealed; of a confidential one the interpreter reads time and place only."""

    person = ForeignKey(Person, PROTECT, related_name="+")
    booked_by = ForeignKey(Person, PROTECT, related_name="+")
    starts = DateTimeField(_("从"))
    ends = DateTimeField(_("到"))
    place = EncryptedTextField(_("在哪里"), purpose="access.signing")
    about = EncryptedTextField(_("什么事"), purpose="access.signing", blank=True)
    confidential = BooleanField(_("保密"), default=False)
    remote = BooleanField(_("视频翻译"), default=False)
    level = CharField(_("要什么水平"), max_length=8, choices=SignLevel, default=SignLevel.SKILLED)
    count = PositiveSmallIntegerField(_("几位"), default=1)
    interpreters = ManyToManyField(Interpreter, related_name="signings")
    state = CharField(max_length=10, choices=SigningState, default=SigningState.BOOKED)
    booked_at = DateTimeField(default=now)
    once = CharField(max_length=80, blank=True)

    class Meta:
        indexes = [Index(fields=["area", "starts"], name="access_signing_calendar")]
        constraints = [
            CheckConstraint(name="access_signing_forward", condition=Q(ends__gt=F("starts"))),
            UniqueConstraint(fields=["person", "once"], condition=~Q(once=""), name="access_signing_once"),
        ]

    @classmethod
    def seen_by(cls, person: Person) -> Q:
        """Who it is for, who booked it, who interprets, and those who keep the calendar."""
        mine = Q(person=person) | Q(booked_by=person)
        theirs = Q(pk__in=cls.interpreters.through.objects.filter(interpreter__person=person).values("signing_id"))
        return mine | theirs | person.scope_q("area__code", roles=STAFF)

    def relations_to(self, person: Person) -> frozenset[str]:
        found = set()
        if self.person_id == person.pk:
            found.add("@deaf_person")
        if self.booked_by_id == person.pk:
            found.add("@booker")
        return frozenset(found)

    def about_for(self, person: Person) -> str:
        """The subject, for whom it is theirs to know: of a confidential one only the person and who booked it."""
        if self.confidential and person.pk not in (self.person_id, self.booked_by_id):
            return str(_("已预约（保密）"))
        return self.about or str(_("没有写"))
