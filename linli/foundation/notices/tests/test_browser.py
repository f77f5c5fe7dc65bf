"""The inbox and the settings as people see them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.urls import reverse

from tests.browser import PHONE

pytestmark = pytest.mark.browser

def enter(page: Any) -> None:
    """As a resident, by the one tap of the demo."""
    page.goto(reverse("people:sign_in"))
    page.get_by_role("button", name="林女士").first.click()
    page.wait_for_url(lambda url: "sign-in" not in url)


@pytest.mark.parametrize("size", [PHONE, {"width": 320, "height": 640}], ids=["phone", "320"])
@pytest.mark.parametrize("path", ["/me/notices/", "/me/notices/settings/"])
def test_the_pages_can_be_used_by_everybody(
    open_page: Callable[..., Any], axe: Callable[[Any], list[str]], size: dict[str, int], path: str,
) -> None:
    page = open_page(size)
    enter(page)
    assert page.goto(path).status == 200
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"


def test_a_choice_is_kept_without_a_script(open_page: Callable[..., Any]) -> None:
    page = open_page(PHONE, javascript=False)
    enter(page)
    page.goto("/me/notices/settings/")
    page.get_by_label("从几点起别打扰").fill("21:15")
    page.get_by_role("button", name="存下来").click()
    page.goto("/me/notices/settings/")
    assert page.get_by_label("从几点起别打扰").input_value() == "21:15"
