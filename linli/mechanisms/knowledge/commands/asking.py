"""`linli knowledge ask WORDS`: what is found, for who mends wordings."""

from __future__ import annotations

import argparse
import time

from linli.mechanisms.knowledge import searching
from linli.mechanisms.knowledge.commands import say

HELP = "what the index finds for some words"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("words", help="the question")
    parser.add_argument("--area", default="", help="division code of who asks")


def run(args: argparse.Namespace) -> int:
    began = time.monotonic()
    found = searching.search(args.words, area_code=args.area, limit=5)
    say(f"{found.kind}  aspect {found.aspect}  first {found.p_first:.2f}  among three {found.p_among:.2f}  "
          f"{(time.monotonic() - began) * 1000:.0f} ms")
    for hit in found.hits:
        say(f"  {hit.score:6.2f}  {hit.title}  [{hit.group}]{'  unchecked' if hit.unchecked else ''}")
    return 0
