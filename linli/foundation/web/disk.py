"""Is an error the full disk of this machine? To the person it is one thing, whichever library noticed it."""

from __future__ import annotations

import errno
from collections.abc import Iterator

from django.db import DatabaseError

_ERRNO = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
# SQLite says FULL where the system says "no space", and IOERR where a write or the growing of a file failed otherwise.
_SQLITE = frozenset({"SQLITE_FULL", "SQLITE_IOERR", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_FSYNC", "SQLITE_IOERR_TRUNCATE",
                     "SQLITE_IOERR_SHMSIZE", "SQLITE_IOERR_SHMMAP", "SQLITE_IOERR_DIR_FSYNC"})
_POSTGRESQL = "53100"  # disk_full


def is_full(error: BaseException) -> bool:
    """Could something not be written because there is no room (or no disk) to write it to?"""
    return any(_says_full(one) for one in _chain(error))


def _says_full(error: BaseException) -> bool:
    if isinstance(error, OSError):
        return error.errno in _ERRNO
    if getattr(error, "sqlite_errorname", "") in _SQLITE:
        return True
    return isinstance(error, DatabaseError) and getattr(error.__cause__, "sqlstate", "") == _POSTGRESQL


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error and what it came from: a failed rollback hides the write that failed before it."""
    seen: set[int] = set()
    waiting: list[BaseException | None] = [error]
    while waiting:
        one = waiting.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            yield one
            waiting += [one.__cause__, one.__context__]
