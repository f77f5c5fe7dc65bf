"""What every campaign asserts at its end."""

from __future__ import annotations

from typing import Any

from tests.faults.place import Place


def assert_sound(place: Place, *, quiet: bool = True, audited: bool = True) -> dict[str, Any]:
    """The database is whole, each row is the fold of its events, the audit log holds, nothing was done twice.

    `quiet`: the worker has had its time, so nothing may be left to do. `audited`: only steps that leave
    exactly one audit entry were made. Returns the figures.
    """
    found: dict[str, Any] = place.inside("check")
    if place.vendor == "sqlite":
        assert (found["integrity"], found["broken_keys"]) == ("ok", 0)
    assert found["unfolded"] == [], found["unfolded"]
    assert found["gaps"] == 0
    assert found["audit"] == [], found["audit"]
    assert found["audit_unsealed"] == 0
    assert not audited or found["audited_steps"] == found["steps"]
    assert found["doubled"] == 0
    assert found["firings"] == found["firings_told_of"] == found["firings_distinct"]
    assert found["notices"] == found["notice_keys"]
    assert found["once"] == found["once_distinct"]
    if quiet:
        assert (found["due"], found["outbox"], found["debts"], found["deliveries_queued"]) == (0, 0, 0, 0)
    return found
