"""`python -m linli.services.gov.items.check FOLDER`: look over item folders, without a database."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from linli.services.gov.items import catalogue, judging


def main(arguments: Sequence[str]) -> int:
    """0 when everything loads and would be published, 1 when something is to be mended."""
    parser = argparse.ArgumentParser(prog="linli.services.gov.items.check", description=__doc__)
    parser.add_argument("folder", type=Path, nargs="?", default=catalogue.SHIPPED)
    parser.add_argument("--quick", action="store_true", help="leave out wordings and rule tests")
    parser.add_argument("--on", default="", help="the day to look from, YYYY-MM-DD (default: today)")
    options = parser.parse_args(arguments)
    if not settings.configured:
        settings.configure(USE_I18N=False)
    judging.without_apps()
    if not options.folder.is_dir():
        print(f"{options.folder}: no such folder")  # noqa: T201
        return 1
    day = datetime.fromisoformat(options.on) if options.on else datetime.now(UTC)
    found = catalogue.read(options.folder)
    blocking = catalogue.faults_of(found)
    to_mend = catalogue.publish_faults(found, day.date(), quick=options.quick)
    for fault in blocking:
        print(f"{'!' if fault.blocks == 'load' else '-'} {fault}")  # noqa: T201
    for fault in to_mend:
        print(f"- {fault} [{fault.code}]")  # noqa: T201
    print(f"{len(found.items)} items, {len(found.bundles)} bundles, {len(blocking)} that block loading, "  # noqa: T201
          f"{len(to_mend)} to mend before publishing")
    return 1 if blocking or to_mend else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
