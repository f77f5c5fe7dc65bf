"""The report: by which way people of which age come, and which pages they could not get through. Sums only.

What can be computed is computed: the cases of the area by channel and by the age of who asked, this room's classes by
channel and age, and what was told at the window. How long people wait there is known to no table yet, and is not said.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count
from django.utils.translation import gettext as _

from linli.foundation.areas.models import Area
from linli.foundation.calendar.clock import now, today
from linli.foundation.policy import policy
from linli.foundation.web.manifest import menu_entries
from linli.mechanisms.bookings.models import Party
from linli.mechanisms.cases.models import Case
from linli.services.learning import rules
from linli.services.learning.models import Band, Stuck


@dataclass(frozen=True)
class Line:
    """One age: counts by channel (None: small, hidden) and the shares of those shown, in percent of the line's sum."""

    band: str
    title: str
    counts: Sequence[int | None]
    shares: Sequence[int | None]
    total: int | None

    @property
    def cells(self) -> list[tuple[int | None, int | None]]:
        """Each count with its share."""
        return list(zip(self.counts, self.shares, strict=True))


@dataclass(frozen=True)
class StuckLine:
    page: str
    title: str
    step: str
    count: int | None


@dataclass(frozen=True)
class Report:
    cases: Sequence[Line]
    classes: Sequence[Line]
    stuck: Sequence[StuckLine]
    days: int


def report(area: Area) -> Report:
    """Of the last days, by policy; three queries."""
    days = int(policy("learning.report_days", area=area))
    since = now() - timedelta(days=days)
    small = int(policy("learning.small_sum", area=area))
    cases = Case.objects.filter(area_code__startswith=area.code, created__gte=since).values_list(
        "channel", "requester__birth_year").annotate(n=Count("pk")).order_by()
    classes = Party.objects.filter(
        offer__area__code__startswith=area.code, offer__owner_room="learning", created__gte=since).values_list(
        "channel", "booker__birth_year").annotate(n=Count("pk")).order_by()
    return Report(_table(cases, small), _table(classes, small), _stuck(area, days, small), days)


def _table(rows: Iterable[tuple[str, int | None, int]], small: int) -> list[Line]:
    sums = {band: dict.fromkeys(rules.CHANNEL_GROUPS, 0) for band in rules.AGES}
    year = today().year
    for channel, born, count in rows:
        sums[rules.age_band(born, year)][rules.channel_group(channel)] += count
    found = []
    for band in rules.AGES:
        numbers = list(sums[band].values())
        total = sum(numbers)
        shown = rules.veiled(numbers, small)
        is_small = 0 < total < small
        found.append(Line(
            band, str(Band(band).label), shown,
            [None if count is None or not total or is_small else round(100 * count / total) for count in shown],
            None if is_small else total))
    return found


def _stuck(area: Area, days: int, small: int) -> list[StuckLine]:
    titles = {**dict(pages()), "other": _("别的网站")}
    rows = Stuck.objects.filter(area__code__startswith=area.code, on__gt=today() - timedelta(days=days)).values_list(
        "page", "step").annotate(n=Count("pk")).order_by("-n", "page", "step")
    return [StuckLine(page, titles.get(page, page), step, rules.veiled([count], small)[0])
            for page, step, count in rows[:50]]


def pages() -> list[tuple[str, str]]:
    """The services a resident can begin online, by their menu entries: what a page at the window is named by."""
    return [(entry.url_name, str(entry.title)) for entry in menu_entries("portal")]
