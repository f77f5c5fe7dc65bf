"""Verbs about children and those around them: guardians, collectors, whom a court keeps away, who was looked up."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.db.transaction import atomic
from django.urls import reverse
from django.utils.translation import gettext as _, gettext_lazy

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now, today
from linli.foundation.events import emit
from linli.foundation.files import attach, keep
from linli.foundation.notices import tell
from linli.foundation.people.models import Organisation, Person
from linli.foundation.people.permit import permit
from linli.foundation.policy import policy
from linli.foundation.privacy.actions import give_consent
from linli.foundation.privacy.retention import start_retention
from linli.foundation.web import Denied, Refused
from linli.services.children.models import (
    Child,
    Collector,
    CollectorState,
    CustodyBlock,
    Guardianship,
    GuardState,
    Vetting,
)
from linli.services.children.rules import age_on

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.core.files.base import File
    from django.utils.functional import Promise

    from linli.foundation.files import StoredFile

PHOTO = "children.collector"


@atomic
def add_child(person: Person, area: Area, *, name: str, born_on: date, bond: str, agrees: bool,
              school: Organisation | None = None, school_class: str = "", health: str = "", agrees_health: bool = False,
              second_name: str = "", second_phone: str = "") -> Child:
    """Write a child down. Its data is a sensitive kind: the guardian agrees first (个保法 第31条, 未保法 第72条).

    The person is a guardian only when staff have seen a paper. Raises `Denied`, `Refused`: no_name, bad_age,
    no_consent, no_health_consent.
    """
    permit(person, "children.add_child", area)
    if len(name.strip()) < 2:
        raise Refused("no_name", _("请写孩子的姓名。"), field="name")
    if not 0 <= age_on(born_on, today()) < 18:
        raise Refused("bad_age", _("这里登记 18 岁以下的孩子，请看看出生日期。"), field="born_on")
    if not agrees:
        raise Refused("no_consent", _("要先同意我们为托管和活动使用孩子的信息，才能登记。"), field="agrees")
    if health.strip() and not agrees_health:
        raise Refused("no_health_consent", _("写了过敏等情况，要单独同意；不想写就留空。"), field="agrees_health")
    give_consent(person, "children.care")
    if health.strip():
        give_consent(person, "children.health")
    child = Child(area=area, name=name.strip()[:30], born_on=born_on.isoformat(), school=school,
                  school_class=school_class.strip()[:20], health=health.strip()[:300],
                  second_name=second_name.strip()[:30], second_phone=second_phone.strip()[:20])
    child.save()
    claim = Guardianship.objects.create(child=child, person=person, bond=bond)
    audit.record(person, "children.add_child", child)
    emit("children.guardian_claimed", guardianship=claim.pk)
    return child


@atomic
def change_child(person: Person, child: Child, *, school: Organisation | None, school_class: str, health: str,
                 second_name: str, second_phone: str, agrees_health: bool) -> Child:
    """Correct what is kept. Raises `Denied`, `Refused("no_health_consent")`."""
    permit(person, "children.guard", child)
    if health.strip() and not agrees_health:
        raise Refused("no_health_consent", _("写了过敏等情况，要单独同意；不想写就留空。"), field="agrees_health")
    if health.strip():
        give_consent(person, "children.health")
    row = Child.objects.select_for_update().get(pk=child.pk)
    row.school, row.school_class, row.health = school, school_class.strip()[:20], health.strip()[:300]
    row.second_name, row.second_phone = second_name.strip()[:30], second_phone.strip()[:20]
    row.save()
    audit.record(person, "children.change_child", row)
    return row


@atomic
def name_guardian(person: Person, child: Child, other: Person, bond: str) -> Guardianship:
    """A verified guardian names the other one; staff still have to see a paper.

    Raises `Denied`, `Refused("already")`.
    """
    permit(person, "children.guard", child)
    if Guardianship.objects.filter(child=child, person=other).exists():
        raise Refused("already", _("这位已经登记过了。"))
    claim = Guardianship.objects.create(child=child, person=other, bond=bond)
    audit.record(person, "children.name_guardian", child)
    emit("children.guardian_claimed", guardianship=claim.pk)
    return claim


@atomic
def verify_guardian(person: Person, claim: Guardianship, *, agree: bool, evidence: str = "") -> Guardianship:
    """Staff saw the paper, or it does not fit. Nobody verifies themselves.

    Raises `Denied`, `Refused`: no_evidence, decided, blocked.
    """
    permit(person, "children.verify", claim)
    row = Guardianship.objects.select_for_update(of=("self",)).select_related("child", "person").get(pk=claim.pk)
    if row.person_id == person.pk:
        raise Denied("children.verify")
    if row.state != GuardState.CLAIMED:
        raise Refused("decided", _("这一条已经核过了，请刷新看看。"))
    if agree and len(evidence.strip()) < 2:
        raise Refused("no_evidence", _("请写看过什么证件，例如户口本。"), field="evidence")
    row.state = GuardState.VERIFIED if agree else GuardState.REJECTED
    row.evidence, row.decided_at, row.decided_by = evidence.strip()[:60], now(), person
    row.save()
    audit.record(person, "children.verify", row.child, agreed=agree)
    sentence = gettext_lazy("您和孩子的监护关系核实了，可以报托管、定接送人了。") if agree else gettext_lazy(
        "您和孩子的监护关系没核实上，请带户口本或出生证明到社区窗口。")
    tell(row.person, sentence, about=row, key=f"children.guardian.{row.pk}", url=reverse("children:care"))
    return row


@atomic
def add_collector(person: Person, child: Child, *, name: str, relation: str, phone: str = "",
                  photo: File[bytes] | None = None, kept: Sequence[StoredFile] = (),
                  is_me: bool = False) -> Collector:
    """Name who may collect. A guardian's own word counts at once; what staff write down waits for a guardian's.

    The photograph is a must: by it the staff know the face. Raises `Denied`, `Refused`: no_name, no_photo, too_many,
    blocked.
    """
    by_guardian = "@guardian" in child.relations_to(person)
    if not by_guardian:
        permit(person, "children.care", child)
    if len(name.strip()) < 2 or not relation.strip():
        raise Refused("no_name", _("请写姓名，和孩子是什么关系。"), field="name")
    if photo is None and not kept:
        raise Refused("no_photo", _("请放一张正面照片，老师要照着认人。"), field="photo")
    live = child.collectors.exclude(state=CollectorState.ENDED)
    if live.count() >= policy("children.collectors_most"):
        raise Refused("too_many", _("最多定 %(most)s 位接送人，请先去掉一位。") % {
            "most": policy("children.collectors_most")})
    account = person if is_me and by_guardian else None
    refuse_blocked(child, name, account.pk if account else None)
    row = Collector(
        child=child, person=account, name=name.strip()[:30], phone=phone.strip()[:20],
        relation=relation.strip()[:20], added_by=person,
        state=CollectorState.ACTIVE if by_guardian else CollectorState.PROPOSED,
        confirmed_by=person if by_guardian else None)
    row.save()
    if photo is not None:
        keep(person, photo, purpose=PHOTO, about=row)
    if kept:
        attach(person, kept, row)
    audit.record(person, "children.add_collector", child, waits=not by_guardian)
    tell_guardians(child, gettext_lazy("接送人里加了一位（%(who)s）。不是您的意思就点开去掉。") if by_guardian else
                    gettext_lazy("托管老师帮您登记了一位接送人（%(who)s），您确认了才算。"),
                    key=f"children.collector.{row.pk}", values={"who": row.shown_name}, besides=person)
    return row


@atomic
def confirm_collector(person: Person, collector: Collector) -> Collector:
    """A guardian confirms what staff wrote down. Raises `Denied`, `Refused`: not_waiting, blocked."""
    permit(person, "children.guard", collector.child)
    row = Collector.objects.select_for_update(of=("self",)).select_related("child").get(pk=collector.pk)
    if row.state != CollectorState.PROPOSED:
        raise Refused("not_waiting", _("这一位不用确认了，请刷新看看。"))
    refuse_blocked(row.child, row.name, row.person_id)
    row.state, row.confirmed_by = CollectorState.ACTIVE, person
    row.save(update_fields=["state", "confirmed_by"])
    audit.record(person, "children.confirm_collector", row.child)
    return row


@atomic
def end_collector(person: Person, collector: Collector) -> Collector:
    """No longer may collect, from this moment; a code given out is void. Raises `Denied`."""
    permit(person, "children.guard", collector.child)
    row = Collector.objects.select_for_update().get(pk=collector.pk)
    if row.state != CollectorState.ENDED:
        row.state, row.ended_at = CollectorState.ENDED, now()
        row.save(update_fields=["state", "ended_at"])
        row.codes.filter(used_at=None).delete()
        start_retention(row, "children.collector")
        audit.record(person, "children.end_collector", row.child)
    return row


@atomic
def block(person: Person, child: Child, *, name: str, source: str, other: Person | None = None,
          until: date | None = None) -> CustodyBlock:
    """Staff saw a court's paper: this person is not given the child, nor told of it. Raises `Denied`, `Refused`."""
    permit(person, "children.block", child)
    if len(name.strip()) < 2 or len(source.strip()) < 4:
        raise Refused("no_source", _("请写是谁，依据哪份裁判文书或保护令（文号）。"), field="source")
    row = CustodyBlock(child=child, person=other, name=name.strip()[:30], source=source.strip()[:120], until=until,
                       by=person)
    row.save()
    for collector in child.collectors.exclude(state=CollectorState.ENDED):
        if _same(collector.name, name) or (other and collector.person_id == other.pk):
            collector.state, collector.ended_at = CollectorState.ENDED, now()
            collector.save(update_fields=["state", "ended_at"])
            collector.codes.filter(used_at=None).delete()
    audit.record(person, "children.block", child, until=until.isoformat() if until else "")
    return row


@atomic
def lift_block(person: Person, row: CustodyBlock) -> CustodyBlock:
    """The paper no longer holds. Ends yesterday, so it is gone at once. Raises `Denied`."""
    permit(person, "children.block", row)
    found: CustodyBlock = CustodyBlock.objects.select_for_update().get(pk=row.pk)
    found.until = date.fromordinal(today().toordinal() - 1)
    found.save(update_fields=["until"])
    start_retention(found, "children.custody")
    audit.record(person, "children.lift_block", found)
    return found


def refuse_blocked(child: Child, name: str, person_id: int | None) -> None:
    """Raises `Refused("blocked")` where a court keeps that name, or that account, away from the child."""
    for one in CustodyBlock.current().filter(child=child):
        if _same(one.name, name) or (person_id is not None and one.person_id == person_id):
            raise Refused("blocked", _("这个人现在不能接这个孩子，请找负责人。"), field="name")


def _same(one: str, other: str) -> bool:
    return "".join(one.split()).casefold() == "".join(other.split()).casefold()


@atomic
def record_vetting(person: Person, area: Area, who: Person, *, checked_on: date, receipt: str) -> Vetting:
    """That somebody was looked up with the police or procuratorate, and when; never what was found.

    Nobody records it for themselves. Raises `Denied`, `Refused`: in_future, no_receipt.
    """
    permit(person, "children.vet", area)
    if who.pk == person.pk:
        raise Denied("children.vet")
    if checked_on > today():
        raise Refused("in_future", _("查询日期不能在今天以后。"), field="checked_on")
    if len(receipt.strip()) < 2:
        raise Refused("no_receipt", _("请写查询回执上的号码。"), field="receipt")
    for older in Vetting.objects.filter(person=who):
        start_retention(older, "children.vetting")
    row = Vetting.objects.create(area=area, person=who, checked_on=checked_on, receipt=receipt.strip()[:40], by=person)
    audit.record(person, "children.vet", row, on=checked_on.isoformat())
    emit("children.vetted", person=who.pk)
    return row


def guardians_of(child: Child) -> list[Person]:
    """The verified ones whom no court keeps away."""
    away = CustodyBlock.current().filter(child=child, person__isnull=False).values("person")
    rows = Guardianship.objects.filter(child=child, state=GuardState.VERIFIED).exclude(person__in=away)
    return [row.person for row in rows.select_related("person").order_by("pk")]


def tell_guardians(child: Child, sentence: Promise | str, *, key: str, values: dict[str, object] | None = None,
                    besides: Person | None = None, urgent: bool = False) -> int:
    told = 0
    for one in guardians_of(child):
        if besides is None or one.pk != besides.pk:
            tell(one, sentence, about=child, key=key, values=values, urgent=urgent,
                 url=reverse("children:child", args=[child.pk]))
            told += 1
    return told
