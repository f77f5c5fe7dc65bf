"""In a real browser: every kind of page by axe, on a phone, at the desk, in large type, in English."""

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
    ("/activities/", ""), ("/activities/", r"/activities/\d+/$"), ("/activities/?kind=festival", r"/activities/\d+/$"),
    ("/activities/mine/", ""), ("/activities/clubs/", ""), ("/activities/clubs/", r"/activities/clubs/\d+/$"),
    ("/activities/works/", ""), ("/activities/works/", r"/activities/works/\d+/$"),
    ("/activities/?past=1", r"/activities/\d+/$"),
]
DESKS = [
    ("/activities/desk/", ""), ("/activities/desk/", r"/activities/desk/\d+/$"), ("/activities/desk/new/", ""),
    ("/activities/desk/permits/", ""), ("/activities/desk/permits/", r"/activities/desk/\d+/permit/$"),
    ("/activities/desk/works/", ""), ("/activities/desk/works/", r"/activities/desk/works/\d+/$"),
    ("/activities/desk/clubs/", ""),
]


def walk(page: Any, axe: Axe, pages: list[tuple[str, str]]) -> list[str]:
    """What is wrong with those pages: axe's sentences, and pages that scroll sideways."""
    found = []
    for start, follow in pages:
        page.goto(start)
        if follow:
            address = follow_to(page, follow)
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


def follow_to(page: Any, pattern: str) -> str | None:
    links = page.eval_on_selector_all("main a[href]", "all => all.map(one => one.getAttribute('href'))")
    return next((link for link in links if re.search(pattern, link)), None)


@pytest.mark.parametrize(("size", "locale"), [(PHONE, "zh-CN"), (NARROW, "en")], ids=["phone", "320-en"])
def test_residents_pages(open_page: Callable[..., Any], axe: Axe, size: dict[str, int], locale: str) -> None:
    page = open_page(size, locale=locale)
    tap_in(page, "林女士")
    assert walk(page, axe, RESIDENT) == []


def test_desk_pages(open_page: Callable[..., Any], axe: Axe) -> None:
    page = open_page(DESK)
    tap_in(page, "周敏")
    assert walk(page, axe, DESKS) == []


def test_large_type(open_page: Callable[..., Any], axe: Axe) -> None:
    page = open_page(PHONE)
    tap_in(page, "王阿姨")
    assert walk(page, axe, RESIDENT[:6]) == []


def test_the_family_of_three_takes_its_places(open_page: Callable[..., Any]) -> None:
    """林女士's three places are kept for her; she says yes with the keyboard alone, and sees all three."""
    page = open_page(PHONE)
    tap_in(page, "林女士", then="/activities/?q=剪纸")
    address = follow_to(page, r"/activities/\d+/$")
    assert address is not None
    page.goto(address)
    assert "留了 3 个名额" in page.locator("main").inner_text()
    yes = page.locator("button[name=answer][value=yes]")
    yes.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/bookings/\d+/"))
    page.goto(address)
    assert "报上了，3 个人" in page.locator("main").inner_text()
