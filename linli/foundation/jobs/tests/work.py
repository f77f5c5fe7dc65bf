"""Jobs that the tests queue; a worker process finds them by name."""

from __future__ import annotations

import time
from pathlib import Path

from linli.foundation.jobs import job
from linli.foundation.notices import tell
from linli.foundation.people.models import Person


@job(retries=2)
def break_down(*, word: str) -> None:
    """Fails each time."""
    raise ValueError(f"no use for {word}")


@job(retries=5)
def write_line(*, path: str, line: str) -> None:
    """Adds a line to a file: one write, so that two workers never mix theirs."""
    with Path(path).open("a") as out:
        out.write(f"{line}\n")


@job(retries=5)
def tell_then_wait(*, person: int, path: str, seconds: float) -> None:
    """Tells by key, says that it was here, then takes its time."""
    tell(Person.objects.get(pk=person), "水管修好了", key="tests.pipe")
    with Path(path).open("a") as out:
        out.write("told\n")
    time.sleep(seconds)
    with Path(path).open("a") as out:
        out.write("done\n")
