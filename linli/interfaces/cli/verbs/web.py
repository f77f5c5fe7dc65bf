from __future__ import annotations

import argparse

from linli import config
from linli.interfaces.cli import lifeline

HELP = "Serve web pages and the API, without a worker."
NEEDS_DJANGO = False  # the server's own processes set it up


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--bind", default=config.env("LINLI_BIND"), help="address:port (default: LINLI_BIND)")


def run(args: argparse.Namespace) -> int:
    from granian import Granian
    from granian.constants import Interfaces
    from granian.log import LogLevels

    lifeline.hold()
    host, port = config.address(args.bind)
    Granian(
        "linli.wsgi:application", address=host, port=port, interface=Interfaces.WSGI,
        workers=config.number("LINLI_WEB_PROCESSES"), blocking_threads=config.number("LINLI_WEB_THREADS"),
        # A stream that a browser keeps open must not keep us from stopping.
        workers_kill_timeout=3, respawn_failed_workers=True, backlog=1024,
        websockets=False, log_level=LogLevels.warning,
    ).serve()
    return 0
