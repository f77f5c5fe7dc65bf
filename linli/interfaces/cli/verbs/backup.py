from __future__ import annotations

import argparse
import os
import shutil
import sqlite3
import subprocess
from contextlib import closing
from datetime import datetime
from pathlib import Path

from linli.interfaces.cli import preparing

HELP = """Copy database, uploads and keys into a new folder below FOLDER, while Linli runs.

Restoring is copying them back (docs/how-to/backup.md). With PostgreSQL, pg_dump must be on the PATH."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path)
    parser.add_argument(
        "--without-keys", action="store_true", help="leave the keys out; without them nothing can be read"
    )


def run(args: argparse.Namespace) -> int:
    from django.conf import settings

    data = Path(settings.LINLI_DATA)
    target = args.folder / f"linli-{datetime.now().astimezone():%Y%m%d-%H%M%S}"
    target.mkdir(parents=True)
    target.chmod(0o700)
    _database(settings.DATABASES["default"], target)
    for name in ("files", "models"):
        if (data / name).exists():
            shutil.copytree(data / name, target / name)
    if not args.without_keys:
        for path in [*data.glob("*.secret"), *data.glob("*.key"), *data.glob("*.pem"), *data.glob("keys*.json")]:
            shutil.copy2(path, target / path.name)
    (data / "backup.done").write_text(f"{target}\n")
    size = sum(path.stat().st_size for path in target.rglob("*") if path.is_file())
    preparing.tell(f"{target}: {size / 1024**2:.1f} MB")
    return 0


def _database(entry: dict[str, object], target: Path) -> None:
    if str(entry["ENGINE"]).endswith("sqlite3"):
        # The library's own copy: consistent although others write, as a copied file would not be.
        with (
            closing(sqlite3.connect(f"file:{entry['NAME']}?mode=ro", uri=True)) as source,
            closing(sqlite3.connect(target / "linli.sqlite3")) as copy,
        ):
            source.backup(copy, pages=2_000, sleep=0.01)
            sound = copy.execute("PRAGMA quick_check").fetchone()[0]
        if sound != "ok":
            raise SystemExit(f"The copy is not sound ({sound}). Look at the disk before anything else.")
        return
    environment = {"PGPASSWORD": str(entry.get("PASSWORD") or "")}
    command = ["pg_dump", "--format=custom", f"--file={target / 'linli.dump'}", f"--dbname={entry['NAME']}"]
    for option, key in (("--host", "HOST"), ("--port", "PORT"), ("--username", "USER")):
        if entry.get(key):
            command.append(f"{option}={entry[key]}")
    try:
        subprocess.run(command, check=True, env={**os.environ, **environment})
    except FileNotFoundError:
        raise SystemExit("pg_dump is not on the PATH. Install PostgreSQL's client programs.") from None
    except subprocess.CalledProcessError as error:
        raise SystemExit(f"pg_dump ended with {error.returncode}; nothing was recorded as backed up.") from None
