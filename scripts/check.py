"""Every check of `make test`, one after another; each is named, timed and may be asked for alone.

`python scripts/check.py` runs all; `python scripts/check.py ruff sqlite` those. A failing check does not keep the
others from running: a person who waits wants to know everything at once. The exit code is 1 if any failed.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
PYTHON = sys.executable
BIN = Path(sys.executable).parent
PROCESSES = str(min(os.cpu_count() or 2, 4))
# The browser and the faults use one database of their own; what they show does not depend on which.
UNIT = ["-m", "not browser and not faults"]


def call(*command: str, **environment: str) -> int:
    return subprocess.run(command, cwd=HERE, env={**os.environ, **environment}).returncode


def pytest(*arguments: str, **environment: str) -> int:
    code = call(PYTHON, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments, **environment)
    return 0 if code == 5 and "browser" not in arguments else code  # 5: nothing matched


def ruff() -> int:
    return call(str(BIN / "ruff"), "check", "--quiet", ".")


def mypy() -> int:
    return call(str(BIN / "mypy"), "--no-error-summary")


def imports() -> int:
    return call(str(BIN / "lint-imports"))


def migrations() -> int:
    code = call(PYTHON, "-m", "django", "makemigrations", "--check", "--dry-run",
                DJANGO_SETTINGS_MODULE="linli.settings", LINLI_DATA=str(HERE / "build/check"))
    if code:
        print("A model differs from its migrations. Run: python -m django makemigrations APP -n what_changed")
    return code


def messages() -> int:
    return call(PYTHON, "-m", "linli", "messages", "check", LINLI_DATA=str(HERE / "build/check"))


def sqlite() -> int:
    return pytest("-n", PROCESSES, "--dist", "loadfile", *UNIT, "--durations=8")


def postgresql() -> int:
    # Who is let in where does not depend on the database; walking every address once is enough.
    return pytest("-n", PROCESSES, "--dist", "loadfile", *UNIT, "--postgresql",
                  "--ignore=tests/test_every_url.py", "--ignore=tests/test_every_url_staff.py")


def browser() -> int:
    return pytest("-n", PROCESSES, "--dist", "loadfile", "-m", "browser", "--durations=5")


def faults() -> int:
    """A tenth of the campaigns that `make faults` runs in full."""
    return pytest("-m", "faults", "--durations=5")


CHECKS: dict[str, Callable[[], int]] = {
    check.__name__: check
    for check in (ruff, mypy, imports, migrations, messages, sqlite, postgresql, browser, faults)
}


def main(names: Sequence[str]) -> int:
    unknown = [name for name in names if name not in CHECKS]
    if unknown:
        print(f"There is no check {', '.join(unknown)}; there are {', '.join(CHECKS)}.", file=sys.stderr)
        return 2
    results = []
    (HERE / "build/check").mkdir(parents=True, exist_ok=True)
    for name in names or CHECKS:
        print(f"\n── {name} " + "─" * (60 - len(name)), flush=True)
        began = time.monotonic()
        code = CHECKS[name]()
        results.append((name, code, time.monotonic() - began))
    print("\n── summary " + "─" * 53)
    for name, code, seconds in results:
        print(f"  {'ok    ' if not code else 'FAILED'} {name:<12} {seconds:6.0f} s")
    print(f"  total {sum(seconds for _, _, seconds in results):.0f} s", flush=True)
    return int(any(code for _, code, _ in results))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
