"""The first thing a newcomer sees, on a phone and on a desk."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser import DESK, PHONE

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("size", [PHONE, DESK, {"width": 320, "height": 640}], ids=["phone", "desk", "320"])
@pytest.mark.parametrize("locale", ["zh-CN", "en"])
def test_the_first_page_can_be_read_by_everybody(
    open_page: Callable[..., Any], axe: Callable[[Any], list[str]], size: dict[str, int], locale: str,
) -> None:
    page = open_page(size, locale=locale)
    assert page.goto("/").status == 200
    assert axe(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "the page scrolls sideways"
