from __future__ import annotations

import argparse
import pkgutil
import sys
from importlib import import_module
from pathlib import Path
from types import ModuleType

import linli

HELP = """Measure one thing and, in the same run, what it is compared with.

linli bench                              lists what there is
linli bench NAME [--quick] [--json]      a table for people, or one JSON object"""
# Settings are read after the bench has chosen its database and folder.
NEEDS_DJANGO = False
FRAME = {"running", "postgres"}


def _benches() -> dict[str, str]:
    root = Path(linli.__file__).resolve().parent.parent
    if not (root / "bench" / "running.py").exists():
        raise SystemExit("Benches are not part of an installed Linli; run this in a checkout.")
    if str(root) not in sys.path:
        sys.path.insert(0, str(root))
    found = {}
    for module in pkgutil.iter_modules([str(root / "bench")]):
        if module.name not in FRAME and "NAME =" in (root / "bench" / f"{module.name}.py").read_text("utf-8"):
            found[module.name.replace("_", "-")] = f"bench.{module.name}"
    return found


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", default="")
    parser.add_argument("rest", nargs=argparse.REMAINDER, help="options of the bench: linli bench NAME --help")


def run(args: argparse.Namespace) -> int:
    known = _benches()
    if not args.name:
        for name, path in known.items():
            print(f"  {name:<14} {getattr(import_module(path), 'HELP', '').splitlines()[0]}")
        return 0
    if args.name not in known:
        print(f"There is no bench {args.name}; there are {', '.join(known) or 'none'}.", file=sys.stderr)
        return 2
    module = import_module(known[args.name])
    return int(import_module("bench.running").main(module, _arguments(module, args.rest)))


def _arguments(module: ModuleType, rest: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog=f"linli bench {module.NAME}", description=getattr(module, "HELP", ""))
    parser.add_argument("--quick", action="store_true", help="smaller sizes, within 60 s on two cores")
    parser.add_argument("--json", action="store_true", help="one JSON object instead of the table")
    if getattr(module, "DATABASES", ()):
        parser.add_argument("--database", choices=list(module.DATABASES), default=module.DATABASES[0])
    else:
        parser.set_defaults(database=None)
    module.add_arguments(parser)
    return parser.parse_args(rest)
