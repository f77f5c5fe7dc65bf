"""Verbs of a day in care: the roll of the school, the hand-over from the teacher, the code, the hand-over home."""

from __future__ import annotations

import secrets
from datetime import date

from django.db.transaction import atomic
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy

from linli.foundation import audit
from linli.foundation.calendar.clock import now, today
from linli.foundation.events import emit
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.policy import policy
from linli.foundation.privacy.crypto import blind
from linli.foundation.web import Denied, Refused
from linli.services.children.actions.people import guardians_of, refuse_blocked, tell_guardians
from linli.services.children.models import (
    CareAlarm,
    CareGroup,
    Collector,
    CollectorState,
    DayEntry,
    DayState,
    EnrolmentState,
    HandOver,
    PickupCode,
    PlanChange,
)
from linli.services.children.models.care import ChangeState
from linli.services.children.vetting import refuse_unvetted

_CODE = "children.pickupcode|code"


@atomic
def prepare_day(group: CareGroup, on: date) -> int:
    """The rows of a day for every child of the group; by the clock, and when the page is opened. Repeatable."""
    if not group.runs_on(on):
        return 0
    have = set(DayEntry.objects.filter(group=group, on=on).values_list("enrolment", flat=True))
    meets, closes = group.meeting(on), group.closing(on)
    rows = [
        DayEntry(enrolment=one, group=group, child_id=one.child_id, on=on, meets_at=meets, closes_at=closes)
        for one in group.enrolments.filter(state=EnrolmentState.ACTIVE, since__lte=on) if one.pk not in have]
    DayEntry.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


@atomic
def say_roll(person: Person, group: CareGroup, on: date, away: set[int]) -> int:
    """The school's roll of the day: who of the group is not at school. Guardians of those are told.

    `away` are entry ids. Who came to care already is not touched. Raises `Denied`, `Refused("no_day")`.
    """
    permit(person, "children.school", group)
    prepare_day(group, on)
    rows = list(DayEntry.objects.select_for_update(of=("self",)).select_related("child", "group").filter(
        group=group, on=on))
    if not rows or on != today():
        raise Refused("no_day", _("今天这个班不开，不用报。"))
    changed = 0
    for row in rows:
        said = "away" if row.pk in away else "here"
        if row.school_said == said or row.state in {DayState.ARRIVED, DayState.COLLECTED}:
            continue
        row.school_said = said
        if said == "away" and row.state == DayState.EXPECTED:
            _absent(row, _("学校说今天没到校"), person)
            tell_guardians(
                row.child, gettext_lazy("学校说孩子今天没到校，托管班就不等了。情况不对请马上打电话给学校。"),
                key=f"children.away.{row.pk}", urgent=True)
        elif said == "here" and row.state == DayState.ABSENT and row.said_by_id == person.pk:
            row.state, row.absent_because, row.said_by = DayState.EXPECTED, "", None
        row.save()
        changed += 1
    audit.record(person, "children.school", group, away=len(away), on=on.isoformat())
    return changed


@atomic
def say_absent(person: Person, entry: DayEntry, *, reason: str = "") -> DayEntry:
    """A guardian says the child does not come that day. Raises `Denied`, `Refused`: here, past."""
    permit(person, "children.guard", entry.child)
    row = _locked(entry)
    if row.on < today():
        raise Refused("past", _("过去的日子不能改。"))
    if row.state in {DayState.ARRIVED, DayState.COLLECTED}:
        raise Refused("here", _("孩子已经到托管班了，要早接请直接来接。"))
    _absent(row, reason.strip()[:80], person)
    row.save()
    audit.record(person, "children.say_absent", row)
    return row


@atomic
def say_coming(person: Person, entry: DayEntry) -> DayEntry:
    """After all the child comes. Raises `Denied`, `Refused`: past, away (the school's word stands)."""
    permit(person, "children.guard", entry.child)
    row = _locked(entry)
    if row.on < today():
        raise Refused("past", _("过去的日子不能改。"))
    if row.school_said == "away":
        raise Refused("away", _("学校说今天没到校，请先和老师说。"))
    if row.state == DayState.ABSENT:
        row.state, row.absent_because, row.said_by = DayState.EXPECTED, "", person
        row.save()
        audit.record(person, "children.say_coming", row)
    return row


@atomic
def ask_change(person: Person, entry: DayEntry, *, what: str, told_by: str) -> PlanChange:
    """Somebody rang: staff write it down, the guardian confirms, and only then it counts.

    Raises `Denied`, `Refused`: no_caller, gone.
    """
    permit(person, "children.care", entry)
    if len(told_by.strip()) < 2:
        raise Refused("no_caller", _("请写是谁打来的。"), field="told_by")
    row = _locked(entry)
    if row.state in {DayState.COLLECTED, DayState.ABSENT}:
        raise Refused("gone", _("孩子今天已经不在托管班了。"))
    change = PlanChange.objects.filter(entry=row, what=what, state=ChangeState.WAITING).first()
    if change is None:
        change = PlanChange(entry=row, what=what, told_by=told_by.strip()[:40], taken_by=person)
        change.save()
        audit.record(person, "children.ask_change", row, what=what)
        tell_guardians(row.child, gettext_lazy("有人打电话改孩子今天的安排，请您点开确认。您不确认，就还按原来的。"),
                       key=f"children.change.{change.pk}", urgent=True)
    return change


@atomic
def answer_change(person: Person, change: PlanChange, *, agree: bool) -> PlanChange:
    """The guardian's answer; a yes to "does not come" takes effect here. Raises `Denied`, `Refused("answered")`."""
    permit(person, "children.guard", change.entry.child)
    entry = _locked(change.entry)
    row = PlanChange.objects.select_for_update().get(pk=change.pk)
    if row.state != ChangeState.WAITING:
        raise Refused("answered", _("这件事已经答复过了。"))
    row.state = ChangeState.CONFIRMED if agree else ChangeState.DECLINED
    row.decided_by, row.decided_at = person, now()
    row.save(update_fields=["state", "decided_by", "decided_at"])
    if agree and row.what == PlanChange.What.ABSENT and entry.state == DayState.EXPECTED:
        _absent(entry, _("监护人确认今天不来"), person)
        entry.save()
    audit.record(person, "children.answer_change", entry, agreed=agree)
    emit("children.change_answered", change=row.pk)
    return row


@atomic
def take_in(person: Person, entry: DayEntry, *, teacher: str) -> HandOver:
    """The teacher gives the child to the care staff: child, both persons and the time are written down, once.

    Who takes children in must be looked up. Raises `Denied`, `Refused`: no_teacher, here, gone, not_today, not_vetted.
    """
    permit(person, "children.care", entry)
    refuse_unvetted(person, today())
    if len(teacher.strip()) < 2:
        raise Refused("no_teacher", _("请写是哪位老师交过来的。"), field="teacher")
    row = _locked(entry)
    if row.on != today():
        raise Refused("not_today", _("只能登记今天的交接。"))
    if row.state == DayState.ARRIVED:
        raise Refused("here", _("这个孩子已经登记到了。"))
    if row.state == DayState.COLLECTED:
        raise Refused("gone", _("这个孩子今天已经接走了。"))
    moment = now()
    row.state, row.arrived_at, row.absent_because = DayState.ARRIVED, moment, ""
    row.save()
    made = _hand(row, HandOver.Direction.IN, HandOver.How.TEACHER, person, teacher, None, "")
    end_alarms(row, person, _("孩子到托管班了"), kinds=[CareAlarm.Kind.NOT_ARRIVED])
    audit.record(person, "children.take_in", row)
    emit("children.arrived", entry=row.pk)
    return made


@atomic
def make_code(person: Person, collector: Collector) -> str:
    """A fresh one-time code for today; the former one of today is void. Only its digest is kept.

    Raises `Denied`, `Refused`: not_active, blocked, used.
    """
    permit(person, "children.guard", collector.child)
    row = Collector.objects.select_for_update(of=("self",)).select_related("child").get(pk=collector.pk)
    if row.state != CollectorState.ACTIVE:
        raise Refused("not_active", _("这一位现在不能接，请换一位。"))
    refuse_blocked(row.child, row.name, row.person_id)
    digits = policy("children.code_digits")
    code = f"{secrets.randbelow(10 ** digits):0{digits}d}"
    held, made = PickupCode.objects.select_for_update().get_or_create(
        collector=row, on=today(), defaults={"digest": _digest(row, code), "made_by": person})
    if not made:
        held.digest, held.tries, held.made_by, held.made_at, held.used_at = _digest(row, code), 0, person, now(), None
        held.save()
    audit.record(person, "children.make_code", row.child)
    return code


def hand_out(person: Person, entry: DayEntry, collector: Collector, *, code: str, looked: bool) -> HandOver:
    """Give the child to a collector: the face fits the photograph, the code fits the day, no court says no.

    A wrong code is counted although it is refused, so this opens its own transactions.
    Raises `Denied`, `Refused`: not_here, not_active, blocked, not_looked, no_code, code_spent, too_many_tries,
    bad_code.
    """
    permit(person, "children.care", entry)
    with atomic():
        refusal = _spend(person, entry, collector, code, looked=looked)
    if refusal is not None:
        raise refusal
    with atomic():
        return _give(person, entry, collector, HandOver.How.CODE, "")


def _spend(person: Person, entry: DayEntry, collector: Collector, code: str, *, looked: bool) -> Refused | None:
    """Check everything; count a wrong try. The code is not spent here: giving the child away spends it."""
    _may_collect(entry, collector)
    if not looked:
        return Refused("not_looked", _("请先对着照片认人，再勾上。"), field="looked")
    held = PickupCode.objects.select_for_update().filter(collector=collector, on=today()).first()
    if held is None:
        return Refused("no_code", _("今天还没有发接送码。请让监护人在手机上发一个。"), field="code")
    if held.used_at is not None:
        return Refused("code_spent", _("这个码用过了。请让监护人再发一个。"), field="code")
    if held.tries >= policy("children.code_tries"):
        return Refused("too_many_tries", _("输错太多次，这个码作废了。请给监护人打电话，重发一个。"), field="code")
    if not secrets.compare_digest(held.digest, _digest(collector, code.strip())):
        held.tries += 1
        held.save(update_fields=["tries"])
        audit.record(person, "children.wrong_code", entry, tries=held.tries)
        return Refused("bad_code", _("接送码不对，请再看一遍。"), field="code")
    return None


@atomic
def hand_out_without_code(person: Person, entry: DayEntry, collector: Collector, *, note: str) -> HandOver:
    """A guardian stands there without a telephone: the head of the place checks the paper and writes why.

    Raises `Denied`, `Refused` as `hand_out`, and no_note, not_guardian.
    """
    permit(person, "children.keep_care", entry.group)
    if collector.child_id != entry.child_id:
        raise Denied("children.care")
    names = {"".join(one.name.split()) for one in guardians_of(entry.child)}
    if collector.person_id is None and "".join(collector.name.split()) not in names:
        raise Refused("not_guardian", _("没有接送码，只能交给监护人本人。"))
    if len(note.strip()) < 4:
        raise Refused("no_note", _("请写看过什么证件、为什么没有码，至少 4 个字。"), field="note")
    return _give(person, entry, collector, HandOver.How.EXCEPTION, note)


def _may_collect(entry: DayEntry, collector: Collector) -> None:
    if collector.child_id != entry.child_id:
        raise Denied("children.care")
    fresh = Collector.objects.select_related("child").get(pk=collector.pk)
    if fresh.state != CollectorState.ACTIVE:
        raise Refused("not_active", _("这一位现在不能接，请换一位。"))
    refuse_blocked(fresh.child, fresh.name, fresh.person_id)


def _give(person: Person, entry: DayEntry, collector: Collector, how: str, note: str) -> HandOver:
    row = _locked(entry)
    _may_collect(row, collector)  # again, now that the day is locked: a court's paper may have come in between
    if row.state != DayState.ARRIVED or row.on != today():
        raise Refused("not_here", _("这个孩子现在不在托管班，请看看名单。"))
    moment = now()
    if how == HandOver.How.CODE:
        spent = PickupCode.objects.filter(collector=collector, on=today(), used_at=None).update(used_at=moment)
        if not spent:
            raise Refused("code_spent", _("这个码用过了。请让监护人再发一个。"), field="code")
    row.state, row.collected_at = DayState.COLLECTED, moment
    row.save(update_fields=["state", "collected_at"])
    made = _hand(row, HandOver.Direction.OUT, how, person, collector.name, collector, note)
    end_alarms(row, person, _("孩子接走了"))
    audit.record(person, "children.hand_out", row, how=how)
    tell_guardians(row.child, gettext_lazy("孩子 %(at)s 由%(who)s（%(relation)s）接走了。"),
                   key=f"children.out.{row.pk}", urgent=True,
                   values={"at": f"{timezone.localtime(moment):%H:%M}", "who": collector.shown_name,
                           "relation": collector.relation})
    emit("children.collected", entry=row.pk)
    return made


def _hand(row: DayEntry, direction: str, how: str, staff: Person, other: str, collector: Collector | None,
          note: str) -> HandOver:
    made = HandOver(entry=row, direction=direction, how=how, staff=staff, other=other.strip()[:30],
                    collector=collector, at=now(), note=note.strip()[:200])
    made.save()
    return made


@atomic
def take_alarm(person: Person, alarm: CareAlarm) -> CareAlarm:
    """Somebody of the staff looks after it; the ladder goes on until the child is safe.

    Raises `Denied`, `Refused("ended")`.
    """
    permit(person, "children.care", alarm.entry)
    row = CareAlarm.objects.select_for_update().get(pk=alarm.pk)
    if row.ended_at is not None:
        raise Refused("ended", _("这件事已经结束了。"))
    if row.taken_by_id is None:
        row.taken_by, row.taken_at = person, now()
        row.save(update_fields=["taken_by", "taken_at"])
        audit.record(person, "children.take_alarm", row)
    return row


@atomic
def settle_alarm(person: Person, alarm: CareAlarm, *, outcome: str) -> CareAlarm:
    """A child that did not arrive was found to be elsewhere and safe: where, in words. Raises `Denied`, `Refused`."""
    permit(person, "children.care", alarm.entry)
    if alarm.kind != CareAlarm.Kind.NOT_ARRIVED:
        raise Refused("hand_over_first", _("没接走的，办完交接才算结束。"))
    if len(outcome.strip()) < 4:
        raise Refused("no_outcome", _("请写孩子在哪里、和谁在一起，至少 4 个字。"), field="outcome")
    entry = _locked(alarm.entry)
    if entry.state == DayState.EXPECTED:
        _absent(entry, outcome.strip()[:80], person)
        entry.save()
    end_alarms(entry, person, outcome.strip()[:200], kinds=[CareAlarm.Kind.NOT_ARRIVED])
    audit.record(person, "children.settle_alarm", alarm)
    alarm.refresh_from_db()
    return alarm


def end_alarms(entry: DayEntry, person: Person | None, outcome: str, kinds: list[CareAlarm.Kind] | None = None) -> int:
    """The open alarms of the day end, and with them their ladders."""
    rows = CareAlarm.objects.filter(entry=entry, ended_at=None)
    rows = rows.filter(kind__in=kinds) if kinds else rows
    return rows.update(ended_at=now(), ended_by=person, outcome=outcome)


def _absent(row: DayEntry, reason: str, person: Person) -> None:
    row.state, row.absent_because, row.said_by = DayState.ABSENT, reason[:80], person
    end_alarms(row, person, reason or _("今天不来"), kinds=[CareAlarm.Kind.NOT_ARRIVED])


def _locked(entry: DayEntry) -> DayEntry:
    row: DayEntry = DayEntry.objects.select_for_update(of=("self",)).select_related(
        "child", "group__site", "group__area").get(pk=entry.pk)
    return row


def _digest(collector: Collector, code: str) -> str:
    return blind(f"{collector.pk}|{today().isoformat()}|{code}", _CODE)

