"""R13, R14: a claim holds the minutes until a person has decided; a settled service is put right by reversal."""

from __future__ import annotations

from django.db.transaction import atomic
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.foundation import audit
from linli.foundation.calendar.clock import now, today
from linli.foundation.events import emit
from linli.foundation.notices import tell
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.web import Refused
from linli.mechanisms.ledger import actions as ledger
from linli.mechanisms.ledger.models import Account, Book, Transfer
from linli.services.timebank import purses, rules
from linli.services.timebank.actions.attending import _locked
from linli.services.timebank.actions.settling import _settle, _void, honour, share, split_for, terms_of
from linli.services.timebank.models import Claim, ClaimState, Correction, Service, ServiceState
from linli.services.timebank.sentences import refuse, stop_at

_CLAIMABLE = (ServiceState.DONE, ServiceState.HELD, ServiceState.SETTLED, ServiceState.VOID)


@atomic
def claim(person: Person, service: Service, *, text: str, minutes: int | None = None) -> Claim:
    """Say that the minutes are not right; what is not yet settled stays held (R14).

    Raises `Denied`, `Refused`: not_now, too_late_to_claim, claim_open, no_reason.
    """
    permit(person, "timebank.claim", service)
    row = _locked(service)
    if row.state not in _CLAIMABLE or not row.out_at:
        refuse("not_now")
    terms = terms_of(row).claims
    last = rules.claim_open_until(timezone.localtime(row.settled_at or row.out_at).date(), terms)
    if last is not None and today() > last:
        refuse("too_late_to_claim")
    if row.claims.exclude(state=ClaimState.CLOSED).exists():
        refuse("claim_open")
    if len(text.strip()) < 4:
        refuse("no_reason", field="text")
    made = Claim.objects.create(
        area=row.area, service=row, by=person, text=text.strip()[:500], minutes=minutes,
        answer_by=rules.answer_by(today(), terms))
    if row.state == ServiceState.DONE:
        row.state = ServiceState.HELD
        row.save(update_fields=["state"])
    audit.record(person, "timebank.claim", row, claim=made.pk)
    emit("timebank.claimed", claim=made.pk)
    return made


@atomic
def decide_claim(person: Person, claim: Claim, *, minutes: int, answer: str) -> Claim:
    """A person's decision, with its words. On appeal another person's, and that one is final (R14).

    Raises `Denied`, `Refused`: not_now, own_case, same_decider, no_reason, held_too_much.
    """
    permit(person, "timebank.decide_claim", claim)
    row = Claim.objects.select_for_update(of=("self",)).select_related("by", "area").get(pk=claim.pk)
    service = _locked(row.service)
    if row.state not in (ClaimState.OPEN, ClaimState.APPEALED):
        refuse("not_now")
    if person.pk in (service.helper_id, service.helped_id, row.by_id):
        refuse("own_case")
    if row.state == ClaimState.APPEALED and person.pk == row.decided_by_id:
        refuse("same_decider")
    if len(answer.strip()) < 4:
        refuse("no_reason", field="answer")
    if minutes < 0 or (service.state == ServiceState.HELD and minutes > service.held_minutes):
        refuse("held_too_much", field="minutes")
    final = row.state == ClaimState.APPEALED
    service.decided_minutes = minutes
    service.save(update_fields=["decided_minutes"])
    row.answer, row.decided_at = answer.strip()[:500], now()
    if final:
        row.appeal_by, row.state = person, ClaimState.CLOSED
    else:
        row.decided_by, row.state = person, ClaimState.DECIDED
        row.appeal_until = rules.appeal_until(today(), terms_of(service).claims)
    row.save()
    audit.record(person, "timebank.decide_claim", service, claim=row.pk, minutes=minutes, final=final)
    tell(row.by, _("您提的时间问题有答复了。"), about=row, key=f"timebank.claim.{row.pk}.{int(final)}",
         url=f"/timebank/services/{service.pk}/")
    if final:
        _carry_out(person, row, service)
    return row


@atomic
def appeal(person: Person, claim: Claim, *, text: str) -> Claim:
    """Not content: another person looks. Raises `Denied`, `Refused`: not_now, too_late_to_appeal, no_reason."""
    permit(person, "timebank.appeal", claim)
    row = Claim.objects.select_for_update(of=("self",)).select_related("area").get(pk=claim.pk)
    if row.state != ClaimState.DECIDED:
        refuse("not_now")
    if row.appeal_until is not None and today() > row.appeal_until:
        refuse("too_late_to_appeal")
    if len(text.strip()) < 4:
        refuse("no_reason", field="appeal")
    row.state, row.appeal, row.appealed_at = ClaimState.APPEALED, text.strip()[:500], now()
    row.answer_by = rules.answer_by(today(), terms_of(row.service).claims)
    row.save()
    audit.record(person, "timebank.appeal", row)
    emit("timebank.appealed", claim=row.pk)
    return row


@atomic
def accept_answer(person: Person, claim: Claim) -> Claim:
    """Content with the answer: it is carried out now, not after the days of appeal. Raises `Denied`, `not_now`."""
    permit(person, "timebank.appeal", claim)
    return _close(person, claim)


@atomic
def close_by_time(claim: Claim) -> bool:
    """The days of appeal are over: the decision is carried out."""
    row = Claim.objects.select_for_update().get(pk=claim.pk)
    if row.state != ClaimState.DECIDED or row.appeal_until is None or today() <= row.appeal_until:
        return False
    _close(None, row)
    return True


def _close(person: Person | None, claim: Claim) -> Claim:
    row = Claim.objects.select_for_update(of=("self",)).select_related("area").get(pk=claim.pk)
    if row.state != ClaimState.DECIDED:
        refuse("not_now")
    row.state = ClaimState.CLOSED
    row.save(update_fields=["state"])
    _carry_out(person, row, _locked(row.service))
    audit.record(person, "timebank.close_claim", row)
    return row


def _carry_out(person: Person | None, row: Claim, service: Service) -> None:
    """What was decided becomes minutes: by settling what was held, or by a correction that a second person does."""
    minutes = service.decided_minutes or 0
    if service.state == ServiceState.HELD:
        service.confirmed_at = service.confirmed_at or now()
        service.confirm_way = service.confirm_way or "staff"
        if minutes:
            _settle(person, service)
        else:
            _void(person, service, why=str(_("核对后不记时间")))
    elif service.state in (ServiceState.SETTLED, ServiceState.VOID) and minutes != service.credit:
        asked = row.appeal_by or row.decided_by
        assert asked is not None
        Correction.objects.get_or_create(service=service, defaults={
            "area": service.area, "reason": f"claim {row.pk}", "minutes": minutes, "was_minutes": service.credit,
            "asked_by": asked})


@atomic
def ask_correction(person: Person, service: Service, *, minutes: int, reason: str) -> Correction:
    """R13: a settled service is wrong; another will do it. Raises `Denied`, `not_now`, `no_reason`, `already`."""
    permit(person, "timebank.ask_correction", service)
    row = _locked(service)
    if row.state != ServiceState.SETTLED:
        refuse("not_now")
    stop_at([code for code in rules.correction_obstacles(
        terms_of(row).correction, reason=reason, by=person.pk, asked_by=None) if code == "no_reason"], field="reason")
    if row.corrections.exists():
        refuse("already")
    if minutes < 0 or minutes > max(row.held_minutes, row.to_person + row.to_pool):
        refuse("held_too_much", field="minutes")
    made = Correction.objects.create(
        area=row.area, service=row, reason=reason.strip()[:200], minutes=minutes, was_minutes=row.credit,
        asked_by=person)
    audit.record(person, "timebank.ask_correction", row, minutes=minutes)
    return made


@atomic
def correct(person: Person, correction: Correction) -> Service:
    """The second person does it: what was booked is reversed, and the right minutes are booked (R13).

    Raises `Denied`, `Refused`: not_now, second_person, own_case, spent (the helper has given the minutes away already).
    """
    permit(person, "timebank.correct", correction)
    made = Correction.objects.select_for_update(of=("self",)).get(pk=correction.pk)
    row = _locked(made.service)
    if made.done_at is not None or row.state not in (ServiceState.SETTLED, ServiceState.VOID):
        refuse("not_now")
    stop_at(rules.correction_obstacles(
        terms_of(row).correction, reason=made.reason, by=person.pk, asked_by=made.asked_by_id))
    if person.pk in (row.helper_id, row.helped_id):
        refuse("own_case")
    try:
        _book_anew(person, row, made)
    except Refused as refusal:
        if refusal.code == "short":
            refuse("spent")
        raise
    made.done_by, made.done_at = person, now()
    made.save()
    row.save()
    audit.record(person, "timebank.correct", row, was=made.was_minutes, minutes=made.minutes)
    tell(row.helper, _("有一次服务的时间更正了：应记 %(minutes)s 分钟。"), values={"minutes": made.minutes}, about=row,
         key=f"timebank.corrected.{made.pk}", url=f"/timebank/services/{row.pk}/")
    emit("timebank.corrected", service=row.pk)
    return row


def _book_anew(person: Person, row: Service, made: Correction) -> None:
    book, why = purses.book(row.area), f"correction {made.pk}"
    for key in (f"timebank.settle.{row.pk}", f"timebank.honour.{row.pk}", f"{row.hold_key}:post",
                f"timebank.outside.{row.pk}"):
        found = Transfer.objects.select_related("book").filter(key=key).first()
        if found is not None:
            ledger.reverse(person, found, reason=why, verb="timebank.correct", about=row, system=True)
    split = split_for(row, min(made.minutes, max(row.held_minutes, row.to_person + row.to_pool)), book, terms_of(row))
    kept = split.person + split.pool
    if kept:
        pay = _pay(row, kept, book)
        ledger.transfer(person, id=f"timebank.corrected.{made.pk}",
                        lines=pay + share(book, row, split.person, split.pool), verb="timebank.correct", about=row,
                        system=True)
    honour(person, row, made.minutes - kept, key=f"timebank.honour.corrected.{made.pk}")
    row.credit, row.to_person, row.to_pool, row.to_honour = made.minutes, split.person, split.pool, made.minutes - kept
    row.decided_minutes, row.state, row.settled_at = made.minutes, ServiceState.SETTLED, row.settled_at or now()


def _pay(row: Service, minutes: int, book: Book) -> purses.Lines:
    """From the purses that paid, in the order they paid, into clearing."""
    lines: purses.Lines = []
    for code, amount in row.purses:
        take = min(minutes, int(amount))
        if take > 0:
            payer = Account.objects.select_related("book").get(book=book, code=code)
            lines.append((payer, purses.clearing(book), take))
            minutes -= take
    return lines
