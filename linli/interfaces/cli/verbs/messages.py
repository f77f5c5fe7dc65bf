from __future__ import annotations

import argparse

HELP = """The English catalogues: check that none lacks a sentence, gather new ones, compile them.

linli messages check [ROOM …]    fails on a missing, empty or fuzzy entry, and names it
linli messages update [ROOM …]   adds what the code newly asks, drops what it no longer does
linli messages compile           writes the .mo files"""
NEEDS_DJANGO = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("what", choices=["check", "update", "compile"])
    parser.add_argument("rooms", nargs="*", metavar="ROOM", help="only these, such as repairs or foundation.people")


def run(args: argparse.Namespace) -> int:
    from django.conf import settings

    from linli.interfaces.cli import catalogues

    if not settings.configured:
        settings.configure(USE_I18N=True)
    if args.what == "compile":
        print(f"{catalogues.compile_all()} catalogues compiled.")
        return 0
    if args.what == "update":
        for room, added, dropped in catalogues.update(args.rooms):
            print(f"{room}: {added} to translate, {dropped} dropped")
        return 0
    problems = list(catalogues.check(args.rooms))
    for problem in problems:
        print(problem)
    print(f"{len(problems)} problems." if problems else "Every sentence has its English.")
    return 1 if problems else 0
