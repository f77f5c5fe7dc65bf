"""A feed reader gets what is public, escaped, and nothing of the community next door."""

from __future__ import annotations

from datetime import timedelta
from xml.etree import ElementTree

import pytest
from django.test import Client

from linli.foundation.areas.models import Area
from linli.foundation.calendar import clock
from linli.foundation.people.models import Person
from linli.services.bulletin import actions

pytestmark = pytest.mark.django_db
_ATOM = "{http://www.w3.org/2005/Atom}"


def _titles(area: Area) -> list[str]:
    answer = Client().get(f"/feeds/{area.code}/announcements.atom")
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("application/atom+xml")
    root = ElementTree.fromstring(answer.content)
    assert root.tag == f"{_ATOM}feed"
    assert all(entry.find(f"{_ATOM}updated") is not None for entry in root.iter(f"{_ATOM}entry"))
    return [str(entry.findtext(f"{_ATOM}title")) for entry in root.iter(f"{_ATOM}entry")]


def _published(author: Person, head: Person, area: Area, title: str, **more: object) -> None:
    row = actions.draft(author, area, actions.Text(title=title, body="<script>alert(1)</script>\x0b看", **more))  # type: ignore[arg-type]
    actions.submit(author, row)
    actions.approve(head, row, version=1)


def test_a_feed_holds_what_is_public_and_open(
        worker: Person, community_head: Person, community: Area, other_community: Area) -> None:
    _published(worker, community_head, community, "<b>停水</b> & 检修")
    _published(worker, community_head, community, "只给登录的人", is_public=False)
    _published(worker, community_head, community, "明天才发", publish_at=clock.now() + timedelta(days=1))
    actions.draft(worker, community, actions.Text(title="草稿", body="x"))
    assert _titles(community) == ["<b>停水</b> & 检修"]
    assert _titles(other_community) == []
    raw = Client().get(f"/feeds/{community.code}/announcements.atom").content.decode()
    assert "<script>" not in raw
    assert "&amp;lt;script&amp;gt;" in raw, "escaped once as HTML and once as XML"
    with clock.at(clock.now() + timedelta(days=32)):
        assert _titles(community) == []


def test_a_street_s_announcement_is_in_the_feed_of_its_communities(
        street_leader: Person, make_person: object, street: Area, community: Area) -> None:
    other = make_person("副主任", None, "street_leader", at=street)  # type: ignore[operator]  # the fixture's function
    _published(street_leader, other, street, "街道的事")
    assert _titles(community) == ["街道的事"]


def test_a_place_that_is_not_there_has_no_feed(db: None) -> None:
    assert Client().get("/feeds/990000000000/announcements.atom").status_code == 404
