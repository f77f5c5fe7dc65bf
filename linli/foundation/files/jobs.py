"""Work on files outside the request: malware scan, clean-up of what never became part of anything."""

from __future__ import annotations

import logging
import shlex
import subprocess
from datetime import timedelta

from django.apps import apps
from django.db.transaction import atomic
from django.utils.translation import gettext_lazy as _

from linli import config
from linli.foundation import audit
from linli.foundation.calendar.clock import now
from linli.foundation.files.actions import forget
from linli.foundation.files.limits import limit
from linli.foundation.files.models import Scan, StoredFile, root
from linli.foundation.jobs import job, periodic
from linli.foundation.notices import tell

log = logging.getLogger("linli.files")
_SCAN_S = 300
_PAGE = 500


class ScannerFailed(RuntimeError):  # noqa: N818 - reads as a sentence
    """The scanner neither said clean nor infected; the job is tried again and then shown to staff."""


@job(retries=5)
def scan(*, file: int) -> None:
    """Ask LINLI_SCAN_CMD about one file: exit 0 clean, 1 infected, anything else is tried again."""
    stored = StoredFile.objects.filter(pk=file, scan=Scan.PENDING).first()
    command = shlex.split(config.env("LINLI_SCAN_CMD"))
    if stored is None or not command:
        return
    told = subprocess.run([*command, str(stored.path)], capture_output=True, timeout=_SCAN_S, check=False)
    if told.returncode not in {0, 1}:
        raise ScannerFailed(f"scanner exit {told.returncode} for file {file}")
    with atomic():
        stored.scan = Scan.INFECTED if told.returncode else Scan.CLEAN
        stored.save(update_fields=["scan"])
        StoredFile.objects.filter(original=stored).update(scan=stored.scan)
        if told.returncode:
            log.warning("files.infected %s", stored.pk)
            audit.record(None, "files.infected", stored)
            tell(stored.owner, _("您传的一个文件带有病毒，已经锁住，别人打不开。请换一份再传。"),
                 key=f"files.infected.{stored.pk}", title=_("文件带有病毒"))


@periodic(every_s=3600)
def sweep() -> int:
    """Delete files that were sent but never became part of anything, and bytes without a row. Gives the number."""
    before = now() - timedelta(hours=limit("orphan_hours"))
    swept = 0
    for row in StoredFile.objects.filter(about_type="", is_public=False, created__lt=before).iterator(chunk_size=200):
        with atomic():
            audit.record(None, "files.sweep", row)
            forget(row)
        swept += 1
    return swept + _sweep_bytes(before.timestamp())


@periodic(every_s=86_400, at="03:20")
def sweep_bereft() -> int:
    """Delete the files of things that are no longer there. Gives the number."""
    swept = 0
    for kind in StoredFile.objects.exclude(about_type="").values_list("about_type", flat=True).distinct():
        try:
            things = apps.get_model(kind)._base_manager
        except LookupError:
            continue  # a room that is not installed now may come back
        after = 0
        while page := list(StoredFile.objects.filter(about_type=kind, pk__gt=after).order_by("pk")[:_PAGE]):
            after = page[-1].pk
            there = {str(pk) for pk in things.filter(
                pk__in={row.about_id for row in page}).values_list("pk", flat=True)}
            for row in page:
                if row.about_id not in there:
                    with atomic():
                        audit.record(None, "files.sweep", row)
                        forget(row)
                    swept += 1
    return swept


def _sweep_bytes(before: float) -> int:
    """Bytes whose row was rolled back, and parts of writes that a killed process left behind."""
    stray = 0
    for folder in root().glob("??/??"):
        paths = [path for path in folder.iterdir() if path.stat().st_mtime < before]
        numbers = {int(name) for path in paths if (name := path.name.split(".")[0]).isdecimal()}
        known = set(StoredFile.objects.filter(pk__in=numbers).values_list("pk", flat=True))
        for path in paths:
            name = path.name.split(".")[0]
            if not name.isdecimal() or int(name) not in known:
                path.unlink(missing_ok=True)
                stray += 1
    return stray
