"""Who is told what, after the commit; `key` makes a second delivery send nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from django.db.models import Q
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from linli.foundation.calendar.clock import now, today
from linli.foundation.notices import tell
from linli.foundation.people.models import Person, RoleAssignment
from linli.foundation.policy import policy
from linli.mechanisms.cases import engine
from linli.mechanisms.cases.kinds import Words, say
from linli.mechanisms.cases.models import Case, CaseEvent, TimerFiring

_said = lazy(say, str)


def link(case: Case) -> str:
    return f"/cases/{case.number}/"


def desk_link(case: Case) -> str:
    return f"/desk/cases/{case.number}/"


def on_opened(case: int, **_rest: object) -> None:
    """The requester gets the receipt; the unit's desk learns of the work."""
    row = _case(case)
    opened = row.kind.opened
    _tell_all(row, opened.tell, key=f"case.opened.{case}")


def on_moved(case: int, event: int, transition: str, **_rest: object) -> None:
    """Each transition names in its kind whom it tells, and in which words."""
    row = _case(case)
    step = row.kind.transitions.get(transition)
    if step is None or not step.tell:
        return
    happened = CaseEvent.objects.get(pk=event)
    _tell_all(row, step.tell, key=f"case.moved.{event}", event=happened)


def _tell_all(case: Case, table: Mapping[str, Words], *, key: str, event: CaseEvent | None = None) -> None:
    values = engine.words_for(case, event.data if event else {})
    values["text"] = event.text_public if event else ""
    for whom, words in table.items():
        for person in audience(case, whom):
            if event is not None and person.pk == event.actor_id:
                continue
            resident = whom == "followers" or person.pk in (case.requester_id, case.agent_id)
            url = link(case) if resident else desk_link(case)
            tell(person, _said(words, **values), about=case, key=f"{key}.{person.pk}", url=url, title=case.title,
                 urgent=case.urgency == "danger")


def audience(case: Case, whom: str) -> list[Person]:
    """The people a kind means by `requester`, `followers`, `assignee`, `offered`, `unit`, or a role."""
    if whom in ("requester", "@requester"):
        return [p for p in (case.requester, case.agent) if p is not None]
    if whom in ("assignee", "@assignee"):
        return [case.assignee] if case.assignee else []
    if whom == "offered":
        return [case.offered_to] if case.offered_to else []
    if whom == "followers":
        return list(Person.objects.filter(pk__in=case.joined.values("person")))
    moment = now()
    held = RoleAssignment.objects.filter(
        Q(until=None) | Q(until__gt=moment), since__lte=moment, withdrawn=None).select_related("person", "area")
    if whom in ("unit", "@unit"):
        if not case.unit_id:  # nobody leads: level 0 is the duty person of the place's catch-all queue
            return _of_place(held.filter(role="worker"), case)
        return [r.person for r in held.filter(organisation=case.unit_id, role__in=["property_desk", "department_desk"])]
    return _of_place(held.filter(role=whom), case)


def _of_place(held: Iterable[RoleAssignment], case: Case) -> list[Person]:
    return [r.person for r in held if r.area and case.area_code.startswith(r.area.code)]


def on_said(case: int, event: int, by: int | None = None, **_rest: object) -> None:
    """A message reaches the other side: the requester, or who handles it."""
    row, said = _case(case), CaseEvent.objects.get(pk=event)
    from_requester = by in (row.requester_id, row.agent_id)
    others = ("assignee", "unit") if from_requester and row.assignee_id is None else (
        ("assignee",) if from_requester else ("requester", "followers"))
    told = set()
    for whom in others:
        for person in audience(row, whom):
            if person.pk == by or person.pk in told:
                continue
            told.add(person.pk)
            tell(person, _("「%(title)s」有新留言：%(text)s") % {"title": row.title, "text": said.text_public[:60]},
                 about=row, key=f"case.said.{event}.{person.pk}", title=row.title,
                 url=desk_link(row) if from_requester else link(row))


def on_rung(case: int, timer: str, level: int, firing: int, **_rest: object) -> None:
    """One notice a person for the highest rung reached, however long the machine was down."""
    row = _case(case)
    rule = row.kind.timers.get(timer)
    fired = TimerFiring.objects.filter(pk=firing).first()
    if rule is None or fired is None or not row.is_open:
        return
    rung = rule.ladder[level - 1]
    told: set[int] = set()
    for whom in rung.tell:
        for person in audience(row, whom):
            if person.pk in told:
                continue
            told.add(person.pk)
            if whom == "@requester":
                text = _("「%(title)s」过了时限还没办好，已经报给上一级。") % {"title": row.title}
            elif rung.share < 1:
                text = _("「%(title)s」快到时限了（%(clock)s），请抓紧办。") % {
                    "title": row.title, "clock": say(rule.title)}
            else:
                text = _("「%(title)s」超过时限（%(clock)s），已升到第 %(level)s 级。") % {
                    "title": row.title, "clock": say(rule.title), "level": level}
            tell(person, text, about=row, key=f"case.rung.{firing}.{person.pk}", title=row.title,
                 url=link(row) if whom == "@requester" else desk_link(row), urgent=row.urgency == "danger")


def on_nudged(case: int, nudges: int, **_rest: object) -> None:
    """催单 reaches the worker and the unit; from the third on, the supervisor too."""
    row = _case(case)
    whom = ["assignee", "unit"]
    if nudges >= int(policy("cases.nudges_to_supervisor", on=today(), area=row.area_code)):
        whom.append("community_head")
    told: set[int] = set()
    for name in whom:
        for person in audience(row, name):
            if person.pk not in told:
                told.add(person.pk)
                tell(person, _("居民催「%(title)s」，这是第 %(nudges)s 次。") % {"title": row.title, "nudges": nudges},
                     about=row, key=f"case.nudged.{case}.{nudges}.{person.pk}", title=row.title, url=desk_link(row))


def on_extended(case: int, until: str, **_rest: object) -> None:
    """An extension is told to the requester, with the new date."""
    from datetime import datetime

    from django.utils import timezone
    from django.utils.formats import date_format

    row = _case(case)
    day = date_format(timezone.localtime(datetime.fromisoformat(until)), "SHORT_DATETIME_FORMAT")
    for person in audience(row, "requester"):
        tell(person, _("「%(title)s」要多用些时间，新的期限是 %(day)s。原因写在经过里。") % {
            "title": row.title, "day": day}, about=row, key=f"case.extended.{case}.{until}.{person.pk}",
            title=row.title, url=link(row))


def on_whistled(case: int, leg: int, unit: int, **_rest: object) -> None:
    """The desk of the unit called in learns of its part."""
    row = _case(case)
    held = RoleAssignment.objects.filter(organisation=unit, withdrawn=None).select_related("person")
    for person in {r.person for r in held if r.role in ("property_desk", "department_desk")}:
        tell(person, _("请贵单位协办「%(title)s」。") % {"title": row.title}, about=row,
             key=f"case.whistled.{leg}.{person.pk}", title=row.title, url=desk_link(row))


def _case(pk: int) -> Case:
    found = Case.objects.select_related("unit", "assignee", "requester", "agent", "offered_to").get(pk=pk)
    assert isinstance(found, Case)
    return found
