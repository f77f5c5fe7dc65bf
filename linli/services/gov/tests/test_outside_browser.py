"""In a real browser: the wallet and the appointments by axe, in large type, in English; and a booking without script at
a hospital that really answers over HTTP."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest

from linli.services.gov.tests.servers import SECRET, House, serving
from linli.services.gov.tests.test_browser import NARROW, Axe, walk, wrong_with
from tests.browser import DESK, PHONE, tap_in

pytestmark = pytest.mark.browser
PAGES = [
    "/gov/wallet/", "/gov/wallet/add/", "/gov/outside/", "/gov/outside/clinic/", "/gov/outside/family-doctor/",
    "/gov/outside/vaccination/", "/gov/outside/school/", "/gov/outside/bookings/",
]
STAFF = [
    "/gov/desk/wallet/", "/gov/desk/wallet/keep/", "/gov/desk/sendings/", "/gov/desk/sendings/?state=dead",
    "/gov/desk/sendings/?state=answered", "/gov/desk/places/", "/gov/desk/places/new/",
]


def into(page: Any, axe: Axe, pattern: str, name: str) -> list[str]:
    """Follow the first link whose address fits, and look at that page."""
    found = [link for link in page.locator("main a").all() if re.search(pattern, link.get_attribute("href") or "")]
    assert found, f"no link like {pattern} on {page.url}"
    found[0].click()
    page.wait_for_url(re.compile(pattern))
    return wrong_with(page, axe, name)


@pytest.mark.parametrize(("who", "size", "locale"), [
    ("林女士", PHONE, "zh-CN"), ("王阿姨", PHONE, "zh-CN"), ("林女士", NARROW, "en")], ids=["phone", "elder", "320-en"])
def test_residents_pages(open_page: Callable[..., Any], axe: Axe, who: str, size: dict[str, int],
                         locale: str) -> None:
    page = open_page(size, locale=locale)
    tap_in(page, who)
    faults = walk(page, axe, PAGES)
    page.goto("/gov/wallet/")
    faults += into(page, axe, r"/gov/wallet/\d+/$", f"{who}-{locale}-paper")
    address = page.url
    page.locator("form[action$='/show/'] button").click()
    page.wait_for_selector("svg.code")
    faults += wrong_with(page, axe, "show")
    page.goto(address)
    faults += into(page, axe, r"/drop/$", f"{who}-{locale}-drop")
    assert faults == []


@pytest.mark.parametrize("size", [DESK, NARROW], ids=["desk", "320"])
def test_desk_pages(open_page: Callable[..., Any], axe: Axe, size: dict[str, int]) -> None:
    page = open_page(size)
    tap_in(page, "周敏")
    faults = walk(page, axe, STAFF)
    page.goto("/gov/desk/sendings/?state=dead")
    faults += into(page, axe, r"/sendings/\d+/$", f"sending-{size['width']}")
    page.goto("/gov/desk/places/")
    faults += into(page, axe, r"/places/\d+/$", f"place-{size['width']}")
    assert faults == []


def test_a_mother_is_booked_at_a_hospital_without_script(open_page: Callable[..., Any]) -> None:
    """The administrator connects the clinic; the daughter books for her mother, sees the number, and cancels."""
    house = House()
    starts = (datetime.now().astimezone() + timedelta(days=2)).replace(microsecond=0)
    house.free = [{"id": f"s{n}", "starts_at": (starts + timedelta(hours=n)).isoformat(), "with": "全科", "left": 1}
                  for n in range(3)]
    with serving(house):
        admin = open_page(DESK, javascript=False)
        tap_in(admin, "系统管理员")
        admin.goto("/gov/desk/connections/new/")
        admin.get_by_label("或者一家医院、学校").select_option(label="梧桐里社区卫生服务站")
        admin.get_by_label("接口地址").fill(house.url)
        admin.get_by_label("密钥编号").fill("k1")
        admin.get_by_label("密钥（不改就空着）").fill(SECRET)
        admin.get_by_role("button", name="存好").click()
        admin.wait_for_url(re.compile("/connections/$"))
        page = open_page(PHONE, javascript=False)
        tap_in(page, "林女士")
        page.goto("/gov/outside/clinic/")
        page.get_by_role("link", name="选时间").click()
        page.wait_for_url(re.compile(r"/clinic/\d+/$"))
        page.get_by_label("给谁约").select_option(label="王阿姨")
        page.get_by_role("button", name="约这个时间").click()  # no time, no consent
        page.wait_for_selector(".error-summary")
        assert page.get_by_label("给谁约").locator("option:checked").inner_text() == "王阿姨"
        page.locator("input[name=slot]").nth(1).check()
        page.get_by_label("同意把姓名和电话告诉这家，只为这次预约").check()
        page.get_by_role("button", name="约这个时间").click()
        page.wait_for_url(re.compile(r"/bookings/\d+/$"))
        assert page.get_by_text("N-0001").count() == 1
        assert page.get_by_text("王阿姨").count() >= 1
        page.locator("summary", has_text="取消预约").click()
        page.get_by_role("button", name="取消，把号空出来").click()
        page.wait_for_selector(".chip:has-text('已经取消')")
        assert [held["state"] for held in house.book.values()] == ["cancelled"]
    page.goto("/gov/outside/clinic/")
    page.get_by_role("link", name="选时间").click()  # the house is silent now
    page.wait_for_selector("text=现在问不到这家有没有空")
