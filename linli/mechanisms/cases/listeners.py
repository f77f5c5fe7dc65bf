"""Who is told what, after the commit; `key` makes a second delivery send nothing."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise, lazy
from django.utils.translation import gettext_lazy as _

from linli.foundation.areas.models import LEVEL_DIGITS
from linli.foundation.calendar.clock import now, today
from linli.foundation.notices import tell
from linli.foundation.people.models import Person, RoleAssignment
from linli.foundation.policy import policy
from linli.foundation.prepared import Prepared
from linli.mechanisms.cases import engine
from linli.mechanisms.cases.kinds import Words, say
from linli.mechanisms.cases.models import Case, CaseEvent, Leg, TimerFiring, Visibility
from linli.mechanisms.cases.parties import parties_told
from linli.mechanisms.cases.privacy import keep_or_let_go

_said = lazy(say, str)


def _fill(sentence: object, values: Mapping[str, object]) -> str:
    return str(sentence) % {name: str(value) for name, value in values.items()}


# In the language of who reads it: `_("…") % {…}` would be in the worker's.
_filled = lazy(_fill, str)


def link(case: Case) -> str:
    return f"/cases/{case.number}/"


def desk_link(case: Case) -> str:
    return f"/desk/cases/{case.number}/"


def on_opened(case: int, **_rest: object) -> None:
    """The requester gets the receipt; the unit's desk learns of the work."""
    row = _case(case)
    if row.channel == "import":  # thousands at once: the worklist shows them, nobody is told one by one
        return
    opened = row.kind.opened
    _tell_all(row, opened.tell, key=f"case.opened.{case}")


def on_moved(case: int, event: int, transition: str, state: str = "", **_rest: object) -> None:
    """Each transition names in its kind whom it tells, and in which words."""
    row = _case(case)
    step = row.kind.transitions.get(transition)
    states = row.kind.states
    if step is None or any(states[code].final for code in step.sources) or state not in states or states[state].final:
        keep_or_let_go(row)  # only what ends a matter, or takes it up again, moves its terms
    if step is None or not step.tell:
        return
    happened = _happened.first(event)
    if happened is None:
        raise CaseEvent.DoesNotExist(event)
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
            title = _named(case, person)
            tell(person, _said(words, **{**values, "title": title}), about=case, key=f"{key}.{person.pk}", url=url,
                 title=title, urgent=case.urgency == "danger")


def audience(case: Case, whom: str) -> list[Person]:
    """The people a kind means by `requester`, `followers`, `assignee`, `offered`, `unit`, or a role.

    Nobody who works for the body complained of learns of it (信访工作条例 第30条), but a party does.
    """
    found = _audience(case, whom)
    if case.complained_of is None or not found:
        return found
    held = RoleAssignment.objects.filter(organisation=case.complained_of, withdrawn=None, person__in=found)
    inside = set(held.values_list("person_id", flat=True)) - {case.requester_id, case.agent_id}
    return [person for person in found if person.pk not in inside]


def _audience(case: Case, whom: str) -> list[Person]:
    if whom in ("requester", "@requester"):
        return parties_told(case)
    if whom in ("assignee", "@assignee"):
        return [case.assignee] if case.assignee else []
    if whom == "offered":
        return [case.offered_to] if case.offered_to else []
    if whom == "followers":
        return list(Person.objects.filter(pk__in=case.joined.values("person")))
    if whom in ("unit", "@unit"):
        # Nobody leads: level 0 is the duty person of the place's catch-all queue.
        return _desks_of(case.unit_id) if case.unit_id else _of_place("worker", case)
    return _of_place(whom, case)


def _held(moment: Any, **more: Any) -> QuerySet[RoleAssignment]:
    """The roles held at that moment by people who are still here."""
    return RoleAssignment.objects.filter(
        Q(until=None) | Q(until__gt=moment), since__lte=moment, withdrawn=None, person__is_active=True, **more,
    ).select_related("person")


_desks = Prepared(lambda moment, unit: _held(moment, organisation=unit, role__in=["property_desk", "department_desk"]))
# Of the place or of any above it, by their codes of six lengths.
_holders = Prepared(lambda moment, role, a, b, c, d, e, f: _held(moment, role=role).filter(
    Q(area__code=a) | Q(area__code=b) | Q(area__code=c) | Q(area__code=d) | Q(area__code=e) | Q(area__code=f)))


def _of_place(role: str, case: Case) -> list[Person]:
    here = case.grid_code or case.area_code
    return [held.person for held in _holders.all(now(), role, *(here[:digits] for digits in LEVEL_DIGITS.values()))]


def _desks_of(unit: int) -> list[Person]:
    return [held.person for held in _desks.all(now(), unit)]


def _named(case: Case, person: Person) -> str:
    """What a notice calls the case: a sealed one's title is for its parties and whoever has it."""
    own = person.pk in (case.requester_id, case.agent_id, case.assignee_id, case.offered_to_id)
    return case.title if own or case.visibility != Visibility.SEALED else case.number


def _tell(case: Case, people: Iterable[Person], sentence: str | Promise, *, key: str, but: int | None = None,
          desk: bool = True, **values: object) -> None:
    """Tell each of `people` (less `but`, who did it) once, in their own language."""
    for person in {one.pk: one for one in people if one.pk != but}.values():
        title = _named(case, person)
        tell(person, _filled(sentence, {"title": title, **values}), about=case, key=f"{key}.{person.pk}", title=title,
             url=desk_link(case) if desk else link(case), urgent=case.urgency == "danger")


def on_said(case: int, event: int, by: int | None = None, **_rest: object) -> None:
    """A message reaches the other side: the requester, or who handles it. Neighbours who joined read only what was
    said to all (统一答复): a reply may name a home or a person."""
    row, said = _case(case), CaseEvent.objects.get(pk=event)
    key, text = f"case.said.{event}", said.text_public[:60]
    sentence = _("「%(title)s」有新留言：%(text)s")
    if by in (row.requester_id, row.agent_id):
        _tell(row, audience(row, "assignee") or audience(row, "unit"), sentence, key=key, but=by, text=text)
        return
    people = [*audience(row, "requester"), *(audience(row, "followers") if said.name == "broadcast" else [])]
    _tell(row, people, sentence, key=key, but=by, desk=False, text=text)


def on_rung(case: int, timer: str, level: int, firing: int, **_rest: object) -> None:
    """One notice a person for the highest rung reached, however long the machine was down."""
    row = _case(case)
    rule = row.kind.timers.get(timer)
    fired = TimerFiring.objects.filter(pk=firing).first()
    if rule is None or fired is None or not row.is_open:
        return
    rung = rule.ladder[level - 1]
    key = f"case.rung.{firing}"
    if "@requester" in rung.tell:
        sentence = _("「%(title)s」过了时限还没办好，已经报给上一级。")
        _tell(row, audience(row, "requester"), sentence, key=key, desk=False)
    sentence = _("「%(title)s」快到时限了（%(clock)s），请抓紧办。")
    if rung.share >= 1:
        sentence = _("「%(title)s」超过时限（%(clock)s），已升到第 %(level)s 级。")
    people = [person for whom in rung.tell if whom != "@requester" for person in audience(row, whom)]
    _tell(row, people, sentence, key=key, clock=_said(rule.title), level=level)


def on_nudged(case: int, nudges: int, **_rest: object) -> None:
    """催单 reaches the worker and the unit; from the third on, the supervisor too."""
    row = _case(case)
    people = [*audience(row, "assignee"), *audience(row, "unit")]
    if nudges >= int(policy("cases.nudges_to_supervisor", on=today(), area=row.area_code)):
        people += audience(row, "community_head")
    sentence = _("居民催「%(title)s」，这是第 %(nudges)s 次。")
    _tell(row, people, sentence, key=f"case.nudged.{case}.{nudges}", nudges=nudges)


def on_reminded(case: int, event: int, by: int | None = None, **_rest: object) -> None:
    """A desk's reminder reaches whoever has the case, or its unit while nobody has it."""
    row = _case(case)
    _tell(row, audience(row, "assignee") or audience(row, "unit"), _("前台催「%(title)s」：请尽快办下一步。"),
          key=f"case.reminded.{event}", but=by)


def on_extended(case: int, until: str, **_rest: object) -> None:
    """An extension is told to the requester, with the new date."""
    row = _case(case)
    _tell(row, audience(row, "requester"), _("「%(title)s」要多用些时间，新的期限是 %(day)s。原因写在经过里。"),
          key=f"case.extended.{case}.{until}", desk=False, day=_day(until))


def on_extension_asked(case: int, event: int, **_rest: object) -> None:
    """One level up hears that somebody asks for more time."""
    row, asked = _case(case), CaseEvent.objects.get(pk=event)
    _tell(row, audience(row, "community_head"), _("「%(title)s」申请延到 %(day)s，请您批。"),
          key=f"case.extension_asked.{event}", but=asked.actor_id, day=_day(asked.data["until"]))


def on_extension_refused(case: int, asked: int, **_rest: object) -> None:
    """Who asked for more time hears that the old date stands."""
    row, event = _case(case), CaseEvent.objects.select_related("actor").get(pk=asked)
    _tell(row, [event.actor] if event.actor else [], _("「%(title)s」的延期没批，还是原来的期限。"),
          key=f"case.extension_refused.{asked}")


def on_contested(case: int, event: int, **_rest: object) -> None:
    """A contested dispatch waits for a reviewer."""
    row, filed = _case(case), CaseEvent.objects.get(pk=event)
    _tell(row, audience(row, "community_head"), _("「%(title)s」有派单异议，请您裁定。时限照走。"),
          key=f"case.contested.{event}", but=filed.actor_id)


def on_objection_decided(case: int, objection: int, upheld: bool, **_rest: object) -> None:
    """Who contested hears the outcome; the unit that has it now hears of its work."""
    row, filed = _case(case), CaseEvent.objects.select_related("actor").get(pk=objection)
    key = f"case.objection_decided.{objection}"
    sentence = _("「%(title)s」的异议成立，换单位办。") if upheld else _("「%(title)s」的异议不成立，请接着办。")
    _tell(row, [filed.actor] if filed.actor else [], sentence, key=key)
    if upheld:
        _tell(row, audience(row, "unit"), _("「%(title)s」裁定由您这边办，请派人。"), key=f"{key}.unit")


def on_whistled(case: int, leg: int, unit: int, **_rest: object) -> None:
    """The desk of the unit called in learns of its part."""
    row = _case(case)
    _tell(row, _desks_of(unit), _("请贵单位协办「%(title)s」。"), key=f"case.whistled.{leg}")


def on_leg_reported(case: int, leg: int, **_rest: object) -> None:
    """The lead hears what the helper unit reports."""
    row, part = _case(case), Leg.objects.select_related("unit").get(pk=leg)
    at = part.reported_at.isoformat() if part.reported_at else ""
    _tell(row, audience(row, "assignee") or audience(row, "unit"), _("「%(title)s」：%(unit)s 回报了。"),
          key=f"case.leg_reported.{leg}.{at}", unit=part.unit.name)


def on_merged(case: int, into: int, **_rest: object) -> None:
    """The requester hears that the matter goes on inside another, with its number."""
    row = _case(case)
    main = Case.objects.filter(pk=into).values_list("number", flat=True).first()
    _tell(row, audience(row, "requester"), _("「%(title)s」和 %(number)s 是同一件事，并在一起办，进展照样告诉您。"),
          key=f"case.merged.{case}.{into}.{row.seq}", desk=False, number=main or "")


def on_unmerged(case: int, **_rest: object) -> None:
    """Taken out again, the matter is open whatever became of the other: its term does not run."""
    keep_or_let_go(_case(case))


def on_recomputed(case: int, due_at: str, **_rest: object) -> None:
    """A deadline that the holiday notice moved is told to who waits and to who works."""
    row = _case(case)
    sentence, key = _("「%(title)s」的期限按放假通知重算，是 %(day)s。"), f"case.recomputed.{case}.{due_at}"
    _tell(row, audience(row, "requester"), sentence, key=key, desk=False, day=_day(due_at))
    _tell(row, audience(row, "assignee") or audience(row, "unit"), sentence, key=key, day=_day(due_at))


def _written_day(moment: str) -> str:
    return date_format(timezone.localtime(datetime.fromisoformat(moment)), "SHORT_DATETIME_FORMAT")


_day = lazy(_written_day, str)


def _case(pk: int) -> Case:
    found = _told_of.first(pk)
    if found is None:
        raise Case.DoesNotExist(pk)
    return found


_told_of = Prepared(lambda pk: Case.objects.select_related(
    "unit", "assignee", "requester", "agent", "offered_to").filter(pk=pk))
_happened = Prepared(lambda pk: CaseEvent.objects.filter(pk=pk))
