"""R11, the first half: ask, review, publish, invite, decline, accept, take back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.transaction import atomic
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.foundation import audit
from linli.foundation.areas.models import Area, Building
from linli.foundation.calendar.clock import now, today
from linli.foundation.events import emit
from linli.foundation.notices import tell
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.people.queries import mandate_for
from linli.foundation.policy import policy
from linli.foundation.web import Denied
from linli.mechanisms.ledger import actions as ledger, queries as books
from linli.services.timebank import fraud, purses, rules, standing
from linli.services.timebank.matching import Fit
from linli.services.timebank.models import (
    Channel,
    Invitation,
    Need,
    NeedState,
    Service,
    ServiceState,
    Team,
    TeamMember,
    Volunteer,
)
from linli.services.timebank.presets import terms_on
from linli.services.timebank.sentences import refuse, stop_at
from linli.services.timebank.terms import Terms

MINUTES_LEAST, MINUTES_MOST = 15, 480


@dataclass(frozen=True)
class Wanted:
    """What is asked for. `place` is for everybody of the community, `door` and `note` for who comes."""

    item: str
    begins: datetime
    minutes: int
    place: str = ""
    door: str = ""
    note: str = ""
    building: Building | None = None
    gender: str = ""
    language: str = ""
    funding: str = "own"


@atomic
def ask(person: Person, area: Area, wanted: Wanted, *, subject: Person | None = None, channel: str = "",
        once: str = "") -> Need:
    """Ask for help: for oneself, by mandate for family, or by staff from paper and telephone (R11, R23).

    The same `once` of the same person is one need. Raises `Denied`, `Refused`: no_item, bad_minutes, past, too_far,
    no_place, short, pool_for_entitled and the obstacles of R5.
    """
    subject = subject or person
    kind = _permitted(person, area, subject)
    if once:
        found: Need | None = Need.objects.filter(asked_by=person, once=once).first()
        if found is not None:
            return found
    item = standing.items(area, today()).get(wanted.item)
    if item is None:
        refuse("no_item", field="item")
    if not MINUTES_LEAST <= wanted.minutes <= MINUTES_MOST:
        refuse("bad_minutes", field="minutes")
    if wanted.begins < now() - timedelta(minutes=10):
        refuse("past", field="begins")
    if wanted.begins > now() + timedelta(days=policy("timebank.ask_ahead_days")):
        refuse("too_far", field="begins")
    place = wanted.place.strip() or (wanted.building.compound.name if wanted.building else "")
    if not place:
        refuse("no_place", field="place")
    _can_pay(subject, area, wanted, terms_on(area, timezone.localtime(wanted.begins).date()))
    need = Need.objects.create(
        area=area, person=subject, asked_by=person, channel=channel or kind, item=item.code, note=wanted.note.strip(),
        place=place[:80], door=wanted.door.strip(), building=wanted.building,
        lon=wanted.building.lon if wanted.building else None, lat=wanted.building.lat if wanted.building else None,
        begins=wanted.begins, minutes=wanted.minutes, gender=wanted.gender, language=wanted.language, risk=item.risk,
        funding=wanted.funding, once=once)
    audit.record(person, "timebank.ask", need, acting_for=None if subject == person else subject, item=item.code,
                 minutes=wanted.minutes, channel=need.channel)
    emit("timebank.asked", need=need.pk)
    return need


def _permitted(person: Person, area: Area, subject: Person) -> str:
    if subject == person:
        permit(person, "timebank.ask", area)
        return Channel.APP
    if mandate_for(person, subject, "timebank") is not None and subject.area_code.startswith(area.code):
        return Channel.FAMILY
    permit(person, "timebank.enter_for", area)
    if not subject.area_code.startswith(area.code):
        raise Denied("timebank.enter_for")
    stop_at(rules.proxy_obstacles(terms_on(area, today()).paper, actor=person.pk, subject=subject.pk))
    return Channel.PHONE


def _can_pay(subject: Person, area: Area, wanted: Wanted, terms: Terms) -> None:
    facts = standing.who(subject, area, today())
    book = purses.book(area)
    if wanted.funding == "pool":
        if not (facts.in_hardship or facts.is_key_empty_nest):
            refuse("pool_for_entitled", field="funding")
        if books.balance(purses.pool(book)).available < wanted.minutes:
            refuse("pool_short", field="funding")
        return
    stop_at(rules.redeem_obstacles(facts, terms.redeeming))
    if purses.standing(book, subject).available < wanted.minutes:
        refuse("short", field="minutes")


@atomic
def publish(person: Person, need: Need, *, risk_told: str = "") -> Need:
    """Reviewed and found right (条例 第13条): neighbours may see it. Raises `Denied`, `not_now`, `own_case`."""
    permit(person, "timebank.review", need)
    row = _locked(need)
    if row.state != NeedState.REQUESTED:
        refuse("not_now")
    if row.person_id == person.pk:
        refuse("own_case")
    row.state, row.reviewed_by, row.reviewed_at = NeedState.PUBLISHED, person, now()
    row.risk_told = risk_told.strip()[:200]
    row.save(update_fields=["state", "reviewed_by", "reviewed_at", "risk_told"])
    audit.record(person, "timebank.review", row, published=True)
    emit("timebank.published", need=row.pk)
    return row


@atomic
def refuse_need(person: Person, need: Need, *, why: str) -> Need:
    """Not fit for volunteers; the asker reads why. Raises `Denied`, `not_now`, `no_reason`."""
    permit(person, "timebank.review", need)
    row = _locked(need)
    if row.state != NeedState.REQUESTED:
        refuse("not_now")
    if len(why.strip()) < 4:
        refuse("no_reason", field="why")
    row.state, row.reviewed_by, row.reviewed_at, row.why = NeedState.REFUSED, person, now(), why.strip()[:200]
    row.save(update_fields=["state", "reviewed_by", "reviewed_at", "why"])
    audit.record(person, "timebank.review", row, published=False)
    tell(row.asked_by, _("您的求助没有发出去：%(why)s"), values={"why": row.why}, about=row,
         key=f"timebank.refused.{row.pk}", url=f"/timebank/needs/{row.pk}/")
    return row


@atomic
def withdraw(person: Person, need: Need) -> Need:
    """Take the asking back before anybody has come; held minutes go back. Raises `Denied`, `not_now`."""
    permit(person, "timebank.withdraw", need)
    row = _locked(need)
    if row.state not in (NeedState.REQUESTED, NeedState.PUBLISHED, NeedState.ACCEPTED):
        refuse("not_now")
    for service in row.services.filter(state=ServiceState.ACCEPTED):
        _end(person, service, why="needs_no_more")
        tell(service.helper, _("这次不用去了，对方取消了求助。谢谢您。"), about=row,
             key=f"timebank.withdrawn.{row.pk}.{service.pk}", url="/timebank/wanted/")
    row.state = NeedState.WITHDRAWN
    row.save(update_fields=["state"])
    audit.record(person, "timebank.withdraw", row)
    emit("timebank.withdrawn", need=row.pk)
    return row


@atomic
def invite(person: Person, need: Need, fits: Sequence[tuple[Person, Fit]]) -> list[Invitation]:
    """Show the need to these volunteers, each told why it was shown to them. Raises `Denied`, `not_now`."""
    permit(person, "timebank.match", need)
    row = _locked(need)
    if row.state != NeedState.PUBLISHED:
        refuse("not_now")
    made = []
    for helper, fit in fits:
        one, fresh = Invitation.objects.get_or_create(need=row, person=helper, defaults={
            "area": row.area, "points": fit.points, "reasons": [list(reason) for reason in fit.reasons]})
        if fresh:
            made.append(one)
            tell(helper, _("有一位邻居要人帮忙，看看您方便吗。不方便也没关系。"), about=row,
                 key=f"timebank.invite.{row.pk}", url=f"/timebank/needs/{row.pk}/")
    audit.record(person, "timebank.match", row, invited=len(made))
    return made


@atomic
def decline(person: Person, need: Need) -> None:
    """No, thank you: no reason, no mark, no effect on anything (条例 第25条). Not asked again for this one."""
    permit(person, "timebank.decline", need)
    Invitation.objects.update_or_create(need=need, person=person, defaults={"area": need.area, "declined_at": now()})
    audit.record(person, "timebank.decline", need)


@atomic
def accept(person: Person, need: Need, *, team: Team | None = None, risk_read: bool = False) -> Service:
    """Say yes: checked against R4, R21, time and wish; the minutes of who is helped are held from now on (R11).

    Raises `Denied`, `Refused`: gone, over, own_help, busy_then, gender_wish, short_of_theirs, and obstacles.
    """
    permit(person, "timebank.accept", need)
    row = _locked(need)
    if row.state != NeedState.PUBLISHED:
        refuse("gone")
    if row.ends < now():
        refuse("over")
    if row.person_id == person.pk:
        refuse("own_help")
    volunteer = Volunteer.objects.select_for_update().filter(person=person).first()
    if volunteer is None:
        refuse("not_registered")
    if team is not None and not TeamMember.objects.filter(team=team, person=person, until=None).exists():
        raise Denied("timebank.accept")
    stop_at(accept_obstacles(person, volunteer, row, team=team, risk_read=risk_read))
    terms = terms_on(row.area, timezone.localtime(row.begins).date())
    service = Service(
        area=row.area, need=row, helper=person, helped=row.person, team=team, item=row.item, once=f"need.{row.pk}.",
        agreed_minutes=row.minutes, risk_read_at=now() if risk_read else None)
    service.once += str(service.pk)
    _hold(person, row, service, terms)
    service.save(force_insert=True)
    row.state = NeedState.ACCEPTED
    row.save(update_fields=["state"])
    audit.record(person, "timebank.accept", service, need=row.pk, held=service.held_minutes)
    tell(row.asked_by, _("%(who)s 答应来帮忙了。"), values={"who": person.shown_name}, about=row,
         key=f"timebank.accepted.{service.pk}", url=f"/timebank/needs/{row.pk}/")
    emit("timebank.accepted", service=service.pk)
    return service


def accept_obstacles(person: Person, volunteer: Volunteer, need: Need, *, team: Team | None = None,
                     risk_read: bool = False) -> list[str]:
    """Why `person` cannot say yes to this need; empty when they can."""
    day = timezone.localtime(need.begins).date()
    terms = terms_on(need.area, day)
    facts = standing.who(person, need.area, day)
    found = rules.earn_obstacles(facts, terms.earning)
    item = standing.items(need.area, day).get(need.item)
    ready = fraud.Ready(risk_read, volunteer.insured_until, frozenset(volunteer.proven_skills),
                        frozenset(volunteer.unfit_for))
    found += fraud.safety_obstacles(ready, terms.safety, item=need.item, risk=need.risk,
                                    skill=item.skill if item else "", on=day)
    if need.gender and volunteer.gender != need.gender:
        found.append("gender_wish")
    return found + (["busy_then"] if is_busy(person, need) else [])


def is_busy(person: Person, need: Need) -> bool:
    """Has `person` said yes to something else at that time?"""
    others = Service.objects.filter(
        helper=person, state__in=(ServiceState.ACCEPTED, ServiceState.RUNNING), need__begins__lt=need.ends,
        need__begins__gt=need.begins - timedelta(minutes=MINUTES_MOST)).exclude(need=need).select_related("need")
    return any(other.need is not None and other.need.ends > need.begins for other in others)


def _hold(person: Person, need: Need, service: Service, terms: Terms) -> None:
    """Hold what was agreed, and the tolerance as far as it is there (R2). No time-out: a person ends it."""
    book = purses.book(need.area)
    wished = rules.priced(need.minutes + (terms.credit.tolerance or 0), need.item, terms.price)
    least = rules.priced(need.minutes, need.item, terms.price)
    if need.funding == "pool":
        free = books.balance(purses.pool(book)).available
        lines = [(purses.pool(book), purses.clearing(book), min(wished, free))] if free >= least else None
    else:
        free = purses.standing(book, need.person).available
        lines = purses.payers(book, need.person, min(wished, free)) if free >= least else None
    if not lines:
        refuse("short_of_theirs")
    service.purses = [[debit.code, minutes] for debit, _credit, minutes in lines]
    service.held_minutes = sum(minutes for _debit, _credit, minutes in lines)
    ledger.pend(person, id=service.hold_key, lines=lines, timeout=None, verb="timebank.accept", about=need, system=True)


@atomic
def step_back(person: Person, service: Service, *, why: str = "") -> Service:
    """The helper cannot come (条例 第22条: tell in time); the need looks for somebody else. No penalty."""
    permit(person, "timebank.step_back", service)
    need = _locked(service.need) if service.need else None
    row = Service.objects.select_for_update().get(pk=service.pk)
    if row.state != ServiceState.ACCEPTED or need is None:
        refuse("not_now")
    _end(person, row, why=why.strip()[:200])
    need.state = NeedState.PUBLISHED
    need.save(update_fields=["state"])
    Invitation.objects.update_or_create(
        need=need, person=row.helper, defaults={"area": need.area, "declined_at": now()})
    audit.record(person, "timebank.step_back", row)
    tell(need.asked_by, _("说好的人来不了了，我们接着找人。"), about=need, key=f"timebank.stepped_back.{row.pk}",
         url=f"/timebank/needs/{need.pk}/")
    emit("timebank.published", need=need.pk)
    return row


def _end(person: Person, service: Service, *, why: str) -> None:
    ledger.void(person, service.hold_key, verb="timebank.release", reason=why, about=service, system=True)
    service.state, service.why = ServiceState.WITHDRAWN, why
    service.save(update_fields=["state", "why"])


def _locked(need: Need) -> Need:
    row: Need = Need.objects.select_for_update(of=("self",)).select_related(
        "area", "person", "asked_by").get(pk=need.pk)
    return row


