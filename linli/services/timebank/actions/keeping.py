"""R9, R18–R20, R22: the treasury, what runs out, what is left behind, goods, and the month's sample."""

from __future__ import annotations

from datetime import date

from django.db.models import Q, Sum
from django.db.transaction import atomic
from django.utils.translation import gettext_lazy as _

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now, today
from linli.foundation.events import emit
from linli.foundation.notices import tell
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.web import Refused
from linli.mechanisms.ledger import actions as ledger, queries as books
from linli.mechanisms.ledger.models import Account
from linli.services.timebank import fraud, purses, rules, standing
from linli.services.timebank.models import (
    AuditSample,
    Decision,
    GoodsGiven,
    Issue,
    Kinship,
    Leaving,
    Service,
    ServiceState,
    Volunteer,
)
from linli.services.timebank.presets import terms_on
from linli.services.timebank.sentences import refuse, stop_at


@atomic
def propose_decision(person: Person, area: Area, *, number: str, title: str, limit_minutes: int, since: date,
                     until: date | None = None) -> Decision:
    """Put down a decision to create time; another person agrees before any is created (R9).

    Raises `Denied`, `Refused`: no_decision_number, no_minutes, already.
    """
    permit(person, "timebank.treasury", area)
    if not number.strip():
        refuse("no_decision_number", field="number")
    if limit_minutes <= 0:
        refuse("no_minutes", field="limit_minutes")
    if Decision.objects.filter(area=area, number=number.strip()).exists():
        raise Refused("already", _("这个文号已经登记过了。"), field="number")
    row = Decision.objects.create(
        area=area, number=number.strip(), title=title.strip()[:80], limit_minutes=limit_minutes, since=since,
        until=until, made_by=person)
    audit.record(person, "timebank.treasury", row, limit=limit_minutes)
    return row


@atomic
def agree_decision(person: Person, decision: Decision) -> Decision:
    """The second person. Raises `Denied`, `Refused`: second_person, not_now."""
    permit(person, "timebank.agree_decision", decision)
    row: Decision = Decision.objects.select_for_update(of=("self",)).select_related("area").get(pk=decision.pk)
    if row.made_by_id == person.pk:
        refuse("second_person")
    if row.agreed_at is not None:
        refuse("not_now")
    row.agreed_by, row.agreed_at = person, now()
    row.save(update_fields=["agreed_by", "agreed_at"])
    purses.treasury(purses.book(row.area), row)
    audit.record(person, "timebank.agree_decision", row)
    return row


def issued_under(decision: Decision) -> int:
    """Minutes created under the decision so far, from its account."""
    return -purses.peek(decision.area, f"treasury.{decision.pk}").posted


@atomic
def issue(person: Person, decision: Decision, elder: Person, minutes: int, *, once: str) -> Issue:
    """Create time for one entitled elder under a decision (R9); it runs out to the pool (R18).

    Raises `Denied`, `Refused`: closed_decision and the obstacles of R9.
    """
    permit(person, "timebank.issue", decision)
    found: Issue | None = Issue.objects.filter(once=f"{decision.pk}.{elder.pk}.{once}").first()
    if found is not None:
        return found
    row = Decision.objects.select_for_update(of=("self",)).select_related("area").get(pk=decision.pk)
    if not row.is_open:
        refuse("closed_decision")
    if not elder.area_code.startswith(row.area.code):
        refuse("not_theirs", field="phone")
    terms, day = terms_on(row.area, today()), today()
    this_year = Issue.objects.filter(person=elder, at__year=day.year).aggregate(total=Sum("minutes"))["total"] or 0
    stop_at(rules.issue_obstacles(
        minutes, terms.treasury, standing.who(elder, row.area, day), number=row.number,
        limit_minutes=row.limit_minutes, issued_minutes=issued_under(row), person_year_minutes=int(this_year)))
    made = Issue.objects.create(
        area=row.area, decision=row, person=elder, minutes=minutes, by=person,
        once=f"{decision.pk}.{elder.pk}.{once}", expires_on=rules.expires_on(day, terms.expiry, issued=True))
    book = purses.book(row.area)
    ledger.transfer(person, id=f"timebank.issue.{made.pk}", debit=purses.treasury(book, row),
                    credit=purses.purse(book, elder, "issued"), amount=minutes, verb="timebank.issue", about=made,
                    memo=row.number, system=True)
    audit.record(person, "timebank.issue", made, acting_for=elder, minutes=minutes)
    tell(elder, _("给您发了 %(minutes)s 分钟的时间，可以用来请人帮忙。"), values={"minutes": minutes}, about=made,
         key=f"timebank.issue.{made.pk}", url="/timebank/")
    emit("timebank.issued", issue=made.pk)
    return made


@atomic
def fund_pool(person: Person, decision: Decision, minutes: int, *, once: str) -> None:
    """Create time for the pool under a decision (R9). Raises `Denied`, `Refused`: closed_decision, over_budget."""
    permit(person, "timebank.issue", decision)
    row = Decision.objects.select_for_update(of=("self",)).select_related("area").get(pk=decision.pk)
    if not row.is_open:
        refuse("closed_decision")
    if minutes <= 0:
        refuse("no_minutes", field="minutes")
    key = f"timebank.fund.{row.pk}.{once}"
    if books.find(key) is None and issued_under(row) + minutes > row.limit_minutes:
        refuse("over_budget", field="minutes")
    book = purses.book(row.area)
    ledger.transfer(person, id=key, debit=purses.treasury(book, row), credit=purses.pool(book), amount=minutes,
                    verb="timebank.issue", about=row, memo=row.number, system=True)
    audit.record(person, "timebank.fund_pool", row, minutes=minutes)


@atomic
def expire_issued(elder: Person, area: Area, on: date) -> int:
    """R18: what is left of issued time past its day goes to the pool; how many minutes. Once a day and person."""
    book = purses.book(area)
    purse = purses.purse(book, elder, "issued")
    valid = list(Issue.objects.filter(Q(expires_on=None) | Q(expires_on__gte=on), person=elder, area=area).values_list(
        "minutes", flat=True))
    old = rules.expired_issued(books.balance(purse).available, valid)
    key = f"timebank.expire.{elder.pk}.{on.isoformat()}"
    if old <= 0 or books.find(key) is not None:
        return 0
    ledger.transfer(None, id=key, debit=purse, credit=purses.pool(book), amount=old, verb="timebank.expire",
                    about=elder, system=True)
    tell(elder, _("发给您的时间有 %(minutes)s 分钟到期了，已经放进公益池，帮别的老人。"), values={"minutes": old},
         about=elder, key=key, url="/timebank/")
    return old


@atomic
def record_leaving(person: Person, area: Area, member: Person, *, why: str, left_on: date) -> Leaving:
    """R19: somebody died or left; relatives may come for a while, then the pool has it. Raises `Denied`, `already`."""
    permit(person, "timebank.leaving", area)
    if Leaving.objects.filter(person=member).exists():
        refuse("already")
    row = Leaving.objects.create(
        area=area, person=member, why=why, left_on=left_on, by=person,
        relatives_until=rules.leaving_until(left_on, terms_on(area, left_on).leaving))
    Volunteer.objects.filter(person=member).update(left_on=left_on)
    audit.record(person, "timebank.leaving", row)
    return row


@atomic
def hand_to_kin(person: Person, leaving: Leaving, heir: Person) -> Leaving:
    """A confirmed relative takes the minutes over, in time (R19). Raises `Denied`, `Refused`: not_now, not_kin."""
    permit(person, "timebank.leaving", leaving)
    row = Leaving.objects.select_for_update(of=("self",)).select_related("area", "person").get(pk=leaving.pk)
    if row.closed_at is not None or (row.relatives_until is not None and today() > row.relatives_until):
        refuse("not_now")
    if not Kinship.objects.filter(person=row.person, other=heir, confirmed_at__isnull=False).exists():
        refuse("not_kin", field="phone")
    _empty(person, row, purses.purse(purses.book(row.area), heir, "earned"))
    row.went_to = "kin"
    _close(person, row)
    return row


@atomic
def pool_what_is_left(leaving: Leaving) -> bool:
    """R19: nobody came in time."""
    row = Leaving.objects.select_for_update(of=("self",)).select_related("area", "person").get(pk=leaving.pk)
    if row.closed_at is not None or (row.relatives_until is not None and today() <= row.relatives_until):
        return False
    _empty(None, row, purses.pool(purses.book(row.area)))
    row.went_to = "pool"
    _close(None, row)
    return True


def _empty(person: Person | None, row: Leaving, into: Account) -> None:
    """Earned and gifted minutes go `into`; issued ones always to the pool (they were given to that elder alone)."""
    book = purses.book(row.area)
    lines: purses.Lines = []
    for which in ("earned", "gift", "issued"):
        purse = purses.purse(book, row.person, which)
        free = books.balance(purse).available
        if free > 0:
            lines.append((purse, purses.pool(book) if which == "issued" else into, free))
    if lines:
        ledger.transfer(person, id=f"timebank.leaving.{row.pk}", lines=lines, verb="timebank.leaving", about=row,
                        system=True)


def _close(person: Person | None, row: Leaving) -> None:
    row.closed_at = now()
    row.save(update_fields=["closed_at", "went_to"])
    audit.record(person, "timebank.leaving", row, went_to=row.went_to)


@atomic
def give_goods(person: Person, area: Area, member: Person, *, what: str, minutes: int, once: str) -> GoodsGiven:
    """R20: something for minutes, only where the city allows it. The minutes leave the book of time for good, and
    stand as points in a book of their own. Raises `Denied`, `Refused`: no_goods_here, short, no_minutes."""
    permit(person, "timebank.goods", area)
    stop_at(rules.goods_obstacles(terms_on(area, today()).goods, back_to_time=False))
    if minutes <= 0 or not what.strip():
        refuse("no_minutes", field="minutes")
    found: GoodsGiven | None = GoodsGiven.objects.filter(once=f"{member.pk}.{once}").first()
    if found is not None:
        return found
    made = GoodsGiven.objects.create(
        area=area, person=member, what=what.strip()[:60], minutes=minutes, by=person, once=f"{member.pk}.{once}")
    book, points = purses.book(area), purses.goods_book(area)
    try:
        ledger.transfer(person, id=f"timebank.goods.{made.pk}", debit=purses.purse(book, member, "earned"),
                        credit=purses.goods_sink(book), amount=minutes, verb="timebank.goods", about=made, system=True)
    except Refused as refusal:
        if refusal.code == "short":
            refuse("short", field="minutes")
        raise
    ledger.transfer(person, id=f"timebank.points.{made.pk}", debit=purses.honour_source(points),
                    credit=purses.purse(points, member, "points"), amount=minutes, verb="timebank.goods", about=made,
                    system=True)
    audit.record(person, "timebank.goods", made, acting_for=member, minutes=minutes)
    return made


def month_ids(area: Area, month: date) -> list[int]:
    """The settled services of a month, by id: what a sample is drawn from."""
    following = date(month.year + month.month // 12, month.month % 12 + 1, 1)
    rows = Service.objects.filter(
        area=area, state=ServiceState.SETTLED, rule_day__gte=month, rule_day__lt=following)
    return list(rows.order_by("id").values_list("id", flat=True))


@atomic
def draw_sample(person: Person, area: Area, month: date, *, seed: str) -> AuditSample:
    """Draw a month's sample with a public seed; ids and seed are kept, so that anybody draws it again (R22).

    Raises `Denied`, `Refused`: already, no_reason (a seed is needed).
    """
    permit(person, "timebank.sample", area)
    month = month.replace(day=1)
    if len(seed.strip()) < 4:
        refuse("no_reason", field="seed")
    if AuditSample.objects.filter(area=area, month=month).exists():
        refuse("already")
    ids = month_ids(area, month)
    row = AuditSample.objects.create(
        area=area, month=month, seed=seed.strip()[:80], ids=ids, by=person,
        drawn=fraud.sample(ids, seed.strip(), terms_on(area, today()).fraud))
    audit.record(person, "timebank.sample", row, drawn=len(row.drawn), of=len(ids))
    return row


@atomic
def note_sample(person: Person, sample: AuditSample, service: int, *, is_fine: bool, note: str) -> AuditSample:
    """What a person found when they looked. A finding asks for a correction; it does nothing by itself."""
    permit(person, "timebank.sample", sample)
    row: AuditSample = AuditSample.objects.select_for_update(of=("self",)).select_related("area").get(pk=sample.pk)
    if service not in row.drawn:
        refuse("not_now")
    if len(note.strip()) < 4:
        refuse("no_reason", field="note")
    row.results = {**row.results, str(service): {"is_fine": is_fine, "note": note.strip()[:200], "by": person.pk}}
    row.is_closed = len(row.results) == len(row.drawn)
    row.save()
    audit.record(person, "timebank.sample", row, service=service, is_fine=is_fine)
    return row
