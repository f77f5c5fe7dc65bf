"""The books in a real browser: on a desk and on a phone, followed from the list to the proof."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser import PHONE

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("size", [{"width": 1280, "height": 800}, PHONE], ids=["desk", "phone"])
def test_from_the_books_to_a_proof(open_page: Callable[..., Any], axe: Any, sign_in_as: Any,
                                   size: dict[str, int]) -> None:
    page = open_page(size)
    sign_in_as(page, "周敏", then="/desk/ledger/")
    assert axe(page) == []
    page.get_by_role("link", name="维修费").first.click()
    page.get_by_role("heading", name="试算平衡表").wait_for()
    assert page.get_by_text("借贷平衡").first.is_visible()
    assert axe(page) == []
    page.get_by_role("link", name="维修费", exact=True).click()
    page.get_by_role("heading", name="余额").first.wait_for()
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    account = page.url
    page.locator("table a").first.click()
    page.get_by_role("heading", name="封存证明").wait_for()
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.goto(f"{account}print/")
    page.get_by_role("heading", name="对账单").wait_for()
    assert axe(page) == []
    page.goto(account.split("/desk/")[0] + "/desk/ledger/checks/")
    page.get_by_role("button", name="现在核对").click()
    page.get_by_text("已开始核对").wait_for()
    assert axe(page) == []
