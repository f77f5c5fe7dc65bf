"""What runs by the clock: checks that come due, books that are late, holds not fetched, days in care, alarms."""

from __future__ import annotations

from time import monotonic

from django.db.transaction import atomic
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from linli.foundation.calendar.clock import today
from linli.foundation.jobs import periodic, tick
from linli.foundation.notices import tell
from linli.foundation.policy import policy
from linli.services.children import buses, ladder, queries
from linli.services.children.actions.days import prepare_day
from linli.services.children.actions.library import expire_hold
from linli.services.children.models import CareGroup, CheckNotice, Hold, HoldState, Loan

_EVERY_S = 5.0  # a ladder counts in minutes: looking more often only costs
_next_look = 0.0


@tick(order=40)
def ring_for_children() -> int:
    """Children who did not come, or were not collected. Each rung once."""
    global _next_look
    if monotonic() < _next_look:
        return 0
    _next_look = monotonic() + _EVERY_S
    return ladder.watch()


@periodic(every_s=900)
def prepare_days() -> int:
    """The rows of today for every group that runs."""
    day = today()
    groups = CareGroup.objects.filter(starts_on__lte=day, ends_on__gte=day).select_related("site")
    return sum(prepare_day(group, day) for group in groups)


@periodic(every_s=3600)
def remind_checks() -> int:
    """Staff hear of a safety check two weeks ahead and on the day after it was due, once each."""
    day, told = today(), 0
    for spot in queries.checks_due(day):
        step = "late" if spot.next_check_on < day else "soon"
        with atomic():
            _row, made = CheckNotice.objects.get_or_create(
                spot=spot, due_on=spot.next_check_on, step=step, defaults={"at": day})
            if not made:
                continue
            sentence = _("「%(spot)s」的安全检查过期了，请尽快去查。") if step == "late" else _(
                "「%(spot)s」%(on)s 前要做安全检查。")
            for person in queries.keepers(spot.area):
                tell(person, sentence, about=spot, key=f"children.check.{spot.pk}.{spot.next_check_on}.{step}",
                     values={"spot": str(spot), "on": f"{spot.next_check_on:%Y-%m-%d}"},
                     url=reverse("children:desk_spot", args=[spot.pk]))
            told += 1
    return told


@periodic(every_s=3600)
def remind_papers() -> int:
    """The keepers of a place hear of a care paper that runs out, once ahead and once when it has."""
    told = 0
    for site, state in queries.papers_due(today()):
        sentence = _("「%(site)s」的%(paper)s已过期，补好前不能招生开班。") if state.state == "past" else _(
            "「%(site)s」的%(paper)s %(on)s 到期，请提前换。")
        for person in queries.keepers(site.area):
            key = f"children.paper.{site.pk}.{state.kind}.{state.valid_until}.{state.state}"
            tell(person, sentence, about=site, key=key, values={
                "site": site.name, "paper": state.title, "on": f"{state.valid_until:%Y-%m-%d}"},
                 url=reverse("children:desk_site", args=[site.pk]))
        told += 1
    return told


@periodic(every_s=3600)
def remind_readers() -> int:
    """A book due soon, and one that is late on the steps of the policy: once each, and never a word of money."""
    day, told = today(), 0
    soon, steps = policy("children.due_soon_days"), policy("children.overdue_steps")
    for loan in Loan.objects.filter(returned_at=None).select_related("reader", "copy__title").order_by("pk").iterator():
        late = (day - loan.due_on).days
        if loan.reader is None:
            continue
        if 0 <= -late <= soon:
            sentence, step = _("您借的《%(book)s》%(on)s 到期，可以续借。"), "soon"
        elif late >= steps[0]:
            sentence, step = _("您借的《%(book)s》过期 %(days)s 天了，有空请来还，不收钱。"), str(
                max(one for one in steps if late >= one))
        else:
            continue
        notice_key = f"children.loan.{loan.pk}.{loan.due_on}.{step}"
        tell(loan.reader, sentence, key=notice_key, url=reverse("children:mine"),
             values={"book": loan.copy.title.name, "on": f"{loan.due_on:%Y-%m-%d}", "days": late})
        told += 1
    return told


@periodic(every_s=3600)
def expire_holds() -> int:
    """What was kept and not fetched goes to the next."""
    due = Hold.objects.filter(state=HoldState.READY, ready_until__lt=today()).values_list("pk", flat=True)
    return sum(expire_hold(pk) for pk in list(due))


@periodic(every_s=1800)
def watch_buses() -> int:
    """On the evening before: a walking bus without enough adults is said to its families, not found out at the stop."""
    return buses.tell_families()

