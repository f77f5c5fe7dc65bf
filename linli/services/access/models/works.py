"""无障碍改造: what was seen, planned, agreed and measured in a case of kind `barrier_work`."""

from __future__ import annotations

from django.db.models import (
    CASCADE,
    PROTECT,
    BooleanField,
    CharField,
    CheckConstraint,
    DateField,
    DateTimeField,
    DecimalField,
    F,
    ForeignKey,
    Index,
    PositiveIntegerField,
    Q,
    TextField,
)
from django.utils.translation import gettext_lazy as _

from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.foundation.records import Record
from linli.mechanisms.cases.models import Case


class Survey(Record):
    """What somebody saw on the spot. A later one replaces it; none is changed."""

    case = ForeignKey(Case, CASCADE, related_name="+")
    found = TextField(_("现场看到什么"), max_length=2000)
    users = CharField(_("给谁用"), max_length=200, blank=True)
    can_be_done = BooleanField(_("具备改造条件"), default=True)
    surveyed_on = DateField(_("勘查日期"))
    by = ForeignKey(Person, PROTECT, related_name="+")
    at = DateTimeField(default=now)

    class Meta:
        indexes = [Index(fields=["case", "at"], name="access_survey_of_case")]


class Plan(Record):
    """What shall be built, by whom, for how much, and whose consent it needs."""

    case = ForeignKey(Case, CASCADE, related_name="+")
    text = TextField(_("怎么改"), max_length=2000)
    consent_rule = CharField(_("要谁同意"), max_length=12)
    responsible = CharField(_("谁负责"), max_length=80)
    builder = CharField(_("谁施工"), max_length=80, blank=True)
    cost = DecimalField(_("预算（元）"), max_digits=12, decimal_places=2, null=True, blank=True)
    paid_from = CharField(_("钱从哪里来"), max_length=80, blank=True)
    by = ForeignKey(Person, PROTECT, related_name="+")
    at = DateTimeField(default=now)

    class Meta:
        indexes = [Index(fields=["case", "at"], name="access_plan_of_case")]


class Consent(Record):
    """The outcome of asking the owners, as counts and areas with the paper behind it. No person's answer is kept."""

    case = ForeignKey(Case, CASCADE, related_name="+")
    plan = ForeignKey(Plan, CASCADE, related_name="+")
    owners = PositiveIntegerField(_("业主总人数"))
    owners_took_part = PositiveIntegerField(_("参与表决的人数"))
    owners_agreed = PositiveIntegerField(_("同意的人数"))
    m2 = DecimalField(_("专有面积总和（m²）"), max_digits=12, decimal_places=2)
    m2_took_part = DecimalField(_("参与表决的面积（m²）"), max_digits=12, decimal_places=2)
    m2_agreed = DecimalField(_("同意的面积（m²）"), max_digits=12, decimal_places=2)
    held_on = DateField(_("表决日期"))
    paper = CharField(_("凭据"), max_length=200, help_text=_("例如：2026 年 3 月 2 日书面征求意见表 36 份，存业委会"))
    by = ForeignKey(Person, PROTECT, related_name="+")
    at = DateTimeField(default=now)

    class Meta:
        indexes = [Index(fields=["case", "at"], name="access_consent_of_case")]
        constraints = [
            CheckConstraint(name="access_consent_counts", condition=(
                Q(owners_agreed__lte=F("owners_took_part")) & Q(owners_took_part__lte=F("owners"))
                & Q(m2_agreed__lte=F("m2_took_part")) & Q(m2_took_part__lte=F("m2")))),
        ]


class Measurement(Record):
    """One measured value at acceptance. A later one of the same `item` replaces it in the judgement."""

    case = ForeignKey(Case, CASCADE, related_name="+")
    item = CharField(max_length=24)
    value = DecimalField(_("量到"), max_digits=8, decimal_places=2)
    note = CharField(_("说明"), max_length=200, blank=True)
    with_user = BooleanField(_("请残疾人或老年人一起试过"), default=False)
    by = ForeignKey(Person, PROTECT, related_name="+")
    at = DateTimeField(default=now)

    class Meta:
        indexes = [Index(fields=["case", "item", "at"], name="access_measures_of_case")]
