"""One to one: both say yes, a no costs nothing, two at home, the rules ticked, the hours told once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError
from django.db.transaction import atomic

from linli.foundation.calendar import clock
from linli.foundation.events import deliver_all
from linli.foundation.events.models import OutboxEvent
from linli.foundation.notices.models import Notice
from linli.foundation.people.models import Person
from linli.foundation.privacy.actions import withdraw_consent
from linli.foundation.web import Denied, Refused
from linli.mechanisms.bookings.models import Session
from linli.services.learning.actions import pairing, visits
from linli.services.learning.models import (
    AskState,
    HelpAsk,
    Helper,
    Helping,
    Match,
    MatchState,
    Visit,
    VisitState,
)
from linli.services.learning.queries import pairing as reads
from linli.services.learning.tests.conftest import NOON, SLOTS, TOPICS, at, taught

pytestmark = pytest.mark.django_db
MakeVisit = Callable[..., Visit]
HOME = {"at_home": True, "place": "3号楼1单元301", "agrees": True}


def refused(code: str) -> Any:
    return pytest.raises(Refused, match=f"^{code}$")


def all_rules(visit: Visit) -> list[str]:
    return [rule["code"] for rule in visits.rules_for(visit)]


def test_only_both_together_make_a_pair(worker: Person, elder: Person, ask: HelpAsk, helper: Helper) -> None:
    match = pairing.propose(worker, ask, helper)
    deliver_all()
    assert Notice.objects.filter(person=helper.person, key=f"learning.proposed.{match.pk}").exists()
    assert Notice.objects.filter(person=elder, key=f"learning.proposed.{match.pk}").exists()
    assert pairing.answer(helper.person, match, yes=True).state == MatchState.PROPOSED
    assert pairing.answer(helper.person, match, yes=True).state == MatchState.PROPOSED  # a second tap is no second yes
    assert pairing.answer(elder, match, yes=True).state == MatchState.AGREED
    ask.refresh_from_db()
    assert ask.state == AskState.MATCHED


@pytest.mark.parametrize("who", ["helper", "elder"])
def test_a_no_is_free_and_written_down_nowhere(who: str, worker: Person, elder: Person, ask: HelpAsk, helper: Helper,
                                               make_helper: Callable[..., Helper]) -> None:
    from linli.foundation import audit

    match = pairing.propose(worker, ask, helper)
    other = elder if who == "helper" else helper.person
    pairing.answer(other, match, yes=True)
    pairing.answer(helper.person if who == "helper" else elder, match, yes=False)
    match.refresh_from_db()
    assert (match.state, match.helper_yes, match.learner_yes) == (MatchState.DECLINED, False, False)
    assert [entry.actor_id for entry in audit.trail(match) if entry.verb == "learning.decline"] == [None]
    with refused("declined"):
        pairing.propose(worker, ask, helper)
    fresh = make_helper("新来的")
    points = {one.helper.pk: one.fit.points for one in reads.candidates(ask)}
    assert helper.pk not in points  # not shown again for this ask
    another = HelpAsk(area=ask.area, person=worker, asked_by=worker, topics=TOPICS, slots=SLOTS, place=ask.place)
    assert reads.fit_of(another, helper).points == reads.fit_of(another, fresh).points  # and no worse for any other


def test_the_board_explains_itself(ask: HelpAsk, helper: Helper, make_helper: Callable[..., Helper]) -> None:
    make_helper("没见过", checked=False)
    half = make_helper("半对", topics=["pay"], slots=["weekend"])
    rows = reads.candidates(ask)
    assert [one.helper for one in rows[:2]] == [helper, half]
    assert rows[0].fit.points > rows[1].fit.points
    assert dict(rows[0].reasons)["想学的会教"] == 40
    assert rows[-1].obstacles == ["还没见过面"]


def test_one_at_a_time_and_not_too_many(worker: Person, helper: Helper, make_person: Any, community: Any) -> None:
    for number in range(4):
        who = make_person("", community)
        row = pairing.ask_help(who, topics=TOPICS, slots=SLOTS)
        with refused("has_one"):
            pairing.ask_help(who, topics=TOPICS, slots=SLOTS)
        if number < 3:
            pairing.propose(worker, row, helper)
        else:
            with refused("full"):
                pairing.propose(worker, row, helper)


def test_family_asks_and_the_desk_asks(daughter: Person, elder: Person, worker: Person, neighbour: Person,
                                       stranger: Person) -> None:
    row = pairing.ask_help(daughter, learner=elder, topics=TOPICS, slots=SLOTS, once="a")
    assert pairing.ask_help(daughter, learner=elder, topics=TOPICS, slots=SLOTS, once="a") == row
    with pytest.raises(Denied):
        pairing.ask_help(neighbour, learner=elder, topics=TOPICS, slots=SLOTS)
    pairing.withdraw_ask(elder, row)
    assert pairing.ask_help(worker, learner=elder, topics=TOPICS, slots=SLOTS).state == AskState.OPEN
    with pytest.raises(Denied):
        pairing.ask_help(worker, learner=stranger, topics=TOPICS, slots=SLOTS)


def test_helpers_are_met_first_and_by_another(worker: Person, make_helper: Callable[..., Helper], ask: HelpAsk) -> None:
    fresh = make_helper("新来的", checked=False)
    with refused("not_checked"):
        pairing.propose(worker, ask, fresh)
    with refused("not_checked"):
        visits.add_times(fresh.person, fresh, starts=at(27, 10), minutes=60)
    with pytest.raises(Denied):
        pairing.check_helper(fresh.person, fresh)


def test_a_lesson_from_booking_to_hours(make_visit: MakeVisit, elder: Person, helper: Helper, worker: Person) -> None:
    visit = taught(make_visit, 50)
    assert visit.state == VisitState.DONE
    with pytest.raises(Denied):
        visits.confirm(helper.person, visit)
    for _tap in range(2):
        visit = visits.confirm(elder, visit)
    assert visit.state == VisitState.CONFIRMED
    told = list(OutboxEvent.objects.filter(name="learning.helped").values_list("payload", flat=True))
    assert told == [{"person": helper.person_id, "minutes": 50, "about": f"learning.visit:{visit.pk}"}]
    assert Helping.objects.get().confirmed_by_id == elder.pk


def test_five_minutes_are_no_lesson(make_visit: MakeVisit, elder: Person) -> None:
    visits.confirm(elder, taught(make_visit, 4))
    assert not OutboxEvent.objects.filter(name="learning.helped").exists()


def test_every_rule_is_ticked_before_it_begins(make_visit: MakeVisit, helper: Helper, elder: Person) -> None:
    visit = make_visit()
    with clock.at(visit.starts):
        for left_out in all_rules(visit):
            with refused("rules"):
                visits.begin(helper.person, visit, ticked=[one for one in all_rules(visit) if one != left_out])
        with pytest.raises(Denied):
            visits.begin(elder, visit, ticked=all_rules(visit))
        assert visits.begin(helper.person, visit, ticked=all_rules(visit)).state == VisitState.RUNNING
    assert {"password", "bank", "pause"} <= set(Visit.objects.get().ticked)


def test_not_hours_before_and_not_days_after(make_visit: MakeVisit, helper: Helper) -> None:
    visit = make_visit()
    with refused("too_early"):
        visits.begin(helper.person, visit, ticked=all_rules(visit))
    with clock.at(visit.ends + timedelta(days=2)), refused("too_late"):
        visits.begin(helper.person, visit, ticked=all_rules(visit))


@pytest.mark.parametrize(("change", "code"), [({"agrees": False}, "no_consent"), ({"place": ""}, "no_place")])
def test_at_home_only_with_a_yes_and_an_address(make_visit: MakeVisit, change: dict[str, Any], code: str) -> None:
    with refused(code):
        make_visit(**{**HOME, **change})
    assert not Visit.objects.exists()


def test_at_home_two_come_or_it_does_not_begin(make_visit: MakeVisit, worker: Person, helper: Helper, second: Helper,
                                               elder: Person) -> None:
    visit = make_visit(**HOME)
    with clock.at(visit.starts):
        assert "two" in all_rules(visit)
        with refused("two_helpers"):
            visits.begin(helper.person, visit, ticked=all_rules(visit))
    with refused("same"):
        visits.name_second(worker, visit, helper)
    visit = visits.name_second(worker, visit, second)
    with clock.at(visit.starts), refused("two_helpers"):
        visits.begin(helper.person, visit, ticked=all_rules(visit))  # named is not come
    visits.answer_second(second.person, visit, yes=False)
    visit = visits.name_second(worker, visit, second)
    visits.answer_second(second.person, visit, yes=True)
    with clock.at(visit.starts):
        visits.begin(helper.person, visit, ticked=all_rules(visit))
    with clock.at(visit.ends):
        visit = visits.end(helper.person, visit)
    with pytest.raises(Denied):
        visits.confirm(second.person, visit)
    visits.confirm(elder, visit)
    assert OutboxEvent.objects.filter(name="learning.helped").count() == 2


def test_the_database_itself_wants_two_at_home(make_visit: MakeVisit) -> None:
    visit = make_visit(**HOME)
    with pytest.raises(IntegrityError), atomic():
        Visit.objects.filter(pk=visit.pk).update(state=VisitState.RUNNING)


def test_who_takes_the_consent_back_is_not_visited(make_visit: MakeVisit, elder: Person) -> None:
    visit = make_visit(**HOME)
    withdraw_consent(elder, "learning.home")
    deliver_all()
    visit.refresh_from_db()
    assert visit.state == VisitState.CANCELLED


def test_cancelled_by_the_learner_the_time_is_free_again(make_visit: MakeVisit, elder: Person, helper: Helper,
                                                         pair: Match) -> None:
    visit = make_visit()
    assert not reads.free_times(helper)
    with clock.at(visit.starts - timedelta(minutes=5)):
        visits.cancel_visit(elder, visit)
    visit = visits.cancel_visit(elder, Visit.objects.select_related("match__ask", "match__helper", "area").get())
    (session,) = reads.free_times(helper)
    assert visits.book_visit(elder, pair, session).state == VisitState.BOOKED
    deliver_all()
    assert Notice.objects.filter(person=helper.person, key=f"learning.visit_off.{visit.pk}").exists()


def test_cancelled_by_the_helper_the_time_is_gone(make_visit: MakeVisit, helper: Helper) -> None:
    visits.cancel_visit(helper.person, make_visit())
    assert not reads.free_times(helper)


def test_one_time_one_lesson(make_visit: MakeVisit, pair: Match, elder: Person, helper: Helper) -> None:
    visit = make_visit()
    session = Session.objects.get(pk=visit.session_id)
    assert visits.book_visit(elder, pair, session) == visit
    with refused("twice"):
        visits.add_times(helper.person, helper, starts=visit.starts + timedelta(minutes=30), minutes=30)
    with refused("too_soon"):
        make_visit(starts=NOON + timedelta(minutes=30))


def test_only_a_pair_books(helper: Helper, ask: HelpAsk, worker: Person, elder: Person, neighbour: Person) -> None:
    session = visits.add_times(helper.person, helper, starts=at(27, 10), minutes=60)
    match = pairing.propose(worker, ask, helper)
    with refused("not_paired"):
        visits.book_visit(elder, match, session)
    with pytest.raises(Denied):
        visits.book_visit(neighbour, match, session)


def test_parting_is_free_and_the_search_goes_on(pair: Match, elder: Person, make_visit: MakeVisit) -> None:
    visit = make_visit()
    with refused("still_booked"):
        pairing.part(elder, pair)
    visits.cancel_visit(elder, visit)
    pairing.part(elder, pair)
    assert HelpAsk.objects.get().state == AskState.OPEN


def test_the_note_and_the_door_are_for_few(make_visit: MakeVisit, neighbour: Person, stranger: Person, second: Helper,
                                           other_worker: Person) -> None:
    make_visit(**HOME)
    for who in (neighbour, stranger, second.person, other_worker):
        assert not HelpAsk.objects.visible_to(who).exists()
        assert not Visit.objects.visible_to(who).exists()
        assert not Match.objects.visible_to(who).exists()


def test_the_words_go_when_their_term_ends(make_visit: MakeVisit, elder: Person, ask: HelpAsk) -> None:
    from linli.foundation.privacy.retention import delete_due

    visit = taught(make_visit)
    visits.confirm(elder, visit)
    pairing.withdraw_ask(elder, HelpAsk.objects.select_related("area").get())
    with clock.at(NOON + timedelta(days=200)):
        delete_due()
    assert HelpAsk.objects.get().note == ""
    assert Visit.objects.get().place == ""
