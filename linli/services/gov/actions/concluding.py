"""The decision, its delivery, and what may come after: a result revoked, an objection answered."""

from __future__ import annotations

from django.db.transaction import atomic
from django.utils.translation import gettext as _, gettext_lazy as lazy

from linli.foundation import audit
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.notices import tell
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.web import Denied, Refused
from linli.services.gov import letters, results
from linli.services.gov.actions.moving import held, step
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
from linli.services.gov.letters.composing import Fact
from linli.services.gov.models import Application
from linli.services.gov.models.deciding import Decision, Handling, Objection
from linli.services.gov.models.letters import Result, ResultState
from linli.services.gov.procedure import Event, Kind

# How a result reached who it is for; data for the letter in both languages.
WAYS = {
    "online": {"zh": "在办事页面下载", "en": "to be downloaded on the page"},
    "window": {"zh": "在窗口当面领取", "en": "in person at the counter"},
    "home": {"zh": "送到家里", "en": "brought home"},
    "post": {"zh": "邮寄", "en": "by post"},
    "agent": {"zh": "由代办人代领", "en": "to the person authorised"},
}
WAY_NAMES = {"online": lazy("网上取"), "window": lazy("窗口当面领"), "home": lazy("送到家"), "post": lazy("邮寄"),
             "agent": lazy("代办人代领")}


def reviewers(row: Application) -> set[int]:
    """Who reviewed it: none of them decides."""
    return {one for one in Handling.objects.filter(application=row, role="reviews").values_list("by", flat=True) if one}


@atomic
def decide(person: Person, application: Application, *, granted: bool, reasons: str = "",
           seen: int | None = None) -> Decision:
    """Grant or deny, once, after every review, by somebody who neither filed nor reviewed, at the item's level.

    A denial says why and how to contest it (第38条). Granting issues the result documents. The same decision pressed
    twice is made once. Raises `Denied`, `Refused`: moved_on, changed, reviewed, not_reviewed, objection, no_reason,
    procedure.
    """
    earlier: Decision | None = Decision.objects.filter(application=application, decided_by=person).first()
    row = opened(person, application, "decide", seen=None if earlier else seen)
    permit_level(person, row, "decide")
    if earlier is not None and earlier.granted == granted:
        return earlier
    in_state(row, "accepted")
    waiting = next_review(row, done_steps(row))
    if waiting is not None:
        raise Refused("not_reviewed", _("「%(step)s」还没办，办完才能决定。") % {"step": waiting["name"]})
    if person.pk in reviewers(row):
        raise Refused("reviewed", _("审过这件的人不能再作决定，请另一位同事来。"))
    if Objection.objects.filter(application=row, answered_at=None).exists():
        raise Refused("objection", _("当事人提了异议还没答复。先答复，再决定。"))
    if not granted:
        reasons = worded(reasons, "reasons")
    event = Event(now(), Kind.DECIDED, by=str(person.pk), granted=granted, reasons=reasons.strip()[:2000])
    try_out(row, event)
    step(row, person, "grant" if granted else "deny", event, state="decided", granted=granted)
    handle(row, person, "decides")
    return record(row, by=person, granted=granted, reasons=reasons.strip()[:2000])


def record(row: Application, *, by: Person | None, granted: bool, reasons: str = "") -> Decision:
    """What follows from a decision that stands in the clock already: results, letter, row, notice. `by` None: silence
    decided (called by the watch over deadlines, inside its transaction). Written once."""
    earlier: Decision | None = Decision.objects.filter(application=row).first()
    if earlier is not None:
        return earlier
    issued = results.issue(row, by=by) if granted else []
    letter = letters.write(row, "decision", by=by, facts={
        "granted": granted, "refused": not granted, "reasons": reasons, "results": _rows(issued)})
    last = Handling.objects.filter(application=row, role="reviews").order_by("-at", "-id").first()
    decision: Decision = Decision.objects.create(
        application=row, area=row.area, granted=granted, reasons=reasons, filed_by=row.actor,
        reviewed_by=last.by if last else None, decided_by=by, letter=letter)
    audit.record(by, "gov.decide", row, number=row.number, granted=granted)
    emit("gov.decided", application=row.pk)
    tell_applicant(row, lazy("单号 %(number)s 有决定了，决定书和不同意怎么办都在办事页面里。"), key="decided")
    return decision


def _rows(issued: list[Result]) -> Fact:
    return [{"name": one.name, "lines": [one.number]} for one in issued]


@atomic
def deliver(person: Person, application: Application, *, how: str, seen: int | None = None) -> Application:
    """What was decided is in the hands of who it is for; `how` is one of `WAYS`. Twice is once.

    Raises `Denied`, `Refused`: moved_on, changed, how, procedure.
    """
    row = opened(person, application, "deliver", seen=None if application.state == "delivered" else seen)
    if row.state == "delivered":
        return row
    in_state(row, "decided")
    if how not in WAYS:
        raise Refused("how", _("请选一种送达方式。"), field="how")
    event = Event(now(), Kind.DELIVERED, by=str(person.pk))
    try_out(row, event)
    step(row, person, "deliver", event, state="delivered")
    handle(row, person, "delivers")
    issued = list(Result.objects.filter(application=row).order_by("key"))
    letters.write(row, "delivered", by=person, facts={
        "how": WAYS[how], "results": _rows(issued), "url": letters.rate_url(row)})
    _keep_in_wallet(row, issued)
    audit.record(person, "gov.deliver", row, number=row.number, how=how)
    emit("gov.delivered", application=row.pk)
    tell_applicant(row, lazy("单号 %(number)s 办完了。办得好不好，请您评一评。"), key="delivered")
    return row


def _keep_in_wallet(row: Application, issued: list[Result]) -> None:
    """A licence that we issued is in the wallet of who it is for, and is not asked for again."""
    from linli.services.gov import wallet

    for one in issued:
        if one.licence and one.is_good:
            wallet.keep_issued(row.subject, licence=one.licence, result=one)


def _out_of_wallet(result: Result) -> None:
    from linli.services.gov import wallet

    wallet.revoke_issued(result)


@atomic
def revoke(person: Person, result: Result, *, reason: str) -> Result:
    """A result no longer holds, with a reason and how to contest it; by another person than who issued it.

    Raises `Denied`, `Refused`: own (four eyes), revoked, no_reason.
    """
    row = held(result.application)
    permit(person, "gov.decide", row)
    not_own(person, row, "decide")
    permit_level(person, row, "decide")
    mine: Result = Result.objects.select_for_update().get(pk=result.pk)
    if mine.state == ResultState.REVOKED:
        raise Refused("revoked", _("这份结果已经撤销过了。"))
    if mine.issued_by_id == person.pk:
        raise Refused("own", _("自己作的决定要请另一位同事来撤销。"))
    mine.revoke_reason = worded(reason, "reason")[:300]
    mine.state, mine.revoked_at, mine.revoked_by = ResultState.REVOKED, now(), person
    mine.save(update_fields=["state", "revoked_at", "revoked_by", "revoke_reason"])
    letters.write(row, "revoked", by=person, once=str(mine.pk), facts={
        "result": mine.name, "result_number": mine.number, "reason": mine.revoke_reason})
    audit.record(person, "gov.revoke", mine, number=mine.number)
    _out_of_wallet(mine)
    emit("gov.result_revoked", result=mine.pk, application=row.pk)
    tell_applicant(row, lazy("单号 %(number)s 的一份结果被撤销，原因和不同意怎么办写在通知书里。"),
                   key=f"revoked.{mine.pk}")
    return mine


@atomic
def object_to(person: Person, application: Application, *, words: str) -> Objection:
    """Who it is for says that this is not their wish, or not right; nothing is decided until somebody answers.

    Raises `Denied`, `Refused`: moved_on (decided: then there is the review, written in the letter), no_reason.
    """
    row = held(application)
    permit(person, "gov.object", row)
    in_state(row, "submitted", "correcting", "accepted")
    words = worded(words, "words")
    earlier: Objection | None = Objection.objects.filter(application=row, answered_at=None).first()
    if earlier is not None:
        return earlier
    made: Objection = Objection.objects.create(application=row, area=row.area, words=words, by=person)
    audit.record(person, "gov.object", row, number=row.number)
    emit("gov.objected", application=row.pk)
    return made


@atomic
def answer_objection(person: Person, objection: Objection, *, answer: str) -> Objection:
    """Say what was found; by somebody who did not file. Raises `Denied`, `Refused`: answered, no_reason."""
    row = held(objection.application)
    permit(person, "gov.receive", row)
    if person.pk == row.actor_id:
        raise Denied("gov.receive", visible=True)
    mine: Objection = Objection.objects.select_for_update().get(pk=objection.pk)
    if mine.answered_at is not None:
        raise Refused("answered", _("这条异议已经答复过了。"))
    mine.answer = worded(answer, "answer")
    mine.answered_by, mine.answered_at = person, now()
    mine.save(update_fields=["answer", "answered_by", "answered_at"])
    audit.record(person, "gov.answer_objection", row, number=row.number)
    if row.subject is not None:
        tell(row.subject, lazy("您对单号 %(number)s 提的异议有答复了。"), about=row,
             key=f"gov.objection.{mine.pk}", url=f"/gov/mine/{row.number}/", values={"number": row.number})
    return mine

