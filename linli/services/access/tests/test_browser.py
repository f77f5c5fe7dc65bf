"""In a real browser: a wheelchair user finds a way by keyboard, an elder reads it large, and axe finds nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser import DESK, PHONE

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Any]
SignIn = Callable[..., None]
RESIDENT_PAGES = (
    "/access/",
    "/access/facilities/?need=manual",
    "/access/outages/",
    "/access/outages/new/",
    "/access/works/",
    "/access/works/new/",
    "/access/guides/",
    "/access/guides/new/",
    "/access/guides/offer/",
    "/access/interpreters/",
    "/access/interpreters/new/",
)
DESK_PAGES = (
    "/access/desk/",
    "/access/desk/outages/",
    "/access/desk/paths/?only=all",
    "/access/desk/works/",
    "/access/desk/guides/",
    "/access/desk/interpreters/",
)


def find_a_way(page: Any) -> None:
    page.goto("/access/way/")
    page.get_by_label("手动轮椅").check()
    page.get_by_label("从哪里").select_option(label="梧桐苑南门")
    page.get_by_label("到哪里").select_option(label="公共厕所")
    page.get_by_role("button", name="找路").press("Enter")
    page.get_by_role("heading", name="从梧桐苑南门到").wait_for()


def test_a_way_is_found_by_keyboard_and_read_by_axe(open_page: OpenPage, sign_in_as: SignIn, axe: Any) -> None:
    page = open_page(PHONE)
    sign_in_as(page, "林女士")
    find_a_way(page)
    assert page.locator("#way-words ol li").count() >= 2
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert axe(page) == []
    page.get_by_role("link", name="打印大字版").click()
    assert axe(page) == []
    assert "米" in page.locator("main").inner_text()


@pytest.mark.parametrize("width", [320, 390])
def test_the_residents_pages(open_page: OpenPage, sign_in_as: SignIn, axe: Any, width: int) -> None:
    page = open_page({"width": width, "height": 844})
    sign_in_as(page, "林女士")
    for address in RESIDENT_PAGES:
        page.goto(address)
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
        if width == 390:
            assert axe(page) == [], address


def test_the_desk(open_page: OpenPage, sign_in_as: SignIn, axe: Any) -> None:
    page = open_page(DESK)
    sign_in_as(page, "周敏")
    for address in DESK_PAGES:
        page.goto(address)
        assert axe(page) == [], address


def test_an_elder_reads_it_large(open_page: OpenPage, sign_in_as: SignIn, axe: Any) -> None:
    page = open_page(PHONE)
    sign_in_as(page, "王阿姨")
    find_a_way(page)
    assert axe(page) == []
    sizes = page.eval_on_selector_all(
        "#way-words li, #way-words dd, #way-words p",
        """
        all => all.filter(one => one.innerText.trim()).map(one => parseFloat(getComputedStyle(one).fontSize))""",
    )
    assert min(sizes) >= 18


def test_without_script_and_in_english(open_page: OpenPage, sign_in_as: SignIn) -> None:
    page = open_page(PHONE, javascript=False)
    sign_in_as(page, "林女士")
    find_a_way(page)
    english = open_page(PHONE, locale="en")
    sign_in_as(english, "林女士")
    english.goto(page.url)
    assert "Turn" in english.locator("#way-words").inner_text() or "along" in english.locator("#way-words").inner_text()
