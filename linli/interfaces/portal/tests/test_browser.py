"""In a real browser: danger as one types, a tap on the map, acting for family, and an address behind a button."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser import DESK, PHONE

pytestmark = pytest.mark.browser
Axe = Callable[[Any], list[str]]


@pytest.mark.parametrize(("path", "danger", "told", "harmless"), [
    ("/repairs/quick/", "厨房有股煤气味", "闻到燃气味：先离开", "厨房水龙头滴水"),
    ("/requests/", "电梯里有人被困", "有人被困：打 119", "自行车轮胎漏气了"),
])
def test_what_to_do_comes_forward_while_one_types(
    page: Any, axe: Axe, sign_in_as: Any, path: str, danger: str, told: str, harmless: str,
) -> None:
    sign_in_as(page, "林女士", then=path)
    lines, words = page.locator("#id_text-dangers"), page.get_by_label("用您自己的话说")
    words.fill(harmless)
    assert lines.inner_text().strip() == ""
    words.fill(danger)
    line = lines.get_by_text(told)
    line.wait_for()
    assert lines.locator("a[href^='tel:']:visible").count() > 0
    assert axe(page) == []
    words.fill("")
    expect(line).to_be_hidden()


def test_without_script_the_lines_stand_above_the_field(open_page: Any, sign_in_as: Any) -> None:
    page = open_page(PHONE, javascript=False)
    sign_in_as(page, "林女士", then="/repairs/quick/")
    page.get_by_text("先做什么、打哪个电话").click()
    assert page.get_by_text("困在电梯里：不要扒门").first.is_visible()
    assert page.locator("main a[href='tel:119']").first.is_visible()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_a_tap_on_the_map_is_the_place(open_page: Any, axe: Axe, sign_in_as: Any, size: dict[str, int]) -> None:
    page = open_page(size)
    sign_in_as(page, "郑先生", then="/repairs/report/?afresh=1")
    page.get_by_role("button", name="下一步：地点").click()
    chart = page.locator("[data-pick] svg")
    chart.wait_for()
    box = chart.bounding_box()
    chart.click(position={"x": box["width"] * 0.5, "y": box["height"] * 0.5})
    page.get_by_text("位置选好了").wait_for()
    assert page.get_by_label("别的地方").is_checked()
    lon, lat = float(page.get_by_label("经度").input_value()), float(page.get_by_label("纬度").input_value())
    middle = chart.evaluate("svg => [svg.parentElement.dataset.lon, svg.parentElement.dataset.lat].map(Number)")
    assert abs(lon - middle[0]) < 1e-4
    assert abs(lat - middle[1]) < 1e-4
    assert page.locator(".picked").is_visible()
    assert axe(page) == []
    page.get_by_label("经度").fill(str(lon + 0.001))  # by keyboard the sign goes along
    at = page.locator(".picked").get_attribute("transform")
    page.get_by_label("经度").fill(str(lon + 0.002))
    assert page.locator(".picked").get_attribute("transform") != at
    page.get_by_role("button", name="下一步：说明").click()
    page.get_by_role("heading", name="哪里不对？").wait_for()


def test_a_daughter_acts_for_her_mother_and_back(page: Any, axe: Axe, sign_in_as: Any) -> None:
    sign_in_as(page, "林女士", then="/me/")
    assert axe(page) == []
    page.get_by_role("button", name="替 TA 办").click()
    page.get_by_text("正在替").first.wait_for()
    assert axe(page) == []
    page.goto("/cases/mine/")
    page.get_by_text("卫生间水龙头漏水").wait_for()
    assert page.get_by_text("电梯异响").count() == 0
    assert axe(page) == []
    page.get_by_text("卫生间水龙头漏水").click()
    page.get_by_text("您在替王阿姨办这件事").wait_for()
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="换回自己").click()
    page.get_by_text("换回来了").wait_for()
    page.goto("/cases/mine/")
    page.get_by_text("电梯异响").wait_for()


def test_an_address_behind_a_button_leads_back(page: Any, axe: Axe, sign_in_as: Any) -> None:
    sign_in_as(page, "林女士", then="/cases/mine/")
    page.get_by_text("电梯异响").click()
    case = page.url
    assert page.goto(f"{case}nudge/").status == 405
    assert axe(page) == []
    page.get_by_role("link", name="回到上一页").click()
    page.wait_for_url(case)


def test_the_rules_open_on_their_rooms(open_page: Any, axe: Axe, sign_in_as: Any) -> None:
    page = open_page(DESK)
    sign_in_as(page, "周敏", then="/desk/policy/")
    assert axe(page) == []
    page.get_by_role("link", name="物业报修").last.click()
    page.get_by_role("heading", name="物业报修").wait_for()
    assert axe(page) == []
    page.get_by_label("找名字、说明或依据").fill("电工证")
    page.get_by_role("button", name="查找").click()
    page.get_by_text("repairs.skills").first.wait_for()
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")  # the pane scrolls, not the page


@pytest.mark.parametrize(("who", "path"), [("倪工", "/desk/people/roles/"), ("审计员甲", "/desk/audit/")])
def test_the_tables_of_those_who_keep_order(open_page: Any, axe: Axe, sign_in_as: Any, who: str, path: str) -> None:
    page = open_page(DESK)
    sign_in_as(page, who, then=path)
    assert axe(page) == []
    tops = page.locator(".filterline .input").evaluate_all("all => all.map(one => one.getBoundingClientRect().bottom)")
    assert len({round(top) for top in tops}) <= 1  # the fields of the filter stand on one line
    rows = page.locator(".rowacts").evaluate_all("all => all.map(one => one.getBoundingClientRect().height)")
    assert all(height < 60 for height in rows)  # the buttons of a row stand beside each other
