from __future__ import annotations

import argparse

from linli.interfaces.cli import preparing

HELP = "Bring the database and the gathered static files up to date."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--check", action="store_true", help="change nothing; exit 1 if something is pending")


def run(args: argparse.Namespace) -> int:
    if args.check:
        waiting = preparing.pending_migrations()
        print("\n".join(waiting) or "Nothing is pending.")
        return 1 if waiting else 0
    applied = preparing.migrate()
    gathered = preparing.gather_static()
    print(f"{applied} migrations applied; static files {'gathered' if gathered else 'unchanged'}.")
    return 0
