"""Asking on a phone in a real browser: with script, without it, after a mistake; axe finds nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser import DESK, PHONE, tap_in

pytestmark = pytest.mark.browser
WORDS = "广场边上的路灯一闪一闪，晚上走路看不清"


@pytest.mark.parametrize("javascript", [True, False])
def test_asking_from_words_to_receipt(open_page: Callable[..., Any], axe: Callable[[Any], list[str]],
                                      javascript: bool) -> None:
    page = open_page(PHONE, javascript=javascript)
    tap_in(page, "林女士")
    page.goto("/requests/")
    assert not javascript or axe(page) == []
    page.get_by_role("button", name="下一步").click()
    page.get_by_text("请写一句是什么事").first.wait_for()
    assert not javascript or axe(page) == []
    page.get_by_label("用您自己的话说").fill(WORDS)
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("heading", name="核对一下，再提交").wait_for()
    assert page.get_by_label("种类", exact=True).input_value() == "公共设施.路灯"
    assert not javascript or axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 390 if javascript else True
    page.get_by_role("button", name="回去改").click()
    assert page.get_by_label("用您自己的话说").input_value() == WORDS
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("button", name="提交").click()
    page.get_by_role("heading", name="收到了").wait_for()
    assert not javascript or axe(page) == []


def test_danger_shows_the_telephones(page: Any, axe: Callable[[Any], list[str]]) -> None:
    tap_in(page, "林女士")
    page.goto("/requests/")
    page.get_by_label("用您自己的话说").fill("厨房一股煤气味，是不是漏气了")
    page.get_by_role("button", name="下一步").click()
    page.get_by_role("heading", name="先打电话，再提交").wait_for()
    assert page.locator('main a[href="tel:119"]').is_visible()
    assert axe(page) == []


@pytest.mark.parametrize(("who", "path"), [
    ("周敏", "/requests/desk/new/"), ("周敏", "/requests/desk/routing/"), ("吴书记", "/requests/desk/routing/")])
def test_the_desks_pages(open_page: Callable[..., Any], axe: Callable[[Any], list[str]], who: str, path: str) -> None:
    page = open_page(DESK)
    tap_in(page, who)
    page.goto(path)
    assert axe(page) == []
    if "routing" in path:
        page.locator("main a[href*='/requests/desk/routing/']").first.click()
        page.get_by_role("heading", name="派单规则第").wait_for()
        assert axe(page) == []
        page.get_by_role("link", name="试算").click()
        page.get_by_role("heading", name="每个单位").wait_for()
        assert axe(page) == []
