"""Sessions on disk, so that a listener that was killed still knows whom it promised to remember.

MQTT lets a device throw away what it has not yet had confirmed when the server says "session not present". A listener
that forgot its sessions with its process would thereby lose readings it never acknowledged; so they are written down.
Messages to devices are not: alarm devices repeat until they have their receipt.
"""

from __future__ import annotations

import json
import logging
import os
from contextlib import suppress
from io import TextIOWrapper
from pathlib import Path
from typing import Protocol

from linli.mechanisms.sensing.mqtt.sessions import Session

log = logging.getLogger("linli.mqtt")
SPARE_LINES = 2_000


class Shelf(Protocol):
    def load(self, moment: float) -> list[Session]: ...
    def keep(self, session: Session) -> None: ...
    def forget(self, session: Session) -> None: ...
    def close(self) -> None: ...


class NoShelf:
    """Remembers nothing; for tests and for brokers that only count."""

    def load(self, moment: float) -> list[Session]:
        return []

    def keep(self, session: Session) -> None: ...
    def forget(self, session: Session) -> None: ...
    def close(self) -> None: ...


class FileShelf:
    """One line a change, the last one of a session counts; written anew when most lines are out of date.

    A line torn by a crash is left out. Lines go to the system at once (a kill loses none), not to the disk's platter.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._known: dict[tuple[str, str], str] = {}
        self._file: TextIOWrapper | None = None
        self._lines = 0

    def load(self, moment: float) -> list[Session]:
        """The sessions of the last run. How long each has been away is not known: its time starts at `moment`."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if self.path.exists():
            for line in self.path.read_text(encoding="utf-8", errors="replace").splitlines():
                with suppress(ValueError, KeyError, TypeError):
                    found = json.loads(line)
                    key = (str(found["device"]), str(found["client"]))
                    self._known.pop(key, None)
                    if not found.get("gone"):
                        self._known[key] = line
        self._rewrite()
        return [_session(line, moment) for line in self._known.values()]

    def keep(self, session: Session) -> None:
        line = json.dumps({"device": session.key[0], "client": session.key[1], "lasts_s": session.lasts_s,
                           "filters": session.filters}, ensure_ascii=False, separators=(",", ":"))
        if self._known.get(session.key) != line:
            self._known[session.key] = line
            self._write(line)

    def forget(self, session: Session) -> None:
        if self._known.pop(session.key, None) is not None:
            self._write(json.dumps({"device": session.key[0], "client": session.key[1], "gone": True}))

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _write(self, line: str) -> None:
        if self._file is None:
            return
        try:
            self._file.write(line + "\n")
            self._file.flush()
            self._lines += 1
            if self._lines > 2 * len(self._known) + SPARE_LINES:
                self._rewrite()
        except OSError as error:  # a full disk must not end the listener; the store will say what matters
            log.warning("mqtt.shelf: %s", type(error).__name__)

    def _rewrite(self) -> None:
        self.close()
        fresh = self.path.with_suffix(".new")
        fresh.write_text("".join(f"{line}\n" for line in self._known.values()), encoding="utf-8")
        os.replace(fresh, self.path)
        self._file = self.path.open("a", encoding="utf-8")
        self._lines = len(self._known)


def _session(line: str, moment: float) -> Session:
    found = json.loads(line)
    lasts_s = int(found["lasts_s"])
    return Session(
        (str(found["device"]), str(found["client"])), str(found["device"]), lasts_s,
        {str(name): int(qos) for name, qos in found["filters"].items()}, moment + lasts_s)
