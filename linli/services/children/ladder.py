"""The alarm ladders of after-school care: by the clock, each rung once, also after the worker was away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q
from django.db.transaction import atomic
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy

from linli.foundation import audit
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.notices import tell
from linli.foundation.people.models import Person, RoleAssignment
from linli.foundation.policy import policy
from linli.services.children.actions.people import guardians_of
from linli.services.children.models import AlarmRung, CareAlarm, CareStaff, DayEntry, DayState
from linli.services.children.rules import rungs_due

STALE_H = 24  # older than this nobody but the head is told: the evening is over, the row still needs an answer
_DUE: Mapping[str, tuple[str, str]] = {
    CareAlarm.Kind.NOT_ARRIVED: (DayState.EXPECTED, "meets_at"),
    CareAlarm.Kind.NOT_COLLECTED: (DayState.ARRIVED, "closes_at"),
}
_SENTENCES: Mapping[str, Any] = {
    CareAlarm.Kind.NOT_ARRIVED: gettext_lazy("%(child)s还没到托管班（%(group)s，该 %(due)s 到）。请马上联系。"),
    CareAlarm.Kind.NOT_COLLECTED: gettext_lazy(
        "%(child)s还在托管班（%(group)s，该 %(due)s 前接走），老师陪着。请马上联系。"),
}


def ladder_of(kind: str) -> Sequence[Mapping[str, Any]]:
    """The rungs of `kind`: after how many minutes, who is told."""
    found: Sequence[Mapping[str, Any]] = policy(f"children.{kind}_ladder")
    return found


def watch(limit: int = 200) -> int:
    """Raise what is late, climb what is open; how many rungs. Looks without a lock first."""
    moment, climbed = now(), 0
    for kind, (state, column) in _DUE.items():
        first = ladder_of(kind)[0]["after_min"]
        late = DayEntry.objects.filter(
            Q(**{f"{column}__lte": moment - timedelta(minutes=first)}), state=state).exclude(alarms__kind=kind)
        for pk in list(late.order_by(column, "pk").values_list("pk", flat=True)[:limit]):
            _raise(pk, kind)
    alarms = CareAlarm.objects.filter(ended_at=None).order_by("since", "pk")
    for pk in list(alarms.values_list("pk", flat=True)[:limit]):
        climbed += climb(pk)
    return climbed


@atomic
def _raise(entry: int, kind: str) -> None:
    state, column = _DUE[kind]
    row = DayEntry.objects.select_for_update().filter(pk=entry, state=state).first()
    if row is None:
        return
    alarm, made = CareAlarm.objects.get_or_create(
        entry=row, kind=kind, defaults={"since": getattr(row, column), "raised_at": now()})
    if made:
        audit.record(None, "children.raise_alarm", alarm, kind=kind)
        emit("children.alarm_raised", alarm=alarm.pk, kind=kind)


@atomic
def climb(pk: int) -> int:
    """The rungs whose minute has come and that were not climbed yet. A second worker finds nothing left to do."""
    alarm = CareAlarm.objects.select_for_update(of=("self",)).select_related(
        "entry__child", "entry__group__area", "entry__group__site").filter(pk=pk, ended_at=None).first()
    if alarm is None:
        return 0
    moment, ladder = now(), ladder_of(alarm.kind)
    late = (moment - alarm.since).total_seconds() / 60
    done = set(alarm.rungs.values_list("number", flat=True))
    todo = [number for number in rungs_due(late, ladder) if number not in done]
    stale = late > STALE_H * 60
    for number in todo:
        whom = ["head"] if stale else list(ladder[number]["tell"])
        people = _people(alarm.entry, whom)
        AlarmRung.objects.create(alarm=alarm, number=number, at=moment, told=whom, people=len(people))
        _tell(alarm, people)
    if todo:
        audit.record(None, "children.climb", alarm, rungs=len(todo))
    return len(todo)


def _tell(alarm: CareAlarm, people: Iterable[Person]) -> None:
    """One person is told once for each alarm, however many rungs name them: a second ring adds nothing but fright."""
    entry = alarm.entry
    due: datetime = alarm.since
    values: dict[str, object] = {
        "child": entry.child.shown_name, "group": entry.group.name, "due": f"{timezone.localtime(due):%H:%M}"}
    carers = {row.person_id for row in CareStaff.current().filter(group=entry.group)}
    for person in people:
        staffed = person.pk in carers or person.holds("worker", "community_head")
        url = reverse("children:today", args=[entry.group_id]) if staffed else (
            reverse("children:care") if not person.is_staff else reverse("children:roll", args=[entry.group_id]))
        tell(person, _SENTENCES[alarm.kind], values=values, about=alarm, urgent=True,
             key=f"children.alarm.{alarm.pk}", url=url)


def _people(entry: DayEntry, whom: Iterable[str]) -> list[Person]:
    found: dict[int, Person] = {}
    for word in whom:
        for person in _OF[word](entry):
            found.setdefault(person.pk, person)
    return list(found.values())


def _care_staff(entry: DayEntry) -> list[Person]:
    return [row.person for row in CareStaff.current().filter(group=entry.group).select_related("person")]


def _school(entry: DayEntry) -> list[Person]:
    return _holders(Q(role="department_desk", organisation=entry.group.school_id))


def _head(entry: DayEntry) -> list[Person]:
    return _holders(Q(role__in=["community_head", "worker"], area__code=entry.group.area.code[:12]))


def _collectors(entry: DayEntry) -> list[Person]:
    """Collectors who have an account; the others are rung by the staff, whose page shows their numbers."""
    return [one.person for one in entry.child.collectors.filter(state="active", person__isnull=False).select_related(
        "person") if one.person is not None]


def _holders(which: Q) -> list[Person]:
    moment = now()
    rows = RoleAssignment.objects.filter(
        which, Q(until=None) | Q(until__gt=moment), since__lte=moment, withdrawn=None, person__is_active=True)
    return [row.person for row in rows.select_related("person__community").order_by("pk")]


_OF: Mapping[str, Any] = {
    "care_staff": _care_staff, "school": _school, "head": _head, "collectors": _collectors,
    "guardian": lambda entry: guardians_of(entry.child),
}
