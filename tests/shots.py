"""`make shots`: every page of the demo, in every size, look and language, into build/shots/ with an index page.

Pages are the addresses without parameters that answer a GET with a page, and the examples of `shots_pages.py`.
"""

from __future__ import annotations

import html
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests import chromium
from tests.browser import DESK, HERE, PHONE, Live, environment_for, free_port, tap_in, wait_until_up
from tests.shots_pages import EXAMPLES, EYES, LEFT_OUT

TARGET = HERE / "build" / "shots"


class Look(NamedTuple):
    name: str
    size: dict[str, int]
    elder: bool = False


LOOKS = (Look("phone", PHONE), Look("desk", DESK), Look("elder", PHONE, elder=True))
LANGUAGES = (("zh", "zh-CN", "zh-hans"), ("en", "en-GB", "en"))


class Shot(NamedTuple):
    name: str
    person: str
    page: str
    follow: str
    onward: str = ""


def pages() -> Iterator[Shot]:
    """Every address without parameters, with whose eyes it is seen; then the examples."""
    import django

    os.environ["DJANGO_SETTINGS_MODULE"] = "linli.settings"
    os.environ["LINLI_DATA"] = tempfile.mkdtemp(prefix="linli-shots-")
    django.setup()
    from django.urls import reverse

    from tests.walking import addresses

    for address in addresses():
        if address.parameters:
            continue
        url = reverse(address.name)
        if not any(part in url for part in LEFT_OUT):
            person = next(title for start, title in EYES if url.startswith(start))
            yield Shot(address.name.replace(":", "-"), person, url, "")
    yield Shot("visitor", "", "/", "")
    for example in EXAMPLES:
        yield Shot(*example)


def main() -> int:
    wanted = list(pages())
    if len(sys.argv) > 1:
        wanted = [shot for shot in wanted if re.search(sys.argv[1], shot.name)]
    shutil.rmtree(TARGET, ignore_errors=True)
    TARGET.mkdir(parents=True)
    data, port = Path(tempfile.mkdtemp(prefix="linli-live-")), free_port()
    server = Live(f"http://127.0.0.1:{port}", data, environment_for(data, port))
    small = [] if os.environ.get("LINLI_SHOTS") == "full" else ["--small"]
    server.linli("demo", "seed", *small, timeout_s=900)
    web = subprocess.Popen(
        [sys.executable, "-m", "linli", "web"], env=server.environment, cwd=HERE, stdout=subprocess.DEVNULL,
        start_new_session=True)
    try:
        wait_until_up(server.url, web)
        taken = _take_all(server, wanted)
    finally:
        web.terminate()
        web.wait(10)
        shutil.rmtree(data, ignore_errors=True)
    (TARGET / "index.html").write_text(_index(wanted, taken), encoding="utf-8")
    print(f"{len(taken)} pictures in {TARGET.relative_to(HERE)}/, see index.html")
    return 0


def _take_all(server: Live, wanted: list[Shot]) -> dict[tuple[str, str, str], str]:
    from playwright.sync_api import sync_playwright

    found, taken = chromium.find(), {}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=found.path, args=[*chromium.ARGUMENTS, *found.arguments],
            env={**os.environ, **found.environment, **chromium.fonts()})
        for look in LOOKS:
            for short, locale, code in LANGUAGES:
                for person in sorted({shot.person for shot in wanted}):
                    context = browser.new_context(
                        base_url=server.url, viewport=look.size, locale=locale, timezone_id="Asia/Shanghai")
                    context.set_default_timeout(8_000)
                    page = context.new_page()
                    if person:
                        tap_in(page, person)
                    _dress(page, look, code)
                    for shot in (shot for shot in wanted if shot.person == person):
                        file = f"{shot.name}-{look.name}-{short}.png"
                        if _take(page, shot, TARGET / file):
                            taken[shot.name, look.name, short] = file
                    context.close()
                print(f"  {look.name} {short}: {len(taken)}", flush=True)
        browser.close()
    return taken


def _dress(page: Any, look: Look, language: str) -> None:
    """Language and mode as a person chooses them: on the look page, so that the choice is kept in the account."""
    page.goto("/look/")
    form = page.locator("form:has([name=language])").first
    for name, value in (("language", language), ("mode", "elder" if look.elder else "")):
        choice = form.locator(f"[name={name}][value='{value}']")
        if choice.count():
            choice.first.check(force=True)
    with page.expect_navigation():
        form.evaluate("form => form.requestSubmit()")


def _take(page: Any, shot: Shot, file: Path) -> bool:
    """False where the address is no page for this person (a file, a redirect elsewhere, a method of its own)."""
    # Asked without the browser first: what is no page (405, a file) would upset its next navigations.
    asked = page.request.get(shot.page, max_redirects=0)
    if asked.status != 200 or "text/html" not in asked.headers.get("content-type", ""):
        return False
    page.goto(shot.page)
    if shot.follow:
        links = page.eval_on_selector_all("body a[href]", "all => all.map(link => new URL(link.href).pathname)")
        target = next((link for link in links if re.search(shot.follow, link)), "")
        if not target:
            print(f"  {shot.name}: nothing to follow on {shot.page}", file=sys.stderr)
            return False
        page.goto(target + shot.onward)
    page.screenshot(path=file, full_page=True)
    return True


def _index(wanted: list[Shot], taken: dict[tuple[str, str, str], str]) -> str:
    columns = [(look.name, short) for look in LOOKS for short, _locale, _code in LANGUAGES]
    rows = []
    for shot in wanted:
        cells = "".join(
            f'<td><a href="{file}"><img loading="lazy" src="{file}" alt=""></a></td>'
            if (file := taken.get((shot.name, *column))) else "<td></td>" for column in columns)
        who = html.escape(shot.person or "–")
        name = f"{html.escape(shot.name)}<br><small>{html.escape(shot.page)} {who}</small>"
        rows.append(f"<tr><th>{name}</th>{cells}</tr>")
    head = "".join(f"<th>{look} {language}</th>" for look, language in columns)
    return (
        '<!doctype html><meta charset="utf-8"><title>Linli: shots</title>'
        "<style>body{font:14px sans-serif}img{width:180px;border:1px solid #ccc}"
        "td,th{vertical-align:top;text-align:left}"
        "thead th{position:sticky;top:0;background:#fff}</style>"
        f"<table><thead><tr><th></th>{head}</tr></thead>{''.join(rows)}</table>\n")


if __name__ == "__main__":
    sys.exit(main())
