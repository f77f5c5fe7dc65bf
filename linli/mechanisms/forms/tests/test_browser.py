"""In a real browser: a resident fills in, hands in; the desk's pages; axe on each."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.browser import DESK, PHONE, tap_in

pytestmark = pytest.mark.browser
OpenPage = Callable[..., Any]


def sound(page: Any, axe: Any) -> None:
    assert axe(page) == [], page.url
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), page.url


def test_a_resident_fills_in_and_hands_in(open_page: OpenPage, axe: Any) -> None:
    page = open_page(PHONE)
    tap_in(page, "林女士")
    page.goto("/forms/")
    sound(page, axe)
    page.locator("main a", has_text="加装充电桩").first.click()
    sound(page, axe)
    page.get_by_role("button", name="开始填").click()
    sound(page, axe)
    page.get_by_role("button", name="存好，下一页").click()
    sound(page, axe)
    assert page.locator(".error-summary a").count() == 2
    page.locator(".error-summary a").first.click()
    page.get_by_label("反对").check()
    page.get_by_label("在别处充").check()
    page.get_by_role("button", name="存好，下一页").click()
    page.get_by_label("消防安全").check()
    sound(page, axe)
    page.get_by_role("button", name="存好，下一页").click()
    page.get_by_label("想说的话").fill("离窗户远一点")
    page.get_by_role("button", name="存好，下一页").click()
    sound(page, axe)
    page.get_by_label("写上您的名字").fill("林小满")
    page.get_by_label("我看过了").check()
    page.get_by_role("button", name="交上去").click()
    assert page.get_by_text("您交了").count() == 1
    sound(page, axe)


@pytest.mark.parametrize(("size", "locale"), [(DESK, "zh-CN"), (PHONE, "en")], ids=["desk", "phone-en"])
def test_the_desks_pages(open_page: OpenPage, axe: Any, size: dict[str, int], locale: str) -> None:
    page = open_page(size, locale=locale)
    tap_in(page, "吴书记")
    for address, follow in (("/forms/desk/", r"/forms/desk/\d+/$"), ("/forms/desk/inquiries/", r"inquiries/\d+/$"),
                            ("/forms/desk/new/", "")):
        page.goto(address)
        sound(page, axe)
        links = page.eval_on_selector_all("main a[href]", "all => all.map(one => one.getAttribute('href'))")
        for link in [one for one in links if follow and re.search(follow, one)][:3]:
            page.goto(link)
            sound(page, axe)
            drafts = page.locator("a[href$='/draft/']")
            if drafts.count():
                page.goto(str(drafts.first.get_attribute("href")))
                sound(page, axe)
                page.goto(page.url.split("?")[0] + "text/")
                sound(page, axe)
