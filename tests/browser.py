"""Fixtures for tests in a real browser against a real server: `live`, `browser`, `page`, `axe`, `sign_in_as`.

The server is Linli as an operator runs it (granian, static files gathered, a furnished demo community), in a folder
of its own for each test process. Nothing of it is shared with the in-process test database.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests import chromium

HERE = Path(__file__).resolve().parent.parent
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}
# WCAG 2.2 A and AA, and what axe calls best practice for landmarks and headings.
AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}


@dataclass
class Live:
    """A running Linli. `linli("work", "--", "--once")` runs the command line on the same data folder."""

    url: str
    data: Path
    environment: dict[str, str]

    def linli(self, *arguments: str, timeout_s: float = 900) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "linli", *arguments], env=self.environment, cwd=HERE, capture_output=True, text=True,
            timeout=timeout_s)
        if done.returncode:
            said = f"{done.stdout}\n{done.stderr}"
            raise AssertionError(f"linli {' '.join(arguments)} ended with {done.returncode}:\n{said}")
        return done.stdout

    def work(self) -> None:
        """Do what is due now: deliver events, run jobs, send notices."""
        self.linli("work", "--", "--once")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def environment_for(data: Path, port: int, **more: str) -> dict[str, str]:
    """The environment of a Linli of its own, with nothing of the tests' settings in it."""
    dropped = ("LINLI_", "DJANGO_", "PYTEST_", "PYTHONDONTWRITEBYTECODE")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return {
        # Tests start hundreds of processes: each would compile all of Django where nothing may be written beside it.
        "PYTHONPYCACHEPREFIX": str(HERE / "build" / "pycache"),
        **kept, "DJANGO_SETTINGS_MODULE": "linli.settings", "LINLI_DATA": str(data), "LINLI_DEMO": "1",
        "LINLI_BIND": f"127.0.0.1:{port}", "LINLI_BASE_URL": f"http://127.0.0.1:{port}", "LINLI_WEB_PROCESSES": "1",
        **more}


def wait_until_up(url: str, process: subprocess.Popen[Any], *, seconds: float = 180) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if process.poll() is not None:
            raise AssertionError(f"The server ended with {process.returncode} before it answered.")
        try:
            urllib.request.urlopen(url, timeout=20)
            return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
    raise AssertionError(f"{url} did not answer within {seconds} s.")


@pytest.fixture(scope="session")
def live() -> Iterator[Live]:
    data, port = Path(tempfile.mkdtemp(prefix="linli-live-")), free_port()
    server = Live(f"http://127.0.0.1:{port}", data, environment_for(data, port))
    process: subprocess.Popen[bytes] | None = None
    log = (data / "web.log").open("wb")
    try:
        server.linli("demo", "seed", "--small")
        process = subprocess.Popen(
            [sys.executable, "-m", "linli", "web"], env=server.environment, cwd=HERE, stdout=log, stderr=log,
            start_new_session=True)
        wait_until_up(server.url, process)
        yield server
    finally:
        if process is not None:
            process.terminate()
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        log.close()
        shutil.rmtree(data, ignore_errors=True)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    found = chromium.find()
    # Playwright's loop runs in this thread; Django would take every query here for one inside a coroutine.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=found.path, args=[*chromium.ARGUMENTS, *found.arguments],
            env={**os.environ, **found.environment, **chromium.fonts()})
        yield opened
        opened.close()


@pytest.fixture
def open_page(browser: Any, live: Live) -> Iterator[Callable[..., Any]]:
    """`open_page(PHONE, locale="en", javascript=False)`: a page in a fresh context; paths are relative to `live`.

    The test fails when a page of it wrote an error to the console or asked another host for anything.
    """
    contexts, errors = [], []

    def make(size: dict[str, int] | None = None, *, locale: str = "zh-CN", javascript: bool = True, **more: Any) -> Any:
        context = browser.new_context(
            base_url=live.url, viewport=size or PHONE, locale=locale, java_script_enabled=javascript,
            timezone_id="Asia/Shanghai", **more)
        context.set_default_timeout(90_000)  # no test waits so long; a machine with more to do may
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if _is_fault(message) else None)
        page.on("request", lambda sent: errors.append(f"asked for {sent.url}") if _is_foreign(sent.url, live) else None)
        return page

    yield make
    for context in contexts:
        context.close()
    assert not errors, f"the browser complained: {errors}"


def _is_fault(message: Any) -> bool:
    # A 4xx of the page itself is often what a test is about; its assertion says so, not the console.
    return message.type == "error" and "Failed to load resource" not in message.text


def _is_foreign(url: str, live: Live) -> bool:
    return url.startswith("http") and not url.startswith(live.url)


@pytest.fixture
def page(open_page: Callable[..., Any]) -> Any:
    """A phone."""
    return open_page(PHONE)


@pytest.fixture
def desk_page(open_page: Callable[..., Any]) -> Any:
    """A desk."""
    return open_page(DESK)


@pytest.fixture(scope="session")
def axe() -> Callable[[Any], list[str]]:
    """`assert axe(page) == []`: what WCAG 2.2 A and AA forbid on the page as it stands."""
    from axe_playwright_python.sync_playwright import Axe

    engine = Axe()

    def violations(page: Any) -> list[str]:
        page.wait_for_load_state("load")  # a click returns when the next page has begun, not when it stands
        # A bar that floats over the page covers another target at each scroll; a person scrolls on.
        still = page.add_style_tag(
            content=".appbar,.tabbar,.bottom,.actionbar,.bulk,.toolbar{position:static!important}")
        found = engine.run(page, options=AXE).response["violations"]
        still.evaluate("style => style.remove()")
        return [f"{rule['id']}: {rule['help']} → {_targets(rule['nodes'])}" for rule in found]

    return violations


def _targets(nodes: Sequence[dict[str, Any]]) -> str:
    return "; ".join(" ".join(str(part) for part in node["target"]) for node in nodes[:4])


@pytest.fixture(scope="session")
def sign_in_as() -> Callable[..., None]:
    """`sign_in_as(page, "林女士")`: by the one tap that the demo offers on its sign-in page."""
    return tap_in


def tap_in(page: Any, title: str, *, then: str = "/") -> None:
    """Sign in as the demo person with that title and go to `then`."""
    page.goto("/sign-in/")
    page.get_by_role("button", name=title).first.click()
    page.wait_for_url(lambda url: "/sign-in/" not in url)
    page.goto(then)
