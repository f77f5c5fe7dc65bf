"""A mother registers her newborn from her sofa, or at a window where a person helps her: to the delivered results."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from linli.foundation.areas.models import Area
from linli.foundation.events import deliver_all
from linli.foundation.people.models import Person
from linli.services.gov import letters
from linli.services.gov.actions import applying, deciding
from linli.services.gov.actions.stepping import done_steps, next_review
from linli.services.gov.models import Application, Filing, Letter, Result
from linli.services.gov.tests.filling import fill, sign

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(make_person: Callable[..., Person], community: Area) -> dict[str, Person]:
    """Who handles it: nobody has two parts in one matter."""
    return {"receives": make_person("周受理", community, "worker"),
            "reviews": make_person("吴审查", community, "worker"),
            "community": make_person("郑书记", community, "community_head"),
            "street": make_person("王主任", community, "street_leader", at=Area.objects.get(code=community.code[:9]))}


def handle(row: Application, office: dict[str, Person]) -> None:
    """From accepted to delivered."""
    deciding.accept(office["receives"], row)
    while (turn := next_review(row, done_steps(row))) is not None:
        deciding.advance(office["reviews"], row, step=str(turn["key"]), proposal="grant")
    level = "community" if row.version.body["local"]["level"] == "community" else "street"
    deciding.decide(office[level], row, granted=True)
    deciding.deliver(office["receives"], row, how="online")


@pytest.mark.parametrize("way", ["phone", "window"])
def test_five_items_one_form_to_the_last_result(way: str, make_person: Callable[..., Person], community: Area,
                                                office: dict[str, Person]) -> None:
    if way == "phone":
        person = make_person("林小青", community)
        filing = applying.begin(person, item="newborn")
    else:
        person = make_person("何窗口", community, "worker")
        filing = applying.begin(person, item="newborn", area=community, contact=("林妈妈", "13011112222"),
                                channel="window")
    assert isinstance(filing, Filing)
    fill(person, filing)
    sign(person, filing)
    applying.hand_in(person, filing)
    order: list[str] = []
    for _item in range(5):
        open_ = list(filing.applications.filter(state="submitted").select_related("version__item").order_by("pk"))
        if not open_:
            break
        handle(open_[0], office)
        order.append(open_[0].slug)
        deliver_all()
    rows = list(filing.applications.select_related("version__item"))
    assert {row.state for row in rows} == {"delivered"}
    assert len({row.number for row in rows}) == 5
    assert order[0] == "birth-certificate"
    assert order.index("birth-registration") < order.index("medical-insurance-enrolment")
    results = Result.objects.filter(application__filing=filing)
    assert results.count() >= 5
    kinds = set(Letter.objects.filter(application=rows[0]).values_list("kind", flat=True))
    assert {"receipt", "accepted", "decision", "delivered"} <= kinds
    assert letters.pdf(Letter.objects.filter(application=rows[0], kind="decision").get()).startswith(b"%PDF")
