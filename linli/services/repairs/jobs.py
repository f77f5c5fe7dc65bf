"""What repairs do by the clock and after the answer."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import Max
from django.utils.translation import gettext as _, override

from linli.foundation.calendar.clock import now, today
from linli.foundation.jobs import job, periodic
from linli.foundation.people.senders import sender
from linli.foundation.policy import policy
from linli.mechanisms.cases.models import Case, CaseEvent
from linli.services.repairs.models import Quote, QuoteState, ReportDraft, Visit


@periodic(every_s=60)
def rotate_unpicked() -> None:
    """Offered, and nobody picked it in the minutes its urgency allows: the next in turn gets it."""
    from linli.services.repairs.actions import rotate

    for case in unpicked():
        rotate(case)


def unpicked(limit: int = 200) -> list[Case]:
    """The cases whose minutes in the pool are over."""
    rows = list(Case.objects.filter(kind_code="repair", is_open=True, state="offered", merged_into=None).order_by(
        "due_at", "id")[:limit])
    since = dict(CaseEvent.objects.filter(case__in=rows, name="offer").order_by().values_list("case").annotate(
        at=Max("at")))
    moment, found = now(), []
    for case in rows:
        minutes = policy("repairs.pick_minutes", on=today(), area=case.area_code)
        allowed = timedelta(minutes=int(minutes.get(case.urgency, minutes["normal"])))
        if moment - since.get(case.pk, case.created) >= allowed:
            found.append(case)
    return found


@periodic(every_s=86_400)
def forget_drafts() -> None:
    """Half-made reports that nobody touched for the days of the policy are deleted (个人信息保护法 第19条)."""
    days = int(policy("repairs.draft_days"))
    ReportDraft.objects.filter(updated__lt=now() - timedelta(days=days)).delete()


@periodic(every_s=3600)
def book_old_fees() -> None:
    """Quotes agreed and payments made before there were books are put into them, a few hundred cases at a time."""
    from linli.services.repairs.actions import fees

    fees.catch_up()


@periodic(every_s=600)
def ask_after_visits() -> None:
    """The agreed time is over, and neither an arrival nor a closed door was noted: the fitter and the desk are asked.

    What was agreed on before fitters had calendars, and could not be booked when they came, is settled here as well.
    """
    from linli.services.repairs.actions import book_old_visit
    from linli.services.repairs.actions.visits import ask_after

    moment = now()
    rows = Visit.objects.filter(state=Visit.State.AGREED, ends__lte=moment, ends__gt=moment - timedelta(days=2))
    for row in rows.select_related("case__unit", "fitter").order_by("ends")[:200]:
        ask_after(row)
    old = Visit.objects.filter(state=Visit.State.AGREED, reservation=None, starts__gt=moment)
    for pk in old.order_by("pk").values_list("pk", flat=True)[:200]:
        book_old_visit(pk)


@job(retries=3)
def send_quote_code(*, quote: int) -> None:
    """Send the code by which the requester agrees; it is made here, so that no queue ever holds it."""
    from linli.services.repairs.actions.money import new_code, phone_of

    row = Quote.objects.select_related("case__requester", "case__contact").filter(
        pk=quote, state=QuoteState.PROPOSED).first()
    if row is None:
        return
    language = row.case.requester.language if row.case.requester else "zh-hans"
    with override(language):
        text = _("报修 %(number)s 报价 %(total)s 元。同意就把 %(code)s 读给师傅，不同意不用理。") % {
            "number": row.case.number, "total": row.total, "code": new_code(row)}
    sender().send(phone_of(row.case), text)
