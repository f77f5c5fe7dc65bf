"""The life of a conversation: who owns it, that the bot is mute there, and who sees what."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings as quick, strategies as st

from linli.foundation import audit
from linli.foundation.areas.models import Area
from linli.foundation.calendar import clock
from linli.foundation.people.models import Person
from linli.foundation.web import Denied, Refused
from linli.mechanisms.cases.models import Case
from linli.services.assistant import actions, jobs, listeners, privacy, queries
from linli.services.assistant.models import Conversation, Gap, GapState, Turn, Who
from linli.services.assistant.states import MOVES, MUTE, State, after
from linli.services.assistant.tests.conftest import NIGHT, NOON

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("catalogue")]


def said(talk: Conversation) -> list[tuple[str, str]]:
    return [(turn.who, turn.text) for turn in queries.turns(talk)]


def test_a_question_and_its_published_answer_are_kept(resident: Person, community: Area) -> None:
    talk = actions.ask(resident, community, "高龄津贴要带什么", once="a")
    again = actions.ask(resident, community, "高龄津贴要带什么", once="a")
    assert talk.pk == again.pk
    assert [who for who, _text in said(talk)] == [Who.RESIDENT, Who.BOT]
    assert "assistant.ask" in audit.verbs(talk)


def test_what_was_said_is_no_plain_text_in_the_database(resident: Person, community: Area) -> None:
    talk = actions.ask(resident, community, "高龄津贴要带什么，我姓林住702")
    sealed = Turn.objects.filter(conversation=talk).values_list("text", flat=True)
    assert not any("702" in text for text in sealed)
    assert not any("702" in str(turn.told) for turn in queries.turns(talk))


def test_from_the_bot_to_a_person_and_to_the_end(resident: Person, worker: Person, community: Area) -> None:
    talk = actions.ask(resident, community, "阳台的花箱归谁捡")
    talk = actions.want_person(resident, community)
    assert talk.state == State.QUEUED
    assert queries.place_in_queue(talk) == 1
    talk = actions.take(worker, talk)
    talk = actions.reply_to(worker, talk, "归物业捡。", once="1")
    actions.reply_to(worker, talk, "归物业捡。", once="1")
    talk = actions.ask(resident, community, "高龄津贴要带什么")  # an ordinary question: the bot could answer it
    assert said(talk)[-1] == (Who.RESIDENT, "高龄津贴要带什么")
    talk = actions.close(worker, talk)
    assert talk.state == State.CLOSED
    assert [who for who, _ in said(talk)].count(Who.STAFF) == 1


def test_the_queue_goes_by_who_came_first(
    resident: Person, neighbour: Person, worker: Person, community: Area,
) -> None:
    with clock.at(NOON - timedelta(minutes=5)):
        first = actions.want_person(resident, community, text="一")
    second = actions.want_person(neighbour, community, text="二")
    assert (queries.place_in_queue(first), queries.place_in_queue(second)) == (1, 2)
    assert [talk.pk for talk in queries.inbox(worker, "waiting")] == [first.pk, second.pk]
    actions.take(worker, first)
    assert queries.place_in_queue(second) == 1


def test_of_two_who_take_it_one_gets_it(
    resident: Person, worker: Person, community_head: Person, community: Area,
) -> None:
    talk = actions.want_person(resident, community, text="问一下")
    actions.take(worker, talk)
    actions.take(worker, talk)
    with pytest.raises(Refused, match="taken"):
        actions.take(community_head, talk)
    with pytest.raises(Refused, match="not_yours"):
        actions.reply_to(community_head, talk, "我来")
    with pytest.raises(Refused, match="not_yours"):
        actions.close(community_head, talk)


def test_at_night_it_becomes_a_case_with_a_deadline(resident: Person, community: Area) -> None:
    with clock.at(NIGHT):
        with pytest.raises(Refused, match="no_text"):
            actions.want_person(resident, community)
        talk = actions.want_person(resident, community, text="亲戚能不能停小区，电话13812345678")
    case = Case.objects.get(number=talk.case_number)
    assert (talk.state, case.kind_code, case.requester, case.state) == (State.CLOSED, "consult", resident, "submitted")
    assert case.due_at is not None
    assert "13812345678" not in case.title


def test_nobody_waits_in_a_queue_that_nobody_looks_at(resident: Person, neighbour: Person, community: Area) -> None:
    talk = actions.want_person(resident, community, text="问一下")
    assert jobs.keep_moving() == 0
    with clock.at(NOON + timedelta(minutes=21)):
        jobs.keep_moving()
        jobs.keep_moving()
    talk.refresh_from_db()
    assert talk.case_number
    assert Case.objects.filter(once=f"assistant.{talk.pk}").count() == 1
    other = actions.want_person(neighbour, community, text="也问一下")
    with clock.at(NOON + timedelta(hours=2)):  # noon: the desk closed a moment ago
        jobs.keep_moving()
    other.refresh_from_db()
    assert other.case_number


def test_what_is_long_quiet_ends(resident: Person, community: Area) -> None:
    talk = actions.ask(resident, community, "高龄津贴要带什么")
    with clock.at(NOON + timedelta(hours=23)):
        jobs.keep_moving()
        assert Conversation.objects.get(pk=talk.pk).is_open
    with clock.at(NOON + timedelta(hours=25)):
        jobs.keep_moving()
    assert Conversation.objects.get(pk=talk.pk).ended_by == "quiet"


STEPS = st.lists(st.sampled_from(
    ["ask", "person", "say", "leave", "not_now", "none", "take", "reply", "give_back", "call_back", "close"]),
    max_size=9)


@quick(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STEPS)
def test_the_bot_is_mute_while_a_person_owns_it(
    resident: Person, worker: Person, community: Area, steps: list[str],
) -> None:
    Conversation.objects.filter(person=resident).delete()
    talk = actions.ask(resident, community, "你好")
    words = iter(range(100))
    verbs: dict[str, Any] = {
        "ask": lambda: actions.ask(resident, community, f"养犬登记{next(words)}"),
        "person": lambda: actions.want_person(resident, community, text="找人"),
        "say": lambda: actions.say(resident, talk, "在吗"), "leave": lambda: actions.leave_queue(resident, talk),
        "not_now": lambda: actions.not_now(resident, talk), "none": lambda: actions.none_of_these(resident, talk),
        "take": lambda: actions.take(worker, talk), "reply": lambda: actions.reply_to(worker, talk, "在的"),
        "give_back": lambda: actions.give_back(worker, talk), "call_back": lambda: actions.call_back(worker, talk),
        "close": lambda: actions.close(resident, talk)}
    for step in steps:
        talk.refresh_from_db()
        before, count = talk.state, talk.said.filter(who=Who.BOT).count()
        try:
            verbs[step]()
        except (Refused, Denied):
            pass
        if before in MUTE:
            assert talk.said.filter(who=Who.BOT).count() == count
        talk.refresh_from_db()
        assert (talk.state == State.HUMAN) <= (talk.staff_id is not None)
        assert list(talk.said.values_list("number", flat=True)) == list(range(1, talk.turns + 1))


def test_no_move_of_the_bot_leaves_from_where_a_person_is() -> None:
    assert not {state for state, verb in MOVES if verb == "answer"} & MUTE
    assert all(after(State.CLOSED, verb) is None for _state, verb in MOVES)


def test_staff_see_what_was_handed_to_them_and_nothing_else(
    resident: Person, worker: Person, other_worker: Person, neighbour: Person, community: Area,
) -> None:
    talk = actions.ask(resident, community, "高龄津贴要带什么")
    assert talk not in Conversation.objects.visible_to(worker)
    with pytest.raises(Denied):
        actions.say(neighbour, talk, "我看看")
    talk = actions.want_person(resident, community)
    assert talk in Conversation.objects.visible_to(worker)
    assert talk not in Conversation.objects.visible_to(other_worker)
    assert talk not in Conversation.objects.visible_to(neighbour)
    for stranger in (other_worker, neighbour):
        with pytest.raises(Denied):
            actions.take(stranger, talk)


def test_nobody_answers_themselves(worker: Person, community: Area) -> None:
    talk = actions.want_person(worker, community, text="我也问一下")
    with pytest.raises(Refused, match="own"):
        actions.take(worker, talk)


def test_only_what_was_offered_can_be_chosen(resident: Person, community: Area) -> None:
    talk = actions.ask(resident, community, "你好")
    with pytest.raises(Refused, match="no_group"):
        actions.choose(resident, talk, "gov.elders", "what")


def test_a_question_without_an_answer_is_written_down_without_who_asked(
    resident: Person, neighbour: Person, worker: Person, other_worker: Person, community: Area,
) -> None:
    for person in (resident, neighbour):
        actions.ask(person, community, "魔方比赛3单元502室13812345678")
    row = Gap.objects.get()
    assert row.times == 2
    assert "13812345678" not in row.text
    assert "502" not in row.text
    assert not Gap.objects.visible_to(other_worker).exists()
    assert not Gap.objects.visible_to(resident).exists()
    mended = actions.mend_gap(worker, row, "gov.dog", "魔方比赛")
    assert (mended.state, mended.group_title) == (GapState.MENDED, "养犬登记")
    from linli.mechanisms.knowledge import rebuild

    rebuild(dense=False)
    jobs.measure(gap=row.pk)
    row.refresh_from_db()
    assert row.after["rank"] == 1
    assert row.after["hit1"] == row.after["questions"] == 1
    assert row.before["rank"] != 1
    with pytest.raises(Refused, match="settled"):
        actions.drop_gap(worker, row)


def test_listeners_may_be_called_twice(resident: Person, worker: Person, community: Area) -> None:
    from linli.foundation.notices.models import Notice

    talk = actions.want_person(resident, community, text="问一下")
    listeners.on_queued(talk.pk)
    listeners.on_queued(talk.pk)
    assert Notice.objects.filter(person=worker).count() == 1
    actions.take(worker, talk)
    talk = actions.reply_to(worker, talk, "好的，门牌是502")
    for _time in range(2):
        listeners.on_taken(talk.pk)
        listeners.on_replied(talk.pk, talk.turns)
    told = list(Notice.objects.filter(person=resident))
    assert len(told) == 2
    assert not any("502" in one.sentence for one in told)


def test_a_persons_own_words_can_be_copied_and_erased(resident: Person, community: Area) -> None:
    talk = actions.ask(resident, community, "高龄津贴要带什么")
    assert privacy.copy_of(resident)["conversations"][0]["said"][0]["text"] == "高龄津贴要带什么"
    actions.close(resident, talk)
    assert privacy.erase_conversation(Conversation.objects.get(pk=talk.pk), "assistant.conversation") == "anonymised"
    assert not Turn.objects.exclude(who=Who.SYSTEM).exists()
    assert privacy.erase(resident)
    assert not Conversation.objects.exists()
    assert privacy.erase(resident) == []
