"""What the forms know better: the dictionary of elements, rules and forms looked over, a rule judged. Nothing is kept.

Works before Django's apps are loaded too: then the dictionary is read from the folders of the rooms.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from django.apps import apps

from linli.mechanisms.forms import definition, dictionary, faults as their, rules
from linli.mechanisms.forms.elements import Element
from linli.mechanisms.forms.rules import Verdict
from linli.mechanisms.forms.rules.trees import walk
from linli.services.gov.items.faults import Fault, Where

ROOMS = Path(__file__).resolve().parents[3]  # the folder of all rooms


def elements() -> Mapping[str, Element]:
    """Every data element of the house, by id."""
    return dictionary.elements() if apps.ready else _from_folders()


@cache
def _from_folders() -> Mapping[str, Element]:
    return dictionary.read_all(sorted(ROOMS.glob("*/*/elements/*.yaml")))[0]


def without_apps() -> None:
    """For a process in which Django's apps are not loaded: the forms read the dictionary from the folders, too."""
    if not apps.ready:
        dictionary.elements = _from_folders


def groups() -> frozenset[str]:
    """The first parts of the ids: what a rule may count (children, members of a household)."""
    return frozenset(name.split(".")[0] for name in elements())


def rule_faults(tree: Any, parameters: Mapping[str, Any], where: Where) -> list[Fault]:
    """Shape, unknown elements and parameters, and branches that can never be true."""
    return _ours(rules.check(tree, parameters=parameters, elements=elements(), where=where), "load")


def parameter_faults(parameters: Any, where: Where) -> list[Fault]:
    """Lines without a source, gaps, overlaps, circles."""
    return _ours(rules.check_parameters(parameters, where), "load")


def untested(eligibility: Mapping[str, Any], tests: list[Mapping[str, Any]]) -> list[Fault]:
    """Boundaries of which the table of tests does not know both sides."""
    return _ours(rules.untested(eligibility["rule"], eligibility.get("parameters") or {}, tests), "publish")


def failed(eligibility: Mapping[str, Any], tests: list[Mapping[str, Any]]) -> list[tuple[int, str]]:
    """(number of the test, what came out instead)."""
    return [(one.number, str(one)) for one in rules.run(
        eligibility["rule"], eligibility.get("parameters") or {}, tests)]


def judge(eligibility: Mapping[str, Any], facts: Mapping[str, Any], on: date) -> Verdict:
    """Yes, no or not yet known, with its proof and the missing facts, the most deciding first."""
    return rules.evaluate(eligibility["rule"], facts, on=on, parameters=eligibility.get("parameters") or {})


def form_faults(form: Mapping[str, Any], parameters: Mapping[str, Any]) -> list[Fault]:
    """Everything wrong with a form's definition."""
    return _ours(definition.faults_of(form, parameters=parameters), "load")


def clauses(tree: Any, language: str = "zh") -> list[str]:
    """The conditions in words, in the order in which they are written, each once."""
    key = "clause_en" if language == "en" else "clause"
    found = [str(node.get(key) or node.get("clause")) for _at, _kind, node in walk(tree)
             if isinstance(node, Mapping) and (node.get(key) or node.get("clause"))]
    return list(dict.fromkeys(found))


def _ours(found: Iterable[their.Fault], blocks: str) -> list[Fault]:
    return [Fault(one.code, one.sentence, one.where, blocks) for one in found]
