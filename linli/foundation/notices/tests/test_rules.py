from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from linli.foundation.notices.rules import Hours, leaves_at

SHANGHAI = ZoneInfo("Asia/Shanghai")
USUAL = Hours(time(22), time(7), time(7, 30))
NEVER_QUIET = Hours(time(0), time(0), time(8))


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{text}").replace(tzinfo=SHANGHAI)


@pytest.mark.parametrize(("made", "hours", "urgent", "mode", "leaves"), [
    ("25 21:59", USUAL, False, "all", ("25 21:59", False)),
    ("25 22:00", USUAL, False, "all", ("26 07:30", True)),
    ("26 00:00", USUAL, False, "all", ("26 07:30", True)),
    ("26 06:59", USUAL, False, "all", ("26 07:30", True)),
    ("26 07:00", USUAL, False, "all", ("26 07:00", False)),
    ("26 03:00", USUAL, True, "all", ("26 03:00", False)),
    ("26 03:00", USUAL, True, "urgent", ("26 03:00", False)),
    ("26 03:00", USUAL, True, "digest", ("26 03:00", False)),
    ("25 12:00", USUAL, False, "urgent", None),
    ("25 12:00", USUAL, False, "digest", ("26 07:30", True)),
    ("25 12:00", USUAL, True, "off", None),
    ("25 03:00", NEVER_QUIET, False, "all", ("25 03:00", False)),
    # A digest time within the quiet hours gives way to their end.
    ("25 23:00", Hours(time(22), time(7), time(6)), False, "all", ("26 07:00", True)),
    # Quiet at noon, within one day.
    ("25 13:00", Hours(time(12), time(14), time(14, 30)), False, "all", ("25 14:30", True)),
])
def test_when_a_message_leaves(
    made: str, hours: Hours, urgent: bool, mode: str, leaves: tuple[str, bool] | None,
) -> None:
    expected = None if leaves is None else (at(leaves[0]), leaves[1])
    assert leaves_at(at(made), hours, urgent=urgent, mode=mode) == expected


@given(st.times(), st.times(), st.times(), st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)))
def test_it_never_rings_in_quiet_hours_and_never_waits_longer_than_a_day(
    quiet_from: time, quiet_until: time, digest_at: time, made: datetime,
) -> None:
    hours = Hours(*(moment.replace(second=0, microsecond=0) for moment in (quiet_from, quiet_until, digest_at)))
    local = made.replace(tzinfo=SHANGHAI)
    found = leaves_at(local, hours, urgent=False, mode="all")
    assert found is not None
    assert not hours.quiet(found[0].time())
    assert local <= found[0] <= local + timedelta(days=1)
