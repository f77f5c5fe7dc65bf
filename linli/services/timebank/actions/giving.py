"""R7, R8, R17: minutes given on, by a person or a team; and over to another community."""

from __future__ import annotations

from datetime import date

from django.db.models import Sum
from django.db.transaction import atomic
from django.utils.translation import gettext_lazy as _

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now, today
from linli.foundation.events import emit
from linli.foundation.notices import tell
from linli.foundation.people.models import Organisation, Person
from linli.foundation.people.permit import permit
from linli.foundation.people.queries import mandate_for
from linli.foundation.web import Denied, Refused
from linli.mechanisms.ledger import actions as ledger
from linli.mechanisms.ledger.models import Account
from linli.services.timebank import purses, rules, standing
from linli.services.timebank.models import Agreement, Crossing, Gift, Team
from linli.services.timebank.presets import terms_on
from linli.services.timebank.sentences import refuse, stop_at


def given_this_year(person: Person, on: date) -> int:
    found = Gift.objects.filter(
        giver=person, team=None, to_kind="person", at__year=on.year).aggregate(total=Sum("minutes"))
    return int(found["total"] or 0)


@atomic
def give(person: Person, area: Area, to: Person, minutes: int, *, once: str, giver: Person | None = None) -> Gift:
    """Give earned minutes to family (or friends, where the city allows): they can be spent, not given on (R8).

    `giver` other than `person`: by mandate, or by staff for who asks at the counter. The same `once` is one gift.
    Raises `Denied`, `Refused`: short, and the obstacles of R8.
    """
    giver = giver or person
    _permitted(person, area, giver)
    found: Gift | None = Gift.objects.filter(once=f"{giver.pk}.{once}").first()
    if found is not None:
        return found
    if giver == to:
        refuse("no_relation")
    terms, day = terms_on(area, today()), today()
    stop_at(rules.gift_obstacles(
        minutes, terms.gift, relation=standing.relation_of(giver, to), recipient_age=standing.person_age(to, day),
        given_this_year=given_this_year(giver, day)), field="minutes")
    if not to.area_code.startswith(area.code):
        refuse("not_theirs")
    book = purses.book(area)
    return _book(person, area, giver, minutes, once=once, to_kind="person", to=to,
                 relation=standing.relation_of(giver, to), debit=purses.purse(book, giver, "earned"),
                 credit=purses.purse(book, to, "gift"))


@atomic
def donate(person: Person, area: Area, minutes: int, *, to_kind: str, once: str, to: Person | None = None,
           institution: Organisation | None = None, team: Team | None = None, giver: Person | None = None) -> Gift:
    """Give earned minutes, or a team's (R7), to the pool, an elder in hardship or an institution (R8).

    Raises `Denied`, `Refused`: short, not_to_them, not_entitled, no_minutes.
    """
    giver = giver or person
    if team is not None:
        permit(person, "timebank.donate_for_team", team)
    else:
        _permitted(person, area, giver)
    found: Gift | None = Gift.objects.filter(once=f"{giver.pk}.{once}").first()
    if found is not None:
        return found
    stop_at(rules.donate_obstacles(minutes, terms_on(area, today()).gift, to=to_kind), field="minutes")
    book = purses.book(area)
    if to_kind == "hardship_elder":
        if to is None or not standing.entitlements(to, today()) or not to.area_code.startswith(area.code):
            refuse("not_entitled")
        credit = purses.purse(book, to, "gift")
    elif to_kind == "institution":
        if institution is None or not institution.area_code.startswith(area.code[:9]):
            refuse("not_to_them")
        credit = purses.institution(book, institution)
    else:
        credit = purses.pool(book)
    debit = purses.team_purse(book, team) if team else purses.purse(book, giver, "earned")
    return _book(person, area, giver, minutes, once=once, to_kind=to_kind, to=to, institution=institution, team=team,
                 debit=debit, credit=credit)


def _permitted(person: Person, area: Area, giver: Person) -> None:
    if giver == person:
        permit(person, "timebank.give", area)
    elif mandate_for(person, giver, "timebank") is None:
        permit(person, "timebank.enter_for", area)
    if not giver.area_code.startswith(area.code):
        raise Denied("timebank.give")


def _book(person: Person, area: Area, giver: Person, minutes: int, *, once: str, to_kind: str, debit: Account,
          credit: Account, to: Person | None = None, institution: Organisation | None = None, team: Team | None = None,
          relation: str = "") -> Gift:
    gift = Gift.objects.create(
        area=area, giver=giver, team=team, to_kind=to_kind, to=to, institution=institution, relation=relation,
        minutes=minutes, by=person, once=f"{giver.pk}.{once}")
    try:
        ledger.transfer(person, id=f"timebank.gift.{gift.pk}", debit=debit, credit=credit, amount=minutes,
                        verb="timebank.give", about=gift, acting_for=None if giver == person else giver, system=True)
    except Refused as refusal:
        if refusal.code == "short":
            refuse("short", field="minutes")
        raise
    audit.record(person, "timebank.give", gift, acting_for=None if giver == person else giver, to=to_kind)
    if to is not None:
        tell(to, _("%(who)s 送给您 %(minutes)s 分钟的时间，可以用来请人帮忙。"),
             values={"who": giver.shown_name, "minutes": minutes}, about=gift, key=f"timebank.gift.{gift.pk}",
             url="/timebank/")
    emit("timebank.given", gift=gift.pk)
    return gift


@atomic
def propose_exchange(person: Person, area: Area, partner: Area, *, limit_minutes: int) -> Agreement:
    """Offer a partner community to accept each other's hours up to a limit within R17. Raises `Denied`, `already`."""
    permit(person, "timebank.exchange", area)
    most = terms_on(area, today()).exchange.limit
    if area == partner or limit_minutes <= 0 or most is None or limit_minutes > most:
        raise Refused("limit", _("差额上限要在本地办法的范围里。"), field="limit_minutes")
    both = Agreement.objects.filter(ended_at=None, area__in=[area, partner], partner__in=[area, partner])
    if both.exists():
        refuse("already")
    row = Agreement.objects.create(area=area, partner=partner, limit_minutes=limit_minutes, proposed_by=person)
    audit.record(person, "timebank.exchange", row, partner=partner.code, limit=limit_minutes)
    return row


@atomic
def agree_exchange(person: Person, agreement: Agreement) -> Agreement:
    """The partner's own staff agree; from then on hours may cross. Raises `Denied`, `not_now`."""
    permit(person, "timebank.exchange", agreement.partner)
    row: Agreement = Agreement.objects.select_for_update(of=("self",)).select_related("area", "partner").get(
        pk=agreement.pk)
    if row.agreed_at or row.ended_at:
        refuse("not_now")
    row.agreed_by, row.agreed_at = person, now()
    row.save(update_fields=["agreed_by", "agreed_at"])
    for here, there in ((row.area, row.partner), (row.partner, row.area)):
        account = purses.mirror(purses.book(here), there)
        ledger.set_limits(person, account, verb="timebank.exchange", floor=-row.limit_minutes,
                          ceiling=row.limit_minutes, about=row, system=True)
    audit.record(person, "timebank.agree_exchange", row)
    return row


@atomic
def cross(person: Person, agreement: Agreement, minutes: int, *, to: Person, once: str) -> Crossing:
    """Take one's earned minutes over to the partner community: to oneself moving there, or to family there (R8, R17).

    Both books move in one transaction, each over its mirror of the other, and both stay balanced.
    Raises `Denied`, `Refused`: no_agreement, short, full (the limit), not_theirs, no_relation.
    """
    here = next((a for a in (agreement.area, agreement.partner) if person.area_code.startswith(a.code)), None)
    permit(person, "timebank.give", here or agreement.area)
    row = Agreement.objects.select_for_update(of=("self",)).select_related("area", "partner").get(pk=agreement.pk)
    if here is None or row.agreed_at is None or row.ended_at is not None:
        refuse("no_agreement")
    there = row.partner if here == row.area else row.area
    found = Crossing.objects.filter(once=f"{person.pk}.{once}").first()
    if isinstance(found, Crossing):
        return found
    if to != person:
        if not to.area_code.startswith(there.code):
            refuse("not_theirs")
        stop_at(rules.gift_obstacles(
            minutes, terms_on(here, today()).gift, relation=standing.relation_of(person, to),
            recipient_age=standing.person_age(to, today()), given_this_year=given_this_year(person, today())))
    made = Crossing.objects.create(
        area=here, agreement=row, person=person, to=to, to_area=there, minutes=minutes, once=f"{person.pk}.{once}")
    ours, theirs = purses.book(here), purses.book(there)
    moves = {
        here.code: (f"timebank.cross.{made.pk}.out", purses.purse(ours, person, "earned"), purses.mirror(ours, there)),
        there.code: (f"timebank.cross.{made.pk}.in", purses.mirror(theirs, here),
                     purses.purse(theirs, to, "earned" if to == person else "gift")),
    }
    for code in sorted(moves):  # a fixed order, so that two crossings in opposite directions cannot wait for each other
        key, debit, credit = moves[code]
        ledger.transfer(person, id=key, debit=debit, credit=credit, amount=minutes, verb="timebank.give", about=made,
                        system=True)
    audit.record(person, "timebank.cross", made, to=there.code)
    emit("timebank.crossed", crossing=made.pk)
    return made


def owed(agreement: Agreement) -> int:
    """Minutes the agreement's own area owes the partner; below zero the partner owes it."""
    return purses.peek(agreement.area, f"mirror.{agreement.partner.code}").posted

