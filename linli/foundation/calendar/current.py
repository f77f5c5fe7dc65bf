"""The notices loaded in this process, and the tables compiled from them."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from linli import config
from linli.foundation.calendar.allowance import segments_of
from linli.foundation.calendar.holidays import SHIPPED, BadHolidayData, Holidays, load
from linli.foundation.calendar.table import Table

log = logging.getLogger("linli.calendar")
_LOOK_AGAIN_S = 30.0


def folders() -> tuple[Path, ...]:
    """Where notices are read: those that came with the program, then `calendar/` in LINLI_DATA.

    The second lets a community load next year's notice in November without waiting for a release.
    """
    return SHIPPED, Path(config.env("LINLI_DATA")).expanduser() / "calendar"


class Loaded:
    """One set of notices and its compiled tables."""

    def __init__(self, holidays: Holidays) -> None:
        self.holidays = holidays
        self._tables: dict[tuple[str, bool], Table] = {}

    def table(self, calendar: str, plain: bool = False) -> Table:
        """The compiled table of a calendar, made on first use. Raises `ValueError` for a name that is none."""
        try:
            return self._tables[calendar, plain]
        except KeyError:
            made = Table(self.holidays, segments_of(calendar), plain=plain)
            self._tables[calendar, plain] = made
            return made


_loaded: Loaded | None = None
_stamp: tuple[tuple[str, int], ...] = ()
_look_at = 0.0
_pinned = False


def loaded() -> Loaded:
    """What is loaded now; the folders are looked at again at most every 30 s, so no process needs a restart."""
    global _loaded, _look_at, _stamp
    if _loaded is not None and (_pinned or time.monotonic() < _look_at):
        return _loaded
    _look_at = time.monotonic() + _LOOK_AGAIN_S
    stamp = _files()
    if _loaded is None or stamp != _stamp:
        try:
            _loaded = Loaded(load(folders()))
        except BadHolidayData:
            if _loaded is None:
                raise
            # A running house keeps what it knew; the system check stops the next start.
            log.exception("calendar.notice_unusable")
        _stamp = stamp
    return _loaded


@contextmanager
def using(holidays: Holidays) -> Iterator[None]:
    """Within the block, only `holidays` is known (for tests, and to try a notice before it is loaded)."""
    global _loaded, _pinned
    before = _loaded, _pinned
    _loaded, _pinned = Loaded(holidays), True
    try:
        yield
    finally:
        _loaded, _pinned = before


def _files() -> tuple[tuple[str, int], ...]:
    found = []
    for folder in folders():
        if folder.is_dir():
            found += [(entry.path, entry.stat().st_mtime_ns) for entry in os.scandir(folder)
                      if entry.name.endswith(".yaml")]
    return tuple(sorted(found))
