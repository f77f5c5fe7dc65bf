"""In a real browser: an elder practises by keyboard in large type without script; the frame is there, also on paper."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.browser import DESK, PHONE, tap_in

pytestmark = pytest.mark.browser
Axe = Callable[[Any], list[str]]
RESIDENT = [
    ("/learning/", ""), ("/learning/modules/", ""), ("/learning/modules/safety/", ""),
    ("/learning/modules/safety/pause/?easy=1", ""), ("/learning/modules/safety/say/", ""), ("/learning/mine/", ""),
    ("/learning/practice/", ""), ("/learning/practice/fraud/", ""), ("/learning/practice/pay/", ""),
    ("/learning/courses/", r"/learning/courses/\d+/$"), ("/learning/courses/offer/", ""), ("/learning/one-to-one/", ""),
    ("/learning/one-to-one/ask/", ""), ("/learning/one-to-one/offer/", ""),
    ("/learning/one-to-one/", r"/learning/one-to-one/lessons/\d+/$"), ("/learning/devices/", ""),
    ("/learning/drills/", r"/learning/drills/\d+/$"),
]
DESKS = [
    ("/learning/desk/", r"/learning/desk/courses/\d+/$"), ("/learning/desk/", ""), ("/learning/desk/plan/", ""),
    ("/learning/desk/pairs/", ""), ("/learning/desk/devices/", r"/learning/desk/devices/\d+/$"),
    ("/learning/desk/drills/", ""), ("/learning/desk/certificates/", ""), ("/learning/desk/report/", ""),
]


def walk(page: Any, axe: Axe, pages: list[tuple[str, str]]) -> list[str]:
    """What is wrong with those pages: axe's sentences, and pages that scroll sideways."""
    found = []
    for start, follow in pages:
        page.goto(start)
        if follow:
            links = page.eval_on_selector_all("main a[href]", "all => all.map(one => one.getAttribute('href'))")
            address = next((link for link in links if re.search(follow, link)), None)
            if address is None:
                found.append(f"{start}: no link like {follow}")
                continue
            page.goto(address)
        found += [f"{start} {follow}: {fault}" for fault in axe(page)]
        if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
            found.append(f"{start} {follow}: scrolls sideways")
    return found


@pytest.mark.parametrize(("size", "locale"), [(PHONE, "zh-CN"), ({"width": 320, "height": 640}, "en")],
                         ids=["phone", "320-en"])
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
    assert walk(page, axe, RESIDENT[:9]) == []
    page.goto("/learning/practice/scan/")
    sizes = page.eval_on_selector_all("#main p, #main button, #main h2", """
        all => all.filter(one => one.innerText.trim()).map(one => parseFloat(getComputedStyle(one).fontSize))""")
    assert min(sizes) >= 18
    heights = page.eval_on_selector_all("#main button, .practice-band a, .practice-band button:not([hidden])", """
        all => all.map(one => one.getBoundingClientRect().height)""")
    assert min(heights) >= 60


def test_practised_by_keyboard_without_script(open_page: Callable[..., Any]) -> None:
    """Spot the fraud with Tab and Enter alone, one mistake on the way; no sign-in, no script."""
    page = open_page(PHONE, javascript=False)
    page.goto("/learning/practice/")
    page.get_by_role("link", name="看出骗子").press("Enter")
    page.get_by_role("button", name="照他说的转钱").press("Enter")
    assert "没有「安全账户」" in page.get_by_role("alert").inner_text()
    way = ("挂掉，打 96110 问", "挂掉，打孩子自己的号码", "这条不像骗子", "不点，从买东西的地方问", "停一停，挂掉")
    for name in way:
        page.get_by_role("button", name=name).press("Enter")
    page.get_by_role("heading", name="学会了").wait_for()
    assert "停一停，挂掉，打回去，问家人" in page.locator("#main").inner_text()


def test_the_frame_is_on_the_screen_and_on_paper(open_page: Callable[..., Any]) -> None:
    page = open_page(PHONE)
    for address in ("/learning/practice/", "/learning/practice/pay/"):
        for media in ("screen", "print"):
            page.emulate_media(media=media)
            page.goto(address)
            border = page.locator(".practice").evaluate(
                "box => { const s = getComputedStyle(box); return [s.borderTopColor, parseFloat(s.borderTopWidth)] }")
            assert border[0] == "rgb(255, 212, 0)"
            assert border[1] >= 10
            assert page.get_by_text("练习", exact=True).count() == 2
            assert page.get_by_text("练习", exact=True).first.is_visible()
    page.emulate_media(media="screen", color_scheme="dark")
    page.goto("/learning/practice/pay/")
    assert page.locator(".practice-band").first.evaluate("one => getComputedStyle(one).color") == "rgb(29, 37, 34)"
