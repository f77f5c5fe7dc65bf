"""How long to wait before trying again: one rule for jobs, listeners and deliveries."""

from __future__ import annotations

import traceback
from datetime import timedelta

import linli

LONGEST_S = 3600
_ROOT = linli.__path__[0].rsplit("/", 1)[0] + "/"


def wait_after(tries: int, *, first_s: int = 10, longest_s: int = LONGEST_S) -> timedelta:
    """The pause after the `tries`-th failure (from 1): 10 s, 20 s, 40 s … at most `longest_s`."""
    return timedelta(seconds=min(longest_s, first_s * 2 ** min(max(tries, 1) - 1, 20)))


def place_of(error: BaseException) -> str:
    """Where it broke, for staff and operators: `ValueError in linli/x.py:31`, at most 200 characters.

    Never the message of the exception: it may quote what a person wrote or a phone number.
    """
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if frame.filename.startswith(_ROOT + "linli/")] or frames
    name = f"{type(error).__module__}.{type(error).__qualname__}".removeprefix("builtins.")
    where = f" in {ours[-1].filename.removeprefix(_ROOT)}:{ours[-1].lineno}" if ours else ""
    return f"{name}{where}"[:200]
