"""What runs by the clock: permits that must be applied for, and the question after an activity."""

from __future__ import annotations

from datetime import timedelta

from django.db.transaction import atomic
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from linli.foundation.calendar.clock import now, today
from linli.foundation.jobs import periodic
from linli.foundation.notices import tell
from linli.foundation.policy import policy
from linli.mechanisms.bookings.models import Attendance
from linli.services.activities import permits, queries
from linli.services.activities.models import Activity, ActivityState, PermitReminder

_ASK_WITHIN = timedelta(days=3)


@periodic(every_s=3600)
def remind_permits() -> int:
    """Thirty days ahead: apply now. When the last day to apply has passed: too late. Once each for a first day."""
    ahead = timedelta(days=policy("activities.permit_remind_days"))
    least = permits.large_rule().from_persons
    rows = Activity.objects.exclude(state=ActivityState.CANCELLED).exclude(event_class="").filter(
        starts__gt=now(), starts__lte=now() + ahead).select_related("area", "host", "organisation")
    told = 0
    for row in rows:
        gate = permits.gate_of(row)
        if gate.persons < least or not gate.is_needed or gate.permit or gate.applied or gate.first_day is None:
            continue
        if gate.apply_by is None or not today() <= gate.first_day:
            continue
        step = "late" if today() > gate.apply_by else "soon"
        with atomic():
            _row, made = PermitReminder.objects.get_or_create(activity=row, first_day=gate.first_day, step=step)
            if not made:
                continue
            sentence = _("“%(what)s”要办大型活动许可，最迟 %(on)s 向%(who)s申请。")
            if step == "late":
                sentence = _("“%(what)s”过了申请大型活动许可的最后一天（%(on)s）。请改期，或者缩小规模。")
            people = {one.pk: one for one in (*queries.keepers(row.area), row.host)}
            for person in people.values():
                tell(person, sentence, about=row, key=f"activities.permit.{row.pk}.{gate.first_day}.{step}",
                     values={"what": row.title, "on": gate.apply_by.isoformat(), "who": gate.authority_words},
                     url=reverse("activities:permit", args=[row.pk]), urgent=step == "late")
            told += 1
    return told


@periodic(every_s=1800)
def ask_afterwards() -> int:
    """After the last time, who came is asked the one question: once."""
    moment, asked = now(), 0
    rows = Activity.objects.filter(state=ActivityState.PUBLISHED, ends__lte=moment, ends__gt=moment - _ASK_WITHIN)
    for row in rows.select_related("area"):
        came = Attendance.objects.filter(
            session__offer=row.offer_id, came_at__isnull=False, person__isnull=False).select_related("person")
        for person in {one.person_id: one.person for one in came}.values():
            if person is None:
                continue
            tell(person, _("“%(what)s”办完了，您还想再来吗？答一下只要几秒。"), about=row,
                 key=f"activities.ask.{row.pk}.{person.pk}", values={"what": row.title},
                 url=reverse("activities:activity", args=[row.pk]) + "#answer")
            asked += 1
    return asked


@periodic(every_s=3600)
def remind_originals() -> int:
    """Originals that still lie here some weeks after a call ended: their authors are told, once."""
    from linli.services.activities.models import Work

    told = 0
    rows = Work.objects.filter(has_original=True, returned_at=None, call__closed_at__isnull=False).select_related(
        "author", "call")
    for work in rows:
        closed = work.call.closed_at
        if work.author is None or closed is None:
            continue
        until = timezone.localdate(closed) + timedelta(days=policy("activities.works_kept_days"))
        tell(work.author, _("您的作品 %(number)s 号可以来取原件了，请在 %(on)s 前到社区签收。"), about=work,
             key=f"activities.original.{work.pk}", values={"number": work.number, "on": until.isoformat()},
             url=reverse("activities:work", args=[work.pk]))
        told += 1
    return told
