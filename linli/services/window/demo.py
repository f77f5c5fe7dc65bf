"""A morning at the hall of the community: two counters, one served, one who did not come, some who wait; two visits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from linli.foundation.calendar import clock
from linli.foundation.calendar.clock import now, today
from linli.services.window import settings
from linli.services.window.actions import keeping, queue, visiting
from linli.services.window.models import Hall, Ticket

_DAYS = 3


def furnish(demo: Any) -> None:
    """The hall; a few mornings before, so that a wait can be told; today's line; a visit asked and one planned."""
    worker = demo.people("worker")[0]
    head = demo.people("community_head")[0]
    with demo.days_ago(20):
        hall = keeping.save_hall(
            head, demo.area, name="党群服务中心", place="梧桐路32号一楼", phone=demo.area.phone,
            hours="周一到周五 09:00–17:00", is_open=True)
        first = keeping.save_counter(head, hall, number=1, name="长者优先", topics=[], first=["elder"], is_active=True)
        second = keeping.save_counter(head, hall, number=2, name="综合", topics=[], first=[], is_active=True)
    for ago in range(1, 2 if demo.small else _DAYS + 1):
        with demo.days_ago(ago, hour=9.2):
            for n in range(2 if demo.small else 5):
                _served(demo, worker, hall, second if n % 2 else first, f"{ago}.{n}", 6 + 3 * n)
    # The morning lies within today, also when the demo is made just after midnight.
    begin = max(now() - timedelta(minutes=50), timezone.localtime(now()).replace(hour=0, minute=0, second=0))
    pace = (now() - begin) / 50
    with clock.at(begin):
        _served(demo, worker, hall, first, "0.served", 9 * (pace / timedelta(minutes=1)))
        _take(hall, "0.gone", "life", "")
        gone = queue.call_next(worker, second)
        assert gone is not None
        for _n in range(settings.number("calls_before_missed", hall.area) - 1):
            queue.recall(worker, gone)
        queue.miss(worker, gone)
    for n, (topic, klass) in enumerate((("gov", "elder"), ("gov", ""), ("ask", ""), ("life", "pregnant"))):
        with clock.at(begin + pace * (20 + 4 * n)):
            _take(hall, f"0.{n}", topic, klass)
    here = queue.call_next(worker, first)
    assert here is not None
    queue.begin(worker, here)
    keeping.sit_down(head, second)
    _visits(demo, worker)


def _take(hall: Hall, key: str, topic: str, klass: str) -> Ticket:
    return queue.take(None, hall, topic=topic, klass=klass, once=f"demo.{hall.pk}.{today():%m%d}.{key}")


def _served(demo: Any, worker: Any, hall: Hall, counter: Any, key: str, minutes: float) -> None:
    at = now()
    _take(hall, key, "gov", "")
    row = queue.call_next(worker, counter)
    assert row is not None
    queue.begin(worker, row)
    with clock.at(at + timedelta(minutes=minutes)):
        queue.finish(worker, row)


def _visits(demo: Any, worker: Any) -> None:
    for n, (name, words) in enumerate((("孙大爷", "腿脚不便，想办高龄津贴"), ("何奶奶", "想换老年人优待证"))):
        asker = demo.resident(4 + n)
        row = visiting.ask(
            asker, demo.area, name=name, phone=f"1390000{7100 + n}", address=f"梧桐苑{2 + n}号楼一单元10{n + 1}",
            words=words, wanted_on=today(), once=f"demo.visit.{demo.area.pk}.{n}")
        if n == 0:
            visiting.plan(worker, row, worker=worker, on=today())
