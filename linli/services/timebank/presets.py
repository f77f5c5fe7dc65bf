"""The city presets: read from the policy data, checked whole at start, asked for by day and area."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from linli.foundation.policy import in_force, policy
from linli.foundation.policy.shipped import Rule, collect
from linli.services.timebank.terms import RULES, BadTerms, Terms, parse, parse_rule

if TYPE_CHECKING:
    from linli.foundation.areas.models import Area

TITLES: Mapping[str, str | Promise] = {
    "r01_unit": _("时间怎么计"), "r02_credit": _("一次服务记多少"), "r03_price": _("各种服务一样算吗"),
    "r04_earning": _("谁能存时间"), "r05_redeeming": _("谁能用时间"), "r06_caps": _("存多少到顶，多的去哪里"),
    "r07_groups": _("服务队的时间怎么用"), "r08_gift": _("时间能送给谁"), "r09_treasury": _("时间从哪里发"),
    "r10_coverage": _("公益池够不够兑"), "r11_confirming": _("怎么确认"), "r12_evidence": _("凭什么算数"),
    "r13_correction": _("记错了怎么改"), "r14_claims": _("觉得不对怎么办"), "r15_certificate": _("证明和星级"),
    "r16_moving": _("记录能转到别的单位吗"), "r17_exchange": _("能在别的社区用吗"), "r18_expiry": _("时间会过期吗"),
    "r19_leaving": _("人不在了，时间给谁"), "r20_goods": _("能换东西吗"), "r21_safety": _("有风险的服务怎么办"),
    "r22_fraud": _("怎么防作假"), "r23_paper": _("没有手机怎么办"), "r24_export": _("报到哪里"),
}
CITIES = ("nanjing", "beijing", "shanghai", "guangzhou")


def problems(declared: Mapping[str, Rule]) -> Iterator[str]:
    """A sentence for each rule that a city leaves out, and for each dated value that cannot be read."""
    for city in CITIES:
        for rule in RULES:
            found = declared.get(f"timebank.{city}_{rule}")
            if found is None:
                yield f"timebank/policy/{city}.yaml: {rule} is left out: write its value, or none with its source."
                continue
            for entry in found.entries:
                try:
                    parse_rule(rule, entry.value)
                except BadTerms as error:
                    yield f"timebank/policy/{city}.yaml ({entry.since}): {error}."
    yield from problems_of_whole(declared)


def problems_of_whole(declared: Mapping[str, Rule]) -> list[str]:
    """What only shows when a city's rules are read together on a day."""
    found = []
    for city in CITIES:
        named = {rule: declared.get(f"timebank.{city}_{rule}") for rule in RULES}
        present = {rule: one for rule, one in named.items() if one is not None}
        if len(present) < len(RULES):
            continue  # said already
        for day in sorted({entry.since for one in present.values() for entry in one.entries}):
            try:
                parse({rule: one.on(day).value for rule, one in present.items()})
            except BadTerms as error:
                found.append(f"timebank/policy/{city}.yaml ({day}): {error}.")
            except LookupError as error:
                found.append(f"timebank/policy/{city}.yaml ({day}): {error}")
    return found


def load(folder: Path = Path(__file__).parent / "policy") -> None:
    """Raise `BadTerms` unless every city's preset is whole; called when the program starts, by every process."""
    declared, wrong = collect([("timebank", folder)])
    found = [*wrong, *problems(declared)]
    if found:
        raise BadTerms(" ".join(found))


@dataclass(frozen=True)
class RuleShown:
    """One rule as a page lists it."""

    rule: str
    value: Any
    source: str
    since: date

    @property
    def title(self) -> str:
        return str(TITLES[self.rule])


def city_of(area: Area | str, on: date) -> str:
    """The preset an area follows on a day. Raises `BadTerms` for a city that has none."""
    city = str(policy("timebank.city", on=on, area=area))
    if city not in CITIES:
        raise BadTerms(f"{city!r} has no preset: {', '.join(CITIES)}")
    return city


def terms_on(area: Area | str, on: date) -> Terms:
    """R1–R24 in `area` on the day `on`: the day a service began decides, not the day it is settled."""
    city = city_of(area, on)
    return _parsed(tuple((rule, repr_of(policy(f"timebank.{city}_{rule}", on=on, area=area))) for rule in RULES))


def repr_of(value: Any) -> Any:
    """A hashable picture of a JSON value, so that the same values are parsed once."""
    if isinstance(value, dict):
        return ("d", tuple((name, repr_of(one)) for name, one in value.items()))
    if isinstance(value, list):
        return ("l", tuple(repr_of(one) for one in value))
    return value


def _back(value: Any) -> Any:
    if isinstance(value, tuple):
        kind, inner = value
        return {name: _back(one) for name, one in inner} if kind == "d" else [_back(one) for one in inner]
    return value


@lru_cache(maxsize=64)
def _parsed(values: tuple[tuple[str, Any], ...]) -> Terms:
    return parse({rule: _back(value) for rule, value in values})


def shown(area: Area, on: date) -> list[RuleShown]:
    """Every rule in force with its source, for who asks why."""
    city = city_of(area, on)
    found = [(rule, in_force(f"timebank.{city}_{rule}", on, area)) for rule in RULES]
    return [RuleShown(rule, one.value, one.source, one.since) for rule, one in found]
