"""电梯坏了, from the phone to the rating, in a real browser."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.browser import PHONE

pytestmark = pytest.mark.browser
SMALL = {"width": 320, "height": 640}


def fits(page: Any) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def test_from_report_to_rating(open_page: Callable[..., Any], axe: Any, sign_in_as: Any, tmp_path: Path) -> None:
    shot = tmp_path / "lift.jpg"
    Image.new("RGB", (320, 240), "#8d9a94").save(shot)
    page = open_page(PHONE)
    sign_in_as(page, "林女士", then="/repairs/report/")
    assert axe(page) == []
    page.locator("input[type=file]").set_input_files(str(shot))
    page.get_by_role("button", name="下一步：地点").click()
    assert axe(page) == []
    page.get_by_role("button", name="下一步：说明").click()  # nothing chosen yet
    page.get_by_role("alert").get_by_role("link", name="请选一个地方").wait_for()
    page.get_by_text("的楼道、大门、屋顶").first.click()
    page.get_by_role("button", name="下一步：说明").click()
    page.get_by_label("用您自己的话说").fill("单元门的闭门器坏了，砰一声吓人")
    page.get_by_label("这几天修就行").check()
    assert axe(page) == []
    page.get_by_role("button", name="下一步：核对").click()
    page.get_by_role("heading", name="核对一下，再提交").wait_for()
    assert axe(page) == []
    page.get_by_role("button", name="提交").click()
    page.get_by_role("heading", name="收到了", exact=True).wait_for()
    number = re.search(r"[A-Z]+-\d{6}-\d{4}", page.inner_text("main"))
    assert number is not None
    assert axe(page) == []

    desk = open_page({"width": 1280, "height": 800})
    sign_in_as(desk, "何静", then=f"/desk/cases/{number[0]}/")
    desk.get_by_text("上门前要知道的").wait_for()
    assert axe(desk) == []
    desk.goto(f"/desk/cases/{number[0]}/step/dispatch/")
    desk.get_by_text("赵师傅").first.click()
    desk.get_by_role("button", name="指派").click()
    worker = open_page(PHONE)
    sign_in_as(worker, "赵师傅", then=f"/desk/cases/{number[0]}/step/take/")
    worker.get_by_role("button", name="接单").click()
    worker.goto(f"/desk/cases/{number[0]}/step/finish/")
    worker.get_by_label("给居民的话").fill("换了闭门器，关门不响了")
    worker.locator("input[type=file]").set_input_files(str(shot))
    worker.get_by_role("button", name="修好了").click()
    worker.wait_for_url(re.compile(rf"/desk/cases/{number[0]}/(\?|$)"))
    assert axe(worker) == []

    page.goto(f"/cases/{number[0]}/")
    assert axe(page) == []
    page.get_by_label("真修好了", exact=True).check()
    page.get_by_role("button", name="提交").click()
    page.get_by_text("办好了").first.wait_for()


@pytest.mark.parametrize("path", [
    "/repairs/report/", "/repairs/quick/", "/repairs/prices/", "/cases/mine/",
])
def test_the_residents_pages_fit_and_are_for_everybody(open_page: Callable[..., Any], axe: Any, sign_in_as: Any,
                                                       path: str) -> None:
    for size in (PHONE, SMALL):
        page = open_page(size)
        sign_in_as(page, "王阿姨", then=path)
        assert axe(page) == [], path
        assert fits(page), f"{path} scrolls sideways at {size}"


@pytest.mark.parametrize("path", [
    "/repairs/desk/report/", "/repairs/desk/pool/", "/repairs/desk/prices/", "/repairs/desk/stock/",
])
def test_the_desks_pages_are_for_everybody(open_page: Callable[..., Any], axe: Any, sign_in_as: Any, path: str) -> None:
    for size in (PHONE, {"width": 1280, "height": 800}):
        page = open_page(size)
        sign_in_as(page, "何静", then=path)
        assert axe(page) == [], path
        assert fits(page), f"{path} scrolls sideways at {size}"


def test_written_without_a_line_it_is_sent_once_when_the_line_is_back(open_page: Callable[..., Any],
                                                                      sign_in_as: Any) -> None:
    page = open_page(PHONE)
    sign_in_as(page, "林女士", then="/repairs/quick/")
    page.get_by_label("用您自己的话说").fill("没网的时候写的：东门路灯不亮")
    page.context.set_offline(True)
    page.get_by_role("button", name="提交").click()
    page.get_by_text("现在没有网络").wait_for()
    page.context.set_offline(False)
    page.get_by_text("已经替您交上了").wait_for()
    page.goto("/cases/mine/")
    assert page.get_by_text("没网的时候写的").count() == 1


def test_an_elder_answers_a_quote_without_script(open_page: Callable[..., Any], sign_in_as: Any) -> None:
    page = open_page(PHONE, javascript=False)
    sign_in_as(page, "王阿姨", then="/cases/mine/")
    page.get_by_text("卫生间水龙头漏水").click()
    page.get_by_role("button", name="同意", exact=True).click()
    page.get_by_text("您同意了报价").wait_for()
