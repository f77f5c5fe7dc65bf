"""One to one: the board with its explained ranking, the pairs, their lessons and times."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person, Residency
from linli.foundation.policy import policy
from linli.mechanisms.bookings.models import Session, SessionState
from linli.services.learning import rules
from linli.services.learning.models import (
    LIVING,
    STAFF,
    AskState,
    HelpAsk,
    Helper,
    Match,
    MatchState,
    Visit,
    VisitState,
)

REASONS: dict[str, str | Promise] = {
    "topics": _("想学的会教"), "slots": _("时间合得上"), "near": _("住得近"), "free": _("手上的人少"),
    "known": _("以前一起学过"),
}
OBSTACLES: dict[str, str | Promise] = {
    "unchecked": _("还没见过面"), "full": _("已经带满了"), "not_home": _("不上门"), "other_topics": _("想学的不会教"),
}


@dataclass(frozen=True)
class Candidate:
    """A helper before an ask, with every point and why."""

    helper: Helper
    fit: rules.Fit

    @property
    def reasons(self) -> list[tuple[str, int]]:
        return [(str(REASONS[name]), points) for name, points in self.fit.reasons]

    @property
    def obstacles(self) -> list[str]:
        return [str(OBSTACLES[name]) for name in self.fit.cannot]


@dataclass(frozen=True)
class Row:
    """One ask on the board: who was proposed, and who else would suit."""

    ask: HelpAsk
    proposed: Sequence[Match]
    candidates: Sequence[Candidate]


def fit_of(ask: HelpAsk, helper: Helper) -> rules.Fit:
    """How well they would suit, as it stands now."""
    return _fits(ask, [helper])[0].fit


def _fits(ask: HelpAsk, helpers: Sequence[Helper]) -> list[Candidate]:
    pairs = dict(Match.objects.filter(helper__in=helpers, state__in=LIVING).values_list("helper").annotate(
        n=Count("pk")))
    known = set(Visit.objects.filter(
        match__ask__person=ask.person_id, match__helper__in=helpers,
        state=VisitState.CONFIRMED).values_list("match__helper", flat=True))
    homes = {row.person_id: _cell(row) for row in Residency.objects.filter(
        person__in=[one.person_id for one in helpers], state=Residency.State.CONFIRMED,
        home__building__grid__isnull=False).select_related("home__building__grid")}
    wanted = rules.Wanted(frozenset(ask.topics), frozenset(ask.slots), ask.place, ask.at_home)
    weights, most = policy("learning.fit_weights", area=ask.area), int(policy("learning.pairs_most", area=ask.area))
    found = []
    for helper in helpers:
        offered = rules.Offered(
            frozenset(helper.topics), frozenset(helper.slots), homes.get(helper.person_id, ""), helper.goes_home,
            pairs.get(helper.pk, 0), helper.checked_by_id is not None, helper.pk in known)
        found.append(Candidate(helper, rules.fit(wanted, offered, weights, most)))
    return found


def _cell(lived: Residency) -> str:
    grid = lived.home.building.grid
    return grid.code if grid else ""


def candidates(ask: HelpAsk) -> list[Candidate]:
    """The helpers of the place, best first; those who are out of the question last, with the reason.

    Left out: who was proposed already, and two who once said it does not suit, without a word of who said so.
    """
    gone = Match.objects.filter(ask=ask).exclude(state=MatchState.ENDED).values("helper")
    rows = Helper.objects.filter(area=ask.area_id, left_at=None).exclude(pk__in=gone).exclude(person=ask.person_id)
    found = _fits(ask, list(rows.select_related("person", "area").order_by("since", "pk")))
    return sorted(found, key=lambda one: (bool(one.fit.cannot), -one.fit.points, one.helper.pk))


def asks_at_desk(person: Person, *, state: str = "") -> QuerySet[HelpAsk]:
    rows: QuerySet[HelpAsk] = HelpAsk.objects.filter(person.scope_q("area__code", roles=STAFF))
    rows = rows.filter(state=state) if state else rows
    return rows.select_related("person", "asked_by", "area").order_by("asked_at", "pk")


def board(rows: Sequence[HelpAsk], *, most: int = 5) -> list[Row]:
    """Each with who was proposed and, while it is open, the best candidates."""
    matches: dict[int, list[Match]] = {}
    for match in Match.objects.filter(ask__in=rows, state__in=LIVING).select_related("helper__person", "ask", "area"):
        matches.setdefault(match.ask_id, []).append(match)
    return [Row(ask, matches.get(ask.pk, []), candidates(ask)[:most] if ask.state == AskState.OPEN else [])
            for ask in rows]


def helpers_at_desk(person: Person) -> QuerySet[Helper]:
    rows: QuerySet[Helper] = Helper.objects.filter(person.scope_q("area__code", roles=STAFF), left_at=None)
    return rows.select_related("person", "area", "checked_by").order_by("since", "pk")


def visits_at_desk(person: Person) -> QuerySet[Visit]:
    """Lessons that want something of staff: a second helper, or a word about the hours; and those to come."""
    rows: QuerySet[Visit] = Visit.objects.filter(person.scope_q("area__code", roles=STAFF)).exclude(
        state__in=[VisitState.CANCELLED, VisitState.CONFIRMED])
    return rows.select_related(
        "area", "match__ask__person", "match__helper__person", "second__person").order_by("starts", "pk")


def seconds_for(visit: Visit) -> list[Helper]:
    """Checked helpers of the place who go home and have nothing else then."""
    from linli.services.learning.actions.visits import busy

    rows = Helper.objects.filter(area=visit.area_id, left_at=None, goes_home=True).exclude(checked_by=None).exclude(
        person__in=[visit.match.helper.person_id, visit.match.ask.person_id])
    return [one for one in rows.select_related("person").order_by("since", "pk")
            if not busy(one, visit.starts, visit.ends, but=visit)]


def own_helper(person: Person) -> Helper | None:
    """The person's standing offer to teach."""
    found: Helper | None = Helper.objects.filter(person=person, left_at=None).select_related("area").first()
    return found


def asks_of(person: Person) -> list[HelpAsk]:
    """What somebody asked for, or family asked for them, newest first."""
    rows = HelpAsk.objects.filter(Q(person=person) | Q(asked_by=person)).select_related("person", "area")
    return list(rows.order_by("-asked_at", "-pk")[:10])


def matches_of(person: Person) -> QuerySet[Match]:
    """Living matches of somebody, on either side; the newest ten."""
    rows = Match.objects.filter(
        Q(ask__person=person) | Q(ask__asked_by=person) | Q(helper__person=person), state__in=LIVING)
    return rows.select_related("ask__person", "helper__person", "area").order_by("-proposed_at", "-pk")[:10]


def visits_of(person: Person) -> QuerySet[Visit]:
    """Lessons of somebody, on either side, next first; the last months' below."""
    rows = Visit.objects.filter(
        Q(match__ask__person=person) | Q(match__ask__asked_by=person) | Q(match__helper__person=person)
        | Q(second__person=person)).exclude(state=VisitState.CANCELLED)
    rows = rows.filter(starts__gt=now() - timedelta(days=90))
    return rows.select_related("area", "match__ask__person", "match__helper__person", "second__person").order_by(
        "-starts", "-pk")[:30]


def free_times(helper: Helper) -> list[Session]:
    """The times of a helper that nobody took yet."""
    if helper.offer_id is None:
        return []
    rows = Session.objects.filter(offer=helper.offer_id, starts__gt=now(), taken=0, state=SessionState.OPEN)
    return list(rows.order_by("starts", "id")[:30])

