"""Whose turn it is: the main button is the person's own next step, and an incident closes what is tied to it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.urls import reverse

from linli.foundation.calendar import clock
from linli.foundation.calendar.clock import now
from linli.foundation.notices.models import Notice
from linli.foundation.people.models import RoleAssignment
from linli.foundation.web import Refused
from linli.interfaces.desk.tests.conftest import Report
from linli.mechanisms.cases import actions, engine
from linli.mechanisms.cases.models import Case, CaseEvent

if TYPE_CHECKING:
    from linli.foundation.people.models import Person

ClientOf = Callable[["Person"], Client]
MAIN = re.compile(r'data-kind="main"[^>]*>(?:<svg.*?</svg>)?\s*([^<]*)')


def url(name: str, *args: object) -> str:
    return reverse(f"desk:{name}", args=args)


def text(answer: Any) -> str:
    return str(answer.content.decode())


def main_button(client: Client, case: Case) -> str:
    """What the one main button of the case's bar says; "" where there is none."""
    bar = text(client.get(url("case", case.number))).partition('<main class="pane"')[2].partition('class="split"')[0]
    return " ".join(found.strip() for found in MAIN.findall(bar))


def test_each_sees_their_own_next_step(
    client_of: ClientOf, report: Report, property_desk: Person, property_worker: Person,
) -> None:
    case, desk, fitter = report(), client_of(property_desk), client_of(property_worker)
    assert main_button(desk, case) == "指派"
    actions.act(property_desk, case, "dispatch", worker=property_worker.pk)
    assert main_button(desk, case) == "催办"
    page = text(desk.get(url("case", case.number)))
    assert "等陈师傅「接单」" in page
    assert "改派" in page
    assert main_button(fitter, case) == "接单"
    actions.act(property_worker, case, "take")
    assert main_button(fitter, case) == "到场"
    actions.act(property_worker, case, "arrive")
    assert main_button(fitter, case) == "修好了"


def test_one_arrives_once_until_somebody_else_has_it(
    report: Report, property_desk: Person, property_worker: Person, resident: Person,
) -> None:
    case = report()
    for _round in range(2):
        actions.act(property_desk, case, "dispatch", worker=property_worker.pk)
        actions.act(property_worker, case, "take")
        actions.act(property_worker, case, "arrive")
        case.refresh_from_db()
        assert "arrive" not in {step.name for step in engine.transitions_for(property_worker, case)}
        with pytest.raises(Refused, match="made_already"):
            actions.act(property_worker, case, "arrive")
        actions.act(property_worker, case, "finish", note="换了导靴", after_photo=1)
        actions.act(resident, case, "not_fixed", solved="no")
        case.refresh_from_db()


def test_the_desk_reminds_and_not_at_every_click(
    client_of: ClientOf, report: Report, property_desk: Person, property_worker: Person,
) -> None:
    case = report()
    actions.act(property_desk, case, "dispatch", worker=property_worker.pk)
    due = Case.objects.get(pk=case.pk).due_at
    page = client_of(property_desk).post(url("case_more", case.number, "remind"), follow=True)
    assert "催了陈师傅" in text(page)
    assert client_of(property_desk).post(url("case_more", case.number, "remind")).status_code == 422
    with clock.at(now() + timedelta(minutes=16)):
        actions.remind(property_desk, case)
    assert CaseEvent.objects.filter(case=case, name="remind").count() == 2
    assert Case.objects.get(pk=case.pk).due_at == due
    assert client_of(property_worker).post(url("case_more", case.number, "remind")).status_code == 403


def test_who_lacks_the_certificate_is_shown_with_the_reason_and_refused(
    client_of: ClientOf, report: Report, property_desk: Person, property_worker: Person,
) -> None:
    RoleAssignment.objects.filter(person=property_worker).update(skills=["电工证"])
    case, client = report(), client_of(property_desk)
    page = text(client.get(url("case_step", case.number, "dispatch")))
    option = page[page.index(f'value="{property_worker.pk}"'):][:400]
    assert "disabled" in option
    assert "特种设备作业人员证" in option
    answer = client.post(url("case_step", case.number, "dispatch"), {"worker": property_worker.pk, "seen": case.seq})
    assert answer.status_code == 422
    assert "请选有证的" in text(answer)
    lamp = report(title="楼道灯不亮", category="power.light")
    assert client.post(url("case_step", lamp.number, "dispatch"), {
        "worker": property_worker.pk, "seen": lamp.seq}).status_code == 302


@pytest.fixture
def outage(
    report: Report, property_desk: Person, property_worker: Person, worker: Person, neighbour: Person,
) -> tuple[Case, Case, Case]:
    """An incident being repaired, and two reports of it tied to it."""
    main, mine, theirs = report(title="3号楼停电", category="public"), report(title="我家没电"), report(
        title="楼道没电", by=neighbour)
    for child in (mine, theirs):
        actions.tie(worker, child, main)
    actions.act(property_desk, main, "dispatch", worker=property_worker.pk)
    actions.act(property_worker, main, "take")
    return main, mine, theirs


def test_an_incident_that_is_done_proposes_closing_what_is_tied_to_it(
    client_of: ClientOf, report: Report, property_desk: Person, outage: tuple[Case, Case, Case],
) -> None:
    from linli.foundation.events.delivery import deliver_all

    main, mine, theirs = outage
    client = client_of(property_desk)
    with pytest.raises(Refused, match="incident_open"):
        actions.finish_tied(property_desk, main, [mine.number], "好了")
    with pytest.raises(Refused, match="incident_open"):
        actions.act(property_desk, mine, "finish_with", note="好了")
    answer = client.post(url("case_step", main.number, "finish"), {
        "seen": Case.objects.get(pk=main.pk).seq, "note": "换了总闸，全楼来电了", "after_photo": "1"})
    if answer.status_code == 422:  # the category asks for a photo, which has its own test
        actions.act(property_desk, main, "finish", note="换了总闸，全楼来电了", after_photo=1)
    else:
        assert answer["Location"].startswith(url("case_more", main.number, "finish_tied"))
    assert "还有 2 件没办结" in text(client.get(url("case", main.number)))
    form = text(client.get(url("case_more", main.number, "finish_tied")))
    assert mine.number in form
    assert theirs.number in form
    assert "换了总闸，全楼来电了" in form
    page = client.post(url("case_more", main.number, "finish_tied"), {
        "which": [mine.number, theirs.number], "reason": "换了总闸，全楼来电了"}, follow=True)
    assert "2 件告诉居民办好了" in text(page)
    deliver_all()
    for child in (mine, theirs):
        child.refresh_from_db()
        assert child.state == "done"
        assert CaseEvent.objects.get(case=child, name="finish_with").text_public == "换了总闸，全楼来电了"
        assert Notice.objects.filter(person=child.requester, about_id=str(child.pk)).exists()
    assert "还有" not in text(client.get(url("case", main.number))).partition('<main class="pane"')[2][:600]
    actions.act(mine.requester, mine, "not_fixed", solved="no")  # a child may refuse
    mine.refresh_from_db()
    assert (mine.state, mine.cycle, Case.objects.get(pk=theirs.pk).state) == ("submitted", 2, "done")
