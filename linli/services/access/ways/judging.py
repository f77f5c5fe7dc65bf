"""May this person use this stretch, does anybody know, and what does it cost: one verdict for each link and direction.

Three answers, never two: *good*, *no*, and *unsure*. What nobody has measured is unsure, so that a missing fact can
never be read as "no step". A further fact settles what was unsure, and never opens what is forbidden.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from linli.services.access.ways.graph import Link

GOOD, UNSURE, NO = "good", "unsure", "no"
LIFT_WAIT_S = 40.0  # own: a call, the doors, one or two floors
_NEEDED: Mapping[str, frozenset[str]] = {
    # which facts matter on which kind of stretch
    "steps": frozenset({"footway", "road", "ramp", "crossing", "indoor"}),
    "incline": frozenset({"footway", "road", "ramp"}),
    "width": frozenset({"footway", "ramp", "indoor", "lift"}),
    "kerb": frozenset({"crossing", "road"}),
    "surface": frozenset({"footway", "road", "ramp"}),
    "crossing": frozenset({"crossing"}),
}


@dataclass(frozen=True)
class Profile:
    """A way of moving about, as `policy/ways.yaml` says it. A limit of None is no limit; 0 is one."""

    code: str
    title: Mapping[str, str]
    speed_m_s: float
    steps: str  # "no" or "ok"
    step_s: float
    incline_max: float | None
    kerb_cm_max: float | None
    width_cm_min: float | None
    forbidden_surfaces: frozenset[str]
    slow_surfaces: Mapping[str, float]
    needs: frozenset[str]
    climb_s_per_m: float
    dislikes: Mapping[str, float] = field(default_factory=dict)
    rest_every_m: float | None = None
    obeys_wheelchair_tag: bool = False
    crossing_wait_s: float = 15.0

    @classmethod
    def read(cls, data: Mapping[str, Any]) -> Profile:
        """From one entry of `access.profiles`. Raises KeyError when a value is left out."""

        def limit(name: str) -> float | None:
            return None if data[name] == "none" else float(data[name])

        return cls(
            code=data["code"],
            title=data["title"],
            speed_m_s=float(data["speed_m_s"]),
            steps=data["steps"],
            step_s=float(data["step_s"]),
            incline_max=limit("incline_percent_max"),
            kerb_cm_max=limit("kerb_cm_max"),
            width_cm_min=limit("width_cm_min"),
            forbidden_surfaces=frozenset(data["forbidden_surfaces"]),
            slow_surfaces=dict(data["slow_surfaces"]),
            needs=frozenset(data["needs"]),
            climb_s_per_m=float(data["climb_s_per_m"]),
            dislikes=dict(data["dislikes"]),
            rest_every_m=limit("rest_every_m"),
            obeys_wheelchair_tag=bool(data["obeys_wheelchair_tag"]),
            crossing_wait_s=float(data["crossing_wait_s"]),
        )


@dataclass(frozen=True, slots=True)
class Reason:
    """Why not: a code (steps, incline, kerb, width, surface, wheelchair, outage), what is there, what is allowed."""

    code: str
    found: object = None
    limit: object = None


@dataclass(frozen=True, slots=True)
class Verdict:
    """`seconds` is the time it takes; `cost` is what the search weighs: time, and what one would rather avoid."""

    state: str
    seconds: float
    cost: float
    reasons: tuple[Reason, ...] = ()
    missing: tuple[str, ...] = ()


def judge(link: Link, profile: Profile, *, forward: bool = True, closed: bool = False) -> Verdict:
    """The verdict for walking `link` in that sense; `closed` says that an outage is on it now."""
    reasons = [Reason("outage")] if closed else []
    reasons += _forbidding(link, profile)
    missing = _missing(link, profile)
    seconds = _seconds(link, profile, forward)
    cost = seconds + _dislike(link, profile, missing)
    state = NO if reasons else UNSURE if missing else GOOD
    return Verdict(state, seconds, cost, tuple(reasons), missing)


def _forbidding(link: Link, profile: Profile) -> list[Reason]:
    found = []
    if profile.steps == "no" and (link.kind == "steps" or link.steps):
        found.append(Reason("steps", link.steps))
    if profile.incline_max is not None and link.incline is not None and abs(link.incline) > profile.incline_max:
        found.append(Reason("incline", abs(link.incline), profile.incline_max))
    if profile.kerb_cm_max is not None and link.kerb_cm is not None and link.kerb_cm > profile.kerb_cm_max:
        found.append(Reason("kerb", link.kerb_cm, profile.kerb_cm_max))
    if profile.width_cm_min is not None and link.width_cm is not None and link.width_cm < profile.width_cm_min:
        found.append(Reason("width", link.width_cm, profile.width_cm_min))
    if link.surface in profile.forbidden_surfaces:
        found.append(Reason("surface", link.surface))
    if profile.obeys_wheelchair_tag and link.wheelchair == "no":
        found.append(Reason("wheelchair"))
    return found


def _missing(link: Link, profile: Profile) -> tuple[str, ...]:
    values: Mapping[str, object] = {
        "steps": link.steps,
        "incline": link.incline,
        "width": link.width_cm,
        "kerb": link.kerb_cm,
        "surface": link.surface or None,
        "crossing": link.crossing or None,
    }
    return tuple(
        name
        for name in ("steps", "incline", "width", "kerb", "surface", "crossing")
        if name in profile.needs and link.kind in _NEEDED[name] and values[name] is None
    )


def _seconds(link: Link, profile: Profile, forward: bool) -> float:
    pace = profile.speed_m_s * profile.slow_surfaces.get(link.surface, 1.0)
    seconds = link.length_m / pace
    rise = (link.incline or 0.0) / 100 * link.length_m * (1 if forward else -1)
    seconds += max(rise, 0.0) * profile.climb_s_per_m
    if link.kind == "steps" or link.steps:
        seconds += (link.steps if link.steps is not None else link.length_m / 0.3) * profile.step_s
    if link.kind == "lift":
        seconds += LIFT_WAIT_S
    if link.kind == "crossing":
        seconds += profile.crossing_wait_s
    return seconds


def _dislike(link: Link, profile: Profile, missing: Sequence[str]) -> float:
    """Seconds a person would rather walk longer than meet this; unsure stretches count for each missing fact."""
    dislikes, metres = profile.dislikes, link.length_m
    found = dislikes.get("unsure_per_m", 0.0) * metres * len(missing)
    if link.lit is not True:
        found += dislikes.get("unlit_per_m", 0.0) * metres
    if link.tactile is not True:
        found += dislikes.get("no_tactile_per_m", 0.0) * metres
    if not link.bench:
        found += dislikes.get("no_bench_per_m", 0.0) * metres
    if link.kind == "road":
        found += dislikes.get("road_per_m", 0.0) * metres
    if link.kind == "crossing":
        if link.crossing != "signals":
            found += dislikes.get("no_signal", 0.0)
        if link.sound is not True:
            found += dislikes.get("no_sound", 0.0)
    if (link.kind == "steps" or link.steps) and link.handrail is not True:
        found += dislikes.get("no_handrail", 0.0)
    if link.wheelchair == "limited":
        found += dislikes.get("limited", 0.0)
    return found
