"""In a browser: asked with scripts and without, read by axe."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.browser import DESK, PHONE, Live, tap_in

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


@pytest.mark.parametrize("javascript", [True, False])
def test_am_i_entitled_is_asked_in_the_talk(
    open_page: Callable[..., Any], axe: Any, javascript: bool,
) -> None:
    page = open_page(PHONE, javascript=javascript)
    tap_in(page, "林女士" if javascript else "王阿姨")
    page.goto("/assistant/eligible/?item=gaoling-jintie#asked")
    page.get_by_role("button", name="下一个").click()  # sent empty
    page.wait_for_selector(".error-summary")
    if javascript:
        assert axe(page) == []
    for _question in range(12):
        if not page.get_by_role("button", name="下一个").count():
            break
        if page.locator("#asked input[type=date]").count():
            page.locator("#asked input[type=date]").fill("1930-01-01")
        else:
            is_second = page.locator("input[name=asked]").get_attribute("value") == "allowance.receives_here"
            page.locator("#asked input[type=radio]").nth(1 if is_second else 0).check()
        with page.expect_navigation():
            page.get_by_role("button", name="下一个").click()
    assert page.get_by_text("看来您能办").count() == 1
    if javascript:
        assert axe(page) == []
    page.get_by_role("link", name="网上申请").click()
    page.wait_for_url("**/gov/items/gaoling-jintie/begin/")


# At an hour when the desk is open, whenever the test runs: the one asks for a person, the other takes it.
HANDED = """
import django; django.setup()
from datetime import UTC, datetime
from linli.foundation.calendar import clock
from linli.foundation.people.models import Person
from linli.services.assistant import actions, queries
lin, zhou = (Person.objects.get(title=title, is_demo=True) for title in ("林女士", "周敏"))
with clock.at(datetime(2026, 11, 25, 2, 0, tzinfo=UTC)):
    if (held := queries.current(lin)) is not None:
        actions.close(lin, held)
    talk = actions.take(zhou, actions.want_person(lin, lin.community, text="想问问晾衣架"))
print(f"talk={talk.pk}")
"""


def test_an_answer_comes_while_one_writes_and_nothing_typed_is_lost(
    open_page: Callable[..., Any], axe: Any, live: Live,
) -> None:
    """Resident and staff with a page open each: what the one says appears at the other, whose field stays as it is."""
    made = subprocess.run([sys.executable, "-c", HANDED], env=live.environment, capture_output=True, text=True,
                          timeout=300)
    assert made.returncode == 0, made.stderr
    mine, desk = open_page(PHONE), open_page(DESK)
    tap_in(mine, "林女士", then="/assistant/")
    field = mine.get_by_label("跟他说")
    field.fill("我还在写")
    tap_in(desk, "周敏", then=f"/assistant/desk/{made.stdout.rpartition('talk=')[2].strip()}/")
    desk.get_by_label("回答").fill("下周一装好")
    desk.get_by_role("button", name="回他").click()
    mine.get_by_text("下周一装好").wait_for()
    assert mine.get_by_text("下周一装好").count() == 1
    assert field.input_value() == "我还在写"
    assert axe(mine) == []
    desk.get_by_label("回答").fill("还有")
    mine.get_by_role("button", name="发出去").click()
    desk.get_by_text("我还在写").wait_for()
    assert desk.get_by_label("回答").input_value() == "还有"
    assert axe(desk) == []
    mine.get_by_role("button", name="问好了，结束这次对话").click()
    desk.get_by_role("link", name="看最新的").wait_for()
