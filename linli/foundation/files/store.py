"""Bytes on the disk: whole or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable
from pathlib import Path
from uuid import uuid4

from django.utils.translation import gettext_lazy as _

from linli.foundation.web.refusals import Refused

# No space, no quota, larger than this process may write: to the sender it is one thing.
FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def disk_full() -> Refused:
    return Refused(
        "disk_full", _("这边存不下了，文件没有收下，您写的都还在。请先不带文件提交，或打社区电话。"), field="file")


def put(path: Path, chunks: Iterable[bytes]) -> None:
    """Write `chunks` to `path`, flushed to the disk, then renamed into place: never seen half-written.

    Raises `Refused("disk_full")`, and leaves nothing behind.
    """
    part = path.parent / f".{uuid4().hex}.part"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with part.open("xb") as out:
            for chunk in chunks:
                out.write(chunk)
            out.flush()
            os.fsync(out.fileno())
        part.replace(path)
        _sync_folder(path.parent)
    except OSError as error:
        part.unlink(missing_ok=True)
        if error.errno in FULL:
            raise disk_full() from error
        raise
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def remove(*paths: Path) -> None:
    for path in paths:
        path.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
