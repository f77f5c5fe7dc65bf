"""A bundle laid out for readers: its members as they count in a place, and every paper once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from linli.foundation.areas.models import Area
from linli.services.gov.items import bundles, reading, sheet as sheets
from linli.services.gov.items.sheet import Paper
from linli.services.gov.models import BundleVersion, PublicState, ServiceItem
from linli.services.gov.queries.items import effective


@dataclass(frozen=True)
class Told:
    """`members`: (slug, name, summary, state, the names of those before it), in an order that can be walked."""

    name: str
    summary: str
    lead: str
    limit: str
    is_parallel: bool
    members: Sequence[tuple[str, str, str, str, Sequence[str]]]
    papers: Sequence[Paper]
    asked: int  # papers over all members, before each was named once
    contact: Mapping[str, str]
    faq: Sequence[tuple[str, str]]
    uncheckable: Sequence[str]

    @property
    def can_apply(self) -> bool:
        """May one begin all of it here: every member is published."""
        return bool(self.members) and {one[3] for one in self.members} == {PublicState.PUBLISHED}


def telling(row: BundleVersion, area: Area | None, manner: str) -> Told:
    """What a bundle says. A paper that several members want is named once."""
    body = row.body
    items = {item.slug: item for item in ServiceItem.objects.filter(slug__in=[one["item"] for one in row.members])}
    here = effective(items.values(), area)
    said = {slug: sheets.sheet(here[item.pk].version.body, manner) for slug, item in items.items() if item.pk in here}
    after = {str(one["item"]): [str(slug) for slug in one.get("after") or []] for one in body["members"]}
    order = [slug for turn in bundles.in_order(body) for slug in turn if slug in said]
    papers: dict[str, Paper] = {}
    asked = 0
    for slug in order:
        for one in said[slug].papers:
            asked += 1
            papers.setdefault(one.name, one)
    words = bundles.in_manner(body, manner)
    return Told(
        name=str(words["name"]), summary=str(words["summary"]), lead=str(words["lead"]),
        limit=reading.limit(body.get("limit")),
        is_parallel=body["order"] == "parallel" and not any(after.values()),
        members=[(slug, said[slug].name, said[slug].summary, here[items[slug].pk].state if slug in items else
                  PublicState.OFF, [said[one].name for one in after[slug] if one in said]) for slug in order],
        papers=list(papers.values()), asked=asked,
        contact={key: str(value) for key, value in (words.get("contact") or {}).items()},
        faq=[(str(one["q"]), str(one["a"])) for one in words.get("faq") or []],
        uncheckable=[str(one) for one in words.get("uncheckable") or []])
