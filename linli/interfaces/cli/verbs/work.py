from __future__ import annotations

import argparse

from linli.interfaces.cli import lifeline

HELP = "Run jobs, timers and event deliveries. Any number of these may run."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    pass


def run(args: argparse.Namespace) -> int:
    from linli.foundation.jobs import worker

    lifeline.hold()
    return int(worker.main() or 0)
