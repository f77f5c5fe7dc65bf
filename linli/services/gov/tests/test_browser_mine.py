"""Applying in a real browser, by axe: beginning, a page to fill, the papers, the list, one application, its receipt."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from linli.services.gov.tests.test_browser import NARROW, Axe, wrong_with
from tests.browser import PHONE, tap_in

pytestmark = pytest.mark.browser


@pytest.mark.parametrize(("size", "locale"), [(PHONE, "zh-CN"), (NARROW, "en")], ids=["phone", "320-en"])
def test_from_beginning_to_receipt(open_page: Callable[..., Any], axe: Axe, size: dict[str, int], locale: str) -> None:
    page = open_page(size, locale=locale)
    tap_in(page, "林女士")
    found: list[str] = []
    for address in ("/gov/items/residence-proof/begin/", "/gov/bundles/newborn/begin/", "/gov/mine/"):
        assert page.goto(address).status == 200, address
        found += wrong_with(page, axe, address)
    links = page.locator("main a")
    hrefs = [one.get_attribute("href") for one in links.all()]
    one = next(href for href in hrefs if href and href.startswith("/gov/mine/") and href.count("/") == 4)
    filling = next(href for href in hrefs if href and href.startswith("/gov/fill/bundle/") and "forget" not in href)
    for address in (one, f"{one}receipt/", filling, f"{filling}papers/", f"{filling}forget/"):
        assert page.goto(address).status == 200, address
        found += wrong_with(page, axe, address)
    assert found == []
