"""In a real browser: every kind of page by axe, on a phone, in large type, in English; a stock-take without a line."""

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
    ("/children/", ""), ("/children/places/", ""), ("/children/places/", r"/children/places/\d+/$"),
    ("/children/ways/", r"/children/ways/\d+/$"), ("/children/library/", ""),
    ("/children/library/", r"/children/library/\d+/$"), ("/children/library/mine/", ""),
    ("/children/outings/", r"/children/outings/\d+/$"), ("/children/care/", ""),
    ("/children/care/", r"/children/care/child/\d+/$"), ("/children/care/", r"/children/care/group/\d+/$"),
    ("/children/care/child/new/", ""),
]
DESKS = [
    ("/children/desk/", ""), ("/children/desk/", r"/children/desk/places/\d+/$"),
    ("/children/desk/", r"/children/care/today/\d+/$"), ("/children/desk/ways/", r"/children/desk/ways/\d+/$"),
    ("/children/desk/library/", ""), ("/children/desk/library/books/", ""), ("/children/desk/library/import/", ""),
    ("/children/desk/library/labels/", ""), ("/children/desk/library/stock/", ""), ("/children/desk/families/", ""),
    ("/children/desk/vetting/", ""), ("/children/desk/care/", r"/children/desk/care/group/\d+/$"),
    ("/children/desk/care/", r"/children/desk/care/site/\d+/$"),
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


def until(came: Callable[[], bool], page: Any, *, seconds: int = 60) -> None:
    """Wait for what only a promise can tell: `wait_for_function` takes the promise itself for a yes."""
    for _ in range(seconds * 10):
        if came():
            return
        page.wait_for_timeout(100)
    raise AssertionError("it did not come")


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
    assert walk(page, axe, RESIDENT[:8]) == []


def test_a_stock_take_without_a_line(open_page: Callable[..., Any]) -> None:
    page = open_page(DESK)
    tap_in(page, "周敏", then="/children/desk/library/stock/")
    page.get_by_label("书架").select_option(index=1)
    page.get_by_role("button", name="开始").click()
    page.wait_for_selector("#stock:not([hidden])")
    address = page.url
    until(lambda: page.evaluate(
        "async scope => { const found = await navigator.serviceWorker.getRegistration(scope);"
        " return Boolean(found && found.active && found.active.state === 'activated'"
        " && found.scope.endsWith(scope) && await caches.match(location.pathname)); }",
        "/children/desk/library/stock/"), page)
    page.context.set_offline(True)
    page.reload()
    for code in ("TS0001A", "TS0001A", "TS0002A"):
        page.get_by_label("书上的条码").fill(code)
        page.keyboard.press("Enter")
    assert "没传的 2 本" in page.locator("#stock-state").inner_text()
    assert page.locator("#stock-list li").count() == 2
    page.context.set_offline(False)
    page.goto(address)
    page.wait_for_function("document.getElementById('stock-state').textContent.includes('都传好了')")
    assert page.evaluate("JSON.parse(localStorage.getItem(Object.keys(localStorage).find("
                         "one => one.startsWith('linli.stock')))).waiting.length") == 0
    page.goto(address)
    assert page.locator("#stock-seen").inner_text().isdigit()


def test_by_keyboard_alone(open_page: Callable[..., Any]) -> None:
    """Report a hazard with Tab, Space and Enter, and no mouse."""
    page = open_page(PHONE)
    tap_in(page, "林女士", then="/children/places/")
    page.locator("main a[href^='/children/places/']").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/children/places/\d+/"))
    page.locator("a[href$='/hazard/']").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/hazard/"))
    page.locator("input[name=category]").first.focus()
    page.keyboard.press("Space")
    page.locator("textarea[name=text]").focus()
    page.keyboard.type("秋千的链子松了")
    page.keyboard.press("Tab")
    page.get_by_role("button", name="提交").focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/receipt/"))
