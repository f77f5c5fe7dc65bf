"""The demo shows a newcomer the whole room: mid-way, coming up, and over."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from linli.foundation.calendar import clock
from linli.mechanisms.bookings.models import PlaceOffer
from linli.services.activities import permits, queries
from linli.services.activities.models import Activity, Award, Call, Club, Photo, ProgrammeItem, Score, Work

pytestmark = pytest.mark.django_db


def test_the_demo_is_full_of_life() -> None:
    from linli.interfaces.cli import demoing

    # The demo's own today, not the Monday of this room's other tests; it is written before this moment.
    with clock.at(timezone.localtime() + timedelta(minutes=10)):
        demo = demoing.seed(small=True, say=None)
        waiting = PlaceOffer.objects.get(entry__party__booker=demo.stars["resident"], state="open")
        assert waiting.places == 3
        assert {one.kind for one in queries.upcoming(demo.stars["resident"], demo.area)} >= {"class", "festival"}
        assert ProgrammeItem.objects.count() >= 5
        call = Call.objects.get()
        assert (call.state, Work.objects.filter(call=call).count() >= 3, Award.objects.exists()) == (
            "judging", True, False)
        assert Score.objects.exists()
        assert Club.objects.get().members.count() >= 4
        assert Photo.objects.filter(is_removed=False).exists()
        fair = Activity.objects.get(title="元宵灯会")
        assert fair.state == "draft"
        assert "no_permit" in permits.gate_of(fair).faults
