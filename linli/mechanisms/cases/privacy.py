"""This room's part in a person's rights, and what is left of a case when its term ends."""

from __future__ import annotations

from typing import Any

from django.db.models import F, Q
from django.db.transaction import atomic
from django.utils.timezone import localdate
from django.utils.translation import ngettext

from linli.foundation import audit
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.files.actions import forget_files_of
from linli.foundation.people.models import Person
from linli.foundation.prepared import Prepared
from linli.foundation.privacy.erasers import eraser
from linli.foundation.privacy.retention import is_held, start_retention, stop_retention
from linli.mechanisms.cases import engine, queries
from linli.mechanisms.cases.kinds import say
from linli.mechanisms.cases.models import Case, CaseEvent, Contact, Follower, Leg, Outcome, SavedView

# What statistics need and nobody can be known by. Everything a room kept beside it goes.
FACTS_KEPT = frozenset({"redirected", "parked", "first_due", "good_answer"})
DATA_KEPT = frozenset({
    "cycle", "timer", "level", "share", "due_at", "late_by_s", "firing", "until", "when", "upheld", "agreed", "leg",
    "done", "solved", "satisfied", "contacted", "joined", "route", "resting", "into", "from", "child", "computed",
    "promised"})
ANSWERS_SENT = {"requester": "own answer", "call": "call-back", "no_answer": "none"}


def copy_of(person: Person) -> dict[str, Any]:
    """The person's cases with the story they read there, their answers, and what they joined. Nothing of others."""
    rows = Case.objects.filter(requester=person, erased_at=None).select_related("unit").order_by("created")
    joined = Follower.objects.filter(person=person).select_related("case").order_by("since")
    helped = Case.objects.filter(agent=person, erased_at=None).exclude(requester=person).order_by("created")
    said = CaseEvent.objects.filter(actor=person, name="message", case__in=helped).order_by("at")
    return {
        "cases": [_copy(case, person) for case in rows],
        "reported_for_others": [
            {"number": case.number, "reported": case.created.isoformat(),
             "my_words": [event.text_public for event in said if event.case_id == case.pk]} for case in helped],
        "joined": [{"number": row.case.number, "since": row.since.isoformat(), "words": row.words} for row in joined],
    }


def _copy(case: Case, person: Person) -> dict[str, Any]:
    outcomes = Outcome.objects.filter(case=case).order_by("cycle")
    return {
        "number": case.number, "kind": str(case.kind), "title": case.title, "text": case.text, "place": case.place,
        "state": str(case.now_state), "unit": case.unit.name if case.unit else "", "channel": case.channel,
        "reported": case.created.isoformat(), "closed": case.closed_at.isoformat() if case.closed_at else None,
        "story": [{"at": event.at.isoformat(), "what": _event_title(case, event), "text": event.text_public,
                   "mine": event.actor_id == person.pk} for event in queries.as_read_by_parties(case)],
        "answers": [{"cycle": row.cycle, "contacted": row.contacted, "solved": row.solved, "satisfied": row.satisfied,
                     "by": ANSWERS_SENT.get(row.answered_by, "")} for row in outcomes],
    }


def _event_title(case: Case, event: CaseEvent) -> str:
    step = case.kind.transitions.get(event.name)
    return str(step) if step else engine.event_title(event.name)


def erase(person: Person) -> list[str]:
    """What is over goes now; what is open goes when its term ends; that the person joined, and their lists, go now."""
    said = []
    own = Q(requester=person) | Q(agent=person)
    over = Case.objects.filter(own, is_open=False, erased_at=None)
    gone = kept = 0
    for case in list(over):
        if is_held("cases.case", case.pk):
            kept += 1
        else:
            erase_case(case, "cases.case")
            gone += 1
    if gone:
        said.append(ngettext(
            "您办结的 %(count)s 件事已抹去内容和姓名，只留统计。",
            "您办结的 %(count)s 件事已抹去内容和姓名，只留统计。", gone) % {"count": gone})
    kept += Case.objects.filter(own, is_open=True).count()
    if kept:
        said.append(ngettext(
            "您有 %(count)s 件事还在办或者依法要留，办完、到期就抹去。",
            "您有 %(count)s 件事还在办或者依法要留，办完、到期就抹去。", kept) % {"count": kept})
    for row in Follower.objects.filter(person=person).select_related("case"):
        row.delete()
        Case.objects.filter(pk=row.case_id, followers__gt=0).update(followers=F("followers") - 1)
    SavedView.objects.filter(person=person).delete()
    return said


@eraser("cases.contact")
def erase_contact(contact: Contact, purpose: str) -> str:
    """Who to call is no longer needed."""
    contact.delete()
    return "deleted"


@eraser("cases.case")
@atomic
def erase_case(case: Case, purpose: str) -> str:
    """Anonymise: no words, no door, no name, no photo; kind, category, building, dates and results stay for counting.

    The story keeps its steps and times. The database lets events change only once the case is marked as erased.
    """
    case = engine.lock(case.pk)
    if case.erased_at is not None:
        return "anonymised"
    parties = {pk for pk in (case.requester_id, case.agent_id) if pk}
    category = case.kind.category(case.category)
    blank: dict[str, Any] = {
        "title": say((category or case.kind).title)[:80], "text": "", "place": "", "home": None,
        "lon": None, "lat": None, "requester": None, "agent": None, "once": "", "source_number": "",
        "facts": {key: value for key, value in case.facts.items() if key in FACTS_KEPT},
    }
    for column, value in blank.items():
        setattr(case, column, value)
    case.erased_at = now()
    case.save(update_fields=[*blank, "erased_at"])
    events = list(CaseEvent.objects.filter(case=case))
    for event in events:
        _blank_event(case, event, blank, parties)
    CaseEvent.objects.bulk_update(
        events, ["text_public", "text_internal", "data", "changes", "actor", "acting_for"], batch_size=200)
    Contact.objects.filter(case=case).delete()
    Follower.objects.filter(case=case).delete()
    Leg.objects.filter(case=case).update(reason="", report="")
    forget_files_of(case)
    audit.record(None, "cases.erase", case)
    emit("case.erased", case=case.pk, kind=case.kind_code)
    return "anonymised"


def _blank_event(case: Case, event: CaseEvent, blank: dict[str, Any], parties: set[int]) -> None:
    event.text_public = event.text_internal = ""
    step = case.kind.transitions.get(event.name)
    kept = {key: value for key, value in event.data.items() if key in DATA_KEPT}
    if step and event.data.get("reason") in step.reasons:
        kept["reason"] = event.data["reason"]
    event.data = kept
    changes = {key: blank[key] if key in blank and key != "facts" else value for key, value in event.changes.items()}
    if "facts" in changes:
        changes["facts"] = {key: value for key, value in (changes["facts"] or {}).items() if key in FACTS_KEPT}
    event.changes = changes
    if event.actor_id in parties or event.name in ("join", "leave"):
        event.actor = None
    event.acting_for = None


_merged = Prepared(lambda case: Case.objects.filter(merged_into=case))
_contact = Prepared(lambda case: Contact.objects.filter(case=case))


def keep_or_let_go(case: Case) -> None:
    """Start the terms when the matter is over, stop them when it goes on. What was merged into it follows it."""
    for row in [case, *_merged.all(case.pk)]:
        contact = _contact.first(row.pk)
        terms: list[tuple[Any, str]] = [(row, case.kind.retention), *([(contact, "cases.contact")] if contact else [])]
        for thing, purpose in terms:
            if case.is_open:
                stop_retention(thing, purpose)
            elif row.erased_at is None:
                start_retention(thing, purpose, from_=localdate(case.closed_at or now()))
