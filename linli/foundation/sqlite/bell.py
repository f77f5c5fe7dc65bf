"""A word from who ends a transaction to one of those who wait: "look now". A hint, never a lock.

It is a named pipe that every process of one database opens. A byte that is lost (the ringer was killed) or that is
stale costs one look; the right to write is SQLite's alone to give. Where there is no epoll (not Linux) the waiting
sleeps.
"""

from __future__ import annotations

import os
import select
import stat
import tempfile
from array import array
from hashlib import sha256
from pathlib import Path
from threading import Lock

_ON_LINUX = hasattr(select, "epoll")
if _ON_LINUX:
    import fcntl
    import termios

_bells: dict[str, Bell | None] = {}
_lock = Lock()


class Bell:
    """One pipe, opened for both ends, so that neither end's absence is ever an error."""

    def __init__(self, path: Path) -> None:
        """Raises `OSError` where there can be no such pipe."""
        if not path.exists():
            try:
                os.mkfifo(path, 0o600)
            except FileExistsError:
                pass
        self.pipe = os.open(path, os.O_RDWR | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
        found = os.fstat(self.pipe)
        if not stat.S_ISFIFO(found.st_mode) or found.st_uid != os.geteuid():
            os.close(self.pipe)
            raise OSError(f"{path} is not a pipe of ours")
        self.waiting = select.epoll()
        # Exclusive: of a crowd that waits the kernel wakes one.
        self.waiting.register(self.pipe, select.EPOLLIN | select.EPOLLEXCLUSIVE)

    def ring(self) -> None:
        """Wake one who waits. A byte that nobody took yet is enough."""
        count = array("i", [0])
        fcntl.ioctl(self.pipe, termios.FIONREAD, count)
        if not count[0]:
            try:
                os.write(self.pipe, b".")
            except BlockingIOError:
                return

    def wait(self, seconds: float) -> None:
        """Until the bell rings, or the time is over."""
        if self.waiting.poll(seconds, 1):
            try:
                os.read(self.pipe, 1)
            except BlockingIOError:
                return


def bell_of(database: str) -> Bell | None:
    """The bell of that database file, the same one for all threads of this process; None where there is none.

    It hangs in the folder for temporary files: a copy of the data folder must not meet a pipe.
    """
    try:
        return _bells[database]
    except KeyError:
        pass
    with _lock:
        if database not in _bells:
            _bells[database] = _hang(database)
        return _bells[database]


def _hang(database: str) -> Bell | None:
    if not _ON_LINUX:
        return None
    name = sha256(os.path.realpath(database).encode("utf-8", "replace")).hexdigest()[:16]
    try:
        return Bell(Path(tempfile.gettempdir()) / f"linli-{os.geteuid()}-{name}.bell")
    except OSError:
        return None
