"""The reads that the pages share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q, QuerySet, Sum

from linli.foundation.areas.models import Area, Home
from linli.foundation.calendar.clock import now, today
from linli.foundation.people.models import Person, Residency
from linli.foundation.policy import policy
from linli.mechanisms.ledger import queries as books
from linli.mechanisms.ledger.models import Account, Entry, Phase
from linli.services.timebank import purses, rules, standing, words
from linli.services.timebank.actions.asking import accept_obstacles
from linli.services.timebank.matching import Fit, Helper, Wish, ranked
from linli.services.timebank.models import (
    Claim,
    ClaimState,
    Correction,
    Invitation,
    Kinship,
    Need,
    NeedState,
    Review,
    Service,
    ServiceState,
    Team,
    Volunteer,
)
from linli.services.timebank.models.helping import OPEN_STATES
from linli.services.timebank.presets import terms_on

WANTED_MOST = 60


@dataclass(frozen=True)
class StatementLine:
    """One line of a person's statement over all their purses."""

    entry: Entry
    amount: int
    what: str


def my_lines(person: Person, area: Area) -> QuerySet[Entry]:
    """Posted lines that touched one of the person's purses in the area's book, the newest first."""
    mine = Account.objects.filter(book__code=f"timebank.{area.code}", owner=person).values("pk")
    return Entry.objects.filter(
        Q(debit__in=mine) | Q(credit__in=mine), phase=Phase.POSTED).select_related(
        "transfer", "debit", "credit").order_by("-id")


def as_lines(person: Person, rows: Sequence[Entry]) -> list[StatementLine]:
    return [StatementLine(row, row.amount if row.credit.owner_id == person.pk else -row.amount,
                          words.entry(row.transfer.key)) for row in rows]


@dataclass(frozen=True)
class Mine:
    """What a person's page shows first. `stars`, `missing` and `lifetime` count all minutes ever given (R15)."""

    purse: purses.Standing
    lifetime: int
    stars: int
    missing: int | None


def mine(person: Person, area: Area) -> Mine:
    terms = terms_on(area, today()).certificate
    total = standing.lifetime(person)
    book = purses.opened(area)
    return Mine(purses.standing(book, person) if book else purses.Standing(), total, rules.stars(total, terms),
                rules.next_star(total, terms))


def to_confirm(person: Person) -> QuerySet[Service]:
    """Services that wait for this person's word."""
    return Service.objects.filter(
        Q(helped=person) | Q(need__asked_by=person), state=ServiceState.DONE).exclude(helper=person).select_related(
        "helper", "need", "area").order_by("out_at")


def my_services(person: Person) -> QuerySet[Service]:
    """What I said yes to and have not finished, the next first."""
    return Service.objects.filter(helper=person, state__in=OPEN_STATES).select_related(
        "need", "helped", "area").order_by("need__begins", "pk")


def my_needs(person: Person) -> QuerySet[Need]:
    """What I asked, for myself or for family, the newest first."""
    return Need.objects.filter(Q(person=person) | Q(asked_by=person)).select_related("person", "area").order_by(
        "-begins", "-pk")


def home_of(person: Person) -> Home | None:
    rows = Residency.objects.filter(person=person, state="confirmed").select_related("home__building__compound")
    found = rows.first()
    return found.home if found else None


def together(person: Person, other: Person) -> int:
    return Service.objects.filter(helper=person, helped=other, state=ServiceState.SETTLED).count()


def wish_of(need: Need) -> Wish:
    item = standing.items(need.area, today()).get(need.item)
    return Wish(item=need.item, skill=item.skill if item else "", slot=words.slot_of(need.begins),
                language=need.language, gender=need.gender, place=need.spot)


def helper_of(volunteer: Volunteer, need: Need) -> Helper:
    # Reading the risk is part of saying yes, so it is no obstacle of the match.
    cannot = [code for code in accept_obstacles(volunteer.person, volunteer, need, risk_read=True)
              if code not in ("gender_wish", "busy_then")]
    return Helper(
        id=volunteer.person_id, skills=frozenset([*volunteer.skills, *volunteer.proven_skills]),
        languages=frozenset(volunteer.languages), gender=volunteer.gender, slots=frozenset(volunteer.slots),
        items=frozenset(volunteer.items), place=volunteer.place,
        times_together=together(volunteer.person, need.person), is_busy=_busy(volunteer.person, need),
        obstacles=tuple(cannot))


def _busy(person: Person, need: Need) -> bool:
    from linli.services.timebank.actions.asking import is_busy

    return is_busy(person, need)


def fit_of(volunteer: Volunteer | None, need: Need) -> Fit | None:
    """How well this volunteer fits that need, explained."""
    if volunteer is None:
        return None
    radius = policy("timebank.match_radius_m", area=need.area)
    return ranked(wish_of(need), [helper_of(volunteer, need)], radius_m=radius)[0]


def wanted(person: Person, area: Area) -> list[tuple[Need, Fit | None]]:
    """Needs that look for somebody, those that fit best first; what I declined is left out."""
    declined = Invitation.objects.filter(person=person, declined_at__isnull=False).values("need")
    rows = list(Need.objects.visible_to(person).filter(
        area=area, state=NeedState.PUBLISHED, begins__gt=now() - timedelta(hours=1)).exclude(
        pk__in=declined).exclude(person=person).select_related("area", "person").order_by("begins")[:WANTED_MOST])
    me = standing.volunteer_of(person)
    found = [(need, fit_of(me, need)) for need in rows]
    return sorted(found, key=lambda pair: (
        bool(pair[1] and pair[1].cannot), -(pair[1].points if pair[1] else 0), pair[0].begins))


def board(need: Need, *, most: int = 12) -> list[tuple[Volunteer, Fit, Invitation | None]]:
    """The match board: volunteers for a need, best first, those who declined left out of asking again."""
    volunteers = {row.person_id: row for row in Volunteer.objects.filter(
        area=need.area, left_on=None).exclude(person=need.person).select_related("person", "area")[:200]}
    fits = ranked(wish_of(need), [helper_of(row, need) for row in volunteers.values()],
                  radius_m=policy("timebank.match_radius_m", area=need.area))
    asked = {row.person_id: row for row in need.invitations.all()}
    return [(volunteers[fit.helper], fit, asked.get(fit.helper)) for fit in fits[:most]]


@dataclass(frozen=True)
class Overview:
    """What the desk's first page counts."""

    requested: int
    looking: int
    unconfirmed: int
    held: int
    claims: int
    corrections: int
    kin: int
    coverage: rules.Coverage
    balanced: bool
    accounts: int
    mirrors: int


def overview(person: Person, area: Area) -> Overview:
    """The queues and the state of the books, for one community."""
    here = Q(area=area)
    book = purses.opened(area)
    trial = books.trial_balance(book) if book else books.TrialBalance([], 0, 0, 0, 0)
    sums = {kind: total for kind, _count, total in trial.kinds}
    service_states = dict(Service.objects.filter(here).values_list("state").annotate(n=Count("pk")))
    need_states = dict(Need.objects.filter(here).values_list("state").annotate(n=Count("pk")))
    outstanding = sums.get("person", 0)
    return Overview(
        requested=need_states.get("requested", 0), looking=need_states.get("published", 0),
        unconfirmed=service_states.get("done", 0), held=Review.objects.filter(here, decided_at=None).count(),
        claims=Claim.objects.filter(here, state__in=[ClaimState.OPEN, ClaimState.APPEALED]).count(),
        corrections=Correction.objects.filter(here, done_at=None).count(),
        kin=Kinship.objects.filter(person__community=area, confirmed_at=None).count(),
        coverage=rules.coverage(sums.get("pool", 0), outstanding, terms_on(area, today()).coverage),
        balanced=trial.is_balanced, accounts=trial.accounts, mirrors=sums.get("mirror", 0))


def hours_given(area: Area, since: date) -> int:
    found = Service.objects.filter(area=area, state=ServiceState.SETTLED, rule_day__gte=since).aggregate(
        total=Sum("credit"))
    return int(found["total"] or 0)


def my_teams(person: Person) -> QuerySet[Team]:
    return Team.objects.filter(members__person=person, members__until=None).select_related("leader", "area").distinct()


def team_minutes(team: Team) -> int:
    return purses.peek(team.area, f"team.{team.pk}").available


def kin_of(person: Person) -> QuerySet[Kinship]:
    return Kinship.objects.filter(person=person).select_related("other").order_by("claimed_at", "pk")
