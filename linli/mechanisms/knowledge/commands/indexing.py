"""`linli knowledge index`: what every room knows, indexed now."""

from __future__ import annotations

import argparse
import time

from linli.mechanisms.knowledge import building, meaning
from linli.mechanisms.knowledge.commands import say

HELP = "bring the index up to date now"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--no-meaning", action="store_true", help="leave missing vectors to the worker")


def run(args: argparse.Namespace) -> int:
    began = time.monotonic()
    built = building.rebuild(dense=not args.no_meaning)
    say(f"{built.groups} groups, {built.units} units, {built.phrases} phrases ({built.missing} without a vector); "
          f"{built.written} written, {built.gone} gone; {time.monotonic() - began:.1f} s")
    if meaning.embedder() is None:
        say("The embedding's wheel is absent: search goes by words alone.")
    for fault in built.faults:
        say(f"! {fault}")
    return 1 if built.faults else 0
