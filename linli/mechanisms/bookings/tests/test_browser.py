"""In a real browser: the door without a line, the desk's pages, axe on each."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.browser import DESK, PHONE, tap_in

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Any]


def until(came: Callable[[], bool], page: Any, *, seconds: int = 60) -> None:
    for _ in range(seconds * 10):
        if came():
            return
        page.wait_for_timeout(100)
    raise AssertionError("it did not come")


def roster_of_an_outing(page: Any) -> str:
    """The address of a roster somebody is on, by way of the activities' own pages."""
    page.goto("/children/outings/")
    outings = page.eval_on_selector_all(
        "main a[href]", "all => all.map(one => one.getAttribute('href')).filter(one => /outings\\/\\d+\\/$/.test(one))")
    for outing in outings:
        page.goto(outing)
        link = page.locator("main a[href*='/bookings/sessions/']").first
        if link.count() == 0:
            continue
        address = str(link.get_attribute("href"))
        page.goto(address)
        if page.get_by_role("button", name="签到").count() > 1:
            return address
    raise AssertionError("no outing of the demo has a family")


def test_the_door_without_a_line(open_page: OpenPage, axe: Any) -> None:
    page = open_page(PHONE)
    tap_in(page, "周敏")
    roster = roster_of_an_outing(page)
    ticket = page.locator("main .cells .num.muted").first.inner_text().strip()
    door = re.sub(r"/sessions/(\d+)/", r"/door/\1/", roster)
    page.goto(door)
    page.wait_for_selector("#door-list button")
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    until(lambda: page.evaluate(
        "async scope => { const found = await navigator.serviceWorker.getRegistration(scope);"
        " return Boolean(found && found.active && found.active.state === 'activated'"
        " && found.scope.endsWith(scope) && await caches.match(location.pathname)); }", "/bookings/door/"), page)
    page.context.set_offline(True)
    page.reload()
    page.wait_for_selector("#door-list button")
    page.get_by_label("票号").fill(ticket.lower())
    page.keyboard.press("Enter")
    until(lambda: "签到了" in page.locator("#door-told").inner_text(), page)
    page.get_by_label("票号").fill(ticket)
    page.keyboard.press("Enter")
    until(lambda: "已经用过" in page.locator("#door-told").inner_text(), page)
    assert "1 个签到还没传" in page.locator("#door-state").inner_text()
    page.reload()
    until(lambda: "1 个签到还没传" in page.locator("#door-state").inner_text(), page)
    page.context.set_offline(False)
    page.reload()
    until(lambda: "都传好了" in page.locator("#door-state").inner_text(), page)
    page.goto(roster)
    assert page.locator("main .cells .chip", has_text="已到场").count() >= 1


@pytest.mark.parametrize(("size", "locale"), [(DESK, "zh-CN"), (PHONE, "en")], ids=["desk", "phone-en"])
def test_the_desks_pages(open_page: OpenPage, axe: Any, size: dict[str, int], locale: str) -> None:
    page = open_page(size, locale=locale)
    tap_in(page, "周敏")
    for address in ("/bookings/door/", "/bookings/holidays/", "/bookings/resources/"):
        page.goto(address)
        assert axe(page) == [], address
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), address
