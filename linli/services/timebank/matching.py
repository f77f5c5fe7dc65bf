"""R11: who could help, and why; pure. Nobody is sent: a match is shown, and may be declined freely."""

from __future__ import annotations

from dataclasses import dataclass, field

from linli.services.timebank.rules import distance_m


@dataclass(frozen=True)
class Wish:
    """What somebody asks for. `place` is (lon, lat) or None; `hour` is a weekday and half-day such as "3am"."""

    item: str
    skill: str
    slot: str
    language: str = ""
    gender: str = ""
    place: tuple[float, float] | None = None


@dataclass(frozen=True)
class Helper:
    """What a volunteer offers. Empty `slots` or `items`: no preference given."""

    id: int
    skills: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    gender: str = ""
    slots: frozenset[str] = frozenset()
    items: frozenset[str] = frozenset()
    place: tuple[float, float] | None = None
    times_together: int = 0
    is_busy: bool = False
    obstacles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Fit:
    """How well a helper fits, 0–100, with every point explained. `cannot` empty = may accept."""

    helper: int
    points: int
    reasons: tuple[tuple[str, int], ...]
    cannot: tuple[str, ...] = ()
    distance_m: int | None = None
    together: int = field(default=0)


def fit(wish: Wish, helper: Helper, *, radius_m: int) -> Fit:
    """Distance up to 40, time 25, skill 15, earlier pair 10, language 5, liking 5: each a reason with its points."""
    reasons: list[tuple[str, int]] = []
    metres = None
    if wish.place and helper.place:
        metres = round(distance_m(wish.place, helper.place))
        reasons.append(("near", max(0, round(40 * (1 - metres / radius_m)))))
    if wish.slot in helper.slots:
        reasons.append(("free_then", 25))
    elif not helper.slots:
        reasons.append(("time_open", 12))
    if wish.skill and wish.skill in helper.skills:
        reasons.append(("skilled", 15))
    if helper.times_together:
        reasons.append(("know_each_other", min(10, 5 + helper.times_together)))
    if wish.language and wish.language in helper.languages:
        reasons.append(("speaks", 5))
    if wish.item in helper.items:
        reasons.append(("likes", 5))
    cannot = list(helper.obstacles)
    if wish.gender and helper.gender != wish.gender:
        cannot.append("gender_wish")
    if helper.is_busy:
        cannot.append("busy_then")
    shown = tuple((name, points) for name, points in reasons if points)
    return Fit(helper.id, sum(points for _name, points in shown), shown, tuple(cannot), metres, helper.times_together)


def ranked(wish: Wish, helpers: list[Helper], *, radius_m: int) -> list[Fit]:
    """Those who may accept first, the best fit first; equal fits in order of id, so that the list never jumps."""
    found = [fit(wish, helper, radius_m=radius_m) for helper in helpers]
    return sorted(found, key=lambda one: (bool(one.cannot), -one.points, one.helper))
