from __future__ import annotations

import argparse
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterable
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path

from linli import config
from linli.interfaces.cli import preparing

HELP = """The demo community: furnish it once, serve it, print its addresses and people.

linli demo             furnish if that was not done yet, then serve
linli demo seed        furnish only
linli demo reset       throw away what was entered and furnish anew
linli demo people      print the addresses and the demo people"""
# One person looks at a demo: a second web process would only make the start longer.
ENVIRONMENT = {"LINLI_DEMO": "1", "LINLI_DATA": "var/demo", "LINLI_WEB_PROCESSES": "1"}
# The one is written before furnishing, the other after: what was interrupted is begun anew, not shown half done,
# and a folder that bears neither is nobody's demo and is never wiped.
BEGUN, MARK = "demo.begun", "demo.furnished"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", nargs="?", choices=["serve", "seed", "reset", "people"], default="serve")
    parser.add_argument("--bind", default=config.env("LINLI_BIND"), help="address:port (default: LINLI_BIND)")
    parser.add_argument("--small", action="store_true", help="a small community, furnished in seconds (for tests)")


def run(args: argparse.Namespace) -> int:
    if not config.flag("LINLI_DEMO"):
        preparing.tell("LINLI_DEMO=0 forbids the demo here. Unset it, or set it to 1.")
        return 1
    if args.what == "people":
        print_people(args.bind)
        return 0
    if args.what == "reset":
        if _someone_serves(args.bind):
            preparing.tell(f"The demo is running at {args.bind}. Stop it first (Ctrl-C), then: make demo-reset")
            return 1
        wipe()
        # This process has opened the old database; a fresh one sees the new.
        return subprocess.run(
            [sys.executable, "-m", "linli", "demo", "seed", *(["--small"] if args.small else [])]).returncode
    furnish(small=args.small)
    if args.what == "seed":
        return 0
    if _someone_serves(args.bind):
        preparing.tell(f"Something already answers at {args.bind}. Stop it, or: LINLI_BIND=127.0.0.1:8001 make demo")
        return 1
    from linli.interfaces.cli.verbs.run import serve

    print_people(args.bind)
    return serve(args.bind)


def _mark() -> Path:
    return config.data_folder() / MARK


def furnish(*, small: bool = False) -> None:
    """Make the tables and, once, the demo community."""
    folder = config.data_folder()
    if not _mark().exists() and (folder / BEGUN).exists():
        preparing.tell("The last furnishing was not finished; beginning anew.")
        wipe(keep_keys=True)
    preparing.migrate(preparing.tell)
    preparing.gather_static(preparing.tell)
    if _mark().exists():
        return
    if find_spec("linli.interfaces.cli.demoing"):
        from linli.interfaces.cli import demoing

        preparing.tell("Furnishing the demo community …")
        (folder / BEGUN).write_text("")
        demoing.seed(small=small, say=preparing.tell)
    _mark().write_text("")


def wipe(*, keep_keys: bool = False) -> None:
    """Remove the demo's own database, uploads and, unless kept, its keys. Refuses what is not a demo's folder."""
    folder = config.data_folder()
    if config.env("LINLI_DATABASE_URL"):
        raise config.BadSetting("The demo's reset removes its own SQLite file only. Empty LINLI_DATABASE_URL by hand.")
    if _real_people(folder / "linli.sqlite3"):
        raise config.BadSetting(f"{folder} holds people who are not of the demo. It is left as it is.")
    from django.db import connections

    connections.close_all()
    keys = [] if keep_keys else ["keys.json", "master.key"]
    for name in ("linli.sqlite3", "linli.sqlite3-wal", "linli.sqlite3-shm", BEGUN, MARK, *keys):
        (folder / name).unlink(missing_ok=True)
    for name in ("files", "models", "lake"):
        shutil.rmtree(folder / name, ignore_errors=True)


def _real_people(path: Path) -> bool:
    """Does the database hold an account, of a folder that never was furnished as a demo?"""
    if not path.exists() or (path.parent / BEGUN).exists():
        return False
    with suppress(sqlite3.Error), sqlite3.connect(f"file:{path}?mode=ro", uri=True) as database:
        return bool(database.execute("SELECT count(*) FROM people_person WHERE NOT is_demo").fetchone()[0])
    return False


def _someone_serves(bind: str) -> bool:
    import socket

    host, port = config.address(bind)
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((host if host != "0.0.0.0" else "127.0.0.1", port)) == 0  # noqa: S104


def demo_people() -> Iterable[tuple[str, str]]:
    """Title and what they are, for each demo person with one-tap sign-in."""
    from linli.foundation.people.models import Person, RoleName

    names = dict(RoleName.choices)
    for person in Person.objects.filter(is_demo=True, is_active=True).order_by("id"):
        roles = [str(names.get(standing.role, standing.role)) for standing in person.standings]
        staff = [role for role in roles if role != str(names["resident"])]
        yield str(person), "、".join(dict.fromkeys(staff or roles))


def print_people(bind: str) -> None:
    """The addresses, and who one can sign in as with one tap."""
    base = f"http://{bind}"
    print(f"\n  邻里 Linli   {base}/\n  工作台 Desk  {base}/desk/\n  接口 API     {base}/api/\n")
    for title, what in demo_people():
        print(f"    {title:<10} {what}")
    print("\n  One tap signs in as any of them. Ctrl-C stops; what you enter stays. `make demo-reset` starts over.\n",
          flush=True)
