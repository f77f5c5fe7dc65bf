from __future__ import annotations

import argparse
import os

from linli import config

HELP = "List every setting with its value and what it is for; say what is wrong with them."
NEEDS_DJANGO = False


def add_arguments(parser: argparse.ArgumentParser) -> None:
    pass


def run(args: argparse.Namespace) -> int:
    for setting in config.SETTINGS:
        value = config.env(setting.name)
        shown = "(set)" if value and setting.kind == "secret" else value or "(empty)"
        print(f"{'*' if setting.name in os.environ else ' '} {setting.name}={shown}\n      {setting.about}")
    wrong = config.check_all()
    print("\n* comes from the environment; the others are defaults.")
    for sentence in wrong:
        print(f"✗ {sentence}")
    return 1 if wrong else 0
