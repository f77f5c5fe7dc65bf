from __future__ import annotations

import argparse

from linli.interfaces.cli import lifeline

HELP = "Run jobs, timers and event deliveries. Any number of these may run."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("rest", nargs=argparse.REMAINDER, help="the worker's own options: linli work -- --help")


def run(args: argparse.Namespace) -> int:
    from linli.foundation.jobs import worker

    lifeline.hold()
    return int(worker.main([part for part in args.rest if part != "--"]) or 0)
