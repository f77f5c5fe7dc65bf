"""The inbox and the settings as people see them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser import PHONE

pytestmark = pytest.mark.browser

@pytest.mark.parametrize("size", [PHONE, {"width": 320, "height": 640}], ids=["phone", "320"])
@pytest.mark.parametrize("path", ["/me/notices/", "/me/notices/settings/"])
def test_the_pages_can_be_used_by_everybody(
    open_page: Callable[..., Any], axe: Callable[[Any], list[str]], sign_in_as: Callable[..., Any],
    size: dict[str, int], path: str,
) -> None:
    page = open_page(size)
    sign_in_as(page, "林女士")
    assert page.goto(path).status == 200
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"


def test_a_choice_is_kept_without_a_script(open_page: Callable[..., Any], sign_in_as: Callable[..., Any]) -> None:
    page = open_page(PHONE, javascript=False)
    sign_in_as(page, "林女士")
    page.goto("/me/notices/settings/")
    page.get_by_label("从几点起别打扰").fill("21:15")
    page.get_by_role("button", name="存下来").click()
    page.goto("/me/notices/settings/")
    assert page.get_by_label("从几点起别打扰").input_value() == "21:15"
