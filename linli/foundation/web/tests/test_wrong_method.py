"""An address behind a button, opened by itself, says what to do and leads back; a program gets its problem+json."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(("path", "back"), [
    ("/cases/WTL-261125-0001/nudge/", "/cases/WTL-261125-0001/"), ("/cases/WTL-261125-0001/step/cancel/",
                                                                   "/cases/WTL-261125-0001/"),
    ("/repairs/report/drop/", "/repairs/report/"), ("/sign-in/demo/", "/sign-in/"),
])
def test_a_page_that_leads_back(path: str, back: str, client: Client, resident: Any) -> None:
    client.force_login(resident, backend="linli.foundation.people.backends.PersonBackend")
    answer = client.get(path)
    page = answer.content.decode()
    assert answer.status_code == 405
    assert "POST" in answer["Allow"]
    assert "再按一次那个按钮" in page
    assert f'data-kind="main" href="{back}"' in page
    came = client.get(path, headers={"referer": "http://testserver/me/"}).content.decode()
    assert 'href="http://testserver/me/"' in came
    strange = client.get(path, headers={"referer": "https://evil.example/"}).content.decode()
    assert "evil.example" not in strange


def test_a_program_reads_a_problem(client: Client) -> None:
    answer = client.get("/api/v1/cases/WTL-261125-0001/nudge/")
    assert answer.status_code == 405
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert json.loads(answer.content)["code"] == "wrong_method"
