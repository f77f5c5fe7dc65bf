"""One room asks another for a verb: by name, with the rights of the person who acts."""

from __future__ import annotations

import pytest

from linli.foundation.web import acts
from linli.foundation.web.manifest import Manifest


@pytest.fixture
def rooms(monkeypatch):
    """`rooms(manifest, …)`: these are the installed rooms, for one test."""
    def install(*found):
        monkeypatch.setattr(acts, "manifests", lambda: found)
        acts._target.cache_clear()

    yield install
    acts._target.cache_clear()


def test_the_owner_gets_who_acts_and_what_is_asked(rooms):
    rooms(Manifest(name="access", acts={"access.book": f"{__name__}.book"}))
    assert acts.offered("access.book")
    assert acts.perform("access.book", "林女士", hours=2) == ("林女士", 2)


def test_an_act_nobody_offers_leads_nowhere(rooms):
    rooms(Manifest(name="access"))
    assert not acts.offered("access.book")
    with pytest.raises(acts.NoSuchAct):
        acts.perform("access.book", "林女士")


def test_two_owners_of_one_act_are_a_mistake_of_the_programmer(rooms):
    rooms(Manifest(name="a", acts={"x.do": f"{__name__}.book"}), Manifest(name="b", acts={"x.do": f"{__name__}.book"}))
    with pytest.raises(LookupError, match="more than one"):
        acts.offered("x.do")


def book(person, *, hours):
    return person, hours
