"""`linli gov load [FOLDER]`: bring the shipped catalogue, or another one, into the database."""

from __future__ import annotations

import logging
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from linli.services.gov.actions.loading import BadCatalogue, load
from linli.services.gov.items import catalogue

log = logging.getLogger("linli.gov")


def add_arguments(parser: ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, nargs="?", default=catalogue.SHIPPED,
                        help="folder of item folders (default: what is shipped)")


def run(options: Namespace) -> int:
    """0 when the database says what the folders say, 1 when nothing was written."""
    if not options.folder.is_dir():
        print(f"{options.folder}: no such folder")  # noqa: T201
        return 1
    try:
        counts = load(options.folder)
    except BadCatalogue as bad:
        for fault in bad.faults:
            print(str(fault))  # noqa: T201
        print(f"{len(bad.faults)} errors; nothing was written.")  # noqa: T201
        return 1
    print(f"{counts['new']} items added, {counts['changed']} changed, {counts['same']} already so, "  # noqa: T201
          f"{counts['bundles']} bundles renewed; {counts['listed']} are listed only, because a check fails.")
    return 0


def after_migrate(**kwargs: Any) -> None:
    """Receiver of `post_migrate`: the shipped catalogue is there before the first question. A flush loads nothing.

    A folder somebody broke is told and stops nothing: the tables are there, the catalogue stays as it was.
    """
    if "plan" not in kwargs or not catalogue.SHIPPED.is_dir():
        return
    try:
        load()
    except BadCatalogue as bad:
        log.error("gov.catalogue_broken", extra={"faults": [str(fault) for fault in bad.faults]})
