"""`linli import areas FILE [--kind …] [--area CODE] [--check]`: for the operator, before there is a desk."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from linli.foundation.areas import actions, sheets
from linli.foundation.areas.columns import KINDS
from linli.foundation.areas.models import Area
from linli.foundation.areas.previews import preview
from linli.foundation.web.refusals import Refused

ERRORS_SHOWN = 50


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="xlsx or csv with the columns of the template")
    parser.add_argument("--kind", choices=list(KINDS), default="areas", help="what the rows are (default: areas)")
    parser.add_argument("--area", default="", help="code of the community that homes and facilities belong to")
    parser.add_argument("--check", action="store_true", help="say what would happen and write nothing")
    parser.add_argument("--template", action="store_true", help="write an empty template to FILE instead")


def run(options: Namespace) -> int:
    """0 when all was written, 1 when nothing was."""
    from linli.foundation.areas import columns

    if options.template:
        options.file.write_bytes(sheets.workbook(
            options.kind, columns.headings(options.kind), [columns.example(options.kind)], columns.hints(options.kind)))
        return 0
    area = Area.objects.filter(code=options.area).first() if options.area else None
    if (options.area and area is None) or (options.kind != "areas" and area is None):
        print(f"--area {options.area or '…'}: name the code of a community that is already here.")  # noqa: T201
        return 1
    try:
        found = preview(options.kind, area, *sheets.read(options.file.name, options.file.read_bytes()))
        for error in found.errors[:ERRORS_SHOWN]:
            print(f"{error.row}: {error.sentence}")  # noqa: T201
        if found.errors:
            print(f"{len(found.errors)} errors; nothing was written.")  # noqa: T201
            return 1
        if not options.check:
            actions.import_rows(None, area, options.kind, found.rows)
    except Refused as refusal:
        print(str(refusal.sentence))  # noqa: T201
        return 1
    except OSError as error:
        print(f"{options.file}: {error.strerror}")  # noqa: T201
        return 1
    done = "would be" if options.check else "were"
    print(f"{found.added} {done} added, {found.changed} changed, {found.same} already so.")  # noqa: T201
    return 0
