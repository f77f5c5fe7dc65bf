from __future__ import annotations

import argparse
import json

HELP = "Say what is missing or unsafe in this deployment, and how to mend it."
SIGNS = {"fault": "✗", "warning": "!", "hint": "·"}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--json", action="store_true", help="one JSON object: findings with code, severity, sentence, remedy"
    )


def run(args: argparse.Namespace) -> int:
    from linli.interfaces.cli import doctoring

    findings = doctoring.examine()
    faults = sum(finding.severity == doctoring.FAULT for finding in findings)
    if args.json:
        print(
            json.dumps({"faults": faults, "findings": [finding.as_dict() for finding in findings]}, ensure_ascii=False)
        )
        return int(faults > 0)
    for finding in findings:
        print(f"{SIGNS[finding.severity]} {finding.sentence}  [{finding.code}]\n    → {finding.remedy}")
    print(f"\n{faults} to mend now, {len(findings) - faults} to think about." if findings else "All is well.")
    return int(faults > 0)
