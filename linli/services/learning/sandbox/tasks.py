"""The exercises as data, and the one rule by which they go on. Pure: no database, no clock, no request.

`tasks/<nn>-<code>.yaml` is a little machine: screens, and on each screen what can be pressed or typed. A press leads
to a screen (`to`) or is a mistake that is explained (`wrong`). `load` refuses a file in which somebody could get stuck:
a press that leads nowhere, a screen nobody reaches, a screen from which the end cannot be reached, a screen without
coaching, a mistake without an explanation.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from django.core.exceptions import ImproperlyConfigured

from linli.services.learning.words import BadText, Said, all_said, said

FOLDER = Path(__file__).parent / "tasks"
LOOKS = frozenset({"tiles", "list", "message", "scan", "form", "words"})
KINDS = frozenset({"digits", "text"})
HELP_AFTER = 2  # after so many mistakes on one screen the right button is marked


@dataclass(frozen=True)
class Press:
    """Something to press: a right one leads on, a wrong one says gently why not."""

    code: str
    label: Said
    icon: str = ""
    sub: Said | None = None
    to: str = ""
    wrong: Said | None = None
    size: str = ""  # of an exercise about type: how large the letters become


@dataclass(frozen=True)
class Ask:
    """Something to type. `answer`: exactly this; `least`: any text of so many signs. Nothing typed is kept."""

    label: Said
    hint: Said
    kind: str
    to: str
    wrong: Said
    answer: str = ""
    least: int = 0


@dataclass(frozen=True)
class Screen:
    code: str
    title: Said
    coach: Said
    look: str
    lines: tuple[Said, ...] = ()
    sender: Said | None = None
    presses: tuple[Press, ...] = ()
    ask: Ask | None = None
    is_end: bool = False

    @property
    def exits(self) -> set[str]:
        """The screens one can get to from here."""
        found = {press.to for press in self.presses if press.to}
        return found | ({self.ask.to} if self.ask else set())


@dataclass(frozen=True)
class Task:
    code: str
    icon: str
    title: Said
    about: Said
    first: str
    screens: Mapping[str, Screen]

    @property
    def steps(self) -> int:
        """Right presses on the shortest way to the end."""
        return self._distance(self.first)

    def left(self, screen: str) -> int:
        """Right presses from `screen` to the end, on the shortest way."""
        return self._distance(screen)

    def _distance(self, start: str) -> int:
        near, steps = {start}, 0
        while not any(self.screens[code].is_end for code in near):
            near, steps = {to for code in near for to in self.screens[code].exits}, steps + 1
        return steps


@dataclass(frozen=True)
class State:
    """Where somebody is in an exercise. `size` is the size of type they chose in it."""

    screen: str
    tries: int = 0  # mistakes on this screen
    mistakes: int = 0  # in the whole exercise
    size: str = ""


@dataclass(frozen=True)
class Told:
    """What a press did: where one is now, and what is said to it. `is_right` is None for a stale or empty press."""

    state: State
    is_right: bool | None
    words: Said | None = None
    marks: frozenset[str] = field(default_factory=frozenset)


def begin(task: Task) -> State:
    return State(task.first)


def press(task: Task, state: State, *, screen: str, code: str = "", typed: str = "") -> Told:
    """Go on by one press of `code`, or by what was `typed`, on `screen`.

    A press that belongs to another screen than the present one (the back button, a second tap) changes nothing.
    """
    here = task.screens[state.screen]
    if screen != here.code or here.is_end:
        return Told(state, None)
    chosen = next((one for one in here.presses if one.code == code), None)
    if chosen is not None:
        if chosen.to:
            return Told(State(chosen.to, 0, state.mistakes, chosen.size or state.size), True)
        return Told(_missed(state), False, chosen.wrong)
    if here.ask is None:
        return Told(state, None)
    if fits(here.ask, typed):
        return Told(State(here.ask.to, 0, state.mistakes, state.size), True)
    return Told(_missed(state), False, here.ask.wrong)


def fits(ask: Ask, typed: str) -> bool:
    """Is that what was asked for? Blanks are forgiven, and full-width digits."""
    plain = "".join(typed.split()).translate(_PLAIN)
    return plain == ask.answer if ask.answer else len(plain) >= ask.least


def marked(task: Task, state: State) -> frozenset[str]:
    """The right presses, shown once somebody has erred often enough on this screen."""
    here = task.screens[state.screen]
    return frozenset(one.code for one in here.presses if one.to) if state.tries >= HELP_AFTER else frozenset()


def _missed(state: State) -> State:
    return State(state.screen, min(state.tries + 1, 99), min(state.mistakes + 1, 999), state.size)


_PLAIN = {ord("０") + n: str(n) for n in range(10)}


@cache
def load() -> Mapping[str, Task]:
    """Every exercise by its code, in the order of the files. Raises `ImproperlyConfigured`."""
    found: dict[str, Task] = {}
    for path in sorted(FOLDER.glob("*.yaml")):
        try:
            task = read(yaml.safe_load(path.read_text(encoding="utf-8")), path.name)
        except (BadText, yaml.YAMLError, KeyError, TypeError) as error:
            raise ImproperlyConfigured(f"learning/sandbox/tasks/{path.name}: {error!r}") from error
        if task.code in found:
            raise ImproperlyConfigured(f"learning/sandbox/tasks/{path.name}: {task.code} is there already")
        found[task.code] = task
    return found


def read(data: Mapping[str, Any], where: str) -> Task:
    """An exercise from its file, checked. Raises `BadText`, `KeyError`, `TypeError`."""
    screens = [_screen(one, f"{where} {one.get('code')}") for one in data["screens"]]
    task = Task(data["code"], data["icon"], said(data["title"], where), said(data["about"], where), data["first"],
                {one.code: one for one in screens})
    if len(task.screens) != len(screens):
        raise BadText(f"{where}: two screens have the same code")
    _nobody_gets_stuck(task, where)
    return task


def _screen(data: Mapping[str, Any], where: str) -> Screen:
    known = {"code", "title", "coach", "look", "lines", "from", "presses", "ask", "end"}
    if set(data) - known:
        raise BadText(f"{where}: unknown: {sorted(set(data) - known)}")
    presses = tuple(_press(one, where) for one in data.get("presses", []))
    ask = data.get("ask")
    screen = Screen(
        data["code"], said(data["title"], where), said(data["coach"], where), data["look"],
        all_said(data.get("lines", []), where), said(data["from"], where) if "from" in data else None, presses,
        _ask(ask, where) if ask else None, bool(data.get("end", False)))
    if screen.look not in LOOKS:
        raise BadText(f"{where}: look is one of {sorted(LOOKS)}")
    if len({one.code for one in presses}) != len(presses):
        raise BadText(f"{where}: two presses have the same code")
    if screen.is_end == bool(screen.exits):
        raise BadText(f"{where}: either the end, or a way on")
    return screen


def _press(data: Mapping[str, Any], where: str) -> Press:
    if not isinstance(data["code"], str):  # YAML reads a bare yes or true as a truth
        raise BadText(f"{where}: quote the code {data['code']}")
    if ("to" in data) == ("wrong" in data):
        raise BadText(f"{where}: {data['code']} leads on (to) or is a mistake with its reason (wrong)")
    return Press(
        data["code"], said(data["label"], where), data.get("icon", ""),
        said(data["sub"], where) if "sub" in data else None, data.get("to", ""),
        said(data["wrong"], where) if "wrong" in data else None, data.get("size", ""))


def _ask(data: Mapping[str, Any], where: str) -> Ask:
    ask = Ask(said(data["label"], where), said(data["hint"], where), data["kind"], data["to"],
              said(data["wrong"], where), str(data.get("answer", "")), int(data.get("least", 0)))
    if ask.kind not in KINDS or bool(ask.answer) == bool(ask.least):
        raise BadText(f"{where}: ask for digits or text, and say either the answer or the least length")
    return ask


def _nobody_gets_stuck(task: Task, where: str) -> None:
    lost = {to for screen in task.screens.values() for to in screen.exits} - set(task.screens)
    if lost or task.first not in task.screens:
        raise BadText(f"{where}: no such screen: {sorted(lost) or task.first}")
    reached, queue = {task.first}, [task.first]
    while queue:
        fresh = task.screens[queue.pop()].exits - reached
        reached |= fresh
        queue += sorted(fresh)
    if reached != set(task.screens):
        raise BadText(f"{where}: nobody gets to {sorted(set(task.screens) - reached)}")
    safe = {code for code, screen in task.screens.items() if screen.is_end}
    while True:
        more = {code for code, screen in task.screens.items() if screen.exits & safe} - safe
        if not more:
            break
        safe |= more
    if safe != set(task.screens):
        raise BadText(f"{where}: no way to the end from {sorted(set(task.screens) - safe)}")
