"""This room's part in a person's rights. Classes and loans are the bookings mechanism's to copy and to erase."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.utils.translation import gettext as _

from linli.foundation.calendar.clock import now
from linli.foundation.privacy.erasers import eraser
from linli.services.learning.models import (
    AskState,
    Certificate,
    Course,
    Drill,
    DrillAnswer,
    DrillPlace,
    HelpAsk,
    Helper,
    Helping,
    Match,
    MatchState,
    Progress,
    Visit,
    VisitState,
)

if TYPE_CHECKING:
    from linli.foundation.people.models import Person


def copy_of(person: Person) -> dict[str, Any]:
    """What one can do, asked for, offered, taught; drills, certificates, helping time."""
    return {
        "skills": [{"skill": row.skill, "own": row.own, "taught": row.taught}
                   for row in Progress.objects.filter(person=person).order_by("skill")],
        "certificates": [{"number": row.number, "module": row.module, "revoked": row.revoked_at is not None}
                         for row in Certificate.objects.filter(person=person).order_by("pk")],
        "asked": [{"topics": row.topics, "slots": row.slots, "at_home": row.at_home, "note": row.note,
                   "state": row.state} for row in HelpAsk.objects.filter(person=person).order_by("pk")],
        "offered": [{"topics": row.topics, "slots": row.slots, "goes_home": row.goes_home}
                    for row in Helper.objects.filter(person=person).order_by("pk")],
        "lessons": [{"starts": row.starts.isoformat(), "at_home": row.at_home, "place": row.place, "state": row.state}
                    for row in Visit.objects.filter(match__ask__person=person).order_by("pk")],
        "helped": [{"in": row.in_at.isoformat(), "out": row.out_at.isoformat() if row.out_at else None,
                    "minutes": row.minutes} for row in Helping.objects.filter(person=person).order_by("pk")],
        "courses_offered": [{"title": row.title, "text": row.text, "state": row.state}
                            for row in Course.objects.filter(proposed_by=person).order_by("pk")],
        "drills": [{"message": row.drill.message, "reaction": row.reaction}
                   for row in DrillAnswer.objects.filter(person=person).select_related("drill").order_by("pk")],
    }


def erase(person: Person) -> list[str]:
    """Notes and places go, and all of skills and drills; lessons and hours stay as the other side's record, without
    words. A certificate keeps its number and says "signed off" when somebody checks it."""
    said = []
    for ask in HelpAsk.objects.filter(Q(person=person) | Q(asked_by=person)):
        ask.note, ask.place = "", ""
        if ask.state in (AskState.OPEN, AskState.MATCHED):
            ask.state = AskState.WITHDRAWN
        ask.save(update_fields=["note", "place", "state"])
    for visit in Visit.objects.filter(match__ask__person=person):
        visit.place = ""
        visit.save(update_fields=["place"])
    for match in Match.objects.filter(Q(ask__person=person) | Q(helper__person=person), state__in=[
            MatchState.PROPOSED, MatchState.AGREED]):
        match.state, match.ended_at = MatchState.ENDED, now()
        match.save(update_fields=["state", "ended_at"])
    if Visit.objects.filter(match__ask__person=person, state=VisitState.BOOKED).exists():
        said.append(_("还有约好的一对一课，请打社区电话取消。"))
    if Progress.objects.filter(person=person).delete()[0]:
        said.append(_("您的学习记录已删除。"))
    if DrillAnswer.objects.filter(person=person).delete()[0] + DrillPlace.objects.filter(person=person).delete()[0]:
        said.append(_("您的防骗演练记录已删除。"))
    if Helper.objects.filter(person=person, left_at=None).update(left_at=now(), topics=[], slots=[]):
        said.append(_("您的一对一志愿者报名已退出。"))
    return said


@eraser("learning.helpask")
def erase_ask(ask: HelpAsk, purpose: str) -> str:
    """Its term ended: what was written goes; that somebody learned stays as a number."""
    ask.note, ask.place = "", ""
    ask.save(update_fields=["note", "place"])
    return "anonymised"


@eraser("learning.visit")
def erase_visit(visit: Visit, purpose: str) -> str:
    visit.place = ""
    visit.save(update_fields=["place"])
    return "anonymised"


@eraser("learning.drill")
def erase_drill(drill: Drill, purpose: str) -> str:
    """Who got it and what they chose goes; that it was sent stays."""
    DrillAnswer.objects.filter(drill=drill).delete()
    return "anonymised"


@eraser("learning.progress")
def erase_progress(row: Progress, purpose: str) -> str:
    row.delete()
    return "deleted"
