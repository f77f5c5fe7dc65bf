"""In a browser: a number is called at the counter and seen on the screen; the kiosk with scripts and without; axe."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser import DESK, PHONE, tap_in

pytestmark = pytest.mark.browser


def address_of(page: Any, name: str) -> str:
    page.goto("/window/desk/")
    return str(page.get_by_role("main").get_by_role("link", name=name).first.get_attribute("href"))


def test_called_at_the_counter_seen_on_the_screen(open_page: Callable[..., Any], axe: Any) -> None:
    desk = open_page(DESK)
    tap_in(desk, "周敏")
    screen = open_page(DESK)
    screen.goto(address_of(desk, "叫号屏"))
    assert axe(screen) == []
    desk.get_by_role("link", name="2 号窗口").first.click()
    assert axe(desk) == []
    if desk.get_by_role("button", name="叫下一位").count() == 0:
        pytest.skip("somebody is at the counter already")
    desk.get_by_role("button", name="叫下一位").click()
    number = desk.locator("h2.num").first.inner_text().strip()
    screen.get_by_text(f"{number} →").first.wait_for(timeout=15_000)
    screen.get_by_role("button", name="开声音").click()
    desk.get_by_role("button", name="人来了").click()
    desk.get_by_role("link", name="帮他办").click()
    assert axe(desk) == []
    desk.go_back()
    desk.get_by_role("button", name="办完了").click()
    desk.get_by_role("button", name="叫下一位").wait_for()


@pytest.mark.parametrize("javascript", [True, False])
def test_the_kiosk_gives_a_number(open_page: Callable[..., Any], axe: Any, javascript: bool) -> None:
    desk = open_page(DESK)
    tap_in(desk, "周敏")
    home = address_of(desk, "自助机")
    page = open_page(DESK, javascript=javascript)
    page.goto(home)
    if javascript:
        assert axe(page) == []
    page.get_by_text("60 岁以上").first.click()
    page.get_by_role("button", name="先问一问").click()
    assert "/kiosk/ticket/" in page.url
    if javascript:
        assert axe(page) == []
    page.get_by_role("link", name="办好了，清屏").click()
    assert page.url.endswith(home)
    page.goto(f"{home}look/")
    page.get_by_label("单号").fill("LL26112500001")
    page.get_by_label("密码").fill("123456")
    page.get_by_role("button", name="查", exact=True).click()
    page.get_by_role("alert").wait_for()
    if javascript:
        assert axe(page) == []


def test_the_kiosk_asks_and_then_clears(open_page: Callable[..., Any], axe: Any) -> None:
    desk = open_page(DESK)
    tap_in(desk, "周敏")
    home = address_of(desk, "自助机")
    page = open_page(DESK)
    page.clock.install()
    page.goto(f"{home}look/")
    page.get_by_label("单号").fill("LL26112500001")
    page.clock.run_for(101_000)
    page.get_by_role("button", name="还在，接着用").click()
    page.clock.run_for(30_000)
    assert page.url.endswith("look/")
    page.clock.run_for(95_000)
    page.wait_for_url(f"**{home}")


def test_a_number_on_a_phone(open_page: Callable[..., Any], axe: Any) -> None:
    page = open_page(PHONE)
    tap_in(page, "林女士")
    page.goto("/window/")
    assert axe(page) == []
    page.get_by_role("link", name="取号").first.click()
    page.get_by_role("button", name="先问一问").click()
    assert "/window/ticket/" in page.url
    assert axe(page) == []
    page.goto("/window/visits/")
    assert axe(page) == []
