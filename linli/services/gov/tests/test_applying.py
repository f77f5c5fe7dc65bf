"""From the sofa to a number: begin, fill in, hand in; what survives, what happens once, and what nobody may."""

from __future__ import annotations

from datetime import timedelta

import pytest

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Mandate, Person
from linli.foundation.web import Denied, Refused
from linli.mechanisms.forms import actions as forms
from linli.mechanisms.forms.models import Sheet
from linli.services.gov import deadline, papers_needed
from linli.services.gov.actions import applying, deciding, moving
from linli.services.gov.models import Application, Filing, Letter, ProcedureEvent
from linli.services.gov.tests.filling import CARD, fill, sign

pytestmark = pytest.mark.django_db


@pytest.fixture
def mother(make_person: object, community: Area) -> Person:
    person: Person = make_person("林小青", community)  # type: ignore[operator]
    return person


@pytest.fixture
def application(mother: Person) -> Application:
    """An old-age allowance filled in and signed, not handed in."""
    begun = applying.begin(mother, item="gaoling-jintie")
    assert isinstance(begun, Application)
    fill(mother, begun)
    sign(mother, begun)
    return begun


def test_a_number_a_receipt_and_a_clock_at_once(mother: Person, application: Application) -> None:
    [row] = applying.hand_in(mother, application)
    assert (row.state, row.number != "", row.step) == ("submitted", True, "accept")
    assert row.due_at is not None
    assert row.due_at > now()
    assert row.case is not None
    assert row.case.due_at == row.due_at
    assert [one.kind for one in Letter.objects.filter(application=row)] == ["receipt"]
    assert audit.verbs(row)[-1] == "gov.hand_in"


def test_pressed_ten_times_it_has_one_number(mother: Person, application: Application) -> None:
    numbers = {applying.hand_in(mother, application)[0].number for _time in range(10)}
    assert len(numbers) == 1
    assert ProcedureEvent.objects.filter(application=application, kind="received").count() == 1
    assert Letter.objects.filter(application=application).count() == 1


def test_begun_on_the_phone_it_goes_on_at_the_desk(mother: Person) -> None:
    first = applying.begin(mother, item="gaoling-jintie")
    again = applying.begin(mother, item="gaoling-jintie")
    assert first == again


def test_two_windows_and_one_draft(mother: Person) -> None:
    begun = applying.begin(mother, item="gaoling-jintie")
    sheet = Sheet.objects.get(pk=begun.sheet_id)
    forms.save_page(mother, sheet, "bank", {"bank.name": "A 行", "bank.account": CARD}, seen=sheet.seen)
    with pytest.raises(Refused) as refused:
        forms.save_page(mother, sheet, "bank", {"bank.name": "B 行", "bank.account": CARD},
                        seen=sheet.seen)
    assert refused.value.code == "changed_elsewhere"
    sheet.refresh_from_db()
    assert sheet.values["bank.name"] == "A 行"


def test_not_signed_is_not_handed_in(mother: Person) -> None:
    begun = applying.begin(mother, item="gaoling-jintie")
    fill(mother, begun)
    with pytest.raises(Refused) as refused:
        applying.hand_in(mother, begun)
    assert refused.value.code == "not_signed"


def test_a_stranger_and_a_neighbour_may_not(mother: Person, application: Application, make_person: object,
                                            community: Area, other_community: Area) -> None:
    neighbour = make_person("邻居", community)  # type: ignore[operator]
    stranger = make_person("外人", other_community)  # type: ignore[operator]
    for who in (neighbour, stranger):
        assert not Application.objects.visible_to(who).exists()
        with pytest.raises(Denied):
            applying.hand_in(who, application)
        with pytest.raises(Denied):
            applying.begin(who, item="gaoling-jintie", subject=mother)
        with pytest.raises(Denied):
            applying.withdraw(who, application)


def test_staff_see_nothing_of_a_draft(mother: Person, application: Application, clerk: Person) -> None:
    assert not Application.objects.visible_to(clerk).exists()
    applying.hand_in(mother, application)
    assert Application.objects.visible_to(clerk).count() == 1


def test_a_daughter_files_for_her_mother(mother: Person, make_person: object, community: Area) -> None:
    daughter = make_person("女儿", community)  # type: ignore[operator]
    Mandate.objects.create(subject=mother, agent=daughter, scope=["gov"], agreed_at=now())
    begun = applying.begin(daughter, item="gaoling-jintie", subject=mother)
    fill(daughter, begun)
    sign(daughter, begun)
    [row] = applying.hand_in(daughter, begun)
    assert (row.subject, row.actor, row.mandate is not None, row.channel) == (mother, daughter, True, "app")
    assert Application.objects.visible_to(mother).count() == 1


def test_at_the_window_for_somebody_without_an_account(clerk: Person, community: Area) -> None:
    begun = applying.begin(clerk, item="gaoling-jintie", area=community, contact=("钱奶奶", "13011112222"),
                           channel="window", once="ticket-7")
    assert applying.begin(clerk, item="gaoling-jintie", area=community, contact=("钱奶奶", "13011112222"),
                          channel="window", once="ticket-7") == begun
    sheet = fill(clerk, begun)
    assert sheet.subject is None
    sign(clerk, begun)
    [row] = applying.hand_in(clerk, begun)
    assert (row.subject, row.actor, row.contact_name) == (None, clerk, "钱奶奶")
    with pytest.raises(Denied):
        deciding.accept(clerk, row)  # who filed it does not accept it


def test_a_clerk_does_not_file_their_own_matter_at_their_own_counter(clerk: Person, community: Area) -> None:
    with pytest.raises(Denied):
        applying.begin(clerk, item="gaoling-jintie", area=community, subject=clerk, channel="window")


def test_withdrawn_and_accepted_meet_and_one_comes_first(mother: Person, application: Application,
                                                         clerk: Person) -> None:
    [row] = applying.hand_in(mother, application)
    applying.withdraw(mother, row)
    with pytest.raises(Refused) as refused:
        deciding.accept(clerk, row)
    assert refused.value.code == "moved_on"
    assert applying.withdraw(mother, row).state == "withdrawn"  # twice is once
    assert Letter.objects.filter(application=row, kind="withdrawn").count() == 1


def test_what_is_decided_cannot_be_withdrawn(mother: Person, application: Application) -> None:
    [row] = applying.hand_in(mother, application)
    Application.objects.filter(pk=row.pk).update(state="decided")
    with pytest.raises(Refused):
        applying.withdraw(mother, row)


def test_corrections_are_asked_once_and_answered_once(mother: Person, application: Application, clerk: Person) -> None:
    [row] = applying.hand_in(mother, application)
    deciding.ask_corrections(clerk, row, needs=[
        {"kind": "element", "key": "bank.account", "sentence": "卡号少一位"},
        {"kind": "material", "key": "bank_card", "sentence": "拍清楚有卡号的一面"}])
    row.refresh_from_db()
    assert row.state == "correcting"
    applying.reopen(mother, row)
    with pytest.raises(Refused) as refused:
        applying.answer_corrections(mother, row)
    assert refused.value.code == "still_missing"
    applying.bring(mother, row, "bank_card", way="window")
    with pytest.raises(Refused) as refused:
        applying.answer_corrections(mother, row)
    assert refused.value.code == "not_signed"
    sign(mother, row)
    assert applying.hand_in(mother, row)[0].state == "submitted"
    assert applying.hand_in(mother, row)[0].state == "submitted"
    assert ProcedureEvent.objects.filter(application=row, kind="corrections_received").count() == 1


def test_papers_that_these_answers_do_not_want_are_not_asked(mother: Person) -> None:
    begun = applying.begin(mother, item="gaoling-jintie")
    fill(mother, begun, elder__can_come=True)
    assert "mandate" not in {one.key for one in papers_needed.needed(begun)}  # type: ignore[arg-type]
    with pytest.raises(Refused):
        applying.bring(mother, begun, "no_such_paper", way="window")  # type: ignore[arg-type]
    with pytest.raises(Refused):
        applying.bring(mother, begun, "id_card", way="later")  # type: ignore[arg-type]


def test_the_newborn_bundle_asks_once_and_its_items_follow_each_other(mother: Person, clerk: Person) -> None:
    filing = applying.begin(mother, item="newborn")
    assert isinstance(filing, Filing)
    fill(mother, filing)
    sign(mother, filing)
    rows = applying.hand_in(mother, filing)
    assert [(row.slug, row.state) for row in rows][:2] == [("birth-certificate", "submitted"),
                                                           ("vaccination-card", "waiting")]
    assert [row.number != "" for row in rows] == [True, False, False, False, False]
    assert [row.state for row in applying.hand_in(mother, filing)] == [row.state for row in rows]
    assert Application.objects.visible_to(clerk).count() == 1


def test_a_draft_can_be_thrown_away_with_everything(mother: Person) -> None:
    begun = applying.begin(mother, item="newborn")
    applying.forget(mother, begun)
    assert not Application.objects.exists()
    assert not Sheet.objects.exclude(content="").exists()


def test_the_clock_of_next_year_is_provisional(mother: Person, application: Application) -> None:
    [row] = applying.hand_in(mother, application)
    late = now() + timedelta(days=28)
    state, _rule = deadline.state_of(moving.held(row), late)
    assert state.received is not None
