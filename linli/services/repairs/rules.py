"""Where law and custom speak: who pays, when a visit can be, whose turn it is. Values in, values out."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Literal
from zoneinfo import ZoneInfo

Part = Literal["own", "common", "utility"]
Work = Literal["upkeep", "renewal"]
LOCAL = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True)
class Matter:
    """What broke. `system` names what the builder's warranty and the urgent list speak of (roof, wiring, lift …);
    `years` are the years since completion was accepted, `seasons` the heating or cooling seasons; None = not known."""

    part: Part
    work: Work = "upkeep"
    system: str = ""
    years: Decimal | None = None
    seasons: int | None = None
    broken_by_someone: bool = False
    danger_unmended: bool = False


@dataclass(frozen=True)
class Payer:
    """Who is proposed to pay and the article it rests on. `code` is what is stored; words are the page's."""

    code: str
    source: str
    also: str = ""


def payer(matter: Matter, *, builder_years: Mapping[str, int], builder_seasons: int, urgent: Collection[str]) -> Payer:
    """Who pays. Staff confirm it; a dispute goes to mediation.

    Order: who broke it; the builder inside the warranty; the utility's own lines; the owner's own part; the common
    part by the size of the work. Sources: 物业管理条例 第31、51、55条; 建设工程质量管理条例 第40条;
    民法典 第281、283、942条.
    """
    if matter.broken_by_someone:
        also = "danger_company_mends" if matter.danger_unmended else ""
        return Payer("culprit", "物业管理条例 第55条", also)
    if _in_warranty(matter, builder_years, builder_seasons):
        return Payer("builder", "物业管理条例 第31条；建设工程质量管理条例 第40条")
    if matter.part == "utility":
        return Payer("utility", "物业管理条例 第51条")
    if matter.part == "own":
        return Payer("owner", "民法典 第272条（专有部分）")
    if matter.work == "upkeep":
        return Payer("company", "民法典 第942条")
    if matter.system in urgent:
        return Payer("fund_urgent", "民法典 第281条第2款")
    return Payer("fund", "民法典 第281条、第283条", "developer_pays_for_unsold")


def _in_warranty(matter: Matter, years: Mapping[str, int], seasons: int) -> bool:
    if matter.part == "utility":
        return False
    if matter.system == "heating":
        return matter.seasons is not None and matter.seasons < seasons
    term = years.get(matter.system)
    return term is not None and matter.years is not None and matter.years < term


@dataclass(frozen=True)
class Window:
    """Two hours in which somebody can come. `key` is what a form carries."""

    starts: datetime
    ends: datetime

    @property
    def key(self) -> str:
        return f"{self.starts.astimezone(LOCAL):%Y%m%d%H%M}"


def windows(moment: datetime, spans: Sequence[str], days: int) -> Iterator[Window]:
    """The windows that begin after `moment`, today and on the days after, in order; `spans` like "08:00-10:00"."""
    first = moment.astimezone(LOCAL).date()
    for offset in range(days):
        for span in spans:
            opens, _dash, closes = span.partition("-")
            window = Window(_at(first, offset, opens), _at(first, offset, closes))
            if window.starts > moment:
                yield window


def _at(first: date, offset: int, clock: str) -> datetime:
    return datetime.combine(first + timedelta(days=offset), time.fromisoformat(clock), LOCAL)


def next_in_turn(workers: Sequence[int], last: int | None, eligible: Collection[int]) -> int | None:
    """轮训: the first eligible worker after `last` in the fixed order of `workers`, counted round; None if nobody is.

    With everybody always eligible each has been chosen equally often, give or take one.
    """
    if not eligible:
        return None
    order = sorted(workers)
    after = [w for w in order if last is None or w > last]
    return next((w for w in [*after, *order] if w in eligible), None)


def skill_for(category: str, skills: Mapping[str, str]) -> str:
    """The certificate the nearest category asks for, or nothing."""
    while category:
        if category in skills:
            return skills[category]
        category = category.rpartition(".")[0]
    return ""


def in_range(value: Decimal, least: Decimal, most: Decimal) -> bool:
    return least <= value <= most


def add_months(day: date, months: int) -> date:
    """`months` later; a day that month does not have becomes its last."""
    index = day.month - 1 + months
    year, month = day.year + index // 12, index % 12 + 1
    last = (date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month, min(day.day, last))
