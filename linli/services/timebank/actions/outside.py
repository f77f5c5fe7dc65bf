"""Service that other rooms saw: an escort, a lesson, a kitchen shift. Recorded for the volunteer by the same rules."""

from __future__ import annotations

from datetime import timedelta

from django.db.transaction import atomic
from django.utils import timezone

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now, today
from linli.foundation.events import emit
from linli.foundation.people.models import Person
from linli.foundation.people.permit import permit
from linli.foundation.policy import policy
from linli.mechanisms.ledger import actions as ledger, queries as books
from linli.mechanisms.ledger.models import Account, Book
from linli.services.timebank import purses, rules, standing
from linli.services.timebank.actions.settling import honour, split_for
from linli.services.timebank.models import Decision, Service, ServiceState, Volunteer
from linli.services.timebank.presets import terms_on
from linli.services.timebank.sentences import refuse
from linli.services.timebank.terms import Terms


@atomic
def record_service(person: Person, area: Area, *, helper: Person, minutes: int, item: str, about: str,
                   ) -> Service | None:
    """The act `timebank.record_service`: staff of another room report `helper`'s minutes. The same `about` counts once.

    Returns None for who is no registered volunteer: nothing is kept of them. Raises `Denied`, `Refused`: bad_minutes.
    """
    permit(person, "timebank.enter_for", purses.community(area))
    if person == helper:
        refuse("own_confirm")
    return _record(person, purses.community(area), helper, minutes, item, about, source="act")


@atomic
def hear(source: str, helper: Person, minutes: int, about: str) -> Service | None:
    """What an event of another room says; at least once, counted once."""
    if not helper.community_id or helper.community is None:
        return None
    area = purses.community(helper.community)
    return _record(None, area, helper, minutes, source.split(".")[0], about, source=source)


def _record(person: Person | None, area: Area, helper: Person, minutes: int, item: str, about: str, *,
            source: str) -> Service | None:
    once = f"{source}|{about}|{helper.pk}"[:120]
    found: Service | None = Service.objects.filter(once=once).first()
    if found is not None:
        return found
    most = policy("timebank.outside_minutes_max", area=area)
    if not 0 < minutes <= most:
        refuse("bad_minutes", field="minutes")
    if Volunteer.objects.select_for_update().filter(person=helper, left_on=None).first() is None:
        return None
    day = today()
    terms = terms_on(area, day)
    if rules.earn_obstacles(standing.who(helper, area, day), terms.earning):
        return None
    row = Service(
        area=area, helper=helper, item=item[:20], source=source[:40], about=about[:80], once=once,
        state=ServiceState.SETTLED, agreed_minutes=minutes, in_at=now() - timedelta(minutes=minutes), out_at=now(),
        rule_day=timezone.localtime(now()).date(), confirmed_at=now(), confirmed_by=person, confirm_way="outside",
        settled_at=now())
    earned = rules.rounded(minutes, terms.unit)
    book = purses.book(area)
    payer = _payer(area, book, earned, terms)
    split = split_for(row, earned, book, terms) if payer else rules.Split(0, 0, earned)
    row.credit, row.to_person, row.to_pool = earned, split.person, split.pool
    if payer is not None and payer.kind == "pool":
        row.to_pool = 0  # what would go from the pool to the pool stays where it is
    row.to_honour = earned - row.to_person - row.to_pool
    row.save(force_insert=True)
    lines: purses.Lines = []
    if payer is not None:
        if row.to_person:
            lines.append((payer, purses.purse(book, helper, "earned"), row.to_person))
        if row.to_pool:
            lines.append((payer, purses.pool(book), row.to_pool))
    if lines:
        ledger.transfer(person, id=f"timebank.outside.{row.pk}", lines=lines, verb="timebank.settle", about=row,
                        system=True)
    honour(person, row, row.to_honour, key=f"timebank.honour.{row.pk}")
    audit.record(person, "timebank.record_service", row, source=source, minutes=earned)
    emit("timebank.settled", service=row.pk, person=helper.pk, minutes=earned)
    return row


def _payer(area: Area, book: Book, minutes: int, terms: Terms) -> Account | None:
    """R9: who pays for help to the community as a whole, in the order of the policy; None: for honour only."""
    for kind in terms.treasury.outside_from:
        if kind == "treasury":
            for decision in Decision.objects.filter(area=area, agreed_at__isnull=False).order_by("since", "id"):
                account = purses.treasury(book, decision)
                if decision.is_open and books.balance(account).available >= minutes:
                    return account
        elif kind == "pool" and books.balance(purses.pool(book)).available >= minutes:
            return purses.pool(book)
    return None
