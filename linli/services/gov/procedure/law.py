"""The periods of 行政许可法 as data (`law.yaml`), each with its article."""

from __future__ import annotations

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from linli.services.gov.procedure.days import Term

FILE = Path(__file__).parent / "law.yaml"


class Extension(NamedTuple):
    """By how many days, by whose approval, a limit may be extended."""

    days: int
    approver: str
    basis: str


class Law(NamedTuple):
    """The periods in force since `since`."""

    since: date
    accept: Term
    decide: dict[str, Term]
    extend: dict[str, Extension]
    first_review: Term
    deliver: Term
    hearing: Term
    renew: Term
    not_counted: frozenset[str]
    not_counted_basis: str


@cache
def law() -> Law:
    """What `law.yaml` says. Raises `KeyError` or `TypeError` if the shipped file is damaged."""
    data: dict[str, Any] = yaml.safe_load(FILE.read_text("utf-8"))
    name = f"《{data['law'].removeprefix('中华人民共和国')}》"

    def term(row: dict[str, Any]) -> Term:
        return Term(row["days"], row.get("unit", data["unit"]) == "working_day", name + row["article"])

    return Law(
        since=data["from"], accept=term(data["accept"]),
        decide={key: term(row) for key, row in data["decide"].items()},
        extend={key: Extension(row["days"], row["approver"], name + row["article"])
                for key, row in data["extend"].items()},
        first_review=term(data["first_review"]), deliver=term(data["deliver"]), hearing=term(data["hearing"]),
        renew=term(data["renew"]), not_counted=frozenset(data["not_counted"]["kinds"]),
        not_counted_basis=name + data["not_counted"]["article"])
