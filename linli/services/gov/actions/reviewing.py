"""Between acceptance and decision: review steps, special procedures that are told in writing, an extension."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db.transaction import atomic
from django.utils.translation import gettext as _, gettext_lazy as lazy

from linli.foundation import audit
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.web import Refused
from linli.mechanisms.cases import engine
from linli.mechanisms.cases.models import CaseEvent
from linli.services.gov import deadline, letters
from linli.services.gov.actions.moving import held, step as move
from linli.services.gov.actions.stepping import (
    done_steps,
    handle,
    in_state,
    next_review,
    not_own,
    opened,
    permit_level,
    tell_applicant,
    try_out,
    worded,
)
from linli.services.gov.items.reading import spoken
from linli.services.gov.letters.composing import told_days
from linli.services.gov.models import Application
from linli.services.gov.models.deciding import Proposal
from linli.services.gov.procedure import Event, Kind, Rule, pause_name
from linli.services.gov.procedure.law import law

DAYS_MOST = 400


@atomic
def advance(person: Person, application: Application, *, step: str, note: str = "", proposal: str = "",
            seen: int | None = None) -> Application:
    """One review step is done. Steps go in the item's order, each by somebody who did not file.

    Raises `Denied`, `Refused`: moved_on, changed, out_of_turn, resting, no_reason (a proposal to deny says why).
    """
    row = opened(person, application, "review", seen=seen)
    in_state(row, "accepted")
    turn = next_review(row, done_steps(row))
    if turn is None or turn["key"] != step:
        raise Refused("out_of_turn", _("这一步现在轮不到办，或者已经办过了。请看最新的经过。"))
    state, _rule = deadline.state_of(row)
    if state.is_paused:
        raise Refused("resting", _("特别程序还没做完，做完再往下办。"))
    proposal = proposal if proposal in Proposal.values else ""
    if proposal == Proposal.DENY:
        note = worded(note, "note")
    move(row, person, "advance", note=str(turn["name"]))
    handle(row, person, "reviews", key=step, note=note.strip()[:2000], proposal=proposal)
    audit.record(person, "gov.advance", row, number=row.number, step=step, proposal=proposal)
    emit("gov.advanced", application=row.pk)
    return row


@atomic
def say(person: Person, application: Application, text: str) -> None:
    """A message of who handles it, in the matter's own story; the applicant is told. The same words sent twice in a row
    are said once. Raises `Denied`, `Refused`: no_text, over."""
    row = held(application)
    permit(person, "gov.work", row)
    not_own(person, row, "work")
    words = text.replace("\0", "").strip()[:2000]
    if not words:
        raise Refused("no_text", _("请先写几个字。"), field="text")
    if row.case is None or not row.is_open:
        raise Refused("over", _("这件已经办完了，不能再留言。请打电话给申请人。"))
    last = CaseEvent.objects.filter(case=row.case).order_by("-seq").first()
    if last is not None and (last.name, last.actor_id, last.text_public) == ("message", person.pk, words):
        return
    event = engine.append(row.case, person, "message", channel="desk", text_public=words)
    audit.record(person, "gov.say", row, number=row.number, seq=event.seq)
    tell_applicant(row, lazy("单号 %(number)s 有新的留言。"), key=f"said.{event.pk}")


def said(row: Application) -> list[CaseEvent]:
    """The messages of a matter, oldest first."""
    return list(CaseEvent.objects.filter(case=row.case, name="message").select_related("actor").order_by("seq"))


def special_procedures(row: Application) -> dict[str, str]:
    """What may interrupt this item's clock, by its key: its own procedures, and for a licence those of 第45条."""
    _state, rule = deadline.state_of(row)
    return {key: str(pause_name(key, rule)) for key in sorted(rule.pausable)}


@atomic
def pause(person: Person, application: Application, *, kind: str, days: int, sentence: str,
          seen: int | None = None) -> Application:
    """Begin a special procedure and tell the applicant in writing how long it takes, at the same moment: only then does
    its time not count (第45条). Raises `Denied`, `Refused`: moved_on, changed, unknown, days, no_reason, procedure."""
    row = opened(person, application, "review", seen=seen)
    in_state(row, "accepted")
    sentence = worded(sentence, "sentence")
    known = special_procedures(row)
    if kind not in known:
        raise Refused("unknown", _("这个事项没有写明可以因此暂停计时，请照常办。"), field="kind")
    if not 1 <= days <= DAYS_MOST:
        raise Refused("days", _("请写要多少天，1 到 %(most)s 的整数。") % {"most": DAYS_MOST}, field="days")
    moment = now()
    events = [Event(moment, Kind.PAUSE_TOLD, pause=kind, by=str(person.pk), days=days, reasons=sentence),
              Event(moment, Kind.PAUSE_BEGUN, pause=kind, by=str(person.pk))]
    _after, rule = try_out(row, *events)
    move(row, person, "pause", *events)
    letters.write(row, "paused", by=person, once=f"{kind}.{len(deadline.events_of(row))}", facts={
        "name": _pause_words(row, kind, rule), "days": told_days(days, _unit(kind, rule)), "reason": sentence,
        "pause_basis": _pause_basis(kind, rule)})
    audit.record(person, "gov.pause", row, number=row.number, pause=kind, days=days)
    emit("gov.paused", application=row.pk)
    tell_applicant(row, lazy("单号 %(number)s 要做一项特别程序，要多久写在告知书里，这段时间不算时限。"),
                   key=f"paused.{row.case.seq if row.case else 0}")
    return row


@atomic
def resume(person: Person, application: Application, *, kind: str, seen: int | None = None) -> Application:
    """The special procedure is over; the clock runs on. Raises `Denied`, `Refused`: moved_on, changed, not_resting."""
    row = opened(person, application, "review", seen=seen)
    in_state(row, "accepted")
    before, _rule = deadline.state_of(row)
    if not any(one.kind == kind and one.ended is None for one in before.pauses):
        raise Refused("not_resting", _("这项特别程序没有在做，不用恢复。"))
    event = Event(now(), Kind.PAUSE_ENDED, pause=kind, by=str(person.pk))
    after, rule = try_out(row, event)
    move(row, person, "advance" if after.is_paused else "resume", event)
    letters.write(row, "resumed", by=person, once=f"{kind}.{len(deadline.events_of(row))}",
                  facts={"name": _pause_words(row, kind, rule)})
    audit.record(person, "gov.resume", row, number=row.number, pause=kind)
    emit("gov.resumed", application=row.pk)
    tell_applicant(row, lazy("单号 %(number)s 的特别程序做完了，接着算时间。"),
                   key=f"resumed.{row.case.seq if row.case else 0}")
    return row


@atomic
def extend(person: Person, application: Application, *, reasons: str, seen: int | None = None) -> Application:
    """Approve more time: as many days as the item or the law gives, once, before the limit is over, by who may, with
    reasons that the applicant reads (第42条). Raises `Denied`, `Refused`: moved_on, changed, no_reason, procedure."""
    row = opened(person, application, "extend", seen=seen)
    permit_level(person, row, "extend")
    in_state(row, "accepted")
    reasons = worded(reasons, "reasons")
    _before, rule = deadline.state_of(row)
    office = rule.extension.approver if rule.extension else ""
    event = Event(now(), Kind.EXTENSION_APPROVED, by=str(person.pk), office=office, reasons=reasons)
    try_out(row, event)
    assert rule.extension is not None, "else it would be a problem of the clock"
    move(row, person, "extend", event)
    letters.write(row, "extended", by=person, facts={
        "days": told_days(rule.extension.days, "working_day" if rule.working else "calendar_day"), "reasons": reasons,
        "approver": _approver(row, office), "extension_basis": rule.extension.basis})
    audit.record(person, "gov.extend", row, number=row.number, days=rule.extension.days, office=office)
    emit("gov.extended", application=row.pk)
    tell_applicant(row, lazy("单号 %(number)s 要多办几天，为什么、延到哪天写在告知书里。"), key="extended")
    return row


def _approver(row: Application, office: str) -> Mapping[str, str]:
    """Who approves, in both languages: the law's head or government, else as the item names it."""
    known = {"head": {"zh": "本机关负责人", "en": "the head of the authority"},
             "government": {"zh": "本级人民政府负责人", "en": "the head of the government"}}
    if office in known:
        return known[office]
    english: Mapping[str, Any] = spoken(row.version.body, "en")["local"]["clock"]
    return {"zh": office, "en": str((english.get("extension") or {}).get("approver") or office)}


def _pause_words(row: Application, kind: str, rule: Rule) -> dict[str, str]:
    """The name of a special procedure in both languages."""
    english: Mapping[str, Any] = spoken(row.version.body, "en")["local"]["clock"]
    named = next((str(one["name"]) for one in english.get("special") or () if one["key"] == kind), "")
    return {"zh": str(pause_name(kind, rule)), "en": named or kind.replace("_", " ")}


def _unit(kind: str, rule: Rule) -> str:
    special = rule.specials.get(kind)
    return special.term.unit if special else "working_day"


def _pause_basis(kind: str, rule: Rule) -> str:
    special = rule.specials.get(kind)
    return (special.term.basis if special else "") or law().not_counted_basis
