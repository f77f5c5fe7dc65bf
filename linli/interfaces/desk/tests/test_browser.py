"""The pages of a case in a real browser: by keyboard, to a screen reader, in every look, on a narrow phone."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.browser import DESK, HERE, PHONE, Live

pytestmark = pytest.mark.browser
NARROW = {"width": 320, "height": 640}

FURNISH = """
import django; django.setup()
from linli.foundation.people.models import Person, RoleAssignment
from linli.mechanisms.cases import actions
from linli.mechanisms.cases.models import Case, RoutingRow, RoutingTable
lin = Person.objects.filter(title="林女士").order_by("-is_demo", "pk").first()
area = lin.community
desk = RoleAssignment.objects.filter(role="property_desk", person__title="何静").select_related("person").first()
fitter = RoleAssignment.objects.filter(role="property_worker", organisation=desk.organisation).first().person
table = RoutingTable.objects.create(area_code=area.code, version=99, state="published")
RoutingRow.objects.create(table=table, area_prefix=area.code, kind_code="repair", unit=desk.organisation)
RoutingRow.objects.create(table=table, area_prefix=area.code, order=999)
neighbour = Person.objects.filter(community=area).exclude(pk=lin.pk).exclude(title="林女士").first()
open_ = lambda title, by=lin, **more: actions.open_case(by, "repair", area, **{
    "category": "lift", "title": title, "text": "咔咔响", "place": "3号楼 702", "place_public": "3号楼", **more})
for n in range(6):
    open_(f"第{n}件", by=neighbour)
moving = open_("电梯上行异响，到六层以上以后门关不严，老人不敢坐，请尽快来看看，已经第二回了")
actions.send_message(desk.person, moving, "下午两点前到")
done = open_("单元门关不上", category="clean")
actions.act(desk.person, done, "dispatch", worker=fitter.pk)
actions.act(fitter, done, "take")
actions.act(fitter, done, "finish", note="换了闭门器", after_photo=1)
shared = Case.objects.get(title="第0件")
print(moving.number, done.number, shared.number)
"""


@pytest.fixture(scope="module")
def numbers(live: Live) -> tuple[str, ...]:
    """The numbers of a case on its way, one that waits for 林女士's word, and a neighbour's."""
    done = subprocess.run([sys.executable, "-c", FURNISH], env=live.environment, cwd=HERE, capture_output=True,
                          text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return tuple(done.stdout.split()[-3:])


def dress(page: Any, **wanted: str) -> None:
    """Choose language, mode and theme as the person's own."""
    page.goto("/look/")
    page.evaluate("""wanted => {
      const form = document.createElement("form");
      form.method = "post";
      form.action = "/look/";
      const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
      const all = {csrfmiddlewaretoken: token, next: "/me/", mode: "", theme: "", language: "zh-hans", ...wanted};
      for (const [name, value] of Object.entries(all)) {
        const field = document.createElement("input");
        field.name = name;
        field.value = value;
        form.append(field);
      }
      document.body.append(form);
      form.submit();
    }""", wanted)
    page.wait_for_url("**/me/")


def desk_pages(numbers: tuple[str, ...]) -> list[str]:
    case = f"/desk/cases/{numbers[0]}/"
    return ["/desk/cases/", case, f"{case}step/dispatch/", f"{case}edit/", f"{case}more/object/", "/desk/cases/shift/",
            "/desk/cases/rates/", "/desk/cases/map/"]


def resident_pages(numbers: tuple[str, ...]) -> list[str]:
    moving, done, shared = numbers
    return [f"/cases/{moving}/", f"/cases/{done}/", f"/cases/{moving}/receipt/", f"/cases/{shared}/", "/cases/",
            "/cases/mine/", "/cases/track/"]


def fits(page: Any) -> bool:
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


@pytest.mark.parametrize("look", [{}, {"theme": "dark"}, {"language": "en"}], ids=["plain", "dark", "english"])
def test_the_desk_can_be_read_by_everybody(
    open_page: Callable[..., Any], axe: Callable[[Any], list[str]], sign_in_as: Callable[..., None],
    numbers: tuple[str, ...], look: dict[str, str],
) -> None:
    page = open_page(DESK)
    sign_in_as(page, "何静")
    dress(page, **look)
    for address in desk_pages(numbers):
        assert page.goto(address).status == 200, address
        assert axe(page) == [], address
        assert fits(page), address
    dress(page)


@pytest.mark.parametrize("look", [
    {}, {"theme": "dark"}, {"language": "en"}, {"mode": "elder"}], ids=["plain", "dark", "english", "elder"])
def test_a_residents_pages_can_be_read_by_everybody(
    open_page: Callable[..., Any], axe: Callable[[Any], list[str]], sign_in_as: Callable[..., None],
    numbers: tuple[str, ...], look: dict[str, str],
) -> None:
    page = open_page({"width": 390, "height": 4000})  # the bars that stay at the foot cover nothing
    sign_in_as(page, "林女士")
    dress(page, **look)
    for address in resident_pages(numbers):
        assert page.goto(address).status == 200, address
        assert axe(page) == [], address
        assert fits(page), address
    dress(page)


def test_nothing_scrolls_sideways_at_320(
    open_page: Callable[..., Any], sign_in_as: Callable[..., None], numbers: tuple[str, ...],
) -> None:
    page = open_page(NARROW)
    sign_in_as(page, "林女士")
    for look in ({}, {"mode": "elder"}, {"language": "en"}):
        dress(page, **look)
        for address in resident_pages(numbers):
            page.goto(address)
            assert fits(page), (address, look)
    dress(page)
    staff = open_page(NARROW)
    sign_in_as(staff, "何静")
    for address in desk_pages(numbers):
        staff.goto(address)
        assert fits(staff), address


# Targets inside a sentence are exempt (WCAG 2.5.8); the face of a radio button is its whole label.
SMALL = """least => [...document.querySelectorAll("a, button, summary, select, textarea, input, label.choice")]
  .filter(one => one.checkVisibility() && !one.closest("p, .visually-hidden, .skip, [hidden], #words, nav.pager"))
  .filter(one => !(one.matches("input") && (one.closest("label") || one.type === "hidden")))
  .map(one => [one, one.getBoundingClientRect()])
  .filter(([one, box]) => box.height > 0 && box.bottom > 0 && (box.height < least - 0.5 || box.width < least - 0.5))
  .map(([one, box]) => `${one.outerHTML.slice(0, 90)} ${Math.round(box.width)}×${Math.round(box.height)}`)"""
FINE_PRINT = """least => [...document.querySelectorAll("main *")]
  .filter(one => [...one.childNodes].some(node => node.nodeType === 3 && node.textContent.trim()))
  .filter(one => one.checkVisibility() && !one.closest(".visually-hidden, svg"))
  .filter(one => parseFloat(getComputedStyle(one).fontSize) < least)
  .map(one => `${one.outerHTML.slice(0, 80)} ${getComputedStyle(one).fontSize}`)"""


def test_targets_are_as_large_as_a_finger_and_larger_for_elders(
    open_page: Callable[..., Any], sign_in_as: Callable[..., None], numbers: tuple[str, ...],
) -> None:
    page = open_page(PHONE)
    sign_in_as(page, "林女士")
    for mode, tap in (("", 44), ("elder", 60)):
        dress(page, mode=mode)
        for address in resident_pages(numbers):
            page.goto(address)
            assert page.evaluate(SMALL, tap) == [], (address, mode)
            if mode:
                assert page.evaluate(FINE_PRINT, 18) == [], address
    dress(page)
    staff = open_page(DESK)
    sign_in_as(staff, "何静")
    for address in desk_pages(numbers)[:5]:
        staff.goto(address)
        assert staff.evaluate(SMALL, 44) == [], address


def test_a_shift_by_keyboard_alone(
    open_page: Callable[..., Any], sign_in_as: Callable[..., None], numbers: tuple[str, ...],
) -> None:
    page = open_page(DESK)
    sign_in_as(page, "何静")
    page.goto("/desk/cases/?queue=open")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    first = page.locator("[data-row]").first
    expect(first).to_have_attribute("data-cursor", "")
    page.keyboard.press("Enter")
    page.wait_for_url("**/desk/cases/WTL-**")
    expect(page.locator("main h1")).to_be_visible()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    page.keyboard.press("r")
    page.wait_for_url("**#words")
    page.keyboard.press("/")
    expect(page.locator("[data-search]")).to_be_focused()
    page.keyboard.type("电梯上行")
    page.keyboard.press("Enter")
    page.get_by_role("link", name="电梯上行").first.click()
    page.wait_for_url(f"**/desk/cases/{numbers[0]}/**")
    page.locator("main h1").click()
    page.keyboard.press("a")
    page.wait_for_url("**/step/dispatch/**")
    page.get_by_role("radio").first.focus()
    page.keyboard.press("Space")
    page.get_by_label("给居民的话").fill("下午三点前到")
    page.get_by_role("button", name="指派").press("Enter")
    page.wait_for_url(f"**/desk/cases/{numbers[0]}/**")
    expect(page.get_by_text("下午三点前到").first).to_be_visible()


def test_ticking_shows_how_many_and_leads_to_one_page_for_all(
    open_page: Callable[..., Any], sign_in_as: Callable[..., None], numbers: tuple[str, ...],
) -> None:
    page = open_page(DESK)
    sign_in_as(page, "何静")
    page.goto("/desk/cases/?queue=unassigned")
    bar = page.locator("[data-bulk]")
    expect(bar).to_be_hidden()
    for n in range(2):
        page.locator("[data-select]").nth(n).check()
    expect(bar.locator("[data-count]")).to_have_text("2")
    bar.get_by_role("button").click()
    page.wait_for_url("**/bulk/choose/**")
    page.get_by_label("给居民的话").fill("今天都会有人来")
    page.get_by_role("button", name="发出去").click()
    expect(page.get_by_text("办了 2 件")).to_be_visible()


@pytest.mark.parametrize("javascript", [True, False], ids=["script", "plain"])
def test_a_resident_answers_without_script_too(
    open_page: Callable[..., Any], sign_in_as: Callable[..., None], numbers: tuple[str, ...], javascript: bool,
) -> None:
    page = open_page(PHONE, javascript=javascript)
    sign_in_as(page, "林女士")
    page.goto(f"/cases/{numbers[0]}/")
    words = f"补一句，脚本{javascript}"
    page.get_by_label("您想补充什么").fill(words)
    page.get_by_role("button", name="发出去").click()
    expect(page.get_by_text(words)).to_be_visible()
    page.goto(f"/cases/{numbers[1]}/")
    page.locator("#answer").get_by_role("button", name="提交").click()
    if javascript:
        assert page.evaluate("document.querySelector('#answer :invalid') !== null")  # asked in the page itself
    expect(page.locator("#answer")).to_be_visible()
