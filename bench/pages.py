"""What a page weighs and how fast it stands, of a real server to a real browser: cold cache, a phone's size."""

from __future__ import annotations

import argparse
import os
import re
import statistics
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any, NamedTuple

from bench.running import Bench, NoData, percentile

NAME = "pages"
HELP = "Weight, script, requests, server time and largest paint of each main page."
# What a visitor on a 4G phone at the edge of a cell has; Lighthouse's "slow 4G".
SLOW = {"offline": False, "latency": 150, "downloadThroughput": 1_600_000 / 8, "uploadThroughput": 750_000 / 8}
GOALS = {"kb_over_wire": 120, "kb_script": 30, "server_ms_p95": 60, "lcp_ms": 1_500}
PAINT = """new Promise(done => { new PerformanceObserver(list => done(list.getEntries().at(-1).startTime))
    .observe({type: 'largest-contentful-paint', buffered: true}); setTimeout(() => done(-1), 3000) })"""


class Page(NamedTuple):
    """Whose page; where it is, or where the link to it stands and how its address looks."""

    name: str
    person: str
    address: str
    follow: str = ""


PAGES = (
    Page("sign_in", "", "/sign-in/"),
    Page("home", "林女士", "/"),
    Page("elder_home", "王阿姨", "/"),
    Page("report", "林女士", "/repairs/report/"),
    Page("report_quick", "林女士", "/repairs/quick/"),
    Page("case", "林女士", "/cases/mine/", r'href="(/cases/[A-Z][^/"]*/)"'),
    Page("mine", "林女士", "/cases/mine/"),
    Page("near", "林女士", "/cases/"),
    Page("bulletin", "林女士", "/bulletin/"),
    Page("notices", "林女士", "/me/notices/"),
    Page("services", "林女士", "/services/"),
    Page("me", "林女士", "/me/"),
    Page("desk_home", "何静", "/desk/"),
    Page("desk_worklist", "何静", "/desk/cases/?queue=open"),
    Page("desk_case", "何静", "/desk/cases/?queue=open", r'href="(/desk/cases/[A-Z][^/"]*/[^"]*)"'),
    Page("desk_shift", "何静", "/desk/cases/shift/"),
    Page("desk_map", "何静", "/desk/cases/map/"),
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--only", default="", help="pages, separated by commas")
    parser.add_argument("--full-demo", action="store_true", help="the whole demo community, not the small one")


def run(args: argparse.Namespace, bench: Bench) -> None:
    if find_spec("playwright") is None:
        raise NoData("The browser's driver is not installed: make setup-dev")
    wanted = [page for page in PAGES if not args.only or page.name in args.only.split(",")]
    requests, loads = (15, 1) if bench.quick else (100, 5)
    with _served(bench, small=not args.full_demo) as url, _browser() as browser:
        cookies = {person: _cookie(url, person) for person in {page.person for page in wanted}}
        worst: dict[str, float] = {}
        for page in wanted:
            found = _measure(browser, url, page, cookies[page.person], requests, loads)
            for name, value in found.items():
                bench.figure(f"{page.name}_{name}", value)
                if isinstance(value, float | int):
                    worst[name] = max(worst.get(name, 0), value)
            bench.say(f"{page.name}: " + ", ".join(f"{name} {value:.4g}" for name, value in found.items()))
    for name, goal in GOALS.items():
        bench.figure(f"worst_{name}", worst[name])
        over = [page.name for page in wanted if float(bench.figures[f"{page.name}_{name}"] or 0) > goal]
        bench.note(f"{name} ≤ {goal}: " + ("every page" if not over else "not " + ", ".join(over)))
    bench.note(
        f"{'small ' if not args.full_demo else ''}demo; one web process, gzip; cold cache, 390×844 (desk 1280×800); "
        f"server_ms_p95 of {requests} requests from outside, the way there and back included; lcp_ms is the median of "
        f"{loads} loads without throttling, lcp_slow_ms of as many at 1.6 Mbit/s and 150 ms")


def _measure(browser: Any, url: str, page: Page, cookie: str, requests: int, loads: int) -> dict[str, float]:
    address = page.address
    if page.follow:
        found = re.search(page.follow, _get(url + address, cookie)[0])
        if found is None:
            raise RuntimeError(f"{page.address} shows no link {page.follow}")
        address = found[1].replace("&amp;", "&")
    times = []
    for turn in range(requests + 3):
        began = time.perf_counter()
        _text, html_bytes = _get(url + address, cookie)
        if turn >= 3:
            times.append((time.perf_counter() - began) * 1000)
    weights = _load(browser, url, page, address, cookie)
    paints = [_load(browser, url, page, address, cookie)["lcp_ms"] for _ in range(loads - 1)] + [weights["lcp_ms"]]
    slow = [_load(browser, url, page, address, cookie, slow=True)["lcp_ms"] for _ in range(loads)]
    return {
        "kb_over_wire": weights["bytes"] / 1024, "kb_script": weights["script"] / 1024, "kb_html": html_bytes / 1024,
        "requests": weights["requests"], "server_ms_p95": percentile(times, 0.95),
        "lcp_ms": statistics.median(paints), "lcp_slow_ms": statistics.median(slow)}


def _load(browser: Any, url: str, page: Page, address: str, cookie: str, *, slow: bool = False) -> dict[str, float]:
    """One load with an empty cache: bytes over the wire, of them script, requests, and the largest paint."""
    size = {"width": 1280, "height": 800} if page.name.startswith("desk") else {"width": 390, "height": 844}
    context = browser.new_context(viewport=size, locale="zh-CN", timezone_id="Asia/Shanghai")
    try:
        if cookie:
            context.add_cookies([{"name": "sessionid", "value": cookie, "url": url}])
        tab = context.new_page()
        wire = context.new_cdp_session(tab)
        wire.send("Network.enable")
        if slow:
            wire.send("Network.emulateNetworkConditions", SLOW)
        sorts: dict[str, str] = {}
        sizes: dict[str, float] = {}
        wire.on("Network.responseReceived", lambda event: sorts.update({event["requestId"]: event["type"]}))
        wire.on("Network.loadingFinished", lambda event: sizes.update({event["requestId"]: event["encodedDataLength"]}))
        answer = tab.goto(url + address, wait_until="load")
        if answer is None or answer.status != 200:
            raise RuntimeError(f"{address} answered {answer and answer.status}")
        paint = tab.evaluate(PAINT)
        return {"bytes": sum(sizes.values()), "requests": float(len(sizes)), "lcp_ms": float(paint),
                "script": sum(sizes[key] for key in sizes if sorts.get(key) == "Script")}
    finally:
        context.close()


def _get(address: str, cookie: str) -> tuple[str, int]:
    """The page, unpacked, and its bytes over the wire."""
    import gzip

    headers = {"Accept-Encoding": "gzip", "Accept-Language": "zh-CN"}
    if cookie:
        headers["Cookie"] = f"sessionid={cookie}"
    with urllib.request.urlopen(urllib.request.Request(address, headers=headers), timeout=30) as answer:
        body: bytes = answer.read()
        packed = answer.headers.get("Content-Encoding") == "gzip"
    return (gzip.decompress(body) if packed else body).decode(), len(body)


def _cookie(url: str, person: str) -> str:
    """The session of a demo person, by the one tap of the sign-in page."""
    if not person:
        return ""
    from http.cookiejar import CookieJar
    from urllib.parse import urlencode

    jar = CookieJar()
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    page = opener.open(f"{url}/sign-in/", timeout=30).read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    button = re.search(rf'name="person" value="(\d+)"(?:(?!name="person").)*?{person}', page, re.DOTALL)
    if token is None or button is None:
        raise RuntimeError(f"the sign-in page offers no {person}")
    opener.open(f"{url}/sign-in/demo/", urlencode({
        "csrfmiddlewaretoken": token[1], "person": button[1]}).encode(), timeout=30).read()
    return next(str(cookie.value) for cookie in jar if cookie.name == "sessionid")


@contextmanager
def _served(bench: Bench, *, small: bool) -> Iterator[str]:
    """A furnished demo and the web server on it, in the bench's own folder."""
    from tests.browser import HERE, environment_for, free_port, wait_until_up

    data, port = Path(os.environ["LINLI_DATA"]), free_port()
    environment = environment_for(data, port)
    bench.say("furnishing the demo …")
    seed = [sys.executable, "-m", "linli", "demo", "seed", *(["--small"] if small else [])]
    done = subprocess.run(seed, env=environment, cwd=HERE, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"the demo was not furnished:\n{done.stderr[-3000:]}")
    with (data / "web.log").open("wb") as log:
        server = subprocess.Popen([sys.executable, "-m", "linli", "web"], env=environment, cwd=HERE, stdout=log,
                                  stderr=log, start_new_session=True)
        try:
            wait_until_up(f"http://127.0.0.1:{port}/sign-in/", server, seconds=60)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.terminate()
            try:
                server.wait(8)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


@contextmanager
def _browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    from tests import chromium

    found = chromium.find()
    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(
            executable_path=found.path, args=[*chromium.ARGUMENTS, *found.arguments],
            env={**os.environ, **found.environment, **chromium.fonts()})
        yield opened
        opened.close()
