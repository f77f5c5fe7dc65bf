"""R11 the second half, with R1, R2, R3, R6 and R22: confirm, hold for a person's look, settle once.

What is held lies in the ledger as pending. Settling posts it into the clearing account and shares it out in one
transfer: to the helper as far as the ceilings leave room, the rest to the pool (or the honour book), and what was held
too much back to who paid. All of it is one transaction; its ids come from the service, so a repeat moves nothing.
"""

from __future__ import annotations

from datetime import date, timedelta

from django.db.models import Q, Sum
from django.db.transaction import atomic
from django.utils.translation import gettext_lazy as _

from linli.foundation import audit
from linli.foundation.calendar.clock import now
from linli.foundation.events import emit
from linli.foundation.notices import tell
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.mechanisms.ledger import actions as ledger, queries as books
from linli.mechanisms.ledger.models import Account, Book
from linli.services.timebank import fraud, purses, rules
from linli.services.timebank.actions.attending import _device, _locked
from linli.services.timebank.models import ClaimState, NeedState, Review, Service, ServiceState, Volunteer
from linli.services.timebank.presets import terms_on
from linli.services.timebank.sentences import refuse
from linli.services.timebank.terms import Terms


@atomic
def confirm(person: Person, service: Service, *, way: str = "", thanks: str = "", device: str = "") -> Service:
    """Who was helped says so: on the phone, read aloud, by family, or on paper by staff. Then it is settled, or held
    for a person's look where signals ask for one (R22). A second confirmation changes nothing.

    Raises `Denied`, `Refused`: not_now, own_confirm.
    """
    permit(person, "timebank.confirm", service)
    row = _locked(service)
    if row.state in (ServiceState.SETTLED, ServiceState.HELD) and row.confirmed_at:
        return row
    if row.state != ServiceState.DONE:
        refuse("not_now")
    if person.pk == row.helper_id:
        refuse("own_confirm")
    relations = row.relations_to(person)
    kind = "app" if "@helped" in relations else "family" if "@agent" in relations else "staff"
    row.confirm_way = way if (kind, way) in {
        ("app", "aloud"), ("staff", "paper"), ("staff", "aloud"), ("family", "aloud")} else kind
    row.thanks = thanks.strip()[:500]
    _device(person, row, device)
    _confirmed(person, row)
    audit.record(person, "timebank.confirm", row, acting_for=row.helped if kind != "app" else None,
                 way=row.confirm_way)
    return row


def _confirmed(person: Person | None, row: Service) -> None:
    """The common end of every confirmation: signals, then the minutes."""
    row.confirmed_at, row.confirmed_by = now(), person
    row.save()
    found = signals_of(row)
    if found:
        row.state = ServiceState.HELD
        row.save(update_fields=["state"])
        Review.objects.get_or_create(service=row, defaults={"area": row.area, "signals": found})
        emit("timebank.held", service=row.pk)
        return
    _settle(person, row)


def signals_of(row: Service) -> list[str]:
    """R22 for one service, from its neighbours in time of the same people and the same confirming hand."""
    terms = terms_of(row).fraud
    if row.in_at is None or row.out_at is None or row.helped_id is None:
        return []
    near = Q(helper__in=[row.helper_id, row.helped_id]) | Q(helped=row.helped_id)
    if row.confirmed_by_id:
        near |= Q(confirmed_by=row.confirmed_by_id, confirmed_at__gte=now() - timedelta(minutes=terms.bulk_within or 0))
    since = row.in_at - timedelta(days=max(terms.pair_days or 0, 2))
    others = Service.objects.filter(
        near, in_at__gte=since, out_at__isnull=False, helped__isnull=False).exclude(pk=row.pk).exclude(
        state=ServiceState.VOID).select_related("need")[:400]
    return fraud.signals(_as_done(row), [_as_done(one) for one in others], terms)


def _as_done(row: Service) -> fraud.Done:
    assert row.in_at is not None
    assert row.out_at is not None
    return fraud.Done(
        id=row.pk, helper=row.helper_id, helped=row.helped_id or 0, began=row.in_at, ended=row.out_at,
        place=row.need.spot if row.need else None, helper_device=row.helper_device, helped_device=row.helped_device,
        confirmed=row.confirmed_at, confirmed_by=row.confirmed_by_id)


@atomic
def decide_review(person: Person, review: Review, *, is_fine: bool, note: str) -> Service:
    """A person looked (R22): fine, it is settled; not fine, nothing is credited and the held minutes go back.

    Raises `Denied`, `Refused`: not_now, own_case, no_reason.
    """
    permit(person, "timebank.decide_review", review)
    row = _locked(review.service)
    found = Review.objects.select_for_update().get(pk=review.pk)
    if found.decided_at is not None or row.state != ServiceState.HELD:
        refuse("not_now")
    if person.pk in (row.helper_id, row.helped_id, row.confirmed_by_id):
        refuse("own_case")
    if len(note.strip()) < 4:
        refuse("no_reason", field="note")
    found.decided_at, found.decided_by, found.is_fine, found.note = now(), person, is_fine, note.strip()[:200]
    found.save()
    audit.record(person, "timebank.decide_review", row, is_fine=is_fine)
    if row.claims.exclude(state=ClaimState.CLOSED).exists():
        return row  # a claim waits: its own decision settles it
    if is_fine:
        _settle(person, row)
    else:
        _void(person, row, why=found.note)
    return row


def _void(person: Person | None, row: Service, *, why: str) -> None:
    ledger.void(person, row.hold_key, verb="timebank.release", reason="", about=row, system=True)
    row.state, row.why = ServiceState.VOID, why[:200]
    row.save(update_fields=["state", "why"])
    _close_need(row)
    tell(row.helper, _("这次服务没有记时间：%(why)s。觉得不对可以提出来，由另一位同事看。"), values={"why": row.why},
         about=row, key=f"timebank.void.{row.pk}", url=f"/timebank/services/{row.pk}/")
    emit("timebank.voided", service=row.pk)


@atomic
def settle(person: Person | None, service: Service) -> Service:
    """Credit a confirmed service, once; again changes nothing. For jobs and retries: `confirm` does it by itself.

    Raises `Refused`: not_now, under_review.
    """
    row = _locked(service)
    if row.state == ServiceState.SETTLED:
        return row
    if row.state == ServiceState.HELD:
        refuse("under_review")
    if row.state != ServiceState.DONE or row.confirmed_at is None:
        refuse("not_now")
    _settle(person, row)
    return row


def credit_of(row: Service, terms: Terms) -> int:
    """R2, R3, R1, or what a person decided after a claim (R14)."""
    if row.decided_minutes is not None:
        return row.decided_minutes
    assert row.in_at is not None
    assert row.out_at is not None
    raw = rules.credit(row.in_at, row.out_at, row.agreed_minutes, terms.credit, travel_minutes=row.travel_minutes)
    return rules.rounded(rules.priced(raw, row.item, terms.price), terms.unit)


def _settle(person: Person | None, row: Service) -> None:
    """Post the hold and share it out. Call while holding the row; never twice for a row."""
    terms = terms_of(row)
    book = purses.book(row.area)
    Volunteer.objects.select_for_update().filter(person=row.helper).first()  # two services of one helper, one ceiling
    earned = credit_of(row, terms)
    paid = min(earned, row.held_minutes)
    split = split_for(row, paid, book, terms)
    kept = split.person + split.pool
    if row.held_minutes:
        ledger.post(person, row.hold_key, verb="timebank.settle", about=row, system=True)
        lines = share(book, row, split.person, split.pool) + purses.refund(book, row.purses, row.held_minutes - kept)
        if lines:
            ledger.transfer(person, id=f"timebank.settle.{row.pk}", lines=lines, verb="timebank.settle", about=row,
                            system=True, facts={"day": row.rule_day.isoformat() if row.rule_day else ""})
    honour(person, row, earned - kept, key=f"timebank.honour.{row.pk}")
    row.credit, row.to_person, row.to_pool, row.to_honour = earned, split.person, split.pool, earned - kept
    row.state, row.settled_at = ServiceState.SETTLED, now()
    row.save()
    _close_need(row)
    audit.record(person, "timebank.settle", row, credit=earned, to_person=split.person, to_pool=split.pool)
    tell(row.helper, _("您这次服务的时间记好了：%(minutes)s 分钟。"), values={"minutes": earned}, about=row,
         key=f"timebank.settled.{row.pk}", url="/timebank/")
    emit("timebank.settled", service=row.pk, person=row.helper_id, minutes=earned)


def split_for(row: Service, minutes: int, book: Book, terms: Terms) -> rules.Split:
    """R6 for this helper on this day. Minutes a team earned have no person's ceilings."""
    settled = Service.objects.filter(helper=row.helper, team=None, state=ServiceState.SETTLED).exclude(pk=row.pk)
    today = settled.filter(rule_day=row.rule_day).aggregate(total=Sum("to_person"))["total"] or 0
    life = settled.aggregate(total=Sum("to_person"))["total"] or 0
    return rules.split_by_caps(
        minutes, terms.caps, today_minutes=int(today), lifetime_minutes=int(life), is_group=row.team_id is not None,
        balance_minutes=books.balance(purses.purse(book, row.helper, "earned")).posted)


def share(book: Book, row: Service, to_person: int, to_pool: int) -> purses.Lines:
    """Lines out of clearing: to the helper's purse (or the team's, R7) and to the pool."""
    receiver: Account = (purses.team_purse(book, row.team) if row.team else purses.purse(book, row.helper, "earned"))
    lines: purses.Lines = []
    if to_person:
        lines.append((purses.clearing(book), receiver, to_person))
    if to_pool:
        lines.append((purses.clearing(book), purses.pool(book), to_pool))
    return lines


def honour(person: Person | None, row: Service, minutes: int, *, key: str) -> None:
    """R6: what no purse can take still counts, in the book of honour."""
    if minutes <= 0:
        return
    book = purses.honour_book(row.area)
    ledger.transfer(person, id=key, debit=purses.honour_source(book), credit=purses.purse(book, row.helper, "honour"),
                    amount=minutes, verb="timebank.settle", about=row, system=True)


def _close_need(row: Service) -> None:
    if row.need is not None:
        row.need.state = NeedState.SETTLED if row.state == ServiceState.SETTLED else NeedState.WITHDRAWN
        row.need.save(update_fields=["state"])


def terms_of(row: Service) -> Terms:
    day: date = row.rule_day or now().date()
    return terms_on(row.area, day)


def evidence_kinds(row: Service, phase: str) -> set[str]:
    return set(row.evidence.filter(phase=phase).values_list("kind", flat=True))


def is_strong(row: Service) -> bool:
    """R12: are coming and going both proven by strong evidence?"""
    return rules.is_strong(evidence_kinds(row, "in"), evidence_kinds(row, "out"), terms_of(row).evidence)


@atomic
def confirm_by_time(service: Service) -> bool:
    """R11: nobody answered for n days; strong evidence confirms, anything weaker waits for a person."""
    row = _locked(service)
    if row.state != ServiceState.DONE or row.out_at is None or row.confirmed_at is not None:
        return False
    held = row.claims.exclude(state=ClaimState.CLOSED).exists()
    if not rules.may_confirm_itself(row.out_at, now(), terms_of(row).confirming, strong=is_strong(row), held=held):
        return False
    row.confirm_way = "auto"
    _confirmed(None, row)
    audit.record(None, "timebank.confirm_by_time", row)
    return True

