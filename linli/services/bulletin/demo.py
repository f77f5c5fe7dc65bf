"""What hangs on the notice board of the demo community: ninety days of ordinary news, through the actions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from linli.foundation.areas.models import Building
from linli.foundation.calendar.clock import now
from linli.foundation.people.models import Person
from linli.services.bulletin import actions
from linli.services.bulletin.actions import Text
from linli.services.bulletin.models import Announcement, State

if TYPE_CHECKING:
    from linli.foundation.areas.models import Compound


@dataclass(frozen=True)
class _Piece:
    """One announcement: days ago, kind, title, body, days it stays; `to` is "all", "compound" or "building"."""

    ago: int
    kind: str
    title: str
    body: str
    stays: int = 30
    to: str = "all"
    by: str = "worker"
    ages: tuple[int | None, int | None] = (None, None)
    basis: str = ""
    pinned: bool = False
    urgent: bool = False
    public: bool = True


def pieces() -> list[_Piece]:
    """The texts of `demo.yaml`."""
    rows = yaml.safe_load(Path(__file__).with_name("demo.yaml").read_text(encoding="utf-8"))
    return [_Piece(**{**row, "ages": tuple(row.get("ages", (None, None)))}) for row in rows]


def furnish(demo: Any) -> None:
    """Thirty-two published announcements, one withdrawn, one waiting, one draft; read by some of the residents."""
    writers = {"worker": demo.people("worker"), "property_desk": demo.people("property_desk")}
    heads = demo.people("community_head")
    if not writers["worker"] or not heads:
        return
    for piece in pieces():
        writer = _writer(demo, writers[piece.by] or writers["worker"])
        with demo.days_ago(piece.ago):
            row = _drafted(demo, writer, piece, company=_company(writer) if piece.by == "property_desk" else None)
            if row is None:
                continue
            actions.submit(writer, row)
            actions.approve(heads[0], row, version=1)
    _unfinished(demo, writers["worker"], heads)
    _read_some(demo)


def _read_some(demo: Any) -> None:
    """Some residents open some announcements; a few have too few readers to be counted aloud."""
    people = list(Person.objects.filter(community=demo.area, is_active=True).order_by("pk")[:400])
    rows = list(Announcement.objects.filter(area=demo.area, state=State.PUBLISHED).order_by("-shown_from")[:12])
    for row in rows:
        for person in demo.random.sample(people, k=min(len(people), demo.random.choice((3, 8, 18, 30)))):
            actions.mark_read(person, row)


def _writer(demo: Any, people: list[Person]) -> Person:
    found: Person = demo.random.choice(people)
    return found


def _company(person: Person) -> Any:
    held = person.roles.filter(role="property_desk", withdrawn=None).select_related("organisation").first()
    return held.organisation if held else None


def _drafted(demo: Any, writer: Person, piece: _Piece, *, company: Any) -> Any:
    compounds: list[Compound] = list(demo.compounds)
    if company is not None:
        compounds = [compound for compound in compounds if compound.property_company_id == company.pk]
    if piece.to != "all" and not compounds:
        return None
    places: list[Any] = []
    if piece.to != "all":
        compound = demo.random.choice(compounds)
        places = [compound]
        if piece.to == "building":
            buildings = list(Building.objects.filter(compound=compound).select_related("area", "compound"))
            few = demo.random.sample(buildings, k=min(3, len(buildings)))
            places = sorted(few, key=lambda row: row.number) or places
    text = Text(
        title=piece.title, body=piece.body, kind=piece.kind, places=places,
        age_from=piece.ages[0], age_to=piece.ages[1], age_basis=piece.basis,
        is_pinned=piece.pinned, is_urgent=piece.urgent, is_public=piece.public,
        expires_at=now() + timedelta(days=piece.stays))
    return actions.draft(writer, demo.area, text, organisation=company)


def _unfinished(demo: Any, workers: list[Person], heads: list[Person]) -> None:
    """What a desk has on an ordinary day: a mistake taken back, a text that waits, and one half written."""
    worker = workers[0]
    with demo.days_ago(15):
        row = actions.draft(worker, demo.area, Text(
            title="周六停电", body="周六 9:00–12:00 停电检修。", kind="outage", expires_at=now() + timedelta(days=20)))
        actions.submit(worker, row)
        actions.approve(heads[0], row, version=1)
    with demo.days_ago(14):
        actions.withdraw(heads[0], row, reason="供电公司改了时间，定了再告诉大家。")
    with demo.days_ago(0):
        waiting = actions.draft(worker, demo.area, Text(
            title="元旦值班安排", body="元旦三天，社区窗口上午有人，值班电话 24 小时有人接。",
            expires_at=now() + timedelta(days=40)))
        actions.submit(worker, waiting)
        actions.draft(worker, demo.area, Text(
            title="春节写春联", body="想请会写毛笔字的邻居来帮忙，时间还没有定。", kind="event",
            expires_at=now() + timedelta(days=80)))
