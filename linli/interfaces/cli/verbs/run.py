from __future__ import annotations

import argparse

from linli import config
from linli.interfaces.cli import preparing
from linli.interfaces.cli.supervisor import Supervisor, linli

HELP = "Serve: the web and the worker as one process tree, each started again when it dies."


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--bind", default=config.env("LINLI_BIND"), help="address:port (default: LINLI_BIND)")


def run(args: argparse.Namespace) -> int:
    waiting = preparing.pending_migrations()
    if waiting:
        preparing.tell(f"The database is {len(waiting)} steps behind this version. Run: linli migrate")
        return 1
    preparing.gather_static(preparing.tell)
    return serve(args.bind)


def serve(bind: str) -> int:
    """Web and worker until stopped."""
    return Supervisor(
        {"web": linli("web", "--bind", bind), "worker": linli("work")}, say=preparing.tell).run()
