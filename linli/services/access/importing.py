"""`linli import paths FILE… --area CODE [--check]`: for the operator; `--check` is the preview."""

from __future__ import annotations

from argparse import ArgumentParser, Namespace
from pathlib import Path

from linli.foundation.areas.models import Area
from linli.foundation.web import Refused
from linli.services.access.actions.network import import_paths
from linli.services.access.reading import read

ERRORS_SHOWN = 50


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("files", type=Path, nargs="+", help="nodes (CSV), ways and points (JSONL), or edges (CSV)")
    parser.add_argument("--area", required=True, help="code of the community the network belongs to")
    parser.add_argument("--source", default="", help="where the data comes from, with its licence; shown on the map")
    parser.add_argument("--check", action="store_true", help="say what would happen and write nothing")


def run(options: Namespace) -> int:
    """0 when all was written, 1 when nothing was."""
    area = Area.objects.filter(code=options.area).first()
    if area is None:
        print(f"--area {options.area}: name the code of a community that is already here.")  # noqa: T201
        return 1
    try:
        found = read([(path.name, path.read_bytes()) for path in options.files])
    except OSError as error:
        print(f"{error.filename}: {error.strerror}")  # noqa: T201
        return 1
    for fault in found.errors[:ERRORS_SHOWN]:
        print(f"{fault.where}: {fault.sentence}")  # noqa: T201
    if found.errors:
        print(f"{len(found.errors)} errors; nothing was written.")  # noqa: T201
        return 1
    try:
        if not options.check:
            import_paths(None, area, found, source=options.source)
    except Refused as refusal:
        print(str(refusal.sentence))  # noqa: T201
        return 1
    done = "would be" if options.check else "were"
    print(f"{len(found.nodes)} nodes and {len(found.edges)} stretches {done} written, "  # noqa: T201
          f"{found.skipped} ways left out because nobody may walk there.")
    return 0
