"""In a real browser: the catalogue by axe on a phone, in English, in large type, at the desk; and without script."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.browser import DESK, PHONE, tap_in

pytestmark = pytest.mark.browser
NARROW = {"width": 320, "height": 640}
Axe = Callable[[Any], list[str]]
PAGES = [
    "/gov/", "/gov/find/", "/gov/find/?q=给宝宝上户口", "/gov/find/?q=zzzzqqqq", "/gov/find/?topic=elders",
    "/gov/find/?event=birth", "/gov/items/gaoling-jintie/", "/gov/items/gaoling-jintie/?words=easy",
    "/gov/items/gaoling-jintie/?words=en", "/gov/items/dog-registration/", "/gov/items/gaoling-jintie/entitled/",
    "/gov/bundles/newborn/", "/gov/bundles/newborn/?words=easy", "/gov/bundles/retirement/",
]
STAFF = [
    "/gov/desk/", "/gov/desk/?q=津贴", "/gov/desk/?q=zzzzqqqq", "/gov/desk/?state=off",
    "/gov/desk/items/gaoling-jintie/", "/gov/desk/items/gaoling-jintie/local/",
    "/gov/desk/items/dog-registration/local/", "/gov/desk/items/gaoling-jintie/diff/1/1/",
]


def wrong_with(page: Any, axe: Axe, where: str) -> list[str]:
    """axe's sentences about the page as it stands, and whether it scrolls sideways."""
    found = [f"{where}: {fault}" for fault in axe(page)]
    if not page.evaluate("document.documentElement.scrollWidth <= innerWidth"):
        found.append(f"{where}: scrolls sideways")
    return found


def walk(page: Any, axe: Axe, pages: list[str]) -> list[str]:
    found = []
    for address in pages:
        answer = page.goto(address)
        if answer.status != 200:
            found.append(f"{address}: {answer.status}")
        found += wrong_with(page, axe, address)
    return found


@pytest.mark.parametrize(("size", "locale"), [(PHONE, "zh-CN"), (NARROW, "en")], ids=["phone", "320-en"])
def test_residents_pages(open_page: Callable[..., Any], axe: Axe, size: dict[str, int], locale: str) -> None:
    page = open_page(size, locale=locale)
    tap_in(page, "林女士")
    assert walk(page, axe, PAGES) == []


def test_large_type(open_page: Callable[..., Any], axe: Axe) -> None:
    page = open_page(PHONE)
    tap_in(page, "王阿姨")
    assert walk(page, axe, PAGES) == []


@pytest.mark.parametrize("size", [DESK, NARROW], ids=["desk", "320"])
def test_desk_pages(open_page: Callable[..., Any], axe: Axe, size: dict[str, int]) -> None:
    page = open_page(size)
    tap_in(page, "周敏")
    assert walk(page, axe, STAFF) == []
    page.goto("/gov/desk/")
    page.locator("main a[href*='/diff/1/0/']").first.click()  # what waits for a second pair of eyes
    page.wait_for_url(re.compile("/diff/1/0/"))
    assert wrong_with(page, axe, "a draft") == []


def test_am_i_entitled_step_by_step_without_script(open_page: Callable[..., Any], axe: Axe) -> None:
    """Nobody signed in, no script: question by question to an answer that shows how it was worked out."""
    page = open_page(PHONE, javascript=False)
    page.goto("/gov/items/gaoling-jintie/")
    page.get_by_role("link", name="一步一步看我能不能办").click()
    page.wait_for_url(re.compile("/entitled/$"))
    page.get_by_role("button", name="下一个").click()  # sent empty
    page.wait_for_selector(".error-summary")
    answers = 0
    while page.get_by_role("button", name="下一个").count():
        answers += 1
        assert answers < 12, "it never ends"
        _answer(page)
        with page.expect_navigation():
            page.get_by_role("button", name="下一个").click()
        assert page.locator(".error-summary").count() == 0
    assert page.get_by_text("看来您能办").count() == 1
    assert page.get_by_text("您答的").count() == 1
    assert page.get_by_text("每一条是怎么算的").count() == 1
    with page.expect_navigation():
        page.get_by_role("link", name="从头再答").click()
    assert page.get_by_role("button", name="下一个").count() == 1


def _answer(page: Any) -> None:
    """The answer of somebody who is entitled: born in 1930, registered here, and not drawing it yet."""
    if page.locator("main input[type=date]").count():
        page.locator("main input[type=date]").fill("1930-01-01")
    else:
        is_second = page.locator("input[name=asked]").get_attribute("value") == "allowance.receives_here"
        page.locator("main input[type=radio]").nth(1 if is_second else 0).check()


def test_a_place_changes_its_papers_and_looks_first(open_page: Callable[..., Any], axe: Axe) -> None:
    """At the desk, on a telephone as well: asked less, looked at, handed to a colleague, seen as a difference."""
    page = open_page(PHONE)
    tap_in(page, "周敏", then="/gov/desk/items/volunteer-proof/local/")
    papers = page.locator("[name^=paper_]")
    papers.first.select_option("none")
    page.locator("summary", has_text="问题 1").click()
    page.locator("[name=faq_0_q]").fill("周六办吗")
    page.locator("[name=faq_0_a]").fill("办，上午。")
    page.get_by_role("button", name="先看样子").click()
    page.wait_for_selector("#look")
    assert wrong_with(page, axe, "looked at") == []
    page.get_by_role("button", name="请同事看").click()  # without saying why
    page.wait_for_selector(".error-summary")
    assert wrong_with(page, axe, "with a mistake") == []
    assert page.locator("[name=faq_0_q]").input_value() == "周六办吗"
    assert papers.first.input_value() == "none"
    page.locator("[name=note]").fill("少要一样，写上周六")
    page.get_by_role("button", name="请同事看").click()
    page.wait_for_url(re.compile("/volunteer-proof/$"))
    page.get_by_role("link", name=re.compile("看改了什么.*少要一样")).click()
    page.wait_for_url(re.compile("/diff/1/0/"))
    assert page.get_by_text("周六办吗").count() >= 1
    assert wrong_with(page, axe, "the difference") == []
