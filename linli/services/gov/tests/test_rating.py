"""好差评: once, after the end, by who it was for or by the printed slip; a bad one is called back by somebody else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import IntegrityError
from django.db.transaction import atomic
from django.test import Client
from django.urls import reverse

from linli.foundation.areas.models import Area
from linli.foundation.calendar import clock
from linli.foundation.notices.models import Notice as Told
from linli.foundation.people.models import Person
from linli.foundation.web import Denied, Refused
from linli.services.gov import letters
from linli.services.gov.actions import deciding, rating as verbs
from linli.services.gov.models import Application, Rating
from linli.services.gov.queries import rating as listing
from linli.services.gov.tests.conftest import NOON
from linli.services.gov.tests.handed_in import handed_in

ClientOf = Callable[[Person], Client]


def delivered(slug: str, subject: Person | None, community: Area, worker: Person, head: Person, *,
              actor: Person | None = None) -> Application:
    row = deciding.advance(worker, deciding.accept(worker, handed_in(slug, subject, community, actor=actor)),
                           step="check")
    deciding.decide(head, row, granted=True)
    return deciding.deliver(worker, Application.objects.get(pk=row.pk), how="window")


@pytest.fixture
def over(community: Area, resident: Person, worker: Person, community_head: Person) -> Application:
    return delivered("gaoling-jintie", resident, community, worker, community_head)


@pytest.fixture
def colleague(make_person: Any, community: Area) -> Person:
    person: Person = make_person("秦老师", None, "worker", at=community)
    return person


def code_of(call: Callable[[], object]) -> str:
    try:
        call()
    except Refused as refusal:
        return refusal.code
    except Denied:
        return "denied"
    return ""


@pytest.mark.parametrize(("grade", "reasons", "text", "code"), [
    ("5", [], "", ""), ("3", ["quick"], "", ""), ("2", ["slow"], "", ""), ("1", [], "等了三趟", ""),
    ("2", [], "", "no_reason"), ("1", ["made_up"], "", "no_reason"), ("6", [], "", "no_grade"),
    ("", [], "", "no_grade")])
def test_five_grades_and_a_bad_one_says_why(over: Application, resident: Person, grade: str, reasons: list[str],
                                            text: str, code: str) -> None:
    assert code_of(lambda: verbs.rate(resident, over, grade=grade, reasons=reasons, text=text)) == code
    row = Rating.objects.filter(application=over).first()
    assert (row is not None) == (code == "")
    assert row is None or (row.call_back_due is not None) == (grade in "12")


def test_once_and_only_by_who_it_was_for(over: Application, resident: Person, neighbour: Person,
                                         worker: Person) -> None:
    for person in (neighbour, worker):
        assert code_of(lambda person=person: verbs.rate(person, over, grade="5")) == "denied"  # type: ignore[misc]
    verbs.rate(resident, over, grade="4")
    assert code_of(lambda: verbs.rate(resident, over, grade="1", text="改主意了")) == "rated"
    with pytest.raises(IntegrityError), atomic():
        Rating.objects.create(application=over, area=over.area, grade="5")


def test_not_before_the_end_and_not_for_ever(community: Area, resident: Person, over: Application) -> None:
    running = handed_in("gaoling-jintie", resident, community)
    assert code_of(lambda: verbs.rate(resident, running, grade="5")) == "not_over"
    with clock.at(NOON + timedelta(days=61)):
        assert code_of(lambda: verbs.rate(resident, over, grade="5")) == "not_over"


def test_the_slip_grades_without_signing_in(community: Area, worker: Person, community_head: Person, colleague: Person,
                                            over: Application) -> None:
    row = delivered("gaoling-jintie", None, community, colleague, community_head, actor=worker)
    path = urlsplit(letters.rate_url(row)).path
    visitor = Client()
    page = visitor.get(path)
    assert page.status_code == 200
    assert "钱奶奶" not in page.content.decode()
    assert "checked" not in page.content.decode()
    assert visitor.post(path, {}).status_code == 422
    assert visitor.post(path, {"grade": "2"}).status_code == 422
    assert visitor.post(path, {"grade": "2", "reasons": ["slow"], "text": "等太久"}).status_code == 302
    rated = Rating.objects.get(application=row)
    assert (rated.grade, rated.by, rated.channel) == ("2", None, "slip")
    assert "您评的是" in visitor.get(path).content.decode()
    assert visitor.get(reverse("gov:rate_paper", args=["forged"])).status_code == 404
    token = path.rstrip("/").rsplit("/", 1)[1]
    assert code_of(lambda: verbs.rate(None, over, grade="5", token=token)) == "denied"  # its own matter only


def test_a_bad_one_is_called_back_by_who_had_no_part(over: Application, resident: Person, worker: Person,
                                                     community_head: Person, colleague: Person) -> None:
    row = verbs.rate(resident, over, grade="1", reasons=["rude"])
    assert row.call_back_due is not None
    assert row.call_back_due > NOON
    for person in (worker, community_head, resident):
        assert code_of(lambda person=person: verbs.call_back(  # type: ignore[misc]
            person, row, outcome="mended", note="道过歉了")) == "denied"
    assert code_of(lambda: verbs.call_back(colleague, row, outcome="", note="道过歉了")) == "no_outcome"
    assert code_of(lambda: verbs.call_back(colleague, row, outcome="mended", note="")) == "no_reason"
    verbs.call_back(colleague, row, outcome="mended", note="当面道歉，重新培训")
    assert code_of(lambda: verbs.call_back(colleague, row, outcome="mended", note="再打一次")) == "called"


def test_a_call_back_that_runs_over_is_said_once_more(over: Application, resident: Person, colleague: Person) -> None:
    row = verbs.rate(resident, over, grade="2", reasons=["slow"])
    assert verbs.remind_of_call_backs() == 0
    with clock.at(NOON + timedelta(days=9)):
        assert verbs.remind_of_call_backs() == verbs.remind_of_call_backs() == 1
        assert Told.objects.filter(key__contains="gov.call_back").count() == 1
        verbs.call_back(colleague, row, outcome="mended", note="当面道歉，重新培训")
        assert verbs.remind_of_call_backs() == 0


def test_a_good_one_is_not_called_back(over: Application, resident: Person, colleague: Person) -> None:
    row = verbs.rate(resident, over, grade="5")
    assert code_of(lambda: verbs.call_back(colleague, row, outcome="mended", note="谢谢您")) == "not_bad"


def test_the_list_of_the_desk(over: Application, resident: Person, worker: Person, colleague: Person,
                              other_worker: Person, client_of: ClientOf) -> None:
    row = verbs.rate(resident, over, grade="1", reasons=["slow"], text="电话 13011112222 没人接")
    desk = client_of(colleague)
    page = desk.get(reverse("gov:ratings"))
    assert page.status_code == 200
    assert over.number in page.content.decode()
    assert listing.figures(over.area).waiting == 1
    assert listing.figures(over.area).good_percent is None
    one = desk.get(reverse("gov:rating", args=[row.pk]))
    assert "13011112222" not in one.content.decode()
    assert "记下回访" in one.content.decode()
    assert "请另一位同事来回访" in client_of(worker).get(reverse("gov:rating", args=[row.pk])).content.decode()
    assert client_of(worker).post(reverse("gov:rating", args=[row.pk]), {
        "outcome": "mended", "note": "道过歉了"}).status_code == 403
    assert client_of(other_worker).get(reverse("gov:rating", args=[row.pk])).status_code == 404
    assert client_of(resident).get(reverse("gov:ratings")).status_code == 404
    assert desk.post(reverse("gov:rating", args=[row.pk]), {"outcome": "mended", "note": "当面道歉"}).status_code == 302
    assert desk.get(reverse("gov:ratings_export")).status_code == 200
    empty = desk.get(reverse("gov:ratings"))
    assert "没有等回访的差评" in empty.content.decode()
