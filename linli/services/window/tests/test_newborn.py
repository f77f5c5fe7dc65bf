"""With the real gov: the newborn bundle filed at the window, to a number and a slip."""

from __future__ import annotations

from typing import Any

import pytest

from linli.foundation.areas.models import Area
from linli.foundation.people.models import Person
from linli.foundation.web.acts import offered, perform
from linli.services.window import papers
from linli.services.window.actions import helping, pins
from linli.services.window.models import Help
from linli.services.window.tests.filling import answers

pytestmark = pytest.mark.django_db


def filed(worker: Person, community: Area, **whom: Any) -> Help:
    hit = next(one for one in perform("gov.find", worker, words="新生儿出生一件事") if one["bundle"])
    row = helping.begin(worker, community, item=hit["slug"], title=hit["name"], check="id_card", once="n1", **whom)
    step, turns = row.pages[0][0], 0
    while step and turns < 60:
        page = helping.page(worker, row, step)
        told = helping.save_page(worker, row, step, answers(page["fields"]), seen=page["seen"])
        assert not told["errors"], (step, told["errors"])
        step, turns = told["next"], turns + 1
    return row


def test_the_newborn_bundle_is_filed_at_the_window(worker: Person, resident: Person, community: Area) -> None:
    assert offered("gov.begin")
    row = filed(worker, community, subject=resident)
    for need in helping.papers(worker, row):
        if need["need"] == "required" and not need["brought"]:
            perform("gov.attach", worker, application=row.application, material=need["key"], file=None,
                    way=next((way for way in ("seen", "window", "later") if way in need["ways"]), need["ways"][0]))
    done = helping.hand_in(worker, row, signed_name="林女士")
    assert done.number
    assert helping.hand_in(worker, row, signed_name="林女士").number == done.number
    assert papers.slip(done, "https://linli.example").startswith(b"%PDF")
    plain = pins.set_pin(worker, community, done.number)
    told = pins.told_by_pin(None, done.number, plain)
    assert told["number"] == done.number
    assert told["state_title"]
