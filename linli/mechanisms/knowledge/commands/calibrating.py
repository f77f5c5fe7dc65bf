"""`linli knowledge calibrate`: the law of the present index, as JSON. With --ship it becomes the one of the program."""

from __future__ import annotations

import argparse
import json

from linli.foundation.calendar.clock import today
from linli.mechanisms.knowledge import building, calibration
from linli.mechanisms.knowledge.commands import say
from linli.mechanisms.knowledge.law import SHIPPED

HELP = "fit weights and thresholds on the index"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--ship", action="store_true", help="write it beside the code, for indexes with few wordings")


def run(args: argparse.Namespace) -> int:
    content = building.read()
    laws = calibration.fit(building.build(content), content.phrases)
    if laws is None:
        say(f"Too few wordings: {calibration.LEAST_WORDINGS} of {calibration.LEAST_GROUPS} groups are needed.")
        return 1
    told = {**laws.told(), "fitted_on": today().isoformat(), "groups": len(content.groups)}
    text = json.dumps(told, ensure_ascii=False, indent=1)
    say(text)
    if args.ship:
        SHIPPED.write_text(text + "\n", encoding="utf-8")
    return 0
