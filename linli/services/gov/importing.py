"""`linli import items FILE [--report CSV] [--check]`: records of another directory, for the operator."""

from __future__ import annotations

import csv
from argparse import ArgumentParser, Namespace
from pathlib import Path

from django.db.transaction import atomic

from linli.services.gov.actions.importing import Report, import_records

BROKEN_SHOWN = 20


class _Undo(Exception):  # noqa: N818 - carries nothing out but the wish to undo
    pass


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="JSONL, one record a line")
    parser.add_argument("--report", type=Path, help="write a CSV: what each record does not say")
    parser.add_argument("--check", action="store_true", help="say what would happen and write nothing")


def run(options: Namespace) -> int:
    """0 when every line was taken in, 1 when some could not be read."""
    try:
        report = _imported(options.file, undo=options.check)
        if options.report:
            _write_report(options.report, report)
    except OSError as error:
        print(f"{error.filename}: {error.strerror}")  # noqa: T201
        return 1
    for number, why in report.broken[:BROKEN_SHOWN]:
        print(f"{options.file.name}:{number}: {why}")  # noqa: T201
    counts = report.counts
    done = "would be" if options.check else "were"
    print(f"{counts['new']} {done} added, {counts['changed']} changed, {counts['same']} already so, "  # noqa: T201
          f"{counts['broken']} not understood.")
    print(f"{counts['bad_code']} codes fail their form; they are kept and marked.")  # noqa: T201
    told = ", ".join(f"{name} {count}" for name, count in report.missing.most_common())
    print(f"Not said by how many: {told or 'nothing'}. All are listed, not published.")  # noqa: T201
    return 1 if report.broken else 0


def _imported(file: Path, *, undo: bool) -> Report:
    with file.open("rb") as lines:
        if not undo:
            return import_records(lines)
        report = Report()
        try:
            with atomic():
                report = import_records(lines)
                raise _Undo
        except _Undo:
            return report


def _write_report(path: Path, report: Report) -> None:
    with path.open("w", encoding="utf-8-sig", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["line", "item", "code", "not said"])
        for number, slug, fault, missing in report.items:
            writer.writerow([number, slug, fault, " ".join(missing)])
        for number, why in report.broken:
            writer.writerow([number, "", why, ""])
