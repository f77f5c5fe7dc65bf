"""One process tree: starts the children, starts one again when it dies, and lets none outlive the whole."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from types import FrameType

from linli.interfaces.cli.lifeline import LIFELINE

STOP_S = 5.0
BACK_OFF_S = (0.2, 0.5, 1, 2, 5, 10, 30)
APART_S = 0.7  # between the first starts: the first named, the web, gets the processor to itself
STEADY_S = 20.0  # a child that lived this long has recovered: the next wait is short again


@dataclass
class Child:
    """One supervised command and how it has fared."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = 0.0
    failures: int = 0
    again_at: float = 0.0


class Supervisor:
    """Runs `commands` (name → arguments) until told to stop by SIGTERM or SIGINT.

    `say` gets a sentence at each start, death and stop. SIGHUP is passed on.
    """

    def __init__(self, commands: Mapping[str, Sequence[str]], *, say: Callable[[str], None]) -> None:
        self.children = [Child(name, command) for name, command in commands.items()]
        self.say = say
        self.stopping = False
        self._ours, self._theirs = -1, -1

    def run(self) -> int:
        """Until stopped; 0, or 1 if a child had to be killed at the end."""
        self._theirs, self._ours = os.pipe()
        os.set_inheritable(self._theirs, True)
        for ending in (signal.SIGTERM, signal.SIGINT):
            signal.signal(ending, self._on_stop)
        signal.signal(signal.SIGHUP, self._on_hangup)
        for number, child in enumerate(self.children):
            child.again_at = time.monotonic() + number * APART_S
        try:
            while not self.stopping:
                self._look_after()
                time.sleep(0.1)
        finally:
            clean = self._stop_all()
        return 0 if clean else 1

    def _on_stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True

    def _on_hangup(self, number: int, frame: FrameType | None) -> None:
        for child in self.children:
            if child.process is not None:
                with suppress(ProcessLookupError):
                    child.process.send_signal(signal.SIGHUP)

    def _look_after(self) -> None:
        moment = time.monotonic()
        for child in self.children:
            if child.process is None:
                if moment >= child.again_at and not self.stopping:
                    self._start(child)
                continue
            code = child.process.poll()
            if code is None:
                continue
            # A server that died by force may leave helpers which still hold the port.
            self._kill_group(child)
            if moment - child.started > STEADY_S:
                child.failures = 0
            wait = BACK_OFF_S[min(child.failures, len(BACK_OFF_S) - 1)]
            child.failures += 1
            child.process, child.again_at = None, moment + wait
            self.say(f"{child.name} ended ({_how(code)}); starting it again in {wait:g} s")

    def _start(self, child: Child) -> None:
        child.process = subprocess.Popen(
            child.command, pass_fds=[self._theirs], start_new_session=True,
            env={**os.environ, LIFELINE: str(self._theirs)})
        child.started = time.monotonic()

    def _stop_all(self) -> bool:
        for child in self.children:
            if child.process is not None:
                with suppress(ProcessLookupError):
                    child.process.terminate()
        until = time.monotonic() + STOP_S - 0.5
        clean = True
        for child in self.children:
            if child.process is None:
                continue
            try:
                child.process.wait(max(0.05, until - time.monotonic()))
            except subprocess.TimeoutExpired:
                self.say(f"{child.name} did not stop in time; ended by force")
                clean = False
            self._kill_group(child)
            child.process.wait()
        return clean

    def _kill_group(self, child: Child) -> None:
        if child.process is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(child.process.pid, signal.SIGKILL)


def _how(code: int) -> str:
    return f"signal {signal.Signals(-code).name}" if code < 0 else f"exit {code}"


def linli(*arguments: str) -> list[str]:
    """The command line that runs `linli` with `arguments` in this same interpreter."""
    return [sys.executable, "-m", "linli", *arguments]
