"""In a browser: asked with scripts and without, read by axe."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser import DESK, PHONE, tap_in

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("javascript", [True, False])
def test_a_resident_asks_and_gets_a_person(
    open_page: Callable[..., Any], axe: Any, javascript: bool,
) -> None:
    page = open_page(PHONE, javascript=javascript)
    tap_in(page, "林女士" if javascript else "王阿姨")
    page.goto("/assistant/")
    page.get_by_label("您要问什么").fill("物业电话多少")
    page.get_by_role("button", name="问", exact=True).click()
    page.get_by_role("list", name="对话").wait_for()
    if javascript:
        assert axe(page) == []
    page.get_by_role("main").get_by_role("link", name="人工服务").first.click()
    page.get_by_label("要问什么").fill("想问问快递柜")
    page.locator("main form button").last.click()
    assert "/assistant/" in page.url
    if javascript:
        assert axe(page) == []


def test_the_desk_reads_by_axe(open_page: Callable[..., Any], axe: Any) -> None:
    page = open_page(DESK)
    tap_in(page, "周敏")
    for address in ("/assistant/desk/", "/assistant/desk/gaps/"):
        page.goto(address)
        assert axe(page) == []
