"""The further verbs of the desk, and what a unit that was called in may do."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client
from django.urls import reverse

from linli.interfaces.desk.tests.conftest import Report
from linli.mechanisms.cases import actions
from linli.mechanisms.cases.models import Case, CaseEvent, Leg

if TYPE_CHECKING:
    from linli.foundation.people.models import Organisation, Person

ClientOf = Callable[["Person"], Client]


def url(name: str, *args: object) -> str:
    return reverse(f"desk:{name}", args=args)


def text(answer: Any) -> str:
    return str(answer.content.decode())


@pytest.mark.parametrize(("verb", "who", "sent"), [
    ("whistle", "worker", {"reason": "看机房"}), ("object", "property_desk", {"reason": "不归我们"}),
    ("extend", "property_desk", {"until": "", "reason": "等配件"}), ("merge", "worker", {"number": "", "reason": ""}),
    ("tie", "worker", {"number": ""}), ("broadcast", "worker", {"reason": "今晚八点好"}),
    ("try_call", "worker", {"reason": "没人接"}),
])
def test_the_further_verbs(
    request: pytest.FixtureRequest, client_of: ClientOf, report: Report, department: Organisation,
    property_worker: Person, resident: Person, verb: str, who: str, sent: dict[str, str],
) -> None:
    case, other = report(), report(title="同一部电梯")
    given = dict(sent)
    if verb == "whistle":
        from linli.foundation.people.models import Organisation as Unit

        unit = Unit.objects.create(name="电梯维保", kind="contractor", area=case_area(case))
        given["unit"] = str(unit.pk)
    if "until" in given:
        from django.utils.timezone import localtime

        given["until"] = localtime(case.due_at + timedelta(hours=5)).strftime("%Y-%m-%dT%H:%M")
    if "number" in given:
        given["number"] = other.number.lower()
    client = client_of(request.getfixturevalue(who))
    address = url("case_more", case.number, verb)
    assert client.get(address).status_code == 200
    assert client.post(address, {}).status_code in (302, 422)
    before = CaseEvent.objects.filter(case=case).count()
    answer = client.post(address, given)
    assert answer.status_code == 302, text(answer)
    assert CaseEvent.objects.filter(case=case).count() > before


def case_area(case: Case) -> Any:
    from linli.foundation.areas.models import Area

    return Area.objects.get(code=case.area_code)


def test_a_verb_that_does_not_exist_or_is_not_granted(
    client_of: ClientOf, report: Report, property_desk: Person,
) -> None:
    case = report()
    client = client_of(property_desk)
    assert client.get(url("case_more", case.number, "explode")).status_code == 404
    assert client.get(url("case_more", case.number, "whistle")).status_code == 403
    assert client.get(url("case_step", case.number, "rate")).status_code == 403
    assert client.get(url("case_step", case.number, "explode")).status_code == 403
    assert client.get(url("case", "WTL-000000-0000")).status_code == 404


def test_a_helper_unit_sees_its_part_and_reports(
    client_of: ClientOf, report: Report, worker: Person, department: Organisation, department_desk: Person,
    property_desk: Person,
) -> None:
    case = report()
    actions.whistle(worker, case, department, reason="看机房")
    client = client_of(department_desk)
    page = text(client.get(url("case", case.number)))
    assert "回报并结束" in page
    assert "回报并结束" not in text(client_of(property_desk).get(url("case", case.number)))
    part = Leg.objects.get()
    assert client_of(property_desk).post(url("leg", part.pk), {"report": "替他们报"}).status_code in (403, 404)
    assert client.post(url("leg", part.pk)).status_code == 302
    assert client.post(url("leg", part.pk), {"report": "机房没事"}).status_code == 302
    part.refresh_from_db()
    assert part.closed_at is not None
