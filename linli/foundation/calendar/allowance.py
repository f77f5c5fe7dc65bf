"""How an allowance is written in a kind's YAML, and what a calendar is called."""

from __future__ import annotations

import re
from functools import lru_cache

from linli.foundation.calendar.table import DAY_S, WHOLE_DAY, Segments

ROUND_THE_CLOCK = "24x7"
DAYS = "days"
HOURS = "hours"
_DEFAULT_HOURS: Segments = ((9 * 3600, 12 * 3600), (14 * 3600, 18 * 3600))

_UNITS: dict[str, tuple[int, str]] = {
    "s": (1, ROUND_THE_CLOCK), "min": (60, ROUND_THE_CLOCK), "h": (3600, ROUND_THE_CLOCK),
    "d": (DAY_S, ROUND_THE_CLOCK), "wh": (3600, HOURS), "wd": (DAY_S, DAYS),
    "秒": (1, ROUND_THE_CLOCK), "分钟": (60, ROUND_THE_CLOCK), "小时": (3600, ROUND_THE_CLOCK),
    "天": (DAY_S, ROUND_THE_CLOCK), "工作时": (3600, HOURS), "工作日": (DAY_S, DAYS),
}
_ALLOWANCE = re.compile(r"(\d{1,6})\s*([a-z]+|[\u4e00-\u9fff]+)")
_SEGMENT = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")


def seconds(text: str) -> tuple[int, str]:
    """`30min`, `2h`, `7d`, `4wh` (working hours), `3wd` (working days), also in Chinese: (allowance in s, calendar).

    A working day is 24 hours on the calendar `days`. Raises `ValueError` for anything else.
    """
    found = _ALLOWANCE.fullmatch(text.strip())
    if not found or found[2] not in _UNITS:
        raise ValueError(f"{text!r} is no allowance: write for example 30min, 2h, 7d, 4wh or 3wd.")
    unit, calendar = _UNITS[found[2]]
    return int(found[1]) * unit, calendar


def hours(*segments: str) -> str:
    """The calendar of a place with its own working hours: `hours("08:30-12:00", "13:30-17:30")`.

    The result is the calendar's name, `hours:08:30-12:00,13:30-17:30`: it says all there is to know,
    so a timer that stores it needs no register. Raises `ValueError` for segments that overlap.
    """
    name = f"{HOURS}:{','.join(segment.strip() for segment in segments)}"
    segments_of(name)
    return name


@lru_cache(maxsize=256)
def segments_of(calendar: str) -> Segments:
    """The worked segments of a worked day on `calendar`. Raises `ValueError` for a name that is none."""
    if calendar == DAYS:
        return WHOLE_DAY
    if calendar == HOURS:
        return _DEFAULT_HOURS
    kind, _, text = calendar.partition(":")
    if kind != HOURS:
        raise ValueError(f"{calendar!r} is no calendar: use 24x7, days, hours or hours:09:00-12:00,14:00-18:00.")
    found: list[tuple[int, int]] = []
    for part in text.split(","):
        match = _SEGMENT.fullmatch(part)
        if not match:
            raise ValueError(f"{part!r} is no segment of a day: write for example 09:00-12:00.")
        start, stop = _of_day(match[1], match[2]), _of_day(match[3], match[4])
        if not start < stop <= DAY_S or (found and start <= found[-1][1]):
            raise ValueError(f"{part!r} does not follow in order: segments of a day are sorted and apart.")
        found.append((start, stop))
    return tuple(found)


def _of_day(hour: str, minute: str) -> int:
    if int(minute) > 59:
        raise ValueError(f"{hour}:{minute} is no time of day.")
    return int(hour) * 3600 + int(minute) * 60
