"""The demo's applications are made by the actions people use, and show every state a newcomer should see."""

from __future__ import annotations

import pytest

from linli.services.gov.models import Application, Filing, Rating, Result

pytestmark = [pytest.mark.django_db]


def test_a_handful_in_different_states() -> None:
    from linli.interfaces.cli.demo_town import build
    from linli.services.gov import demo_applications

    demo = build(2026, small=True)
    demo.small = False
    demo_applications.furnish(demo)
    states = set(Application.objects.filter(filing=None).values_list("state", flat=True))
    assert states == {"delivered", "correcting", "submitted", "accepted", "decided", "withdrawn"}
    assert Filing.objects.filter(handed_in_at=None, actor=demo.stars["resident"]).count() == 1
    done = Filing.objects.exclude(handed_in_at=None).get()
    assert {row.slug: row.state for row in done.applications.select_related("version__item")} == {
        "birth-certificate": "delivered", "vaccination-card": "submitted", "birth-registration": "submitted",
        "medical-insurance-enrolment": "waiting", "social-security-card": "waiting"}
    assert Result.objects.exists()
    assert Rating.objects.count() == 1


def test_an_invented_number_has_its_check_digit() -> None:
    from datetime import date

    from linli.mechanisms.forms.dictionary import element
    from linli.mechanisms.forms.values import clean
    from linli.services.gov.demo_applications import id_number

    for serial in (1, 17, 205):
        number = id_number(date(1944, 5, 20), serial)
        assert clean(element("person.id_number"), number) == number
