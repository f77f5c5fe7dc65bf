"""Calls for works: a blind jury, one vote each, objections, and the author's right."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver, reverse

from linli.foundation.areas.models import Area, Home
from linli.foundation.calendar import clock
from linli.foundation.files.models import StoredFile
from linli.foundation.notices.models import Notice
from linli.foundation.people.models import Person, Residency, RoleAssignment
from linli.foundation.privacy.erasers import erase_everywhere
from linli.foundation.web import Denied, Refused
from linli.services.activities import exhibition
from linli.services.activities.actions import calls, judging
from linli.services.activities.models import AudienceBallot, AudienceTurn, Award, Call, Complaint, Score, Work
from linli.services.activities.tests.conftest import RULES, MakeWork, at, picture

pytestmark = pytest.mark.django_db
Open = Callable[[Person], Client]
AFTER = at(1, 9, 12)


def judged(worker: Person, call: Call, jurors: list[Person], points: dict[int, list[int]]) -> None:
    """Score the works of those numbers; the clock stands after the deadline."""
    judging.start_judging(worker, call)
    for number, given in points.items():
        for juror, score in zip(jurors, given, strict=True):
            judging.score(juror, Call.objects.get(pk=call.pk), number, score)


def test_a_work_through_the_page(call: Call, resident: Person, client_of: Open) -> None:
    client, url = client_of(resident), reverse("activities:work_new", args=[call.pk])
    sent: dict[str, Any] = {"signed_as": "青石", "birth_year": "1980", "alt": "一片大叶压着花苞", "ai": "no",
                            "once": "w1", "version": "1", "is_original": "on", "photo": picture("林女士的荷.jpg")}
    refused = client.post(url, sent)
    assert refused.status_code == 422  # the licence is not ticked beforehand
    assert "青石" in refused.content.decode()
    number = StoredFile.objects.get(purpose="activities.work").pk
    again = {**{key: value for key, value in sent.items() if key != "photo"}, "photo_id": number, "licence": "on"}
    assert client.post(url, again).status_code == 302
    assert client.post(url, again).status_code == 302  # a second tap
    work = Work.objects.get()
    assert (work.age_class, work.licensed_until, work.rules_version) == ("13-99", call.show_until, 1)
    stored = StoredFile.objects.get(about_type="activities.work")
    assert stored.name == ""  # a file's name may say whose it is


@pytest.mark.parametrize(("facts", "code"), [
    ({"year": 2015}, "guardian"), ({"year": 2023, "is_guardian": True}, "no_class"), ({"licence": False}, "no_licence"),
    ({"is_original": False}, "not_original"), ({"ai": ""}, "no_ai"), ({"alt": ""}, "no_alt"),
    ({"signed_as": " "}, "no_name"), ({"version": 7}, "rules_changed")])
def test_what_cannot_be_handed_in(facts: dict[str, Any], code: str, make_work: MakeWork, resident: Person) -> None:
    with pytest.raises(Refused, match=code):
        make_work(resident, **facts)


def test_three_works_each_and_none_after_the_deadline(make_work: MakeWork, resident: Person) -> None:
    for _n in range(3):
        make_work(resident)
    with pytest.raises(Refused, match="too_many"):
        make_work(resident)
    with clock.at(AFTER), pytest.raises(Refused, match="over"):
        make_work(resident)


def test_rules_have_versions_and_authors_hear(call: Call, worker: Person, make_work: MakeWork, resident: Person,
                                              client_of: Open) -> None:
    work = make_work(resident)
    with pytest.raises(Refused, match="bad_ages"):  # the class of a work that is in must not vanish
        calls.revise(worker, call, rules={**RULES, "ages": RULES["ages"][:1]})
    calls.revise(worker, call, rules={**RULES, "text": "也收摄影，其他不变，评委只看编号。"})
    work.refresh_from_db()
    assert work.rules_version == 1
    assert Notice.objects.filter(person=resident, key=f"activities.rules.{work.pk}.2").count() == 1
    page = client_of(resident).get(reverse("activities:call", args=[call.pk])).content.decode()
    assert "也收摄影" in page
    assert RULES["text"] in page


# ── the blind jury ──

@pytest.fixture
def judging_call(call: Call, worker: Person, jurors: list[Person], make_work: MakeWork, make_person: Any,
                 community: Area, other_home: Home) -> Call:
    """Five works, one of them by who lives with the first juror."""
    for n in range(4):
        make_work(make_person(f"作者{n}", community, name=f"真名{n}"), signed_as=f"笔名{n}")
    near = make_person("评委家人", community, home=other_home, name="真名九")
    Residency.objects.create(person=jurors[0], home=other_home, area=community, bond="owner", state="confirmed")
    make_work(near, signed_as="笔名九")
    with clock.at(AFTER):
        return judging.start_judging(worker, call)


def addresses(pks: list[int], numbers: list[int]) -> Iterator[tuple[str, str]]:
    """Every address of this room, for each of these rows and numbers of works."""
    for pattern in get_resolver("linli.services.activities.urls").url_patterns:
        shape = pattern.pattern
        wanted = set(getattr(shape, "converters", {})) | set(shape.regex.groupindex)
        verb = re.search(r"\(\?P<verb>(\w+)", shape.regex.pattern)
        for pk in pks if "pk" in wanted else pks[:1]:
            for number in numbers if "number" in wanted else numbers[:1]:
                known = {"pk": pk, "number": number, "session": 1, "verb": verb[1] if verb else ""}
                yield str(pattern.name), reverse(f"activities:{pattern.name}", kwargs={
                    key: value for key, value in known.items() if key in wanted})


def test_no_page_tells_a_juror_who_made_what(judging_call: Call, jurors: list[Person], client_of: Open) -> None:
    """Every address of the room, for the call and for each work, with the eyes of a juror."""
    works = list(Work.objects.select_related("author").order_by("id"))
    secrets = {text for one in works if one.author for text in (
        one.signed_as, one.author.name, one.author.title, one.author.phone or "-")}
    client = client_of(jurors[0])
    near = next(one for one in works if one.signed_as == "笔名九")
    looked = 0
    with clock.at(AFTER):
        for name, url in addresses([judging_call.pk, *[one.pk for one in works]], [near.number, works[0].number]):
            answer = client.get(url)
            looked += 1
            text = b"".join(answer).decode(errors="replace") if answer.streaming else answer.content.decode(
                errors="replace")
            assert not [secret for secret in secrets if secret in text], url
            if answer.status_code == 200:  # not even which numbers there are beside the own list
                assert f"{near.number}" not in re.sub(r"[0-9A-Za-z]{7,}", "", text), (name, url)  # ids and tokens
        page = client.get(reverse("activities:jury", args=[judging_call.pk])).content.decode()
        assert f"work-{works[0].number}" in page
        assert f"work-{near.number}" not in page  # the household's work is not among them
        picture_of = exhibition.images([near])[near.pk]
        from linli.foundation.files import may_see

        assert not may_see(jurors[0], picture_of)
        assert may_see(jurors[1], picture_of)
        for url in ("wall", "vote"):
            assert str(works[0].number) not in client.get(
                reverse(f"activities:{url}", args=[judging_call.pk])).content.decode()
    assert looked > 300


def test_who_becomes_staff_after_being_asked_stays_blind(judging_call: Call, jurors: list[Person], community: Area,
                                                         client_of: Open) -> None:
    RoleAssignment.objects.create(person=jurors[1], role="worker", area=community, since=at(1))
    person = Person.objects.get(pk=jurors[1].pk)
    with clock.at(AFTER):
        assert client_of(person).get(reverse("activities:desk_call", args=[judging_call.pk])).status_code in (403, 404)
        assert not Work.objects.visible_to(person).exists()
        with pytest.raises(Denied):
            judging.announce(person, judging_call)


def test_who_may_judge(call: Call, worker: Person, make_work: MakeWork, resident: Person, jurors: list[Person]) -> None:
    make_work(resident)
    with pytest.raises(Refused, match="is_author"):
        judging.ask_juror(worker, call, resident)
    with pytest.raises(Refused, match="keeps_call"):
        judging.ask_juror(worker, call, worker)
    with pytest.raises(Refused, match="juror"):
        make_work(jurors[0])
    judging.let_juror_go(worker, call.jurors.get(person=jurors[0]))
    with clock.at(AFTER), pytest.raises(Refused, match="few_jurors"):
        judging.start_judging(worker, call)


def test_every_score_is_kept_and_a_recusal_counts_for_nothing(
    call: Call, worker: Person, jurors: list[Person], make_work: MakeWork, resident: Person, make_person: Any,
    community: Area,
) -> None:
    work = make_work(resident)
    fourth = make_person("评委四", community)
    judging.ask_juror(worker, call, fourth)
    with clock.at(AFTER):
        judged(worker, call, [*jurors, fourth], {work.number: [80, 82, 84, 20]})
        judging.score(jurors[0], call, work.number, 90)
        judging.score(jurors[0], call, work.number, 90)
        assert list(Score.objects.filter(juror__person=jurors[0]).values_list("points", flat=True)) == [80, 90]
        judging.recuse(fourth, call, work.number)
        assert exhibition.scores_of(call)[work] == [90, 82, 84]
        with pytest.raises(Refused, match="bad_points"):
            judging.score(jurors[0], call, work.number, 101)
        with pytest.raises(Refused, match="no_work"):
            judging.score(jurors[0], call, 5, 80)
        with pytest.raises(Denied):
            judging.score(resident, call, work.number, 100)


# ── the audience ──

def test_one_vote_of_a_verified_resident_in_each_class(judging_call: Call, resident: Person, neighbour: Person,
                                                       stranger: Person, jurors: list[Person]) -> None:
    works = list(Work.objects.order_by("number"))
    with clock.at(AFTER):
        judging.vote(resident, judging_call, "13-99", works[0].number)
        for number in (works[0].number, works[1].number):
            with pytest.raises(Refused, match="voted"):
                judging.vote(resident, judging_call, "13-99", number)
        with pytest.raises(Refused, match="no_work"):
            judging.vote(resident, judging_call, "6-12", works[0].number)
        with pytest.raises(Refused, match="not_verified"):
            judging.vote(neighbour, judging_call, "13-99", works[0].number)
        with pytest.raises(Refused, match="juror"):
            judging.vote(jurors[0], judging_call, "13-99", works[0].number)
        with pytest.raises(Denied):
            judging.vote(stranger, judging_call, "13-99", works[0].number)
    with clock.at(at(8, 9, 12)), pytest.raises(Refused, match="not_voting"):
        judging.vote(neighbour, judging_call, "13-99", works[0].number)
    assert (AudienceTurn.objects.count(), AudienceBallot.objects.count()) == (1, 1)
    assert not {"person", "at", "created"} & {one.name for one in AudienceBallot._meta.get_fields()}


def test_the_vote_page(judging_call: Call, resident: Person, client_of: Open) -> None:
    with clock.at(AFTER):
        client, url = client_of(resident), reverse("activities:vote", args=[judging_call.pk])
        page = client.get(url).content.decode()
        assert "笔名" not in page  # names stay hidden until the result
        assert "checked" not in page  # no choice is made for anybody
        number = Work.objects.all()[0].number
        assert client.post(url, {"age_class": "13-99", "number": number}).status_code == 302
        assert "这一组您投过了" in client.get(url).content.decode()


def test_the_author_does_not_vote_for_the_own_work(judging_call: Call, home: Home) -> None:
    work = Work.objects.select_related("author").all()[0]
    assert work.author is not None
    Residency.objects.create(person=work.author, home=home, area=home.area, bond="owner", state="confirmed")
    with clock.at(AFTER), pytest.raises(Refused, match="own_work"):
        judging.vote(work.author, judging_call, "13-99", work.number)


# ── the result ──

def test_from_scores_to_a_result_that_stands(
    call: Call, worker: Person, community_head: Person, jurors: list[Person], make_work: MakeWork, resident: Person,
    neighbour: Person, client_of: Open, home: Home,
) -> None:
    first, second = make_work(neighbour), make_work(neighbour, signed_as="晨露")
    third = make_work(neighbour, signed_as="老梅")
    with clock.at(AFTER):
        judged(worker, call, jurors, {first.number: [95, 80, 60], second.number: [85, 85, 85]})
        judging.vote(resident, call, "13-99", third.number)
        with pytest.raises(Refused, match="still_voting"):
            judging.announce(worker, call)
    with clock.at(at(8, 9, 12)):
        with pytest.raises(Refused, match="scores_missing"):
            judging.announce(worker, call)
        for juror, points in zip(jurors, [70, 70, 70], strict=True):
            judging.score(juror, call, third.number, points)
        row = judging.announce(worker, call)
        assert [(one.work, one.rank, one.prize) for one in row.awards.filter(kind="jury")] == [
            (second, 1, "一等奖"), (first, 2, "二等奖"), (third, 3, "")]
        audience = row.awards.get(kind="audience", rank=1)
        assert (audience.work, audience.prize) == (third, "人气奖")
        with pytest.raises(Refused, match="not_judging"):
            judging.score(jurors[0], row, first.number, 100)
        assert "晨露" in client_of(resident).get(reverse("activities:wall", args=[call.pk])).content.decode()
        client_of(resident).post(reverse("activities:complain", args=[call.pk, second.number]),
                                 {"kind": "original", "text": "网上见过一样的画"})
        complaint = Complaint.objects.get()
        with pytest.raises(Refused, match="objections"):
            judging.finish(worker, row)
    with clock.at(at(14, 9, 12)):
        with pytest.raises(Refused, match="too_late"):
            judging.complain(resident, Work.objects.select_related("call__area").get(pk=first.pk), kind="result",
                             text="我觉得分不公平")
        with pytest.raises(Refused, match="objections"):
            judging.finish(worker, row)
        with pytest.raises(Denied):
            judging.decide(neighbour, complaint, upheld=False, answer="查过了")
        judging.decide(community_head, complaint, upheld=True, answer="是临摹的，不参评。")
        ranks = list(Award.objects.filter(kind="jury").values_list("work", "rank"))
        assert ranks == [(first.pk, 1), (third.pk, 2)]  # counted anew without it
        assert judging.finish(worker, row).state == "closed"


def test_the_author_takes_it_back(judging_call: Call, worker: Person) -> None:
    work = Work.objects.select_related("author", "call__area").all()[0]
    assert work.author is not None
    with clock.at(AFTER):
        calls.withdraw(work.author, work)
        assert work.pk not in {one.pk for one in exhibition.hung(judging_call, AFTER.date())}
        assert not StoredFile.objects.filter(about_type="activities.work", about_id=str(work.pk)).exists()
        with pytest.raises(Denied):
            calls.withdraw(worker, work)


def test_the_licence_ends(judging_call: Call, resident: Person, client_of: Open) -> None:
    with clock.at(at(2, 9, 3).replace(year=2027)):
        page = client_of(resident).get(reverse("activities:wall", args=[judging_call.pk])).content.decode()
        assert "现在没有在展的作品" in page


def test_originals_go_back_against_a_signature(call: Call, worker: Person, make_work: MakeWork,
                                               resident: Person) -> None:
    work = make_work(resident)
    with pytest.raises(Refused, match="not_here"):
        calls.give_back(worker, work, signed_by="林女士")
    calls.take_original(worker, work)
    with pytest.raises(Refused, match="no_signature"):
        calls.give_back(worker, work, signed_by="")
    back = calls.give_back(worker, work, signed_by="林女士")
    assert calls.give_back(worker, work, signed_by="别人").returned_to == back.returned_to == "林女士"


def test_who_leaves_takes_the_works_along(judging_call: Call, client_of: Open) -> None:
    work = Work.objects.select_related("author").filter(by_guardian=False).all()[0]
    person = work.author
    assert person is not None
    with clock.at(AFTER):
        erase_everywhere(person)
    work.refresh_from_db()
    assert (work.author, work.signed_as, work.state) == (None, "", "withdrawn")


def test_next_door_gets_404(judging_call: Call, stranger: Person, other_worker: Person, client_of: Open) -> None:
    with clock.at(AFTER):
        for name in ("call", "wall", "vote", "work_new", "jury"):
            assert client_of(stranger).get(reverse(f"activities:{name}", args=[judging_call.pk])).status_code == 404
        work = Work.objects.all()[0]
        assert client_of(stranger).get(reverse("activities:work", args=[work.pk])).status_code == 404
        assert client_of(other_worker).get(reverse("activities:desk_call", args=[judging_call.pk])).status_code == 404
