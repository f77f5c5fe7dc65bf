"""A kind of case is data: states, transitions, who may, clocks and words; checked before it is published."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from django.utils.translation import get_language

from linli.foundation.people.models import RoleName
from linli.foundation.web.manifest import manifests
from linli.mechanisms.cases.registry import DEADLINES, EFFECTS, GUARDS

if TYPE_CHECKING:
    from linli.mechanisms.cases.models import KindVersion

Words = Mapping[str, str]
RELATIONS = frozenset({"@requester", "@assignee", "@offered", "@system", "@public"})


class BadKind(Exception):  # noqa: N818
    """A kind file that must not be published; the text names the file and the rule it breaks."""


def say(words: Words | str, **values: object) -> str:
    """The sentence in the language of the reader; `words` is {zh, en} or one text for both."""
    if isinstance(words, str):
        text = words
    else:
        text = words.get("en" if (get_language() or "").startswith("en") else "zh") or words.get("zh", "")
    return text.format_map(_Blank(values)) if values else text


class _Blank(dict[str, object]):
    def __missing__(self, key: str) -> str:
        return ""


@dataclass(frozen=True)
class State:
    code: str
    title: Words
    icon: str = "clock"
    tone: str = ""
    final: bool = False
    clock: str = "run"  # run | pause
    waits_for: str = "unit"  # unit | worker | requester | caller | nobody
    no_timer: str = ""

    def __str__(self) -> str:
        return say(self.title)


@dataclass(frozen=True)
class Transition:
    name: str
    title: Words
    sources: frozenset[str]
    to: str  # "" keeps the state
    who: frozenset[str]
    guards: Sequence[str] = ()
    required: Sequence[str] = ()
    effects: Sequence[str] = ()
    text: Words = field(default_factory=dict)
    tell: Mapping[str, Words] = field(default_factory=dict)
    icon: str = "check"
    tone: str = "info"
    button: str = ""  # "main", "quiet", "danger", "" ; "hidden" is never a button
    texts: Sequence[Words] = ()  # sentences to the requester that staff may take as they stand
    reasons: Mapping[str, Words] = field(default_factory=dict)
    closes: bool = False
    call_back: str = ""
    title_again: Words = field(default_factory=dict)  # its title where somebody has the case already: 改派
    once_since: frozenset[str] = frozenset()  # made once, until one of these is made again; empty: any number of times

    def __str__(self) -> str:
        return say(self.title)


@dataclass(frozen=True)
class Rung:
    """At `share` of the allowance these are told: roles, `@assignee`, `@unit`, `@requester`."""

    share: float
    tell: Sequence[str]


@dataclass(frozen=True)
class TimerRule:
    name: str
    title: Words
    starts: frozenset[str]
    stops: frozenset[str]
    limit: Mapping[str, str]  # urgency → "3wd"; or {"policy": "room.key"}; with "source": what holds if it is silent
    ladder: Sequence[Rung]
    then: str = ""  # a transition the system makes when the allowance is used up
    pausable: bool = True
    shown: bool = True
    arithmetic: str = "elapsed"


@dataclass(frozen=True)
class Category:
    code: str
    title: Words
    urgency: str = ""
    visibility: str = ""
    common_part: bool | None = None
    words: Sequence[str] = ()
    radius_m: int = 250
    icon: str = ""
    after_photo: bool = False

    def __str__(self) -> str:
        return say(self.title)


@dataclass(frozen=True)
class Kind:
    code: str
    version: int
    title: Words
    icon: str
    visibility: str
    retention: str
    first: str
    states: Mapping[str, State]
    transitions: Mapping[str, Transition]
    timers: Mapping[str, TimerRule]
    categories: Mapping[str, Category]
    opened: Transition
    reopen_days: int
    hands: frozenset[str]  # staff roles that see the private side
    extend_max: int = 2
    extend_days_max: int = 15
    asks: Words = field(default_factory=lambda: ASKS)

    def __str__(self) -> str:
        return say(self.title)

    @property
    def question(self) -> str:
        """What the requester is asked at the end."""
        return say(self.asks)

    def category(self, code: str) -> Category | None:
        """The category `code`, or the nearest one above it in the tree."""
        while code:
            if code in self.categories:
                return self.categories[code]
            code = code.rpartition(".")[0]
        return None

    @property
    def visible_states(self) -> list[State]:
        return list(self.states.values())


ASKS: Words = {"zh": "真办好了吗", "en": "Is it really done?"}
DEFAULT_LADDER: list[dict[str, Any]] = [
    {"at": 0.8, "tell": ["@assignee", "@unit"]},
    {"at": 1.0, "tell": ["@assignee", "@unit", "worker", "community_head"]},
    {"at": 1.5, "tell": ["community_head", "street_leader"]},
    {"at": 2.0, "tell": ["street_leader", "district_leader"]},
]


def parse(data: Mapping[str, Any], version: int = 1) -> Kind:
    """Read one kind from its YAML mapping. Raises `BadKind`, KeyError or TypeError on a malformed one."""
    states = {
        code: State(code, **{"final": False, **body}) for code, body in data["states"].items()
    }
    transitions = {
        name: _transition(name, body, data["states"]) for name, body in data["transitions"].items()
    }
    timers = {}
    for name, body in data["timers"].items():
        ladder = body.get("ladder", "default")
        rungs = DEFAULT_LADDER if ladder == "default" else ladder
        limit = body["limit"] if isinstance(body["limit"], dict) else {"normal": body["limit"]}
        timers[name] = TimerRule(
            name=name, title=body["title"], starts=frozenset(body["starts"]), stops=frozenset(body.get("stops", ())),
            limit=limit, ladder=tuple(Rung(rung["at"], tuple(rung["tell"])) for rung in rungs),
            then=body.get("then", ""), pausable=body.get("pausable", True), shown=body.get("shown", True),
            arithmetic=body.get("arithmetic", "elapsed"))
    categories = {code: Category(code, **body) for code, body in data.get("categories", {}).items()}
    opened = _transition("open", {"from": [], "to": data["first"], "title": {"zh": "收到", "en": "Received"},
                                  "who": [], **data.get("open", {})}, data["states"])
    kind = Kind(
        code=data["code"], version=version, title=data["title"], icon=data["icon"], visibility=data["visibility"],
        retention=data["retention"], first=data["first"], states=states, transitions=transitions, timers=timers,
        categories=categories, opened=opened, reopen_days=data.get("reopen_days", 30),
        hands=frozenset(data["hands"]), extend_max=data.get("extend_max", 2),
        extend_days_max=data.get("extend_days_max", 15), asks=data.get("asks", ASKS))
    check(kind)
    return kind


def _transition(name: str, body: Mapping[str, Any], states: Mapping[str, Any]) -> Transition:
    sources = body["from"]
    if sources == "open":
        sources = [code for code, state in states.items() if not state.get("final")]
    return Transition(
        name=name, title=body["title"], sources=frozenset(sources), to=body.get("to", ""),
        who=frozenset(body["who"]), guards=tuple(body.get("guards", ())), required=tuple(body.get("required", ())),
        effects=tuple(body.get("effects", ())), text=body.get("text", {}), tell=body.get("tell", {}),
        icon=body.get("icon", "check"), tone=body.get("tone", "info"), button=body.get("button", ""),
        texts=tuple(body.get("texts", ())), reasons=body.get("reasons", {}), closes=body.get("closes", False),
        call_back=body.get("call_back", ""), title_again=body.get("title_again", {}),
        once_since=frozenset(body.get("once_since", ())))


def check(kind: Kind) -> None:
    """Refuse a kind in which a case could be forgotten. Raises `BadKind` with every fault found.

    Every state is reachable; every open state has a way out and a timer that can run in it, or says
    why not; every guard, role, effect, state and text exists; what closes names its 回访 policy.
    """
    faults = _dangling(kind) or [*_unreachable(kind), *_unclocked(kind)]
    if faults:
        raise BadKind(f"{kind.code}: " + "; ".join(faults))


def _dangling(kind: Kind) -> list[str]:
    faults = []
    known = frozenset(RoleName.values) | RELATIONS
    for transition in [kind.opened, *kind.transitions.values()]:
        where = f"transition {transition.name}"
        faults += [f"{where}: no state {s}" for s in transition.sources - kind.states.keys()]
        if transition.to and transition.to not in kind.states:
            faults.append(f"{where}: no state {transition.to}")
        faults += [f"{where}: no role or relation {w}" for w in transition.who - known]
        faults += [f"{where}: no guard {g}" for g in transition.guards if g.partition("(")[0] not in GUARDS]
        faults += [f"{where}: no effect {e}" for e in transition.effects if e.partition("(")[0] not in EFFECTS]
        if transition.to and kind.states.get(transition.to) and kind.states[transition.to].final and not (
                transition.call_back):
            faults.append(f"{where}: closes without a call_back policy")
        if any(kind.states[s].final for s in transition.sources if s in kind.states) and transition.to == "":
            faults.append(f"{where}: acts on a final state without leaving it")
    names = kind.transitions.keys() | {"open"}
    faults += [f"transition {step.name}: no transition {t}"
               for step in kind.transitions.values() for t in step.once_since - names]
    for timer in kind.timers.values():
        faults += [f"timer {timer.name}: no transition {t}" for t in (timer.starts | timer.stops) - names]
        if timer.then and (timer.then not in kind.transitions or "@system" not in kind.transitions[timer.then].who):
            faults.append(f"timer {timer.name}: {timer.then} is no transition of the system")
        if "source" in timer.limit:
            if timer.limit["source"] not in DEADLINES:
                faults.append(f"timer {timer.name}: no deadline {timer.limit['source']}")
            if not timer.limit.keys() & {"policy", "normal"}:
                faults.append(f"timer {timer.name}: no limit for when its source is silent")
    return faults


def _unreachable(kind: Kind) -> list[str]:
    reached, fresh = set(), {kind.first}
    while fresh:
        code = fresh.pop()
        reached.add(code)
        fresh |= {t.to for t in kind.transitions.values() if t.to and code in t.sources} - reached
    faults = [f"state {s} is never reached" for s in kind.states.keys() - reached]
    for state in kind.states.values():
        if not state.final and not any(state.code in t.sources and t.to for t in kind.transitions.values()):
            faults.append(f"state {state.code} has no way out")
    return faults


def _unclocked(kind: Kind) -> list[str]:
    """Walk every path of states with the set of running timers; an open state without one needs a reason."""
    faults, seen = set(), set()
    start = (kind.first, frozenset(t.name for t in kind.timers.values() if "open" in t.starts))
    todo = [start]
    while todo:
        state, running = todo.pop()
        if (state, running) in seen:
            continue
        seen.add((state, running))
        here = kind.states[state]
        ticking = running if here.clock == "run" else {t for t in running if not kind.timers[t].pausable}
        if not here.final and not ticking and not here.no_timer:
            faults.add(f"state {state} can be left without a running timer")
        for transition in kind.transitions.values():
            if state in transition.sources:
                left = {t for t in running if transition.name not in kind.timers[t].stops}
                left |= {t.name for t in kind.timers.values() if transition.name in t.starts}
                target = transition.to or state
                todo.append((target, frozenset() if kind.states[target].final else frozenset(left)))
    return sorted(faults)


@cache
def shipped() -> Mapping[str, Mapping[str, Any]]:
    """The kind files that the installed rooms declare, by code."""
    found: dict[str, Mapping[str, Any]] = {}
    for manifest in manifests():
        for path in manifest.case_kinds:
            data = yaml.safe_load(Path(path).read_text())
            found[data["code"]] = data
    return found


@cache
def _rooms() -> Mapping[str, str]:
    return {yaml.safe_load(Path(path).read_text())["code"]: manifest.name
            for manifest in manifests() for path in manifest.case_kinds}


def kinds_of(room: str) -> list[str]:
    """The codes of the kinds that the room of that name ships."""
    return [code for code, name in _rooms().items() if name == room]


def room_of(code: str) -> str:
    """The name of the room that ships kind `code`; "" for a kind no installed room ships."""
    return _rooms().get(code, "")


@cache
def current(code: str) -> Kind:
    """The newest version of kind `code`; the file's digest tells a new version."""
    return parse(shipped()[code], _publish(code).version)


def _publish(code: str) -> KindVersion:
    """The row of the file as it is now; a changed file gets the next version."""
    from linli.mechanisms.cases.models import KindVersion

    data = shipped()[code]
    digest = hashlib.sha256(json.dumps(data, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
    found = KindVersion.objects.filter(code=code, digest=digest).first()
    if found is not None:
        return found
    newest = KindVersion.objects.filter(code=code).order_by("-version").values_list("version", flat=True).first()
    kind = parse(data, (newest or 0) + 1)
    row, _made = KindVersion.objects.get_or_create(
        code=code, digest=digest, defaults={"version": kind.version, "data": data})
    return row


def publish_all(**_: Any) -> None:
    """Receiver of `post_migrate`: every shipped kind has its row before the first case.

    A row first written by a report that is then refused would be rolled back with it, and the process would go on
    giving out a version that no other process, and no later release, can read.
    """
    for code in shipped():
        _publish(code)


@cache
def kind_at(code: str, version: int) -> Kind:
    """The kind as it was when the case began."""
    if code in shipped() and current(code).version == version:
        return current(code)
    from linli.mechanisms.cases.models import KindVersion

    return parse(KindVersion.objects.get(code=code, version=version).data, version)
