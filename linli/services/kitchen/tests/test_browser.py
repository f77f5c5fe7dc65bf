"""In a real browser: every kind of page by axe on a phone, in English, in large type; and a door without a line."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.browser import DESK, PHONE, tap_in

pytestmark = pytest.mark.browser
NARROW = {"width": 320, "height": 640}
Axe = Callable[[Any], list[str]]
# where to start, and the address of the link to follow from there ("" stays)
RESIDENT = [
    ("/kitchen/", ""), ("/kitchen/", r"/kitchen/menus/\d+/$"), ("/kitchen/mine/", ""), ("/kitchen/me/", ""),
    ("/kitchen/standing/", ""), ("/kitchen/give/", ""), ("/kitchen/give/new/", ""),
    ("/kitchen/give/", r"/kitchen/give/\d+/$"), ("/kitchen/shifts/", ""), ("/kitchen/", r"/kitchen/rounds/\d+/$"),
]
STAFF = [
    ("/kitchen/desk/", ""), ("/kitchen/desk/", r"/desk/menus/\d+/$"), ("/kitchen/desk/", r"/desk/alerts/\d+/$"),
    ("/kitchen/desk/", r"/desk/gifts/\d+/$"), ("/kitchen/desk/menus/", ""), ("/kitchen/desk/menus/new/", ""),
    ("/kitchen/desk/stock/", ""), ("/kitchen/desk/stock/", r"/desk/stock/\d+/$"), ("/kitchen/desk/stock/count/", ""),
    ("/kitchen/desk/recipes/new/", ""), ("/kitchen/desk/gifts/new/", ""), ("/kitchen/desk/shifts/", ""),
    ("/kitchen/desk/alerts/", ""), ("/kitchen/desk/recalls/", r"/desk/recalls/\d+/$"),
    ("/kitchen/desk/certificates/", ""),
]


def walk(page: Any, axe: Axe, pages: list[tuple[str, str]]) -> list[str]:
    """What is wrong with those pages: axe's sentences, and pages that scroll sideways."""
    found = []
    for start, follow in pages:
        page.goto(start)
        if follow:
            address = next((link for link in page.eval_on_selector_all(
                "main a[href]", "all => all.map(one => one.getAttribute('href'))") if re.search(follow, link)), None)
            if address is None:
                found.append(f"{start}: no link like {follow}")
                continue
            answer = page.goto(address)
            if answer.status != 200:
                found.append(f"{address}: {answer.status}")
        found += [f"{start} {follow}: {fault}" for fault in axe(page)]
        if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
            found.append(f"{start} {follow}: scrolls sideways")
    return found


@pytest.mark.parametrize(("size", "locale"), [(PHONE, "zh-CN"), (NARROW, "en")], ids=["phone", "320-en"])
def test_residents_pages(open_page: Callable[..., Any], axe: Axe, size: dict[str, int], locale: str) -> None:
    page = open_page(size, locale=locale)
    tap_in(page, "林女士")
    assert walk(page, axe, RESIDENT) == []


def test_desk_pages(open_page: Callable[..., Any], axe: Axe) -> None:
    page = open_page(DESK)
    tap_in(page, "周敏")
    assert walk(page, axe, STAFF) == []


def test_large_type(open_page: Callable[..., Any], axe: Axe) -> None:
    page = open_page(PHONE)
    tap_in(page, "王阿姨")
    assert walk(page, axe, RESIDENT[:7]) == []


def test_a_door_without_a_line(open_page: Callable[..., Any]) -> None:
    """The carrier taps 送到了 where there is no signal: it is kept, sent when there is one, and counted once."""
    page = open_page(PHONE)
    tap_in(page, "林女士", then="/kitchen/")
    page.locator("main a[href*='/kitchen/rounds/']").first.click()
    page.wait_for_url(re.compile("/kitchen/rounds/"))  # to its end: the script that keeps what is tapped has come
    before = page.locator("h1 + .chip").inner_text()
    page.context.set_offline(True)
    page.get_by_role("button", name="送到了").click()
    page.get_by_text("没信号").or_(page.locator(".notice[data-tone=warn]")).first.wait_for()
    page.context.set_offline(False)
    page.evaluate("dispatchEvent(new Event('online'))")
    page.wait_for_timeout(1_500)
    page.reload()
    assert page.locator("h1 + .chip").inner_text() != before
