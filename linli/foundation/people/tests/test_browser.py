"""Sign-in as people see it: on a small phone, without a script, with a wrong digit."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser import PHONE

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("size", [PHONE, {"width": 320, "height": 640}], ids=["phone", "320"])
def test_signing_in_can_be_done_by_everybody(
        open_page: Callable[..., Any], axe: Callable[[Any], list[str]], size: dict[str, int]) -> None:
    page = open_page(size)
    page.goto("/sign-in/")
    assert axe(page) == []
    page.get_by_label("手机号").fill("1380000")
    page.get_by_role("button", name="收验证码").click()
    page.get_by_role("alert").get_by_text("手机号要 11 位，现在是 7 位").wait_for()
    assert page.get_by_label("手机号").input_value() == "1380000"
    assert axe(page) == []
    page.get_by_label("手机号").fill("13800000088")
    page.get_by_role("button", name="收验证码").click()
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"


def test_a_newcomer_arrives_without_a_script(open_page: Callable[..., Any], axe: Callable[[Any], list[str]]) -> None:
    page = open_page(PHONE, javascript=False)
    page.goto("/sign-in/?next=/me/security/")
    page.get_by_label("手机号").fill("138 0000 0089")
    page.get_by_role("button", name="收验证码").click()
    page.get_by_role("button", name="再给我 3 分钟").click()
    page.get_by_label("短信里的 6 位数字").fill(page.locator("[data-demo-code]").inner_text())
    page.get_by_role("button", name="登录", exact=True).click()
    community = page.get_by_label("您住在哪个社区")
    community.select_option(index=community.locator("option").count() - 1)
    page.get_by_role("button", name="看过了，开始用").click()
    page.goto("/me/security/sessions/")
    assert page.get_by_text("这一台", exact=True).is_visible()
    for path in ("/me/security/", "/me/profile/", "/me/residency/", "/me/mandates/", "/me/security/second-factor/"):
        assert page.goto(path).status == 200, path


@pytest.mark.parametrize("path", [
    "/desk/people/residencies/", "/desk/people/roles/", "/desk/people/organisations/", "/desk/people/mandates/",
    "/desk/areas/"])
def test_the_desk_can_be_used_on_a_narrow_screen(
        open_page: Callable[..., Any], axe: Callable[[Any], list[str]], path: str) -> None:
    page = open_page(PHONE)
    page.goto("/sign-in/")
    page.get_by_role("button", name="社区书记").first.click()
    page.wait_for_url(lambda url: "sign-in" not in url)
    assert page.goto(path).status == 200
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"
