"""Who is told what, after the commit."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from linli.foundation.notices import tell
from linli.mechanisms.cases.listeners import audience, desk_link
from linli.mechanisms.cases.models import Case, CaseEvent
from linli.services.repairs.actions import fees
from linli.services.repairs.actions.visits import note_cancelled, settle_visit
from linli.services.repairs.models import Quote, QuoteState, Visit


def on_disputed(case: int, **_rest: object) -> None:
    """Somebody does not agree with who pays: the unit's desk and the community's workers learn of it."""
    row = Case.objects.select_related("unit").get(pk=case)
    event = CaseEvent.objects.filter(case=row, name="payer", data__disputed=True).order_by("-seq").first()
    key = f"repairs.disputed.{event.pk if event else case}"
    for person in {p.pk: p for whom in ("unit", "worker") for p in audience(row, whom)}.values():
        tell(person, _("居民对「%(title)s」由谁付有不同意见，请联系他，谈不拢可以请调解员。"), about=row,
             values={"title": row.title}, key=f"{key}.{person.pk}", title=row.title, url=desk_link(row))


def on_moved(case: int, transition: str = "", kind: str = "", **_rest: object) -> None:
    """The agreed visit goes with the case; a report that was withdrawn owes nothing any more."""
    if kind == "repair" and Visit.objects.filter(case=case, state=Visit.State.AGREED).exists():
        settle_visit(case)
    if transition == "cancel" and Quote.objects.filter(case=case, state=QuoteState.AGREED).exists():
        fees.release(Case.objects.get(pk=case))


def on_merged(case: int, **_rest: object) -> None:
    """What rests inside another case needs no visit of its own."""
    if Visit.objects.filter(case=case, state=Visit.State.AGREED).exists():
        settle_visit(case)


def on_booking_cancelled(reservation: int, owner: str = "", **_rest: object) -> None:
    """Cancelled among one's bookings, or from the desk's list: the case learns of it."""
    if owner.startswith("repairs.case:"):
        note_cancelled(reservation)
